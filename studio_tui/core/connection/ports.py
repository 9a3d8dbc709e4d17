"""What the application core needs of a client, so that a recording or a fake can stand in for the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from studio_tui.core.resources.resource import PageLike as PageLike
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, RunId, ThreadId
from studio_tui.domain.server import ServerInfo
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.wire.frames import Frame

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Caller(Protocol):
    """Runs a call of the client where the client lives: `Studio.call`, or directly where there is one loop."""

    async def __call__(self, fn: Callable[[Any], Awaitable[T]], /) -> T: ...


class FrameStream(Protocol):
    """An open stream of one run: async context manager and async iterator of frames."""

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

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __aiter__(self) -> AsyncIterator[Frame]: ...


class ServerClient(Protocol):
    """The calls that the core makes itself; faces may use the whole client through `Studio.call`."""

    async def aclose(self) -> None: ...

    async def probe(self) -> ServerInfo: ...

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> Sequence[Assistant]: ...

    async def assistant(self, assistant_id: str) -> Assistant: ...

    async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject: ...

    async def schemas(self, assistant_id: str) -> Schemas: ...

    async def threads(
        self,
        *,
        status: str = "",
        metadata: JsonObject | None = None,
        ids: Sequence[str] | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> PageLike[Thread]: ...

    async def thread(self, thread_id: ThreadId) -> Thread: ...

    async def thread_values(self, thread_id: ThreadId) -> Json: ...

    async def thread_words(self, thread_id: ThreadId) -> str: ...

    async def create_thread(
        self,
        *,
        thread_id: ThreadId | None = None,
        metadata: Mapping[str, Json] | None = None,
        if_exists: str = "raise",
    ) -> Thread: ...

    async def delete_thread(self, thread_id: ThreadId) -> None: ...

    async def state(
        self, thread_id: ThreadId, *, checkpoint_id: CheckpointId | None = None, subgraphs: bool = False
    ) -> Checkpoint: ...

    async def history(
        self, thread_id: ThreadId, *, limit: int = 25, before: CheckpointId | None = None
    ) -> list[Checkpoint]: ...

    async def runs(self, thread_id: ThreadId, *, limit: int = 20, offset: int = 0) -> list[RunInfo]: ...

    async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo: ...

    def follow_thread(self, thread_id: ThreadId, modes: Sequence[str] = ()) -> FrameStream: ...

    async def create_run(self, thread_id: ThreadId | None, body: JsonObject) -> RunInfo: ...

    def stream_run(self, thread_id: ThreadId | None, body: JsonObject) -> FrameStream: ...

    def join_run(
        self, thread_id: ThreadId, run_id: RunId, *, last_event_id: str | None = None, modes: Sequence[str] = ()
    ) -> FrameStream: ...

    async def cancel_run(
        self, thread_id: ThreadId, run_id: RunId, *, wait: bool = False, action: str = "interrupt"
    ) -> None: ...
