"""The graph panel in a running app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.graph import END, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId, TaskId
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.graphs.picture.picture import Rect
from studio_tui.ui.graph.node_screen import NodeScreen
from studio_tui.ui.graph.panel import GraphView
from tests.graphs.judge import read
from tests.graphs.samples import graph, topology
from tests.ui.harness import grid, screen_text, wait_until

EVERYTHING = frozenset(Slice)


class _App(App[None]):
    CSS = "GraphView { border: round white; }"

    def __init__(self, ascii: bool = False) -> None:
        super().__init__()
        self.set_class(ascii, "-ascii")
        self.shown = ""
        self.services = self

    def compose(self) -> ComposeResult:
        yield GraphView(id="graph")

    def go(self, screen: NodeScreen) -> None:
        """Take the page that is to be shown."""
        self.shown = screen.heading


@dataclass
class _Bench:
    pilot: Pilot[Any]
    app: _App
    view: GraphView
    app_state: AppState = field(default_factory=AppState)

    async def draw(self, *slices: Slice) -> None:
        self.view.draw(self.app_state, frozenset(slices) or EVERYTHING)
        await self.pilot.pause()

    async def show(self, spec: GraphSpec | None) -> None:
        self.app_state.graph = spec
        await self.draw()
        await wait_until(self.pilot, lambda: self.view.picture is not None or not spec or not spec.nodes, "a picture")

    @property
    def text(self) -> str:
        return screen_text(self.app)

    def run_tasks(self, *tasks: tuple[str, TaskStatus]) -> RunState:
        run = RunState(phase=Phase.RUNNING)
        for number, (name, status) in enumerate(tasks):
            task = TaskView(TaskId(str(number)), name, (), number, status, started_at=0.0)
            task.ended_at = None if status is TaskStatus.RUNNING else 1.5
            run.tasks[task.id] = task
        self.app_state.runs.append(run)
        return run


@asynccontextmanager
async def _bench(
    spec: GraphSpec | None = None, size: tuple[int, int] = (80, 24), *, ascii: bool = False
) -> AsyncIterator[_Bench]:
    app = _App(ascii)
    async with app.run_test(size=size) as pilot:
        bench = _Bench(pilot, app, app.query_one(GraphView))
        await bench.show(spec)
        yield bench


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36)])
@pytest.mark.parametrize("name", ["g1_react", "g9_wide", "srv_loop"])
async def test_what_is_on_the_screen_reads_back(name: str, size: tuple[int, int]) -> None:
    spec = topology(name)
    async with _bench(spec, size) as bench:
        picture = bench.view.picture
        assert picture is not None
        if picture.width > size[0] - 2 or picture.height > size[1] - 2:
            return
        rows = [row[1:-1] for row in grid(bench.app)[1:-1]]
        left = bench.view.left_blank
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
    async with _bench(topology("g1_react"), (120, 36)) as bench:
        before = bench.text
        done = TaskStatus.DONE
        bench.run_tasks(("agent", done), ("tools", done), ("agent", done), ("tools", TaskStatus.RUNNING))
        bench.app_state.breakpoints.toggle(NodeId("agent"), "before")
        bench.app_state.breakpoints.toggle(NodeId("tools"), "after")
        await bench.draw(Slice.TASKS, Slice.BREAKPOINTS)
        for part in ("✓ agent", "● tools", "×2 1.5s", "◆"):
            assert part in bench.text
            assert part not in before
        assert bench.text.count("◆") == 2


@pytest.mark.parametrize("size", [(30, 12), (44, 16), (80, 24)])
@pytest.mark.parametrize("name", ["g3_supervisor", "g9_wide", "g5_rag30"])
async def test_every_level_shows_what_ran_without_breaking(name: str, size: tuple[int, int]) -> None:
    spec = topology(name)
    async with _bench(spec, size) as bench:
        bench.run_tasks(*((node.name, TaskStatus.DONE) for node in spec.nodes for _ in range(2)))
        for _ in range(5):
            await bench.draw()
            assert "✓" in bench.text
            bench.view.zoom(-1)
            await bench.pilot.pause()


async def test_a_change_repaints_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with _bench(topology("g5_rag30"), (120, 36)) as bench:
        run = bench.run_tasks(("load_config", TaskStatus.RUNNING))
        await bench.draw(Slice.TASKS)
        regions: list[Any] = []
        monkeypatch.setattr(bench.view, "refresh", lambda *given, **_: regions.extend(given))
        run.tasks[TaskId("0")].status = TaskStatus.DONE
        bench.view.draw(bench.app_state, frozenset({Slice.TASKS}))
        picture = bench.view.picture
        assert picture is not None
        rect = picture.node_rects[NodeId("load_config")]
        assert [(region.width, region.height) for region in regions] == [(rect.width, rect.height)]


async def test_keys_move_between_nodes_and_enter_tells_the_screen() -> None:
    async with _bench(topology("g1_react"), (60, 24)) as bench:
        bench.view.focus()
        await bench.pilot.pause()
        await bench.pilot.press("g")
        seen = [bench.view.selected]
        for key in ("j", "l", "h", "G", "home"):
            await bench.pilot.press(key)
            seen.append(bench.view.selected)
        assert seen[0] == "__start__"
        assert set(seen) >= {"__start__", "agent"}
        assert seen[-1] == "__start__"
        await bench.pilot.press("G", "enter")
        assert bench.app.shown == f"Node {bench.view.selected}"


async def test_every_node_can_be_reached_by_keys() -> None:
    for name in ("g3_supervisor", "g4_map_reduce", "g13_teams"):
        async with _bench(topology(name), (120, 36)) as bench:
            bench.view.focus()
            todo, seen = [NodeId("__start__")], set()
            while todo:
                node = todo.pop()
                if node in seen:
                    continue
                seen.add(node)
                for direction in ("up", "down", "left", "right"):
                    bench.view.select(node)
                    bench.view.action_go(direction)
                    assert bench.view.selected is not None
                    todo.append(bench.view.selected)
            assert seen == {node.id for node in topology(name).nodes}, name


async def test_the_mouse_selects_opens_and_collapses() -> None:
    async with _bench(topology("g4_map_reduce"), (80, 70)) as bench:
        picture = bench.view.picture
        assert picture is not None
        rect = picture.node_rects[NodeId("worker:fetch")]
        left = bench.view.left_blank + 1
        await bench.pilot.click("#graph", offset=(rect.x + 2 + left, rect.y + 2))
        assert bench.view.selected == "worker:fetch"
        await bench.pilot.click("#graph", offset=(rect.x + 2 + left, rect.y + 2), times=2)
        assert bench.app.shown == "Node worker:fetch"
        frame = picture.cluster_rects[NodeId("worker:summarize")]
        await bench.pilot.click("#graph", offset=(frame.x + left, frame.y + 1))
        assert "summarize +" in bench.text
        assert "draft" not in bench.text


async def test_space_collapses_and_opens_a_subgraph() -> None:
    async with _bench(topology("g4_map_reduce"), (80, 70)) as bench:
        bench.view.focus()
        bench.view.select("worker:summarize:draft")
        await bench.pilot.press("space")
        assert bench.view.selected == "worker:summarize"
        assert "draft" not in bench.text
        await bench.pilot.press("space")
        assert "draft" in bench.text
        assert bench.view.selected is not None
        assert bench.view.selected.startswith("worker:summarize")


async def test_zoom_goes_from_boxes_to_a_list_and_back() -> None:
    async with _bench(topology("g5_rag30"), (120, 36)) as bench:
        bench.view.fit()
        levels = []
        for _ in range(4):
            assert bench.view.picture is not None
            levels.append(bench.view.picture.level)
            bench.view.zoom(-1)
        assert levels[-1] == "outline"
        for _ in range(4):
            bench.view.zoom(1)
        assert bench.view.picture is not None
        assert bench.view.picture.level == "full"
        assert bench.view.max_scroll_x > 0 or bench.view.max_scroll_y > 0


async def test_search_finds_walks_and_is_cleared() -> None:
    async with _bench(topology("g5_rag30"), (120, 36)) as bench:
        bench.view.set_filter("SEARCH")
        first = bench.view.selected
        assert first is not None
        assert "search" in first
        bench.view.find(1)
        assert bench.view.selected != first
        bench.view.find(-1)
        assert bench.view.selected == first
        bench.view.set_filter("")
        assert bench.view.filter_text == ""
        bench.view.set_filter("no such node")
        assert bench.view.selected == first


async def test_a_hot_reload_keeps_selection_and_zoom() -> None:
    async with _bench(topology("g1_react")) as bench:
        bench.view.select("tools")
        bench.view.zoom(-1)
        level = bench.view.picture.level if bench.view.picture else ""
        spec = topology("g1_react")
        await bench.show(GraphSpec((*spec.nodes, NodeSpec(NodeId("new"), "new")), spec.edges))
        assert "new" in bench.text
        assert bench.view.selected == "tools"
        assert bench.view.picture is not None
        assert bench.view.picture.level == level
        await bench.show(graph("__start__>other"))
        assert bench.view.selected is None


async def test_a_resize_chooses_again_and_keeps_the_selection() -> None:
    async with _bench(topology("g1_react"), (120, 36)) as bench:
        bench.view.select("tools")
        assert bench.view.picture is not None
        assert bench.view.picture.level == "full"
        await bench.pilot.resize_terminal(34, 12)
        await wait_until(bench.pilot, lambda: bench.view.picture.level == "compact")  # type: ignore[union-attr]
        assert bench.view.selected == "tools"


async def test_a_missing_graph_is_explained_and_then_observed() -> None:
    async with _bench(None) as bench:
        assert "choose an assistant" in bench.text
        bench.app_state.graph_problem = "The server answered 500 [/bold]\x1b[2J."
        await bench.draw(Slice.GRAPH)
        assert "The server has no graph to draw." in bench.text
        assert "500 [/bold]" in bench.text
        bench.run_tasks(("plan", TaskStatus.DONE), ("act", TaskStatus.RUNNING))
        await bench.draw(Slice.TASKS)
        assert "● act" in bench.text
        assert "as observed" in bench.text


async def test_an_empty_graph_is_explained() -> None:
    async with _bench(GraphSpec(problems=("The graph's nodes are no list but missing.",))) as bench:
        assert "This graph has no nodes." in bench.text
        assert "no list but missing" in bench.text


async def test_observed_edges_are_added_and_others_dimmed() -> None:
    async with _bench(graph("__start__>a", "a~b", "a~c", nodes="d")) as bench:
        bench.run_tasks(("a", TaskStatus.DONE), ("b", TaskStatus.DONE), ("d", TaskStatus.DONE))
        await bench.draw(Slice.TASKS)
        assert "observed" not in bench.text
        bench.view.toggle_observed()
        await bench.pilot.pause()
        assert "observed" in bench.text
        paint = bench.view.drawing.paint
        assert paint is not None
        assert paint.edge_cells((NodeId("a"), NodeId("c"))) & set(paint.dim)
        assert not paint.edge_cells((NodeId("a"), NodeId("b"))) & set(paint.dim)
        bench.view.toggle_observed()
        await bench.pilot.pause()
        assert "observed" not in bench.text


async def test_the_last_edge_is_lit() -> None:
    async with _bench(topology("g4_map_reduce"), (120, 70)) as bench:
        run = bench.run_tasks(("plan", TaskStatus.DONE), ("worker", TaskStatus.RUNNING))
        run.last_edge = ("plan", "worker:fetch")
        await bench.draw(Slice.TASKS)
        assert bench.view.drawing.paint is not None
        assert bench.view.drawing.paint.lit
        bench.view.select("worker:fetch")
        bench.view.action_fold()
        assert bench.view.drawing.paint.lit  # The edge now leads to the collapsed subgraph.


_HOSTILE = ("[/bold]", "\x1b[2J", "\u202eevil", "│┼►", "名前" * 30, "a\nb", "[link=http://x]y")


async def test_hostile_names_are_shown_as_text() -> None:
    names = [NodeId(name) for name in _HOSTILE]
    edges = tuple(EdgeSpec(a, b, True, a) for a, b in zip(names, [*names[1:], END], strict=True))
    spec = GraphSpec((*(NodeSpec(name, name) for name in names), NodeSpec(END, END)), edges)
    async with _bench(spec, (120, 60)) as bench:
        assert "[/bold]" in bench.text
        assert "<U+202E>evil" in bench.text
        assert "\x1b" not in bench.text
        for level in range(3):
            bench.view.zoom(-1)
            bench.view.set_filter(_HOSTILE[level])
            await bench.pilot.pause()
            assert "[/bold]" in bench.text


async def test_ascii_terminals_get_ascii() -> None:
    async with _bench(topology("g1_react"), ascii=True) as bench:
        bench.run_tasks(("agent", TaskStatus.RUNNING), ("tools", TaskStatus.DONE))
        bench.app_state.breakpoints.toggle(NodeId("tools"), "after")
        await bench.draw(Slice.TASKS)
        assert all(row[1:-1].isascii() for row in grid(bench.app)[1:-1])
        assert "* agent" in bench.text


async def test_a_large_graph_is_laid_out_beside_the_loop() -> None:
    async with _bench(None) as bench:
        bench.app_state.graph = topology("g7_dag500")
        bench.view.draw(bench.app_state, EVERYTHING)
        assert "Drawing 502 nodes" in "".join(bench.view.drawing.message)
        ticks = 0
        while bench.view.picture is None:
            await asyncio.sleep(0)
            ticks += 1
        assert ticks > 1
        await bench.pilot.pause()
        assert "502 nodes" in bench.text
        bench.view.focus()
        await bench.pilot.press("G", "k", "h", "l", "pageup", "g")
        assert bench.view.selected is not None


async def test_a_fault_of_the_layout_costs_only_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("layout")

    monkeypatch.setattr("studio_tui.graphs.picture.draw.render", broken)
    async with _bench(topology("g1_react")) as bench:
        assert "→agent" in bench.text


async def test_a_running_node_is_scrolled_into_view() -> None:
    async with _bench(topology("g12_chain60"), (60, 16)) as bench:
        last = topology("g12_chain60").nodes[-2].id
        assert last not in bench.text
        bench.run_tasks((last, TaskStatus.RUNNING))
        await bench.draw(Slice.TASKS)
        await wait_until(bench.pilot, lambda: f"● {last}" in bench.text or f"●{last}" in bench.text)
