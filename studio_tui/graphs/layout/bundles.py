"""Which edges share a line, and where lines leave the boxes.

The one rule that keeps box drawings readable: an edge is merged with others at its source *or* at its
target, never at both, so that every net has one tail box or one head box.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import accumulate, pairwise

from studio_tui.graphs.layout.combs.below import comb_of
from studio_tui.graphs.layout.combs.beside import comb_beside
from studio_tui.graphs.layout.loops import loop_margin, loop_room
from studio_tui.graphs.layout.parts import (
    Kind,
    LayoutBox,
    LayoutLink,
    Level,
    LocalEdge,
    Pin,
    Side,
    Style,
    Wire,
    box_columns,
    exit_room,
    has_border,
    is_trunk,
    label_cells,
    margin,
    natural_width,
    pin_distance,
    straight_distances,
)
from studio_tui.graphs.topology.scene import Stroke

_ASIDE = 0.5
"""The weight of where a line beside everything leaves a box from below: less than that of the flow beside it."""
_MOST_APART = 100
"""Lines that leave and enter one side of a node each for itself."""

_Bundle = tuple[Hashable, Stroke, bool, bool]


def double_edges(
    items: Mapping[Hashable, LayoutBox], local: Sequence[LocalEdge], style: Style
) -> set[tuple[Hashable, Hashable]]:
    """Return the pairs whose two opposite edges become one double-headed line: supervisors and their workers."""
    plain = {
        (tail, head): edge.stroke
        for tail, head, edge in local
        if not edge.label and items[tail].kind is items[head].kind is Kind.NODE
    }
    partners: dict[Hashable, list[Hashable]] = defaultdict(list)
    for tail, head, _ in local:
        # One line has one stroke, which is to say of both ways what they are.
        if (tail, head) in plain and plain[tail, head] is plain.get((head, tail)):
            partners[tail].append(head)
    return {
        pair
        for node, others in partners.items()
        if style.double_from <= len(others) <= style.double_to
        for other in others
        for pair in ((node, other), (other, node))
    }


def bundle(level: Level, style: Style) -> None:
    """Set the net of every wire of the level."""
    _find_apart(level)
    leaving: dict[_Bundle, int] = defaultdict(int)
    entering: dict[_Bundle, int] = defaultdict(int)
    for wire in level.wires:
        if _may_share_source(wire):
            leaving[_out(wire)] += 1
    for wire in level.wires:
        if _may_share_target(wire) and not _shares_source(wire, leaving, style):
            entering[_in(wire)] += 1
    for number, wire in enumerate(level.wires):
        if _shares_source(wire, leaving, style):
            wire.net = ("source", *_out(wire))
        elif wire.bus or (_may_share_target(wire) and entering[_in(wire)] > 1):
            wire.net = ("target", *_in(wire))
        else:
            wire.net = ("single", number)


def _find_apart(level: Level) -> None:
    """Keep the two ways between a node and several others side by side: joined, one way would cross all the others."""
    pairs = {(wire.source.key, wire.target.key): wire for wire in level.wires if not wire.double}
    both: dict[Hashable, list[Wire]] = defaultdict(list)
    for (source, target), wire in pairs.items():
        back = pairs.get((target, source))
        if back is not None and not wire.reversed and back.reversed and not back.turns_upper and not wire.bus:
            both[source] += [wire, back]
    for wires in both.values():
        if len(wires) <= _MOST_APART:
            for wire in wires:
                wire.apart = True


def _out(wire: Wire) -> _Bundle:
    return wire.source.key, wire.stroke, wire.reversed, False


def _in(wire: Wire) -> _Bundle:
    return wire.target.key, wire.stroke, wire.reversed, wire.turns_upper if wire.reversed else wire.turns_lower


def _may_share_source(wire: Wire) -> bool:
    # A label stands at the lower end of its line, so that end must be the edge's own.
    free = not wire.double and not wire.turns_upper and not wire.apart
    return free and wire.source.kind is Kind.NODE and not (wire.edge.label and wire.reversed)


def _may_share_target(wire: Wire) -> bool:
    plain = wire.upper.kind is Kind.NODE and wire.lower.kind is Kind.NODE
    return not wire.double and not wire.apart and plain and (not wire.edge.label or wire.reversed or wire.turns_upper)


def _shares_source(wire: Wire, leaving: dict[_Bundle, int], style: Style) -> bool:
    # Of two ways each has its own place at the box where there is room for two: a branch reads as one.
    least = 2 if style.sideways or wire.source.dot else 3
    return _may_share_source(wire) and leaving[_out(wire)] >= least


def attach_pins(level: Level) -> None:
    """Give every wire its pins and join them through the dummies; offsets come later."""
    for number, wire in sorted(enumerate(level.wires), key=lambda each: each[1].joins is not None):
        own = ("wire", number)
        shared_upper = wire.net[0] == ("target" if wire.reversed else "source")
        shared_lower = wire.net[0] == ("source" if wire.reversed else "target")
        upper, lower = _end(wire.upper, wire, turns=wire.turns_upper), _end(wire.lower, wire, turns=wire.turns_lower)
        if wire.joins is not None:
            _follow(wire, wire.joins)
            continue
        wire.upper_pin = _pin(upper, Side.LOWER, wire.net if shared_upper else own)
        wire.lower_pin = _pin(lower, Side.UPPER, wire.net if shared_lower else own)
        wire.upper_pin.wires.append(wire)
        wire.lower_pin.wires.append(wire)
        # Inside a cluster the level of the cluster shows the label.
        if wire.edge.label and not wire.double and wire.lower.kind is Kind.NODE:
            wire.label = wire.edge.label
            # What leaves at the side says there what it is, near the other ways of its source.
            at_source = shared_lower or (wire.turns_upper and not wire.reversed)
            (wire.upper_pin if at_source else wire.lower_pin).label = wire.label
        _thread(wire, own)


def _end(item: LayoutBox, wire: Wire, *, turns: bool) -> LayoutBox:
    """Return where a wire ends: at a box, or at the corner beside it."""
    corner = item.corner_left if wire.left else item.corner
    return corner if turns and corner is not None else item


def _follow(wire: Wire, other: Wire) -> None:
    """Lead a wire along the line of another from where it comes to it."""
    place = wire.source.layer - other.upper.layer
    wire.segments = other.segments[:place] if wire.reversed else other.segments[place:]
    wire.upper_pin, wire.lower_pin = wire.segments[0][0], wire.segments[-1][1]
    wire.upper_pin.wires.append(wire)
    wire.lower_pin.wires.append(wire)
    wire.label = wire.edge.label
    (wire.lower_pin if wire.reversed else wire.upper_pin).label = wire.label


def _pin(item: LayoutBox, side: Side, key: Hashable) -> Pin:
    pins = item.upper if side is Side.UPPER else item.lower
    for pin in pins:
        if pin.key == key:
            return pin
    pins.append(Pin(item, key))
    return pins[-1]


def _thread(wire: Wire, key: Hashable) -> None:
    """Lead the wire through its dummies and link the pins on both sides of every channel."""
    leave = [wire.upper_pin]
    enter: list[Pin] = []
    for dummy in wire.chain:
        dummy.upper.append(Pin(dummy, key, fixed=True))
        dummy.lower.append(Pin(dummy, key, fixed=True))
        enter.append(dummy.upper[0])
        leave.append(dummy.lower[0])
    enter.append(wire.lower_pin)
    wire.segments = list(zip(leave, enter, strict=True))
    for upper, lower in wire.segments:
        thin = (Kind.DUMMY, Kind.CORNER)
        dummies = (upper.item.kind in thin) + (lower.item.kind in thin)
        weight: float = (1, 2, 8)[dummies]
        if wire.turns_lower and wire.head_lower and not wire.bus and upper is wire.upper_pin:
            weight = 1  # The flow beside it is to be straight.
        if wire.bus and not wire.reversed and not wire.turns_upper and upper is wire.upper_pin:
            weight = _ASIDE
        upper.links.append(LayoutLink(lower, weight))
        lower.links.append(LayoutLink(upper, weight))


def arrange_pins(level: Level, style: Style) -> None:
    """Sort the pins of every item by where their lines lead, widen boxes to hold them, and spread them evenly."""
    for item in level.items.values():
        if item.kind is Kind.CLUSTER:
            _fix_cluster_pins(item, style)
    for layer in level.layers:
        for item in layer:
            if item.kind is Kind.NODE:
                # Both sides are sorted by the order of the layers only, so one pass is enough.
                item.lower.sort(key=_lower_place)
                item.upper.sort(key=_upper_place)
    for layer in level.layers:
        for item in layer:
            if item.kind is Kind.NODE:
                for pins in (item.upper, item.lower):
                    if style.sideways and len(pins) == 1 and is_trunk(pins[0]):
                        pins[0].line = _line_from(level, item, pins)
                fit_box(item, style)


def _line_from(level: Level, item: LayoutBox, pins: list[Pin]) -> list[LayoutBox]:
    """Return the item of a trunk and what follows it on the other side to the end, if that is one straight line."""
    found = [item]
    while item.kind is Kind.NODE and len(level.layers[item.layer]) == 1:
        others = item.lower if pins is item.upper else item.upper
        if not others:
            return found
        if len(others) > 1 or len(others[0].links) > 1:
            break
        pin = others[0].links[0].pin
        pins = pin.item.upper if others is item.lower else pin.item.lower
        item = pin.item
        if len(pins) > 1 or len(pin.links) > 1:
            break
        found.append(item)
    return []


def _lower_place(pin: Pin) -> tuple[float, bool]:
    places = 0.0
    for link in pin.links:
        places += link.pin.item.position
        if link.pin.item.kind is Kind.CLUSTER:
            upper = link.pin.item.upper
            places += upper.index(link.pin) / (1 + len(upper))
    return places / len(pin.links), pin.wires[0].reversed


def _upper_place(pin: Pin) -> float:
    places = 0.0
    for link in pin.links:
        lower = link.pin.item.lower
        places += link.pin.item.position + lower.index(link.pin) / (1 + len(lower))
    return places / len(pin.links)


def _fix_cluster_pins(item: LayoutBox, style: Style) -> None:
    assert item.inside is not None
    for side, pins in ((Side.UPPER, item.upper), (Side.LOWER, item.lower)):
        for pin in pins:
            pin.fixed = True
            pin.offset = item.inside.port_columns[pin.wires[0].edge, side]
        pins.sort(key=lambda pin: pin.offset)
    item.right_margin = 0
    if item.upper and item.upper[-1].label:
        item.right_margin = max(0, item.upper[-1].offset + 2 + label_cells(item.upper[-1], style) - item.width)


def fit_box(item: LayoutBox, style: Style) -> None:
    """Make a box as large as its lines need it, and spread their pins over its sides."""
    assert item.box is not None
    item.dot = item.dot and max(len(item.upper), len(item.lower)) <= 1
    if item.dot:
        item.width = 1
        for pin in (*item.upper, *item.lower):
            pin.offset = 0
        item.right_margin = _margin_right(item, style)
        return
    item.boxed = has_border(item.box, style)
    if item.box.is_end:
        item.height = box_columns(item.box, style) if style.sideways else 1
    if style.sideways and not item.boxed:
        # Lines in several rows need a border to end at, and a loop's sign a row without lines.
        rows = max(_needed(item.upper, style), _needed(item.lower, style))
        beside = item.loop is not None or item.spokes
        item.boxed = rows > item.box.rows or bool(beside and item.lower)
    least = max(natural_width(item.box, style, boxed=item.boxed), _needed(item.upper, style))
    lower = _needed(item.lower, style)
    if item.spokes and style.sideways:
        item.comb_beside = comb_beside(item, least, style)
        item.width = max(least, item.comb_beside.leave + margin(item, style) + 1)
        room = loop_room(item, style)
    elif item.spokes:
        item.comb = comb_of(item, least, style)
        item.width = max(least, item.comb.last + margin(item, style) + 1)
        room = loop_room(item, style)
    else:
        room = loop_room(item, style)
        if room:
            lower = max(lower, 2 * margin(item, style) + 1)
        item.width = max(least, lower + room)
    _spread(item.upper, item.width, style)
    _spread(item.lower, item.width - room, style)
    if item.loop is not None and room and len(item.lower) == 1:
        # The main line stays as near the middle as the loop lets it, and goes through the box straight.
        item.lower[0].offset = min((item.width - 1) // 2, item.width - 1 - margin(item, style) - room)
        if len(item.upper) == 1:
            item.upper[0].offset = item.lower[0].offset
    if style.sideways and len(item.box.members) > 1 and not item.box.is_several:
        _pin_to_members(item)
    item.right_margin = _margin_right(item, style)


def _pin_to_members(item: LayoutBox) -> None:
    """Let a single line enter a chain box at its first row and leave it at its last one."""
    for pins, offset in ((item.upper, 1), (item.lower, item.width - 2)):
        if len(pins) == 1 and not is_trunk(pins[0]) and (item.loop is None or pins is item.upper):
            pins[0].offset = offset
            pins[0].fixed = True


def _margin_right(item: LayoutBox, style: Style) -> int:
    cells = exit_room(item)
    if item.comb is not None:
        cells = max(0, item.comb.right - item.width)
    elif item.comb_beside is not None:
        cells = item.comb_beside.height - item.width
    if item.loop is not None:
        cells = loop_margin(item, style)
    if not style.sideways:
        for pin in (*item.upper[-1:], *item.lower[-1:]):
            if pin.label:
                cells = max(cells, pin.offset + 2 + label_cells(pin, style) - item.width)
    return cells


def _needed(pins: list[Pin], style: Style) -> int:
    """Return the least width of a box side with these pins."""
    if not pins:
        return 0
    trunks = any(is_trunk(pin) and not pin.line for pin in pins)
    if len(pins) == 1 and style.sideways and not trunks:
        return 0
    return 2 * margin(pins[0].item, style) + 1 + sum(straight_distances(pins, style)) + trunks


def _spread(pins: list[Pin], cells: int, style: Style) -> None:
    """Distribute the pins over a side of `cells` cells, symmetrically."""
    if len(pins) == 1:
        pins[0].offset = (cells - 1) // 2
        return
    if not pins:
        return
    first = margin(pins[0].item, style)
    least = straight_distances(pins, style)
    # Room that is left over may do for the label at the other end.
    for steps in ([pin_distance(pin, style) for pin in pins[:-1]], least):
        free = cells - 1 - 2 * first - sum(steps)
        places = [first + free * number // (len(pins) + 1) for number in range(1, len(pins) + 1)]
        places = [place + done for place, done in zip(places, accumulate([0, *steps]), strict=True)]
        if all(after - before >= step for (before, after), step in zip(pairwise(places), least, strict=True)):
            break
    if style.narrow and pins[-1].label and not style.sideways:
        beside = places[-1] + 2 + label_cells(pins[-1], style) - cells
        shift = min(max(0, beside), places[0] - first)
        places = [place - shift for place in places]
    for pin, place in zip(pins, places, strict=True):
        pin.offset = place
