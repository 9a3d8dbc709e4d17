"""The layers of a level and of all that is inside its subgraphs as one order of the flow, with the lines between them.

A subgraph is one item of its layer, and its own layers come right after that: what enters its frame is a line to the
mouth of a port, whose place is that of the subgraph, and within it that of the port in its layer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from msgspec import Struct

from studio_tui.graphs.layout.parts import Kind, LayoutBox, Level, Side, Wire
from studio_tui.graphs.topology.scene import Edge, Ends, Path

TURN = 0.9
"""Where on an item's side a line turns to it, as a part of one position: beyond all others."""
TURN_LEFT = -0.05
"""At its left side, before all others."""
Order = list[list[LayoutBox]]


class Orders(NamedTuple):
    """What a search for them found."""

    crossings: int
    by_level: dict[Path, list[Order]]
    """The orders with so many: one, or a few to compare in small graphs."""
    buses_cross: bool
    """Whether a long line at the side, which is one for several edges, is among those that cross."""


class Mouth(Struct, eq=False):
    """Where an edge crosses a subgraph's frame, as seen from outside."""

    cluster: LayoutBox
    port: LayoutBox
    many: int
    """Ports on that side of the frame."""
    position: float = 0

    def place(self) -> None:
        """Set the position, which follows from those of the subgraph and the port."""
        self.position = self.cluster.position + TURN * (self.port.position + 1) / (self.many + 1)


End = LayoutBox | Mouth
Line = tuple[End, float, End, float]
"""From an upper to a lower end, each with where on its side, as a part of one position."""
Neighbours = dict[LayoutBox, list[tuple[End, float]]]


class Gap(Struct, eq=False):
    """What lies between two layers of one level."""

    level: Level
    lines: list[Line]
    wires: list[Wire]
    """Of which the lines are pieces."""
    layers: frozenset[int]
    """Whose orders say which of the lines cross."""


class Flow:
    """The layers, and what is joined to what."""

    def __init__(self, level: Level, turning: Collection[LayoutBox]) -> None:
        self.layers: Order = []
        self.levels: list[Level] = []
        """The level of each layer."""
        self.index: dict[LayoutBox, int] = {}
        """The layer of each item."""
        self._mouths: dict[LayoutBox, dict[tuple[Edge, Side], Mouth]] = {}
        self._flatten(level)
        self.mouths: list[list[Mouth]] = [[] for _ in self.layers]
        """Those whose place depends on the order of each layer."""
        for mouths in self._mouths.values():
            for mouth in mouths.values():
                self.mouths[self.index[mouth.cluster]].append(mouth)
                self.mouths[self.index[mouth.port]].append(mouth)
        self.join(turning)

    def _flatten(self, level: Level) -> None:
        for layer in level.layers:
            self.index |= dict.fromkeys(layer, len(self.layers))
            self.layers.append(list(layer))
            self.levels.append(level)
            for item in layer:
                if item.inside is not None:
                    self._flatten(item.inside)
                    self._mouths[item] = _mouths(item, item.inside)

    def join(self, turning: Collection[LayoutBox]) -> None:
        """Note the lines; those of the boxes in `turning` that may come to their sides do."""
        self.above: Neighbours = defaultdict(list)
        self.below: Neighbours = defaultdict(list)
        self.gaps: list[Gap] = []
        self.ends: dict[LayoutBox, list[tuple[int, int, bool, float]]] = defaultdict(list)
        """Where the lines are that may turn to a box: number of the gap, the place there, whether it is lower, and
        where on its side they do."""
        for level in self.levels:
            self.gaps.append(Gap(level, [], [], frozenset()))
        for level in dict.fromkeys(self.levels):
            for wire in level.wires:
                self._join_wire(wire, turning)
        for gap in self.gaps:
            ends = [end for line in gap.lines for end in (line[0], line[2])]
            gap.layers = frozenset(index for end in ends for index in self.layers_of(end))

    def _join_wire(self, wire: Wire, turning: Collection[LayoutBox]) -> None:
        part = TURN_LEFT if wire.left else TURN

        def where(item: LayoutBox, *, turns: bool) -> float:
            at_side = turns and (item in turning or (wire.bus and item is not wire.target))
            return part if at_side or item.owner is not None else 0.0

        for above, below in pairwise([wire.upper, *wire.chain, wire.lower]):
            turns_upper = wire.turns_upper and above is wire.upper
            turns_lower = wire.turns_lower and below is wire.lower
            leave, enter = where(above, turns=turns_upper), where(below, turns=turns_lower)
            upper, lower = box_of(above), box_of(below)
            one, other = self._end(upper, wire, Side.LOWER), self._end(lower, wire, Side.UPPER)
            self.below[upper].append((other, enter))
            self.above[lower].append((one, leave))
            if isinstance(one, Mouth):
                self.below[one.port].append((other, enter))
            if isinstance(other, Mouth):
                self.above[other.port].append((one, leave))
            number = self.index[upper]
            gap = self.gaps[number]
            if turns_upper and not (wire.bus and upper is wire.source):
                self.ends[upper].append((number, len(gap.lines), False, part))
            if turns_lower and not (wire.bus and lower is wire.source):
                self.ends[lower].append((number, len(gap.lines), True, part))
            gap.lines.append((one, leave, other, enter))
            gap.wires.append(wire)

    def _end(self, item: LayoutBox, wire: Wire, side: Side) -> End:
        return self._mouths[item][wire.edge, side] if item.inside is not None else item

    def layers_of(self, end: End) -> tuple[int, ...]:
        """Return the layers whose orders say where an end is."""
        return (self.index[end.cluster], self.index[end.port]) if isinstance(end, Mouth) else (self.index[end],)

    def number(self, index: int) -> None:
        """Set the positions that follow from the order of a layer."""
        for position, item in enumerate(self.layers[index]):
            item.position = position
        for mouth in self.mouths[index]:
            mouth.place()


