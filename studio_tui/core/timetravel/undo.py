"""What can be undone: for each thread the heads that edits and forks left, in memory. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from studio_tui.domain.ids import ROOT, Namespace, ThreadId
from studio_tui.jsonkit.value import JsonObject

Direction = Literal["undo", "redo"]


@dataclass(frozen=True, slots=True)
class UndoStep:
    """A change of a thread's head: `target` is the checkpoint whose copy takes it back."""

    what: str
    """In words: `the edit of messages at step 3` (safe text)."""
    target: JsonObject
    ns: Namespace = ROOT


class UndoStack:
    """Unlimited undo and redo for each thread; a new change forgets what could be redone."""

    def __init__(self) -> None:
        self._steps: defaultdict[tuple[ThreadId | None, Direction], list[UndoStep]] = defaultdict(list)

    def record(self, thread_id: ThreadId, step: UndoStep) -> None:
        self._steps[thread_id, "undo"].append(step)
        self._steps[thread_id, "redo"].clear()

    def next(self, direction: Direction, thread_id: ThreadId | None) -> UndoStep | None:
        steps = self._steps.get((thread_id, direction))
        return steps[-1] if steps else None

    def went(self, direction: Direction, thread_id: ThreadId, head: JsonObject) -> None:
        """The next change was taken back or made again; a copy of `head`, where the thread stood, reverts that."""
        step = self._steps[thread_id, direction].pop()
        back: Direction = "redo" if direction == "undo" else "undo"
        self._steps[thread_id, back].append(UndoStep(step.what, head, step.ns))
