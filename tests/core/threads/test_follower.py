"""Who notices what others do: by the thread's stream where there is one, else by asking, on a clock of the test's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.connection.timings import Timings
from studio_tui.core.state.app_state import LinkState
from studio_tui.core.studio import Studio
from studio_tui.core.threads.follower import NO_THREAD
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import Capability, ServerKind
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.errors import ConnectError, NotFoundError, ServerError, UnsupportedError
from studio_tui.wire.frames import Frame
from studio_tui.wire.thread_stream import RunBegan, meaning
from tests.core.fakes import OTHER, QUICK, RUN, THREAD, FakeClient, FakeRun, chain, serve, stamped
from tests.waiting import until

FOREIGN = RunId("0199aaaa-0000-7000-8000-0000000000ff")


class Clock:
    """Time that passes only when the test says so."""

    def __init__(self) -> None:
        self.at = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.at + seconds, done))
        await done

    async def pass_(self, seconds: float) -> None:
        """Let so many seconds go by, waking who sleeps at its time."""
        end = self.at + seconds
        while True:
            for _ in range(30):
                await asyncio.sleep(0)
            self._sleepers = [item for item in self._sleepers if not item[1].done()]
            due = min((item[0] for item in self._sleepers), default=end + 1)
            if due > end:
                break
            self.at = due
            for when, done in self._sleepers:
                if when <= due and not done.done():
                    done.set_result(None)
        self.at = end


@pytest.fixture
def clock() -> Clock:
    return Clock()


def watching(client: FakeClient, clock: Clock, timings: Timings = QUICK) -> Studio:
    studio = Studio(client_factory=lambda target, on_exchange: client, threaded=False, timings=timings)
    studio.others._sleep, studio.others._now = clock.sleep, clock.now
    studio.watch_others(True)
    return studio


@pytest.fixture
async def studio(client: FakeClient, clock: Clock) -> AsyncIterator[Studio]:
    made = watching(client, clock)
    await made.connect(Target("http://fake"))
    await made.assistants.select("demo")
    serve(client, THREAD, chain(4))
    yield made
    await made.aclose()
    await until(lambda: not any(bell.open for bell in client.bells))


@pytest.fixture
async def asking(clock: Clock) -> AsyncIterator[tuple[Studio, FakeClient]]:
    """A studio on a server without a thread stream."""
    client = FakeClient(ServerKind.JAVASCRIPT, thread_stream=Capability(False, "no such stream"))
    made = watching(client, clock)
    await made.connect(Target("http://fake"))
    await made.assistants.select("demo")
    serve(client, THREAD, chain(4))
    await made.threads.open(THREAD)
    await clock.pass_(0)
    yield made, client
    await made.aclose()


def foreign(client: FakeClient, events: int = 8) -> None:
    """Another client has started a run of the thread."""
    run = FakeRun(stamped(events))
    run.info = RunInfo(FOREIGN, THREAD, AssistantId("a"), "running", kwargs={"stream_mode": ["values"]})
    client.known[FOREIGN] = run


async def rung(studio: Studio, client: FakeClient, clock: Clock) -> None:
    await studio.threads.open(THREAD)
    await clock.pass_(0)
    await until(lambda: client.bells and client.bells[-1].open and client.bells[-1].thread_id == THREAD)


async def test_nothing_is_asked_of_a_quiet_thread_that_is_streamed(
    studio: Studio, client: FakeClient, clock: Clock
) -> None:
    await rung(studio, client, clock)
    await clock.pass_(1)
    asked = len(client.calls)
    await clock.pass_(300)
    assert {*client.calls[asked:]} <= {"threads", "thread_count"}
    assert client.calls[asked:].count("threads") == 20  # the list, every 15 s


async def test_edit_of_another_client_is_read_once_however_often_the_bell_rings(
    studio: Studio, client: FakeClient, clock: Clock
) -> None:
    await rung(studio, client, clock)
    asked = client.calls.count("state")
    serve(client, THREAD, chain(5))
    for _ in range(5):
        client.bells[-1].ring("state_update", '{"state": {}}')
    await clock.pass_(1)
    assert client.calls.count("state") == asked + 1
    assert studio.app_state.state is not None
    assert studio.app_state.state.checkpoint_id == "1f0004"
    client.bells[-1].ring("state_update", '{"state": {}}')
    histories = client.calls.count("history")
    await clock.pass_(1)
    assert client.calls.count("history") == histories  # nothing was new: only the head was looked at


async def test_foreign_run_is_joined_our_own_is_not(studio: Studio, client: FakeClient, clock: Clock) -> None:
    await rung(studio, client, clock)
    client.scripts.append(FakeRun(stamped(5)))
    await studio.runs.start(RunRequest(input={}))
    client.bells[-1].ring("metadata", json.dumps({"run_id": RUN, "attempt": 1}))
    await clock.pass_(1)
    await studio.runs.wait()
    client.bells[-1].ring("metadata", json.dumps({"run_id": RUN, "status": "run_done"}))
    await clock.pass_(1)
    assert "another client" not in str(studio.app_state.runs)
    await studio.history.select(CheckpointId("1f0001"))
    foreign(client)
    client.bells[-1].ring("metadata", json.dumps({"run_id": FOREIGN, "attempt": 1}))
    await clock.pass_(1)
    await until(lambda: studio.app_state.run is not None and studio.app_state.run.run_id == FOREIGN)
    await studio.runs.wait()
    assert "another client" in str(studio.app_state.runs[-1].timeline)
    assert studio.app_state.cursor == "1f0001"


async def test_end_of_a_run_that_was_never_followed_is_caught_up_with(
    studio: Studio, client: FakeClient, clock: Clock
) -> None:
    await rung(studio, client, clock)
    foreign(client)
    client.known[FOREIGN].over = True
    serve(client, THREAD, [replace(item, run_id=FOREIGN) if item.step == 4 else item for item in chain(6)])
    client.bells[-1].ring("metadata", json.dumps({"run_id": FOREIGN, "status": "run_done"}))
    await clock.pass_(1)
    assert FOREIGN in [run.run_id for run in studio.app_state.runs]
    assert studio.app_state.run is not None
    assert studio.app_state.run.phase is Phase.DONE


async def test_checkpoints_that_somebody_deleted_go_away_and_a_cursor_on_them_is_let_go(
    studio: Studio, client: FakeClient, clock: Clock
) -> None:
    await rung(studio, client, clock)
    await studio.history.select(CheckpointId("1f0003"))
    client.histories[THREAD] = chain(3)
    client.heads[THREAD] = chain(3)[0]
    client.bells[-1].ring("state_update")
    await clock.pass_(1)
    assert [item.checkpoint_id for item in studio.app_state.history.items] == ["1f0002", "1f0001", "1f0000"]
    assert studio.app_state.cursor is None


async def test_leaving_a_thread_closes_its_stream_and_its_bells_are_deaf(
    studio: Studio, client: FakeClient, clock: Clock
) -> None:
    await rung(studio, client, clock)
    first = client.bells[-1]
    serve(client, OTHER, chain(2, OTHER, RunId("other")))
    await studio.threads.open(OTHER)
    await until(lambda: client.bells[-1].thread_id == OTHER and client.bells[-1].open)
    await until(lambda: not first.open)
    await studio.threads.new()
    await until(lambda: not any(bell.open for bell in client.bells))
    await clock.pass_(QUICK.watch_quiet)
    await until(lambda: client.bells[-1].thread_id == NO_THREAD and client.bells[-1].open)
    await until(lambda: sum(bell.open for bell in client.bells) == 1)
    await studio.disconnect()
    await until(lambda: not any(bell.open for bell in client.bells))


async def test_server_that_goes_down_while_idle_is_noticed_and_all_is_read_again_when_it_is_back(
    studio: Studio, client: FakeClient, clock: Clock
) -> None:
    await clock.pass_(0)
    assert not client.bells  # others are in a hurry now
    await clock.pass_(QUICK.watch_quiet)
    await until(lambda: client.bells and client.bells[-1].open)  # no thread is open
    client.down = ConnectError("Nothing listens at fake")
    client.bells[-1].end()
    await until(lambda: studio.app_state.link is LinkState.DOWN)
    asked = len(client.calls)
    client.down = None
    await until(lambda: studio.app_state.link is LinkState.UP)
    await until(lambda: {"assistants", "graph", "schemas", "threads"} <= {*client.calls[asked:]})
    await until(lambda: client.bells[-1].open)


async def test_stream_that_only_breaks_is_taken_up_again_without_a_word(
    studio: Studio, client: FakeClient, clock: Clock
) -> None:
    await rung(studio, client, clock)
    await clock.pass_(60)
    serve(client, THREAD, chain(5))  # changed in the gap
    bell = client.bells[-1]
    bell.end(ConnectError("The connection broke"))
    await until(lambda: not bell.open)
    await clock.pass_(2)
    assert studio.app_state.link is LinkState.UP
    assert client.bells[-1] is not bell
    assert client.bells[-1].open
    assert studio.app_state.history.head is not None
    assert studio.app_state.history.head.checkpoint_id == "1f0004"


async def test_a_gateway_that_fails_once_more_when_the_server_is_back_ends_no_following(
    studio: Studio, client: FakeClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rung(studio, client, clock)
    await clock.pass_(60)
    read, failed = client.all_assistants, asyncio.Event()

    async def fails(cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        if failed.is_set():
            return await read(cap, start=start)
        failed.set()
        raise ServerError("No working server behind it", status=502)

    monkeypatch.setattr(client, "all_assistants", fails)
    for _ in range(2):
        bell = client.bells[-1]
        bell.end(ConnectError("The connection broke"))
        await until(lambda: not bell.open)  # noqa: B023
        await clock.pass_(2)
        assert failed.is_set()
        assert client.bells[-1] is not bell
        assert client.bells[-1].open


@pytest.mark.parametrize("error", [NotFoundError("Not found", status=404), UnsupportedError("No such thing")])
async def test_stream_that_is_promised_and_missing_is_replaced_by_asking(
    client: FakeClient, clock: Clock, error: Exception
) -> None:
    client.follow_errors = [error, error]  # type: ignore[list-item]
    studio = watching(client, clock)
    await studio.connect(Target("http://fake"))
    serve(client, THREAD, chain(4))
    await studio.threads.open(THREAD)
    await clock.pass_(0)
    asked = client.calls.count("runs")
    await clock.pass_(30)
    assert client.calls.count("runs") == asked + 3
    assert "10 s" in studio.app_state.watched
    await studio.aclose()


async def test_asked_server_is_asked_every_ten_seconds_and_more_often_after_a_change(
    asking: tuple[Studio, FakeClient], clock: Clock
) -> None:
    studio, client = asking
    asked = client.calls.count("runs")
    await clock.pass_(60)
    assert client.calls.count("runs") == asked + 6
    foreign(client)
    await clock.pass_(10)
    await until(lambda: studio.app_state.run is not None and studio.app_state.run.run_id == FOREIGN)
    await studio.runs.wait()
    await until(lambda: [info.status for info in studio.app_state.thread_runs] == ["success"])
    asked = client.calls.count("runs")
    await clock.pass_(20)
    assert client.calls.count("runs") >= asked + 9
    await clock.pass_(60)
    asked = client.calls.count("runs")
    await clock.pass_(60)
    assert client.calls.count("runs") <= asked + 6


async def test_nobody_is_asked_while_nobody_looks_and_at_once_when_somebody_does(
    asking: tuple[Studio, FakeClient], clock: Clock
) -> None:
    studio, client = asking
    studio.others.looking.clear()
    asked = client.calls.count("runs")
    await clock.pass_(600)
    assert client.calls.count("runs") == asked
    studio.others.looking.set()
    await clock.pass_(0)
    assert client.calls.count("runs") == asked + 1


async def test_edit_on_an_asked_server_is_seen_by_the_row_of_the_thread(
    asking: tuple[Studio, FakeClient], clock: Clock
) -> None:
    studio, client = asking
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE, updated_at=1.0)
    await clock.pass_(40)
    serve(client, THREAD, chain(5))
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE, updated_at=2.0)
    await clock.pass_(30)
    assert studio.app_state.state is not None
    assert studio.app_state.state.checkpoint_id == "1f0004"


@pytest.mark.parametrize("is_streamed", [True, False])
async def test_a_route_that_fails_alone_is_told_and_tried_again_until_what_others_did_is_read(
    is_streamed: bool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FakeClient() if is_streamed else FakeClient(
        ServerKind.JAVASCRIPT, thread_stream=Capability(False, "no such stream")
    )  # fmt: skip
    studio = watching(client, clock)
    app_state = studio.app_state
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    serve(client, THREAD, chain(4))
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE, updated_at=1.0)
    await studio.threads.open(THREAD)
    await clock.pass_(40)
    state, broken = client.state, asyncio.Event()

    async def breaks_off(*given: Any, **named: Any) -> Checkpoint:
        if not broken.is_set():
            raise ConnectError("The answer broke off", "the gateway closed it")
        return await state(*given, **named)

    monkeypatch.setattr(client, "state", breaks_off)
    serve(client, THREAD, chain(5))
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE, updated_at=2.0)
    if is_streamed:
        client.bells[-1].ring("state_update", '{"state": {}}')
    await clock.pass_(60)
    assert app_state.link is LinkState.UP
    assert app_state.behind, "what is shown may be old, and that is said as long as it holds"
    assert [notice.key for notice in app_state.notices].count("behind") == 1
    asked = len(client.calls)
    await clock.pass_(60)
    assert len(client.calls) - asked < 60, "nobody is pressed"
    broken.set()
    await clock.pass_(60)
    assert app_state.state is not None
    assert app_state.state.checkpoint_id == "1f0004"
    assert not studio.app_state.behind
    assert not [notice for notice in app_state.notices if notice.key == "behind"]
    await studio.aclose()


def test_frames_of_a_thread_stream_mean_little() -> None:
    def frame(event: str, data: str) -> Frame:
        return Frame(0, 0.0, event, data, "")

    assert meaning(frame("metadata", json.dumps({"run_id": RUN, "attempt": 1}))) == RunBegan(RUN)
    assert meaning(frame("values", "{}")) is None
    assert meaning(frame("metadata", "{")) is None
    assert meaning(frame("metadata", '["x"]')) is None


@pytest.mark.parametrize("live", [True, False])
async def test_run_of_another_graph_by_another_client_shows_that_graph_and_says_so(
    asking: tuple[Studio, FakeClient], clock: Clock, live: bool
) -> None:
    studio, client = asking
    other = Assistant(AssistantId("a"), "second-graph", "second")
    studio.app_state.assistants.items = [*studio.app_state.assistants.items, other]
    foreign(client)
    if not live:
        client.known[FOREIGN].over = True
        serve(client, THREAD, [replace(item, run_id=FOREIGN) if item.step == 4 else item for item in chain(6)])
    await clock.pass_(15)
    await until(lambda: studio.app_state.assistant == other)
    assert any("second-graph" in notice.title for notice in studio.app_state.notices)


async def test_a_thread_that_is_renamed_is_called_so_in_its_list_and_where_it_is_open(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, THREAD, chain(1))
    client.thread_rows[THREAD] = Thread(THREAD, title="old")
    await studio.recent.refresh()
    await studio.threads.open(THREAD)
    await studio.recent.rename(THREAD, "new")
    assert [item.title for item in studio.app_state.threads.items if item.thread_id == THREAD] == ["new"]
    row = studio.app_state.thread_row or studio.app_state.thread
    assert row is not None
    assert row.title == "new"