def box_of(item: LayoutBox) -> LayoutBox:
    """Return the box of a corner, or the item itself."""
    return item.owner or item


def insides(level: Level) -> list[Level]:
    """Return the levels inside the subgraphs of a level."""
    return [item.inside for item in level.items.values() if item.inside is not None]


def all_levels(level: Level) -> list[Level]:
    """Return a level and those inside its subgraphs, at any depth."""
    return [level, *(each for inside in insides(level) for each in all_levels(inside))]


def _mouths(cluster: LayoutBox, inside: Level) -> dict[tuple[Edge, Side], Mouth]:
    ports = {(wire.edge, Side.UPPER): wire.upper for wire in inside.wires if wire.upper.kind is Kind.PORT}
    ports |= {(wire.edge, Side.LOWER): wire.lower for wire in inside.wires if wire.lower.kind is Kind.PORT}
    many = Counter(side for _, side in ports)
    return {key: Mouth(cluster, port, many[key[1]]) for key, port in ports.items()}


def places(lines: list[Line]) -> list[tuple[float, float]]:
    """Return the upper and the lower place of each line."""
    return [(a.position + leave, b.position + enter) for a, leave, b, enter in lines]


def count_crossings(pairs: list[tuple[float, float]]) -> int:
    """Return how many of the lines (upper position, lower position) cross.

    Inserting into a sorted list is quicker than a tree for as many lines as lie between two layers.
    """
    pairs.sort()
    lowers: list[float] = []
    total = 0
    for _, lower in pairs:
        place = bisect_right(lowers, lower)
        total += len(lowers) - place
        lowers.insert(place, lower)
    return total


def crossing_pairs(gaps: Iterable[Gap]) -> int:
    """Return how many pairs of edges cross that have no end in common: some lines stand for two edges."""
    found: set[frozenset[Ends]] = set()
    for gap in gaps:
        for wire, other in crossing_lines(gap):
            found |= {
                frozenset((one, another)) for one in wire.ends for another in other.ends if not {*one} & {*another}
            }
    return len(found)


def buses_cross(gaps: Iterable[Gap]) -> bool:
    """Tell whether a line that is one for several edges crosses another."""
    return any(one.bus or other.bus for gap in gaps for one, other in crossing_lines(gap))


def crossing_lines(gap: Gap) -> Iterator[tuple[Wire, Wire]]:
    """Yield the lines between two layers that cross, two at a time."""
    lines = sorted(zip(places(gap.lines), gap.wires, strict=True), key=itemgetter(0))
    for number, ((_, lower), wire) in enumerate(lines):
        for (_, place), other in lines[:number]:
            if place > lower:
                yield wire, other


def turned_to(line: Line, part: float, *, lower: bool) -> Line:
    """Return a line that comes to another part of one side."""
    a, leave, b, enter = line
    return (a, leave, b, part) if lower else (a, part, b, enter)


def weighted_median(neighbours: list[tuple[End, float]]) -> float:
    """Return the median of the neighbours' places, of two middle ones the better founded (Gansner et al. 1993)."""
    places = [item.position + part for item, part in neighbours]
    if len(places) == 2:
        return (places[0] + places[1]) / 2
    places.sort()
    middle = len(places) // 2
    if len(places) % 2:
        return places[middle]
    left, right = places[middle - 1] - places[0], places[-1] - places[middle]
    if not left + right:
        return places[middle]
    return (places[middle - 1] * right + places[middle] * left) / (left + right)


def walk_order(order: Order, below: Neighbours) -> dict[LayoutBox, int]:
    """Number the items in a depth-first walk from the top, which keeps trees free of crossings."""
    number: dict[LayoutBox, int] = {}
    for layer in order:
        for start in layer:
            stack = [start]
            while stack:
                item = stack.pop()
                if item not in number:
                    number[item] = len(number)
                    for end, _ in reversed(below[item]):
                        ends = (end.port, end.cluster) if isinstance(end, Mouth) else (end,)
                        stack.extend(lower for lower in ends if lower not in number)
    return number


def by_level(every: Sequence[Level], levels: Sequence[Level], order: Order) -> dict[Path, Order]:
    """Return the layers of an order of `levels` by the paths of those in `every`."""
    found: dict[Path, Order] = {level.path: [] for level in every}
    for level, layer in zip(levels, order, strict=True):
        found[level.path].append(layer)
    return found


def rims_of(level: Level, part: Mapping[Path, Order]) -> list[list[LayoutBox]]:
    """Return the ports on both sides of a level's frame, in their order."""
    order = part[level.path] or [[]]
    return [[item for item in layer if item.kind is Kind.PORT] for layer in (order[0], order[-1])]
