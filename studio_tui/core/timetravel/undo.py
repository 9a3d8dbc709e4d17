"""What can be undone: for each thread the heads that edits and forks left, in memory. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio_tui.domain.ids import ROOT, Namespace, ThreadId
from studio_tui.jsonkit.value import JsonObject


@dataclass(frozen=True, slots=True)
class UndoStep:
    """A change of a thread's head: `target` is the checkpoint whose copy takes it back."""

    what: str
    """In words: `the edit of messages at step 3` (safe text)."""
    target: JsonObject
    ns: Namespace = ROOT


@dataclass(slots=True)
class _Stacks:
    undo: list[UndoStep] = field(default_factory=list)
    redo: list[UndoStep] = field(default_factory=list)


class UndoStack:
    """Unlimited undo and redo for each thread; a new change forgets what could be redone."""

    def __init__(self) -> None:
        self._threads: dict[ThreadId, _Stacks] = {}

    def record(self, thread_id: ThreadId, step: UndoStep) -> None:
        """Remember a change that was made."""
        stacks = self._threads.setdefault(thread_id, _Stacks())
        stacks.undo.append(step)
        stacks.redo.clear()

    def next_undo(self, thread_id: ThreadId | None) -> UndoStep | None:
        """The change that `undo` takes back next."""
        return self._top(thread_id, "undo")

    def next_redo(self, thread_id: ThreadId | None) -> UndoStep | None:
        """The change that `redo` makes again next."""
        return self._top(thread_id, "redo")

    def undone(self, thread_id: ThreadId, head: JsonObject) -> None:
        """The newest change was taken back; a copy of `head`, where the thread stood, makes it again."""
        stacks = self._threads[thread_id]
        step = stacks.undo.pop()
        stacks.redo.append(UndoStep(step.what, head, step.ns))

    def redone(self, thread_id: ThreadId, head: JsonObject) -> None:
        """The newest undone change was made again; a copy of `head` takes it back."""
        stacks = self._threads[thread_id]
        step = stacks.redo.pop()
        stacks.undo.append(UndoStep(step.what, head, step.ns))

    def _top(self, thread_id: ThreadId | None, name: str) -> UndoStep | None:
        stacks = self._threads.get(thread_id) if thread_id is not None else None
        found: list[UndoStep] = getattr(stacks, name) if stacks is not None else []
        return found[-1] if found else None
