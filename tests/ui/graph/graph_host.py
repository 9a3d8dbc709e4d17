"""A small app with the graph panel in it, and a run whose tasks are given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.graph.node_screen import NodeScreen
from studio_tui.ui.graph.panel import GraphView
from tests.ui.harness import screen_text, wait_until

EVERYTHING = frozenset(Slice)


class _App(App[None]):
    CSS = "GraphView { border: round white; }"

    def __init__(self, ascii: bool = False) -> None:
        super().__init__()
        self.set_class(ascii, "-ascii")
        self.shown = ""
        self.read: list[bool] = []
        """Whether graphs were read with their subgraphs, as that was asked for."""
        self.services = self.studio = self.assistants = self.work = self
        self.commands = build_registry()

    def compose(self) -> ComposeResult:
        yield GraphView(id="graph")

    def load_graph(self, *, xray: bool) -> None:
        """Read the graph again: tests put it into the app state."""
        self.read.append(xray)

    def look_inside(self) -> None:
        """Read what is inside of subgraphs: tests put it into the app state."""
        self.read.append(True)

    def start(self, *_given: object, **_named: object) -> None:
        """Let work go on in the background."""

    def go(self, screen: NodeScreen) -> None:
        """Take the page that is to be shown."""
        self.shown = screen.heading


@dataclass
class GraphHost:
    """The panel, and what it draws from."""

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
        await self.drawn()

    async def drawn(self) -> None:
        """Wait until no picture is on its way: larger ones are made in a thread."""
        workers = self.app.workers
        await wait_until(self.pilot, lambda: not any(one.group == "layout" for one in workers), "no picture under way")

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
async def graph_host(
    spec: GraphSpec | None = None, size: tuple[int, int] = (80, 24), *, ascii: bool = False
) -> AsyncIterator[GraphHost]:
    """Run the app on a graph."""
    app = _App(ascii)
    async with app.run_test(size=size) as pilot:
        host = GraphHost(pilot, app, app.query_one(GraphView))
        await host.show(spec)
        yield host
