"""The graph keeps one shape: it is chosen for the room that its screen names, not for the pane of the moment."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from textual.app import App
from textual.geometry import Size

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.domain.run import TaskStatus
from studio_tui.graphs.picture import draw as drawing
from studio_tui.graphs.picture.picture import Picture
from studio_tui.present.graph.layout import GraphLayout
from studio_tui.ui.graph.panel import GraphView
from tests.graphs.samples import graph, topology
from tests.ui.graph.graph_host import GraphHost, graph_host
from tests.ui.harness import wait_until

ROOM = Size(100, 40)


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return the rooms for which a graph is laid out, as that happens."""
    asked: list[tuple[int, int]] = []
    draw = GraphLayout.draw

    def counted(layout: GraphLayout, width: int, height: int, *more: Any) -> Any:
        asked.append((width, height))
        return draw(layout, width, height, *more)

    monkeypatch.setattr(GraphLayout, "draw", counted)
    return asked


def _fills(host: GraphHost, size: tuple[int, int]) -> bool:
    return host.view.outer_size == size


def _level(host: GraphHost) -> str:
    return host.view.picture.level if host.view.picture is not None else ""


def _rows(host: GraphHost) -> tuple[str, ...]:
    assert host.view.picture is not None
    return host.view.picture.rows


async def test_another_pane_lays_nothing_out_anew(layouts: list[tuple[int, int]]) -> None:
    async with graph_host(topology("g4_map_reduce"), (120, 42)) as host:
        host.view.give_room(ROOM)
        rows = _rows(host)
        layouts.clear()
        for size in ((100, 30), (60, 20), (60, 9), (40, 42), (120, 42)):
            await host.pilot.resize_terminal(*size)
            await wait_until(host.pilot, partial(_fills, host, size))
        assert not layouts
        assert _rows(host) == rows
        assert not host.view.show_vertical_scrollbar


@pytest.mark.parametrize("status", [TaskStatus.RUNNING, TaskStatus.ERROR])
async def test_a_pane_that_is_too_small_scrolls_to_what_runs_or_failed(status: TaskStatus) -> None:
    async with graph_host(topology("g12_chain60"), (60, 80)) as host:
        host.view.give_room(Size(58, 78))
        last = topology("g12_chain60").nodes[-2].id
        host.run_tasks((last, status))
        await host.draw()
        await host.pilot.resize_terminal(60, 16)
        await wait_until(host.pilot, lambda: host.view.show_vertical_scrollbar and last in host.text)


async def test_what_is_in_sight_stays_there_when_the_picture_is_drawn_again_or_the_focus_comes() -> None:
    chain = topology("g12_chain60")
    async with graph_host(chain, (60, 16)) as host:
        view, waiting = host.view, chain.nodes[40].id
        host.app.set_focus(None)
        view.selected = None
        host.run_tasks((waiting, TaskStatus.RUNNING))
        await host.draw()
        await wait_until(host.pilot, lambda: waiting in host.text and view.scroll_offset.y > 0)
        seen = host.text
        view.focus()
        await wait_until(host.pilot, lambda: view.selected == waiting)
        assert host.text.split() == seen.split(), "the cursor begins in sight"
        view.action_page(1)
        await host.pilot.pause()
        place, seen = view.scroll_offset, host.text
        await host.show(GraphSpec(chain.nodes, chain.edges, problems=("told anew",)))
        await host.pilot.pause()
        assert view.scroll_offset == place
        assert host.text.split("\n")[:-1] == seen.split("\n")[:-1]
        await host.pilot.press("end", "home")
        place = view.scroll_offset
        await host.show(GraphSpec(chain.nodes, chain.edges))
        assert view.scroll_offset == place


async def test_the_room_and_the_users_wish_choose_again(layouts: list[tuple[int, int]]) -> None:
    async with graph_host(topology("g1_react"), (60, 12)) as host:
        host.view.give_room(ROOM)
        assert _level(host) == "full"
        host.view.give_room(ROOM)
        assert len(layouts) == 2  # the first was for the pane
        host.view.zoom(-1)
        assert _level(host) == "tight"
        host.view.fit()
        assert _level(host) == "full"
        host.view.give_room(Size(40, 6))
        assert _level(host) != "full"


