"""The order of the items in their layers: weighted medians and exchanges of neighbours, from several starts."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from operator import itemgetter

from studio_tui.graphs.layout.corners import keep_turns
from studio_tui.graphs.layout.given_up import give_up_if_unwanted
from studio_tui.graphs.layout.parts import TURN, TURN_LEFT, Kind, LayoutBox, Level, Side, Wire, end_fraction

Order = list[list[LayoutBox]]
_Found = tuple[int, Order]
_Line = tuple[LayoutBox, float, LayoutBox, float]
"""From an upper to a lower item, each with where on its side, as a part of one position."""
_Neighbours = dict[LayoutBox, list[tuple[LayoutBox, float]]]

_SWEEPS = 24
_PATIENCE = 6
"""Sweeps without progress before a start is given up."""
_FEW = 2
"""Crossings up to which loops stay at the sides of boxes if they cross nothing there themselves."""
_LARGE = 1500
"""Items from which one start has to do."""
_SMALL = 150
"""Items up to which several equally good orders are worth comparing by width."""


def best_orders(level: Level, kept: Mapping[LayoutBox, float], *, free: bool = False) -> tuple[int, list[Order]]:
    """Return how few crossings were found, and the orders with them: one, or a few to compare in small graphs.

    The items in `kept` stay in the order of their numbers there. With `free` lines may come to a frame in any order.
    """
    return _Search(level, kept, free=free).run()


def apply_order(level: Level, order: Order) -> None:
    """Make `order` the order of the level's layers, with every corner right of its box."""
    for layer in order:
        _number(layer)
    level.layers = [_with_corners(layer) for layer in order]
    for layer in level.layers:
        _number(layer)


def _with_corners(layer: list[LayoutBox]) -> list[LayoutBox]:
    """Set every corner right of its box, and of such lines beside that as it would cross on its way anyway."""
    out = list(layer)
    for box in layer:
        if box.corner_left is not None:
            out.insert(out.index(box), box.corner_left)
        if box.corner is None:
            continue
        place = out.index(box) + 1
        while place < len(out) and not box.corner.bus and _crosses(box.corner, out[place]):
            place += 1
        out.insert(place, box.corner)
    return out


def _crosses(corner: LayoutBox, line: LayoutBox) -> bool:
    """Tell whether all that turns at `corner` goes on at the far side of `line`, the next item of the layer."""
    down = bool(corner.lower)
    here, there = (corner.lower, line.lower) if down else (corner.upper, line.upper)
    if line.kind is not Kind.DUMMY or any(pin.label for pin in here):
        return False
    beyond = _box_of(there[0].links[0].pin.item)
    return all(_box_of(link.pin.item).position > beyond.position for link in here[0].links)


def _box_of(item: LayoutBox) -> LayoutBox:
    return item.owner or item


