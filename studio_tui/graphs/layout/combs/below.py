"""Combs of pictures from top to bottom: where the spokes of a hub stand below it, and the lines to them and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from studio_tui.graphs.layout.combs.cells import LEAD, label_room, link_cells, sign_room
from studio_tui.graphs.layout.combs.hubs import Comb, Sink, Spoke
from studio_tui.graphs.layout.parts import LayoutBox, Style, margin, pin_distance, straight_distances
from studio_tui.graphs.topology.scene import Edge, Stroke

_SHARED, _SINK = -1, -2
"""Lines below a hub besides those of single spokes."""


def comb_of(hub: LayoutBox, cells: int, style: Style) -> Comb:
    """Return where the spokes of `hub` stand, which is at least so many `cells` wide."""
    first = margin(hub, style) + sum(straight_distances(hub.lower, style))
    first += sum(pin_distance(pin, style) for pin in hub.lower[-1:])
    spokes, sink = hub.spokes, hub.sink
    lines = _lines(spokes, sink)
    columns = {line: first + style.pin_gap * place for place, line in enumerate(lines)}
    last = columns[lines[-1]]
    ways = [spoke.there for spoke in spokes] + ([sink.there] if sink is not None and sink.there is not None else [])
    left = last + LEAD + max(map(label_room, ways)) + 1
    lefts = [_lefts(spoke, left) for spoke in spokes]
    ends = [places[-1] + spoke.boxes[-1].width for places, spoke in zip(lefts, spokes, strict=True)]
    rows, y = [], int(spokes[0].own and not spokes[0].middle)  # Below the hub is the head of a line with two.
    for spoke in spokes:
        rows.append(y)
        y += max(box.height for box in spoke.boxes)
    hub_end = max(cells, last + margin(hub, style) + 1)
    beyond = [end + sign_room(spoke.boxes[-1]) for spoke, end in zip(spokes, ends, strict=True)]
    # Beside all rows to the last one that returns.
    returning = [number for number, spoke in enumerate(spokes) if spoke.back is not None and not spoke.own]
    besides = range(returning[-1] + 1) if returning else ()
    shared = [max(beyond[number], ends[number] + label_room(spokes[number].back)) + 1 for number in besides]
    back = max([hub_end + 1, *shared]) if returning else 0
    right = max(hub_end, back + 1, *beyond)
    away, at, beneath = 0, (0, 0), False
    if sink is not None:
        beneath = spokes[-1].away is not None and not any(spoke.own or spoke.away for spoke in spokes[:-1])
        beneath = beneath and not spokes[-1].own
        if beneath:
            at = lefts[-1][-1], y + 1 + _says_more(spokes[-1].away)
            away = at[0] + (min(sink.box.width, spokes[-1].boxes[-1].width) - 1) // 2
            right = max(right, away + 1 + label_room(spokes[-1].away))
        else:
            at = left, y
            leading = [
                max(beyond[number], ends[number] + label_room(spoke.away)) + 1
                for number, spoke in enumerate(spokes)
                if spoke.away is not None
            ]
            away = max(left + sink.box.width + 2, *leading)
            right = max(right, away + 1)
        right = max(right, at[0] + sink.box.width)
        y = at[1] + sink.box.height
    return Comb(
        outs=tuple(columns[number if spoke.own else _SHARED] for number, spoke in enumerate(spokes)),
        to_sink=columns.get(_SINK, columns.get(_SHARED, 0)),
        lefts=tuple(lefts),
        rows=tuple(rows),
        back=back,
        away=away,
        beneath=beneath,
        sink=at,
        first=first,
        last=last,
        right=right,
        height=y,
    )


def _lines(spokes: Sequence[Spoke], sink: Sink | None) -> list[int]:
    """Return the lines below a hub from left to right: the numbers of spokes with their own, those to others."""
    own = [number for number, spoke in enumerate(spokes) if spoke.own]
    shared = [spoke.there.stroke for spoke in spokes if not spoke.own]
    way = sink.there if sink is not None else None
    apart = way is not None and (bool(own) or way.stroke is not shared[0])
    return [*([_SINK] if apart else []), *own[::-1], *([_SHARED] if shared else [])]


def _lefts(spoke: Spoke, left: int) -> tuple[int, ...]:
    steps = [box.width + link_cells(edge) for (edge, _), box in zip(spoke.rest, spoke.boxes, strict=False)]
    return tuple(accumulate(steps, initial=left))


def _says_more(edge: Edge | None) -> bool:
    """Tell whether the line down to the sink needs a cell beside its head: for its stroke, or its label."""
    return edge is not None and (edge.stroke is not Stroke.SOLID or bool(edge.label))
