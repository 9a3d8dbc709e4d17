"""Columns: each layer in turn is placed exactly (weighted L1 isotonic regression) against its neighbours."""

from __future__ import annotations

from itertools import groupby, pairwise
from math import inf

from msgspec import Struct

from studio_tui.graphs.layout.corners import comes_in_alone
from studio_tui.graphs.layout.parts import Kind, LayoutBox, Level, Style, Wire, label_cells

_ROUNDS = 6
_UPPER, _LOWER, _BOTH = range(3)
"""Which neighbours of a layer pull at it."""
_NEAR_BOX = 0.25
_Pull = tuple[int, float, int]
"""Where a neighbour wants the item, how strongly, and 0 for an upper or 1 for a lower neighbour."""
_Near = tuple[LayoutBox, int, float, int]


def assign_columns(level: Level, style: Style, within: int | None = None) -> None:
    """Set `x` of every item so that lines are short and straight and neighbours keep their distance.

    All stand within so many columns, if they are at least as many as `least_columns`.
    """
    _pack(level, style)
    layers = _Layers([_prepare(layer, style) for layer in level.layers], within)
    down = range(len(level.layers))
    for _ in range(_ROUNDS):
        moved = [layers.settle(index, _UPPER) for index in down[1:]]
        moved += [layers.settle(index, _LOWER) for index in reversed(down[:-1])]
        if not any(moved):
            break
    best_cost: float | None = None
    best: dict[LayoutBox, int] = {}
    for number in range(_ROUNDS):
        moved = [layers.settle(index, _BOTH) for index in (down if number % 2 == 0 else reversed(down))]
        cost = _bend_cost(level)
        if best_cost is None or cost < best_cost:
            best_cost = cost
            best = {item: item.x for layer in level.layers for item in layer}
        if not any(moved):
            break
    for item, x in best.items():
        item.x = x
    _draw_in_lonely(level, style)
    left = min((item.x for item in best), default=0)
    for item in best:
        item.x -= left
    _align_long_lines(level, style)
    _draw_in_loops(level, style)


def _draw_in_lonely(level: Level, style: Style) -> None:
    """Set what no line pulls at beside its neighbour: everything else may have moved far away from it."""
    for layer in level.layers:
        for before, item in pairwise(layer):
            if not item.upper and not item.lower:
                item.x = before.x + before.width + before.right_margin + distance(before, item, style)
        for item, after in reversed(list(pairwise(layer))):
            if not item.upper and not item.lower and item is layer[0]:
                item.x = after.x - distance(item, after, style) - item.width - item.right_margin


def least_columns(level: Level, style: Style) -> int:
    """Return the columns that the widest layer takes in its order."""
    return max((_cells_across(_prepare(layer, style)) for layer in level.layers), default=0)


def _thin_run(wire: Wire) -> list[LayoutBox]:
    """Return what a line passes between its two boxes."""
    ends = [[wire.upper_pin.item] if wire.turns_upper else [], [wire.lower_pin.item] if wire.turns_lower else []]
    return [*ends[0], *wire.chain, *ends[1]]


def _align_long_lines(level: Level, style: Style) -> None:
    """Take jogs out of lines that pass layers where a whole part of one can move aside: layer by layer none does."""
    for wire in level.wires:
        runs = [list(group) for _, group in groupby(_thin_run(wire), key=lambda item: item.x)]
        while len(runs) > 1:
            upper, lower = runs[0], runs[1]
            target = upper[0].x if _can_move(level, lower, upper[0].x, style) else lower[0].x
            moved = lower if target == upper[0].x else upper
            if target == lower[0].x and not _can_move(level, upper, target, style):
                runs.pop(0)
                continue
            for item in moved:
                item.x = target
            runs[:2] = [upper + lower]


