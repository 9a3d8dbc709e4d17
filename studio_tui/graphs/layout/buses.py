"""Long lines to one box that run beside everything as one: every step of a pipeline may go to `error`, or end.

Each leaves its source at the side and ends on the line that comes from above it, which enters the side of its target.
So the spine stays straight, and no step needs a column of its own. The lines have the corners of long loops
(`corners`), but for those of the sources below the first, which stand in the line itself instead of a dummy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from enum import Enum, auto

from studio_tui.graphs.layout.parts import Kind, LayoutBox, Level, Style, Wire
from studio_tui.graphs.topology.scene import Stroke

_FROM = 2
"""Long lines to one box from which they are joined at the side."""


class BusSide(Enum):
    """Where long lines that lead on may be one."""

    FREE = auto()
    """At the side where more of their sources are free."""
    RIGHT = auto()
    """There the first of all need not be free, because a loop enters it: its line leaves from below."""


def join_long_lines(level: Level, style: Style, side: BusSide) -> None:
    """Set the buses of the level; long loops must be turned already.

    `side` says where those run that lead on.
    """
    loops: dict[tuple[LayoutBox, Stroke], list[Wire]] = defaultdict(list)
    exits: dict[tuple[LayoutBox, Stroke], list[Wire]] = defaultdict(list)
    ways = Counter(wire.upper for wire in level.wires if not wire.reversed)
    for wire in level.wires:
        if not _may_join(wire, style):
            continue
        if wire.reversed and wire.turns_upper and wire.turns_lower:
            loops[wire.upper, wire.stroke].append(wire)
        # The last step of all goes straight on to where it only can go.
        elif not wire.reversed and not wire.double and (wire.chain or ways[wire.upper] > 1):
            exits[wire.lower, wire.stroke].append(wire)
    for found in loops.values():
        if len(wires := _one_a_layer(found)) >= _FROM:
            _join(level, wires, left=False)
    for found in sorted(exits.values(), key=len, reverse=True):
        best: list[Wire] = []
        for left in (False,) if side is BusSide.RIGHT else (False, True):
            wires = _one_a_layer(_reaching(found, left=left, below=side is BusSide.RIGHT))
            if len(wires) > len(best):
                best, at_left = wires, left
        if sum(bool(wire.chain) for wire in best) >= _FROM:
            _turn(best, left=at_left)
            _join(level, best, left=at_left)


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


def _reaching(wires: Sequence[Wire], *, left: bool, below: bool) -> list[Wire]:
    """Return the wires whose sources are free at that side, or above all these where they may leave from `below`."""
    free = [wire for wire in wires if _is_free(wire.upper, left=left)]
    first = min((wire.upper.layer for wire in free), default=0)
    return [wire for wire in wires if wire in free or (below and wire.upper.layer < first)]


def _one_a_layer(wires: Sequence[Wire]) -> list[Wire]:
    """Return the wires whose sources stand alone in their layer among those of `wires`, the longest first."""
    layers: dict[int, list[Wire]] = defaultdict(list)
    for wire in wires:
        layers[wire.source.layer].append(wire)
    alone = [found[0] for found in layers.values() if len(found) == 1]
    return sorted(alone, key=lambda wire: wire.upper.layer - wire.lower.layer)


def _turn(wires: Sequence[Wire], *, left: bool) -> None:
    """Let wires to one box leave and enter at the side."""
    lower, free = wires[0].lower, _is_free(wires[0].lower, left=left)
    for wire in wires:
        wire.turns_upper, wire.turns_lower, wire.left = _is_free(wire.upper, left=left), free, left
        if wire.turns_upper:
            _set_corner(wire.upper, "out", left=left)
    if free:
        _set_corner(lower, "in", left=left)


def _set_corner(item: LayoutBox, way: str, *, left: bool) -> None:
    corner = LayoutBox((way, item.key), Kind.CORNER, layer=item.layer, owner=item)
    if left:
        item.corner_left = corner
    else:
        item.corner = corner


def _join(level: Level, wires: Sequence[Wire], *, left: bool) -> None:
    """Let the wires end on the line of the first, which is the longest."""
    first, *rest = wires
    for wire in wires:
        wire.bus = True
        if not wire.reversed and not wire.turns_upper:
            continue  # The first, from below its source.
        joint = wire.source.corner_left if left else wire.source.corner
        assert joint is not None
        joint.bus = True
        if wire is first:
            continue
        wire.joins = first
        for dummy in wire.chain:
            level.layers[dummy.layer].remove(dummy)
        place = joint.layer - first.upper.layer - 1
        level.layers[joint.layer].remove(first.chain[place])
        first.chain[place] = joint
    for wire in rest:
        place = wire.source.layer - first.upper.layer - 1
        wire.chain = first.chain[:place] if wire.reversed else first.chain[place + 1 :]
