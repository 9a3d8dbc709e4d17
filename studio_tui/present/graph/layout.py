"""Which picture a graph view shows (spec, pane, zoom, collapsed subgraphs), and ways from box to box in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.domain.graph import END, START, GraphSpec
from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.graphs.picture.picture import LEVELS, DetailLevel, Picture, PictureCache, Rect
from studio_tui.graphs.topology.scene import clusters_of, equivalent_in, scene_of
from studio_tui.present.graph.moves import neighbour
from studio_tui.text.sanitize import clean

SLOW = 50
"""Nodes and edges from which a layout is worth a thread: it takes 20 ms, and to find a level four times as long."""
_LARGE = 100
"""Nodes and edges from which a first picture is worth one too, and none is drawn only to find levels."""
_LONG = 200
"""Nodes and edges from which somebody sees that it takes time."""
_CROWDED = 200
"""Nodes from which subgraphs start collapsed."""
EVERY = NodeId("")
"""All subgraphs, where one could be named."""
_NOTE_CELLS = 9
"""Of `17/30 48s`, or `×3 1.2s`, and a blank on either side."""
_TIME_CELLS = 9
"""Of `≤12m03s` at the right of a list, and two blanks before it."""
_LIST_CELLS = 48
"""Columns from which a list has room for that."""


_Rooms = tuple[int, int, tuple[int, int] | None]


class _Wishes(Struct, frozen=True):
    """What the user wants of a picture."""

    level: DetailLevel | None
    collapsed: frozenset[NodeId]
    opened: frozenset[NodeId]


class _Work(Struct, frozen=True):
    """What one drawing works on: another one may begin before it has ended, in another thread and for another room."""

    spec: GraphSpec
    ascii: bool
    usual: frozenset[NodeId]
    """What is folded where nobody wishes for anything."""
    memo: PictureCache
    folded_memo: PictureCache

    def in_rooms(self, rooms: _Rooms, wishes: _Wishes, plain: Picture | None) -> Picture:
        width, height, ordinary = rooms
        if ordinary is None or ordinary == (width, height):
            return self._fitted(width, height, wishes, plain)
        modest = self._fitted(*ordinary, wishes, plain)
        drawn = modest.level not in ("stack", "outline") and modest.width <= ordinary[0]
        whole = modest.collapsed <= wishes.collapsed
        straight = modest.columns == 1
        if drawn and whole and straight and modest.height <= ordinary[1]:
            return modest
        wide = self._fitted(width, height, wishes, plain)
        if drawn and modest.height <= ordinary[1]:
            # Another place for the graph is worth it only where everything is shown there, in one piece.
            better = wide.collapsed <= wishes.collapsed and wide.height <= height and (not whole or wide.columns == 1)
            return wide if better and wide.level not in ("stack", "outline") else modest
        if drawn:
            return wide if wide.level not in ("stack", "outline") and wide.height <= height else modest
        return modest if wide.level == modest.level and modest.width <= ordinary[0] else wide

    def _fitted(self, width: int, height: int, wishes: _Wishes, plain: Picture | None) -> Picture:
        # Layout and painters are wanted with the first graph, not with the first screen.
        from studio_tui.graphs.picture.draw import draw

        # What is folded or opened has the order of the picture without that.
        folds = plain is not None and (wishes.collapsed != self.usual or wishes.opened)
        return draw(
            self.spec,
            max(1, width),
            max(1, height),
            collapsed=wishes.collapsed,
            opened=wishes.opened,
            ascii=self.ascii,
            level=wishes.level,
            keep=plain.orientation if plain is not None and not plain.is_outline else None,
            memo=self.folded_memo if folds else self.memo,
            like=plain if folds else None,
            scroll=wishes.level is not None,
            quick=wishes.level is None,
            beside=_TIME_CELLS if width >= _LIST_CELLS else 0,
        )


class GraphLayout(Struct):
    """The user's wishes for one graph, and the pictures that were already drawn."""

    spec: GraphSpec = field(default_factory=GraphSpec)
    ascii: bool = False
    level: DetailLevel | None = None
    steps: int = 0
    """How many levels richer than the one shown the next picture is to be; below 0: sparser."""
    collapsed: frozenset[NodeId] = frozenset()
    """Subgraphs that somebody folded, and equivalent nodes that share a box because somebody wanted that."""
    opened: frozenset[NodeId] = frozenset()
    """What somebody opened of these: it stays open where other things are folded because not everything fits."""
    opening: NodeId | None = None
    """The subgraph that alone is to be open when the graph comes with its subgraphs; or all (`EVERY`)."""
    picture: Picture | None = None
    _rooms: _Rooms | None = None
    """Those of the last picture."""
    _plain: tuple[GraphSpec, Picture] | None = None
    """The graph and what is drawn of it in these rooms where nobody wishes for anything."""
    _usual: frozenset[NodeId] = frozenset()
    """What is folded there."""
    _is_new: bool = False
    """The next graph is another one."""
    _memo: PictureCache = field(default_factory=PictureCache)
    _folded_memo: PictureCache = field(default_factory=PictureCache)
    _sets: tuple[Picture | None, Mapping[NodeId, frozenset[NodeId]]] = (None, {})
    """Of a picture: the nodes that can share a box."""

    @property
    def is_slow(self) -> bool:
        """Whether keys are not to wait for a drawing. A first one that is soon there had better be there at once."""
        return self._size > (SLOW if self.picture is not None else _LARGE)

    @property
    def is_long(self) -> bool:
        return self._size > _LONG

    @property
    def _size(self) -> int:
        return len(self.spec.nodes) + len(self.spec.edges)

    def forget_wishes(self) -> None:
        """Draw as nobody has asked for anything: they were for another graph."""
        self.level, self.steps, self.opening, self._is_new = None, 0, None, True

    def set_spec(self, spec: GraphSpec, *, grown: bool = False) -> None:
        """Draw another graph, or another state of the same one; collapsed subgraphs that still exist stay so.

        `grown`: more was seen of what is drawn, which does not turn for that.
        """
        clusters = clusters_of(spec)
        known = frozenset([*clusters, *(node.id for node in spec.nodes)])
        if (self._is_new or not self.spec.nodes) and spec.nodes:
            crowded = len(spec.nodes) > _CROWDED
            self.collapsed = self._usual = frozenset(clusters) if crowded else frozenset()
            self.opened, self._is_new = frozenset(), False
        if not clusters:
            self.opened -= frozenset(clusters_of(self.spec))  # they are read closed: that takes the wish back
        self.spec = spec
        self.collapsed &= known
        self.opened &= known
        if self.opening == EVERY:
            self._fold((), clusters)
        elif self.opening is not None and clusters:
            self._fold(frozenset(clusters) - {self.opening}, (self.opening,))
        if clusters:
            self.opening = None
        self._memo, self._folded_memo = PictureCache(), PictureCache()
        if not grown:
            self._plain = None

    def draw(self, width: int, height: int, ordinary: tuple[int, int] | None = None) -> Picture:
        """Return the picture for a room of so many cells, and change no wish: safe in a thread.

        `ordinary` is the size that the pane has unless the graph needs more: the whole room is used only where
        the ordinary one holds no drawing, or not all of it.
        """
        rooms = (width, height, ordinary)
        # Neither another room nor another graph nor the way to the wishes counts: whatever was shown before, a graph
        # looks in a terminal as it did when it was opened there first.
        if self._rooms != rooms:
            self._rooms, self._plain, self._folded_memo = rooms, None, PictureCache()
        work = self._work()
        nothing = _Wishes(None, self._usual, frozenset())
        plain, steps = self._plain, self.steps
        wishes = _Wishes(self.level, self.collapsed, self.opened)
        if plain is None:
            plain = work.spec, work.in_rooms(rooms, nothing, None)
            if self.spec is work.spec and self._rooms == rooms:
                self._plain = plain
        if steps:
            wishes = replace(wishes, level=self._level_after(steps, work, rooms, wishes, plain[1]))
        is_plain = wishes == nothing and plain[0] is work.spec
        picture = plain[1] if is_plain else work.in_rooms(rooms, wishes, plain[1])
        is_wide = ordinary is not None and picture.width > ordinary[0]
        cells = width if is_wide or ordinary is None else ordinary[0]
        return _with_room_for_notes(picture, cells, centred=not is_wide)

    def show(self, picture: Picture | None) -> None:
        """Take what was drawn for the wishes that hold; the level that steps led to is one from now on."""
        if self.steps and picture is not None and self.picture is not None and picture.level != self.picture.level:
            self.level = picture.level
        self.picture, self.steps = picture, 0

    def _level_after(
        self, steps: int, work: _Work, rooms: _Rooms, wishes: _Wishes, plain: Picture
    ) -> DetailLevel | None:
        """Return the level that lies so many steps from the one shown, as far as there are any."""
        shown = self.picture.level if self.picture else "full"
        levels = self._levels(shown, work, rooms, wishes, plain)
        place = levels.index(shown)
        after = max(0, min(len(levels) - 1, place - steps))
        return levels[after] if after != place else wishes.level

    def _levels(
        self, shown: DetailLevel, work: _Work, rooms: _Rooms, wishes: _Wishes, plain: Picture
    ) -> list[DetailLevel]:
        """Return the levels of which each is drawn smaller than the one before, the largest first; with `shown`."""
        found: list[DetailLevel] = []
        least = inf
        for level in LEVELS:
            if level == "stack" and level != shown and not self._has_chains():
                continue
            cells = 0.0
            if level != "outline" and self._size <= _LARGE:
                picture = work.in_rooms(rooms, replace(wishes, level=level), plain)
                cells = picture.width * picture.height
            if level == shown or cells < least:
                found.append(level)
                least = cells or least
        return found

    def _work(self) -> _Work:
        return _Work(self.spec, self.ascii, self._usual, self._memo, self._folded_memo)

    def _has_chains(self) -> bool:
        """Whether chains in boxes make a picture of another kind: in a large graph long ones only."""
        chains = scene_of(self.spec, self.folded, stacked=True).stacks.values()
        return any(len(chain) > 12 or self._size <= _LARGE for chain in chains)

    def toggle(self, node: NodeId | None) -> bool:
        """Open a folded box, or fold what is open around `node`; return whether there is such a thing.

        Around it there is the innermost subgraph, or outside of all, or where those were opened, the nodes that are
        equivalent. None opens all, whether or not there is room: what does not fit scrolls.
        """
        if node is None:
            self._fold((), clusters_of(self.spec))
            return True
        picture = self.picture
        if picture is None:
            return False
        if node in self.folded:
            inside = frozenset((node, *picture.members(node)))
            # Pressed again before the picture came, it takes that back: here, and below.
            opens = not inside <= self.opened
        elif inside := self.around(node):
            opens = inside <= self.collapsed
        else:
            return False
        if opens:
            self._fold(self.collapsed - inside, self.opened | inside)
        else:
            self._fold(self.collapsed | inside, self.opened - inside)
        return True

    def around(self, node: NodeId) -> frozenset[NodeId]:
        """Return what folding would put into one box: the subgraph around `node`, or all that are equivalent."""
        picture = self.picture
        if picture is None:
            return frozenset()
        cluster = node if node in picture.cluster_rects else NodeId(node.rpartition(":")[0])
        equivalent = self._equivalent(picture).get(node, frozenset())
        if cluster in picture.cluster_rects and not equivalent & self.opened:
            return frozenset((cluster,))
        return equivalent

    def _equivalent(self, picture: Picture) -> Mapping[NodeId, frozenset[NodeId]]:
        """Return the nodes that can share a box in a picture, each with all of those."""
        if self._sets[0] is not picture:
            # Needs as little as the choice of a picture, which has been made; not so the first screen.
            from studio_tui.graphs.picture.folding import FEW

            found = [] if picture.is_outline else equivalent_in(self.spec, picture.collapsed)
            sets = [frozenset(each.members) for each in found if len(each.members) >= FEW]
            self._sets = picture, {node: each for each in sets for node in each}
        return self._sets[1]

    @property
    def folded(self) -> frozenset[NodeId]:
        """All subgraphs that are boxes now, or lie in one: what somebody folded, and what had no room."""
        return self.collapsed | (self.picture.collapsed if self.picture else frozenset())

    def kept(self, node: NodeId | None) -> NodeId | None:
        """Return where the cursor of another picture stands in this one: at its node, around it, or inside."""
        if node is None or self.picture is None:
            return node
        children = (child for child in reading_order(self.picture) if child.startswith(f"{node}:"))
        return self.picture.holder(node) or next(children, None)

    @property
    def closed(self) -> frozenset[NodeId]:
        """The subgraphs that the graph was read with and that are not drawn open."""
        folded = self.folded
        return frozenset(name for name in clusters_of(self.spec) if not folded.isdisjoint((name, *ancestors(name))))

    def _fold(self, collapsed: Collection[NodeId], opened: Collection[NodeId]) -> None:
        self.collapsed, self.opened = frozenset(collapsed), frozenset(opened)


