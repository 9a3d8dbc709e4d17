"""How the lines of a finished picture go on: which pieces are one line, and with what stroke.

Corners and joints look alike in all lines, so what they lead to tells theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from studio_tui.graphs.picture.canvas import UNICODE, Cell, E, N, S, W
from studio_tui.graphs.picture.picture import Picture
from studio_tui.graphs.topology.scene import Ends, Stroke, weakest

STEP = {N: (0, -1), E: (1, 0), S: (0, 1), W: (-1, 0)}
BACK = {N: S, S: N, E: W, W: E}

Point = tuple[float, float]
Piece = tuple[str, Point, str, Point]
"""Class, where it begins, the point that bends it or nothing, and where it ends."""


def _arms() -> dict[str, tuple[int, Stroke]]:
    """Return the arms of the characters of lines and boxes, and how such a line is drawn."""
    found = {glyph: (arms, Stroke.SOLID) for arms, glyph in enumerate(UNICODE.box) if arms}
    found |= {glyph: (arms, Stroke.SOLID) for arms, glyph in enumerate(UNICODE.lines) if arms}
    found |= {"│": (N | S, Stroke.SOLID), "─": (E | W, Stroke.SOLID)}
    for stroke, (across, down) in UNICODE.broken.items():
        found |= {across: (E | W, stroke), down: (N | S, stroke)}
    return found


ARMS = _arms()
_BROKEN = {glyph: stroke for stroke, glyphs in UNICODE.broken.items() for glyph in glyphs}
_CORNERS = (N | E, E | S, S | W, W | N)


class Strokes:
    """Finds the strokes of cells whose characters do not tell them; `cells` are those of lines and boxes, no words."""

    def __init__(self, picture: Picture, cells: Mapping[Cell, str]) -> None:
        self._cells = dict(cells)
        self._edge_cells = picture.edge_cells
        self._edges_at: dict[Cell, list[Ends]] | None = None
        self._of_edges: dict[Ends, Stroke] = {}

    def of(self, cell: Cell, arm: int) -> Stroke:
        """Return how the line is drawn that leaves a cell by an arm."""
        arms = ARMS.get(self._cells.get(cell, ""), (0, Stroke.SOLID))[0]
        told = self._told(cell) or self._along(cell, arm)
        if told is None and arms in _CORNERS:
            told = self._along(cell, arms & ~arm)
        return told or self._by_edges(cell, arm)

    def _told(self, cell: Cell) -> Stroke | None:
        """Return what the character itself says."""
        char = self._cells.get(cell, "")
        return Stroke.SOLID if char in ("│", "─") else _BROKEN.get(char)

    def _along(self, cell: Cell, arm: int) -> Stroke | None:
        """Return what tells how a line goes on, behind corners and crossings; None where it ends before."""
        for _ in range(len(self._cells)):
            cell = (cell[0] + STEP[arm][0], cell[1] + STEP[arm][1])
            if (told := self._told(cell)) is not None:
                return told
            arms = ARMS.get(self._cells.get(cell, ""), (0, Stroke.SOLID))[0]
            if arms in _CORNERS and arms & BACK[arm]:
                arm = arms & ~BACK[arm]
            elif arms != N | E | S | W:
                return None
        return None

    def _by_edges(self, cell: Cell, arm: int) -> Stroke:
        """Return how a line between two joints is drawn: what the edges are elsewhere that go there."""
        if self._edges_at is None:
            self._edges_at = defaultdict(list)
            for ends, cells in self._edge_cells.items():
                for each in cells:
                    self._edges_at[each].append(ends)
        beyond = (cell[0] + STEP[arm][0], cell[1] + STEP[arm][1])
        here, there = self._edges_at.get(cell), self._edges_at.get(beyond)
        edges = [ends for ends in here if ends in there] if here and there else here or there or ()
        return weakest([self._of(ends) for ends in edges]) if edges else Stroke.SOLID

    def _of(self, ends: Ends) -> Stroke:
        if ends not in self._of_edges:
            told = {self._told(cell) for cell in self._edge_cells[ends]}
            broken = (Stroke.OBSERVED, Stroke.DASHED)  # what a solid edge shares with one of these looks like them
            self._of_edges[ends] = next((stroke for stroke in broken if stroke in told), Stroke.SOLID)
        return self._of_edges[ends]


def joined(pieces: Iterable[Piece]) -> Iterator[tuple[str, str]]:
    """Yield class and path of lines: pieces that meet end to end are one, so that dashes go on around a corner."""
    every = list(pieces)
    at: dict[tuple[str, Point], list[int]] = defaultdict(list)
    for index, (kind, first, _, last) in enumerate(every):
        at[kind, first].append(index)
        at[kind, last].append(index)

    def beyond(index: int, point: Point) -> int | None:
        met = at[every[index][0], point]
        return sum(met) - index if len(met) == 2 else None

    done: set[int] = set()
    for start, (kind, begin, _, _) in enumerate(every):
        if start in done:
            continue
        index, point, passed = start, begin, {start}
        while (before := beyond(index, point)) is not None and before not in passed:  # else it is a ring
            index, point = before, _other(every[before], point)
            passed.add(index)
        path, on = f"M{point[0]:g} {point[1]:g}", True
        while on:
            done.add(index)
            bend, point = every[index][2], _other(every[index], point)
            path += f"Q{bend} {point[0]:g} {point[1]:g}" if bend else f"L{point[0]:g} {point[1]:g}"
            after = beyond(index, point)
            on = after is not None and after not in done
            index = after if after is not None else index
        yield kind, path


def _other(piece: Piece, point: Point) -> Point:
    _, first, _, last = piece
    return last if point == first else first
