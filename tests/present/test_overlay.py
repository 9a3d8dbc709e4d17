"""What the app state says about nodes."""

from __future__ import annotations

import re
from copy import copy

from msgspec.structs import replace

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId, ThreadId
from studio_tui.domain.run import CheckpointMark, Phase, RunState, TaskStatus, TaskView
from studio_tui.graphs.picture.picture import Rect
from studio_tui.graphs.topology.observed import taken_edges
from studio_tui.present.graph.drawing import GraphDrawing
from studio_tui.present.graph.equivalent import together
from studio_tui.present.graph.heat import scale_of
from studio_tui.present.graph.mark import IDLE, Heat, NodeMark, with_insides
from studio_tui.present.graph.node import NodePage
from studio_tui.present.graph.overlay import Overlay
from studio_tui.present.graph.source import GraphSource, observed_runs
from studio_tui.present.graph.strip import strip_line
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain
from tests.graphs.samples import answer, graph
from tests.present.said import page_text
from tests.work import lines_run

SPEC = graph("__start__>a", "a~b", "b>a", "a~__end__")


def _app_state(phase: Phase = Phase.RUNNING) -> tuple[AppState, RunState]:
    app_state, run = AppState(), RunState(phase=phase)
    app_state.runs.append(run)
    return app_state, run


def _task(run: RunState, name: str, status: TaskStatus, *, step: int = 1, ns: tuple[str, ...] = ()) -> TaskView:
    task = TaskView(TaskId(f"{len(run.tasks)}"), name, ns, step, status, started_at=10.0)
    if status is not TaskStatus.RUNNING:
        task.ended_at = 10.5
    run.tasks[task.id] = task
    return task


def _mark(overlay: Overlay, app_state: AppState, node: str) -> NodeMark:
    return overlay.marks(app_state, SPEC).get(NodeId(node), IDLE)


def test_a_node_runs_and_is_done() -> None:
    app_state, run = _app_state()
    overlay = Overlay()
    assert overlay.marks(app_state, SPEC) == {}
    task = _task(run, "a", TaskStatus.RUNNING)
    assert _mark(overlay, app_state, "a").status == "running"
    assert _mark(overlay, app_state, "__start__").status == "done"
    task.status, task.ended_at = TaskStatus.DONE, 12.0
    assert _mark(overlay, app_state, "a") == NodeMark("done", 1, 1, 1, seconds=2.0, total=2.0)
    assert _mark(overlay, app_state, "__end__").status == "idle"
    run.phase = Phase.DONE
    assert _mark(overlay, app_state, "__end__").status == "done"


def test_visits_are_counted_and_the_last_is_timed() -> None:
    app_state, run = _app_state()
    overlay = Overlay()
    for step in range(3):
        _task(run, "a", TaskStatus.DONE, step=step)
        overlay.marks(app_state, SPEC)
    assert _mark(overlay, app_state, "a").note(UNICODE) == "×3 500ms"
    last = _task(run, "a", TaskStatus.RUNNING, step=3)
    mark = _mark(overlay, app_state, "a")
    assert (mark.status, mark.visits, mark.seconds, mark.total) == ("running", 4, None, 1.5)
    assert (mark.note(UNICODE, 12.5), mark.note(UNICODE)) == ("×4 2.5s", "×4"), "as long as it runs until now"
    last.started_at = None
    assert _mark(overlay, app_state, "a").note(UNICODE, 12.5) == "×4", "what is not known is not shown"
    last.started_at = 10.0
    last.status, last.ended_at, last.between_checkpoints = TaskStatus.DONE, 12.0, True
    assert _mark(overlay, app_state, "a").note(UNICODE) == "×4 ≤2.0s"
    assert _mark(overlay, app_state, "a").total == 3.5
    strip = plain(
        strip_line(SPEC, {NodeId("a"): NodeMark("done", 1, seconds=2.0, at_most=True)}, 80, UNICODE, ascii=False)
    )
    assert "a ✓ ≤2.0s" in strip


