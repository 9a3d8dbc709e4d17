"""What the application core needs of a client, so that a recording or a fake can stand in for the real one."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, NodeId, RunId, ThreadId
from studio_tui.domain.server import Description, Greeting, ServerInfo
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.errors import ConnectError, StudioError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.wire.frames import Frame
from studio_tui.wire.page import Page

if TYPE_CHECKING:
    from studio_tui.client.http import Http

T = TypeVar("T")
F = TypeVar("F")
C_co = TypeVar("C_co", covariant=True)


class FrameStream(AsyncIterable[Frame], AbstractAsyncContextManager["FrameStream"], Protocol):
    """A stream of one run, open inside its context; read by the frame, or by `batches`."""

    @property
    def run_id(self) -> RunId | None:
        """The run, known once the stream is entered."""

    @property
    def thread_id(self) -> ThreadId | None:
        """The run's thread, where the server tells."""

    @property
    def last_byte_at(self) -> float:
        """Monotonic seconds of the last byte received, heartbeats included."""

    @property
    def heartbeats(self) -> int:
        """Heartbeats received so far."""

    def batches(self) -> AsyncIterator[Sequence[Frame]]:
        """The frames as they come: all that one piece of the answer completes, at once."""


class AssistantCalls(Protocol):
    """Assistants, their versions, graphs and schemas."""

    async def assistants(self, *, graph_id: str = ..., name: str = ..., limit: int = ...) -> Page[Assistant]: ...
    async def all_assistants(self, cap: int = ..., *, start: int = ...) -> list[Assistant]: ...
    async def assistant(self, assistant_id: str) -> Assistant: ...
    async def graph(self, assistant_id: str, *, xray: bool | int = ...) -> JsonObject: ...
    async def schemas(self, assistant_id: str) -> Schemas: ...
    async def subgraphs(self, assistant_id: str) -> dict[NodeId, Schemas]: ...
    async def assistant_versions(
        self, assistant_id: str, *, limit: int = ..., offset: int = ...
    ) -> Page[Assistant]: ...
    async def create_assistant(self, body: JsonObject) -> Assistant: ...
    async def update_assistant(self, assistant_id: str, changes: JsonObject) -> Assistant: ...
    async def set_assistant_version(self, assistant_id: str, version: int) -> Assistant: ...
    async def delete_assistant(self, assistant_id: str, *, delete_threads: bool = ...) -> None: ...


class ThreadCalls(Protocol):
    """Threads: search, rows, and what happens on one."""

    async def threads(
        self,
        *,
        status: str = ...,
        metadata: JsonObject | None = ...,
        ids: Sequence[str] | None = ...,
        limit: int = ...,
        offset: int = ...,
        sort_by: str = ...,
        sort_order: str = ...,
        columns: Sequence[str] = ...,
        with_values: bool = ...,
    ) -> Page[Thread]: ...
    async def thread_count(self, *, status: str = ..., metadata: JsonObject | None = ...) -> int | None: ...
    async def thread(self, thread_id: ThreadId) -> Thread: ...
    async def thread_values(self, thread_id: ThreadId) -> Json: ...
    async def thread_words(self, thread_id: ThreadId) -> str: ...
    async def threads_words(self, ids: Sequence[str], keys: Sequence[str]) -> dict[ThreadId, str]: ...
    async def create_thread(self, *, metadata: JsonObject | None = ...) -> Thread: ...
    async def copy_thread(self, thread_id: ThreadId) -> Thread: ...
    async def patch_thread(self, thread_id: ThreadId, metadata: JsonObject) -> Thread: ...
    async def delete_thread(self, thread_id: ThreadId) -> None: ...
    async def prune_threads(self, thread_ids: Sequence[str], *, strategy: str = ...) -> int | None: ...
    async def thread_storage(self, thread_id: ThreadId) -> JsonObject: ...
    def follow_thread(self, thread_id: ThreadId) -> FrameStream: ...
    async def heartbeat(self, thread_id: ThreadId, *, within: float) -> bool: ...


class StateCalls(Protocol):
    """States and histories of threads."""

    async def state(
        self,
        thread_id: ThreadId,
        *,
        checkpoint: JsonObject | None = ...,
        checkpoint_id: CheckpointId | None = ...,
        subgraphs: bool = ...,
    ) -> Checkpoint: ...
    async def take_large(self, thread_id: ThreadId) -> None: ...
    async def history(
        self,
        thread_id: ThreadId,
        *,
        limit: int = ...,
        before: CheckpointId | None = ...,
        checkpoint: JsonObject | None = ...,
    ) -> list[Checkpoint]: ...
    async def update_state(
        self, thread_id: ThreadId, values: Json, *, as_node: str | None = ..., checkpoint: JsonObject | None = ...
    ) -> JsonObject: ...


class RunCalls(Protocol):
    """Runs and their streams."""

    async def runs(self, thread_id: ThreadId, *, limit: int = ..., offset: int = ...) -> list[RunInfo]: ...
    async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo: ...
    async def create_run(self, thread_id: ThreadId | None, body: JsonObject) -> RunInfo: ...
    def stream_run(self, thread_id: ThreadId | None, body: JsonObject) -> FrameStream: ...
    def join_run(self, thread_id: ThreadId, run_id: RunId, *, last_event_id: str | None = ...) -> FrameStream: ...
    async def cancel_run(self, thread_id: ThreadId, run_id: RunId, *, action: str = ...) -> None: ...
    async def delete_run(self, thread_id: ThreadId, run_id: RunId) -> None: ...
    async def join_result(self, thread_id: ThreadId, run_id: RunId) -> Json: ...


class ServerClient(AssistantCalls, ThreadCalls, StateCalls, RunCalls, Protocol):
    """Every call of one server; `client.api.Client` is the real one. All raise StudioError only."""

    def family(self, make: Callable[[Http], F], /) -> F:
        """Return the calls of a list beside threads and runs, such as `client.store.StoreEndpoints`."""

    async def aclose(self) -> None: ...
    async def probe(self) -> ServerInfo: ...
    async def greet(self, kept: Description = ..., /) -> Greeting: ...
    async def describe(self, info: ServerInfo) -> tuple[ServerInfo, Description]: ...


ClientFactory: TypeAlias = Callable[..., ServerClient]
"""Makes the client of a `Target`; its `on_exchange` hears of each request."""


async def told_or(asked: Awaitable[T], otherwise: T) -> T:
    """Return the answer; `otherwise` where the server has none to give. Raises ConnectError."""
    try:
        return await asked
    except ConnectError:
        raise
    except StudioError:
        return otherwise


class Caller(Protocol[C_co]):
    """Runs a call of the client where the client lives: `Connection.call`, or directly where there is one loop.

    `Caller[AssistantCalls]` is for who needs no other calls: a caller of a whole client will do, and a fake of those.
    """

    async def __call__(self, fn: Callable[[C_co], Awaitable[T]], /) -> T: ...


def calls_of(call: Caller[ServerClient], family: Callable[[Http], F]) -> Caller[F]:
    """Return what runs calls of one family, where `call` runs those of the whole client."""

    async def call_family(fn: Callable[[F], Awaitable[T]], /) -> T:
        return await call(lambda client: fn(client.family(family)))

    return call_family
