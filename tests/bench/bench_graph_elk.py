"""Our pictures beside elkjs, printed and never asserted: `python -m tests.bench.bench_graph_elk [FOLDER …]`.

The same graphs go to ELK's layered algorithm (orthogonal, thoroughness 20, clusters by INCLUDE_CHILDREN) with the boxes
as large as ours are, in cells, the same labels with their sizes, and the least distances that our layout keeps: its gap
between boxes, two cells from line to line, one row or three columns between two layers that only straight lines join,
one more for each piece across. ELK's lines have no width and no stroke, and its frames no title. Folders hold more
graphs, as a server answers them. `node` is looked for as other programs are (BENCH_PEERS, PATH); BENCH_ELKJS is the
folder of the package `elkjs`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

from msgspec import Struct

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import DetailLevel, Orientation, Picture
from studio_tui.graphs.picture.render import render, style_of
from studio_tui.graphs.topology.scene import scene_of
from studio_tui.text.cells import width
from tests.bench.bench_graph import crossing_pairs, dot_crossings
from tests.bench.measure import figure, peer, unmeasured
from tests.graphs.glyph_arms import VERTICAL, arms_of
from tests.graphs.samples import ANSWERS, TOPOLOGIES, answer, read_graph, small_graphs, topology

PACKAGE = "BENCH_ELKJS"
MODES: list[tuple[DetailLevel, Orientation]] = [("full", "TD"), ("tight", "TD"), ("full", "LR"), ("tight", "LR")]
_AREA = 1.1
_Point = tuple[float, float]


class Measure(Struct, frozen=True):
    """What is compared of a drawing; lengths in cells."""

    width: int
    height: int
    bends: int
    """Corners that are seen: what several edges share counts once, a joint does not count."""
    turns: int
    """Corners summed over the edges."""
    crossings: int
    length: int
    """Summed over the edges."""

    @property
    def area(self) -> int:
        return self.width * self.height


def main(folders: list[str]) -> None:
    """Print a table for every level and orientation, and how many graphs meet the goals."""
    node, package = peer("node"), os.environ.get(PACKAGE)
    if node is None or not package:
        unmeasured("graphs beside elkjs", "node is not installed" if node is None else f"{PACKAGE} names no package")
        return
    graphs = _graphs(folders)
    dots = {name: dot_crossings(spec) for name, spec in graphs.items() if len(spec.nodes) <= 40}
    for level, way in MODES:
        own = {name: render(spec, level, way) for name, spec in graphs.items()}
        inputs = [elk_graph(spec, own[name]) for name, spec in graphs.items()]
        answers = run_elk(node, package, inputs)
        theirs = {name: _theirs(found) for name, found in zip(graphs, answers, strict=True)}
        _table(level, way, graphs, own, theirs, dots)


def run_elk(node: str, package: str, graphs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the graphs as elkjs laid them out."""
    script = str(Path(__file__).with_name("elk_layout.cjs"))
    done = subprocess.run([node, script, package], input=json.dumps(graphs), capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _graphs(folders: list[str]) -> dict[str, GraphSpec]:
    found = small_graphs() | {name: topology(name) for name in TOPOLOGIES if len(topology(name).nodes) < 200}
    found |= {name.removesuffix(".json"): answer(name) for name in ANSWERS if name.startswith("py/")}
    for folder in folders:
        found |= {path.stem: read_graph(path) for path in sorted(Path(folder).glob("*.json"))}
    once: dict[tuple[str, str], str] = {}
    for name, spec in found.items():
        once.setdefault((repr([node.id for node in spec.nodes]), repr(spec.edges)), name)
    return {name: found[name] for name in once.values() if len(found[name].nodes) > 1}


# What ELK is given


def elk_graph(spec: GraphSpec, picture: Picture) -> dict[str, Any]:
    """Return the graph of `picture` as ELK reads it: boxes of the same sizes, in the same clusters."""
    scene = scene_of(spec)
    sideways = picture.orientation == "LR"
    options = _options(picture.level, sideways)
    root: dict[str, Any] = {"id": "root", "layoutOptions": options, "children": [], "edges": []}
    clusters: dict[tuple[str, ...], dict[str, Any]] = {(): root}
    for box in scene.boxes:
        for depth in range(1, len(box.path) + 1):
            path = box.path[:depth]
            if path not in clusters:
                # The frame is one cell, a blank stands at its sides; the title stands on it.
                frame = {
                    "elk.padding": "[top=1,left=2,bottom=1,right=2]",
                    "elk.nodeSize.constraints": "MINIMUM_SIZE",
                    "elk.nodeSize.minimum": f"({width(path[-1]) + 6},2)",
                }
                name = f"cluster {':'.join(path)}"
                clusters[path] = {"id": name, "children": [], "layoutOptions": options | frame}
                clusters[path[:-1]]["children"].append(clusters[path])
        rect = picture.box_rects[box.id]
        clusters[box.path]["children"].append({"id": str(box.id), "width": rect.width, "height": rect.height})
    for number, edge in enumerate(scene.edges):
        labels = [{"text": edge.label, "width": width(edge.label) + (2 if sideways else 1), "height": 1}]
        root["edges"].append(
            {"id": str(number), "sources": [str(edge.source)], "targets": [str(edge.target)]}
            | ({"labels": labels} if edge.label else {})
        )
    return root


def _options(level: DetailLevel, sideways: bool) -> dict[str, Any]:
    """Return ELK's options with the distances of our layout: a line is one cell wide, and ELK's have no width."""
    style = style_of(level, "LR" if sideways else "TD")
    beside = 1 if sideways else 2
    between = {
        # Along the flow a straight line has a head's cell and left to right one more on either side; a channel of n
        # tracks has n cells and those of the heads.
        "elk.layered.spacing.nodeNodeBetweenLayers": 3 if sideways else 1,
        "elk.layered.spacing.edgeNodeBetweenLayers": 2 if sideways else 1,
        "elk.layered.spacing.edgeEdgeBetweenLayers": 1,
        # Across it.
        "elk.spacing.nodeNode": 1 if sideways else style.gap,
        "elk.spacing.edgeNode": beside + 0.5,
        "elk.spacing.edgeEdge": 2,
        "elk.spacing.portPort": style.pin_gap,
        "elk.spacing.edgeLabel": 0,
        "elk.spacing.labelNode": 0,
        "elk.spacing.labelLabel": 1,
        "elk.spacing.nodeSelfLoop": 1,
        "elk.spacing.componentComponent": style.gap,
        "elk.padding": "[top=0,left=0,bottom=0,right=0]",
    }
    # Not `mergeEdges`: it joins lines in with lines out, and many with many, which nobody can read back.
    options: dict[str, Any] = {
        "elk.algorithm": "layered",
        "elk.direction": "RIGHT" if sideways else "DOWN",
        "elk.edgeRouting": "ORTHOGONAL",
        "elk.hierarchyHandling": "INCLUDE_CHILDREN",
        "elk.layered.thoroughness": 20,
        "elk.json.shapeCoords": "ROOT",
        "elk.json.edgeCoords": "ROOT",
    }
    return options | between


# What is measured


def _theirs(found: dict[str, Any]) -> Measure | None:
    if "failed" in found:
        return None
    routes = [_route(section) for edge in found["edges"] for section in edge["sections"]]
    return Measure(
        ceil(found["width"] - 1e-6),
        ceil(found["height"] - 1e-6),
        _seen_corners(routes),
        sum(len(route) - 2 for route in routes),
        _crossings(routes),
        round(sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for route in routes for a, b in pairwise(route))),
    )


