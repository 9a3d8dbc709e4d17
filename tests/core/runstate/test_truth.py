"""What the screen says is true: of errors, of reads that failed, of edits and stateless runs, of visits of nodes."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from studio_tui.core.runstate.fold import reduce
from studio_tui.core.runstate.settle import Ending, Truth, settle, why_it_ended
from studio_tui.core.state.app_state import AppState
from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.graph import GraphSpec, NodeSpec
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunError, RunState, TaskStatus, TaskView
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.thread import RunInfo
from studio_tui.domain.thread_position import Standing
from studio_tui.errors import NotFoundError, RejectedError, ServerError
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json
from studio_tui.present.graph.overlay import Overlay
from studio_tui.present.timetravel.state import streamed_values
from studio_tui.text.glyphs import UNICODE
from studio_tui.wire.decode import run_info_of
from studio_tui.wire.frames import Frame
from tests.core.fakes import RUN, THREAD, FakeClient, FakeRun, Wire, chain, serve, stamped
from tests.present.said import said
from tests.recordings import parse_all
from tests.waiting import until

MASK = "An internal error occurred"
TRUE = "QuotaExceeded('account 42 has no credit left')"


def cid(number: int) -> CheckpointId:
    return CheckpointId(f"1f{number:04}")


def checkpoint(number: int, *following: str, source: str = "loop", run: RunId | None = RUN) -> Checkpoint:
    tasks = tuple(Task(TaskId(f"{number}{name}"), name) for name in following)
    parent = cid(number - 1) if number else None
    return Checkpoint(
        THREAD, cid(number), parent_id=parent, next=following, tasks=tasks, source=source, step=number, run_id=run,
        values={"n": number},
    )  # fmt: skip


def run_of(*steps: int, run_id: RunId = RUN, phase: Phase = Phase.DONE, nodes: str = "abcdefgh") -> RunState:
    """A run that made these checkpoints, with one task for each, called by its step's letter."""
    marks = {cid(step): CheckpointMark(cid(step), (), step, "loop" if step else "input", 0.0) for step in steps}
    tasks = {
        TaskId(f"t{step}"): TaskView(TaskId(f"t{step}"), nodes[step], step=step, status=TaskStatus.DONE)
        for step in steps
        if step
    }
    return RunState(run_id, THREAD, phase=phase, checkpoints=marks, tasks=tasks, reconciled=True)


def shown(app_state: AppState) -> str:
    return said(app_state)


def left_by(app_state: AppState) -> RunState | None:
    return app_state.head_run


def test_the_true_error_is_told_everywhere_once_it_is_known() -> None:
    view = TaskView(TaskId("1pay"), "pay", status=TaskStatus.ERROR, error=f"QuotaExceeded: {MASK}")
    outer = TaskView(TaskId("outer"), "outer", status=TaskStatus.ERROR, error=f"QuotaExceeded: {MASK}")
    run = RunState(RUN, THREAD, phase=Phase.FAILED, error=RunError("QuotaExceeded", MASK))
    run.tasks = {view.id: view, outer.id: outer}
    run.timeline = [view.id, outer.id, Note("error", f"QuotaExceeded: {MASK}", 1.0)]
    head = replace(checkpoint(1, "pay"), tasks=(Task(TaskId("1pay"), "pay", error=TRUE),))
    info = RunInfo(RUN, THREAD, AssistantId("a"), "error")
    assert settle(run, Truth(info, head, (head,)), Ending(2.0)) is Phase.FAILED
    assert run.error == RunError("QuotaExceeded", "account 42 has no credit left")
    texts = [entry.text for entry in run.timeline if isinstance(entry, Note)]
    assert not [text for text in (*texts, view.error, outer.error) if MASK in text]


