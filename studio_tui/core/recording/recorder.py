"""A client that writes down what the server tells through it; the file can be opened again without a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins
from msgspec.structs import asdict

from studio_tui.core.connection.connection import default_client
from studio_tui.core.connection.ports import ClientFactory, ServerClient
from studio_tui.core.recording.rows import RecordingFile
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.run import RunState
from studio_tui.domain.server import NOTHING, Description, Greeting, ServerInfo
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.jsonkit.value import JsonObject, as_object, as_str
from studio_tui.wire.events import Event
from studio_tui.wire.frames import Frame

if TYPE_CHECKING:
    from studio_tui.client.target import Target


class RecordingClient:
    """Passes every call on and writes the answers down."""

    def __init__(self, client: ServerClient, file: RecordingFile) -> None:
        self._client = client
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def aclose(self) -> None:
        await self._client.aclose()
        self._file.close()

    async def probe(self) -> ServerInfo:
        info = await self._client.probe()
        self._file.write("server", "", to_builtins(info))
        return info

    async def greet(self, _: Description = NOTHING, /) -> Greeting:
        """The recording is to say of the server all there is."""
        return Greeting(await self.probe())

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        found = await self._client.all_assistants(cap, start=start)
        for item in found:
            self._file.write("assistant", item.assistant_id, item.raw)
        return found

    async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        answer = await self._client.graph(assistant_id, xray=xray)
        self._file.write("graph", f"{assistant_id}{'+' if xray else ''}", answer)
        return answer

    async def schemas(self, assistant_id: str) -> Schemas:
        answer = await self._client.schemas(assistant_id)
        # Not `to_builtins`: it goes through the schemas, too, which may be nested deeper than it can follow.
        self._file.write("schemas", assistant_id, asdict(answer))
        return answer

    async def thread(self, thread_id: ThreadId) -> Thread:
        return self._thread(await self._client.thread(thread_id))

    async def create_thread(self, **options: Any) -> Thread:
        return self._thread(await self._client.create_thread(**options))

    async def state(self, thread_id: ThreadId, **options: Any) -> Checkpoint:
        """Only heads are written as such; single checkpoints are part of the history."""
        state = await self._client.state(thread_id, **options)
        asked_for = options.get("checkpoint_id") or as_object(options.get("checkpoint")).get("checkpoint_id")
        if asked_for:
            self._file.write("checkpoint", as_str(asked_for), state.raw, thread_id)
        else:
            self._file.write("head", thread_id, state.raw)
        return state

    async def history(self, thread_id: ThreadId, **options: Any) -> list[Checkpoint]:
        items = await self._client.history(thread_id, **options)
        for item in items:
            if item.checkpoint_id is not None:
                self._file.write("checkpoint", item.checkpoint_id, item.raw, thread_id)
        return items

    async def runs(self, thread_id: ThreadId, **options: Any) -> list[RunInfo]:
        return [self._run(item) for item in await self._client.runs(thread_id, **options)]

    async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo:
        return self._run(await self._client.run(thread_id, run_id))

    def _thread(self, thread: Thread) -> Thread:
        row = {key: value for key, value in thread.raw.items() if key != "values"}
        self._file.write("thread", thread.thread_id, row)
        return thread

    def _run(self, info: RunInfo) -> RunInfo:
        self._file.write("run", info.run_id, info.raw, info.thread_id)
        return info


class Recorder:
    """Records one session: give `make_client` to a Studio as its client factory and `hear` as its `on_frame`."""

    def __init__(self, path: Path, make_client: ClientFactory = default_client) -> None:
        self._path = path
        self._make_client = make_client
        self._file: RecordingFile | None = None

    def make_client(self, target: Target, *, on_exchange: Callable[[HttpExchange], None] | None = None) -> ServerClient:
        """Make a client whose answers are written to the file; raises UsageError when it cannot be written."""
        if self._file is not None:
            self._file.close()
        self._file = RecordingFile(self._path, target.scrub)
        return RecordingClient(self._make_client(target, on_exchange=on_exchange), self._file)

    @property
    def problem(self) -> str:
        """Why the recording lacks something (safe text); empty when it holds everything."""
        return self._file.problem if self._file is not None else ""

    def hear(self, run: RunState, frame: Frame, _: tuple[Event, ...]) -> None:
        if self._file is not None and run.run_id is not None:
            self._file.write("frame", run.run_id, list(frame))
