"""Long lines to one box that run beside everything as one: every step of a pipeline may go to `error`, or end.

Each leaves its source at the side and ends on the line that comes from above it, which enters the side of its target.
So the spine stays straight, and no step needs a column of its own. The lines have the corners of long loops
(`corners`), but for those of the sources below the first, which stand in the line itself instead of a dummy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from studio_tui.graphs.layout.parts import Kind, LayoutBox, Level, Style, Wire
from studio_tui.graphs.topology.scene import Stroke

_FROM = 2
"""Long lines to one box from which they are joined at the side."""


def join_long_lines(level: Level, style: Style) -> None:
    """Set the buses of the level; long loops must be turned already."""
    groups: dict[tuple[LayoutBox, Stroke], list[Wire]] = defaultdict(list)
    ways = Counter(wire.upper for wire in level.wires if not wire.reversed)
    for wire in level.wires:
        # The last step of all goes straight on to where it only can go.
        if not wire.reversed and not wire.double and (wire.chain or ways[wire.upper] > 1) and _may_join(wire, style):
            groups[wire.lower, wire.stroke].append(wire)
    for _, found in sorted(groups.items(), key=lambda group: -len(group[1])):
        best: list[Wire] = []
        for left in (False, True):
            wires = _one_a_layer([wire for wire in found if _is_free(wire.upper, left=left)])
            if len(wires) > len(best):
                best, side = wires, left
        if sum(bool(wire.chain) for wire in best) >= _FROM:
            _join(level, best, left=side)


def _may_join(wire: Wire, style: Style) -> bool:
    """Tell whether a line may leave and enter its boxes at the side: left to right no label finds a place there."""
    boxes = (wire.upper, wire.lower)
    if any(item.kind is not Kind.NODE or item.dot for item in boxes):
        return False
    chains = any(item.box is not None and len(item.box.members) > 1 for item in boxes)
    return not (style.sideways and (wire.edge.label or chains))


def _is_free(item: LayoutBox, *, left: bool) -> bool:
    if left:
        return item.corner_left is None
    return item.corner is None and item.loop is None and not item.spokes and item.exit is None


def _one_a_layer(wires: Sequence[Wire]) -> list[Wire]:
    """Return the wires whose sources stand alone in their layer among those of `wires`, from above."""
    layers: dict[int, list[Wire]] = defaultdict(list)
    for wire in wires:
        layers[wire.upper.layer].append(wire)
    return [layers[number][0] for number in sorted(layers) if len(layers[number]) == 1]


def _join(level: Level, wires: Sequence[Wire], *, left: bool) -> None:
    first, *rest = wires
    lower, turns = first.lower, _is_free(first.lower, left=left)
    for wire in wires:
        corner = LayoutBox(("bus", wire.upper.key), Kind.CORNER, layer=wire.upper.layer, owner=wire.upper, bus=True)
        _set_corner(wire.upper, corner, left=left)
        wire.turns_upper = wire.bus = True
        wire.turns_lower = turns
        wire.left = left
    if turns:
        _set_corner(lower, LayoutBox(("in", lower.key), Kind.CORNER, layer=lower.layer, owner=lower), left=left)
    for wire in rest:
        for dummy in wire.chain:
            level.layers[dummy.layer].remove(dummy)
        place = wire.upper.layer - first.upper.layer - 1
        level.layers[wire.upper.layer].remove(first.chain[place])
        joint = wire.upper.corner_left if left else wire.upper.corner
        assert joint is not None
        first.chain[place] = joint
        wire.joins = first
    for wire in rest:
        wire.chain = first.chain[wire.upper.layer - first.upper.layer :]


def _set_corner(item: LayoutBox, corner: LayoutBox, *, left: bool) -> None:
    if left:
        item.corner_left = corner
    else:
        item.corner = corner