def test_what_older_checkpoints_tell_of_a_run_is_counted_without_the_rest() -> None:
    app_state, run = _app_state(Phase.DONE)
    for step in range(600, 1200):
        _task(run, "a" if step % 2 else "b", TaskStatus.DONE, step=step)
    overlay = Overlay()
    overlay.marks(app_state, SPEC)
    front = {
        TaskId(f"old{step}"): TaskView(TaskId(f"old{step}"), name, (), step, TaskStatus.DONE, 1.0, 9.0)
        for step, name in enumerate("aabbcc")
    }
    longer = copy(run)
    longer.tasks, longer.older_count = {**front, **run.tasks}, len(front)
    app_state.runs = [longer]
    assert lines_run(lambda: overlay.marks(app_state, SPEC)) < 600
    assert overlay.marks(app_state, SPEC) == Overlay().marks(app_state, SPEC)
    assert _mark(overlay, app_state, "a") == NodeMark("done", 302, 1, 1, seconds=0.5, total=166.0)
    assert _mark(overlay, app_state, "c") == NodeMark("done", 2, 1, 1, seconds=8.0, total=16.0)


def test_a_fan_out_tells_how_many_have_ended_and_how_many_failed() -> None:
    app_state, run = _app_state()
    overlay = Overlay()
    _task(run, "a", TaskStatus.DONE, step=0)
    tasks = [_task(run, "a", TaskStatus.RUNNING, step=1) for _ in range(30)]
    assert _mark(overlay, app_state, "a").note(UNICODE, 11.0) == "0/30 ×31 1.0s"
    for at, task in enumerate(tasks[:17]):
        task.status, task.ended_at = TaskStatus.ERROR if at == 3 else TaskStatus.DONE, 12.0
    assert _mark(overlay, app_state, "a").note(UNICODE, 13.0) == "1✗ 17/30 ×31 3.0s", "since the first began"
    for task in tasks:
        if not task.status.is_final:
            task.status = TaskStatus.DONE
    assert _mark(overlay, app_state, "a").note(UNICODE) == "1✗ 29✓ ×31", "some do not tell when they ended"
    tasks[-1].ended_at = 15.0
    _task(run, "a", TaskStatus.DONE, step=2)
    assert _mark(overlay, app_state, "a").note(UNICODE) == "×32 500ms"


def test_ends_that_a_stream_lost_are_unknown_and_not_under_way() -> None:
    app_state, run = _app_state(Phase.DONE)
    tasks = [_task(run, "a", TaskStatus.UNKNOWN) for _ in range(29)]
    for task in tasks:
        task.ended_at = None
    mark = _mark(Overlay(), app_state, "a")
    assert (mark.status, mark.note(UNICODE, 20.0)) == ("unknown", "×29")
    tasks[0].status, tasks[0].ended_at = TaskStatus.ERROR, 12.0
    assert _mark(Overlay(), app_state, "a").note(UNICODE, 20.0) == "1✗ ×29", "28 that nobody knows of are no 28 done"


def test_a_subgraph_that_runs_again_is_no_fan_out_inside_and_one_that_is_sent_twice_is() -> None:
    app_state, run = _app_state()
    for step, parent in ((1, "p1"), (2, "p2"), (2, "p3")):
        team = _task(run, "team", TaskStatus.RUNNING, step=step)
        del run.tasks[team.id]
        team.id = TaskId(parent)
        run.tasks[team.id] = team
    for parent in ("p1", "p2"):
        _task(run, "work", TaskStatus.DONE, ns=(f"team:{parent}",))
    assert _mark(Overlay(), app_state, "team:work").note(UNICODE) == "×2 500ms"
    _task(run, "work", TaskStatus.ERROR, ns=("team:p3",))
    assert _mark(Overlay(), app_state, "team:work").note(UNICODE) == "1✗ 1✓ ×3 500ms"


