"""What a run's stream says, typed. One frame becomes one event (or several, for combined payloads).

Every event carries `seq` (arrival order, the only identity; wire ids repeat, PROTOCOL §14), `at` (unix
seconds of arrival) and `ns` (the namespace it happened in).
"""

from __future__ import annotations

from msgspec import Struct

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, RunId, TaskId
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, JsonObject


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """Base of all events. None leads back to what holds it: the collector of cycles need not know of them."""

    seq: int
    at: float
    ns: Namespace = ROOT
    part: int = 0
    """Which of the events of one frame it is."""


class RunStarted(Event, frozen=True, kw_only=True):
    """`metadata`: the server has begun (or retries with a higher attempt)."""

    run_id: RunId | None
    attempt: int = 1


class TaskStarted(Event, frozen=True, kw_only=True):
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


class TaskFinished(Event, frozen=True, kw_only=True):
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


class NodeUpdate(Event, frozen=True, kw_only=True):
    """`updates`: what one node wrote (null, scalar, object or list)."""

    node: str
    update: Json
    cached: bool = False
    payload: LazyJson | None = None
    """The update as text, to be kept."""


class ValuesSnapshot(Event, frozen=True, kw_only=True):
    """`values`: the whole output state of a namespace, without `__interrupt__`."""

    values: LazyJson


class Interrupted(Event, frozen=True, kw_only=True):
    """Questions announced by `values`, `updates` or task results; none means a static breakpoint."""

    interrupts: tuple[Interrupt, ...]


class CheckpointSaved(Event, frozen=True, kw_only=True):
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


class MessageDelta(Event, frozen=True, kw_only=True):
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


class CustomEmitted(Event, frozen=True, kw_only=True):
    """`custom`: whatever the node wrote."""

    payload: LazyJson


class LangChainEvent(Event, frozen=True, kw_only=True):
    """`events`: one LangChain v2 event; shown in Raw, and used for derived tasks and messages."""

    name: str
    kind: str
    """`on_chain_start`, `on_chat_model_stream`, …"""
    payload: LazyJson
    node: str = ""
    task_id: TaskId | None = None
    step: int | None = None


class RunFailed(Event, frozen=True, kw_only=True):
    """`error`: the run failed (or was cancelled on servers that say so)."""

    kind: str
    message: str


class RunClosed(Event, frozen=True, kw_only=True):
    """The stream ended cleanly (`end`, or the server closed). It does not say how the run went."""


class StreamGap(Event, frozen=True, kw_only=True):
    """The connection was lost and events may be missing."""

    seconds: float
    recovered: bool
    """True when the resumed stream lined up with what was known."""


class UnknownEvent(Event, frozen=True, kw_only=True):
    """A frame that no rule understands; shown in Raw and counted, never dropped."""

    event: str
    reason: str
    data: str
