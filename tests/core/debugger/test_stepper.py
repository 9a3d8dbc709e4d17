"""Steps as what the server is asked and what is watched for; where a thread stands."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.core.debugger.stepper import check_step, for_server, watch_for
from studio_tui.core.debugger.subgraph_stops import StopHit, SubgraphStop, report, show_cut
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.breakpoint import Breakpoints
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import CheckpointId, Namespace, NodeId, TaskId, ThreadId
from studio_tui.domain.position import innermost, paused_nodes, pending_tasks
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.domain.server import Capability, ServerInfo, ServerKind
from studio_tui.errors import UnsupportedError, UsageError
from studio_tui.wire.events import TaskFinished, TaskStarted

T = ThreadId("t")
SERVER = ServerInfo("http://fake", ServerKind.PYTHON)
ON = RunRequest(input=UNSET)
OUTER: Namespace = ("sub:1",)
DEEP: Namespace = ("sub:1", "deep:2")


def state(*tasks: Task) -> Checkpoint:
    return Checkpoint(T, CheckpointId("c"), next=tuple(task.name for task in tasks if not task.has_result), tasks=tasks)


def task(task_id: str, name: str, *inner: Task, **more: object) -> Task:
    made = Task(TaskId(task_id), name, **more)  # type: ignore[arg-type]
    return replace(made, subgraph=state(*inner)) if inner else made


NESTED = state(task("1", "sub", task("2", "deep", task("3", "leaf")), task("4", "side", has_result=True)))


def test_a_thread_stands_at_the_innermost_tasks_that_have_no_result() -> None:
    assert paused_nodes(NESTED) == ("sub:deep:leaf",)
    assert innermost(NESTED) == DEEP
    assert [(item.id, item.is_leaf) for item in pending_tasks(NESTED)] == [("1", False), ("2", False), ("3", True)]
    assert paused_nodes(Checkpoint(T, next=("a", "b"))) == ("a", "b")
    assert paused_nodes(state(task("0", "__start__"))) == ()


def test_a_cut_task_is_paused_and_a_failed_one_is_not() -> None:
    assert paused_nodes(state(task("1", "a", error="CancelledError()"))) == ("a",)
    assert paused_nodes(state(task("1", "a", error="ValueError('boom')"))) == ()


def test_a_superstep_that_only_lacks_its_checkpoint_can_go_on() -> None:
    head = state(task("1", "a", has_result=True))
    assert (head.next, head.is_unfinished, paused_nodes(head)) == ((), True, ("a",))
    check_step(replace(ON, step="over"), head, SERVER)
    assert not Checkpoint(T, CheckpointId("c")).is_unfinished


def test_questions_answered_long_ago_do_not_count() -> None:
    old = Interrupt("q", "ok?", node="leaf")
    cut = state(task("1", "sub", task("2", "next"), interrupts=(old,)))
    assert cut.pending_interrupts == ()
    asking = state(task("1", "sub", task("2", "leaf", interrupts=(old,)), interrupts=(old,)))
    assert asking.pending_interrupts == (old,)


def test_what_the_server_is_asked() -> None:
    marks = Breakpoints()
    assert for_server(replace(ON, step="over"), NESTED, marks).interrupt_after == "*"
    assert for_server(replace(ON, step="into"), state(task("1", "a")), marks).interrupt_after == "*"
    one_deep = state(task("1", "sub", task("2", "leaf")))
    assert for_server(replace(ON, step="out"), one_deep, marks).interrupt_after == ("sub",)
    assert for_server(replace(ON, step="out"), NESTED, marks).interrupt_after == "*"
    to = for_server(replace(ON, until="b", interrupt_before=("a",)), NESTED, marks)
    assert to.interrupt_before == ("a", "b")
    assert for_server(replace(ON, until="sub:leaf"), NESTED, marks).interrupt_before == ()
    plain = replace(ON, stream_modes=("values",))
    assert for_server(plain, NESTED, marks) == plain
    marks.toggle(NodeId("sub:leaf"), "before")
    assert for_server(plain, NESTED, marks).stream_modes == ("values", "tasks")
    assert for_server(replace(plain, stream_modes=("debug",)), NESTED, marks).stream_modes == ("debug",)


def test_nodes_of_subgraphs_in_a_request_are_watched_not_sent() -> None:
    asked = RunRequest(input={}, interrupt_before=("a", "sub:x"), interrupt_after=("sub:y",))
    sent = for_server(asked, None, Breakpoints())
    assert (sent.interrupt_before, sent.interrupt_after) == (("a",), ())
    watch = watch_for(asked, None, Breakpoints())
    assert watch.before == {NodeId("sub:x")}
    assert watch.after == {NodeId("sub:y")}
    every = for_server(replace(asked, interrupt_before="*"), None, Breakpoints())
    assert every.interrupt_before == "*"


def test_what_is_watched_for() -> None:
    marks = Breakpoints({NodeId("a"), NodeId("sub:x")}, {NodeId("sub:y")})
    watch = watch_for(replace(ON, step="over"), NESTED, marks)
    assert watch.before == {NodeId("sub:x")}
    assert watch.after == {NodeId("sub:y")}
    assert watch.frame == DEEP
    assert watch.seen == {"1", "2", "3"}
    assert watch_for(replace(ON, step="out"), NESTED, marks).frame == OUTER
    fresh = watch_for(RunRequest(input={}, step="over", until="sub:z"), NESTED, marks)
    assert not fresh.frame
    assert not fresh.seen
    assert fresh.before == {NodeId("sub:x"), NodeId("sub:z")}
    replay = watch_for(replace(ON, checkpoint={"checkpoint_id": "c"}), NESTED, marks)
    assert replay.seen == frozenset()


def started(task_id: str, name: str, ns: Namespace) -> TaskStarted:
    return TaskStarted(seq=0, at=5.0, ns=ns, task_id=TaskId(task_id), name=name)


def test_the_stream_is_watched_for_new_tasks_of_the_right_place() -> None:
    over = SubgraphStop(frame=DEEP, seen=frozenset({TaskId("3")}))
    assert over.hit(started("3", "leaf", DEEP)) is None
    assert over.hit(started("9", "other", ("sub:7",))) is None
    assert over.hit(started("9", "root", ())) is None
    assert over.hit(started("9", "leaf", (*DEEP, "more:5"))) is None
    assert over.hit(started("9", "leaf", DEEP)) == StopHit(NodeId("sub:deep:leaf"), TaskId("9"), DEEP, "before", 5.0)
    assert over.hit(started("9", "after", OUTER)) is not None
    assert SubgraphStop(inside=True).hit(started("9", "x", OUTER)) is not None
    assert SubgraphStop(inside=True).hit(started("9", "x", ())) is None
    assert not SubgraphStop().looks_inside


def test_the_end_of_a_node_counts_unless_it_failed_or_asks() -> None:
    watch = SubgraphStop(after=frozenset({NodeId("sub:x")}))
    done = TaskFinished(seq=0, at=5.0, ns=OUTER, task_id=TaskId("9"), name="x")
    hit = watch.hit(done)
    assert hit is not None
    assert hit.when == "after"
    assert watch.hit(replace(done, error="boom")) is None
    assert watch.hit(replace(done, interrupts=(Interrupt("q", 1),))) is None
    assert watch.hit(started("9", "x", OUTER)) is None


@pytest.mark.parametrize(
    ("request_", "head", "said"),
    [
        (replace(ON, step="over"), None, "not paused"),
        (replace(ON, step="over"), Checkpoint(T, CheckpointId("c")), "not paused"),
        (replace(ON, step="out"), state(task("1", "a")), "not paused inside"),
        (replace(ON, step="into"), state(task("1", "a", interrupts=(Interrupt("q", 1),))), "waits for an answer"),
        (RunRequest(input={}, step="out"), None, "in no subgraph yet"),
    ],
)
def test_what_cannot_be_stepped_is_said(request_: RunRequest, head: Checkpoint | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_step(request_, head, SERVER)


def test_a_server_that_ignores_breakpoints_cannot_step() -> None:
    server = replace(SERVER, capabilities={"run_breakpoints": Capability(False, "It ignores them.")})
    with pytest.raises(UnsupportedError, match="cannot step"):
        check_step(replace(ON, step="over"), NESTED, server)


def run_with(*views: TaskView, phase: Phase = Phase.BREAKPOINT) -> RunState:
    return RunState(phase=phase, tasks={view.id: view for view in views})


LEAF = StopHit(NodeId("sub:deep:leaf"), TaskId("3"), DEEP, "before", 5.0)


def told(
    run: RunState, hit: StopHit | None, head: Checkpoint, watch: SubgraphStop | None = None
) -> tuple[str, str, str]:
    app_state = AppState()
    report(app_state, run, watch or SubgraphStop(), hit, head)
    notice = app_state.notices[-1]
    return notice.severity, notice.title, notice.detail


def test_a_stop_in_time_says_what_runs_again() -> None:
    run = run_with(TaskView(TaskId("3"), "leaf", DEEP, status=TaskStatus.CANCELLED, error="CancelledError()"))
    show_cut(run, NESTED)
    assert (run.tasks[TaskId("3")].status, run.tasks[TaskId("3")].error) == (TaskStatus.INTERRUPTED, "")
    severity, title, detail = told(run, LEAF, NESTED)
    assert (severity, title) == ("information", "Paused inside sub:deep, before leaf")
    assert detail == "sub:deep:leaf had begun, was cut off, and runs again when you continue."


def test_a_stop_that_came_too_late_is_told_with_the_true_place() -> None:
    later = state(task("1", "sub", task("2", "deep", task("8", "after"))))
    run = run_with(TaskView(TaskId("3"), "leaf", DEEP, status=TaskStatus.DONE))
    severity, title, detail = told(run, LEAF, later)
    assert (severity, title) == ("warning", "Stopped too late: leaf had already finished")
    assert "sub:deep:after" in detail
    severity, title, _ = told(run_with(phase=Phase.DONE), LEAF, Checkpoint(T))
    assert (severity, title) == ("warning", "The run ended before it could be stopped before sub:deep:leaf")
    _, title, _ = told(run_with(phase=Phase.INTERRUPT), LEAF, later)
    assert title == "The graph asks a question at sub:deep:after"


def test_a_join_inside_a_subgraph_is_stepped_past_although_no_server_tells_its_task() -> None:
    join = Task(TaskId("c/join"), "join", hidden=True)
    head = state(replace(task("1", "sub"), subgraph=state(join)))
    begins = started("9", "join", OUTER)
    assert watch_for(replace(ON, step="over"), NESTED, Breakpoints()).frame == DEEP
    watch = watch_for(replace(ON, step="over"), head, Breakpoints())
    assert watch.frame == OUTER
    assert watch.hit(begins) is None
    assert watch.hit(begins) is None, "one task may be told by several stream modes"
    assert watch.hit(started("10", "after", OUTER)) is not None
    assert watch.hit(started("11", "join", OUTER)) is not None, "a loop that comes back to the join stops there"
    run = run_with(TaskView(TaskId("9"), "join", OUTER, status=TaskStatus.CANCELLED, error="CancelledError()"))
    show_cut(run, head)
    assert run.tasks[TaskId("9")].status is TaskStatus.INTERRUPTED
    severity, title, detail = told(run, StopHit(NodeId("sub:join"), TaskId("9"), OUTER, "before", 5.0), head)
    assert (severity, title) == ("information", "Paused inside sub, before join")
    assert detail == "sub:join had begun, was cut off, and runs again when you continue."


def test_a_stop_after_a_node_is_late_when_more_has_finished() -> None:
    hit = replace(LEAF, when="after")
    more = TaskView(TaskId("8"), "after", DEEP, status=TaskStatus.DONE, started_at=6.0)
    assert told(run_with(more), hit, NESTED)[0] == "warning"
    assert told(run_with(replace(more, started_at=4.0)), hit, NESTED)[0] == "information"


def test_a_node_that_was_not_reached_is_told() -> None:
    watch = SubgraphStop(goal=NodeId("far"))
    assert told(run_with(phase=Phase.DONE), None, Checkpoint(T), watch)[1] == "The run ended without reaching far"
    assert told(run_with(), None, NESTED, watch)[1] == "Paused at sub:deep:leaf, on the way to far"
    app_state = AppState()
    report(app_state, run_with(), SubgraphStop(goal=NodeId("sub:deep:leaf")), None, NESTED)
    assert not app_state.notices