def test_a_folded_subgraph_tells_what_runs_or_waits_inside_of_it() -> None:
    app_state, run = _app_state()
    team = _task(run, "team", TaskStatus.RUNNING)
    inner = [_task(run, "work", TaskStatus.DONE if at < 2 else TaskStatus.RUNNING, ns=("team:0",)) for at in range(5)]
    _task(run, "old", TaskStatus.INTERRUPTED, ns=("team:0",))

    def folded(*drawn: str) -> NodeMark:
        return with_insides(Overlay().marks(app_state, SPEC), dict.fromkeys(map(NodeId, drawn)))[NodeId("team")]

    def told(*drawn: str) -> str:
        return folded(*drawn).note(UNICODE, 12.0)

    assert told("team") == "2/5 at work 2.0s"
    assert told("team", "team:work") == "2.0s", "it has a box of its own"
    inner[0].status = TaskStatus.ERROR
    assert told("team") == "1✗ 2/5 at work 2.0s"
    _task(run, "\x1b[31mask", TaskStatus.RUNNING, ns=("team:0",))
    assert told("team").endswith("at work +1 2.0s"), "innermost nodes are counted"
    forms = [part.forms for part in folded("team").parts(UNICODE)]
    assert ("at work +1", "at 2 nodes") in forms, "a name stands whole or not at all"
    for task in run.tasks.values():
        task.status = TaskStatus.INTERRUPTED if task is team or "ask" in task.name else TaskStatus.DONE
    run.phase = Phase.INTERRUPT
    assert told("team") == "paused at ␛[31mask"
    team.status = TaskStatus.RUNNING
    assert told("team") == "2.0s", "a question of before is none of what runs now"


def test_the_worst_of_parallel_tasks_is_shown() -> None:
    app_state, run = _app_state()
    for status in (TaskStatus.INTERRUPTED, TaskStatus.RUNNING, TaskStatus.UNKNOWN):
        _task(run, "a", status)
    assert _mark(Overlay(), app_state, "a").status == "running"


def test_a_failed_task_is_not_hidden_by_those_beside_it_that_ended_well() -> None:
    app_state, run = _app_state(Phase.FAILED)
    overlay = Overlay()
    for status in (TaskStatus.DONE, TaskStatus.ERROR, TaskStatus.DONE):
        _task(run, "a", status, step=1)
    assert (_mark(overlay, app_state, "a").status, _mark(overlay, app_state, "a").visits) == ("error", 3)
    _task(run, "a", TaskStatus.DONE, step=2)
    assert _mark(overlay, app_state, "a").status == "done", "what a later superstep did counts"


def test_errors_pauses_and_cancelled_tasks_are_told_apart() -> None:
    app_state, run = _app_state()
    for name, status in (("a", TaskStatus.ERROR), ("b", TaskStatus.INTERRUPTED), ("c", TaskStatus.CANCELLED)):
        _task(run, name, status)
    found = Overlay().marks(app_state, SPEC)
    assert [found[NodeId(name)].status for name in "abc"] == ["error", "paused", "cancelled"]


def test_reconciling_may_correct_what_had_ended() -> None:
    app_state, run = _app_state()
    overlay = Overlay()
    task = _task(run, "a", TaskStatus.DONE)
    assert _mark(overlay, app_state, "a").status == "done"
    task.status, run.reconciled = TaskStatus.ERROR, True
    assert _mark(overlay, app_state, "a").status == "error"


def test_another_run_starts_afresh() -> None:
    app_state, run = _app_state()
    overlay = Overlay()
    _task(run, "a", TaskStatus.DONE)
    assert _mark(overlay, app_state, "a").status == "done"
    app_state.runs.append(RunState())
    assert overlay.marks(app_state, SPEC) == {}


def test_what_comes_next_is_queued_or_paused() -> None:
    app_state, run = _app_state()
    overlay = Overlay()
    _task(run, "a", TaskStatus.DONE, step=1)
    run.checkpoints[CheckpointId("c")] = CheckpointMark(CheckpointId("c"), (), 1, "loop", 0.0, ("b",))
    assert _mark(overlay, app_state, "b").status == "queued"
    run.phase = Phase.BREAKPOINT
    assert _mark(overlay, app_state, "b").status == "paused"
    run.phase = Phase.RUNNING
    _task(run, "b", TaskStatus.RUNNING, step=2)
    assert _mark(overlay, app_state, "b").status == "running"


