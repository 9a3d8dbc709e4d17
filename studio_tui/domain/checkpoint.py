"""Checkpoints and the forest they form: the truth of a thread (PROTOCOL §5)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import partial

from msgspec import Struct, field

from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, RunId, TaskId, ThreadId
from studio_tui.jsonkit.value import Json, JsonObject


class Interrupt(Struct, frozen=True):
    """A question that the graph asks a human. Old servers send no id."""

    id: str | None
    value: Json
    response_schema: Json = None
    task_id: TaskId | None = None
    node: str = ""
    ns: Namespace = ROOT

    @property
    def key(self) -> str:
        """What identifies it among the others of its thread."""
        return self.id or f"{'|'.join(self.ns)}/{self.node}/{self.task_id or ''}"


class Task(Struct, frozen=True):
    """A task of a checkpoint: what ran, or is to run, in the superstep after it."""

    id: TaskId
    name: str
    error: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    result: Json = None
    has_result: bool = False
    path: tuple[Json, ...] = ()
    subgraph: Checkpoint | None = None
    """Nested state, when it was asked for with `subgraphs=true`."""
    subgraph_ns: str = ""
    """`checkpoint_ns` of the subgraph that this task runs, or empty."""
    hidden: bool = False
    """The server leaves it out: it waits behind a join (see `domain.joins`). Its id is made up, it has no result."""


class Checkpoint(Struct, frozen=True):
    """A state snapshot (ThreadState). `checkpoint_id` is None for a thread that never ran."""

    thread_id: ThreadId
    checkpoint_id: CheckpointId | None = None
    ns: Namespace = ROOT
    parent_id: CheckpointId | None = None
    values: Json = None
    next: tuple[str, ...] = ()
    """What runs next, the `hidden` nodes included."""
    tasks: tuple[Task, ...] = ()
    hidden: tuple[str, ...] = ()
    """Nodes of `next` that wait behind a join and that the server leaves out (see `domain.joins`)."""
    inferred: bool = False
    """The hidden nodes follow from the drawn edges; no server said so."""
    unnamed: bool = False
    """Something waits here, and nothing says which node."""
    source: str = ""
    """input, loop, update or fork."""
    step: int | None = None
    run_id: RunId | None = None
    created_at: float | None = None
    metadata: JsonObject = field(default_factory=dict)
    ref: JsonObject = field(default_factory=dict)
    """The server's `checkpoint` object, to be passed back whole."""
    raw: JsonObject = field(default_factory=dict)

    @property
    def made_by(self) -> str:
        """What it came of where no node led to it: input, edit, fork (raw)."""
        return {"loop": "", "update": "edit"}.get(self.source, self.source)

    @property
    def is_unfinished(self) -> bool:
        """Whether a run without input would go on from it.

        A cancel can fall between the end of the last task of a superstep and its checkpoint: then nothing is `next`,
        and the tasks still stand there with their results.
        """
        return bool(self.next or self.tasks or self.unnamed)

    @property
    def pending_interrupts(self) -> tuple[Interrupt, ...]:
        """Questions of this checkpoint that have no answer yet, innermost subgraphs included."""
        found: dict[str, Interrupt] = {}
        for task in self.tasks:
            if task.has_result:
                continue
            if task.subgraph is not None and task.subgraph.tasks:
                # What the outer task lists are copies, and may be of questions answered long ago.
                asked = task.subgraph.pending_interrupts
            else:
                asked = task.interrupts
            for interrupt in asked:
                found.setdefault(interrupt.key, interrupt)
        return tuple(found.values())


_LONGEST_WAY = 2_000
"""Checkpoints that are gone through between an old one and the newest."""


class History(Struct):
    """Checkpoints of the root namespace as far as they are loaded, newest id first."""

    thread_id: ThreadId | None = None
    items: list[Checkpoint] = field(default_factory=list)
    by_id: dict[CheckpointId, Checkpoint] = field(default_factory=dict)
    complete: bool = True
    """False while older pages exist."""
    loading: bool = False
    too_large: bool = False
    """Older ones cannot be listed: each comes with its whole state, and one alone is more than an answer may hold."""

    @property
    def reaches_the_first(self) -> bool:
        """Whether the thread's first checkpoint is among them, although nobody has asked for older ones in vain."""
        return bool(self.items) and self.items[-1].parent_id is None and self.items[-1].step == -1

    @property
    def head(self) -> Checkpoint | None:
        """The newest checkpoint, whichever branch it is on."""
        return self.items[0] if self.items else None

    def leads_to_head(self, old: Checkpoint) -> bool | None:
        """Tell whether the newest checkpoint came of `old`; None where what lies between them is not loaded."""
        item = self.head
        for _ in range(_LONGEST_WAY):
            if item is None or item.step is None or old.step is None:
                return None
            if item.step <= old.step:
                return item.checkpoint_id == old.checkpoint_id
            item = self.by_id.get(item.parent_id) if item.parent_id is not None else None
        return None

    def merge(self, page: list[Checkpoint]) -> int:
        """Add checkpoints (replacing those known), keep the order newest first; return how many were new."""
        fresh: dict[CheckpointId, Checkpoint] = {}
        known: dict[CheckpointId, Checkpoint] = {}
        for checkpoint in page:
            key = checkpoint.checkpoint_id
            if key is not None:
                (known if key in self.by_id else fresh)[key] = checkpoint
        self.by_id.update(fresh)
        self.by_id.update(known)
        # Checkpoint ids are time-ordered UUIDs (v6): their text order is their age.
        added = [fresh[key] for key in sorted(fresh, reverse=True)]
        if len(self.by_id) != len(self.items) + len(added) or not self._is_older(added):
            self.items = sorted(self.by_id.values(), key=_age, reverse=True)
            return len(fresh)
        self.items = [*self.items, *added]
        self._put(known)
        return len(fresh)

    def replace(self, changed: Mapping[CheckpointId, Checkpoint]) -> None:
        """Put other copies in the place of known checkpoints."""
        self.by_id.update(changed)
        self.items = list(self.items)
        self._put(changed)

    def _is_older(self, added: list[Checkpoint]) -> bool:
        return not (added and self.items) or _age(added[0]) < _age(self.items[-1])

    def _put(self, changed: Mapping[CheckpointId, Checkpoint]) -> None:
        for key, item in changed.items():
            place = bisect_left(self.items, True, key=partial(_reaches, key))
            self.items[place] = item


def _reaches(key: CheckpointId, item: Checkpoint) -> bool:
    """Whether `item`, going from the newest to older ones, is at `key` or past it."""
    return _age(item) <= key


def _age(item: Checkpoint) -> str:
    return item.checkpoint_id or ""


def by_ids(items: Iterable[Checkpoint]) -> dict[CheckpointId, Checkpoint]:
    return {item.checkpoint_id: item for item in items if item.checkpoint_id is not None}
