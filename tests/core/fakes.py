"""A server in memory that speaks the client's interface, with connections that can be cut at any event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from msgspec.structs import replace

from studio_tui.core.connection.timings import Timings
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, ThreadId, default_assistant_id
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import NOTHING, Description, Greeting, ServerInfo, ServerKind
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.errors import ConnectError, NotFoundError, StudioError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.wire.frames import Frame
from studio_tui.wire.page import Page
from tests.waiting import until

QUICK = Timings(
    dead_after=0.3,
    backoff_first=0.001,
    backoff_cap=0.004,
    give_up_after=0.2,
    settle=(0.001, 0.001),
    poll=0.001,
    replay_limit=2.0,
    quiet_after=0.1,
    peek=0.03,
    look=(0.001, 0.001),
    confirm=0.3,
    booking=0.05,
    stream_close=0.05,
)
RUN = RunId("0199aaaa-0000-7000-8000-000000000001")
THREAD = ThreadId("0199bbbb-0000-7000-8000-000000000001")

OTHER = ThreadId("0199bbbb-0000-7000-8000-000000000002")

Wire = tuple[str, str, str]
"""Event, data, id."""


@dataclass
class Line:
    """One connection: how many new events it lets through, and how it ends."""

    events: int | None = None
    """None: all of them."""
    end: str = "close"
    """close, cut, hang, or refuse (before any answer)."""
    error: StudioError | None = None
    heartbeats: int = 1
    repeats: int = 0
    """Events that are sent twice in a row, as a live join does."""


@dataclass
class FakeRun:
    """A run whose events are known beforehand; it is over once a connection has delivered the last one."""

    events: list[Wire]
    lines: list[Line] = field(default_factory=list)
    """Connections in order; when they are used up, further ones deliver everything."""
    status: str = "success"
    """What the run reads once it is over."""
    over: bool = False
    live_reads: int = 0
    """How often it still reads as running after it is over."""
    replayable: bool = True
    unkept: str = ""
    """How events are called that are told as they happen, and kept for nobody."""
    strips_ids: bool = False
    """A proxy takes the ids away; the server itself has them."""
    names_run: bool = True
    """Whether the answer's headers say which run it is."""
    opened: int = 0
    info: RunInfo = field(default_factory=lambda: RunInfo(RUN, THREAD, AssistantId("a"), "running"))


class FakeStream:
    """The connection's end of a run."""

    def __init__(self, run: FakeRun, line: Line, events: list[Wire]) -> None:
        self.run_id: RunId | None = run.info.run_id if run.names_run else None
        self.thread_id: ThreadId | None = run.info.thread_id
        self.last_byte_at = time.monotonic()
        self.heartbeats = line.heartbeats
        self._run = run
        self._line = line
        self._events = events

    async def __aenter__(self) -> Self:
        self._run.opened += 1
        if self._line.end == "refuse":
            raise self._line.error or ConnectError("No connection", "refused")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def __aiter__(self) -> AsyncIterator[Frame]:
        async for frames in self.batches():
            for frame in frames:
                yield frame

    async def batches(self) -> AsyncIterator[Sequence[Frame]]:
        """Pieces of one, two, three … seven frames, as a socket might give them."""
        limit = len(self._events) if self._line.events is None else self._line.events
        sent = [*self._events[:limit]]
        if self._line.repeats:
            sent[self._line.repeats : self._line.repeats] = sent[: self._line.repeats]
        first, size = 0, 1
        while first < len(sent):
            if first % 50 < size:
                await asyncio.sleep(0)
            self.last_byte_at = time.monotonic()
            yield [
                Frame(number, time.time(), event, data, "" if self._run.strips_ids else wire_id)
                for number, (event, data, wire_id) in enumerate(sent[first : first + size], first)
            ]
            first, size = first + size, size % 7 + 1
        if self._line.end == "hang":
            await asyncio.Event().wait()
        if self._line.end == "cut":
            raise self._line.error or ConnectError("The connection broke", "reset by peer")
        if limit >= len(self._events):
            self._run.over = True