def test_what_comes_next_in_the_past_is_next_and_not_paused() -> None:
    """Nothing waits there: it would run if the thread went on from that checkpoint."""
    app_state = AppState()
    app_state.cursor = CheckpointId("c")
    app_state.history.by_id[app_state.cursor] = Checkpoint(ThreadId("t"), app_state.cursor, next=("b",), values={})
    mark = _mark(Overlay(), app_state, "b")
    assert (mark.status, mark.note(UNICODE)) == ("next", "next")
    assert getattr(UNICODE, mark.status) != UNICODE.paused


def test_tasks_inside_subgraphs_have_their_own_node() -> None:
    app_state, run = _app_state()
    _task(run, "team", TaskStatus.RUNNING)
    _task(run, "ask", TaskStatus.INTERRUPTED, ns=("team:1",))
    found = Overlay().marks(app_state, SPEC)
    assert found[NodeId("team")].status == "running"
    assert found[NodeId("team:ask")].status == "paused"


def test_breakpoints_are_ours_or_compiled() -> None:
    app_state = AppState()
    app_state.breakpoints.toggle(NodeId("a"), "before")
    app_state.breakpoints.toggle(NodeId("b"), "after")
    found = Overlay().marks(app_state, SPEC)
    assert (found[NodeId("a")].before, found[NodeId("a")].after) == (True, False)
    assert (found[NodeId("b")].before, found[NodeId("b")].after) == (False, True)
    app_state.breakpoints.before.add(NodeId("*"))
    assert NodeId("__start__") not in Overlay().marks(app_state, SPEC)
    compiled = answer("py/graph_steps_bp.json")
    assert any(mark.before or mark.after for mark in Overlay().marks(AppState(), compiled).values())


def test_a_folded_subgraph_has_its_breakpoint_and_tells_of_those_inside() -> None:
    app_state, spec = AppState(), graph("a:x>a:y")
    drawn = {NodeId("a"): None}
    app_state.breakpoints.toggle(NodeId("a"), "before")
    assert with_insides(Overlay().marks(app_state, spec), drawn) == {NodeId("a"): NodeMark(before=True)}
    app_state.breakpoints.toggle(NodeId("a:y"), "after")
    mark = with_insides(Overlay().marks(app_state, spec), drawn)[NodeId("a")]
    assert (mark.before, mark.note(UNICODE)) == (True, f"{UNICODE.breakpoint} inside")


def test_where_a_name_has_no_room_it_is_still_said_that_it_waits_inside() -> None:
    mark = NodeMark("paused", inside=(NodeId("bookings:payment:authorize_payment"),))
    forms = mark.parts(UNICODE)[0].forms
    assert forms == ("paused at authorize_payment", "at authorize_payment", "paused inside", "paused")


def test_what_asks_is_told_from_what_is_paused_in_one_word_each() -> None:
    question = Interrupt("q", "ok?", node="ask", ns=("team:1",))
    tasks = (Task(TaskId("2"), "ask", interrupts=(question,)), Task(TaskId("3"), "stop"))
    inner = Checkpoint(ThreadId("t"), next=("ask", "stop"), tasks=tasks)
    head = Checkpoint(
        ThreadId("t"), CheckpointId("c"), next=("team",), values={},
        tasks=(Task(TaskId("1"), "team", subgraph=inner, subgraph_ns="team:1"),),
    )  # fmt: skip
    app_state = AppState()
    app_state.state = head
    app_state.history.merge([head])
    marks = Overlay().marks(app_state, SPEC)
    assert [marks[NodeId(f"team:{name}")].note(UNICODE) for name in ("ask", "stop")] == ["asks", "paused"]
    folded = with_insides(marks, {NodeId("team"): None})[NodeId("team")]
    assert folded.parts(UNICODE)[0].forms == ("asks at ask +1", "at ask +1", "at 2 nodes", "asks inside", "asks")
    app_state.runs.append(RunState(phase=Phase.CANCELLED, ended_at=1.0, reconciled=True))
    app_state.state = replace(head, tasks=(Task(TaskId("1"), "team"),))
    app_state.history.merge([app_state.state])
    stopped = Overlay().marks(app_state, SPEC)[NodeId("team")]
    assert (stopped.status, stopped.note(UNICODE)) == ("cancelled", "stopped"), "as the top row says"
    said = [NodeMark(status).word for status in ("error", "cancelled", "done", "paused")]
    assert said == ["failed", "stopped", "done", "paused"]


