"""Corners: an edge back over more than one layer runs beside what lies between and enters its target's side.

So may the long way to where the flow ends, and long lines that are one (`buses`). Where such a line turns stands an
item of its own in the layer of the box, right after it (left of it, if it turns there): so nothing comes between the
two, and columns are found as for every other line. It leaves its source's side, too, where that is free.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Sequence

from studio_tui.graphs.layout.flow import box_of
from studio_tui.graphs.layout.parts import Kind, LayoutBox, Level, Pin, Style, Wire


def turn_long_loops(level: Level, style: Style) -> None:
    """Set the corners of boxes, and which wires turn there; layers must be known."""
    groups: dict[Hashable, dict[Hashable, list[Wire]]] = defaultdict(lambda: defaultdict(list))
    for number, wire in enumerate(level.wires):
        if wire.reversed and wire.chain and not wire.double and _has_side(wire.upper, style):
            # What comes out of a frame may be joined with others where it began.
            alike = wire.stroke if wire.lower.kind is Kind.NODE else number
            groups[wire.upper.key][alike].append(wire)
    turned: list[Wire] = []
    for found in groups.values():
        # One line can come in, for all edges that it may stand for: that of the longest loop.
        wires = max(found.values(), key=lambda wires: max(len(wire.chain) for wire in wires))
        wires[0].upper.corner = _corner(wires[0].upper, "in")
        for wire in wires:
            wire.turns_upper = True
        turned += wires
    if not level.path:  # in one column of a wrapped drawing
        turned += [wire for wire in level.wires if wire.reversed and wire.upper.kind is Kind.PORT]
    for wire in sorted(turned, key=lambda wire: -len(wire.chain)):
        if _has_side(wire.lower, style):
            wire.lower.corner = _corner(wire.lower, "out")
            wire.turns_lower = True


def turn_long_ways(level: Level, style: Style) -> None:
    """Let a long edge enter the side of the box where the flow ends, if what comes to its top cannot share the line.

    So the flow goes on straight, and no two heads stand side by side. Only where that box is alone in its layer, and
    not further up, where what follows would have to make room. Loops must have their corners. Where the edge would be
    one of a fan, it leaves at the side as well: what it leads past stays below its source.
    """
    if style.sideways:
        return
    into: dict[LayoutBox, list[Wire]] = defaultdict(list)
    for wire in level.wires:
        into[wire.lower].append(wire)
    ways = Counter(wire.upper for wire in level.wires)
    for box, wires in into.items():
        alone = not ways[box] and all(item is box or item.kind is Kind.DUMMY for item in level.layers[box.layer])
        long = [wire for wire in wires if wire.chain]
        if not alone or len(long) != 1 or len(wires) == 1 or not _has_side(box, style):
            continue
        way = long[0]
        from_above = way.head_lower and not way.reversed and not way.double and way.upper.kind is Kind.NODE
        others = [wire for wire in wires if wire is not way and not wire.reversed]
        alike = any(wire.stroke is way.stroke and not wire.edge.label for wire in others) and not way.edge.label
        if from_above and others and not alike:
            box.corner = _corner(box, "in")
            way.turns_lower = True
            if ways[way.upper] > 1 and _has_side(way.upper, style):
                way.upper.corner = _corner(way.upper, "out")
                way.turns_upper = True


def comes_in_alone(pin: Pin) -> bool:
    """Tell whether a single line enters the side of a box at `pin`, with its label beside the head."""
    wire = pin.wires[0]
    return wire.turns_lower and wire.head_lower and not wire.bus and pin is wire.lower_pin


def _has_side(item: LayoutBox, style: Style) -> bool:
    """Tell whether a line can come to the right side of a box."""
    taken = item.loop is not None or item.spokes or item.exit is not None or item.corner is not None
    if item.kind is not Kind.NODE or item.box is None or taken:
        return False
    # Left to right that side is below the last row of a chain, where nothing may enter.
    return not (style.sideways and len(item.box.members) > 1)


def _corner(box: LayoutBox, way: str) -> LayoutBox:
    return LayoutBox((way, box.key), Kind.CORNER, layer=box.layer, owner=box)


def corner_row(corner: LayoutBox, style: Style, *, leaves: bool) -> int:
    """Return how many cells along the flow from the layer's start a line turns to its box."""
    box = corner.owner
    assert box is not None
    if style.sideways:
        return box.height // 2
    if box.box is not None and box.box.is_several:
        return box.height // 2  # it is of all of them, not of the first or the last one
    return box.height - 1 - box.boxed if leaves else int(box.boxed)


def beside(level: Level) -> list[Hashable]:
    """Return what stands beside each box, or goes beside it, and so in no layer: this depends on the style."""
    corners = {
        key: [corner and corner.bus for corner in (item.corner, item.corner_left)] for key, item in level.items.items()
    }
    return [(key, bool(item.spokes), bool(item.exit), *corners[key]) for key, item in level.items.items()]


def turning(level: Level) -> frozenset[Hashable]:
    """Return the boxes with a long loop at their side, by their keys; a line for several edges is not one."""
    corners = {item.key: (item.corner, item.corner_left) for item in level.items.values()}
    return frozenset(key for key, found in corners.items() if any(one and not one.bus for one in found))


def keep_turns(level: Level, boxes: Collection[Hashable]) -> None:
    """Let long loops come to no other boxes' sides: to these they come from above or below, as all lines."""
    for item in level.items.values():
        if item.key in boxes:
            continue
        if item.corner is not None and not item.corner.bus:
            item.corner = None
        if item.corner_left is not None and not item.corner_left.bus:
            item.corner_left = None
    for wire in level.wires:
        upper, lower = (item.corner_left if wire.left else item.corner for item in (wire.upper, wire.lower))
        wire.turns_upper = wire.turns_upper and upper is not None
        wire.turns_lower = wire.turns_lower and lower is not None


def apply_order(level: Level, order: Sequence[list[LayoutBox]]) -> None:
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
    beyond = box_of(there[0].links[0].pin.item)
    return all(box_of(link.pin.item).position > beyond.position for link in here[0].links)


def _number(layer: list[LayoutBox]) -> None:
    for position, item in enumerate(layer):
        item.position = position
