"""Graph figures, printed and never asserted: `python -m tests.bench.bench_graph [fuzz|chosen COUNT [FIRST]]`.

Layout times, crossings and sizes (beside Graphviz `dot` where it is installed), the cost of a state change,
the judge's sensitivity, and on request round trips of many random graphs: in every mode (`fuzz`), or of the pictures
that are chosen for four panes (`chosen`).
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from itertools import pairwise
from statistics import median

from msgspec.structs import replace

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import TaskStatus
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.export import dot
from studio_tui.graphs.picture.picture import DetailLevel, Orientation, Picture, PictureCache, Wrap
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import Ends, equivalent_in
from studio_tui.present.graph.layout import GraphLayout
from studio_tui.ui.studio.layout import LEAST, Wanted, places, plan, rooms
from tests.bench.measure import figure, peer, unmeasured
from tests.bench.measure import row as print_row
from tests.graphs.generate import random_graph, with_copies
from tests.graphs.roundtrip import faults
from tests.graphs.samples import TOPOLOGIES, small_graphs, topology

GOALS = {"g5_rag30": 20, "g6_dag200": 300, "g7_dag500": 800}
"""P13: milliseconds until a graph is laid out and drawn."""
PANES = ((116, 29), (68, 22), (44, 16), (76, 14))
"""Columns and rows: the whole terminal of 120x36, its pane, a narrow one, the pane of 80x24."""
RANDOM = 300
"""Random graphs whose crossings are summed."""
MODES: list[tuple[DetailLevel, Orientation]] = [
    (level, way) for level in ("full", "tight", "stack", "compact") for way in ("TD", "LR")
]


def main(arguments: list[str]) -> None:
    """Print everything, or only the random round trips."""
    if arguments[:1] in (["fuzz"], ["chosen"]):
        count, first = int(arguments[1]), int(arguments[2]) if arguments[2:] else 0
        (fuzz if arguments[0] == "fuzz" else chosen)(range(first, first + count))
        return
    times()
    fits()
    crossings()
    sensitivity()
    asyncio.run(state_changes())


def _ms(action: object, rounds: int) -> float:
    assert callable(action)
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        found.append((time.perf_counter() - start) * 1000)
    return median(found)


def times() -> None:
    """Layout and paint of one picture, and of the choice for a pane."""
    print("\nmilliseconds (median)                 full TD   full LR   chosen for 120x36")
    for name in ("g1_react", "g5_rag30", "g8_dag50", "g6_dag200", "g7_dag500"):
        spec = topology(name)
        rounds = 3 if len(spec.nodes) > 100 else 9
        figures = [_ms(lambda way=way, spec=spec: render(spec, "full", way), rounds) for way in ("TD", "LR")]
        figures.append(_ms(lambda spec=spec: draw(spec, 120, 36), rounds))
        print(
            f"{name:12} {len(spec.nodes):4} nodes {len(spec.edges):4} edges" + "".join(f"{ms:10.1f}" for ms in figures)
        )
        if name in GOALS:
            figure(f"P13 layout, {len(spec.nodes)} nodes, as chosen for 120x36", figures[-1], "ms", f"≤ {GOALS[name]}")
            _against_dot(spec, figures[0], rounds)


def _against_dot(spec: GraphSpec, own: float, rounds: int) -> None:
    name = f"P13 layout / dot, {len(spec.nodes)} nodes"
    if (program := peer("dot")) is None:
        unmeasured(name, "dot is not installed")
        return
    source = dot(spec)
    theirs = _ms(lambda: subprocess.check_output([program, "-Tplain"], input=source, text=True), rounds)
    print_row(name, own, theirs, "ms", "to compare")


def fits() -> None:
    """What the Studio shows in the panes that it gives to a graph, and how many of the graphs are whole pictures there.

    With questions open the pane is lower on a small terminal, and the picture scrolls.
    """
    panes = {
        f"{width}x{height}{' zoomed' if zoomed else ''}": ((width, height), Wanted(active="graph", zoomed=zoomed))
        for width, height in ((120, 36), (80, 24))
        for zoomed in (True, False)
    }
    whole: Counter[str] = Counter()
    graphs = small_graphs()
    heads = {name: f"{name} {'x'.join(map(str, rooms(*size, wanted)[1]))}" for name, (size, wanted) in panes.items()}
    print("\ngraph             nodes  " + "".join(head.ljust(28) for head in heads.values()))
    for name, spec in graphs.items():
        cells = []
        for pane, (size, wanted) in panes.items():
            usual, most = rooms(*size, wanted)
            picture = GraphLayout(spec).draw(*most, usual)
            room = pane_of(size, picture, zoomed=wanted.zoomed)
            asked = pane_of(size, picture, asking=True)
            fitting = picture.width <= room[0] and picture.height <= room[1]
            drawn = fitting and not picture.is_outline
            whole[pane] += drawn
            whole[f"{pane} with questions open"] += drawn and not wanted.zoomed and picture.height <= asked[1]
            folded = f" +{len(picture.collapsed)}" if picture.collapsed else ""
            cut = "" if fitting else " scrolls"
            cells.append(
                f"{picture.level} {picture.orientation} {picture.width}x{picture.height}{folded}{cut}".ljust(28)
            )
        print(f"{name:17} {len(spec.nodes):5}  {''.join(cells)}")
    for pane in whole:
        if whole[pane] or "questions" not in pane:
            print(f"whole pictures, {pane}: {whole[pane]} of {len(graphs)}")


def pane_of(size: tuple[int, int], picture: Picture, *, zoomed: bool = False, asking: bool = False) -> tuple[int, int]:
    """Return columns and rows inside the graph's border, with the composer at rest, or with as many rows of questions
    as there may be."""
    wanted = Wanted("graph", zoomed=zoomed, asking=asking, writing=False, picture=(picture.width, picture.height))
    made = plan(*size, wanted)
    box = places(made, made.full, LEAST, questions=made.full).boxes["graph"]
    return box.width - 2, box.height - 2


def crossings() -> None:
    """Crossings, bends and cells of every sample."""
    print(
        "\nX: where lines cross; pairs: edges that cross and have no common end, as they are counted in dot's drawing"
    )
    print("sample        dot pairs  pairs       X   bends   full TD    tight TD   stack TD   compact TD   full LR")
    for name in TOPOLOGIES:
        spec = topology(name)
        pictures = [render(spec, level, way) for level, way in (*(mode for mode in MODES if mode[1] == "TD"), MODES[1])]
        sizes = "  ".join(f"{picture.width}x{picture.height}".ljust(10) for picture in pictures)
        theirs = dot_crossings(spec)
        ours = f"{crossing_pairs(pictures[0]):6} {pictures[0].crossings:7} {pictures[0].bends:7}"
        print(f"{name:16} {theirs if theirs is not None else '-':>6} {ours}   {sizes}")
    small = {name: spec for name, spec in small_graphs().items() if len(spec.nodes) <= 40}
    _beside_dot("graphs of people", small)
    _beside_dot("random graphs", {f"seed {seed}": random_graph(seed) for seed in range(RANDOM)})


def _beside_dot(what: str, graphs: dict[str, GraphSpec]) -> None:
    """Print the sums, and which graphs have more pairs of edges crossing than in dot's drawing."""
    theirs = {name: dot_crossings(spec) for name, spec in graphs.items()}
    pictures = {name: render(spec, "full", "TD") for name, spec in graphs.items()}
    found = {name: crossing_pairs(picture) for name, picture in pictures.items()}
    more = [
        f"{name} {found[name]}:{count}" for name, count in theirs.items() if count is not None and found[name] > count
    ]
    dot_sum = sum(count or 0 for count in theirs.values())
    own_sum, cells = sum(found.values()), sum(picture.crossings for picture in pictures.values())
    print(f"{what}: {own_sum} pairs (X {cells}), dot {dot_sum}; more than dot's in {len(more)}: {', '.join(more)}")
    figure(f"crossing pairs, {len(graphs)} {what}", own_sum, "pairs", f"≤ {dot_sum}")


