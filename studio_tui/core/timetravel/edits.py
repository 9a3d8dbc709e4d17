"""What an edit of a thread's state is, what is known of it before it is written, and what can be undone. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, ThreadId
from studio_tui.jsonkit.value import Json, JsonObject, as_str

How = Literal["append", "replace", "update"]
COPY = "__copy__"
"""As a node's name: write a checkpoint with the same values, `next` and parent."""


class KeyChange(Struct, frozen=True):
    """What one key is to become.

    `append` adds `value` (an item, or a list of items) to a list or to messages; `replace` makes `value` the whole
    value of the key; `update` hands `value` to the key's reducer as a node would: messages with known ids replace
    theirs, `{"type": "remove", "id": …}` removes one, objects merge, numbers add.
    """

    value: Json
    how: How = "replace"


class Edit(Struct, frozen=True):
    """Changes of some keys at one checkpoint, of the root graph or of a paused subgraph."""

    checkpoint: JsonObject
    """The server's checkpoint object, whole: with its namespace and, inside subgraphs, its map."""
    ns: Namespace = ROOT
    changes: Mapping[str, KeyChange] = field(default_factory=dict)
    as_node: str | None = None
    """The node whose write this counts as; None leaves it to the server."""
    head: CheckpointId | None = None
    """The thread's head when the edit was begun; None when it is meant for an old checkpoint anyway."""

    @property
    def checkpoint_id(self) -> CheckpointId | None:
        return id_of(self.checkpoint)


class EditPreview(Struct, frozen=True):
    """The state that an edit leads to, computed here; nothing has been written."""

    before: Json
    after: Json
    next_before: tuple[str, ...]
    next_after: tuple[str, ...] | None
    """None: only the server can tell, after the edit was applied."""
    certain: bool
    """Whether `after` follows from what this thread has shown of its reducers."""
    notes: tuple[str, ...]
    """What is uncertain, lost or odd, in words (safe text)."""
    body: JsonObject
    """Exactly what will be sent."""
    moved: bool = False
    """The head has advanced since the edit was begun."""
    refused: tuple[str, ...] = ()
    """What is surely wrong: the server would ignore or refuse it (safe text)."""
    unchecked: tuple[str, ...] = ()
    """What could not be checked, because schema or graph are not known (safe text)."""


def id_of(ref: JsonObject) -> CheckpointId | None:
    text = as_str(ref.get("checkpoint_id"))
    return CheckpointId(text) if text else None


def find_namespace(root: Checkpoint, ns: Namespace) -> Checkpoint | None:
    """Return the state of namespace `ns` inside `root`, whose subgraphs were asked for."""
    if root.ns == ns:
        return root
    for task in root.tasks:
        found = find_namespace(task.subgraph, ns) if task.subgraph is not None else None
        if found is not None:
            return found
    return None


Direction = Literal["undo", "redo"]


class UndoStep(Struct, frozen=True):
    """A change of a thread's head: `target` is the checkpoint whose copy takes it back."""

    what: str
    """In words: `the edit of messages at step 3` (safe text)."""
    target: JsonObject
    ns: Namespace = ROOT

    @property
    def kind(self) -> str:
        """What it was, in a word (safe text)."""
        return next((word for word in self.what.split()[1:2] if word in ("edit", "fork", "re-run", "input")), "")


class UndoStack:
    """Unlimited undo and redo for each thread; a new change forgets what could be redone."""

    def __init__(self) -> None:
        self._steps: defaultdict[tuple[ThreadId | None, Direction], list[UndoStep]] = defaultdict(list)

    def record(self, thread_id: ThreadId, step: UndoStep) -> None:
        self._steps[thread_id, "undo"].append(step)
        self._steps[thread_id, "redo"].clear()

    def named(self, thread_id: ThreadId, what: str) -> None:
        """Tell the newest change in other words, as what it made is known."""
        steps = self._steps[thread_id, "undo"]
        if steps:
            steps[-1] = replace(steps[-1], what=what)

    def next(self, direction: Direction, thread_id: ThreadId | None) -> UndoStep | None:
        steps = self._steps.get((thread_id, direction))
        return steps[-1] if steps else None

    def went(self, direction: Direction, thread_id: ThreadId, head: JsonObject) -> None:
        """The next change was taken back or made again; a copy of `head`, where the thread stood, reverts that."""
        step = self._steps[thread_id, direction].pop()
        back: Direction = "redo" if direction == "undo" else "undo"
        self._steps[thread_id, back].append(UndoStep(step.what, head, step.ns))