def _with_room_for_notes(picture: Picture, cells: int, *, centred: bool) -> Picture:
    """Return the picture with blanks at its right, as far as so many cells allow it; `centred`: it stands in the middle
    of them, and has half of what is left there already.

    Counts and times of narrow boxes stand behind them; those of wide ones in the border, those of a list in a column.
    """
    if picture.level in ("full", "outline"):
        return picture
    free = max(0, cells - picture.width)
    lacks = max(0, 2 * _NOTE_CELLS - free) if centred else _NOTE_CELLS
    return replace(picture, width=picture.width + min(_NOTE_CELLS, lacks, free))


def reading_order(picture: Picture) -> list[NodeId]:
    """Return all nodes along the flow, row by row (column by column from left to right); what is wrapped, as a page."""
    rects, column = picture.node_rects, picture.column
    if picture.orientation == "LR":
        return sorted(rects, key=lambda node: (column(node), rects[node].x, rects[node].y))
    return sorted(rects, key=lambda node: (column(node), rects[node].y, rects[node].x))


def nodes_in(picture: Picture, seen: Rect) -> list[NodeId]:
    """Return the nodes that are whole within a part of the picture, in reading order."""
    return [
        node for node in reading_order(picture)
        if seen.contains((rect := picture.node_rects[node]).x, rect.y) and rect.right <= seen.right
        and rect.bottom <= seen.bottom
    ]  # fmt: skip


