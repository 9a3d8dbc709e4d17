"""The facade: what it tells the server, how often, and what stays on screen when things go wrong."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.errors import (
    AuthError,
    ConflictError,
    ConnectError,
    NotFoundError,
    RejectedError,
    ServerError,
    StudioError,
    UsageError,
)
from studio_tui.model.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.model.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId, ThreadId
from studio_tui.model.json import JsonObject
from studio_tui.model.run import Phase, RunState
from studio_tui.model.server import Capability, ServerKind
from studio_tui.model.thread import RunInfo, Thread, ThreadStatus
from studio_tui.session.feed_items import Pace
from studio_tui.session.requests import RunRequest
from studio_tui.session.store import Link, Slice
from studio_tui.session.studio import Studio
from tests.unit.session_fakes import QUICK, RUN, THREAD, FakeClient, FakeRun, Line, stamped

OTHER = ThreadId("0199bbbb-0000-7000-8000-000000000002")


def make(client: FakeClient, *, threaded: bool = False, pace: Pace = QUICK) -> Studio:
    return Studio(client_factory=lambda target, on_exchange: client, threaded=threaded, pace=pace)


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
async def studio(client: FakeClient) -> AsyncIterator[Studio]:
    made = make(client)
    await made.connect(Target("http://fake"))
    await made.select_assistant("demo")
    yield made
    await made.aclose()


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "the condition was never met"
        await asyncio.sleep(0.001)


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
    while not studio.store.history.complete:
        await studio.more_history()


def base_id(studio: Studio) -> CheckpointId | None:
    return studio.store.base.checkpoint_id if studio.store.base is not None else None


def serve(client: FakeClient, thread_id: ThreadId, items: list[Checkpoint]) -> None:
    client.histories[thread_id] = items
    client.heads[thread_id] = items[0]
    client.thread_rows[thread_id] = Thread(thread_id, ThreadStatus.IDLE)


async def test_connecting_probes_and_lists(client: FakeClient) -> None:
    studio = make(client)
    assert studio.store.link is Link.NONE
    info = await studio.connect(Target("http://fake", profile="prod", readonly=True))
    assert (info.kind, studio.store.link) == (ServerKind.PYTHON, Link.UP)
    assert (studio.store.profile, studio.store.readonly) == ("prod", True)
    assert [item.name for item in studio.store.assistants] == ["demo"]
    await studio.disconnect()
    assert (studio.store.link, studio.store.server, studio.store.assistants) == (Link.NONE, None, [])
    assert client.calls[-1] == "aclose"
    await studio.aclose()
    await studio.aclose()


@pytest.mark.parametrize("error", [ConnectError("No server", "refused"), AuthError("The key is wrong")])
async def test_failed_connect_leaves_nothing_behind(client: FakeClient, error: StudioError) -> None:
    studio = make(client)
    client.down = error
    with pytest.raises(type(error)):
        await studio.connect(Target("http://fake"))
    assert (studio.store.link, studio.store.server) == (Link.NONE, None)
    with pytest.raises(UsageError, match="Not connected"):
        await studio.call(lambda client: client.probe())
    await studio.aclose()


async def test_everything_works_with_the_network_on_its_own_thread(client: FakeClient) -> None:
    threads: set[int] = set()

    class Noting(FakeClient):
        async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo:
            threads.add(threading.get_ident())
            return await super().run(thread_id, run_id)

    noting = Noting()
    studio = make(noting, threaded=True)
    await studio.connect(Target("http://fake"))
    await studio.select_assistant("demo")
    noting.scripts.append(FakeRun(stamped(400), [Line(100, "cut")]))
    run = await studio.start(RunRequest(input={}))
    await studio.wait()
    assert (run.phase, len(studio.store.frames)) == (Phase.DONE, 400)
    assert threads
    assert threading.get_ident() not in threads
    await studio.aclose()
    assert not [item for item in threading.enumerate() if item.name.startswith("studio-tui")]


async def test_preview_of_a_request_is_exactly_what_is_sent(studio: Studio, client: FakeClient) -> None:
    studio.toggle_breakpoint(NodeId("a"), "before")
    request = RunRequest(input={"x": 1}, metadata={"k": "v"})
    previews = []
    for _ in range(2):
        previews.append(studio.request_body(request))
        client.scripts.append(FakeRun(stamped(3)))
        await studio.start(request)
        await studio.wait()
    assert client.bodies == previews
    ids = {str(body["metadata"]["op_id"]) for body in previews}  # type: ignore[index, call-overload]
    assert len(ids) == 2


async def test_first_run_creates_the_thread_later_ones_use_it(studio: Studio, client: FakeClient) -> None:
    for _ in range(2):
        client.scripts.append(FakeRun(stamped(3)))
        await studio.start(RunRequest(input={}))
        await studio.wait()
    assert client.calls.count("create_thread") == 1
    assert studio.store.thread_id == THREAD


async def test_run_that_is_refused_leaves_no_trace_but_its_thread(studio: Studio, client: FakeClient) -> None:
    client.scripts.append(FakeRun(stamped(3)))
    first = await studio.start(RunRequest(input={}))
    await studio.wait()
    client.start_errors.append(RejectedError("input: wrong shape", status=422))
    with pytest.raises(RejectedError):
        await studio.start(RunRequest(input={}))
    assert studio.store.runs == [first]
    assert len(studio.store.frames) == 3


@pytest.mark.parametrize(
    "error",
    [
        ConflictError("Thread is already running a task.", status=409),
        RejectedError("Thread is already running a task. Wait for it to finish", status=422),
    ],
)
async def test_busy_thread_is_a_conflict_with_a_way_out(studio: Studio, client: FakeClient, error: StudioError) -> None:
    client.start_errors.append(error)
    with pytest.raises(ConflictError) as refused:
        await studio.start(RunRequest(input={}))
    assert "rollback" in refused.value.hint


def lost_answer() -> ConnectError:
    error = ConnectError("The connection broke", "no answer came")
    error.ambiguous = True
    return error


async def test_lost_answer_to_a_start_finds_the_run_instead_of_making_a_second(
    studio: Studio, client: FakeClient
) -> None:
    class Eaten(FakeClient):
        def stream_run(self, thread_id: ThreadId | None, body: JsonObject) -> Any:
            self._take(body)  # the server has it, and the answer is eaten
            self.start_errors.append(lost_answer())
            self.bodies.pop()
            return super().stream_run(thread_id, body)

    eaten = Eaten()
    eaten.scripts.append(FakeRun(stamped(9)))
    studio = make(eaten)
    await studio.connect(Target("http://fake"))
    await studio.select_assistant("demo")
    run = await studio.start(RunRequest(input={}))
    await studio.wait()
    assert run.run_id == RUN
    assert run.phase is Phase.DONE
    assert len(eaten.bodies) == 1
    assert len(studio.store.frames) == 9
    assert len(studio.store.runs) == 1
    await studio.aclose()


async def test_lost_answer_to_a_start_that_never_arrived_is_said(studio: Studio, client: FakeClient) -> None:
    client.start_errors.append(lost_answer())
    with pytest.raises(ConnectError) as failed:
        await studio.start(RunRequest(input={}))
    assert "was not started" in failed.value.hint
    assert studio.store.runs == []
    assert client.calls.count("stream_run") == 1


async def test_one_start_at_a_time(studio: Studio, client: FakeClient) -> None:
    client.scripts += [FakeRun(stamped(3)), FakeRun(stamped(3))]
    results = await asyncio.gather(
        studio.start(RunRequest(input={})), studio.start(RunRequest(input={})), return_exceptions=True
    )
    assert [type(item) for item in results] == [RunState, ConflictError]
    assert len(client.bodies) == 1


async def hanging(studio: Studio, client: FakeClient, **options: Any) -> RunState:
    """A run whose stream stays open until somebody stops reading."""
    client.scripts.append(FakeRun(stamped(8), [Line(5, "hang"), *([Line(0, "hang")] * 20)], **options))
    run = await studio.start(RunRequest(input={}))
    await until(lambda: run.event_count == 5)
    return run


async def test_stop_is_confirmed_by_the_server_although_the_stream_stays_open(
    studio: Studio, client: FakeClient
) -> None:
    run = await hanging(studio, client)
    head = replace(chain(1)[0], next=("slow",), run_id=RUN)
    client.heads[THREAD] = head
    assert await studio.stop() is run
    assert run.phase is Phase.CANCELLED
    assert len(studio.store.frames) == 5
    assert "cancel_run interrupt" in client.calls
    assert studio.store.state == head


async def test_stop_that_the_server_does_not_carry_out_is_not_believed(studio: Studio, client: FakeClient) -> None:
    class Deaf(FakeClient):
        async def cancel_run(self, thread_id: ThreadId, run_id: RunId, **options: Any) -> None:
            self.calls.append("cancel_run")

    deaf = Deaf()
    studio = make(deaf, pace=replace(QUICK, dead_after=60))
    await studio.connect(Target("http://fake"))
    await studio.select_assistant("demo")
    run = await hanging(studio, deaf)
    await studio.stop()
    assert run.phase is Phase.RUNNING
    assert any("not confirmed the stop" in notice.title for notice in studio.store.notices)
    await studio.aclose()


async def test_run_that_finished_before_the_stop_arrived_is_done(studio: Studio, client: FakeClient) -> None:
    run = await hanging(studio, client)
    client.known[RUN].over = True
    assert await studio.stop() is run
    assert run.phase is Phase.DONE
    assert any("already finished" in notice.title for notice in studio.store.notices)


async def test_rollback_ends_in_cancelled_although_the_run_is_gone(studio: Studio, client: FakeClient) -> None:
    run = await hanging(studio, client)
    await studio.stop(action="rollback")
    assert run.phase is Phase.CANCELLED


async def test_stop_without_a_run_is_said(studio: Studio) -> None:
    with pytest.raises(UsageError, match="No run"):
        await studio.stop()


def asking(*ids: str) -> Checkpoint:
    tasks = tuple(Task(TaskId(f"t{key}"), key, interrupts=(Interrupt(key, "?"),)) for key in ids)
    return replace(chain(1)[0], tasks=tasks, next=ids)


async def test_single_answer_is_addressed_by_id(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, [asking("q1")])
    await studio.open_thread(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.continue_run(resume=None)
    assert client.bodies[-1]["command"] == {"resume": {"q1": None}}
    assert "input" not in client.bodies[-1]


async def test_one_answer_to_several_questions_is_refused(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, [asking("q1", "q2")])
    await studio.open_thread(THREAD)
    with pytest.raises(UsageError, match="2 questions"):
        await studio.continue_run(resume=True)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.continue_run(answers={"q1": True, "q2": 3}, update={"x": 1}, goto=["b"])
    assert client.bodies[-1]["command"] == {"resume": {"q1": True, "q2": 3}, "update": {"x": 1}, "goto": ["b"]}


async def test_continuing_without_an_answer_sends_null(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, [replace(chain(1)[0], next=("b",))])
    await studio.open_thread(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.continue_run(request=RunRequest(input={"ignored": 1}, stream_modes=("debug",)))
    assert client.bodies[-1]["input"] is None
    assert client.bodies[-1]["stream_mode"] == ["debug"]
    assert "command" not in client.bodies[-1]


async def test_thread_left_in_mid_load_never_shows_up_in_the_next(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(3))
    serve(client, OTHER, chain(2, OTHER, RunId("other-run")))
    client.gates[f"state {THREAD}"] = asyncio.Event()
    slow = asyncio.create_task(studio.open_thread(THREAD))
    await asyncio.sleep(0)
    await studio.open_thread(OTHER)
    client.gates[f"state {THREAD}"].set()
    await slow
    store = studio.store
    assert store.thread_id == OTHER
    assert {item.thread_id for item in store.history.items} == {OTHER}
    assert store.state is not None
    assert store.state.thread_id == OTHER
    assert [run.run_id for run in store.runs] == ["other-run"]


async def test_leaving_a_running_thread_leaves_its_run_alone_and_coming_back_joins_it(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, OTHER, chain(2, OTHER, RunId("other-run")))
    run = await hanging(studio, client)
    serve(client, THREAD, chain(2))
    await studio.open_thread(OTHER)
    assert studio.store.thread_id == OTHER
    assert not [call for call in client.calls if call.startswith("cancel")]
    frames = len(studio.store.frames)
    client.known[RUN].lines = []
    await studio.open_thread(THREAD)
    await studio.wait()
    joined = studio.store.run
    assert joined is not None
    assert (frames, joined.run_id, joined.phase) == (0, run.run_id, Phase.DONE)
    assert len(studio.store.frames) == 8


async def test_unknown_thread_leaves_the_open_one(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(3))
    await studio.open_thread(THREAD)

    with pytest.raises(NotFoundError, match="no thread id"):
        await studio.open_thread("../assistants/search")
    assert studio.store.thread_id == THREAD
    assert len(studio.store.history.items) == 3


async def test_cursor_moves_along_parents_and_stops_at_the_ends(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(4))
    await studio.open_thread(THREAD)
    store = studio.store
    seen = []
    for delta in (-1, -1, -5, -1, 1, 9):
        studio.move_cursor(delta)
        seen.append(store.cursor)
        await until(lambda: store.state and store.state.checkpoint_id == (store.cursor or "1f0003"))
    assert seen == ["1f0002", "1f0001", "1f0000", "1f0000", "1f0001", None]


async def test_cursor_stays_on_its_branch(studio: Studio, client: FakeClient) -> None:
    items = chain(3)
    fork = replace(items[0], checkpoint_id=CheckpointId("1f0009"), parent_id=CheckpointId("1f0000"), source="update")
    serve(client, THREAD, [fork, *items])
    await studio.open_thread(THREAD)
    await studio.select_checkpoint(CheckpointId("1f0001"))
    studio.move_cursor(1)
    assert studio.store.cursor == "1f0002"
    studio.move_cursor(-2)
    assert studio.store.cursor == "1f0000"
    await studio.select_checkpoint(None)
    studio.move_cursor(-1)
    assert studio.store.cursor == "1f0000"


async def test_base_is_the_parent_or_the_mark(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(4))
    await studio.open_thread(THREAD)
    store = studio.store
    await until(lambda: base_id(studio) == "1f0002")
    await studio.select_checkpoint(CheckpointId("1f0000"))
    assert base_id(studio) is None
    await studio.set_mark()
    await studio.select_checkpoint(None)
    assert (store.mark, base_id(studio)) == ("1f0000", "1f0000")
    await studio.select_checkpoint(CheckpointId("1f0000"))
    await studio.set_mark()
    assert (store.mark, base_id(studio)) == (None, None)


async def test_a_new_run_lets_the_cursor_go_once_the_server_took_it(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(4))
    await studio.open_thread(THREAD)
    await studio.select_checkpoint(CheckpointId("1f0001"))
    client.start_errors.append(RejectedError("input: wrong shape", status=422))
    with pytest.raises(RejectedError):
        await studio.start(RunRequest(input={}))
    cursors = [studio.store.cursor]
    client.scripts.append(FakeRun(stamped(3)))
    await studio.start(RunRequest(input={}))
    cursors.append(studio.store.cursor)
    assert cursors == ["1f0001", None]
    await until(lambda: studio.store.state and studio.store.state.checkpoint_id == "1f0003")


async def test_long_history_keeps_few_values_and_loads_the_others_again(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(160))
    await studio.open_thread(THREAD)
    await load_all(studio)
    items = studio.store.history.items
    assert len(items) == 160
    assert sum(item.values is not None for item in items) == 50
    asked = client.calls.count("state")
    for _ in range(2):
        await studio.select_checkpoint(CheckpointId("1f0007"))
    assert client.calls.count("state") == asked + 2  # itself and its parent, once each
    assert studio.store.state is not None
    assert studio.store.state.values == {"n": 7, "thread": THREAD}
    for number in range(20, 40):
        await studio.select_checkpoint(CheckpointId(f"1f{number:04}"))
    asked = client.calls.count("state")
    await studio.select_checkpoint(CheckpointId("1f0007"))
    assert client.calls.count("state") > asked


async def test_end_of_a_run_fetches_only_the_new_checkpoints(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(30))
    await studio.open_thread(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.start(RunRequest(input={}))
    more = [replace(item, run_id=RunId("new")) if item.step and item.step > 29 else item for item in chain(33)]
    serve(client, THREAD, more)
    asked = client.calls.count("history")
    await studio.wait()
    assert client.calls.count("history") == asked + 1
    assert studio.store.state == more[0]
    assert studio.store.history.head == more[0]
    assert len(studio.store.history.items) == 33


async def test_failing_request_starts_the_banner_and_recovery_ends_it(studio: Studio, client: FakeClient) -> None:
    studio._connection.retry_first = studio._connection.retry_cap = 0.005
    client.down = ConnectError("No server", "connection refused")
    with pytest.raises(ConnectError):
        await studio.refresh_threads()
    store = studio.store
    assert store.link is Link.DOWN
    assert "connection refused" in store.threads.problem
    await until(lambda: store.next_retry_in is not None)
    await until(lambda: client.calls.count("probe") > 3)
    client.down = None
    client.thread_rows[THREAD] = Thread(THREAD)
    await until(lambda: store.link is not Link.DOWN)
    await until(lambda: store.threads.items)
    assert (store.link, store.next_retry_in, store.threads.problem) == (Link.UP, None, "")
    assert not store.notices


async def test_other_failures_are_not_a_lost_link(studio: Studio, client: FakeClient) -> None:
    client.down = ServerError("The server failed", status=500)
    with pytest.raises(ServerError):
        await studio.refresh_threads()
    assert studio.store.link is Link.UP
    client.down = None


async def test_broken_graph_and_schemas_cost_only_themselves(studio: Studio, client: FakeClient) -> None:
    class Broken(FakeClient):
        async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
            raise ServerError("The server failed", "Internal Server Error")

        async def schemas(self, assistant_id: str) -> Any:
            raise ServerError("The server failed", "Internal Server Error")

    studio = make(Broken())
    await studio.connect(Target("http://fake"))
    await studio.select_assistant("demo")
    await until(lambda: studio.store.graph_problem and studio.store.schemas)
    assert studio.store.graph is None
    assert studio.store.schemas is not None
    assert "Internal Server Error" in studio.store.schemas.problem
    await studio.aclose()


async def test_unexpected_failure_in_the_background_becomes_a_notice(client: FakeClient) -> None:
    class Odd(FakeClient):
        async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
            raise RuntimeError("a fault of ours \x1b[31m")

    studio = make(Odd())
    await studio.connect(Target("http://fake"))
    await studio.select_assistant("demo")
    await until(lambda: studio.store.notices)
    notice = studio.store.notices[-1]
    assert notice.severity == "error"
    assert "a fault of ours" in notice.detail
    assert "\x1b" not in notice.detail
    await studio.aclose()


async def test_breakpoints_are_kept_per_graph(studio: Studio, client: FakeClient) -> None:
    assert studio.toggle_breakpoint(NodeId("a"), "after")
    assert Slice.BREAKPOINTS in studio.store.drain()
    other = replace(studio.store.assistants[0], assistant_id=AssistantId("b"), graph_id="other", name="other")
    studio.store.assistants.append(other)
    await studio.select_assistant("other")
    assert len(studio.store.breakpoints) == 0
    await studio.select_assistant("demo")
    assert studio.store.breakpoints.after == {"a"}
    assert not studio.toggle_breakpoint(NodeId("a"), "after")


async def test_breakpoints_that_will_not_work_are_said(client: FakeClient) -> None:
    client.server = replace(client.server, capabilities={"run_breakpoints": Capability(False, "Aegra ignores them.")})
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.select_assistant("demo")
    client.scripts.append(FakeRun(stamped(3)))
    await studio.start(RunRequest(input={}, interrupt_before="*"))
    assert [notice.detail for notice in studio.store.notices] == ["Aegra ignores them."]
    await studio.aclose()


async def test_thread_list_pages_filters_and_counts(studio: Studio, client: FakeClient) -> None:
    for number in range(120):
        key = ThreadId(f"0199bbbb-0000-7000-8000-{number:012}")
        client.thread_rows[key] = Thread(key, ThreadStatus.BUSY if number % 3 == 0 else ThreadStatus.IDLE)
    await studio.refresh_threads()
    threads = studio.store.threads
    assert (len(threads.items), threads.has_more, threads.total) == (50, True, 120)
    await studio.load_more_threads()
    await studio.load_more_threads()
    assert (len(studio.store.threads.items), studio.store.threads.has_more) == (120, False)
    await studio.load_more_threads()
    assert len(studio.store.threads.items) == 120
    await studio.set_thread_filter(status="busy")
    assert (len(studio.store.threads.items), studio.store.threads.total) == (40, 40)


async def test_server_log_may_come_from_any_thread(studio: Studio) -> None:
    studio.store.drain()
    await asyncio.to_thread(studio.on_server_log, "INFO: ready")
    await until(lambda: studio.store.server_log)
    assert list(studio.store.server_log) == ["INFO: ready"]
    assert Slice.SERVER_LOG in studio.store.drain()


async def test_javascript_runs_start_from_the_newest_head(client: FakeClient) -> None:
    sticky = Capability(True, "it would go on from the one last replayed")
    client.server = replace(client.server, kind=ServerKind.JAVASCRIPT, capabilities={"sticky_checkpoint": sticky})
    serve(client, THREAD, [replace(item, ref={"checkpoint_id": item.checkpoint_id}) for item in chain(3)])
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.select_assistant("demo")
    await studio.open_thread(THREAD)
    # Somebody else ran the thread meanwhile.
    serve(client, THREAD, [replace(item, ref={"checkpoint_id": item.checkpoint_id}) for item in chain(9)])
    client.scripts.append(FakeRun(stamped(3)))
    await studio.start(RunRequest(input={}))
    assert client.bodies[-1]["checkpoint"] == {"checkpoint_id": "1f0008"}
    await studio.aclose()