class _Search:
    def __init__(self, level: Level, kept: Mapping[LayoutBox, float], *, free: bool) -> None:
        self.level = level
        self.kept = kept
        self.free = free
        self.layers: Order = [list(layer) for layer in level.layers]
        corners = (item for item in level.items.values() if item.corner or item.corner_left)
        self.turning = frozenset(corners if not free else ())
        self._join()
        self._clock = 0
        self._turned = [0] * (len(self.layers) + 2)
        """When each layer got its order, with an empty one before and after."""
        self._counts: dict[int, tuple[tuple[int, int], int]] = {}
        self._quiet: dict[int, list[int]] = {}
        """Where no exchange saves anything, as long as these orders last."""

    def _join(self) -> None:
        """Note what is joined to what."""
        self.above: _Neighbours = defaultdict(list)
        self.below: _Neighbours = defaultdict(list)
        self.lines: list[list[_Line]] = [[] for _ in self.layers]
        self.ends: dict[LayoutBox, list[tuple[int, int, bool, float]]] = defaultdict(list)
        """Where the lines are that may turn to a box: index of their layer, their place there, whether it is lower, and
        where on its side they do."""
        for wire in self.level.wires:
            ends = [wire.upper, *(_box_of(item) for item in wire.chain), wire.lower]
            for upper, lower in pairwise(ends):
                leave, enter = self._fraction(upper, wire, Side.LOWER), self._fraction(lower, wire, Side.UPPER)
                self.below[upper].append((lower, enter))
                self.above[lower].append((upper, leave))
                lines = self.lines[upper.layer]
                if wire.turns_upper and upper is wire.upper and not (wire.bus and upper is wire.source):
                    self.ends[upper].append((upper.layer, len(lines), False, TURN))
                if wire.turns_lower and lower is wire.lower and not (wire.bus and lower is wire.source):
                    self.ends[lower].append((upper.layer, len(lines), True, TURN_LEFT if wire.left else TURN))
                lines.append((upper, leave, lower, enter))

    def _fraction(self, item: LayoutBox, wire: Wire, side: Side) -> float:
        if wire.bus and item is not wire.target:
            return end_fraction(item, wire, side)
        if ((item.corner or item.corner_left) and item not in self.turning) or (self.free and item.inside is not None):
            return 0.0
        return end_fraction(item, wire, side)

    def run(self) -> tuple[int, list[Order]]:
        given = [list(layer) for layer in self.layers]
        size = sum(map(len, given))
        every = self.turning
        found = self._starts(given)
        if min(count for count, _ in found):
            found = self._without_ways(given, found)
        if min(count for count, _ in found) and every:
            found = self._with_fewer_turns(given, found)
        if every != self.turning:
            keep_turns(self.level, [box.key for box in self.turning])
        least = min(count for count, _ in found)
        orders: list[Order] = []
        for count, order in found:
            if count == least and order not in orders:
                orders.append(order)
        return least, orders if size <= _SMALL else orders[:1]

    def _starts(self, given: Order) -> list[_Found]:
        """Return what comes of each start: crossings, and the order."""
        walk = self._walk_order(given)
        size = sum(map(len, given))
        found: list[_Found] = []
        for by_walk, up_first in ((True, False), (False, False), (True, True), (False, True)):
            start = [sorted(layer, key=walk.__getitem__) if by_walk else list(layer) for layer in given]
            for layer in start:
                self._restore(layer)
            found.append(self._improve(start, up_first))
            if size >= _LARGE or (found[-1][0] == 0 and size > _SMALL):
                break
        return found

    def _without_ways(self, given: Order, found: list[_Found]) -> list[_Found]:
        """Let nothing but loops come to the side of a box, if that saves crossings; return the orders that are best."""
        wires = (wire for wire in self.level.wires if wire.head_lower and wire.turns_lower and not wire.bus)
        ways = self.turning & {wire.lower for wire in wires}
        if not ways:
            return found
        before, self.turning = self.turning, self.turning - ways
        self._join()
        others = self._starts(given)
        if min(count for count, _ in others) < min(count for count, _ in found):
            return others
        self.turning = before
        self._join()
        return found

    def _with_fewer_turns(self, given: Order, found: list[_Found]) -> list[_Found]:
        """Let no long loop come to the side of a box where that costs crossings; return better orders, if there are."""
        least, order = min(found, key=itemgetter(0))
        every = [box for box in self.ends if box in self.turning]
        self._begin([list(layer) for layer in order])
        for box in every:
            if self._turn_cost(box, turned=False) < 0:
                self._turn(box, turned=False)
        if len(self.turning) < len(every):
            self._join()
            found = [self._improve([list(layer) for layer in order], up_first=False)]
            least = found[0][0]
        if least < _FEW or sum(map(len, given)) > _SMALL:
            return found
        before, self.turning = self.turning, frozenset()
        self._join()
        plain = self._starts(given)
        count, order = min(plain, key=itemgetter(0))
        if count >= least:
            self.turning = before
            return found
        self._begin([list(layer) for layer in order])
        for box in every:
            if self._turn_cost(box, turned=True) <= 0:
                self._turn(box, turned=True)
        return [(count, order)]

    def _turn_cost(self, box: LayoutBox, *, turned: bool) -> int:
        """Return how many crossings more there are with the loops of a box turned to its side, or not turned."""
        cost = 0
        for index in {index for index, *_ in self.ends[box]}:
            lines = list(self.lines[index])
            for other, place, lower, part in self.ends[box]:
                if other == index:
                    lines[place] = _turned(lines[place], part * turned, lower=lower)
            cost += _count_crossings(_places(lines)) - _count_crossings(_places(self.lines[index]))
        return cost

    def _turn(self, box: LayoutBox, *, turned: bool) -> None:
        self.turning = self.turning | {box} if turned else self.turning - {box}
        for index, place, lower, part in self.ends[box]:
            self.lines[index][place] = _turned(self.lines[index][place], part * turned, lower=lower)

    def _walk_order(self, given: Order) -> dict[LayoutBox, int]:
        """Number the items in a depth-first walk from the top, which keeps trees free of crossings."""
        number: dict[LayoutBox, int] = {}
        for layer in given:
            for start in layer:
                stack = [start]
                while stack:
                    item = stack.pop()
                    if item not in number:
                        number[item] = len(number)
                        stack.extend(lower for lower, _ in reversed(self.below[item]) if lower not in number)
        return number

    def _improve(self, start: Order, up_first: bool) -> tuple[int, Order]:
        self._begin(start)
        least, best, stall = self._total(), [list(layer) for layer in start], 0
        for sweep in range(_SWEEPS):
            if least == 0 or stall >= _PATIENCE:
                break
            give_up_if_unwanted()
            self._sweep(sweep, down=(sweep % 2 == 0) != up_first)
            self._exchange(4)
            count = self._total()
            stall += 1
            if count < least:
                least, best, stall = count, [list(layer) for layer in self.layers], 0
        self._begin(best)
        self._exchange(10)
        return self._total(), [list(layer) for layer in self.layers]

    def _begin(self, order: Order) -> None:
        self.layers = order
        for index, layer in enumerate(order):
            self._take(index, layer)

    def _take(self, index: int, layer: list[LayoutBox]) -> None:
        """Give a layer its order."""
        self.layers[index] = layer
        _number(layer)
        self._clock += 1
        self._turned[index + 1] = self._clock

    def _total(self) -> int:
        total = 0
        for index, lines in enumerate(self.lines):
            if len(lines) < 2:
                continue
            orders = self._turned[index + 1], self._turned[index + 2]
            known = self._counts.get(index)
            if known is None or known[0] != orders:
                known = self._counts[index] = orders, _count_crossings(_places(lines))
            total += known[1]
        return total

    def _sweep(self, number: int, *, down: bool) -> None:
        count = len(self.layers)
        neighbours = self.above if down else self.below
        for index in range(1, count) if down else range(count - 2, -1, -1):
            layer = self.layers[index]
            key = {item: _weighted_median(neighbours[item]) for item in layer if neighbours[item]}
            # Equal medians keep their order in half of the sweeps and turn it round in the others.
            turn = 1 if number % 4 < 2 else -1
            moved = sorted(key, key=lambda item: (key[item], turn * item.position))
            for place, item in enumerate(layer):
                if item not in key:
                    moved.insert(min(place, len(moved)), item)
            self._restore(moved)
            if moved != layer:
                self._take(index, moved)

    def _restore(self, layer: list[LayoutBox]) -> None:
        """Bring the items whose order is given back into it, on the places that they have together."""
        if self.kept:
            places = [place for place, item in enumerate(layer) if item in self.kept]
            items = sorted((layer[place] for place in places), key=self.kept.__getitem__)
            for place, item in zip(places, items, strict=True):
                layer[place] = item

    def _exchange(self, rounds: int) -> None:
        """Swap neighbours while that saves crossings."""
        for _ in range(rounds):
            changed = False
            for number, layer in enumerate(self.layers):
                around = self._turned[number : number + 3]
                if self._quiet.get(number) == around:
                    continue
                exchanged = False
                for index in range(len(layer) - 1):
                    left, right = layer[index], layer[index + 1]
                    if left in self.kept and right in self.kept:
                        continue
                    if self._gain(left, right) > 0:
                        layer[index], layer[index + 1] = right, left
                        left.position, right.position = index + 1, index
                        exchanged = True
                if exchanged:
                    self._take(number, layer)
                    changed = True
                else:
                    self._quiet[number] = around
            if not changed:
                return

    def _gain(self, left: LayoutBox, right: LayoutBox) -> int:
        """Return how many crossings of the two items' lines vanish when they change places."""
        gain = 0
        for neighbours in (self.above, self.below):
            mine, others = neighbours[left], neighbours[right]
            if not mine or not others:
                continue
            if len(mine) == len(others) == 1:  # By far the most common case: two long lines side by side.
                place, other = mine[0][0].position + mine[0][1], others[0][0].position + others[0][1]
                gain += (place > other) - (place < other)
                continue
            places = [item.position + part for item, part in others]
            for item, part in mine:
                place = item.position + part
                for other in places:
                    if place > other:
                        gain += 1
                    elif place < other:
                        gain -= 1
        return gain


def _turned(line: _Line, part: float, *, lower: bool) -> _Line:
    a, leave, b, enter = line
    return (a, leave, b, part) if lower else (a, part, b, enter)


def _places(lines: list[_Line]) -> list[tuple[float, float]]:
    return [(a.position + leave, b.position + enter) for a, leave, b, enter in lines]


def _number(layer: list[LayoutBox]) -> None:
    for position, item in enumerate(layer):
        item.position = position


def _weighted_median(neighbours: list[tuple[LayoutBox, float]]) -> float:
    """Return the median of the neighbours' places, of two middle ones the better founded (Gansner et al. 1993)."""
    places = [item.position + part for item, part in neighbours]
    if len(places) == 1:
        return places[0]
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


def _count_crossings(pairs: list[tuple[float, float]]) -> int:
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
