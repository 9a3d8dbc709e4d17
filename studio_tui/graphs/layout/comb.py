"""Hubs: a node whose workers know nobody else stands over them like the back of a comb, one row or box a worker.

The lines to all of them leave the hub's lower side as one; the lines back come together right of them and enter the
hub's right side. So a supervisor with any number of workers has no crossing and the width of its widest worker, which
may be a chain in one row. Left to right all this stands right of the hub, not below it (`comb_beside`).

Workers may lead to a *sink* besides, mostly the end, which stands below them. One that does is the last of the comb. Of
several each has a line of its own to the hub, with two heads, and leads to the sink on the other side: shared lines
would cross all others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import accumulate

from studio_tui.graphs.layout.hubs import Comb, Sink, Spoke
from studio_tui.graphs.layout.parts import (
    Kind,
    LayoutBox,
    Style,
    box_columns,
    has_border,
    margin,
    pin_distance,
    straight_distances,
)
from studio_tui.graphs.topology.scene import Edge, Stroke
from studio_tui.text.cells import width

LEAD = 2
"""Cells of line before the label of an edge, or before the head of one without; the joint is the first."""

_EXIT_FROM = 2
"""Workers of a hub beside which its way out would go through the fan."""
_FEW = 2
"""Workers from which a hub is a comb where edges have labels (beside fanned lines those find no place) or take room."""
_CHAINED_FROM = 3
"""Workers from which a hub is a comb where some are chains: fewer are loops, which run beside the flow."""
_MOST_OWN = 14
"""Workers that may have a line of their own: each takes two columns."""
_WIDEST_ROW = 64
"""Cells that a chain in one row may take."""

_SHARED, _SINK = -1, -2
"""Lines below a hub besides those of single spokes."""

_Local = Sequence[tuple[Hashable, Hashable, Edge]]


def find_combs(items: Mapping[Hashable, LayoutBox], local: _Local, outside: Collection[Hashable], style: Style) -> None:
    """Set the spokes of every hub of a level that is drawn as a comb, and its sink.

    The boxes of a spoke have no edges but one from the hub or the box before, one to the next box or back to the hub,
    from the last perhaps one to the sink, and perhaps a self-loop; `outside` names what has others, to what is not of
    this level. All lines to the spokes that share one have the same stroke, and so have all lines back.
    """
    finder = _Finder(items, local, outside, style)
    found: dict[Hashable, list[tuple[Spoke, Hashable]]] = defaultdict(list)
    for key in items:
        if len(finder.into[key]) == 1 and finder.is_alone(key):
            hub, there = finder.into[key][0]
            spoke = finder.spoke(hub, key, there)
            if items[hub].kind is Kind.NODE and spoke is not None:
                found[hub].append(spoke)
    for hub, spokes in found.items():
        finder.make(hub, spokes)


class _Finder:
    """Looks for spokes and sinks in one level."""

    def __init__(
        self, items: Mapping[Hashable, LayoutBox], local: _Local, outside: Collection[Hashable], style: Style
    ) -> None:
        self.items, self.outside, self.style = items, outside, style
        out: dict[Hashable, list[tuple[Hashable, Edge]]] = defaultdict(list)
        into: dict[Hashable, list[tuple[Hashable, Edge]]] = defaultdict(list)
        for tail, head, edge in local:
            out[tail].append((head, edge))
            into[head].append((tail, edge))
        self.out, self.into = out, into

    def is_alone(self, key: Hashable) -> bool:
        """Tell whether a box may be the first or last of a spoke, as far as it is seen by itself."""
        item = self.items[key]
        is_free = item.kind is Kind.NODE and key not in self.outside
        return is_free and (item.loop is None or _may_be_sign(item, self.style))

    def spoke(self, hub: Hashable, first: Hashable, there: Edge) -> tuple[Spoke, Hashable] | None:
        """Return the spoke that begins with a box, and the sink that it leads to or None; None where there is none."""
        spoke, last = Spoke(self.items[first], there, None), first
        while self._goes_on(last, hub):
            last, edge = self.out[last][0]
            spoke.rest.append((edge, self.items[last]))
        to: Hashable = None
        for head, edge in self.out[last]:
            if head == hub:
                spoke.back = edge
            elif to is None and self._is_sink(head):
                to, spoke.away = head, edge
            else:
                return None
        # What does not return, and leads to nothing that others lead to, goes on down as the flow does.
        goes_down = spoke.back is None and to is None
        if spoke.rest and (goes_down or self._cells(spoke) > _WIDEST_ROW):
            return None
        return spoke, to

    def _goes_on(self, key: Hashable, hub: Hashable) -> bool:
        """Tell whether the box after this one is the next of its row."""
        if len(self.out[key]) != 1 or self.items[key].loop is not None:
            return False
        head = self.out[key][0][0]
        return head != hub and len(self.into[head]) == 1 and bool(self.out[head]) and self.is_alone(head)

    def _is_sink(self, key: Hashable) -> bool:
        item = self.items[key]
        return item.kind is Kind.NODE and not self.out[key] and key not in self.outside and item.loop is None

    def _cells(self, spoke: Spoke) -> int:
        boxes = [box.box for box in spoke.boxes if box.box is not None]
        own = sum(box_columns(box, self.style) for box in boxes)
        return own + sum(link_cells(edge) for edge, _ in spoke.rest)

    def make(self, hub: Hashable, found: Sequence[tuple[Spoke, Hashable]]) -> None:
        """Set the spokes of `hub`, those that were found if they are enough, and its sink."""
        item = self.items[hub]
        if self.style.sideways:
            found = [(spoke, to) for spoke, to in found if to is None]
        sinks = Counter(to for _, to in found if to is not None)
        for sink in (*(each for each, _ in sinks.most_common()), None):
            spokes = [spoke for spoke, to in found if to in (None, sink) and spoke.box.key != sink]
            ways = self.into[sink] if sink is not None else []
            there = next((edge for tail, edge in ways if tail == hub), None)
            enders = [spoke for spoke, to in found if to is not None and to == sink]
            # What only one worker leads to, and does not return, goes on down as the flow does.
            is_way_on = len(ways) == 1 and enders and enders[0].back is None
            if sink is None or (len(enders) + (there is not None) == len(ways) and not is_way_on):
                item.spokes = _of_one_look(item, spokes, self.style)
                if item.spokes and sink is not None:
                    item.sink = Sink(self.items[sink], there)
                if item.spokes:
                    break
        for spoke in item.spokes:
            last = spoke.boxes[-1]
            last.loop_is_sign = last.loop is not None


def find_exits(items: Mapping[Hashable, LayoutBox], local: _Local, outside: Collection[Hashable], style: Style) -> None:
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


def _of_one_look(hub: LayoutBox, spokes: Sequence[Spoke], style: Style) -> list[Spoke]:
    """Return those spokes that can share lines or have their own, from the first row on, if they are enough for a comb.

    With all that lead to the sink, or none at all.
    """
    enders = [spoke for spoke in spokes if spoke.away is not None]
    own = [spoke for spoke in enders if spoke.back is not None] if len(enders) > 1 else []
    shared = [spoke for spoke in spokes if spoke not in own]
    looks = Counter((spoke.there.stroke, spoke.back.stroke) for spoke in shared if spoke.back is not None)
    if hub.loop is not None or not (looks or own):
        return []
    (there, back), count = looks.most_common(1)[0] if looks else ((Stroke.DASHED, Stroke.DASHED), 0)
    kept = [s for s in shared if s.there.stroke is there and (s.back is None or s.back.stroke is back)]
    if len(enders) == 1 and enders[0] not in kept and enders[0].back is not None:
        own = enders
    enough = style.comb_from
    if any(edge.label for spoke in spokes if spoke.back is not None for edge in (spoke.there, spoke.back)):
        enough = _FEW
    if style.sideways and there is not back:
        enough = _FEW  # Two lines side by side make a worker higher there, if they are not one with two heads.
    if any(spoke.rest for spoke in (*kept, *own)):
        enough = max(enough, _CHAINED_FROM)
    if count + len(own) < enough or any(spoke not in kept and spoke not in own for spoke in enders):
        return []
    strokes = {spoke.away.stroke for spoke in enders if spoke.away is not None}
    if len(strokes) > 1 or len(own) > _MOST_OWN or not all(map(_may_be_own, own)):
        return []
    for spoke in spokes:
        spoke.own = spoke in own
    # What does not return stands below, where the line back has ended, and what leads to the sink just over it.
    kept.sort(key=lambda spoke: (spoke.away is not None, spoke.back is None))
    return kept + own


def _may_be_own(spoke: Spoke) -> bool:
    """Tell whether one line with two heads can lead to a worker: it has one stroke and says nothing."""
    edges = (spoke.there, spoke.back)
    plain = all(edge is not None and not edge.label for edge in edges) and not spoke.rest and spoke.box.loop is None
    return plain and spoke.back is not None and spoke.there.stroke is spoke.back.stroke


def link_cells(edge: Edge) -> int:
    """Return the cells of the line between two boxes of a row."""
    return width(edge.label) + 3 if edge.label else 2


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


def label_room(edge: Edge | None) -> int:
    """Return the cells that the label of an edge takes on its line, with the one after it."""
    return width(edge.label) + 1 if edge is not None and edge.label else 0


def sign_room(box: LayoutBox) -> int:
    """Return the cells that the sign of a spoke's self-loop takes right of it, with its label."""
    return 0 if box.loop is None else 1 + width(box.loop.label)