def _can_move(level: Level, run: list[LayoutBox], x: int, style: Style) -> bool:
    """Tell whether all of `run` can stand in column `x` without touching a neighbour."""
    for item in run:
        layer = level.layers[item.layer]
        before = layer[item.position - 1] if item.position else None
        after = layer[item.position + 1] if item.position + 1 < len(layer) else None
        if before is not None and x < before.x + before.width + before.right_margin + distance(before, item, style):
            return False
        if after is not None and x + item.width + item.right_margin + distance(item, after, style) > after.x:
            return False
    return True


def _draw_in_loops(level: Level, style: Style) -> None:
    """Move every straight loop as a whole as close to the boxes as it can stand."""
    loops: list[list[LayoutBox]] = []
    lefts: list[list[LayoutBox]] = []
    for wire in level.wires:
        port = wire.upper if wire.upper.kind is Kind.PORT else None  # beyond it the line goes to another column
        if (wire.turns_upper or port) and wire.turns_lower and len(wire.upper_pin.links) == 1 and wire.joins is None:
            run = [*([port] if port else []), *_thin_run(wire)]
            if len({item.x for item in run}) == 1:
                (lefts if wire.left else loops).append(run)
    for run in sorted(loops, key=lambda run: run[0].x):
        x = run[0].x
        while x > 0 and _can_move(level, run, x - 1, style):
            x -= 1
        for item in run:
            item.x = x
    for run in sorted(lefts, key=lambda run: -run[0].x):
        x = run[0].x
        while _can_move(level, run, x + 1, style):
            x += 1
        for item in run:
            item.x = x


def drawing_cost(level: Level) -> float:
    """Return how little compact the level is: weighted sideways steps of its lines plus its width."""
    right = max((item.x + item.width + item.right_margin for layer in level.layers for item in layer), default=0)
    return _bend_cost(level) + 2 * right


def _bend_cost(level: Level) -> float:
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
                x += before.width + before.right_margin + distance(before, item, style)
            item.x = x
    width = max((layer[-1].x + layer[-1].width for layer in level.layers if layer), default=0)
    for layer in level.layers:
        if layer:
            shift = (width - layer[-1].x - layer[-1].width) // 2
            for item in layer:
                item.x += shift


def distance(left: LayoutBox, right: LayoutBox, style: Style) -> int:
    """Return the blank cells between two neighbours of a layer."""
    lines = (Kind.DUMMY, Kind.PORT, Kind.CORNER)
    thin = (left.kind in lines) + (right.kind in lines)
    if style.sideways and left.kind is right.kind is Kind.PORT and not style.ascii:
        return 0  # As close as on the side of a box, to which they lead straight.
    if style.sideways:
        return 1 + (left.kind is not Kind.DUMMY and right.kind is Kind.CORNER and style.ascii)
    # A line has its label there where it leaves its box, or comes to it alone: then before it is a head.
    corner = right if right.kind is Kind.CORNER and right.owner is left else left if left.kind is Kind.CORNER else None
    pins = (*corner.upper, *corner.lower) if corner is not None and corner.owner in (left, right) else ()
    label = max((label_cells(pin, style) + 2 * comes_in_alone(pin) for pin in pins if pin.label), default=0)
    return label + 2 if label else (style.gap, 1 if style.narrow else 2, 1)[thin]


class _Block(Struct):
    """Neighbouring items that move together, and what pulls at them (as places of the block's origin)."""

    pulls: list[_Pull]
    place: int
    places: list[_Place]


class _Place(Struct, frozen=True):
    """An item, its distance from its layer's origin when all stand close, and its neighbours.

    A neighbour is (item, columns to add to its place, weight, 0 for upper or 1 for lower).
    """

    item: LayoutBox
    origin: int
    near: tuple[list[_Near], list[_Near], list[_Near]]
    """The upper ones, the lower ones, both."""


