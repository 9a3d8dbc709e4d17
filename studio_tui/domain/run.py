"""One run as the studio knows it: phase, supersteps, tasks, messages, interrupts. Bounded and mutable;
changed only by `core.runstate`."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Literal, Protocol

from msgspec import Struct, field

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, RunId, TaskId, ThreadId, task_of
from studio_tui.domain.message.message import Message, Usage
from studio_tui.domain.run_request import checkpoint_in
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import JsonObject


def elapsed(began: float | None, ended: float | None) -> float | None:
    """Return the seconds from one time to another; None where either is unknown, or where the clock went backward
    between them: then nobody knows how long it was."""
    return None if began is None or ended is None or ended < began else ended - began


class Phase(StrEnum):
    """Where a run stands. The first five are live, the others are ends."""

    STARTING = "starting"
    """The request is on its way."""
    QUEUED = "queued"
    """The server has it and has not begun."""
    RUNNING = "running"
    RECONNECTING = "reconnecting"
    STOPPING = "stopping"
    """Cancel was asked for and is not confirmed."""
    BREAKPOINT = "breakpoint"
    """Paused by a breakpoint: `next` is set and nobody asks anything."""
    INTERRUPT = "interrupt"
    """Paused by the graph's own `interrupt()`: a human is asked."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    """The server no longer knows the run, or cannot be reached; what is shown may be incomplete."""

    @property
    def is_live(self) -> bool:
        """Whether the run may still produce events."""
        return self in (Phase.STARTING, Phase.QUEUED, Phase.RUNNING, Phase.RECONNECTING, Phase.STOPPING)

    @property
    def is_paused(self) -> bool:
        """Whether the thread waits to be continued or answered."""
        return self in (Phase.BREAKPOINT, Phase.INTERRUPT)


class TaskStatus(StrEnum):
    """Where one task stands."""

    RUNNING = "running"
    DONE = "done"
    CACHED = "cached"
    """A finished sibling whose result was replayed on resume."""
    ERROR = "error"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    """It had started when the run was cancelled or a sibling failed."""
    UNKNOWN = "unknown"
    """It had started when the stream ended, and nothing says how it went on."""

    @property
    def is_final(self) -> bool:
        """Whether no event of its run changes it any more."""
        return self in (TaskStatus.DONE, TaskStatus.CACHED, TaskStatus.ERROR, TaskStatus.CANCELLED)


GIVEN_BACK = LazyJson.of(None)
"""Stands for the result of a task whose checkpoint gave its values back: the server still has it."""