class Held(NamedTuple):
    """A node that is to stay where it is seen, and how far the view begins from it."""

    node: NodeId
    right: int
    down: int


def held_in(picture: Picture | None, seen: Rect, selected: NodeId | None) -> Held | None:
    """Return what stays in its place when another picture comes: the node under the cursor, else the first in sight."""
    shown = nodes_in(picture, seen) if picture is not None else []
    if picture is None or not shown:
        return None
    node = selected if selected is not None and selected in shown else shown[0]
    return Held(node, seen.x - picture.node_rects[node].x, seen.y - picture.node_rects[node].y)


def beginning(picture: Picture) -> NodeId | None:
    """Return the node that a graph begins with, if it has nodes."""
    return START if START in picture.node_rects else next(iter(reading_order(picture)), None)


def first_in(picture: Picture, seen: Rect, busy: NodeId | None) -> NodeId:
    """Return where the cursor begins: at what runs or waits, else at the first node in sight that can run.

    `picture` has nodes.
    """
    shown = nodes_in(picture, seen) or reading_order(picture)
    after = neighbour(picture, START, "right" if picture.orientation == "LR" else "down") if START in shown else None
    found = [busy if busy in shown else None, after, *shown]
    return next((node for node in found if node is not None and node not in (START, END)), shown[0])


