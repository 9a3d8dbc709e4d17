"""Combs of pictures from top to bottom: where the spokes of a hub stand below it, and the lines to them and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from studio_tui.graphs.layout.combs.cells import LEAD, first_line, label_room, lefts_of, sign_room
from studio_tui.graphs.layout.combs.hubs import Comb, Sink, Spoke
from studio_tui.graphs.layout.parts import LayoutBox, Style, margin
from studio_tui.graphs.topology.scene import Edge, Stroke

_SHARED, _SINK = -1, -2
"""Lines below a hub besides those of single spokes."""


class _Row(NamedTuple):
    """A spoke, in columns from the hub's left edge."""

    spoke: Spoke
    lefts: tuple[int, ...]
    """The first column of each box."""
    end: int
    """The first column right of the last box."""
    beyond: int
    """The same, right of the sign of its self-loop."""

    def after(self, edge: Edge | None) -> int:
        """Return the first column for a line that runs right of the row, where `edge` comes to it from the last box."""
        return max(self.beyond, self.end + label_room(edge)) + 1


class _SinkPlace(NamedTuple):
    """Where the sink stands, and the line to it; columns and rows are those of `Comb`."""

    at: tuple[int, int] = (0, 0)
    away: int = 0
    beneath: bool = False
    right: int = 0
    """The first column beyond both."""


def comb_of(hub: LayoutBox, cells: int, style: Style) -> Comb:
    """Return where the spokes of `hub` stand, which is at least so many `cells` wide."""
    first, spokes, sink = first_line(hub, style), hub.spokes, hub.sink
    lines = _lines(spokes, sink)
    columns = {line: first + style.pin_gap * place for place, line in enumerate(lines)}
    last = columns[lines[-1]]
    ways = [spoke.there for spoke in spokes] + ([sink.there] if sink is not None and sink.there is not None else [])
    left = last + LEAD + max(map(label_room, ways)) + 1
    rows = [_row(spoke, left) for spoke in spokes]
    begins = int(spokes[0].own and not spokes[0].middle)  # Below the hub is the head of a line with two.
    tops = list(accumulate((max(box.height for box in spoke.boxes) for spoke in spokes), initial=begins))
    hub_end = max(cells, last + margin(hub, style) + 1)
    back = _back(rows, hub_end)
    place = _sink_place(sink, rows, left, tops[-1]) if sink is not None else _SinkPlace()
    return Comb(
        outs=tuple(columns[number if spoke.own else _SHARED] for number, spoke in enumerate(spokes)),
        to_sink=columns.get(_SINK, columns.get(_SHARED, 0)),
        lefts=tuple(row.lefts for row in rows),
        rows=tuple(tops[:-1]),
        back=back,
        away=place.away,
        beneath=place.beneath,
        sink=place.at,
        first=first,
        last=last,
        right=max(hub_end, back + 1, place.right, *(row.beyond for row in rows)),
        height=place.at[1] + sink.box.height if sink is not None else tops[-1],
    )


def _row(spoke: Spoke, left: int) -> _Row:
    last = spoke.boxes[-1]
    lefts = lefts_of(spoke, left, [box.width for box in spoke.boxes])
    end = lefts[-1] + last.width
    return _Row(spoke, lefts, end, end + sign_room(last))


def _back(rows: Sequence[_Row], hub_end: int) -> int:
    """Return the column of the shared line back, right of the hub and of all rows to the last that returns by it."""
    returning = [number for number, row in enumerate(rows) if row.spoke.back is not None and not row.spoke.own]
    if not returning:
        return 0
    return max([hub_end + 1, *(row.after(row.spoke.back) for row in rows[: returning[-1] + 1])])


def _sink_place(sink: Sink, rows: Sequence[_Row], left: int, top: int) -> _SinkPlace:
    """Return where the sink stands below spokes that begin at column `left`, of which none takes row `top`."""
    *others, last = rows
    width = sink.box.width
    only_last = last.spoke.away is not None and not any(row.spoke.own or row.spoke.away for row in others)
    if only_last and not last.spoke.own:
        at = last.lefts[-1], top + 1 + _says_more(last.spoke.away)
        away = at[0] + (min(width, last.spoke.boxes[-1].width) - 1) // 2
        return _SinkPlace(at, away, True, max(away + 1 + label_room(last.spoke.away), at[0] + width))
    away = max([left + width + 2, *(row.after(row.spoke.away) for row in rows if row.spoke.away is not None)])
    return _SinkPlace((left, top), away, False, away + 1)


def _lines(spokes: Sequence[Spoke], sink: Sink | None) -> list[int]:
    """Return the lines below a hub from left to right: the numbers of spokes with their own, those to others."""
    own = [number for number, spoke in enumerate(spokes) if spoke.own]
    shared = [spoke.there.stroke for spoke in spokes if not spoke.own]
    way = sink.there if sink is not None else None
    apart = way is not None and (bool(own) or way.stroke is not shared[0])
    return [*([_SINK] if apart else []), *own[::-1], *([_SHARED] if shared else [])]


def _says_more(edge: Edge | None) -> bool:
    """Tell whether the line down to the sink needs a cell beside its head: for its stroke, or its label."""
    return edge is not None and (edge.stroke is not Stroke.SOLID or bool(edge.label))