async def test_the_widest_room_is_taken_only_where_the_ordinary_one_holds_no_drawing() -> None:
    async with graph_host(topology("g1_react"), (120, 40)) as host:
        ordinary, widest = Size(44, 24), Size(100, 24)
        host.view.give_room(widest, ordinary)
        small = _rows(host)
        host.view.give_room(ordinary)
        assert _rows(host) == small
        await host.show(topology("g9_wide"))
        host.view.give_room(Size(40, 12))
        assert _level(host) == "outline"
        ordinary, widest = Size(40, 12), Size(100, 24)
        host.view.give_room(widest, ordinary)
        assert _level(host) in ("full", "tight", "compact")
        assert ordinary.width < host.view.picture_size.width <= widest.width


async def test_a_list_stays_as_narrow_as_the_ordinary_column() -> None:
    async with graph_host(topology("g5_rag30"), (120, 40)) as host:
        host.view.give_room(Size(50, 8), Size(40, 8))
        await host.drawn()
        assert _level(host) == "outline"
        assert host.view.picture_size.width <= 40
        assert "list: → goes to, ┄→ may, ↑ back" in host.text


async def test_a_hidden_graph_is_drawn_when_it_is_looked_at(layouts: list[tuple[int, int]]) -> None:
    async with graph_host(None) as host:
        host.view.display = False
        host.view.give_room(ROOM)
        host.app_state.graph = topology("g1_react")
        await host.draw()
        assert not layouts
        host.view.display = True
        await wait_until(host.pilot, lambda: host.view.picture is not None)
        assert layouts == [ROOM]


async def test_the_screen_is_told_of_another_size_and_of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[GraphView] = []
    monkeypatch.setattr(App, "on_graph_view_reshaped", lambda app: told.append(app.query_one(GraphView)), raising=False)
    async with graph_host(topology("g1_react"), (100, 40)) as host:
        told.clear()
        host.view.give_room(ROOM)
        await host.pilot.pause()
        assert not told
        host.view.zoom(-1)
        await wait_until(host.pilot, lambda: told == [host.view])


@pytest.mark.parametrize(
    ("size", "levels"), [((42, 13), {"compact"}), ((114, 31), {"full", "compact"}), ((68, 14), {"full", "compact"})]
)
def test_no_arrow_is_hidden_in_a_box_where_brackets_have_room(size: tuple[int, int], levels: set[str]) -> None:
    pipeline = graph("__start__>load", "load>clean", "clean>validate", "validate>store", "store>__end__")
    for spec in (pipeline, topology("g2_plan_execute"), topology("g1_react")):
        assert GraphLayout(spec).draw(*size).level in levels | {"full"}


def test_a_picture_for_a_room_that_is_no_more_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    layout, draw = GraphLayout(topology("g2_plan_execute")), drawing.draw

    def overtaken(*given: Any, **named: Any) -> Picture:
        monkeypatch.setattr(drawing, "draw", draw)
        layout.draw(114, 33)  # the pane has another size by now, and another thread is done first
        return draw(*given, **named)

    monkeypatch.setattr(drawing, "draw", overtaken)
    layout.draw(30, 13)
    assert layout.draw(114, 33).rows == GraphLayout(layout.spec).draw(114, 33).rows


def test_only_a_long_chain_is_stacked() -> None:
    layout = GraphLayout(topology("g12_chain60"))
    assert layout.draw(114, 70).level == "stack"
    short = GraphSpec(
        topology("g12_chain60").nodes[:9],
        tuple(edge for edge in topology("g12_chain60").edges if _is_early(edge.source) and _is_early(edge.target)),
    )
    assert GraphLayout(short).draw(30, 13).level != "stack"


def _is_early(node: str) -> bool:
    return NodeId(node) in {each.id for each in topology("g12_chain60").nodes[:9]}