def shown_with(picture: Picture, node: NodeId, pane: tuple[int, int]) -> Rect:
    """Return the part of the picture to bring in sight for a node: with the beginning, where both find room in `pane`
    (columns and rows), else the node alone."""
    rect, first = picture.node_rects[node], picture.node_rects[beginning(picture) or node]
    left, top = min(rect.x, first.x), min(rect.y, first.y)
    both = Rect(left, top, max(rect.right, first.right) - left, max(rect.bottom, first.bottom) - top)
    return both if both.width <= pane[0] and both.height <= pane[1] else rect


def matches(picture: Picture, text: str, nodes: Collection[NodeId] = ()) -> dict[NodeId, NodeId]:
    """Return the boxes of nodes whose path holds `text`, case ignored, in reading order, each with what it is for.

    That is the box itself, or the first of `nodes` that it holds closed.
    """
    wanted = text.casefold()
    if not wanted:
        return {}
    inside: dict[NodeId, NodeId] = {}
    for node in nodes:
        if wanted in clean(node).casefold() and (box := picture.holder(node)) is not None:
            inside.setdefault(box, node)
    found: dict[NodeId, NodeId] = {}
    for box in reading_order(picture):
        if any(wanted in clean(node).casefold() for node in picture.members(box)):
            found[box] = box
        elif box in inside:
            found[box] = inside[box]
    return found