def test_a_task_whose_end_nobody_knows_is_not_shown_as_stopped() -> None:
    app_state, run = _app_state(Phase.LOST)
    _task(run, "a", TaskStatus.UNKNOWN)
    assert _mark(Overlay(), app_state, "a").status == "unknown"


def test_a_thread_of_another_graph_leaves_no_marks_on_the_one_that_is_drawn() -> None:
    app_state, run = _app_state(Phase.DONE)
    run.graph_id = "own"
    _task(run, "a", TaskStatus.DONE)
    app_state.assistants.items = [
        Assistant(AssistantId("1"), "own", "one"),
        Assistant(AssistantId("2"), "other", "two"),
    ]
    app_state.assistant_id = AssistantId("1")
    assert _mark(Overlay(), app_state, "a").status == "done"
    app_state.assistant_id = AssistantId("2")
    assert Overlay().marks(app_state, SPEC) == {}


def test_what_was_observed_on_one_thread_is_not_shown_on_another() -> None:
    source, declared = GraphSource(), graph("__start__>a", nodes="b c")
    for thread, node in (("one", "b"), ("two", "c")):
        app_state, run = _app_state(Phase.DONE)
        app_state.thread_id, app_state.graph = ThreadId(thread), declared
        _task(run, "a", TaskStatus.DONE, step=1)
        _task(run, node, TaskStatus.DONE, step=2)
        source.take(app_state, observing=True)
        assert {edge.target for edge in source.spec.edges if edge.observed} == {node}


def test_only_what_happened_is_observed() -> None:
    app_state, run = _app_state()
    app_state.graph = graph("__start__>agent", "agent~tools", "tools>agent", "agent~__end__")
    run.request = {"input": {}}
    _task(run, "agent", TaskStatus.DONE)
    _task(run, "tools", TaskStatus.RUNNING, step=2)
    _task(run, "tools", TaskStatus.RUNNING, step=2)
    source = GraphSource()
    source.take(app_state, observing=True)
    assert source.spec is app_state.graph, "no edge leads to the end while the run is under way"
    again = RunState(phase=Phase.RUNNING, request={"command": {"resume": 1}})
    app_state.runs = [again]
    _task(again, "tools", TaskStatus.RUNNING, step=2)
    assert GraphSource().take(app_state, observing=True)
    assert taken_edges(SPEC, observed_runs(app_state)) == set()
    run.phase = again.phase = Phase.DONE
    source.take(app_state, observing=True)
    extra = source.spec.edges[len(app_state.graph.edges) :]
    assert [(edge.source, edge.target) for edge in extra] == [("tools", "__end__")]