def _route(section: dict[str, Any]) -> list[_Point]:
    points = [section["startPoint"], *section.get("bendPoints", []), section["endPoint"]]
    found = [(round(point["x"], 3), round(point["y"], 3)) for point in points]
    # Points on a straight line are no bends.
    return [
        point
        for index, point in enumerate(found)
        if index in (0, len(found) - 1) or not _on_line(found[index - 1], point, found[index + 1])
    ]


def _on_line(a: _Point, b: _Point, c: _Point) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]


def _seen_corners(routes: list[list[_Point]]) -> int:
    """Return the points where lines turn and none goes straight on or joins."""
    arms: dict[_Point, set[_Point]] = defaultdict(set)
    corners = {point for route in routes for point in route[1:-1]}
    for route in routes:
        for a, b in pairwise(route):
            for corner in corners:
                if _between(a, corner, b):
                    arms[corner] |= {_sign(corner, end) for end in (a, b) if end != corner}
    return sum(len(found) == 2 for found in arms.values())


def _between(a: _Point, b: _Point, c: _Point) -> bool:
    return min(a[0], c[0]) <= b[0] <= max(a[0], c[0]) and min(a[1], c[1]) <= b[1] <= max(a[1], c[1])


def _sign(a: _Point, b: _Point) -> _Point:
    return (b[0] > a[0]) - (b[0] < a[0]), (b[1] > a[1]) - (b[1] < a[1])


