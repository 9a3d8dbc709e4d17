"""How long keys wait while a graph is drawn: `python -m tests.bench.bench_graph_loop [GRAPH …]`.

The app on a studio in memory; beside it a task that ticks every 5 ms. For each key the largest gap between two ticks,
and the most that the loop's own thread worked in one (CPU), in milliseconds: the median of three rounds. Wanted are 50,
and 33 at 32 nodes; where other programs have the machine only the CPU's time tells. Below 12 nothing is printed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

from studio_tui.client.target import Target
from studio_tui.config.paths import Paths
from studio_tui.core.connection.network import SWITCH_SECONDS
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId
from studio_tui.ui.app import textual_patches
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.app.run import calm
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.graph.panel import GraphView
from tests.graphs.samples import small_graphs, topology
from tests.ui.conftest import Driven
from tests.ui.fakes import FakeStudio
from tests.ui.harness import in_colour

TICK = 0.005
ROUNDS = 3
KEYS = (*["minus"] * 3, *["plus"] * 3, "0", "z", "z", *["O"] * 4, "x", "x", "space", "space", "j")
NAMES = ("g11_fan24", "g5_rag30", "dense32", "teams10", "g12_chain60", "g8_dag50", "g6_dag200", "g7_dag500")


def graph_named(name: str) -> GraphSpec:
    """Return a sample by its name; `denseN`: a random graph without cycles, two edges a node; `teamsN`: N subgraphs."""
    if name.startswith("dense"):
        return _dense(int(name.removeprefix("dense")))
    if name.startswith("teams"):
        return _teams(int(name.removeprefix("teams")))
    return small_graphs()[name] if name in small_graphs() else topology(name)


def _dense(count: int) -> GraphSpec:
    random = Random(count)
    names = [START, *(NodeId(f"node_{number}") for number in range(count - 2)), END]
    edges = {(a, b): EdgeSpec(a, b) for a, b in pairwise(names)}
    while len(edges) < 2 * count:
        place = random.randrange(count - 1)
        ends = names[place], names[min(count - 1, place + random.randint(1, 6))]
        edges.setdefault(ends, EdgeSpec(*ends, conditional=random.random() < 0.5))
    return GraphSpec(tuple(NodeSpec(name, name) for name in names), tuple(edges.values()))


def _teams(count: int) -> GraphSpec:
    nodes, edges, last = [NodeSpec(START, START)], [], START
    for number in range(count):
        inner = [NodeId(f"team_{number}:{name}") for name in ("plan", "search", "write", "review")]
        nodes += [NodeSpec(node, node) for node in inner]
        edges += [EdgeSpec(last, inner[0]), *(EdgeSpec(a, b) for a, b in pairwise(inner))]
        edges.append(EdgeSpec(inner[3], inner[1], conditional=True))
        last = inner[3]
    return GraphSpec((*nodes, NodeSpec(END, END)), (*edges, EdgeSpec(last, END)))


class Ticker:
    """Ticks on the loop, and remembers the largest gap."""

    def __init__(self) -> None:
        self.gap = self.cpu = 0.0
        self._task = asyncio.get_running_loop().create_task(self._tick())

    async def _tick(self) -> None:
        last, cpu = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(TICK)
            now, used = time.perf_counter(), time.thread_time()
            self.gap, self.cpu = max(self.gap, now - last - TICK), max(self.cpu, used - cpu)
            last, cpu = now, used

    def reset(self) -> None:
        """Begin anew."""
        self.gap = self.cpu = 0.0

    def end(self) -> None:
        """Tick no more."""
        self._task.cancel()


async def measured(name: str, size: tuple[int, int], folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Return per deed the gaps (wall, CPU; milliseconds) of all rounds."""
    found: dict[str, list[tuple[float, float]]] = {}
    studio = FakeStudio()
    spec = graph_named(name)
    with in_colour():
        app = StudioApp(studio, UiOptions(
            target=Target("http://127.0.0.1:2024"), paths=Paths(folder / "c", folder / "s", folder / "p.toml"),
            assistant="agent",
        ))  # fmt: skip
    async with app.run_test(size=size, notifications=True) as pilot:
        it = Driven(app, pilot, studio)
        await it.until(lambda: studio.app_state.assistant_id is not None)
        await it.panels()
        view = app.studio_screen.query_one(GraphView)
        view.focus()
        await pilot.pause()
        calm()  # as the program does once its first screen stands, and when its network begins
        sys.setswitchinterval(SWITCH_SECONDS)
        ticker = Ticker()

        async def settle() -> None:
            still = 0
            while still < 8:
                before = view.picture
                await asyncio.sleep(0.02)
                busy = view.drawing.redrawing or bool(app.work.activities)
                running = any(worker.is_running and worker.group == "layout" for worker in app.workers)
                still = 0 if busy or running or view.picture is not before else still + 1

        async def deed(what: str, do: Callable[[], object]) -> None:
            await settle()
            ticker.reset()
            result = do()
            if asyncio.iscoroutine(result):
                await result
            await settle()
            found.setdefault(what, []).append((1000 * ticker.gap, 1000 * ticker.cpu))

        def show(graph: GraphSpec) -> None:
            studio.app_state.graph = graph
            studio.app_state.touch(Slice.GRAPH)

        small = topology("g1_react")
        for _ in range(ROUNDS):
            show(small)
            await deed("small", lambda: None)
            await deed("new", partial(show, spec))
            for number, key in enumerate(KEYS):
                await deed(f"{key} {number}", partial(app.simulate_key, key))
            await deed("resize 1", partial(pilot.resize_terminal, size[0] - 8, size[1] - 3))
            await deed("resize 2", partial(pilot.resize_terminal, *size))
            await deed("search", partial(view.set_filter, "a"))
            await deed("search end", partial(view.set_filter, ""))
            await deed("enter", partial(app.simulate_key, "enter"))
            if app.screen is not app.studio_screen:
                await deed("escape", partial(app.simulate_key, "escape"))
            for kind in ("svg", "marks", "whole"):
                await deed(f"p {kind}", partial(app.perform, "export-graph", f"{kind} copy"))
        ticker.end()
    return found


async def main(names: list[str]) -> None:
    """Print the figures of these graphs, or of all."""
    textual_patches.install()
    for name in names or NAMES:
        spec = graph_named(name)
        with tempfile.TemporaryDirectory() as folder:
            found = await measured(name, (120, 36), Path(folder))
        print(f"{name}: {len(spec.nodes)} nodes {len(spec.edges)} edges")
        for what, gaps in found.items():
            gap, cpu = median(gap for gap, _ in gaps), median(cpu for _, cpu in gaps)
            if max(gap, cpu) >= 12:
                print(f"   {what:10} gap {gap:6.0f}  cpu {cpu:6.0f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
