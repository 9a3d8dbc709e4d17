"""Where a long graph is cut into columns: low and narrow ones, of the shape of a pane, which few edges pass between."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import inf
from operator import itemgetter

from studio_tui.graphs.layout.parts import Kind, LayoutBox, Level, Style
from studio_tui.text.cells import width

Columns = dict[LayoutBox, int]
"""The column of every box and subgraph that has a layer."""

_SHAPE = 116, 30
"""Columns and rows of cells of most panes that are as wide as a terminal."""
_PASSING = 0.5
"""Rows that a picture may be higher for each edge less that passes from column to column."""
_AREA = 0.01
"""The same for each row of its height and width together: of two that are too high the narrower one is better."""
_BETTER = 1.25
"""How much lower columns may become by moving cuts that were made at equal distances."""
_ROUNDS = 6
_REAL = (Kind.NODE, Kind.CLUSTER)


class Cutter:
    """Cuts between layers, and then moves what stands at the cuts to the other side where that is better.

    An edge leads to the same column or a later one, unless it runs against the flow.
    """

    def __init__(self, level: Level, style: Style, room: tuple[int, int] | None) -> None:
        across, along = room or _SHAPE
        self.shape = along / across if style.sideways else across / along
        self.style = style
        self.wires = [(wire, 1 + width(wire.edge.label) if wire.edge.label else 0) for wire in level.wires]
        self.layers = [[item for item in layer if item.kind in _REAL] for layer in level.layers]
        self.items = [item for layer in self.layers for item in layer]
        self.across = {item: item.width + style.gap for item in self.items}
        self.along = self._cells_along()
        self.layers_across = [
            sum(self.across.get(item, 2) for item in layer if item.kind is not Kind.CORNER) for layer in level.layers
        ]
        self.after: dict[LayoutBox, list[LayoutBox]] = defaultdict(list)
        self.before: dict[LayoutBox, list[LayoutBox]] = defaultdict(list)
        for wire in level.wires:
            self.after[wire.upper].append(wire.lower)
            self.before[wire.lower].append(wire.upper)

    @property
    def cells(self) -> int:
        """About how many cells are taken."""
        return sum(across * along for across, along in zip(self.layers_across, self.along, strict=True))

    def cut(self, columns: int, most: float = inf) -> Columns | None:
        """Return in which of so many columns everything stands.

        None if there are too few layers for that, or a picture of the room's shape would have more than `most` rows
        (columns, if it runs from left to right).
        """
        if len(self.layers) < 2 * columns:
            return None
        if (starts := self._between_layers(columns, most)) is None:
            return None
        cuts = pairwise([*starts, len(self.layers)])
        start = {
            item: number for number, cut in enumerate(cuts) for layer in self.layers[slice(*cut)] for item in layer
        }
        return self._improved(start, columns)

    def _cells_along(self) -> list[int]:
        """Return about how many cells along the flow each layer takes, with the lines before the next one."""
        wires = [wire for wire, _ in self.wires]
        down = [wire for wire in wires if not wire.reversed]
        beside = [wire for wire in wires if wire.edge.label and not (wire.reversed and wire.chain)]
        labelled = {wire.lower.layer - 1 for wire in beside if wire.lower.kind is Kind.NODE}
        forks = {item.layer for item, count in Counter(wire.upper for wire in down).items() if count > 1}
        entering = Counter((wire.lower, wire.stroke) for wire in down if not wire.edge.label)
        joins = {item.layer - 1 for (item, _), count in entering.items() if count > 1}
        found: list[int] = []
        for number, layer in enumerate(self.layers):
            high = max([1, *map(self._high, layer)])
            lines = 2 if self.style.sideways else 1 + (number in labelled)
            found.append(high + lines + (number in forks) + (number in joins))
        return found

    def _high(self, item: LayoutBox) -> int:
        """Return about how many cells along the flow an item takes with what stands below or beside it."""
        if self.style.sideways:
            return item.height + max((sum(box.height for box in spoke.boxes) for spoke in item.spokes), default=0)
        under = sum(spoke.box.height for spoke in item.spokes)
        return item.height + under + (item.sink.box.height + 1 if item.sink is not None else 0)

    def _between_layers(self, columns: int, most: float) -> list[int] | None:
        """Return the first layers of the columns; None if the picture has more than about `most` rows for that."""
        count = len(self.layers)
        passing = [0] * (count + 1)
        for wire, _ in self.wires:
            for place in range(wire.upper.layer + 1, wire.lower.layer + 1):
                passing[place] += 1
        total = list(accumulate(self.along, initial=0))

        def size(starts: Sequence[int]) -> float:
            ends = [*starts[1:], count]
            high = max(total[end] - total[start] for start, end in zip(starts, ends, strict=True))
            wide = sum(max(self.layers_across[start:end]) for start, end in zip(starts, ends, strict=True))
            return max(high, wide / self.shape)

        def price(starts: Sequence[int]) -> float:
            return size(starts) + _PASSING * sum(passing[start] for start in starts)

        # Columns of equal height to begin with; then each cut in turn goes where it is best between its neighbours.
        starts = [0]
        for number in range(1, columns):
            wanted = total[-1] * number / columns
            near = range(starts[-1] + 1, count - columns + number + 1)
            starts.append(min((abs(total[place] - wanted), place) for place in near)[1])
        if size(starts) > most * _BETTER:
            return None
        least = price(starts)
        for _ in range(_ROUNDS):
            before = least
            for number in range(1, columns):
                end = starts[number + 1] if number + 1 < columns else count
                for place in range(starts[number - 1] + 1, end):
                    other = [*starts[:number], place, *starts[number + 1 :]]
                    if (found := price(other)) < least:
                        least, starts = found, other
            if least == before:
                break
        return starts if size(starts) <= most else None

    def _improved(self, best: Columns, columns: int) -> Columns:
        """Move single items, and layers, over the cuts while that is better."""
        least = self._price(best, columns)
        for _ in range(_ROUNDS):
            found = [(self._price(other, columns), other) for other in self._moved(best, columns)]
            price, other = min(found, key=itemgetter(0), default=(least, best))
            if price >= least:
                break
            least, best = price, other
        return best

    def _moved(self, places: Columns, columns: int) -> Iterator[Columns]:
        """Yield columns of which the last or first layer, or one item of it, stands on the other side of a cut."""
        members: list[list[LayoutBox]] = [[] for _ in range(columns)]
        for item, number in places.items():
            members[number].append(item)
        for number, (left, right) in enumerate(pairwise(members)):
            last, first = max(item.layer for item in left), min(item.layer for item in right)
            ends = [item for item in left if item.layer == last]
            starts = [item for item in right if item.layer == first]
            for group in (ends, *([item] for item in ends if len(ends) > 1)):
                free = all(places[other] > number or other in group for item in group for other in self.after[item])
                if free and len(left) > len(group):
                    yield places | dict.fromkeys(group, number + 1)
            for group in (starts, *([item] for item in starts if len(starts) > 1)):
                free = all(places[other] <= number or other in group for item in group for other in self.before[item])
                if free and len(right) > len(group):
                    yield places | dict.fromkeys(group, number)

    def _price(self, places: Columns, columns: int) -> float:
        """Return how bad columns are: about how many rows they take, or are as wide as."""
        count = len(self.layers)
        across = [[0] * count for _ in range(columns)]
        for item, number in places.items():
            across[number][item.layer] += self.across[item]
        along = [sum(cells for cells, some in zip(self.along, column, strict=True) if some) for column in across]
        first = [next(layer for layer, cells in enumerate(column) if cells) for column in across]
        between: list[set[object]] = [set() for _ in range(columns)]
        entered: set[object] = set()
        passing = 0
        for wire, label in self.wires:
            upper, lower = wire.upper, wire.lower
            here, there = places[wire.source], places[wire.target]
            if here == there:
                column = across[here]
                for layer in range(upper.layer + 1, lower.layer):
                    column[layer] += 2
                continue
            passing += 1
            source, target = (lower, upper) if wire.reversed else (upper, lower)
            for layer in range(first[here], source.layer):
                across[here][layer] += 2
            across[here][source.layer] += 3 + label
            if (target, wire.stroke) not in entered:
                entered.add((target, wire.stroke))
                for layer in range(first[there], target.layer):
                    across[there][layer] += 2
            for place in range(min(here, there), max(here, there)):
                between[place].add((target, wire.stroke))
        wide = sum(map(max, across)) / self.shape
        high = max(along) + max(map(len, between))
        return max(high, wide) + _PASSING * passing + _AREA * (high + wide)