def _crossings(routes: list[list[_Point]]) -> int:
    """Return the places where a line along the flow and one across it cross."""
    found: set[_Point] = set()
    pieces = [(piece, number) for number, route in enumerate(routes) for piece in pairwise(route)]
    upright = [each for each in pieces if each[0][0][0] == each[0][1][0]]
    level = [each for each in pieces if each[0][0][1] == each[0][1][1]]
    for (a, b), one in upright:
        for (c, d), other in level:
            if one != other and min(c[0], d[0]) < a[0] < max(c[0], d[0]) and min(a[1], b[1]) < c[1] < max(a[1], b[1]):
                found.add((a[0], c[1]))
    return len(found)


def ours(picture: Picture) -> Measure:
    """Return the measures of one of our pictures."""
    turns = sum(_turns(picture, ends) for ends in picture.edge_cells)
    length = sum(map(len, picture.edge_cells.values()))
    return Measure(picture.width, picture.height, picture.bends, turns, picture.crossings, length)


def _turns(picture: Picture, ends: tuple[NodeId, NodeId]) -> int:
    """Return the corners of one edge: where it comes from a side, or goes there, and its line goes on up or down."""
    rects = [picture.box_rects[node] for node in ends if node in picture.box_rects]
    own = picture.edge_cells[ends]

    def goes_on(x: int, y: int) -> bool:
        return (x, y) in own or any(rect.contains(x, y) for rect in rects)

    def turns(x: int, y: int) -> bool:
        char = picture.rows[y][x : x + 1] or " "
        return char not in "│┆┊▼▲" and bool(arms_of(char) & VERTICAL)

    return sum(goes_on(x - 1, y) != goes_on(x + 1, y) and turns(x, y) for x, y in own)


# What is printed


def _table(
    level: DetailLevel,
    way: Orientation,
    graphs: dict[str, GraphSpec],
    own: dict[str, Picture],
    theirs: dict[str, Measure | None],
    dots: dict[str, int | None],
) -> None:
    print(
        f"\n{level} {way}: ours / ELK".ljust(26)
        + "size".ljust(22)
        + "area ÷   bends     turns      X /elk  pairs/dot   length"
    )
    met_area = met_bends = both = count = 0
    for name in graphs:
        mine, other = ours(own[name]), theirs[name]
        if other is None:
            print(f"{name[-24:]:25} {mine.width}x{mine.height}, ELK failed")
            continue
        ratio = mine.area / max(1, other.area)
        small, straight = ratio <= _AREA + 1e-9, mine.bends <= other.bends
        met_area, met_bends, both, count = (
            met_area + small,
            met_bends + straight,
            both + (small and straight),
            count + 1,
        )
        sizes = f"{mine.width}x{mine.height} / {other.width}x{other.height}"
        pairs = f"{crossing_pairs(own[name])}/{'-' if dots.get(name) is None else dots[name]}"
        crossed = f"{mine.crossings}/{other.crossings} {pairs:>9}"
        print(
            f"{name[-24:]:25} {sizes:21} {ratio:5.2f}{' ' if small else '!'} {mine.bends:4}/{other.bends:<4}"
            f"{' ' if straight else '!'}{mine.turns:4}/{other.turns:<4} {crossed:>18}   {mine.length}/{other.length}"
        )
    print(f"{count} graphs: area ≤ {_AREA} × ELK {met_area}, bends ≤ ELK {met_bends}, both {both}")
    figure(f"graphs, {level} {way}: area ≤ {_AREA} × ELK", 100 * met_area / max(1, count), "%", "= 100")
    figure(f"graphs, {level} {way}: bends ≤ ELK", 100 * met_bends / max(1, count), "%", "= 100")


if __name__ == "__main__":
    main(sys.argv[1:])