async def test_a_state_that_cannot_be_read_is_named_and_no_old_question_waits_again(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Interrupt("q1", "First?", node="a")
    head = replace(chain(1)[0], next=("a",), tasks=(Task(TaskId("t"), "a", interrupts=(question,)),))
    serve(client, THREAD, [head])
    await studio.threads.open(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    whole = client.state
    asked = 0

    async def state(*args: object, **options: object) -> Checkpoint:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise ServerError("The server failed (500)")
        return await whole(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "state", state)
    await studio.interrupts.answer({"q1": True}, asked=(question,))
    await studio.runs.wait()
    app_state = studio.app_state
    assert app_state.position.questions == ()
    assert app_state.position.standing is Standing.UNKNOWN
    titles = [notice.title for notice in app_state.notices]
    assert any("thread's state could not be read" in title for title in titles)
    assert not any("waits again" in title for title in titles)
    assert "could not be read" in said(app_state)
    assert "ENDED, state unread" in said(app_state)
    assert "DONE" not in said(app_state)


def test_after_an_edit_nothing_of_the_last_run_is_shown_as_the_threads() -> None:
    app_state, run = AppState(thread_id=THREAD), run_of(0, 1, 2)
    run.messages = {"m": Message("m", "ai", "old")}
    items = [checkpoint(0, "a", source="input"), checkpoint(1, "b"), checkpoint(2)]
    app_state.runs, app_state.history.thread_id = [run], THREAD
    app_state.history.merge(items)
    app_state.state = items[-1]
    assert left_by(app_state) is run
    assert "DONE" in shown(app_state)
    edit = replace(checkpoint(3, "b", source="update", run=None), parent_id=cid(0))
    app_state.history.merge([edit])
    app_state.state = edit
    assert left_by(app_state) is None
    assert app_state.position.standing is Standing.PAUSED
    assert "DONE" not in shown(app_state)
    assert "after an edit" in shown(app_state)
    marks = Overlay().marks(app_state, GraphSpec(tuple(NodeSpec(NodeId(name), name) for name in "ab")))
    assert marks[NodeId("b")].here
    assert NodeId("__end__") not in marks


def test_visits_belong_to_the_turn_and_the_past_shows_what_ran_until_then() -> None:
    first = run_of(0, 1, 2, run_id=RunId("one"), phase=Phase.BREAKPOINT, nodes=" abab")
    inner = TaskView(TaskId("i"), "deep", ns=("b:t2",), step=0, status=TaskStatus.DONE)
    first.tasks[inner.id] = inner
    second = run_of(3, 4, run_id=RunId("two"), nodes="   abab")
    app_state = AppState(thread_id=THREAD, runs=[first, second])
    items = [checkpoint(0, "a", source="input"), *(checkpoint(step, "x") for step in (1, 2, 3)), checkpoint(4)]
    items[3:] = [replace(item, run_id=RunId("two")) for item in items[3:]]
    app_state.history.merge(items)
    app_state.state = items[-1]
    spec = GraphSpec(tuple(NodeSpec(NodeId(name), name) for name in ("a", "b", "b:deep")))
    overlay = Overlay()
    marks = overlay.marks(app_state, spec)
    assert {name: marks[NodeId(name)].visits for name in ("a", "b", "b:deep")} == {"a": 2, "b": 2, "b:deep": 1}
    app_state.cursor = cid(2)
    marks = overlay.marks(app_state, spec)
    assert {name: marks[NodeId(name)].visits for name in ("a", "b", "b:deep")} == {"a": 1, "b": 1, "b:deep": 1}
    assert marks[NodeId("b:deep")].status == "done"
    app_state.cursor = None
    other = run_of(5, run_id=RunId("three"), nodes="     a")
    other.checkpoints[cid(5)] = replace(other.checkpoints[cid(5)], source="input")
    app_state.runs = [first, second, other]
    app_state.history.merge([checkpoint(5, source="input", run=RunId("three"))])
    app_state.state = app_state.history.head
    marks = overlay.marks(app_state, spec)
    assert marks[NodeId("a")].visits == 1
    assert NodeId("b") not in marks


def _part(run: RunState, task: str, status: TaskStatus, began: float, ended: float | None, **rest: object) -> None:
    name = task.rpartition(":")[2]
    made = TaskView(TaskId(task), name, status=status, started_at=began, ended_at=ended, **rest)  # type: ignore[arg-type]
    run.tasks[made.id] = made


@pytest.mark.parametrize("live", [True, False])
def test_a_subgraph_that_goes_on_after_a_question_is_one_visit_with_the_times_of_both_runs(live: bool) -> None:
    first = run_of(0, 1, run_id=RunId("one"), phase=Phase.INTERRUPT)
    second = RunState(RunId("two"), THREAD, phase=Phase.RUNNING, base_id=cid(1), request={"command": {"resume": 1}})
    inside = {"ns": ("team:team",), "step": 1}
    _part(first, "team", TaskStatus.INTERRUPTED, 10.0, 11.5, step=2)
    _part(first, "team:book", TaskStatus.DONE, 10.0, 11.0, **inside)
    _part(first, "team:pay", TaskStatus.INTERRUPTED, 11.0, 11.5, ns=("team:team",), step=2)
    _part(second, "team", TaskStatus.RUNNING, 90.0, None, step=2)
    app_state = AppState(thread_id=THREAD, runs=[first, second])
    app_state.history.merge([checkpoint(0, "a", source="input"), checkpoint(1, "team")])
    app_state.state = app_state.history.head
    spec = GraphSpec(tuple(NodeSpec(NodeId(name), name) for name in ("a", "team", "team:book", "team:pay")))
    overlay = Overlay()
    marks = overlay.marks(app_state, spec)
    assert (marks[NodeId("team")].status, marks[NodeId("team")].took(91.0)) == ("running", 2.5), "without the wait"
    assert marks[NodeId("team:book")].note(UNICODE) == "1.0s"
    assert NodeId("team:pay") not in marks, "nobody waits there any more"
    _part(second, "team:pay", TaskStatus.DONE, 90.0, 92.0, ns=("team:team",), step=2)
    _part(second, "team:book", TaskStatus.CACHED, 90.0, None, **inside)
    _part(second, "team", TaskStatus.DONE, 90.0, 92.0, step=2)
    if not live:
        second.phase, second.reconciled = Phase.DONE, True
        second.checkpoints[cid(2)] = CheckpointMark(cid(2), (), 2, "loop", 92.0)
        app_state.history.merge([checkpoint(2, run=RunId("two"))])
        app_state.state = app_state.history.head
    marks = overlay.marks(app_state, spec)
    told = {name: (marks[NodeId(name)].visits, marks[NodeId(name)].seconds, marks[NodeId(name)].total) for name in
            ("team", "team:book", "team:pay")}  # fmt: skip
    assert told == {"team": (1, 3.5, 3.5), "team:book": (1, 1.0, 1.0), "team:pay": (1, 2.5, 2.5)}
    assert {name: marks[NodeId(name)].status for name in told} == dict.fromkeys(told, "done")
    if not live:
        app_state.cursor = cid(2)
        assert overlay.marks(app_state, spec)[NodeId("team:pay")].total == 2.5
        app_state.cursor = cid(1)
        assert NodeId("team:book") not in overlay.marks(app_state, spec), "it was still to come"


def test_after_undo_the_head_is_a_copy_and_what_led_to_the_copied_one_is_marked() -> None:
    run = run_of(0, 1, 2)
    items = [checkpoint(0, "a", source="input"), checkpoint(1, "b"), checkpoint(2)]
    edit = replace(checkpoint(3, "b", source="update", run=None), parent_id=cid(1), step=2)
    undone = replace(checkpoint(4, source="fork", run=None), parent_id=cid(1), step=3, values=items[2].values)
    redone = replace(checkpoint(5, source="fork", run=None), parent_id=cid(1), step=4, values=items[2].values)
    app_state = AppState(thread_id=THREAD, runs=[run])
    spec = GraphSpec(tuple(NodeSpec(NodeId(name), name) for name in "abc"))
    for head in (undone, redone):
        app_state.history.merge([*items, edit, head])
        app_state.state = head
        assert app_state.head_run is None
        marks = Overlay().marks(app_state, spec)
        assert {name: marks[NodeId(name)].visits for name in "bc"} == {"b": 1, "c": 1}


@pytest.mark.parametrize("later", [False, True])
def test_a_thread_that_was_stopped_is_said_to_wait_at_once_as_when_it_is_opened_later(later: bool) -> None:
    run = run_of(0, 1, phase=Phase.CANCELLED)
    run.from_history, run.gap = later, not later
    run.started_at, run.ended_at = 1.0, 3.0
    items = [checkpoint(0, "a", source="input"), checkpoint(1, "b")]
    app_state = AppState(thread_id=THREAD, runs=[run])
    app_state.history.merge(items)
    app_state.state = items[-1]
    assert "STOPPED before b" in shown(app_state)
    assert "n step · c continue" in shown(app_state)
    assert "PAUSED" not in shown(app_state)
    assert " · after 2.0s" in shown(app_state)
    assert ("events may be missing" in shown(app_state)) is not later
    asking = replace(items[-1], tasks=(Task(TaskId("1b"), "b", interrupts=(Interrupt("q", "Sure?", node="b"),)),))
    app_state.state = asking
    app_state.history.merge([asking])
    assert "ASKS YOU" in shown(app_state)
    app_state.state = replace(items[-1], next=(), tasks=())
    app_state.history.merge([app_state.state])
    assert "STOPPED" in shown(app_state)
    assert "continue" not in shown(app_state)


def test_a_stateless_run_is_shown_as_one_and_then_the_threads_state_returns() -> None:
    app_state, run = AppState(thread_id=THREAD), run_of(0, 1)
    app_state.history.merge([checkpoint(0, "a", source="input"), checkpoint(1)])
    app_state.state = app_state.history.head
    alone = RunState(RunId("alone"), None, phase=Phase.RUNNING, stateless=True, values=LazyJson.of({"x": 1}))
    app_state.runs = [run, alone]
    assert app_state.shows_stateless
    assert streamed_values(app_state) is alone.values
    assert "stateless" in shown(app_state)
    alone.phase = Phase.DONE
    assert streamed_values(app_state) is None
    assert app_state.head_run is run
    assert app_state.position.standing is Standing.DONE
    assert "stateless" not in shown(app_state)
    app_state.thread_id = None
    assert streamed_values(app_state) is alone.values


async def test_a_stateless_run_beside_an_open_thread_leaves_its_state_alone(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, [checkpoint(1), checkpoint(0, "a", source="input")])
    await studio.threads.open(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.runs.start(RunRequest(input={}, stateless=True))
    run = await studio.runs.wait()
    assert run.stateless
    assert streamed_values(studio.app_state) is None
    assert studio.app_state.state is not None
    assert studio.app_state.state.checkpoint_id == cid(1)
    assert any("stateless run has ended" in notice.title for notice in studio.app_state.notices)


ASKS: Wire = ("updates", '{"__interrupt__":[{"value":"Sure?","id":"q1"}]}', "1795413869999-0")
STOPS: Wire = ("checkpoints", json.dumps({"metadata": {"step": 1}, "config": {"configurable": {"checkpoint_id": cid(1),
    "checkpoint_ns": "", "thread_id": "x"}}, "next": ["b"], "tasks": [], "values": {}}), "1795413869999-0")  # fmt: skip


@pytest.mark.parametrize("beside_thread", [False, True])
@pytest.mark.parametrize(("last", "phase", "word"), [
    (ASKS, Phase.INTERRUPT, "answered"), (STOPS, Phase.BREAKPOINT, "continued"), (None, Phase.DONE, ""),
    (("updates", '{"__interrupt__":[]}', "1795413869999-0"), Phase.BREAKPOINT, "continued"),
])  # fmt: skip
async def test_of_a_stateless_run_that_waits_is_said_that_nobody_can_go_on(
    studio: Studio, client: FakeClient, last: Wire | None, phase: Phase, word: str, beside_thread: bool
) -> None:
    serve(client, THREAD, [checkpoint(1), checkpoint(0, "a", source="input")])
    if beside_thread:
        await studio.threads.open(THREAD)
    client.scripts.append(FakeRun([*stamped(3), *([last] if last else [])]))
    await studio.runs.start(RunRequest(input={}, stateless=True))
    run = await studio.runs.wait()
    stuck = f"it cannot be {word}" if word else "nothing"
    assert run.phase is phase
    assert any(isinstance(item, Note) and stuck in item.text for item in run.timeline) is bool(word)
    told = [notice.detail for notice in studio.app_state.notices if notice.key == "stateless"]
    assert any(stuck in detail for detail in told) is bool(word)
    assert (stuck in said(studio.app_state)) is (bool(word) and not beside_thread)


def test_a_run_that_was_rolled_back_is_cancelled_and_nothing_of_it_is_the_threads() -> None:
    run = run_of(1, 2, phase=Phase.RUNNING)
    run.messages = {"m": Message("m", "ai", "taken back")}
    head = checkpoint(0, source="input", run=RunId("before"))
    ending = Ending(9.0, error=NotFoundError("Not found: run"))
    run.phase = settle(run, Truth(None, head, (head,)), ending)
    assert (run.phase, run.deleted) == (Phase.CANCELLED, True)
    app_state = AppState(thread_id=THREAD, runs=[run], state=head)
    app_state.history.merge([head])
    assert left_by(app_state) is None
    unread = run_of(1, phase=Phase.RUNNING)
    assert settle(unread, Truth(None), ending) is Phase.LOST
    kept = run_of(1, phase=Phase.RUNNING)
    assert settle(kept, Truth(None, checkpoint(1), (checkpoint(1),)), ending) is Phase.LOST


def test_a_run_whose_thread_is_deleted_under_it_is_lost_and_has_not_failed() -> None:
    run = run_of(1, phase=Phase.RUNNING)
    run.tasks[TaskId("t1")].status = TaskStatus.RUNNING
    words = {"error": "HTTPException", "message": "404: Run not found"}
    for event in parse_all([Frame(0, 1.0, "error", json.dumps(words))]):
        reduce(run, event)
    assert (run.phase, run.error) == (Phase.RUNNING, None)
    gone = Truth(None, problem=NotFoundError("Not found: thread", status=404), unread="the thread's state")
    ending = Ending(2.0, error=NotFoundError("Not found: run"))
    phase = settle(run, gone, ending)
    assert phase is Phase.LOST
    assert "its thread is not on the server any more" in why_it_ended(run, gone, ending, phase)
    assert run.tasks[TaskId("t1")].error == ""
    own = run_of(1, phase=Phase.RUNNING)
    own.error = RunError("ValueError", "the graph's own")
    assert settle(own, gone, ending) is Phase.FAILED


def test_a_graph_that_raises_not_found_itself_has_failed() -> None:
    run = run_of(1, phase=Phase.RUNNING)
    words = {"error": "HTTPException", "message": "404: Run not found"}
    for event in parse_all([Frame(0, 1.0, "error", json.dumps(words))]):
        reduce(run, event)
    info = run_info_of({"run_id": RUN, "thread_id": THREAD, "assistant_id": "a", "status": "error"})
    head = checkpoint(1)
    truth = Truth(info, head, (head,), error=RunError("HTTPException", "404: Run not found"))
    assert settle(run, truth, Ending(2.0)) is Phase.FAILED
    assert run.error == RunError("HTTPException", "404: Run not found")


@pytest.mark.parametrize("status", [None, "", "on_fire", 7])
def test_a_run_of_unknown_status_has_an_end_and_is_not_called_done(status: Json) -> None:
    info = run_info_of({"run_id": RUN, "thread_id": THREAD, "assistant_id": "a", "status": status})
    assert info is not None
    assert not info.is_live
    run, head = run_of(1, phase=Phase.RUNNING), checkpoint(1)
    assert settle(run, Truth(info, head, (head,)), Ending(2.0)) is Phase.LOST


async def test_a_thread_whose_first_run_was_refused_is_in_the_list(studio: Studio, client: FakeClient) -> None:
    await until(lambda: "threads" in client.calls)
    client.start_errors.append(RejectedError("Not so"))
    with pytest.raises(RejectedError):
        await studio.runs.start(RunRequest(input={}))
    await until(lambda: bool(studio.app_state.threads.items))
    assert studio.app_state.threads.items[0].thread_id == studio.app_state.thread_id
