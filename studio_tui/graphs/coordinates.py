"""Columns: each layer in turn is placed exactly (weighted L1 isotonic regression) against its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from studio_tui.graphs.parts import Item, Kind, Level, Style

_ROUNDS = 6
_Pull = tuple[int, float, int]
"""Where a neighbour wants the item, how strongly, and 0 for an upper or 1 for a lower neighbour."""


def assign_columns(level: Level, style: Style) -> None:
    """Set `x` of every item so that lines are short and straight and neighbours keep their distance."""
    _pack(level, style)
    count = len(level.layers)
    for _ in range(_ROUNDS):
        for layer in level.layers[1:]:
            _settle(layer, style, use_upper=True, use_lower=False)
        for layer in reversed(level.layers[:-1]):
            _settle(layer, style, use_upper=False, use_lower=True)
    best_cost: int | None = None
    best: dict[Item, int] = {}
    for number in range(_ROUNDS):
        for index in range(count) if number % 2 == 0 else range(count - 1, -1, -1):
            _settle(level.layers[index], style, use_upper=True, use_lower=True)
        cost = _bend_cost(level)
        if best_cost is None or cost < best_cost:
            best_cost = cost
            best = {item: item.x for layer in level.layers for item in layer}
    left = min(best.values(), default=0)
    for item, x in best.items():
        item.x = x - left


def drawing_cost(level: Level) -> int:
    """Return how little compact the level is: weighted sideways steps of its lines plus its width."""
    right = max((item.x + item.width + item.right_margin for layer in level.layers for item in layer), default=0)
    return _bend_cost(level) + 2 * right


def _bend_cost(level: Level) -> int:
    return sum(
        link.weight * abs(pin.column - link.pin.column)
        for layer in level.layers
        for item in layer
        for pin in item.lower
        for link in pin.links
    )


def _pack(level: Level, style: Style) -> None:
    """Set the items of every layer side by side, all layers centred."""
    for layer in level.layers:
        x = 0
        for before, item in zip([None, *layer], layer, strict=False):
            if before is not None:
                x += before.width + before.right_margin + _distance(before, item, style)
            item.x = x
    width = max((layer[-1].x + layer[-1].width for layer in level.layers if layer), default=0)
    for layer in level.layers:
        if layer:
            shift = (width - layer[-1].x - layer[-1].width) // 2
            for item in layer:
                item.x += shift


def _distance(left: Item, right: Item, style: Style) -> int:
    """Return the blank cells between two neighbours of a layer."""
    thin = (left.kind in (Kind.DUMMY, Kind.PORT)) + (right.kind in (Kind.DUMMY, Kind.PORT))
    if style.sideways:
        return 1
    return (style.gap, 2, 1)[thin]


@dataclass(slots=True)
class _Block:
    """Neighbouring items that move together, and what pulls at them (as places of the block's origin)."""

    pulls: list[_Pull]
    place: int
    items: list[tuple[Item, int]]


def _settle(layer: list[Item], style: Style, *, use_upper: bool, use_lower: bool) -> None:
    """Place one layer where the pulls of its neighbours are best balanced (pool adjacent violators)."""
    blocks: list[_Block] = []
    origin = 0
    before: Item | None = None
    for item in layer:
        if before is not None:
            origin += before.width + before.right_margin + _distance(before, item, style)
        before = item
        pulls: list[_Pull] = []
        if use_upper:
            for pin in item.upper:
                base = pin.offset + origin
                pulls.extend((link.pin.item.x + link.pin.offset - base, link.weight, 0) for link in pin.links)
        if use_lower:
            for pin in item.lower:
                base = pin.offset + origin
                pulls.extend((link.pin.item.x + link.pin.offset - base, link.weight, 1) for link in pin.links)
        if not pulls:
            pulls = [(item.x - origin, 0.01, 0)]
        blocks.append(_Block(pulls, _balance(pulls), [(item, origin)]))
        while len(blocks) > 1 and blocks[-2].place > blocks[-1].place:
            last = blocks.pop()
            block = blocks[-1]
            block.pulls += last.pulls
            block.items += last.items
            block.place = _balance(block.pulls)
    for block in blocks:
        for item, start in block.items:
            item.x = block.place + start


def _balance(pulls: list[_Pull]) -> int:
    """Return the weighted median.

    A tie between an upper and a lower neighbour goes to the upper one (one jog instead of a staircase), a
    tie between two of the same side to the middle (symmetry).
    """
    if len(pulls) == 1:
        return pulls[0][0]
    pulls.sort()
    half = sum(pull[1] for pull in pulls) / 2
    weight = 0.0
    for index, (place, strength, side) in enumerate(pulls):
        weight += strength
        if weight > half + 1e-9:
            return place
        if weight > half - 1e-9:
            if index + 1 == len(pulls):
                return place
            other, _, other_side = pulls[index + 1]
            if side == other_side:
                return (place + other) // 2
            return place if side == 0 else other
    return pulls[-1][0]
