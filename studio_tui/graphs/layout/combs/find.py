"""Finds the hubs of a level that are drawn as combs, with what belongs to them, and the ends that stand beside hubs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence

from studio_tui.graphs.layout.combs.cells import link_cells
from studio_tui.graphs.layout.combs.hubs import Sink, Spoke
from studio_tui.graphs.layout.parts import Kind, LayoutBox, LocalEdge, Style, box_columns, has_border
from studio_tui.graphs.topology.scene import Edge, Stroke

_FEW = 2
"""Workers from which a hub is a comb where edges have labels (beside fanned lines those find no place) or take room."""
_CHAINED_FROM = 3
"""Workers from which a hub is a comb where some are chains: fewer are loops, which run beside the flow."""
_MOST_OWN = 14
"""Workers that may have a line of their own: each takes two columns."""
_WIDEST_ROW = 64
"""Cells that a chain in one row may take."""


def find_combs(
    items: Mapping[Hashable, LayoutBox], local: Sequence[LocalEdge], outside: Collection[Hashable], style: Style
) -> None:
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
        self,
        items: Mapping[Hashable, LayoutBox],
        local: Sequence[LocalEdge],
        outside: Collection[Hashable],
        style: Style,
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


def find_exits(
    items: Mapping[Hashable, LayoutBox], local: Sequence[LocalEdge], outside: Collection[Hashable], style: Style
) -> None:
    """Set the end that stands right of a hub with workers, which know nobody else or are several; combs must be known.

    Below the hub the way out would go through the fan, or push the only worker aside.
    """
    if style.sideways:
        return
    pairs = {(tail, head) for tail, head, _ in local}
    into, out = Counter(head for _, head, _ in local), Counter(tail for tail, _, _ in local)
    for tail, head, edge in local:
        hub, end = items[tail], items[head]
        if end.box is None or not end.box.is_end or into[head] != 1 or head in outside:
            continue
        workers = [key for key in items if (tail, key) in pairs and (key, tail) in pairs]
        fans = len(workers) > 1 or any(into[key] == out[key] == 1 and key not in outside for key in workers)
        free = hub.kind is Kind.NODE and hub.loop is None and not hub.spokes and hub.exit is None
        if free and fans and not any(begin == head for begin, _ in pairs):
            hub.exit = Spoke(end, edge, None)


def _may_be_sign(item: LayoutBox, style: Style) -> bool:
    """Tell whether a self-loop may be a sign right of a spoke: in a row without the line back, and declared, of one
    node. From one node of a chain to another it is a line."""
    if item.box is None or (len(item.box.members) > 1 and not item.box.is_several):
        return False
    seen_only = item.loop is not None and item.loop.stroke is Stroke.OBSERVED
    return has_border(item.box, style) and not seen_only


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
