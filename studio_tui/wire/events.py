"""What a run's stream says, typed. One frame becomes one event (or several, for combined payloads).

Every event carries `seq` (arrival order, the only identity; wire ids repeat, PROTOCOL §14), `at` (unix
seconds of arrival) and `ns` (the namespace it happened in).
"""

from __future__ import annotations

from dataclasses import dataclass

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, RunId, TaskId
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""

    seq: int
    at: float
    ns: Namespace = ROOT
    part: int = 0
    """Which of the events of one frame it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """`metadata`: the server has begun (or retries with a higher attempt)."""

    run_id: RunId | None
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Event):
    """`tasks`/`debug`: a node begins."""

    task_id: TaskId
    name: str
    input: Json = None
    triggers: tuple[str, ...] = ()
    step: int | None = None
    server_at: float | None = None
    """Unix seconds by the server's clock, where `debug` gives it."""
    payload: LazyJson | None = None
    """The input as text, to be kept."""
    derived: bool = False
    """Made from `events`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFinished(Event):
    """`tasks`/`debug`: a node ended: with a result, an error or interrupts."""

    task_id: TaskId
    name: str
    result: Json = None
    error: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    step: int | None = None
    server_at: float | None = None
    payload: LazyJson | None = None
    """The result as text, to be kept."""
    derived: bool = False
    """Made from `events`, which say nothing about errors and interrupts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUpdate(Event):
    """`updates`: what one node wrote (null, scalar, object or list)."""

    node: str
    update: Json
    cached: bool = False
    payload: LazyJson | None = None
    """The update as text, to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesSnapshot(Event):
    """`values`: the whole output state of a namespace, without `__interrupt__`."""

    values: LazyJson


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(Event):
    """Questions announced by `values`, `updates` or task results; none means a static breakpoint."""

    interrupts: tuple[Interrupt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSaved(Event):
    """`checkpoints`/`debug`: a checkpoint of a namespace was written."""

    checkpoint_id: CheckpointId | None
    """None where the server announces it without its id (JavaScript 1.5); the history has it."""
    parent_id: CheckpointId | None
    values: LazyJson | None
    next: tuple[str, ...] = ()
    step: int | None = None
    source: str = ""
    tasks: tuple[tuple[TaskId, str], ...] = ()
    """Id and node of the tasks that are to run next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelta(Event):
    """One message chunk or whole message. `replaces` is true for whole ones."""

    message: JsonObject
    """As sent: `{type, id, content, tool_call_chunks…}`."""
    replaces: bool
    partial: bool = False
    """It replaces and may still grow (legacy `messages/partial`)."""
    source: str = "messages"
    """The mode that told it, `messages` or `events`: both may tell the same tokens."""
    node: str = ""
    task_id: TaskId | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomEmitted(Event):
    """`custom`: whatever the node wrote."""

    payload: LazyJson


@dataclass(frozen=True, slots=True, kw_only=True)
class LangChainEvent(Event):
    """`events`: one LangChain v2 event; shown in Raw, and used for derived tasks and messages."""

    name: str
    kind: str
    """`on_chain_start`, `on_chat_model_stream`, …"""
    payload: LazyJson
    node: str = ""
    task_id: TaskId | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(Event):
    """`error`: the run failed (or was cancelled on servers that say so)."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClosed(Event):
    """The stream ended cleanly (`end`, or the server closed). It does not say how the run went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamGap(Event):
    """The connection was lost and events may be missing."""

    seconds: float
    recovered: bool
    """True when the resumed stream lined up with what was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(Event):
    """A frame that no rule understands; shown in Raw and counted, never dropped."""

    event: str
    reason: str
    data: str
