"""Text of the graph as it is on the screen, and what is not on it."""

from __future__ import annotations

import pytest

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import AssistantId, NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.present.graph.exporting import (
    EXPORT_FORMATS,
    drawn_text,
    file_name,
    is_of_two_readings,
    lacks_insides,
    whole_graph,
    without_cursor,
)
from studio_tui.present.graph.mark import NodeMark
from studio_tui.present.graph.paint import Paint
from studio_tui.text.sanitize import is_safe
from tests.graphs.samples import graph, topology
from tests.ui.studio.test_panels_hostile import HOSTILE
from tests.work import lines_run


def test_text_is_the_picture_as_it_is_drawn_with_marks_or_without_but_never_the_cursor() -> None:
    spec = topology("g1_react")
    picture = draw(spec, 80, 24)
    paint = Paint(picture, marks={NodeId("agent"): NodeMark("done", 2)}, selected=NodeId("agent"), focused=True)
    assert drawn_text(paint, spec, marks=False) == "\n".join(picture.rows)
    row = picture.node_rects[NodeId("agent")].y + 1
    paint.line(row)
    before = lines_run(lambda: paint.line(row))
    told = drawn_text(without_cursor(paint), spec, marks=True)
    assert "✓ agent" in told
    assert lines_run(lambda: paint.line(row)) == before, "the copy shares nothing with what is on the screen"
    paint.widen(120, 20)
    assert min(len(row) - len(row.lstrip()) for row in told.splitlines() if row) == 0
    paint.selected = None
    assert told == drawn_text(paint, spec, marks=True)


@pytest.mark.parametrize(("width", "height"), [(44, 16), (20, 8)])
def test_nodes_that_are_folded_away_stand_below(width: int, height: int) -> None:
    for name in ("g4_map_reduce", "g13_teams", "g11_fan24", "g9_wide"):
        spec = topology(name)
        picture = draw(spec, width, height, collapsed=["worker"], opened=())
        text = drawn_text(Paint(picture), spec, marks=True)
        assert not [node for node in spec.nodes if node.id not in picture.node_rects and node.id not in text], name
    assert "\nworker holds worker:fetch, " in drawn_text(
        Paint(draw(topology("g4_map_reduce"), 80, 30, collapsed=["worker"])), topology("g4_map_reduce"), marks=False
    )


def test_what_the_server_told_of_closed_subgraphs_is_exported_too() -> None:
    closed, whole = graph("s>sub", "sub>t"), graph("s>sub:a", "sub:a>sub:b", "sub:b>t")
    app_state = AppState(graph=closed, assistant_id=AssistantId("a"), inner_graph=(AssistantId("a"), whole))
    assert whole_graph(app_state, closed, observing=False) is whole
    assert whole_graph(app_state, closed, observing=True) == whole
    assert not lacks_insides(app_state, closed)
    assert not is_of_two_readings(app_state, closed)
    app_state.assistant_id = AssistantId("b")
    assert whole_graph(app_state, closed, observing=False) is closed
    assert lacks_insides(app_state, closed)
    app_state.inner_graph = (AssistantId("b"), graph("s>sub:a", "sub:a>new", "new>t"))
    assert is_of_two_readings(app_state, closed), "the server's code was changed between the two"
    paint = Paint(draw(closed, 80, 24))
    told = drawn_text(paint, app_state.inner_graph[1], marks=False, later=True)
    assert "read later than what is drawn" in told
    assert "read later" not in drawn_text(paint, closed, marks=False, later=True), "nothing is told of what boxes hold"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_name_of_a_file_is_one_whatever_the_graph_is_called(text: str) -> None:
    for name in (text, f"../{text}", ".", "", "-rf"):
        made = file_name(name, EXPORT_FORMATS[3])
        assert made.endswith(".svg")
        assert len(made) <= 64
        assert is_safe(made)
        assert not set(made) & set("/\\ \n")
        assert not made.startswith((".", "-"))
