"""Ways from box to box of a picture by the four arrow keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Orientation, Picture, Rect

Direction = Literal["up", "down", "left", "right"]
_OPPOSITE: dict[Direction, Direction] = {"up": "down", "down": "up", "left": "right", "right": "left"}
_ALONG: dict[Orientation, tuple[Direction, Direction]] = {"TD": ("up", "down"), "LR": ("left", "right")}
"""Against the flow, and with it."""
_CELL_ASPECT = 2
"""A terminal cell is about twice as high as it is wide."""
_REMEMBERED = 200


class Moves:
    """Remembers the way, so that each key takes back what the opposite one did, whatever stands nearer by then."""

    def __init__(self) -> None:
        self._way: list[tuple[NodeId, Direction, NodeId]] = []

    def go(self, picture: Picture, node: NodeId, direction: Direction) -> NodeId | None:
        """Return where a key leads from `node`, or None."""
        if self._way and self._way[-1][2] != node:
            self._way.clear()  # somebody went another way meanwhile
        if self._way and self._way[-1][1] == _OPPOSITE[direction]:
            before = self._way.pop()[0]
            if before in picture.node_rects:
                return before
        found = neighbour(picture, node, direction)
        if found is not None:
            self._way = [*self._way[1 - _REMEMBERED :], (node, direction, found)]
        return found


def neighbour(picture: Picture, node: NodeId, direction: Direction) -> NodeId | None:
    """Return the nearest node in a direction, or None.

    What lies more aside than ahead belongs to another direction, unless an edge joins it and nothing else lies ahead;
    distance across counts double, and so does that to a node that no edge leads to or from: in a picture, not in a
    list, where it is the rows that follow each other. Along the flow of a wrapped picture it leads from one column to
    another only where no more of its own lies ahead, by an edge.
    """
    if picture.cuts and direction in _ALONG[picture.orientation]:
        column = picture.column(node)
        own = [other for other in picture.node_rects if picture.column(other) == column]
        return _nearest(picture, node, direction, own) or _in_other_column(picture, node, direction)
    return _nearest(picture, node, direction, picture.node_rects)


def _in_other_column(picture: Picture, node: NodeId, direction: Direction) -> NodeId | None:
    """Return the first node in another column to which an edge leads from here, or from which one does."""
    onwards, mine = direction == _ALONG[picture.orientation][1], picture.end(node)
    lines = [(source, target) if onwards else (target, source) for source, target in picture.edge_cells]
    ends = {there for here, there in lines if here == mine != there}
    found = [other for other in picture.node_rects if picture.end(other) in ends]
    rects, here = picture.node_rects, picture.column(node)
    found = [other for other in found if (picture.column(other) > here if onwards else picture.column(other) < here)]
    found.sort(key=lambda other: (picture.column(other), rects[other].y, rects[other].x))
    return found[0 if onwards else -1] if found else None


def _nearest(picture: Picture, node: NodeId, direction: Direction, others: Iterable[NodeId]) -> NodeId | None:
    here = _centre(picture.node_rects[node])
    mine = picture.end(node)
    joined = {end for ends in picture.edge_cells if mine in ends for end in ends}
    best: tuple[bool, float, int, int] | None = None
    found: NodeId | None = None
    for other in others:
        if other == node:
            continue
        rect = picture.node_rects[other]
        there = _centre(rect)
        dx, dy = there[0] - here[0], (there[1] - here[1]) * _CELL_ASPECT
        ahead, aside = {"up": (-dy, dx), "down": (dy, dx), "left": (-dx, dy), "right": (dx, dy)}[direction]
        apart = not picture.is_outline and picture.end(other) not in joined
        diagonal = abs(aside) > 2 * ahead
        if ahead <= 0 or (diagonal and apart):
            continue
        price = (diagonal, (ahead + 2 * abs(aside)) * (1 + apart), rect.y, rect.x)
        if best is None or price < best:
            best, found = price, other
    return found


def _centre(rect: Rect) -> tuple[float, float]:
    return rect.x + rect.width / 2, rect.y + rect.height / 2
