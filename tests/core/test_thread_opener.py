"""Threads and their history: opening, leaving, the time cursor, pages, the list."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, TaskStatus, TaskView
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.errors import NotFoundError, RejectedError, ServerError
from tests.core.fakes import OTHER, RUN, THREAD, FakeClient, FakeRun, Line, chain, hanging, load_all, serve, stamped
from tests.present.said import said
from tests.waiting import until


def base_id(studio: Studio) -> CheckpointId | None:
    return studio.app_state.base.checkpoint_id if studio.app_state.base is not None else None


async def test_thread_left_in_mid_load_never_shows_up_in_the_next(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(3))
    serve(client, OTHER, chain(2, OTHER, RunId("other-run")))
    client.gates[f"state {THREAD}"] = asyncio.Event()
    slow = asyncio.create_task(studio.threads.open(THREAD))
    await asyncio.sleep(0)
    await studio.threads.open(OTHER)
    client.gates[f"state {THREAD}"].set()
    await slow
    app_state = studio.app_state
    assert app_state.thread_id == OTHER
    assert {item.thread_id for item in app_state.history.items} == {OTHER}
    assert app_state.state is not None
    assert app_state.state.thread_id == OTHER
    assert [run.run_id for run in app_state.runs] == ["other-run"]


async def test_leaving_a_running_thread_leaves_its_run_alone_and_coming_back_joins_it(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, OTHER, chain(2, OTHER, RunId("other-run")))
    run = await hanging(studio, client)
    serve(client, THREAD, chain(2))
    await studio.threads.open(OTHER)
    assert studio.app_state.thread_id == OTHER
    assert not [call for call in client.calls if call.startswith("cancel")]
    frames = len(studio.app_state.frames)
    client.known[RUN].lines = []
    await studio.threads.open(THREAD)
    await studio.runs.wait()
    joined = studio.app_state.run
    assert joined is not None
    assert (frames, joined.run_id, joined.phase) == (0, run.run_id, Phase.DONE)
    assert len(studio.app_state.frames) == 8


async def test_the_head_is_not_sent_a_second_time_with_the_history(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(client, THREAD, chain(60))
    sent: list[int] = []
    read = client.history

    async def history(thread_id: ThreadId, **options: Any) -> list[Checkpoint]:
        items = await read(thread_id, **options)
        sent.extend(item.step + 1 for item in items if item.step is not None)
        return items

    monkeypatch.setattr(client, "history", history)
    await studio.threads.open(THREAD)
    assert sent == list(range(58, 34, -1))
    assert [item.step for item in studio.app_state.history.items] == list(range(58, 33, -1))
    await load_all(studio)
    assert len(studio.app_state.history.items) == 60
    assert len(sent) == len(set(sent)) == 59


async def test_a_state_is_shown_before_anything_else_of_its_thread_is_read(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(3))
    seen: list[tuple[object, list[str]]] = []
    painted = asyncio.Event()

    async def shown() -> None:
        state = studio.app_state.state
        seen.append((state.checkpoint_id if state is not None else None, client.calls[:]))
        await painted.wait()
        seen.append((base_id(studio), client.calls[:]))

    studio.threads.on_shown = shown
    client.calls.clear()
    opening = asyncio.create_task(studio.threads.open(THREAD))
    await until(lambda: bool(seen))
    painted.set()
    await opening
    assert seen == [(client.heads[THREAD].checkpoint_id, ["state"]), (None, ["state"])]
    assert {"history", "runs"} <= set(client.calls)
    await until(lambda: base_id(studio) is not None)


async def test_a_thread_that_is_left_while_its_state_is_painted_is_not_read_on(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, THREAD, chain(3))
    serve(client, OTHER, chain(2, OTHER, RunId("other-run")))

    async def shown() -> None:
        studio.threads.on_shown = None
        await studio.threads.open(OTHER)
        client.calls.clear()

    studio.threads.on_shown = shown
    await studio.threads.open(THREAD)
    assert (studio.app_state.thread_id, client.calls) == (OTHER, [])


async def test_unknown_thread_leaves_the_open_one(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(3))
    await studio.threads.open(THREAD)

    with pytest.raises(NotFoundError, match="no thread id"):
        await studio.threads.open("../assistants/search")
    assert studio.app_state.thread_id == THREAD
    assert len(studio.app_state.history.items) == 3


async def test_cursor_moves_along_parents_and_stops_at_the_ends(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(4))
    await studio.threads.open(THREAD)
    app_state = studio.app_state
    seen = []
    for delta in (-1, -1, -5, -1, 1, 9):
        studio.history.move(delta)
        seen.append(app_state.cursor)
        await until(lambda: app_state.state and app_state.state.checkpoint_id == (app_state.cursor or "1f0003"))
    assert seen == ["1f0002", "1f0001", "1f0000", "1f0000", "1f0001", None]


async def test_cursor_stays_on_its_branch(studio: Studio, client: FakeClient) -> None:
    items = chain(3)
    fork = replace(items[0], checkpoint_id=CheckpointId("1f0009"), parent_id=CheckpointId("1f0000"), source="update")
    serve(client, THREAD, [fork, *items])
    await studio.threads.open(THREAD)
    await studio.history.select(CheckpointId("1f0001"))
    studio.history.move(1)
    assert studio.app_state.cursor == "1f0002"
    studio.history.move(-2)
    assert studio.app_state.cursor == "1f0000"
    await studio.history.select(None)
    studio.history.move(-1)
    assert studio.app_state.cursor == "1f0000"


async def test_base_is_the_parent_or_the_mark(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(4))
    await studio.threads.open(THREAD)
    app_state = studio.app_state
    await until(lambda: base_id(studio) == "1f0002")
    await studio.history.select(CheckpointId("1f0000"))
    assert base_id(studio) is None
    await studio.history.set_mark()
    await studio.history.select(None)
    assert (app_state.mark, base_id(studio)) == ("1f0000", "1f0000")
    await studio.history.select(CheckpointId("1f0000"))
    await studio.history.set_mark()
    assert (app_state.mark, base_id(studio)) == (None, None)


async def test_a_new_run_lets_the_cursor_go_once_the_server_took_it(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(4))
    await studio.threads.open(THREAD)
    await studio.history.select(CheckpointId("1f0001"))
    client.start_errors.append(RejectedError("input: wrong shape", status=422))
    with pytest.raises(RejectedError):
        await studio.runs.start(RunRequest(input={}))
    cursors = [studio.app_state.cursor]
    client.scripts.append(FakeRun(stamped(3)))
    await studio.runs.start(RunRequest(input={}))
    cursors.append(studio.app_state.cursor)
    assert cursors == ["1f0001", None]
    await until(lambda: studio.app_state.state and studio.app_state.state.checkpoint_id == "1f0003")


async def test_long_history_keeps_few_values_and_loads_the_others_again(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(160))
    await studio.threads.open(THREAD)
    await load_all(studio)
    items = studio.app_state.history.items
    assert len(items) == 160
    assert sum(item.values is not None for item in items) == 50
    asked = client.calls.count("state")
    for _ in range(2):
        await studio.history.select(CheckpointId("1f0007"))
    assert client.calls.count("state") == asked + 2  # itself and its parent, once each
    assert studio.app_state.state is not None
    assert studio.app_state.state.values == {"n": 7, "thread": THREAD}
    for number in range(20, 40):
        await studio.history.select(CheckpointId(f"1f{number:04}"))
    asked = client.calls.count("state")
    await studio.history.select(CheckpointId("1f0007"))
    assert client.calls.count("state") > asked


async def test_end_of_a_run_fetches_only_the_new_checkpoints(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(30))
    await studio.threads.open(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.runs.start(RunRequest(input={}))
    more = [replace(item, run_id=RunId("new")) if item.step and item.step > 29 else item for item in chain(33)]
    serve(client, THREAD, more)
    asked = client.calls.count("history")
    await studio.runs.wait()
    assert client.calls.count("history") == asked + 1
    assert studio.app_state.state == more[0]
    assert studio.app_state.history.head == more[0]
    assert len(studio.app_state.history.items) == 33


async def test_thread_list_pages_filters_and_counts(studio: Studio, client: FakeClient) -> None:
    for number in range(120):
        key = ThreadId(f"0199bbbb-0000-7000-8000-{number:012}")
        client.thread_rows[key] = Thread(key, ThreadStatus.BUSY if number % 3 == 0 else ThreadStatus.IDLE)
    await studio.recent.refresh()
    threads = studio.app_state.threads
    assert (len(threads.items), threads.has_more, threads.total) == (50, True, 120)
    await studio.recent.more()
    await studio.recent.more()
    assert (len(studio.app_state.threads.items), studio.app_state.threads.has_more) == (120, False)
    await studio.recent.more()
    assert len(studio.app_state.threads.items) == 120
    await studio.recent.set_filter(status="busy")
    assert (len(studio.app_state.threads.items), studio.app_state.threads.total) == (40, 40)


async def test_a_late_count_is_not_taken_for_that_of_another_filter(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(180):
        key = ThreadId(f"0199bbbb-0000-7000-8000-{number:012}")
        client.thread_rows[key] = Thread(key, ThreadStatus.BUSY if number % 3 == 0 else ThreadStatus.IDLE)
    asked, answer = asyncio.Event(), asyncio.Event()

    async def thread_count(*, status: str = "") -> int:
        if not status:
            asked.set()
            await answer.wait()
        return 60 if status else 180

    monkeypatch.setattr(client, "thread_count", thread_count)
    late = asyncio.create_task(studio.recent.refresh())
    await asked.wait()
    await studio.recent.set_filter(status="busy")
    answer.set()
    await late
    assert studio.app_state.threads.total == 60


async def test_a_thread_that_waits_behind_a_join_of_a_subgraph_is_told_with_its_node(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = [("pre", "inner"), ("inner", "post")]
    inner = [("inner:b", "inner:d"), ("inner:c", "inner:d")]

    async def graph(_assistant_id: str, *, xray: bool | int = False) -> dict[str, Any]:
        edges = plain + (inner if xray else [])
        names = dict.fromkeys(name for edge in edges for name in edge)
        nodes = [{"id": name} for name in names]
        return {"nodes": nodes, "edges": [{"source": a, "target": b} for a, b in edges]}

    monkeypatch.setattr(client, "graph", graph)
    await studio.assistants.load_graph()
    behind = Checkpoint(THREAD, CheckpointId("1f9"), ns=("inner:1",), values={"log": []})
    waiting = Task(TaskId("1"), "inner", subgraph=behind)
    head = replace(chain(1)[0], next=("inner",), tasks=(waiting,))
    serve(client, THREAD, [head])
    await studio.threads.open(THREAD)
    await until(lambda: "inner:d" in studio.app_state.position.nodes)
    assert studio.app_state.position.places == ("inner:d (inferred)",)
    assert studio.app_state.graph is not None
    assert {str(node.id) for node in studio.app_state.graph.nodes} == {"pre", "inner", "post"}, "nothing else is drawn"


async def test_a_thread_whose_state_cannot_be_read_is_not_told_as_empty(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(client, THREAD, chain(1))

    async def broken(*_: Any, **__: Any) -> Checkpoint:
        raise ServerError("The server failed (500)", "Node [x] removed")

    with monkeypatch.context() as patched:
        patched.setattr(client, "state", broken)
        patched.setattr(client, "history", broken)
        await studio.threads.open(THREAD)
    app_state = studio.app_state
    assert app_state.thread_id == THREAD
    assert app_state.state_problem.startswith("The state of this thread could not be read: The server failed (500)")
    assert "could not be read" in said(app_state)
    await studio.threads.open(THREAD)
    assert (app_state.state_problem, app_state.state is not None) == ("", True)


async def test_a_thread_that_was_never_run_is_opened_with_the_graph_that_its_row_names(
    studio: Studio, client: FakeClient
) -> None:
    other = Assistant(AssistantId("second"), "second-graph", "second")
    studio.app_state.assistants.items = [*studio.app_state.assistants.items, other]
    client.thread_rows[OTHER] = Thread(OTHER, ThreadStatus.IDLE, graph_id="second-graph")
    await studio.threads.open(OTHER)
    assert studio.app_state.assistant == other
    serve(client, THREAD, [replace(item, metadata={"graph_id": "demo"}) for item in chain(2)])
    asked = client.calls.count("thread")
    await studio.threads.open(THREAD)
    assert studio.app_state.assistant is not None
    assert studio.app_state.assistant.graph_id == "demo"
    assert client.calls.count("thread") <= asked + 1  # its own states name the graph; the row is read for joins alone


def slow_assistant(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Have the server answer for an assistant that no list shows; return that it was asked, and what it waits for."""
    asked, gate = asyncio.Event(), asyncio.Event()

    async def hidden(assistant_id: str) -> Assistant:
        asked.set()
        await gate.wait()
        return Assistant(AssistantId(assistant_id), "hidden-graph", "hidden")

    monkeypatch.setattr(client, "assistant", hidden)
    return asked, gate


