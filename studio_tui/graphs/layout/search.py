"""Looks for orders with few crossings: weighted medians and exchanges of neighbours, from several starts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from operator import itemgetter
from random import Random

from studio_tui.graphs.layout.corners import keep_turns
from studio_tui.graphs.layout.flow import (
    Flow,
    Order,
    Orders,
    all_levels,
    buses_cross,
    by_level,
    count_crossings,
    crossing_pairs,
    insides,
    places,
    rims_of,
    turned_to,
    walk_order,
    weighted_median,
)
from studio_tui.graphs.layout.given_up import give_up_if_unwanted
from studio_tui.graphs.layout.parts import LayoutBox, Level
from studio_tui.graphs.topology.scene import Path

Found = tuple[int, Order]
"""How many crossings there are, and the order."""

_SWEEPS = 24
_SIFTS = 10
"""Rounds of moves of single items."""
_PATIENCE = 6
"""Sweeps without progress before a start is given up."""
_FEW = 2
"""Crossings up to which loops stay at the sides of boxes if they cross nothing there themselves."""
_SHUFFLES, _SHUFFLED = 16, 75_000
"""Starts from shuffled orders at most, and squares of items in them together: so much work is in each."""
_MIDDLE = 60
"""Items up to which there is time to look around."""
_AGREED = 7, 4
"""Starts that lead to equally few crossings, after which fewer are not looked for; and that for more items."""
_COMPARED = 4, 2
"""Equally good orders that are compared by width; and that for more items."""
_LARGE = 1500
"""Items from which one start has to do."""
_SMALL = 150
"""Items up to which several equally good orders are worth comparing by width."""


def best_orders(level: Level, kept: Mapping[LayoutBox, float], *, quick: bool = False) -> Orders:
    """Return how few crossings were found, and the orders with them for a level and each one inside its subgraphs.

    The items in `kept` stay in the order of their numbers there. If it is to be `quick`, there is one order, and no
    start is a shuffled one.
    """
    search = _Search(level, kept, quick=quick)
    orders, levels = search.run(), all_levels(level)
    counts = [search.counts(order) for order in orders]
    parts = [by_level(levels, search.flow.levels, order) for order in orders]
    found: dict[Path, list[Order]] = {}
    for each in levels:
        path, around = each.path, (each, *insides(each))
        found[path] = []
        for part, count in zip(parts, counts, strict=True):
            # What is chosen for a level must suit what is chosen around it and inside its subgraphs.
            alike = all(rims_of(one, part) == rims_of(one, parts[0]) for one in around)
            if alike and count[path] == counts[0][path] and part[path] not in found[path]:
                found[path].append(part[path])
    # The flow has the last of the orders, which are equally good.
    return Orders(sum(counts[0].values()), found, buses_cross(search.flow.gaps))


class _Search:
    """The orders of a level and of all inside its subgraphs."""

    def __init__(self, level: Level, kept: Mapping[LayoutBox, float], *, quick: bool) -> None:
        self.level = level
        self.kept = kept
        items = [item for each in all_levels(level) for item in each.items.values()]
        self.turning = frozenset(item for item in items if item.corner or item.corner_left)
        self.flow = Flow(level, self.turning)
        self.layers = self.flow.layers
        self.size = sum(map(len, self.layers))
        self.shuffles = 0 if quick else min(_SHUFFLES, _SHUFFLED // max(1, self.size**2))
        self.compared = 1 if quick else _COMPARED[self.size > _MIDDLE]
        self._join()

    def _join(self) -> None:
        flow = self.flow
        self.above, self.below = flow.above, flow.below
        self._counts: list[int | None] = [None] * len(flow.gaps)
        """Crossings of the gaps, as far as they are known for the orders of now."""
        self._gaps: list[list[int]] = [[] for _ in self.layers]
        """The gaps whose lines end in each layer."""
        for number, gap in enumerate(flow.gaps):
            for index in gap.layers:
                self._gaps[index].append(number)
        self._quiet: set[int] = set()
        """Layers in which no exchange saves anything, as long as the orders around stay."""
        self._settled: set[int] = set()
        """Layers in which no move saves anything."""
        self._around: list[frozenset[int]] = []
        """The layers whose orders say what an exchange in each layer saves: it is among theirs, too."""
        for number, layer in enumerate(self.layers):
            ends = [end for item in layer for near in (self.above, self.below) for end, _ in near[item]]
            self._around.append(frozenset({number}.union(*map(flow.layers_of, ends))))

    def run(self) -> list[Order]:
        """Return the orders with the fewest crossings that were found: one, or a few to compare in small graphs."""
        given = [list(layer) for layer in self.layers]
        every = self.turning
        found = self._starts(given)
        if min(count for count, _ in found):
            found = self._without_ways(given, found)
        if min(count for count, _ in found) and every:
            found = self._with_fewer_turns(given, found)
        if every != self.turning:
            for level in all_levels(self.level):
                keep_turns(level, [box.key for box in self.turning])
        least = min(count for count, _ in found)
        orders: list[Order] = []
        for count, order in found:
            if count == least and order not in orders:
                orders.append(order)
        if self.size > _SMALL:
            return orders[:1]
        if least and len(orders) > 1:
            pairs = [self._pairs(order) for order in orders]
            orders = [order for order, count in zip(orders, pairs, strict=True) if count == min(pairs)]
        return orders[: self.compared]

    def counts(self, order: Order) -> dict[Path, int]:
        """Return how many crossings each level has in an order."""
        self._begin(list(order))
        found: dict[Path, int] = defaultdict(int)
        for gap in self.flow.gaps:
            found[gap.level.path] += count_crossings(places(gap.lines))
        return found

    def _pairs(self, order: Order) -> int:
        """Return how many pairs of edges cross that have no end in common: some lines stand for two edges."""
        self._begin(list(order))
        return crossing_pairs(self.flow.gaps)

    def _starts(self, given: Order) -> list[Found]:
        """Return what comes of each start: crossings, and the order."""
        walk = walk_order(given, self.below)
        found: list[Found] = []
        for by_walk, up_first in ((True, False), (False, False), (True, True), (False, True)):
            start = [sorted(layer, key=walk.__getitem__) if by_walk else list(layer) for layer in given]
            for layer in start:
                self._restore(layer)
            found.append(self._improve(start, up_first))
            if self.size >= _LARGE or (found[-1][0] == 0 and self.size > _SMALL):
                return found
        # Some more orders where these left crossings, as long as that is quick.
        random = Random(self.size)
        for number in range(self.shuffles):
            counts = [count for count, _ in found]
            if self.size > _SMALL or not min(counts) or counts.count(min(counts)) >= _AGREED[self.size > _MIDDLE]:
                break
            start = [list(layer) for layer in given]
            for layer in start:
                random.shuffle(layer)
                self._restore(layer)
            found.append(self._improve(start, number % 2 > 0, patience=2))
        return found

    def _without_ways(self, given: Order, found: list[Found]) -> list[Found]:
        """Let nothing but loops come to the side of a box, if that saves crossings; return the orders that are best."""
        wires = (wire for level in all_levels(self.level) for wire in level.wires)
        ways = self.turning & {wire.lower for wire in wires if wire.head_lower and wire.turns_lower and not wire.bus}
        if not ways:
            return found
        before, self.turning = self.turning, self.turning - ways
        self._join_anew()
        others = self._starts(given)
        if min(count for count, _ in others) < min(count for count, _ in found):
            return others
        self.turning = before
        self._join_anew()
        return found

    def _with_fewer_turns(self, given: Order, found: list[Found]) -> list[Found]:
        """Let no long loop come to the side of a box where that costs crossings; return better orders, if there are."""
        least, order = min(found, key=itemgetter(0))
        every = [box for box in self.flow.ends if box in self.turning]
        self._begin([list(layer) for layer in order])
        for box in every:
            if self._turn_cost(box, turned=False) < 0:
                self._turn(box, turned=False)
        if len(self.turning) < len(every):
            self._join_anew()
            found = [self._improve([list(layer) for layer in order], up_first=False)]
            least = found[0][0]
        if least < _FEW or self.size > _SMALL:
            return found
        before, self.turning = self.turning, frozenset()
        self._join_anew()
        plain = self._starts(given)
        count, order = min(plain, key=itemgetter(0))
        if count >= least:
            self.turning = before
            self._join_anew()
            return found
        self._begin([list(layer) for layer in order])
        for box in every:
            if self._turn_cost(box, turned=True) <= 0:
                self._turn(box, turned=True)
        return [(count, order)]

    def _join_anew(self) -> None:
        self.flow.join(self.turning)
        self._join()

    def _turn_cost(self, box: LayoutBox, *, turned: bool) -> int:
        """Return how many crossings more there are with the loops of a box turned to its side, or not turned."""
        cost = 0
        ends = self.flow.ends[box]
        for number in {number for number, *_ in ends}:
            before = self.flow.gaps[number].lines
            lines = list(before)
            for other, place, lower, part in ends:
                if other == number:
                    lines[place] = turned_to(lines[place], part * turned, lower=lower)
            cost += count_crossings(places(lines)) - count_crossings(places(before))
        return cost

    def _turn(self, box: LayoutBox, *, turned: bool) -> None:
        self.turning = self.turning | {box} if turned else self.turning - {box}
        for number, place, lower, part in self.flow.ends[box]:
            lines = self.flow.gaps[number].lines
            lines[place] = turned_to(lines[place], part * turned, lower=lower)

    def _improve(self, start: Order, up_first: bool, patience: int = _PATIENCE) -> Found:
        self._begin(start)
        least, best, stall = self._total(), [list(layer) for layer in start], 0
        for sweep in range(_SWEEPS):
            if least == 0 or stall >= patience:
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
        if self.size <= _SMALL:
            self._sift()
        return self._total(), [list(layer) for layer in self.layers]

    def _begin(self, order: Order) -> None:
        for index, layer in enumerate(order):
            self._take(index, layer)
        for index in range(len(order)):
            self.flow.number(index)  # Where a frame is crossed depends on two layers.

    def _take(self, index: int, layer: list[LayoutBox]) -> None:
        """Give a layer its order."""
        self.layers[index] = layer
        self.flow.number(index)
        for number in self._gaps[index]:
            self._counts[number] = None
        self._quiet -= self._around[index]
        self._settled -= self._around[index]

    def _total(self) -> int:
        total = 0
        for number, gap in enumerate(self.flow.gaps):
            count = self._counts[number]
            if count is None:
                count = self._counts[number] = count_crossings(places(gap.lines))
            total += count
        return total

    def _sweep(self, number: int, *, down: bool) -> None:
        count = len(self.layers)
        neighbours = self.above if down else self.below
        for index in range(count) if down else range(count - 1, -1, -1):
            layer = self.layers[index]
            key: dict[LayoutBox, float] = {}
            for item in layer:
                near = neighbours[item]
                if len(near) == 1:  # Most items are long lines.
                    key[item] = near[0][0].position + near[0][1]
                elif near:
                    key[item] = weighted_median(near)
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
                if number in self._quiet:
                    continue
                exchanged = False
                for index in range(len(layer) - 1):
                    left, right = layer[index], layer[index + 1]
                    if left in self.kept and right in self.kept:
                        continue
                    if self._gain(left, right) > 0:
                        layer[index], layer[index + 1] = right, left
                        exchanged = True
                if exchanged:
                    self._take(number, layer)
                    changed = True
                else:
                    self._quiet.add(number)
            if not changed:
                return

    def _sift(self) -> None:
        """Move single items across others to where they save most crossings, while that saves any."""
        for _ in range(_SIFTS):
            changed = False
            for number in range(len(self.layers)):
                if number in self._settled:
                    continue
                moved = False
                for item in list(self.layers[number]):
                    moved = self._sift_item(number, item) or moved
                if not moved:
                    self._settled.add(number)
                changed = changed or moved
            if not changed:
                return

    def _sift_item(self, number: int, item: LayoutBox) -> bool:
        """Move an item of a layer to its best place; tell whether that saves crossings."""
        layer = self.layers[number]
        here = layer.index(item)
        best, to = 0, here
        for step in (-1, 1):
            saved, place = 0, here + step
            while 0 <= place < len(layer):
                other = layer[place]
                if item in self.kept and other in self.kept:
                    break
                saved += self._gain(other, item) if step < 0 else self._gain(item, other)
                if saved > best:
                    best, to = saved, place
                place += step
        if best:
            layer.insert(to, layer.pop(here))
            self._take(number, layer)
        return best > 0

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
                    gain += (place > other) - (place < other)
        return gain
