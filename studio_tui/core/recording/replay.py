"""A studio on a recording: a client that tells it as a server would. Runs that have a stream play it when joined."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from msgspec.structs import replace

from studio_tui.config.paths import expanded
from studio_tui.core.connection.connection import default_client
from studio_tui.core.recording.rows import Recording, load_recording
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.ids import CheckpointId, NodeId, RunId, ThreadId
from studio_tui.domain.server import (
    CAPABILITIES,
    NOTHING,
    Capability,
    CapabilityName,
    Description,
    Greeting,
    ServerInfo,
    ServerKind,
)
from studio_tui.domain.thread import RunInfo, Thread, first_words
from studio_tui.errors import NotFoundError, ReadOnlyError, UnsupportedError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str
from studio_tui.wire.decode import assistant_of, run_info_of, schemas_of, thread_of
from studio_tui.wire.decode_state import checkpoint_of
from studio_tui.wire.frames import Frame
from studio_tui.wire.page import Page

if TYPE_CHECKING:
    from studio_tui.client.http import Http
    from studio_tui.client.target import Target
    from studio_tui.core.connection.ports import ServerClient
    from studio_tui.domain.http_exchange import HttpExchange

F = TypeVar("F")

LONGEST_PAUSE = 2.0
"""Seconds at most between two frames: nobody wants to watch a model think a second time."""
BASE_URL = "http://recording.invalid"
"""Stands for the server; no request is ever made to it."""


_WRITES = (
    "create", "update", "delete", "patch", "copy", "prune", "cancel", "store_put", "store_delete", "set_", "stream_run",
)  # fmt: skip
_NOT_HELD = "The recording does not hold this"
_WHY_NOT = "A recording has what the server told while it was made, and nothing else."
_HOLDS: frozenset[CapabilityName] = frozenset((
    "assistants", "threads", "runs", "run_breakpoints", "input_null", "resume_map", "join", "tasks_mode",
))  # fmt: skip


class ReplayClient:
    """Stands in for the client. `speed` 2 plays twice as fast, 0 without pauses."""

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        self._recording = recording
        self._speed = speed
        self._played: set[RunId] = set()

    def __getattr__(self, name: str) -> Any:
        """What this client has no method for is either a write, or something that recordings do not hold."""
        if name.startswith("_"):
            raise AttributeError(name)

        def refuse(*_: object, **__: object) -> NoReturn:
            if name.startswith(_WRITES):
                hint = "Connect to a server to run."
                raise ReadOnlyError("A recording cannot be changed", "It is a file, not a server.", hint)
            raise UnsupportedError(_NOT_HELD, _WHY_NOT)

        return refuse

    def family(self, _: Callable[[Http], F]) -> F:
        """No list beside threads and runs is recorded: all its calls are refused."""
        return cast("F", self)

    async def aclose(self) -> None:
        return

    async def probe(self) -> ServerInfo:
        """Who the recorded server was; what is joined here is always told in full."""
        told = self._recording.server
        seen = {name: as_object(item) for name, item in as_object(told.get("capabilities")).items() if name != "join"}
        kind = next((kind for kind in ServerKind if kind.value == told.get("kind")), ServerKind.UNKNOWN)
        return ServerInfo(
            BASE_URL,
            kind,
            as_str(told.get("version")),
            as_str(told.get("library_version")),
            capabilities={
                **{name: Capability(it.get("works") is True, as_str(it.get("reason"))) for name, it in seen.items()},
                **{name: Capability(False, _WHY_NOT) for name in CAPABILITIES if name not in _HOLDS},
            },
            seen_dialect=replace(FAMILIES[kind], joins_from_start=True),
        )

    async def greet(self, _: Description = NOTHING, /) -> Greeting:
        return Greeting(await self.probe())

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        found = (assistant_of(item) for item in self._recording.assistants.values())
        return [item for item in found if item is not None][start : start + cap]

    async def assistant(self, assistant_id: str) -> Assistant:
        for item in await self.all_assistants():
            if item.assistant_id == assistant_id:
                return item
        raise NotFoundError("The recording has no such assistant", status=404)

    async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        """The recorded topology; the other depth when only that was recorded."""
        graphs = self._recording.graphs
        whole, plain = graphs.get(f"{assistant_id}+"), graphs.get(assistant_id)
        found = (whole or plain) if xray else (plain or whole)
        if found is None:
            raise NotFoundError("The recording has no graph of this assistant")
        return as_object(found)

    async def schemas(self, assistant_id: str) -> Schemas:
        if assistant_id not in self._recording.schemas:
            raise NotFoundError("The recording has no schemas of this assistant")
        return schemas_of(self._recording.schemas[assistant_id])

    async def subgraphs(self, assistant_id: str) -> dict[NodeId, Schemas]:  # noqa: ARG002 - none are recorded
        raise NotFoundError("The recording has no schemas of subgraphs")

    async def threads(
        self,
        *,
        status: str = "",
        metadata: JsonObject | None = None,
        ids: Sequence[str] | None = None,
        limit: int = 50,
        offset: int = 0,
        **_: object,
    ) -> Page[Thread]:
        wanted = set(ids) if ids is not None else None
        rows = [await self.thread(ThreadId(key)) for key in self._thread_ids() if wanted is None or key in wanted]
        rows = [row for row in rows if not status or row.status.value == status]
        rows = [row for row in rows if all(row.metadata.get(key) == value for key, value in (metadata or {}).items())]
        rows.sort(key=lambda row: row.updated_at or 0.0, reverse=True)
        following = offset + limit if offset + limit < len(rows) else None
        return Page(rows[offset : offset + limit], following, len(rows))

    async def thread_count(self, *, status: str = "", metadata: JsonObject | None = None) -> int | None:
        return (await self.threads(status=status, metadata=metadata)).total

    async def thread(self, thread_id: ThreadId) -> Thread:
        if thread_id not in self._thread_ids():
            raise NotFoundError("The recording has no such thread", status=404)
        return thread_of(self._recording.threads.get(thread_id)) or Thread(thread_id)

    async def take_large(self, thread_id: ThreadId) -> None:
        """A recording has what it has."""

    async def state(self, thread_id: ThreadId, *, checkpoint_id: CheckpointId | None = None, **_: object) -> Checkpoint:
        """A recorded state. While a run of the thread still plays, the head is what was there before it."""
        await self.thread(thread_id)
        if checkpoint_id is not None:
            told = self._recording.checkpoints.get(thread_id, {}).get(checkpoint_id)
            if told is None:
                raise NotFoundError("The recording has no such checkpoint", status=404)
            return checkpoint_of(told, thread_id)
        head = checkpoint_of(self._recording.heads.get(thread_id), thread_id)
        if not self._unplayed(thread_id) and head.checkpoint_id is not None:
            return head
        items = await self.history(thread_id, limit=1)
        return items[0] if items else Checkpoint(thread_id)

    async def history(
        self, thread_id: ThreadId, *, limit: int = 25, before: CheckpointId | None = None, **_: object
    ) -> list[Checkpoint]:
        """Recorded checkpoints, newest first, without those of runs that still play."""
        hidden = self._unplayed(thread_id)
        told = self._recording.checkpoints.get(thread_id, {})
        keys = (key for key in sorted(told, reverse=True) if before is None or key < before)
        items = (checkpoint_of(told[key], thread_id) for key in keys)
        return list(islice((item for item in items if item.run_id not in hidden), limit))

    async def runs(self, thread_id: ThreadId, *, limit: int = 20, offset: int = 0) -> list[RunInfo]:
        """Recorded runs, newest first; those with a stream that was not played yet are still running."""
        told = self._recording.runs.get(thread_id, {})
        found = [self._info(item) for item in (run_info_of(value) for value in told.values()) if item is not None]
        found.sort(key=lambda info: info.created_at or 0.0, reverse=True)
        return found[offset : offset + limit]

    async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo:
        info = run_info_of(self._recording.runs.get(thread_id, {}).get(run_id))
        if info is None:
            raise NotFoundError("The recording has no such run", status=404)
        return self._info(info)

    def join_run(self, thread_id: ThreadId, run_id: RunId, **_: object) -> ReplayStream:
        frames = self._recording.frames.get(run_id, [])
        return ReplayStream(thread_id, run_id, frames, self._speed, self._played)

    def follow_thread(self, *_: object, **__: object) -> NoReturn:
        raise UnsupportedError("A recording does not change", "", "Connect to the server to follow the thread.")

    async def thread_words(self, thread_id: ThreadId) -> str:
        return first_words((await self.state(thread_id)).values)

    async def thread_values(self, thread_id: ThreadId) -> Json:
        return (await self.state(thread_id)).values

    def _thread_ids(self) -> set[str]:
        told = self._recording
        return {*told.threads, *told.heads, *told.runs, *told.checkpoints}

    def _unplayed(self, thread_id: ThreadId) -> set[str]:
        runs = self._recording.runs.get(thread_id, {})
        return {run_id for run_id in runs if self._recording.frames.get(run_id) and run_id not in self._played}

    def _info(self, info: RunInfo) -> RunInfo:
        if info.run_id not in self._unplayed(info.thread_id):
            return info
        # Its clock starts now: what is told is told now.
        return replace(info, status="running", created_at=time.time(), kwargs={**info.kwargs, "resumable": True})


class ReplayStream(AbstractAsyncContextManager["ReplayStream"]):
    """Frames of a recording at the pace at which they came, or `speed` times that.

    They begin now; the times between them are those of the recording: what took a second is told to take a second.
    """

    def __init__(
        self, thread_id: ThreadId, run_id: RunId, frames: Sequence[Frame], speed: float, played: set[RunId]
    ) -> None:
        self.thread_id: ThreadId | None = thread_id
        self.run_id: RunId | None = run_id
        self.heartbeats = 0
        self._frames = frames
        self._speed = speed
        self._played = played

    @property
    def last_byte_at(self) -> float:
        return time.monotonic()

    async def __aexit__(self, *_: object) -> None:
        return

    async def __aiter__(self) -> AsyncIterator[Frame]:
        before = self._frames[0].at if self._frames else 0.0
        later = time.time() - before
        for frame in self._frames:
            pause = min(max(frame.at - before, 0.0), LONGEST_PAUSE)
            before = frame.at
            if self._speed > 0 and pause > 0:
                await asyncio.sleep(pause / self._speed)
            yield frame._replace(at=frame.at + later, id="")  # no ids: they would date the frames back
        if self.run_id is not None:
            self._played.add(self.run_id)

    async def batches(self) -> AsyncIterator[Sequence[Frame]]:
        async for frame in self:
            yield (frame,)


def newest_thread(recording: Recording) -> ThreadId | None:
    """Return the thread that a recording is most likely about: the one with the newest run that has a stream."""
    streamed = [(run_id, thread_id) for thread_id, runs in recording.runs.items() for run_id in runs]
    ends = [(frames[-1].at, thread_id) for run_id, thread_id in streamed if (frames := recording.frames.get(run_id))]
    newest = max(ends)[1] if ends else None
    named = newest or next(iter(recording.threads), None) or next(iter(recording.heads), None)
    return ThreadId(named) if named else None


class Offline:
    """One recording as a face opens it. Raises UsageError when the file is none."""

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        self.path = expanded(path)
        self.recording: Recording = load_recording(self.path)
        if newest_thread(self.recording) is None and not self.recording.server:
            hint = "Make one with: studio-tui run A --record FILE"
            raise UsageError(f"{self.path.name} is no recording", "There is nothing in it.", hint)
        self._speed = speed

    @property
    def thread_id(self) -> ThreadId | None:
        return newest_thread(self.recording)

    def target(self) -> Target:
        """Return what stands for the server; faces show its profile, and that nothing can be written."""
        from studio_tui.client.target import Target

        return Target(BASE_URL, readonly=True, profile=f"replay {self.path.name}")

    def make_client(self, target: Target, *, on_exchange: Callable[[HttpExchange], None] | None = None) -> ServerClient:
        """Make the client of a studio: the recording's own, and the real one for a server that the user goes to."""
        if target.base_url == BASE_URL:
            return ReplayClient(self.recording, self._speed)
        return default_client(target, on_exchange=on_exchange)
