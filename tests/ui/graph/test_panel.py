"""The graph panel in a running app."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from textual._compositor import Compositor

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.assistant import Schemas, SubgraphSchemas
from studio_tui.domain.graph import END, EdgeSpec, GraphSpec, NodeSpec, RememberedGraph
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, TaskId
from studio_tui.domain.run import Phase, TaskStatus
from studio_tui.graphs.picture.picture import Rect
from studio_tui.present.graph.node import NodePage
from studio_tui.present.graph.places import note_rows
from studio_tui.text.spans import Line
from tests.graphs.judge import read
from tests.graphs.samples import graph, topology
from tests.present.said import page_text
from tests.ui.graph.graph_host import EVERYTHING, graph_host
from tests.ui.harness import grid, wait_until


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36)])
@pytest.mark.parametrize("name", ["g1_react", "g9_wide", "srv_loop"])
async def test_what_is_on_the_screen_reads_back(name: str, size: tuple[int, int]) -> None:
    spec = topology(name)
    async with graph_host(spec, size) as host:
        picture = host.view.picture
        assert picture is not None
        if picture.width > size[0] - 2 or picture.height > size[1] - 2:
            return
        rows = [row[1:-1] for row in grid(host.app)[1:-1]]
        left = host.view.left_blank
        boxes = {
            str(node): Rect(rect.x + left, rect.y, rect.width, rect.height) for node, rect in picture.box_rects.items()
        }
        reading = read(rows, boxes, {})
        assert reading.problems == []
        stacks = picture.stacks
        wanted = {
            (str(e.source), str(e.target))
            for e in spec.edges
            if not any(e.source in chain and e.target in chain for chain in stacks.values())
        }  # fmt: skip
        found = {
            (str(stacks.get(NodeId(a), (a,))[-1]), str(stacks.get(NodeId(b), (b,))[0])) for a, b in reading.edges
        }  # fmt: skip
        assert found == wanted


async def test_status_counts_times_and_breakpoints_are_shown() -> None:
    async with graph_host(topology("g1_react"), (120, 36)) as host:
        before = host.text
        done = TaskStatus.DONE
        host.run_tasks(("agent", done), ("tools", done), ("agent", done), ("tools", TaskStatus.RUNNING))
        host.app_state.breakpoints.toggle(NodeId("agent"), "before")
        host.app_state.breakpoints.toggle(NodeId("tools"), "after")
        await host.draw(Slice.TASKS, Slice.BREAKPOINTS)
        for part in ("✓ agent", "● tools", "×2 1.5s", "◆"):
            assert part in host.text
            assert part not in before
        assert host.text.count("◆") == 2


@pytest.mark.parametrize("size", [(30, 12), (44, 16), (80, 24)])
@pytest.mark.parametrize("name", ["g3_supervisor", "g9_wide", "g5_rag30"])
async def test_every_level_shows_what_ran_without_breaking(name: str, size: tuple[int, int]) -> None:
    spec = topology(name)
    async with graph_host(spec, size) as host:
        host.run_tasks(*((node.name, TaskStatus.DONE) for node in spec.nodes for _ in range(2)))
        for _ in range(5):
            await host.draw()
            assert "✓" in host.text
            host.view.zoom(-1)
            await host.pilot.pause()


async def test_a_change_repaints_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with graph_host(topology("g5_rag30"), (120, 36)) as host:
        run = host.run_tasks(("load_config", TaskStatus.RUNNING))
        await host.draw(Slice.TASKS)
        regions: list[Any] = []
        monkeypatch.setattr(host.view, "refresh", lambda *given, **_: regions.extend(given))
        run.tasks[TaskId("0")].status = TaskStatus.DONE
        host.view.draw(host.app_state, frozenset({Slice.TASKS}))
        picture = host.view.picture
        assert picture is not None
        rect = picture.node_rects[NodeId("load_config")]
        assert [region.y for region in regions] == [*note_rows(picture, rect)], "with what is written beside it"


async def test_keys_move_between_nodes_and_enter_tells_the_screen() -> None:
    async with graph_host(topology("g1_react"), (60, 24)) as host:
        host.view.focus()
        await host.pilot.pause()
        await host.pilot.press("g")
        seen = [host.view.selected]
        for key in ("j", "l", "h", "G", "home"):
            await host.pilot.press(key)
            seen.append(host.view.selected)
        assert seen[0] == "__start__"
        assert set(seen) >= {"__start__", "agent"}
        assert seen[-1] == "__start__"
        await host.pilot.press("G", "enter")
        assert host.app.shown == f"Node {host.view.selected}"


async def test_every_node_can_be_reached_by_keys() -> None:
    for name in ("g3_supervisor", "g4_map_reduce", "g13_teams"):
        async with graph_host(topology(name), (120, 36)) as host:
            host.view.focus()
            todo, seen = [NodeId("__start__")], set()
            while todo:
                node = todo.pop()
                if node in seen:
                    continue
                seen.add(node)
                for direction in ("up", "down", "left", "right"):
                    host.view.select(node)
                    host.view.action_go(direction)
                    assert host.view.selected is not None
                    todo.append(host.view.selected)
            assert seen == {node.id for node in topology(name).nodes}, name


async def test_the_mouse_selects_opens_and_collapses() -> None:
    async with graph_host(topology("g4_map_reduce"), (80, 70)) as host:
        picture = host.view.picture
        assert picture is not None
        rect = picture.node_rects[NodeId("worker:fetch")]
        left = host.view.left_blank + 1
        await host.pilot.click("#graph", offset=(rect.x + 2 + left, rect.y + 2))
        assert host.view.selected == "worker:fetch"
        await host.pilot.click("#graph", offset=(rect.x + 2 + left, rect.y + 2), times=2)
        assert host.app.shown == "Node worker:fetch"
        frame = picture.cluster_rects[NodeId("worker:summarize")]
        await host.pilot.click("#graph", offset=(frame.x + left, frame.y + 1))
        assert "summarize +" in host.text
        assert "draft" not in host.text


async def test_space_collapses_and_opens_a_subgraph() -> None:
    async with graph_host(topology("g4_map_reduce"), (80, 70)) as host:
        host.view.focus()
        host.view.select("worker:summarize:draft")
        await host.pilot.press("space")
        assert host.view.selected == "worker:summarize"
        assert "draft" not in host.text
        await host.pilot.press("space")
        assert "draft" in host.text
        assert host.view.selected is not None
        assert host.view.selected.startswith("worker:summarize")
        await host.show(topology("g11_fan24"))
        host.view.zoom(1)  # where the pane has room, only the user folds equivalent nodes
        host.view.select("check_05")
        await host.pilot.press("space")
        assert host.view.selected == "check_00"
        assert "check_00 … check_23 ×24" in host.text
        assert host.view.selected_node is None, "what acts on one node does not act on the first of several"
        host.run_tasks(("check_05", TaskStatus.RUNNING), ("check_06", TaskStatus.DONE))
        await host.draw(Slice.TASKS)
        assert "1/24" in host.text
        await host.pilot.press("enter")
        assert host.app.shown == "Nodes check_00 … check_23"
        await host.pilot.press("space")
        assert host.view.picture is not None
        assert not host.view.picture.equivalent


async def test_space_opens_a_subgraph_that_was_drawn_as_any_node_and_folds_it_again() -> None:
    inner = topology("g4_map_reduce")
    closed = graph("__start__>plan", "plan~worker", "worker>collect", "collect>__end__")
    async with graph_host(closed, (80, 70)) as host:
        host.view.focus()
        host.view.select("worker")
        rows = host.text
        assert str(host.view.folding) == ""
        await host.pilot.press("space")
        assert host.app.read == [], "nobody has told that it is a subgraph"
        host.app_state.inner_graph = (AssistantId("other"), inner)
        await host.draw(Slice.GRAPH)
        assert host.text == rows, "that is what another graph holds"
        host.app_state.assistant_id = AssistantId("other")
        await host.draw(Slice.GRAPH)
        assert host.text.replace("worker +", "worker  ") == rows != host.text
        assert str(host.view.folding) == "Open"
        await host.pilot.press("space")
        assert host.app.read == [True]
        host.app_state.graph, host.app_state.xray = inner, True
        await host.draw(Slice.GRAPH)
        assert "fetch" in host.text
        assert "summarize +" in host.text, "this one alone is opened"
        assert str(host.view.folding) == "Fold"
        await host.pilot.press("space")
        assert "worker +" in host.text
        host.view.fold(None)
        await host.pilot.pause()
        assert "draft" in host.text, "all of them"
        await host.pilot.resize_terminal(60, 16)
        await wait_until(host.pilot, lambda: host.view.max_scroll_y > 0, "what was opened stays open and scrolls")
        assert not host.view.drawing.layout.closed
        assert "11 nodes" in str(host.view.border_subtitle)
        # Read without them again, the cursor stands on what held the node.
        host.view.select("worker:summarize:draft")
        host.app_state.graph, host.app_state.xray = closed, False
        await host.draw(Slice.GRAPH)
        assert host.view.selected == "worker"


async def test_zoom_goes_from_boxes_to_a_list_and_back() -> None:
    async with graph_host(topology("g5_rag30"), (120, 36)) as host:
        host.view.fit()
        levels = []
        for _ in range(4):
            assert host.view.picture is not None
            levels.append(host.view.picture.level)
            host.view.zoom(-1)
            await host.drawn()
        assert levels[-1] == "outline"
        shown = host.view.picture
        for _ in range(4):
            host.view.zoom(1)
        assert host.view.picture is shown, "the old one stays until the new one is there, and no key waits for that"
        await host.drawn()
        assert host.view.picture is not None
        assert host.view.picture.level == "full", "each of the keys counts"
        assert host.view.max_scroll_x > 0 or host.view.max_scroll_y > 0


async def test_a_panel_that_comes_with_the_focus_has_a_cursor_where_the_graph_begins() -> None:
    async with graph_host(topology("g3_supervisor"), (80, 7)) as host:
        view = host.view
        for _ in range(2):
            assert view.has_focus
            assert view.picture is not None
            assert view.picture.height > view.size.height
            assert view.selected == "supervisor", "the first that runs; chosen with the picture, which comes later"
            assert "supervisor" in host.text, "where the picture begins in its middle, that is in sight"
            host.app.set_focus(None)
            view.display = False
            view.selected = None
            await host.show(topology("g1_react"))
            await host.show(topology("g3_supervisor"))
            view.display = True
            view.focus()
            await wait_until(host.pilot, lambda: view.has_focus)
            await host.pilot.pause()


async def test_search_finds_walks_and_is_cleared() -> None:
    async with graph_host(topology("g5_rag30"), (120, 36)) as host:
        host.view.set_filter("SEARCH")
        first = host.view.selected
        assert first is not None
        assert "search" in first
        host.view.find(1)
        assert host.view.selected != first
        host.view.find(-1)
        assert host.view.selected == first
        host.view.set_filter("")
        assert host.view.filter_text == ""
        host.view.set_filter("no such node")
        assert host.view.selected == first
        assert "no match" in str(host.view.border_subtitle)


async def test_search_says_which_subgraphs_it_has_not_seen_and_has_them_read() -> None:
    closed = graph("__start__>plan", "plan~worker", "worker>collect", "collect>__end__")
    async with graph_host(closed, (100, 40)) as host:
        host.app_state.assistant_id = AssistantId("a")
        host.view.set_filter("fetch")
        assert host.app.read == [True]
        await host.pilot.pause()
        assert "no match · subgraphs not searched" in host.text
        host.app_state.inner_graph = (AssistantId("a"), topology("g4_map_reduce"))
        host.app_state.subgraphs = SubgraphSchemas({NodeId("worker"): Schemas(), NodeId("collect"): Schemas()})
        await host.draw(Slice.GRAPH)
        assert "1 match · 1 subgraph not searched" in host.text, "nobody has told what is in the other one"
        host.app_state.subgraphs = None
        host.view.set_filter("fetch")
        await host.pilot.pause()
        assert host.view.selected == "worker"
        assert "match 1 of 1 · " in host.text
        assert "not searched" not in host.text


async def test_a_hot_reload_keeps_selection_and_zoom() -> None:
    async with graph_host(topology("g1_react")) as host:
        host.view.select("tools")
        host.view.zoom(-1)
        level = host.view.picture.level if host.view.picture else ""
        spec = topology("g1_react")
        await host.show(GraphSpec((*spec.nodes, NodeSpec(NodeId("new"), "new")), spec.edges))
        assert "new" in host.text
        assert host.view.selected == "tools"
        assert host.view.picture is not None
        assert host.view.picture.level == level
        await host.show(graph("__start__>other"))
        assert host.view.selected == "other", "a panel with the focus has a cursor"


async def test_a_resize_chooses_again_and_keeps_the_selection() -> None:
    async with graph_host(topology("g1_react"), (120, 36)) as host:
        host.view.select("tools")
        assert host.view.picture is not None
        assert host.view.picture.level == "full"
        await host.pilot.resize_terminal(34, 10)
        await wait_until(host.pilot, lambda: host.view.picture.level == "compact")  # type: ignore[union-attr]
        assert host.view.selected == "tools"


async def test_a_missing_graph_is_explained_and_then_observed() -> None:
    async with graph_host(None) as host:
        assert "choose an assistant" in host.text
        host.app_state.graph_problem = "The server answered 500 [/bold]\x1b[2J."
        await host.draw(Slice.GRAPH)
        assert "The server has no graph to draw." in host.text
        assert "500 [/bold]" in host.text
        host.app_state.graph_unread = True
        await host.draw(Slice.GRAPH)
        assert "Asking the server for the graph failed." in host.text
        assert "no graph to draw" not in host.text
        assert "Ask again" in host.text
        host.run_tasks(("plan", TaskStatus.DONE), ("act", TaskStatus.RUNNING))
        await host.draw(Slice.TASKS)
        assert "● act" in host.text
        assert "as observed" in host.text


async def test_an_empty_graph_is_explained() -> None:
    async with graph_host(GraphSpec(problems=("The graph's nodes are no list but missing.",))) as host:
        assert "This graph has no nodes." in host.text
        assert "no list but missing" in host.text


def cells_in(line: Line, role: str) -> set[int]:
    found: set[int] = set()
    at = 0
    for span in line:
        found.update(range(at, at + len(span.text)) if span.role == role else ())
        at += len(span.text)
    return found


async def test_observed_edges_are_added_and_others_dimmed() -> None:
    async with graph_host(graph("__start__>a", "a~b", "a~c", nodes="d")) as host:
        host.run_tasks(("a", TaskStatus.DONE), ("b", TaskStatus.DONE), ("d", TaskStatus.DONE))
        await host.draw(Slice.TASKS)
        assert "┈" not in host.text
        host.view.observe("edges")
        await host.pilot.pause()
        assert "┈ only seen" in host.text
        inspected = page_text(NodePage(NodeId("d")).sections(host.app_state, {}))
        assert re.search(r"from +b +only seen in runs", inspected)
        paint = host.view.drawing.paint
        assert paint is not None
        assert paint.edge_cells((NodeId("a"), NodeId("c"))) & set(paint.dim)
        taken = paint.edge_cells((NodeId("a"), NodeId("b")))
        assert not taken & set(paint.dim)
        host.view.select("a")
        x, y = min(taken - paint.edge_cells((NodeId("a"), NodeId("c"))))
        assert x + paint.left in cells_in(paint.line(y), "text bold"), "what was taken wins over the selection"
        host.view.observe("visits")
        await host.pilot.pause()
        assert "visits in this turn  ×1" in host.text
        host.run_tasks(("a", TaskStatus.DONE), ("c", TaskStatus.DONE))
        await host.draw(Slice.TASKS)
        assert set(paint.taken or ()) & {("a", "b"), ("a", "c")} == {("a", "c")}, "an earlier turn"
        host.view.observe("off")
        await host.pilot.pause()
        assert "in this turn" not in host.text
        assert "┈" not in host.text


async def test_the_last_edge_is_lit() -> None:
    async with graph_host(topology("g4_map_reduce"), (120, 70)) as host:
        run = host.run_tasks(("plan", TaskStatus.DONE), ("worker", TaskStatus.RUNNING))
        run.last_edge = ("plan", "worker:fetch")
        await host.draw(Slice.TASKS)
        assert host.view.drawing.paint is not None
        assert host.view.drawing.paint.lit
        host.view.select("worker:fetch")
        host.view.action_fold()
        assert host.view.drawing.paint.lit  # The edge now leads to the collapsed subgraph.
        host.app_state.cursor = CheckpointId("1f0")
        await host.draw(Slice.HISTORY)
        assert not host.view.drawing.paint.lit, "the past is another moment"
        host.app_state.cursor = None
        await host.draw(Slice.HISTORY)
        assert host.view.drawing.paint.lit
        run.phase = Phase.DONE
        await host.draw(Slice.RUN)
        assert not host.view.drawing.paint.lit, "it went on to the end"


_HOSTILE = ("[/bold]", "\x1b[2J", "\u202eevil", "│┼►", "名前" * 30, "a\nb", "[link=http://x]y")


async def test_hostile_names_are_shown_as_text() -> None:
    names = [NodeId(name) for name in _HOSTILE]
    edges = tuple(EdgeSpec(a, b, True, a) for a, b in zip(names, [*names[1:], END], strict=True))
    spec = GraphSpec((*(NodeSpec(name, name) for name in names), NodeSpec(END, END)), edges)
    async with graph_host(spec, (120, 60)) as host:
        assert "[/bold]" in host.text
        assert "<U+202E>evil" in host.text
        assert "\x1b" not in host.text
        for level in range(3):
            host.view.zoom(-1)
            host.view.set_filter(_HOSTILE[level])
            await host.pilot.pause()
            assert "[/bold]" in host.text


async def test_ascii_terminals_get_ascii() -> None:
    async with graph_host(topology("g1_react"), ascii=True) as host:
        host.run_tasks(("agent", TaskStatus.RUNNING), ("tools", TaskStatus.DONE))
        host.app_state.breakpoints.toggle(NodeId("tools"), "after")
        await host.draw(Slice.TASKS)
        assert all(row[1:-1].isascii() for row in grid(host.app)[1:-1])
        assert "* agent" in host.text


async def test_a_large_graph_is_laid_out_beside_the_loop() -> None:
    async with graph_host(None) as host:
        host.app_state.graph = topology("g6_dag200")
        host.view.draw(host.app_state, EVERYTHING)
        assert "Drawing 202 nodes" in "".join(host.view.drawing.message)
        ticks = 0
        while host.view.picture is None:
            await asyncio.sleep(0)
            ticks += 1
        assert ticks > 1
        await host.pilot.pause()
        assert "202 nodes" in host.text
        shown = host.view.picture
        for _ in range(2):
            host.view.zoom(1)
            assert "drawing …" in str(host.view.border_subtitle), "what is shown is older than what is wanted"
            assert host.view.picture is shown
        while host.view.picture is shown:
            await asyncio.sleep(0)
            ticks += 1
        assert host.view.picture.level == "tight", "the last one alone is shown, and both keys count"
        assert "202 nodes · tight" in str(host.view.border_subtitle)
        host.view.focus()
        await host.pilot.press("G", "k", "h", "l", "pageup", "g")
        assert host.view.selected is not None


async def test_a_fault_of_the_layout_costs_only_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("layout")

    monkeypatch.setattr("studio_tui.graphs.picture.draw.render", broken)
    async with graph_host(topology("g1_react")) as host:
        assert "→ agent" in host.text


async def test_a_running_node_is_scrolled_into_view() -> None:
    async with graph_host(topology("g12_chain60"), (60, 16)) as host:
        last = topology("g12_chain60").nodes[-2].id
        assert last not in host.text
        host.run_tasks((last, TaskStatus.RUNNING))
        await host.draw(Slice.TASKS)
        await wait_until(host.pilot, lambda: bool(re.search(f"● *{last}", host.text)))


async def test_a_picture_that_fits_is_put_up_without_another_layout_of_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid_out: list[object] = []
    reflow = Compositor.reflow

    def counted(compositor: Compositor, *args: Any) -> Any:
        laid_out.append(compositor)
        return reflow(compositor, *args)

    async with graph_host() as host:
        await host.pilot.pause()
        monkeypatch.setattr(Compositor, "reflow", counted)
        await host.show(topology("g1_react"))
        await host.pilot.pause()
        assert not laid_out
        assert not host.view.show_vertical_scrollbar


async def test_a_title_that_stays_as_it_is_repaints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with graph_host(topology("g1_react")) as host:
        painted: list[object] = []
        monkeypatch.setattr(host.view, "refresh", lambda *regions, **_more: painted.append(regions))
        await host.draw(Slice.ASSISTANTS)
        assert not painted
        host.app_state.remembered = RememberedGraph("a", "agent", GraphSpec())
        await host.draw(Slice.ASSISTANTS)
        assert painted