class _Layers:
    """The layers of a level; one whose neighbours stand where they stood is not placed anew."""

    def __init__(self, layers: list[list[_Place]], within: int | None) -> None:
        self._layers = layers
        self._last = [inf if within is None else within - _cells_across(layer) for layer in layers]
        """The last column where each layer may begin."""
        self._moves = [0] * (len(layers) + 2)
        """How often each layer was moved, with an empty one before and after."""
        self._settled: dict[tuple[int, int], list[int]] = {}

    def settle(self, index: int, side: int) -> bool:
        """Place a layer where its neighbours on that side pull it; return whether anything moved."""
        around = self._moves[index : index + 3]
        if side != _BOTH:
            around[2 if side == _UPPER else 0] = 0
        if self._settled.get((index, side)) == around:
            return False
        layer = self._layers[index]
        moved = _settle(layer, side, self._last[index])
        if moved:
            self._moves[index + 1] += 1
            around[1] += 1
        # What nothing pulls at may go on moving with its neighbours.
        if not moved or all(place.near[side] for place in layer):
            self._settled[index, side] = around
        return moved


def _prepare(layer: list[LayoutBox], style: Style) -> list[_Place]:
    places: list[_Place] = []
    origin = 0
    for before, item in zip([None, *layer], layer, strict=False):
        if before is not None:
            origin += before.width + before.right_margin + distance(before, item, style)
        sides: list[list[tuple[LayoutBox, int, float, int]]] = [
            [
                (link.pin.item, link.pin.offset - pin.offset - origin, link.weight, side)
                for pin in pins
                for link in pin.links
            ]
            for side, pins in enumerate((item.upper, item.lower))
        ]
        if item.owner is not None:
            # A loop runs close to its box.
            beside = -1 if item is item.owner.corner_left else item.owner.width
            near = (item.owner, beside - origin, _NEAR_BOX, 0)
            sides = [[*side, near] for side in sides]
        places.append(_Place(item, origin, (sides[0], sides[1], sides[0] + sides[1])))
    return places


def _cells_across(layer: list[_Place]) -> int:
    """Return the columns that a layer takes where all stand close."""
    last = layer[-1] if layer else None
    return last.origin + last.item.width + last.item.right_margin if last else 0


def _settle(layer: list[_Place], side: int, end: float) -> bool:
    """Place one layer where the pulls of its neighbours are best balanced (pool adjacent violators).

    It begins in column 0 to `end` if that is limited: then what is best without a limit is cut off there. Returns
    whether anything moved.
    """
    blocks: list[_Block] = []
    for place in layer:
        pulls: list[_Pull] = [(item.x + shift, weight, of) for item, shift, weight, of in place.near[side]]
        if not pulls:
            pulls = [(place.item.x - place.origin, 0.01, 0)]
        blocks.append(_Block(pulls, _balance(pulls), [place]))
        while len(blocks) > 1 and blocks[-2].place > blocks[-1].place:
            last = blocks.pop()
            block = blocks[-1]
            block.pulls += last.pulls
            block.places += last.places
            block.place = _balance(block.pulls)
    moved = False
    for block in blocks:
        start = block.place if end == inf else max(0, min(block.place, int(end)))
        for place in block.places:
            item = place.item
            if item.x != start + place.origin:
                item.x = start + place.origin
                moved = True
    return moved


def _balance(pulls: list[_Pull]) -> int:
    """Return the weighted median.

    A tie between an upper and a lower neighbour goes to the upper one (one jog instead of a staircase), a
    tie between two of the same side to the middle (symmetry).
    """
    if len(pulls) == 1:
        return pulls[0][0]
    if len(pulls) == 2:
        (place, strength, side), (other, other_strength, other_side) = pulls
        if strength != other_strength:
            return place if strength > other_strength else other
        if side == other_side:
            return (place + other) // 2
        return place if side == 0 else other
    pulls.sort()
    half = sum([pull[1] for pull in pulls]) / 2
    weight = 0.0
    for index, (place, strength, side) in enumerate(pulls):
        weight += strength
        if weight > half + 1e-9:
            return place
        if weight > half - 1e-9:
            if index + 1 == len(pulls):
                return place
            other, _, other_side = pulls[index + 1]
            if side == other_side or len(pulls) > 2:
                return (place + other) // 2
            return place if side == 0 else other
    return pulls[-1][0]