async def test_an_assistant_that_is_found_after_its_thread_was_left_is_not_selected(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, gate = slow_assistant(client, monkeypatch)
    serve(client, THREAD, [replace(item, metadata={"graph_id": "hidden-graph"}) for item in chain(2)])
    serve(client, OTHER, [replace(item, metadata={"graph_id": "demo"}) for item in chain(2, OTHER, RunId("other"))])
    slow = asyncio.create_task(studio.threads.open(THREAD))
    await asked.wait()
    await studio.threads.open(OTHER)
    gate.set()
    await slow
    assert studio.app_state.thread_id == OTHER
    assert studio.app_state.assistant is not None
    assert studio.app_state.assistant.graph_id == "demo"


async def test_a_late_state_of_a_thread_that_was_left_takes_no_run_from_the_next(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, OTHER, chain(2, OTHER, RunId("other-run")))
    serve(client, THREAD, chain(2))
    client.known[RUN] = FakeRun(stamped(8), [Line(5, "hang"), *([Line(0, "hang")] * 20)])
    client.gates[f"state {OTHER}"] = asyncio.Event()
    slow = asyncio.create_task(studio.threads.open(OTHER))
    await until(lambda: "state" in client.calls)
    await studio.threads.open(THREAD)
    run = studio.app_state.run
    assert run is not None
    await until(lambda: run.event_count == 5)
    client.gates[f"state {OTHER}"].set()
    await slow
    await studio.runs.stop()
    assert (run.run_id, run.phase) == (RUN, Phase.CANCELLED)


async def test_a_late_page_of_a_thread_that_was_left_is_not_shown_in_the_next(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(client, OTHER, chain(2, OTHER, RunId("other-run")))
    serve(client, THREAD, chain(3))
    gate, asked, history = asyncio.Event(), asyncio.Event(), client.history

    async def slow_history(thread_id: ThreadId, **options: Any) -> list[Checkpoint]:
        if thread_id == OTHER:
            asked.set()
            await gate.wait()
        return await history(thread_id, **options)

    monkeypatch.setattr(client, "history", slow_history)
    slow = asyncio.create_task(studio.threads.open(OTHER))
    await asked.wait()
    await studio.threads.open(THREAD)
    gate.set()
    await slow
    app_state = studio.app_state
    assert {item.thread_id for item in app_state.history.items} == {THREAD}
    assert app_state.thread_row is None or app_state.thread_row.thread_id == THREAD


async def test_an_assistant_picked_while_that_of_a_thread_is_looked_up_stays(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, gate = slow_assistant(client, monkeypatch)
    mine = Assistant(AssistantId("mine"), "my-graph", "mine")
    studio.app_state.assistants.items = [*studio.app_state.assistants.items, mine]
    serve(client, THREAD, [replace(item, metadata={"graph_id": "hidden-graph"}) for item in chain(2)])
    opening = asyncio.create_task(studio.threads.open(THREAD))
    await asked.wait()
    await studio.assistants.select("mine")
    gate.set()
    await opening
    assert studio.app_state.assistant == mine


async def test_older_checkpoints_come_however_often_a_key_asks_and_after_their_reading_was_given_up(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, THREAD, chain(60))
    await studio.threads.open(THREAD)
    history = studio.app_state.history
    gate = client.gates[f"history {THREAD}"] = asyncio.Event()
    given_up = asyncio.create_task(studio.threads.more_history())
    await until(lambda: history.loading)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert not history.loading
    read = len(history.items)
    for _ in range(2):
        studio.history.move(-99)
        await until(lambda: history.loading)
    gate.set()
    await until(lambda: len(history.items) > read)


async def test_a_run_that_was_streamed_stays_what_it_was_when_older_checkpoints_come(
    studio: Studio, client: FakeClient
) -> None:
    older = chain(60, THREAD, RunId("old"))
    serve(client, THREAD, older)
    await studio.threads.open(THREAD)
    newest = replace(older[0], checkpoint_id=CheckpointId("1f0099"), parent_id=older[0].checkpoint_id, run_id=RUN)
    serve(client, THREAD, [newest, *older])
    client.scripts.append(FakeRun(stamped(3)))
    run = await studio.runs.start(RunRequest(input={}))
    await studio.runs.wait()
    await studio.threads.more_history()
    assert run in studio.app_state.runs
    assert [item.run_id for item in studio.app_state.runs].count(RUN) == 1


async def test_a_thread_that_its_row_alone_says_to_wait_is_opened_as_one_that_waits(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, THREAD, chain(3))
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.INTERRUPTED, updated_at=9.0)
    client.known[RUN] = FakeRun([], over=True, info=RunInfo(RUN, THREAD, AssistantId("a"), "running", created_at=0.5))
    await studio.threads.open(THREAD)
    app_state = studio.app_state
    assert app_state.state is not None
    assert app_state.state.unnamed
    assert [run.phase for run in app_state.runs] == [Phase.BREAKPOINT]


async def test_what_another_client_made_wait_is_known_by_the_row_and_the_run_that_came(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, THREAD, chain(3))
    client.known[RUN] = FakeRun([], over=True, info=RunInfo(RUN, THREAD, AssistantId("a"), "running", created_at=0.5))
    await studio.threads.open(THREAD)
    others = RunId("0199aaaa-0000-7000-8000-000000000002")
    serve(client, THREAD, [*(replace(item, run_id=others) for item in chain(5)[:2]), *chain(3)])
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.INTERRUPTED, updated_at=9.0)
    info = RunInfo(others, THREAD, AssistantId("a"), "running", created_at=2.5)
    client.known = {others: FakeRun([], over=True, info=info), **client.known}
    await studio.threads.catch_up()
    assert studio.app_state.state is not None
    assert studio.app_state.state.unnamed
    assert [run.phase for run in studio.app_state.runs] == [Phase.DONE, Phase.BREAKPOINT]


async def test_going_to_the_open_thread_keeps_what_its_run_streamed(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(3))
    client.scripts.append(FakeRun(stamped(3)))
    run = await studio.runs.start(RunRequest(input={}))
    await studio.runs.wait()
    run.tasks = {TaskId("t1"): TaskView(TaskId("t1"), "a", (), 1, TaskStatus.DONE, 10.0, 10.806)}
    run.started_at, run.ended_at = 10.0, 13.0
    await studio.threads.go_to(THREAD)
    assert (studio.app_state.run, len(studio.app_state.frames)) == (run, 3)
    with pytest.raises(NotFoundError):
        await studio.threads.go_to("nothing")
    await studio.threads.go_to(THREAD)
    assert studio.app_state.run is run
    begun = Task(TaskId("t1"), "a", result={}, has_result=True)
    serve(client, THREAD, [replace(item, tasks=(begun,) if item.step == 0 else ()) for item in chain(3)])
    await studio.threads.open(THREAD)
    again = studio.app_state.run
    assert again is not None
    assert again is not run
    task = again.tasks[TaskId("t1")]
    assert (task.started_at, task.ended_at, task.between_checkpoints) == (10.0, 10.806, False), "measured here"
    assert (again.started_at, again.ended_at) == (10.0, 13.0)