class TaskView(Struct, gc=False):
    """One task: a node's execution in one superstep of one namespace. Times are unix seconds.

    There may be a million: like notes and marks it leads back to nothing that holds it, so that the collector of
    cycles need not look at each again and again.
    """

    id: TaskId
    name: str
    ns: Namespace = ROOT
    step: int | None = None
    status: TaskStatus = TaskStatus.RUNNING
    started_at: float | None = None
    ended_at: float | None = None
    input: LazyJson | None = None
    result: LazyJson | None = None
    keys: tuple[str, ...] = ()
    """State keys that it wrote, with counts for lists: `messages[1]`."""
    error: str = ""
    """Raw error text; the stream's may be masked until the state is reconciled (PROTOCOL §9.10)."""
    triggers: tuple[str, ...] = ()
    interrupts: tuple[Interrupt, ...] = ()
    usage: Usage | None = None
    chunk_count: int = 0
    """Streamed message chunks."""
    derived: bool = False
    """Made from updates, messages or trace events, because no `tasks` or `debug` events came."""
    between_checkpoints: bool = False
    """Its start or end is that of a checkpoint around it, or of its run, so that it took at most so long."""
    server_started_at: float | None = None
    """Unix seconds by the server's clock, where `debug` tells; only differences to it mean something here."""
    rev: int = 0

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or None while unknown."""
        return elapsed(self.started_at, self.ended_at)

    @property
    def parent_id(self) -> TaskId | None:
        """The task whose subgraph it runs in, None in the root graph."""
        return task_of(self.ns[-1]) if self.ns else None


NoteKind = Literal["phase", "paused", "gap", "custom", "error", "log"]


class Note(Struct, gc=False):
    """A row of the timeline that is no task: a phase change, a gap, a custom event, an error."""

    kind: NoteKind
    text: str
    """Raw text."""
    at: float
    ns: Namespace = ROOT
    payload: LazyJson | None = None

    @property
    def of_following(self) -> bool:
        """Whether it tells how the run was followed, which is not told again where its stream is."""
        return self.kind in ("phase", "gap", "log")


class CheckpointMark(Struct, frozen=True, gc=False):
    """A checkpoint that the stream announced."""

    checkpoint_id: CheckpointId | None
    """None while only the stream of a server that leaves ids out has told of it."""
    ns: Namespace
    step: int | None
    source: str
    at: float
    next: tuple[str, ...] = ()
    streamed: bool = False
    """A stream announced it: `next` is whole. States of Python servers leave out what waits behind a join."""


def nameless(ns: Namespace, step: int | None) -> CheckpointId:
    """Return what a checkpoint without an id is kept under; no server makes such ids."""
    return CheckpointId(f"?{'|'.join(ns)}@{step}")


class RunError(Struct, frozen=True):
    """Why a run failed: class and message as the server told, raw."""

    kind: str
    message: str


Place = tuple[Namespace, str]
"""A node in a namespace."""


class FoldMemory(Struct):
    """What the reducer remembers between events, so that later ones find what they belong to."""

    part: int = -1
    """Last event of the frame at the watermark."""
    open: dict[Place, dict[TaskId, None]] = field(default_factory=dict)
    """Tasks that have not ended, in order of start."""
    guessed: dict[Place, list[TaskId]] = field(default_factory=dict)
    """Tasks made from `updates` alone; their ids are made up."""
    unmatched: dict[Place, int] = field(default_factory=dict)
    """Ended tasks whose `updates` event has not come."""
    planned: dict[Namespace, dict[TaskId, str]] = field(default_factory=dict)
    """Tasks that the last checkpoint of a namespace is about to run."""
    planned_at: dict[Namespace, float] = field(default_factory=dict)
    steps: dict[Namespace, int] = field(default_factory=dict)
    """Superstep of the last checkpoint."""
    last_node: dict[Namespace, str] = field(default_factory=dict)
    """The node that ended last."""
    growing: dict[str, None] = field(default_factory=dict)
    """Messages that are streaming."""
    snapshot_ids: dict[Namespace, frozenset[str]] = field(default_factory=dict)
    """Ids of the messages in the last state of a namespace."""
    unplaced: dict[Namespace, dict[str, tuple[JsonObject, TaskId | None, str]]] = field(default_factory=dict)
    """Messages without ids that a node wrote since that state, which the next state is expected to show: by their key
    the message, the task and its node."""
    inherited: set[str] = field(default_factory=set)
    """Messages that were there before the run; their tokens are not its own."""
    checkpoint_values: bool = False
    """Whether `values` come from checkpoints, because the mode `values` is not there."""


class Earlier(Protocol):
    """What a long run did that left its `tasks`, `timeline` and `checkpoints` (`core.runstate.earlier`)."""

    entries: int
    tasks: int
    failed: int
    """Tasks among them that ended with an error."""

    @property
    def mark_count(self) -> int:
        """Marks of checkpoints."""

    @property
    def newest_mark(self) -> CheckpointId | None:
        """The newest of them of the root graph."""


@dataclasses.dataclass(slots=True)
class RunState:
    """Everything known of one run. `timeline` holds task ids and notes in order of arrival."""

    run_id: RunId | None = None
    thread_id: ThreadId | None = None
    assistant_id: str = ""
    graph_id: str = ""
    phase: Phase = Phase.STARTING
    attempt: int = 1
    request: JsonObject = dataclasses.field(default_factory=dict)
    """The body that started it, as sent."""
    stream_modes: tuple[str, ...] = ()
    started_at: float | None = None
    """Unix seconds: when the request was sent, when it ended."""
    ended_at: float | None = None
    tasks: dict[TaskId, TaskView] = dataclasses.field(default_factory=dict)
    timeline: list[TaskId | Note] = dataclasses.field(default_factory=list)
    earlier: Earlier | None = dataclasses.field(default=None, compare=False)
    """What came before `tasks` and `timeline`, and most of `checkpoints`, and is kept on disk."""
    checkpoints: dict[CheckpointId, CheckpointMark] = dataclasses.field(default_factory=dict)
    messages: dict[str, Message] = dataclasses.field(default_factory=dict)
    """Streamed messages by id, in order of first appearance."""
    interrupts: dict[str, Interrupt] = dataclasses.field(default_factory=dict)
    """Pending questions by key."""
    stopped: bool = False
    """The stream told that the root graph has stopped at a breakpoint."""
    values: LazyJson | None = None
    """The root namespace's latest streamed values."""
    step: int | None = None
    """The root namespace's latest superstep."""
    last_edge: tuple[str, str] | None = None
    """Drawn node ids of the edge last taken."""
    error: RunError | None = None
    usage: Usage = dataclasses.field(default_factory=Usage)
    event_count: int = 0
    unknown_count: int = 0
    gap: bool = False
    """Events may be missing from the timeline, or told twice (state was reconciled nevertheless)."""
    gap_reason: str = ""
    """Why, once the run has ended and its stream could not be read again."""
    reconciled: bool = False
    """State, history and run were read after the end."""
    from_history: bool = False
    """Rebuilt from checkpoints, not streamed."""
    older_count: int = dataclasses.field(default=0, compare=False)
    """How many of its tasks were put before others as older checkpoints came; copies that differ in no more than that
    have the same ledger."""
    deleted: bool = False
    """The server has deleted it with what it did: it was rolled back."""
    stateless: bool = False
    """It ran on no thread: nothing of it is kept."""
    stepped: bool = False
    """It was started here as a step: where it pauses it was to pause."""
    base_id: CheckpointId | None = None
    """The thread's head when the run was started here."""
    watermark: int = -1
    """Highest event sequence number folded in; older ones are repeats."""
    ledger: FoldMemory = dataclasses.field(default_factory=FoldMemory, repr=False, compare=False)
    rev: int = 0

    @property
    def began_at(self) -> CheckpointId | None:
        """The checkpoint that it went on from, as far as it was started here: the one it names, else that head."""
        return checkpoint_in(self.request) or self.base_id

    @property
    def entry_count(self) -> int:
        """How many entries its timeline has, with those that are kept on disk."""
        return len(self.timeline) + (self.earlier.entries if self.earlier is not None else 0)

    @property
    def task_count(self) -> int:
        return len(self.tasks) + (self.earlier.tasks if self.earlier is not None else 0)

    @property
    def failed_earlier(self) -> bool:
        """Whether a task that is kept on disk ended with an error."""
        return self.earlier is not None and self.earlier.failed > 0

    @property
    def mark_count(self) -> int:
        """How many checkpoints it is known to have passed, with those that are kept on disk."""
        return len(self.checkpoints) + (self.earlier.mark_count if self.earlier is not None else 0)

    def entries_since(self, count: int) -> list[TaskId | Note]:
        """The entries after the first `count` of all, as far as they are in memory."""
        fresh = self.entry_count - count
        return self.timeline[-fresh:] if fresh > 0 else []

    @property
    def epoch(self) -> tuple[bool, bool, int]:
        """Another one when tasks that had ended may have changed: the run ended, was reconciled, or starts over."""
        return (self.phase.is_live, self.reconciled, self.attempt)

    def seconds(self, now: float) -> float | None:
        """Return how long it took, or has taken so far (`now`: unix seconds); None if that is not known."""
        if self.started_at is None:
            return None
        if self.ended_at is not None:
            return elapsed(self.started_at, self.ended_at)
        return max(0.0, now - self.started_at) if self.phase.is_live else None

    def dead_end(self, phase: Phase) -> str:
        """Say why nobody can go on from the pause `phase` in which the run ends; empty where somebody can."""
        if not self.stateless or not phase.is_paused:
            return ""
        what = "answered" if phase is Phase.INTERRUPT else "continued"
        return f"it ran without a thread and nothing of it is kept: it cannot be {what}"
