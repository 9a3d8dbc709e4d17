"""Ways from box to box of a picture by the four arrow keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Orientation, Picture, Rect

Direction = Literal["up", "down", "left", "right"]
_OPPOSITE: dict[Direction, Direction] = {"up": "down", "down": "up", "left": "right", "right": "left"}
_ALONG: dict[Orientation, tuple[Direction, Direction]] = {"TD": ("up", "down"), "LR": ("left", "right")}
"""Against the flow, and with it."""
_CELL_ASPECT = 2
"""A terminal cell is about twice as high as it is wide."""
_CENTRED = 0.1
"""What it counts how far aside the middle of a box stands, of which some part lies straight ahead."""
_REMEMBERED = 200
_Ways = dict[NodeId, dict[Direction, NodeId]]


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
    list, where it is the rows that follow each other. Across the flow, what stands in the same row (from left to
    right: column) comes first. Along the flow of a wrapped picture it leads from one column to another only where no
    more of its own lies ahead, by an edge.

    In a picture, keys that would lead nowhere lead to nodes to which no others do: from each node there is a way to
    each other one.
    """
    found = _straight(picture, node, direction)
    return found if found is not None or picture.is_outline else _ways(picture)[node].get(direction)


@lru_cache(maxsize=2)
def _ways(picture: Picture) -> _Ways:
    """Return where the keys lead from every node."""
    ways: _Ways = {}
    for node in picture.node_rects:
        found = ((direction, _straight(picture, node, direction)) for direction in _OPPOSITE)
        ways[node] = {direction: to for direction, to in found if to is not None}
    first = next(iter(ways), None)
    for back in (False, True):
        while first is not None and len(reached := _reached(ways, first, back=back)) < len(ways):
            apart = [node for node in ways if node not in reached]
            pairs = ((other, node) if back else (node, other) for node in reached for other in apart)
            step = min(_steps(picture, ways, pairs), default=None)
            if step is None:
                break
            ways[step.node][step.direction] = step.to
    return ways


class _Step(NamedTuple):
    """A way that might be added; in order the best come first."""

    price: float
    node: NodeId
    direction: Direction
    to: NodeId


def _steps(picture: Picture, ways: _Ways, pairs: Iterable[tuple[NodeId, NodeId]]) -> Iterator[_Step]:
    """Yield the ways that keys might lead which lead nowhere."""
    for node, to in pairs:
        here, there = picture.node_rects[node], picture.node_rects[to]
        for direction in _OPPOSITE:
            ahead, aside, _ = _distance(here, there, direction)
            if ahead > 0 and direction not in ways[node]:
                yield _Step(ahead + 2 * aside, node, direction, to)


def _reached(ways: _Ways, first: NodeId, *, back: bool) -> set[NodeId]:
    """Return the nodes to which there is a way from the first one, or `back` from them."""
    leads: dict[NodeId, list[NodeId]] = {node: [] if back else list(to.values()) for node, to in ways.items()}
    for node, found in ways.items() if back else ():
        for to in found.values():
            leads[to].append(node)
    reached, todo = {first}, [first]
    while todo:
        for node in leads[todo.pop()]:
            if node not in reached:
                reached.add(node)
                todo.append(node)
    return reached


def _straight(picture: Picture, node: NodeId, direction: Direction) -> NodeId | None:
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
    here = picture.node_rects[node]
    joined = _joined(picture)[picture.end(node)]
    across = direction not in _ALONG[picture.orientation] and not picture.is_outline
    best: tuple[bool, bool, float, int, int] | None = None
    found: NodeId | None = None
    for other in others:
        rect = picture.node_rects[other]
        ahead, aside, off = _distance(here, rect, direction)
        if ahead <= 0:
            continue
        diagonal = aside > 0 and off > 2 * ahead
        apart = not picture.is_outline and other not in joined
        if diagonal and apart:
            continue
        price = (ahead + 2 * aside + _CENTRED * off) * (1 + apart)
        key = (diagonal, across and aside > 0, price, rect.y, rect.x)
        if best is None or key < best:
            best, found = key, other
    return found


@lru_cache(maxsize=2)
def _joined(picture: Picture) -> Mapping[NodeId, frozenset[NodeId]]:
    """Return the nodes to which an edge leads from each box, or from which one does, and those of the box."""
    boxes: dict[NodeId, list[NodeId]] = defaultdict(list)
    for node in picture.node_rects:
        boxes[picture.end(node)].append(node)
    joined: dict[NodeId, set[NodeId]] = {box: set(nodes) for box, nodes in boxes.items()}
    for source, target in picture.edge_cells:
        for here, there in ((source, target), (target, source)):
            joined.setdefault(here, set()).update(boxes.get(there, ()))
    return {box: frozenset(nodes) for box, nodes in joined.items()}


def _distance(here: Rect, there: Rect, direction: Direction) -> tuple[float, float, float]:
    """Return how far ahead the middle of a box lies, how far aside all of it does, and its middle.

    In the widths of a cell.
    """
    across = there.x + there.width / 2 - here.x - here.width / 2
    down = (there.y + there.height / 2 - here.y - here.height / 2) * _CELL_ASPECT
    if direction in ("up", "down"):
        gap = max(there.x - here.right, here.x - there.right, -1) + 1
        return (down if direction == "down" else -down), gap, abs(across)
    gap = max(there.y - here.bottom, here.y - there.bottom, -1) + 1
    return (across if direction == "right" else -across), gap * _CELL_ASPECT, abs(down)
