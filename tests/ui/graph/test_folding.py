"""What is open or folded in the graph panel, how large it is drawn, and search in what is closed."""

from __future__ import annotations

from math import inf

import pytest

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.ids import AssistantId, NodeId
from studio_tui.present.graph.drawing import GraphDrawing
from studio_tui.present.graph.layout import EVERY, GraphLayout
from studio_tui.ui.kit.terminal.notices import notices_text
from tests.graphs.samples import graph, topology
from tests.ui.graph.graph_host import graph_host


def test_what_has_no_room_is_told_until_somebody_opens_all() -> None:
    drawing, app_state = GraphDrawing(), AppState(graph=topology("g4_map_reduce"))
    drawing.take_topology(app_state)
    drawing.show(drawing.layout.draw(60, 16))
    assert drawing.summary.startswith("6 nodes · 0 of 2 subgraphs open")
    assert drawing.layout.toggle(None)
    drawing.show(drawing.layout.draw(60, 16))
    assert drawing.summary.startswith("11 nodes · ")
    assert "subgraph" not in drawing.summary
    # As the key says it before the server has answered.
    fresh = GraphLayout()
    fresh.opening = EVERY
    fresh.set_spec(topology("g4_map_reduce"))
    assert not fresh.draw(60, 16).collapsed
    fresh.set_spec(graph("__start__>worker", "worker>__end__"))
    assert not fresh.opened, "it was read without them, which takes the wish back"


def test_what_is_pressed_before_the_picture_comes_takes_back_what_was_pressed_last() -> None:
    layout = GraphLayout(topology("g4_map_reduce"))
    layout.show(layout.draw(120, 70))
    for _ in range(2):  # folds, and opens: the picture is the same all the while
        layout.toggle(NodeId("worker:fetch"))
    assert not layout.collapsed
    layout.toggle(NodeId("worker:fetch"))
    layout.show(layout.draw(120, 70))
    assert layout.picture is not None
    assert layout.picture.collapsed == {"worker"}
    for _ in range(2):
        layout.toggle(NodeId("worker"))
    assert layout.collapsed == {"worker"}


@pytest.mark.parametrize("name", ["g1_react", "g5_rag30", "g9_wide", "srv_review", "srv_fanout"])
def test_each_step_of_zoom_is_smaller_than_the_one_before(name: str) -> None:
    layout = GraphLayout(topology(name))
    layout.picture = layout.draw(116, 29)

    def zoom(step: int) -> bool:
        before, layout.steps = layout.picture, step
        layout.show(layout.draw(116, 29))
        return layout.picture is not None and before is not None and layout.picture.level != before.level

    while zoom(1):
        pass
    cells = [inf]
    while layout.picture is not None and not layout.picture.is_outline:
        cells.append(max(map(len, layout.picture.rows)) * layout.picture.height)  # without room for notes
        assert zoom(-1)
    assert cells == sorted(set(cells), reverse=True)
    assert not zoom(-1)


async def test_search_looks_into_closed_subgraphs_and_dead_keys_say_so() -> None:
    closed = graph("__start__>plan", "plan~worker", "worker>collect", "collect>__end__")
    async with graph_host(closed, (80, 8)) as host:
        host.app_state.inner_graph = (AssistantId("one"), topology("g4_map_reduce"))
        host.app_state.assistant_id = AssistantId("one")
        await host.draw(Slice.GRAPH)
        host.view.focus()
        host.view.set_filter("draft")
        assert host.view.selected == "worker"
        assert "match 1 of 1" in str(host.view.border_subtitle)
        assert "draft is inside worker" in notices_text(host.app)
        host.view.select("plan")
        await host.pilot.press("space")
        assert "Nothing opens or folds at plan." in notices_text(host.app)
        for _ in range(5):
            host.view.zoom(1)
            await host.pilot.pause()
        assert "drawn no larger" in notices_text(host.app)