def test_a_turn_that_is_not_read_back_to_its_input_did_at_least_what_is_counted() -> None:
    app_state, run = _app_state(Phase.DONE)
    run.run_id, run.from_history, run.reconciled = RunId("r"), True, True
    thread, items = ThreadId("t"), []
    for number in range(20, 24):
        task = _task(run, "a", TaskStatus.DONE, step=number)
        task.between_checkpoints = True
        key, before = CheckpointId(f"c{number:02}"), CheckpointId(f"c{number - 1:02}")
        items.append(Checkpoint(thread, key, parent_id=before, step=number, source="loop", run_id=run.run_id))
        run.checkpoints[key] = CheckpointMark(key, (), number, "loop", float(number))
    app_state.graph, app_state.thread_id, app_state.history.complete = SPEC, thread, False
    app_state.history.merge(items[::-1])
    overlay = Overlay()
    mark = _mark(overlay, app_state, "a")
    assert mark.note(UNICODE) == "≥4 ≤500ms", "the last visit alone took at most so long"
    heats: list[Heat] = ["visits", "time"]
    assert [mark.parts(UNICODE, None, heat)[0].forms[0] for heat in heats] == ["≥4", "2.0s?"]
    legends = [plain(scale_of(heat, {NodeId("a"): mark}).legend(UNICODE, 90)) for heat in heats]
    assert all("in the part of this turn that is read" in legend for legend in legends)
    assert "visits, in part" in plain(scale_of("visits", {NodeId("a"): mark}).legend(UNICODE, 20))
    assert plain(strip_line(SPEC, {NodeId("a"): mark}, 80, UNICODE, ascii=False)).count("≥4") == 1
    pages = {node: page_text(NodePage(NodeId(node)).sections(app_state, {})) for node in "ab"}
    assert "at least 4 visits, as far as its history is read" in " ".join(pages["a"].split())
    assert "in all" not in pages["a"]
    assert re.search(r"this turn +not known\n.*Not known: only the newest part", pages["b"])
    assert "did not run" not in pages["b"]
    drawing = GraphDrawing()
    drawing.take_topology(app_state)
    drawing.show(drawing.layout.draw(60, 40))
    drawing.take_run(app_state)
    assert drawing.remarks(Rect(0, 0, 60, 40)) == "turn read in part"
    first = Checkpoint(thread, CheckpointId("c19"), step=19, source="input", run_id=run.run_id)
    app_state.history.merge([first])
    assert _mark(overlay, app_state, "a").note(UNICODE) == "×4 ≤500ms"
    pages = {node: page_text(NodePage(NodeId(node)).sections(app_state, {})) for node in "ab"}
    assert "4 visits, at most 2.0s in all" in pages["a"]
    assert re.search(r"this turn +no visit", pages["b"])
    drawing.take_run(app_state)
    assert not drawing.remarks(Rect(0, 0, 60, 40))


def test_a_sum_of_times_says_when_a_visit_tells_none() -> None:
    app_state, run = _app_state(Phase.DONE)
    app_state.graph = SPEC
    _task(run, "a", TaskStatus.DONE, step=1)
    untold = _task(run, "a", TaskStatus.DONE, step=2)
    untold.started_at = untold.ended_at = None
    _task(run, "b", TaskStatus.DONE, step=3)
    marks = {node: _mark(Overlay(), app_state, node) for node in "ab"}
    assert {node: mark.parts(UNICODE, None, "time")[0].forms[0] for node, mark in marks.items()} == {
        "a": "≥500ms", "b": "500ms"
    }  # fmt: skip
    pages = {node: page_text(NodePage(NodeId(node)).sections(app_state, {})) for node in "ab"}
    assert "2 visits, 500ms in those that tell their time" in " ".join(pages["a"].split())
    assert "1 visit, 500ms in all" in pages["b"]
    assert together([marks["a"], marks["b"]]).parts(UNICODE, None, "time")[0].forms[0] == "≥1.0s"
    rough = replace(marks["a"], total_at_most=True)
    assert rough.parts(UNICODE, None, "time")[0].forms[0] == "500ms?", "neither more nor less"


def test_a_long_history_is_gone_back_once_for_each_head() -> None:
    app_state, thread = AppState(), ThreadId("t")
    ids = [CheckpointId(f"c{number:03}") for number in range(400)]
    history = [
        Checkpoint(thread, key, parent_id=ids[number - 1] if number else None, step=number, source="loop")
        for number, key in enumerate(ids)
    ]
    app_state.history.merge(history[::-1])
    app_state.cursor = ids[-1]
    overlay = Overlay()
    overlay.marks(app_state, SPEC)
    assert lines_run(lambda: overlay._reading.of(app_state, None)) < 50