def crossing_pairs(picture: Picture) -> int:
    """Return how many pairs of edges without a common end cross: where two lines do, all their edges do."""
    at: dict[tuple[int, int], list[Ends]] = defaultdict(list)
    for ends, cells in picture.edge_cells.items():
        for cell in cells:
            at[cell].append(ends)
    found: set[frozenset[Ends]] = set()
    for (x, y), edges in at.items():
        across = {edge for edge in edges if {(x - 1, y), (x + 1, y)} <= picture.edge_cells[edge]}
        along = {edge for edge in edges if {(x, y - 1), (x, y + 1)} <= picture.edge_cells[edge]}
        for one in across - along:
            found |= {frozenset((one, other)) for other in along - across if not set(one) & set(other)}
    return len(found)


def dot_crossings(spec: GraphSpec) -> int | None:
    """Return how many pairs of edges cross in dot's drawing (polylines, no common end), or None without dot."""
    if shutil.which("dot") is None:
        return None
    source = dot(spec).replace("{", "{ splines=polyline;", 1)
    answer = subprocess.run(["dot", "-Tplain"], input=source, capture_output=True, text=True, check=True).stdout
    lines: list[tuple[str, str, list[tuple[float, float]]]] = []
    for line in answer.splitlines():
        parts = shlex.split(line)
        if parts[0] == "edge":
            count = int(parts[3])
            numbers = [float(part) for part in parts[4 : 4 + 2 * count]]
            lines.append((parts[1], parts[2], list(zip(numbers[::2], numbers[1::2], strict=True))))
    total = 0
    for index, (a, b, one) in enumerate(lines):
        for c, d, other in lines[index + 1 :]:
            if not {a, b} & {c, d}:
                total += _cross(one, other)
    return total