class FakeBell:
    """A thread's stream: tests ring it, and end it with `end` (an error, or None for a clean close)."""

    def __init__(self, thread_id: ThreadId, refusal: StudioError | None) -> None:
        self.thread_id: ThreadId | None = thread_id
        self.run_id: RunId | None = None
        self.last_byte_at = time.monotonic()
        self.heartbeats = 1
        self.open = False
        self._refusal = refusal
        self._queue: asyncio.Queue[Frame | StudioError | None] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        if self._refusal is not None:
            raise self._refusal
        self.open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open = False

    def ring(self, event: str, data: str = "{}") -> None:
        self._queue.put_nowait(Frame(0, time.time(), event, data, ""))

    def end(self, error: StudioError | None = None) -> None:
        self._queue.put_nowait(error)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        while True:
            item = await self._queue.get()
            if item is None:
                return
            if isinstance(item, StudioError):
                raise item
            self.last_byte_at = time.monotonic()
            yield item

    async def batches(self) -> AsyncIterator[Sequence[Frame]]:
        async for frame in self:
            yield (frame,)


class FakeClient:
    """Answers like a server with one assistant; tests fill `run_of`, `states` and `histories`."""

    def __getattr__(self, name: str) -> Any:
        """What it has no method for fails at once; the types of the others are checked."""
        raise AttributeError(name)

    def __init__(self, kind: ServerKind = ServerKind.PYTHON, **capabilities: Any) -> None:
        self.server = ServerInfo("http://fake", kind, "1", capabilities=capabilities)
        self.scripts: list[FakeRun] = []
        """Runs that will be started, in order."""
        self.known: dict[RunId, FakeRun] = {}
        self.heads: dict[ThreadId, Checkpoint] = {}
        self.histories: dict[ThreadId, list[Checkpoint]] = {}
        self.thread_rows: dict[ThreadId, Thread] = {}
        self.down: StudioError | None = None
        """Every call fails with it, while it is set."""
        self.calls: list[str] = []
        self.bodies: list[JsonObject] = []
        self.start_errors: list[StudioError] = []
        self.asked_ids: list[str | None] = []
        self.bells: list[FakeBell] = []
        """The thread streams that were opened, the newest last."""
        self.follow_errors: list[StudioError] = []
        self.gates: dict[str, asyncio.Event] = {}
        """`state <thread>` and `history <thread>` wait for their gates, where there are any."""

    def family(self, _: Any) -> Any:
        """The calls of every family are methods of the fake itself."""
        return self

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.down is not None:
            raise self.down

    async def _passed(self, name: str, thread_id: ThreadId) -> None:
        self._called(name)
        gate = self.gates.get(f"{name} {thread_id}")
        if gate is not None:
            await gate.wait()

    async def aclose(self) -> None:
        self.calls.append("aclose")

    async def greet(self, _: Description = NOTHING, /) -> Greeting:
        return Greeting(await self.probe())

    async def describe(self, info: ServerInfo) -> tuple[ServerInfo, Description]:
        raise AssertionError("what greets with everything has no more to tell")

    async def probe(self) -> ServerInfo:
        self._called("probe")
        return self.server

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        self._called("assistants")
        key = default_assistant_id("demo")
        raw: dict[str, Any] = {
            "assistant_id": key,
            "graph_id": "demo",
            "name": "demo",
            "metadata": {"created_by": "system"},
        }
        return [Assistant(key, "demo", "demo", metadata={"created_by": "system"}, raw=raw)]

    async def assistant(self, assistant_id: str) -> Assistant:
        self._called("assistant")
        raise NotFoundError("No such assistant")

    async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        self._called("graph")
        return {"nodes": [{"id": "a", "type": "runnable", "data": {"name": "a"}}], "edges": []}

    async def schemas(self, assistant_id: str) -> Schemas:
        self._called("schemas")
        return Schemas("demo")

    async def subgraphs(self, assistant_id: str) -> dict[NodeId, Schemas]:
        self._called("subgraphs")
        return {}

    async def threads(
        self,
        *,
        status: str = "",
        metadata: JsonObject | None = None,
        ids: Sequence[str] | None = None,
        limit: int = 50,
        offset: int = 0,
        sort_by: str = "updated_at",
        sort_order: str = "desc",
        columns: Sequence[str] = (),
        with_values: bool = False,
    ) -> Page[Thread]:
        self._called("threads")
        rows = [row for row in self.thread_rows.values() if not status or row.status.value == status]
        rows = [row for row in rows if ids is None or row.thread_id in ids]
        following = offset + limit if offset + limit < len(rows) else None
        return Page(rows[offset : offset + limit], following, None)

    async def thread_count(self, *, status: str = "", metadata: JsonObject | None = None) -> int | None:
        self._called("thread_count")
        return len(self.thread_rows)

    async def thread(self, thread_id: ThreadId) -> Thread:
        self._called("thread")
        if thread_id not in self.thread_rows:
            raise NotFoundError("No such thread")
        return self.thread_rows[thread_id]

    async def patch_thread(self, thread_id: ThreadId, metadata: JsonObject) -> Thread:
        self._called("patch_thread")
        self.thread_rows[thread_id] = replace(self.thread_rows[thread_id], title=str(metadata["title"]))
        return self.thread_rows[thread_id]

    async def thread_words(self, thread_id: ThreadId) -> str:
        self._called("thread_words")
        return ""

    async def thread_values(self, thread_id: ThreadId) -> Json:
        self._called("thread_values")
        return self.thread_rows[thread_id].raw.get("values")

    async def create_thread(
        self,
        *,
        thread_id: ThreadId | None = None,
        metadata: Mapping[str, Json] | None = None,
        if_exists: str = "raise",
        supersteps: Sequence[JsonObject] | None = None,
    ) -> Thread:
        self._called("create_thread")
        made = Thread(thread_id or THREAD, ThreadStatus.IDLE)
        self.thread_rows[made.thread_id] = made
        return made

    async def delete_thread(self, thread_id: ThreadId) -> None:
        self._called("delete_thread")
        del self.thread_rows[thread_id]

    async def state(
        self,
        thread_id: ThreadId,
        *,
        checkpoint: JsonObject | None = None,
        checkpoint_id: CheckpointId | None = None,
        subgraphs: bool = False,
    ) -> Checkpoint:
        await self._passed("state", thread_id)
        if checkpoint_id is not None:
            found = [item for item in self.histories.get(thread_id, []) if item.checkpoint_id == checkpoint_id]
            if not found:
                raise NotFoundError("The thread has no such checkpoint")
            return found[0]
        return self.heads.get(thread_id, Checkpoint(thread_id))

    async def take_large(self, thread_id: ThreadId) -> None:
        self.calls.append("take_large")

    async def history(
        self,
        thread_id: ThreadId,
        *,
        limit: int = 25,
        before: CheckpointId | None = None,
        checkpoint: JsonObject | None = None,
    ) -> list[Checkpoint]:
        await self._passed("history", thread_id)
        items = self.histories.get(thread_id, [])
        return [item for item in items if before is None or (item.checkpoint_id or "") < before][:limit]

    async def runs(self, thread_id: ThreadId, *, limit: int = 20, offset: int = 0) -> list[RunInfo]:
        self._called("runs")
        return [self._info(run) for run in self.known.values() if run.info.thread_id == thread_id]

    async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo:
        self._called("run")
        if run_id not in self.known:
            raise NotFoundError("Run not found", status=404)
        return self._info(self.known[run_id])

    def _info(self, run: FakeRun) -> RunInfo:
        if run.over and run.live_reads > 0:
            run.live_reads -= 1
            return run.info
        if not run.over:
            return run.info
        raw = {**run.info.raw, "status": run.status} if run.info.raw else {}
        return replace(run.info, status=run.status, raw=raw)

    async def create_run(self, thread_id: ThreadId | None, body: JsonObject) -> RunInfo:
        self._called("create_run")
        run = self._take(body)
        run.over = True
        return run.info

    def stream_run(self, thread_id: ThreadId | None, body: JsonObject) -> FakeStream:
        self.calls.append("stream_run")
        if self.start_errors:
            refusal = Line(end="refuse", error=self.start_errors.pop(0))
            self.bodies.append(body)
            return FakeStream(FakeRun([]), refusal, [])
        run = self._take(body)
        return FakeStream(run, self._line(run), run.events)

    def join_run(self, thread_id: ThreadId, run_id: RunId, *, last_event_id: str | None = None) -> FakeStream:
        self.calls.append("join_run")
        self.asked_ids.append(last_event_id)
        run = self.known[run_id]
        line = Line(end="refuse", error=self.down) if self.down is not None else self._line(run)
        if run.over and not run.replayable:
            return FakeStream(run, line, [])
        kept = [item for item in run.events if not run.unkept or not item[0].startswith(run.unkept)]
        return FakeStream(run, line, [item for item in kept if _newer(item[2], last_event_id)])

    def follow_thread(self, thread_id: ThreadId) -> FakeBell:
        self.calls.append(f"follow_thread {thread_id}")
        bell = FakeBell(thread_id, self.follow_errors.pop(0) if self.follow_errors else self.down)
        self.bells.append(bell)
        return bell

    async def cancel_run(self, thread_id: ThreadId, run_id: RunId, *, action: str = "interrupt") -> None:
        self._called(f"cancel_run {action}")
        run = self.known[run_id]
        if run.over:
            raise NotFoundError("No matching runs to cancel")
        run.over, run.status = True, "interrupted"
        if action == "rollback":
            del self.known[run_id]

    def _take(self, body: JsonObject) -> FakeRun:
        self.bodies.append(body)
        run = self.scripts.pop(0)
        run.info = replace(run.info, metadata=body.get("metadata") or {})
        self.known[run.info.run_id] = run
        return run

    def _line(self, run: FakeRun) -> Line:
        return run.lines.pop(0) if run.lines else Line()


