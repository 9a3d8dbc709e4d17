"""Runs of a real server over a connection that is cut, stalls or goes away: exact afterwards, and said meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.connection.timings import Timings
from studio_tui.core.state.app_state import LinkState
from studio_tui.core.studio import Studio
from studio_tui.domain.run import Note, Phase, RunState, TaskStatus
from studio_tui.domain.run_request import RunRequest
from tests.loopback import Listener
from tests.waiting import until

pytestmark = pytest.mark.server

PACE = Timings(backoff_first=0.05, backoff_cap=0.2)


class Wire:
    """A TCP relay to the server whose connections can be cut or held."""

    def __init__(self, base_url: str) -> None:
        self._server = urlsplit(base_url)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._listener = Listener(self._relay)
        self.port = 0

    async def open(self) -> None:
        self.port = await self._listener.open(self.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Reset every connection; new ones are welcome."""
        for writer in self._listener.writers:
            writer.transport.abort()

    def hold(self) -> None:
        """Let no byte through, and close nothing: a half-open link."""
        self._flowing.clear()

    def release(self) -> None:
        self._flowing.set()

    async def close(self) -> None:
        """Refuse connections from now on."""
        await self._listener.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = await asyncio.open_connection(self._server.hostname, self._server.port)
        try:
            await asyncio.gather(self._pipe(reader, upstream[1]), self._pipe(upstream[0], writer))
        finally:
            for end in (writer, upstream[1]):  # a pipe that was reset has closed its own end only
                end.transport.abort()

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()


@pytest.fixture
async def wire(server: str) -> AsyncIterator[Wire]:
    made = Wire(server)
    await made.open()
    yield made
    made.release()
    await made.close()


async def connected(wire: Wire, timings: Timings = PACE, *, threaded: bool = True) -> Studio:
    studio = Studio(threaded=threaded, timings=timings)
    await studio.connect(Target(wire.url))
    await studio.assistants.select("long_countdown")
    return studio


def ticks(run: RunState) -> int:
    return sum(task.status is TaskStatus.DONE for task in run.tasks.values())


def told(studio: Studio) -> list[tuple[str, str, str]]:
    log = studio.app_state.frames
    return [(log[index].event, log[index].data, log[index].id) for index in range(len(log))]


async def replayed(server: str, run: RunState) -> list[tuple[str, str, str]]:
    """The whole stream as the server kept it."""
    direct = Studio(threaded=False)
    await direct.connect(Target(server))
    thread_id, run_id = run.thread_id, run.run_id
    assert thread_id is not None
    assert run_id is not None
    found = []
    async with direct.connection.client.join_run(thread_id, run_id, last_event_id="-1") as stream:
        async for frame in stream:
            found.append((frame.event, frame.data, frame.id))
    await direct.aclose()
    return found


@pytest.mark.parametrize("cuts", [(3,), (2, 9, 16), (5, 6, 7, 8, 9)])
@pytest.mark.parametrize("threaded", [True, False], ids=["thread", "inline"])
async def test_cut_stream_is_exact_afterwards(wire: Wire, server: str, cuts: tuple[int, ...], threaded: bool) -> None:
    studio = await connected(wire, threaded=threaded)
    run = await studio.runs.start(RunRequest(input={"count": 25, "seconds": 0.02}))
    for place in cuts:
        await until(lambda place=place: ticks(run) >= place)  # type: ignore[misc]
        wire.cut()
    await studio.runs.wait()
    assert run.phase is Phase.DONE
    assert not run.gap
    assert told(studio) == await replayed(server, run)
    assert [task.name for task in run.tasks.values()] == ["prepare", *["tick"] * 25, "liftoff"]
    assert run.event_count == len(studio.app_state.frames)
    assert "reconnecting" in " ".join(entry.text for entry in run.timeline if isinstance(entry, Note))
    await studio.aclose()


async def test_half_open_link_is_noticed_and_joined_again(wire: Wire, server: str) -> None:
    studio = await connected(wire, replace(PACE, dead_after=0.5))
    run = await studio.runs.start(RunRequest(input={"count": 40, "seconds": 0.05}))
    await until(lambda: ticks(run) >= 3)
    wire.hold()
    await until(lambda: run.phase is Phase.RECONNECTING)  # no other thing than the silence can tell
    wire.release()
    await studio.runs.wait()
    assert run.phase is Phase.DONE
    assert told(studio) == await replayed(server, run)
    await studio.aclose()


async def test_server_that_goes_away_and_comes_back(wire: Wire, server: str) -> None:
    studio = await connected(wire, replace(PACE, give_up_after=0.3))
    run = await studio.runs.start(RunRequest(input={"count": 40, "seconds": 0.05}))
    await until(lambda: ticks(run) >= 5)
    await wire.close()
    await studio.runs.wait()
    assert run.phase is Phase.LOST
    assert ticks(run) >= 5
    assert len(told(studio)) >= 5
    app_state = studio.app_state
    await until(lambda: app_state.link is LinkState.DOWN)
    (lost,) = (notice for notice in app_state.notices if notice.key == "link")
    assert not lost.hint, "the top row tells that it is tried again, and what becomes of the screen"
    await wire.open()
    await until(lambda: app_state.link is LinkState.UP)
    await until(lambda: app_state.run is not None and app_state.run.phase is Phase.DONE)
    joined = app_state.run
    assert joined is not None
    assert joined.run_id == run.run_id
    assert len(app_state.runs) == 1
    assert told(studio) == await replayed(server, joined)
    await studio.aclose()