def _cross(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    return any(
        _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0
        for a, b in pairwise(one)
        for c, d in pairwise(other)
    )


def _side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def sensitivity() -> None:
    """How many single-cell faults the judge notices."""
    for name in ("g1_react", "g2_plan_execute", "g3_supervisor", "g4_map_reduce"):
        spec = topology(name)
        picture = render(spec, "full", "TD")
        noticed = total = 0
        for broken in _mutants(picture):
            total += 1
            noticed += bool(faults(spec, broken))
        print(f"judge on {name}: {noticed} of {total} single-cell faults noticed ({100 * noticed / total:.1f} %)")


def _mutants(picture: Picture) -> list[Picture]:
    boxes = picture.box_rects.values()
    found = []
    for y, row in enumerate(picture.rows):
        for x, char in enumerate(row):
            if char not in "│─╭╮╰╯├┤┬┴┼▼▲" or any(rect.contains(x, y) for rect in boxes):
                continue
            if any(x in (r.x, r.right - 1) or y in (r.y, r.bottom - 1) for r in picture.cluster_rects.values()):
                continue
            for other in " ─│┼":
                if other != char:
                    rows = (*picture.rows[:y], row[:x] + other + row[x + 1 :], *picture.rows[y + 1 :])
                    found.append(replace(picture, rows=rows))
    return found


async def state_changes() -> None:
    """One task that starts and ends, drawn by the real widget: the cost must not depend on the graph's size."""
    from tests.ui.graph.graph_host import graph_host

    for name in ("g1_react", "g5_rag30", "g6_dag200", "g7_dag500"):
        spec = topology(name)
        async with graph_host(spec, (120, 36)) as host:
            node = spec.nodes[1].id
            run = host.run_tasks((node, TaskStatus.RUNNING))
            await host.draw(Slice.TASKS)
            start = time.perf_counter()
            for number in range(200):
                run.tasks[TaskId("0")].status = TaskStatus.RUNNING if number % 2 else TaskStatus.INTERRUPTED
                host.view.draw(host.app_state, frozenset({Slice.TASKS}))
            change = (time.perf_counter() - start) / 200 * 1000
            run.tasks[TaskId("0")].status, now = TaskStatus.RUNNING, time.time()
            start = time.perf_counter()
            for beat in range(200):
                host.view.drawing.take_run(host.app_state, now + beat)
            clock = (time.perf_counter() - start) / 200 * 1000
            start = time.perf_counter()
            for y in range(34):
                host.view.render_line(y)
            repaint = (time.perf_counter() - start) * 1000
            print(f"{name:12} state change {change:.3f} ms, clock {clock:.3f} ms, repaint of 118x34 {repaint:.1f} ms")
            if name in GOALS:
                figure(f"P13 state update, {len(spec.nodes)} nodes", change, "ms", "≤ 1")


def fuzz(seeds: range) -> None:
    """Round trips of random graphs in every mode, Unicode and ASCII; in one of three, nodes share boxes."""
    bad: Counter[str] = Counter()
    start = time.process_time()
    for seed in seeds:
        spec, folded = random_graph(seed), frozenset[str]()
        if seed % 3 == 0:
            spec = with_copies(spec, seed)
            folded = frozenset(name for each in equivalent_in(spec) for name in each.members)
        for level, way in MODES:
            for ascii in (False, True):
                shared = folded if seed % 2 else frozenset[str]()
                # Also wrapped into two or three columns, as they come or made for a pane.
                wrap = Wrap(2 + seed % 2, (60, 20) if seed % 5 < 2 else None)
                for how in (None, wrap):
                    picture = render(spec, level, way, collapsed=shared, listed=folded - shared, ascii=ascii, wrap=how)
                    _count_faults(bad, seed, spec, picture, ascii=ascii)
    total = len(seeds) * len(MODES) * 4
    seconds = time.process_time() - start
    print(f"{total - bad.total()} of {total} pictures exact, seeds {seeds}, {seconds:.0f} s {dict(bad) or ''}")


def chosen(seeds: range) -> None:
    """Round trips of what is chosen for random graphs in four panes, with subgraphs folded where that helps."""
    bad: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    start = time.process_time()
    for seed in seeds:
        spec = random_graph(seed)
        for ascii in (False, True):
            memo = PictureCache()
            for size in PANES:
                picture = draw(spec, *size, opened=(), ascii=ascii, memo=memo)
                levels[picture.level] += 1
                if not picture.is_outline:
                    _count_faults(bad, seed, spec, picture, ascii=ascii)
    pictures, lists = levels.total() - levels["outline"], levels["outline"]
    seconds = time.process_time() - start
    print(f"{pictures - bad.total()} of {pictures} pictures exact, {lists} lists, seeds {seeds}, {seconds:.0f} s")
    print(f"{dict(levels)} {dict(bad) or ''}")


def _count_faults(bad: Counter[str], seed: int, spec: GraphSpec, picture: Picture, *, ascii: bool) -> None:
    if found := faults(spec, picture, frozenset(picture.collapsed), ascii=ascii):
        wrapped = f" in {picture.columns}" if picture.cuts else ""
        mode = f"{picture.level} {picture.orientation}{wrapped} {'ascii' if ascii else 'unicode'}"
        bad[mode] += 1
        print(f"seed {seed} {mode} {picture.width}x{picture.height}: {found[:2]}")


if __name__ == "__main__":
    main(sys.argv[1:])