def _newer(wire_id: str, last_event_id: str | None) -> bool:
    """Whether a server sends this event after `Last-Event-ID`: strictly newer; all for -1; nothing without ids."""
    if last_event_id is None or not wire_id:
        return False
    return _number(wire_id) > _number(last_event_id)


def _number(wire_id: str) -> int:
    return int(wire_id.partition("-")[0]) if not wire_id.startswith("-") else -1


def stamped(count: int, *, per_stamp: int = 3) -> list[Wire]:
    """Events of one run, several to each millisecond, as in-memory servers stamp them."""
    events: list[Wire] = [("metadata", f'{{"run_id":"{RUN}","attempt":1}}', "1795413860000-0")]
    for number in range(1, count):
        stamp = 1795413860000 + number // per_stamp
        events.append(("custom", f'"{number % 4}"', f"{stamp}-0"))
    return events


def make(client: FakeClient, *, threaded: bool = False, timings: Timings = QUICK) -> Studio:
    return Studio(client_factory=lambda target, on_exchange: client, threaded=threaded, timings=timings)


def chain(count: int, thread_id: ThreadId = THREAD, run_id: RunId = RUN) -> list[Checkpoint]:
    """A thread's checkpoints, newest first."""
    return [
        Checkpoint(
            thread_id,
            CheckpointId(f"1f{number:04}"),
            parent_id=CheckpointId(f"1f{number - 1:04}") if number else None,
            step=number - 1,
            source="loop" if number else "input",
            run_id=run_id,
            created_at=float(number),
            values={"n": number, "thread": thread_id},
        )
        for number in reversed(range(count))
    ]


async def load_all(studio: Studio) -> None:
    while not studio.app_state.history.complete:
        await studio.threads.more_history()


def serve(client: FakeClient, thread_id: ThreadId, items: list[Checkpoint]) -> None:
    client.histories[thread_id] = items
    client.heads[thread_id] = items[0]
    client.thread_rows[thread_id] = Thread(thread_id, ThreadStatus.IDLE)


async def hanging(studio: Studio, client: FakeClient, **options: Any) -> RunState:
    """A run whose stream stays open until somebody stops reading."""
    client.scripts.append(FakeRun(stamped(8), [Line(5, "hang"), *([Line(0, "hang")] * 20)], **options))
    run = await studio.runs.start(RunRequest(input={}))
    await until(lambda: run.event_count == 5)
    return run
