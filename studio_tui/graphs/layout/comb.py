"""Hubs: a node whose workers know nobody else stands over them like the back of a comb, one row or box a worker.

The lines to all of them leave the hub's lower side as one; the lines back come together right of them and enter the
hub's right side. So a supervisor with any number of workers has no crossing and the width of its widest worker.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence

from studio_tui.graphs.layout.parts import (
    Comb,
    Kind,
    LayoutBox,
    Spoke,
    Style,
    has_border,
    margin,
    pin_distance,
    straight_distances,
)
from studio_tui.graphs.topology.scene import Edge, Stroke
from studio_tui.text.cells import width

_LEAD = 2
"""Cells of line before the label of an edge, or before the head of one without; the joint is the first."""

_EXIT_FROM = 2
"""Workers of a hub beside which its way out would go through the fan."""
_LABELLED_FROM = 2
"""Workers from which a hub is a comb where edges have labels: beside fanned lines those find no place."""


def find_combs(
    items: Mapping[Hashable, LayoutBox],
    local: Sequence[tuple[Hashable, Hashable, Edge]],
    outside: Collection[Hashable],
    style: Style,
) -> None:
    """Set the spokes of every hub of a level that is drawn as a comb.

    A spoke has no edges but one from the hub, at most one back to it and perhaps a self-loop; `outside` names what has
    others, to what is not of this level. All lines to the spokes of one comb have the same stroke, and so have all
    lines back.
    """
    if style.sideways:
        return
    out: dict[Hashable, list[tuple[Hashable, Edge]]] = defaultdict(list)
    into: dict[Hashable, list[tuple[Hashable, Edge]]] = defaultdict(list)
    for tail, head, edge in local:
        out[tail].append((head, edge))
        into[head].append((tail, edge))
    spokes: dict[Hashable, list[Spoke]] = defaultdict(list)
    for key, item in items.items():
        alone = item.kind is Kind.NODE and key not in outside and (item.loop is None or _may_be_sign(item, style))
        if not alone or len(into[key]) != 1 or len(out[key]) > 1:
            continue
        (hub, there), back = into[key][0], out[key][0] if out[key] else (None, None)
        if items[hub].kind is Kind.NODE and back[0] in (None, hub):
            spokes[hub].append(Spoke(item, there, back[1]))
    for hub, found in spokes.items():
        items[hub].spokes = _of_one_look(items[hub], found, style)
        for spoke in items[hub].spokes:
            spoke.box.loop_is_sign = spoke.box.loop is not None


def find_exits(
    items: Mapping[Hashable, LayoutBox],
    local: Sequence[tuple[Hashable, Hashable, Edge]],
    outside: Collection[Hashable],
    style: Style,
) -> None:
    """Set the end that stands right of a hub with several workers; combs must be known."""
    if style.sideways:
        return
    pairs = {(tail, head) for tail, head, _ in local}
    into = Counter(head for _, head, _ in local)
    for tail, head, edge in local:
        hub, end = items[tail], items[head]
        if end.box is None or not end.box.is_end or into[head] != 1 or head in outside:
            continue
        workers = sum((key, tail) in pairs for key in items if (tail, key) in pairs)
        free = hub.kind is Kind.NODE and hub.loop is None and not hub.spokes and hub.exit is None
        if free and workers >= _EXIT_FROM and not any(begin == head for begin, _ in pairs):
            hub.exit = Spoke(end, edge, None)


def _may_be_sign(item: LayoutBox, style: Style) -> bool:
    """Tell whether a self-loop may be a sign right of a spoke: in a row without the line back, and declared."""
    seen_only = item.loop is not None and item.loop.stroke is Stroke.OBSERVED
    return item.box is not None and has_border(item.box, style) and not seen_only


def _of_one_look(hub: LayoutBox, spokes: list[Spoke], style: Style) -> list[Spoke]:
    """Return those spokes that can share lines, if they are enough for a comb."""
    returning = Counter((spoke.there.stroke, spoke.back.stroke) for spoke in spokes if spoke.back is not None)
    if hub.loop is not None or not returning:
        return []
    (there, back), count = returning.most_common(1)[0]
    labelled = any(edge.label for spoke in spokes if spoke.back is not None for edge in (spoke.there, spoke.back))
    if count < (_LABELLED_FROM if labelled else style.comb_from):
        return []
    kept = [s for s in spokes if s.there.stroke is there and (s.back is None or s.back.stroke is back)]
    # What does not return stands last, where the line back has ended.
    return sorted(kept, key=lambda spoke: spoke.back is None)


def comb_of(hub: LayoutBox, cells: int, style: Style) -> Comb:
    """Return where the spokes of `hub` stand, which is at least so many `cells` wide."""
    out = margin(hub, style) + sum(straight_distances(hub.lower, style))
    out += sum(pin_distance(pin, style) for pin in hub.lower[-1:])
    label = max(width(spoke.there.label) for spoke in hub.spokes)
    left = out + _LEAD + (label + 1 if label else 0) + 1
    rows, y = [], 0
    for spoke in hub.spokes:
        rows.append(y)
        y += spoke.box.height
    back = max(
        left + spoke.box.width + 1 + max(width(spoke.back.label) + 1 if spoke.back.label else 0, _sign(spoke.box))
        for spoke in hub.spokes
        if spoke.back is not None
    )
    back = max(back, max(cells, out + margin(hub, style) + 1) + 1)
    right = max(back + 1, *(left + spoke.box.width + _sign(spoke.box) for spoke in hub.spokes))
    return Comb(out, left, back, tuple(rows), right, y)


def _sign(box: LayoutBox) -> int:
    """Return the cells that the sign of a spoke's self-loop takes right of it, with its label."""
    return 0 if box.loop is None else 1 + width(box.loop.label)
