"""Paints the lines of a hub with the workers below or beside it, and says where these stand."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

from studio_tui.graphs.layout.combs.hubs import Comb, CombBeside, Sink, Spoke
from studio_tui.graphs.layout.parts import LayoutBox
from studio_tui.graphs.picture.canvas import Canvas, E, N, S, W
from studio_tui.graphs.topology.scene import Edge

_ARMS = {(0, -1): N, (1, 0): E, (0, 1): S, (-1, 0): W}

_Point = tuple[int, int]
_Placed = tuple[LayoutBox, int, int]


def paint_comb(canvas: Canvas, hub: LayoutBox, comb: Comb, x: int, y: int) -> Iterator[tuple[LayoutBox, int, int]]:
    """Draw the lines below a hub whose corner is (`x`, `y`); yield the boxes there with their first column and row.

    Top-down only.
    """
    lines = _CombLines(canvas, hub, comb, x, y)
    for spoke, row, lefts in zip(hub.spokes, lines.middles, comb.lefts, strict=True):
        for box, left in zip(spoke.boxes, lefts, strict=True):
            yield box, x + left, row - box.height // 2
    if hub.sink is not None:
        yield hub.sink.box, lines.sink_left, lines.sink_top
    lines.paint()


def paint_comb_beside(canvas: Canvas, hub: LayoutBox, comb: CombBeside, x: int, y: int) -> Iterator[_Placed]:
    """Draw the lines right of a hub whose corner is (`x`, `y`) in flow coordinates; yield the boxes there likewise.

    Left to right only: what stands on the screen as it does below a hub top-down.
    """
    left, top = y, x
    for spoke, row, lefts in zip(hub.spokes, comb.middles, comb.lefts, strict=True):
        for box, column in zip(spoke.boxes, lefts, strict=True):
            yield box, top + row - box.width // 2, left + column
    with canvas.upright():
        _paint_beside(_Pen(canvas, hub), comb, left, top)


def _paint_beside(pen: _Pen, comb: CombBeside, left: int, top: int) -> None:
    hub, start, out, back = pen.hub, top + comb.leave, left + comb.out, left + comb.back
    right, below, home = left + hub.height, top + hub.width, top + comb.height - 1
    into = left + hub.height // 2
    if hub.boxed:
        pen.canvas.border(right - 1, start, E)
    for spoke, middle, places in zip(hub.spokes, comb.middles, comb.lefts, strict=True):
        row, lefts = top + middle, [left + place for place in places]
        pen.path([spoke.there], "out", [(right, start), (out, start), (out, row), (lefts[0] - 1, row)], (W, E))
        pen.canvas.head(lefts[0] - 1, row, E)
        pen.label(out + 2, row, spoke.there)
        ends = [place + box.height for place, box in zip(lefts, spoke.boxes, strict=True)]
        pen.chain(spoke, lefts, ends, row)
        if spoke.back is not None:
            pen.leave(spoke.boxes[-1], ends[-1], row)
            path = [(ends[-1], row), (back, row), (back, home), (into, home), (into, below)]
            pen.path([spoke.back], "back", path, (W, N))
            pen.canvas.head(into, below, N)
            pen.label(ends[-1] + 1, row, spoke.back)


class _Pen:
    """Draws the lines of one hub."""

    def __init__(self, canvas: Canvas, hub: LayoutBox) -> None:
        assert hub.box is not None
        self.canvas, self.hub = canvas, hub
        self.name = hub.box.id

    def leave(self, box: LayoutBox, end: int, row: int) -> None:
        """Join a line that begins in column `end` to the right side of a box."""
        if box.boxed:
            self.canvas.border(end - 1, row, E)

    def chain(self, spoke: Spoke, lefts: Sequence[int], ends: Sequence[int], row: int) -> None:
        """Draw the lines between the boxes of a spoke, with their first columns and those right of them."""
        for (edge, _), end, left, box in zip(spoke.rest, ends, lefts[1:], spoke.boxes, strict=False):
            self.leave(box, end, row)
            self.path([edge], edge.ends, [(end, row), (left - 1, row)], (W, E))
            self.canvas.head(left - 1, row, E)
            self.label(end + 1, row, edge)

    def label(self, column: int, row: int, edge: Edge) -> None:
        if edge.label:
            self.canvas.label(column, row, edge.label)

    def path(self, edges: Sequence[Edge], net: Hashable, points: Sequence[_Point], arms: tuple[int, int]) -> None:
        """Draw a line for `edges` from corner to corner; by `arms` it goes on to the boxes at its ends."""
        paint_path(self.canvas, edges, ("comb", self.name, net), points, arms)


class _CombLines(_Pen):
    """The lines below a hub whose corner is (`x`, `y`)."""

    def __init__(self, canvas: Canvas, hub: LayoutBox, comb: Comb, x: int, y: int) -> None:
        super().__init__(canvas, hub)
        self.comb, self.x = comb, x
        self.below = y + hub.height
        self.right = x + hub.width
        self.home = y + hub.height // 2
        """The row in which lines come back to the hub."""
        self.middles = [self.below + row + spoke.middle for row, spoke in zip(comb.rows, hub.spokes, strict=True)]
        self.sink_left, self.sink_top = x + comb.sink[0], self.below + comb.sink[1]

    def paint(self) -> None:
        for number, spoke in enumerate(self.hub.spokes):
            self._spoke(number, spoke)
        if self.hub.sink is not None:
            self._to_sink(self.hub.sink)

    def _spoke(self, number: int, spoke: Spoke) -> None:
        comb, row = self.comb, self.middles[number]
        out, lefts = self.x + comb.outs[number], [self.x + left for left in comb.lefts[number]]
        net = number if spoke.own else "out"
        edges = [spoke.there, spoke.back] if spoke.own and spoke.back is not None else [spoke.there]
        self.path(edges, net, [(out, self.below), (out, row), (lefts[0] - 1, row)], (N, E))
        if spoke.own:
            self.canvas.head(out, self.below, N)
        elif self.hub.boxed:
            self.canvas.border(out, self.below - 1, S)
        self.canvas.head(lefts[0] - 1, row, E)
        self.label(out + 2, row, spoke.there)
        ends = [left + box.width for left, box in zip(lefts, spoke.boxes, strict=True)]
        self.chain(spoke, lefts, ends, row)
        if spoke.back is not None and not spoke.own:
            end = ends[-1]
            self.leave(spoke.boxes[-1], end, row)
            back = self.x + comb.back
            path = [(end, row), (back, row), (back, self.home), (self.right, self.home)]
            self.path([spoke.back], "back", path, (W, W))
            self.canvas.head(self.right, self.home, W)
            self.label(end + 1, row, spoke.back)

    def _to_sink(self, sink: Sink) -> None:
        """Draw the lines to the sink, from the hub and from spokes."""
        comb, row = self.comb, self.sink_top + sink.box.height // 2
        if sink.there is not None:
            out = self.x + comb.to_sink
            line = "out" if comb.to_sink == comb.last else "sink"
            path = [(out, self.below), (out, row), (self.sink_left - 1, row)]
            self.path([sink.there], line, path, (N, E))
            if self.hub.boxed:
                self.canvas.border(out, self.below - 1, S)
            self.canvas.head(self.sink_left - 1, row, E)
            self.label(out + 2, row, sink.there)
        net = "away"
        away, right = self.x + comb.away, self.sink_left + sink.box.width
        for spoke, at, lefts in zip(self.hub.spokes, self.middles, comb.lefts, strict=True):
            if spoke.away is None:
                continue
            box = spoke.boxes[-1]
            if comb.beneath:
                first = at - box.height // 2 + box.height
                if box.boxed:
                    self.canvas.border(away, first - 1, S)
                self.path([spoke.away], net, [(away, first), (away, self.sink_top - 1)], (N, S))
                self.canvas.head(away, self.sink_top - 1, S)
                self.label(away + 1, first, spoke.away)
                continue
            end = self.x + lefts[-1] + box.width
            self.leave(box, end, at)
            self.path([spoke.away], net, [(end, at), (away, at), (away, row), (right, row)], (W, W))
            self.canvas.head(right, row, W)
            self.label(end + 1, at, spoke.away)


def paint_path(
    canvas: Canvas, edges: Sequence[Edge], net: Hashable, points: Sequence[_Point], arms: tuple[int, int]
) -> None:
    """Draw a line for `edges` from corner to corner; by `arms` it goes on to the boxes at its ends."""
    cells = list(_cells(points))
    found = dict.fromkeys(cells, 0)
    found[cells[0]] |= arms[0]
    found[cells[-1]] |= arms[1]
    for before, after in pairwise(cells):
        step = after[0] - before[0], after[1] - before[1]
        found[before] |= _ARMS[step]
        found[after] |= _ARMS[-step[0], -step[1]]
    for (column, row), arm in found.items():
        canvas.line(column, row, arm, net, edges[0].stroke)
    for edge in edges:
        canvas.own(edge.ends, cells)


def _cells(points: Iterable[_Point]) -> Iterator[_Point]:
    """Yield the cells of a line from corner to corner."""
    before: _Point | None = None
    for point in points:
        if before is None:
            yield point
        else:
            across, down = point[0] - before[0], point[1] - before[1]
            steps = max(abs(across), abs(down))
            for step in range(1, steps + 1):
                yield before[0] + across // steps * step, before[1] + down // steps * step
        before = point
