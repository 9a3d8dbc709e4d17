"""Readability: what is drawn reads back to exactly the edges that were declared."""

from __future__ import annotations

from itertools import pairwise

import pytest

from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel, Orientation
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import clusters_of
from tests.graphs.generate import random_graph
from tests.graphs.roundtrip import faults
from tests.graphs.samples import ANSWERS, HUGE, TOPOLOGIES, UNTUNED, answer, topology

MODES: list[tuple[DetailLevel, Orientation]] = [
    (level, way) for level in ("full", "tight", "stack", "compact") for way in ("TD", "LR")
]
_PER_MODE = 48
"""Random graphs per mode, each in Unicode and ASCII."""


@pytest.mark.parametrize("name", [*(name for name in TOPOLOGIES if name not in HUGE), *UNTUNED])
def test_every_sample_reads_back(name: str) -> None:
    spec = topology(name)
    for level, way in MODES:
        for ascii in (False, True):
            picture = render(spec, level, way, ascii=ascii)
            assert faults(spec, picture, ascii=ascii) == [], (level, way, ascii)


@pytest.mark.parametrize(
    ("name", "level", "way", "ascii"), [("g6_dag200", "full", "TD", False), ("g7_dag500", "compact", "TD", True)]
)
def test_huge_samples_read_back(name: str, level: DetailLevel, way: Orientation, ascii: bool) -> None:
    spec = topology(name)
    assert faults(spec, render(spec, level, way, ascii=ascii), ascii=ascii) == []


@pytest.mark.parametrize("name", ANSWERS)
def test_every_server_answer_reads_back(name: str) -> None:
    spec = answer(name)
    for level, way in MODES:
        for ascii in (False, True):
            assert faults(spec, render(spec, level, way, ascii=ascii), ascii=ascii) == [], (level, way, ascii)


@pytest.mark.parametrize(("level", "way"), MODES)
def test_random_graphs_read_back(level: DetailLevel, way: Orientation) -> None:
    first = MODES.index((level, way)) * _PER_MODE
    for seed in range(first, first + _PER_MODE):
        spec = random_graph(seed)
        for ascii in (False, True):
            assert faults(spec, render(spec, level, way, ascii=ascii), ascii=ascii) == [], (seed, ascii)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 60)])
def test_whatever_is_chosen_for_a_pane_reads_back(size: tuple[int, int]) -> None:
    for seed in range(1000, 1025):
        spec = random_graph(seed)
        clusters = frozenset(clusters_of(spec)[::2])
        for collapsed in (frozenset[str](), clusters):
            picture = draw(spec, *size, collapsed=collapsed)
            if not picture.is_outline:
                assert faults(spec, picture, collapsed) == [], (seed, collapsed)


@pytest.mark.parametrize("name", ["g1_react", "g4_map_reduce", "g5_rag30", "g13_teams", "g9_wide"])
@pytest.mark.parametrize(("level", "way"), MODES)
def test_edge_cells_lead_from_box_to_box(name: str, level: DetailLevel, way: Orientation) -> None:
    spec = topology(name)
    picture = render(spec, level, way)
    rows = {ends for chain in picture.stacks.values() for ends in pairwise(chain)}
    for edge in spec.edges:
        if (edge.source, edge.target) in rows:
            continue  # Inside a chain box no line is drawn.
        cells = picture.edge_cells[edge.source, edge.target]
        assert cells
        for end in (edge.source, edge.target):
            rect = picture.node_rects[end]
            box = next((r for r in picture.box_rects.values() if r.contains(rect.x, rect.y)), rect)
            near = {
                (x, y)
                for x in range(box.x - 1, box.right + 1)
                for y in range(box.y - 1, box.bottom + 1)
            }  # fmt: skip
            assert cells & near, (edge.source, edge.target, end)
        assert _connected(cells), (edge.source, edge.target)


def _connected(cells: frozenset[tuple[int, int]]) -> bool:
    todo, seen = [min(cells)], {min(cells)}
    while todo:
        x, y = todo.pop()
        for cell in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if cell in cells and cell not in seen:
                seen.add(cell)
                todo.append(cell)
    return seen == cells
