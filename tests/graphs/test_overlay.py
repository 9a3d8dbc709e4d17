"""What the store says about nodes."""

from __future__ import annotations

from studio_tui.core.state.app_state import Store
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, TaskId
from studio_tui.domain.run import CheckpointMark, Phase, RunState, TaskStatus, TaskView
from studio_tui.present.graph.overlay import IDLE, NodeMark, Overlay
from tests.graphs.samples import answer, graph

SPEC = graph("__start__>a", "a~b", "b>a", "a~__end__")


def _store(phase: Phase = Phase.RUNNING) -> tuple[Store, RunState]:
    store, run = Store(), RunState(phase=phase)
    store.runs.append(run)
    return store, run


def _task(run: RunState, name: str, status: TaskStatus, *, step: int = 1, ns: tuple[str, ...] = ()) -> TaskView:
    task = TaskView(TaskId(f"{len(run.tasks)}"), name, ns, step, status, started_at=10.0)
    if status is not TaskStatus.RUNNING:
        task.ended_at = 10.5
    run.tasks[task.id] = task
    return task


def _mark(overlay: Overlay, store: Store, node: str) -> NodeMark:
    return overlay.marks(store, SPEC).get(NodeId(node), IDLE)


def test_a_node_runs_and_is_done() -> None:
    store, run = _store()
    overlay = Overlay()
    assert overlay.marks(store, SPEC) == {}
    task = _task(run, "a", TaskStatus.RUNNING)
    assert _mark(overlay, store, "a").status == "running"
    assert _mark(overlay, store, "__start__").status == "done"
    task.status, task.ended_at = TaskStatus.DONE, 12.0
    assert _mark(overlay, store, "a") == NodeMark("done", 1, 2.0)
    assert _mark(overlay, store, "__end__").status == "idle"
    run.phase = Phase.DONE
    assert _mark(overlay, store, "__end__").status == "done"


def test_visits_are_counted_and_the_last_time_is_kept() -> None:
    store, run = _store()
    overlay = Overlay()
    for step in range(3):
        _task(run, "a", TaskStatus.DONE, step=step)
        overlay.marks(store, SPEC)
    _task(run, "a", TaskStatus.RUNNING, step=3)
    mark = _mark(overlay, store, "a")
    assert (mark.status, mark.visits, mark.seconds) == ("running", 4, 0.5)
    assert mark.note("×", "≤") == "×4 500ms"


def test_the_worst_of_parallel_tasks_is_shown() -> None:
    store, run = _store()
    for status in (TaskStatus.INTERRUPTED, TaskStatus.RUNNING, TaskStatus.UNKNOWN):
        _task(run, "a", status)
    assert _mark(Overlay(), store, "a").status == "running"


def test_a_failed_task_is_not_hidden_by_those_beside_it_that_ended_well() -> None:
    store, run = _store(Phase.FAILED)
    overlay = Overlay()
    for status in (TaskStatus.DONE, TaskStatus.ERROR, TaskStatus.DONE):
        _task(run, "a", status, step=1)
    assert (_mark(overlay, store, "a").status, _mark(overlay, store, "a").visits) == ("error", 3)
    _task(run, "a", TaskStatus.DONE, step=2)
    assert _mark(overlay, store, "a").status == "done", "what a later superstep did counts"


def test_errors_pauses_and_cancelled_tasks_are_told_apart() -> None:
    store, run = _store()
    for name, status in (("a", TaskStatus.ERROR), ("b", TaskStatus.INTERRUPTED), ("c", TaskStatus.CANCELLED)):
        _task(run, name, status)
    found = Overlay().marks(store, SPEC)
    assert [found[NodeId(name)].status for name in "abc"] == ["error", "paused", "cancelled"]


def test_reconciling_may_correct_what_had_ended() -> None:
    store, run = _store()
    overlay = Overlay()
    task = _task(run, "a", TaskStatus.DONE)
    assert _mark(overlay, store, "a").status == "done"
    task.status, run.reconciled = TaskStatus.ERROR, True
    assert _mark(overlay, store, "a").status == "error"


def test_another_run_starts_afresh() -> None:
    store, run = _store()
    overlay = Overlay()
    _task(run, "a", TaskStatus.DONE)
    assert _mark(overlay, store, "a").status == "done"
    store.runs.append(RunState())
    assert overlay.marks(store, SPEC) == {}


def test_what_comes_next_is_queued_or_paused() -> None:
    store, run = _store()
    overlay = Overlay()
    _task(run, "a", TaskStatus.DONE, step=1)
    run.checkpoints[CheckpointId("c")] = CheckpointMark(CheckpointId("c"), (), 1, "loop", 0.0, ("b",))
    assert _mark(overlay, store, "b").status == "queued"
    run.phase = Phase.BREAKPOINT
    assert _mark(overlay, store, "b").status == "paused"
    run.phase = Phase.RUNNING
    _task(run, "b", TaskStatus.RUNNING, step=2)
    assert _mark(overlay, store, "b").status == "running"


def test_tasks_inside_subgraphs_have_their_own_node() -> None:
    store, run = _store()
    _task(run, "team", TaskStatus.RUNNING)
    _task(run, "ask", TaskStatus.INTERRUPTED, ns=("team:1",))
    found = Overlay().marks(store, SPEC)
    assert found[NodeId("team")].status == "running"
    assert found[NodeId("team:ask")].status == "paused"


def test_breakpoints_are_ours_or_compiled() -> None:
    store = Store()
    store.breakpoints.toggle(NodeId("a"), "before")
    store.breakpoints.toggle(NodeId("b"), "after")
    found = Overlay().marks(store, SPEC)
    assert (found[NodeId("a")].before, found[NodeId("a")].after) == (True, False)
    assert (found[NodeId("b")].before, found[NodeId("b")].after) == (False, True)
    store.breakpoints.before.add(NodeId("*"))
    assert NodeId("__start__") not in Overlay().marks(store, SPEC)
    compiled = answer("py/graph_steps_bp.json")
    assert any(mark.before or mark.after for mark in Overlay().marks(Store(), compiled).values())


def test_a_task_whose_end_nobody_knows_is_not_shown_as_stopped() -> None:
    store, run = _store(Phase.LOST)
    _task(run, "a", TaskStatus.UNKNOWN)
    assert _mark(Overlay(), store, "a").status == "unknown"


def test_a_thread_of_another_graph_leaves_no_marks_on_the_one_that_is_drawn() -> None:
    store, run = _store(Phase.DONE)
    run.graph_id = "own"
    _task(run, "a", TaskStatus.DONE)
    store.assistants = [Assistant(AssistantId("1"), "own", "one"), Assistant(AssistantId("2"), "other", "two")]
    store.assistant_id = AssistantId("1")
    assert _mark(Overlay(), store, "a").status == "done"
    store.assistant_id = AssistantId("2")
    assert Overlay().marks(store, SPEC) == {}
