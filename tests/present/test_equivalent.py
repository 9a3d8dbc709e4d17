"""Equivalent nodes that share one box: how they stand together, how they are found, opened and listed."""

from __future__ import annotations

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import NodeId, TaskId
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.graphs.picture.picture import Picture
from studio_tui.present.graph.equivalent import together, with_boxes
from studio_tui.present.graph.layout import GraphLayout, matches
from studio_tui.present.graph.mark import IDLE, NodeMark
from studio_tui.present.graph.node import NodePage
from studio_tui.text.glyphs import UNICODE
from tests.graphs.samples import topology
from tests.present.said import page_text

FAN = topology("g11_fan24")
HEAD = NodeId("check_00")


def _drawn(layout: GraphLayout) -> Picture:
    layout.picture = layout.draw(44, 16)
    return layout.picture


def test_how_they_stand_together() -> None:
    done, failed = NodeMark("done", 1, 1, 1, seconds=1.0), NodeMark("error", 1, 1, 1, 1, seconds=1.0)
    running, paused = NodeMark("running", 1, 1), NodeMark("paused", 1, here=True)
    some = together([done, done, failed, running, *[IDLE] * 20])
    assert some.status == "running"
    assert (some.ended, some.together, some.failed, some.seconds) == (3, 24, 1, None)
    assert some.note(UNICODE).startswith(("3/24", "1✗ 3/24"))
    assert together([done, failed]).note(UNICODE).startswith("1✗ 1✓")
    assert together([running, paused]).status == "paused"
    assert together([running, paused]).here
    assert "3/4" in together([done, done, done, IDLE]).note(UNICODE), "not all of them ran"
    assert UNICODE.times not in together([done, done]).note(UNICODE), "the box says how many there are"
    assert together([IDLE, IDLE]) == IDLE
    stops = together([IDLE, NodeMark(before=True), NodeMark(after=True)])
    assert stops.before
    assert stops.after
    assert with_boxes({HEAD: done}, _drawn(GraphLayout(FAN)))[HEAD].together == 24
    waits = with_boxes({NodeId("check_07"): paused, NodeId("check_09"): paused}, _drawn(GraphLayout(FAN)))[HEAD]
    assert waits.note(UNICODE).startswith("paused at check_07 +1"), "which of them waits"
    assert with_boxes({HEAD: done}, GraphLayout(FAN).draw(116, 29))[HEAD] == done, "it has a row of its own there"


def test_a_name_is_found_in_the_box_that_holds_it() -> None:
    picture = _drawn(GraphLayout(FAN))
    assert matches(picture, "check_17") == {HEAD: HEAD}
    assert list(matches(picture, "join")) == ["join"]
    assert not matches(picture, "nothing")


def test_space_opens_the_box_for_good_and_folds_it_again() -> None:
    layout = GraphLayout(FAN)
    assert _drawn(layout).equivalent
    assert layout.kept(NodeId("check_17")) == HEAD
    assert layout.toggle(HEAD)
    assert not _drawn(layout).equivalent
    layout.set_spec(FAN)
    layout.picture = layout.draw(30, 12)
    assert not layout.picture.equivalent, "open stays open"
    layout.level = "compact"
    _drawn(layout)
    assert layout.toggle(NodeId("check_17"))
    layout.level = None
    layout.picture = layout.draw(1000, 1000)
    assert layout.picture.equivalent, "folded by the user's word although all fits"
    assert not layout.toggle(NodeId("split"))


def test_the_page_of_the_box_lists_its_nodes_with_how_they_stand() -> None:
    app_state, run = AppState(), RunState(phase=Phase.RUNNING)
    app_state.graph = FAN
    app_state.runs.append(run)
    run.tasks[TaskId("0")] = TaskView(TaskId("0"), "check_05", (), 1, TaskStatus.RUNNING, started_at=1.0)
    app_state.breakpoints.toggle(NodeId("check_06"), "before")
    page = NodePage(HEAD, _drawn(GraphLayout(FAN)).equivalent[HEAD])
    lines = page_text(page.sections(app_state, {})).split("\n")
    assert any("24 nodes with the same edges" in line for line in lines)
    assert any("from" in line and "split" in line and "conditional" in line for line in lines)
    assert any("check_05" in line and "running" in line for line in lines)
    assert any("check_06" in line and UNICODE.breakpoint in line for line in lines)
    assert sum("check_" in line for line in lines) == 24
