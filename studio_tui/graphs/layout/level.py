"""Lays out one level: the whole graph, or the inside of one cluster (which then is one big box in its parent)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from math import inf

from studio_tui.domain.graph import START
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.bundles import arrange_pins, attach_pins, bundle, double_edges, fit_box
from studio_tui.graphs.layout.buses import BusSide, join_long_lines
from studio_tui.graphs.layout.channels import make_channels
from studio_tui.graphs.layout.combs.find import find_combs, find_exits
from studio_tui.graphs.layout.combs.hubs import beside_hub
from studio_tui.graphs.layout.coordinates import assign_columns, drawing_cost
from studio_tui.graphs.layout.corners import apply_order, beside, keep_turns, turn_long_loops, turn_long_ways, turning
from studio_tui.graphs.layout.cycles import back_edges
from studio_tui.graphs.layout.extent import least_extent, measure
from studio_tui.graphs.layout.flow import Order, Orders, all_levels
from studio_tui.graphs.layout.given_up import give_up_if_unwanted
from studio_tui.graphs.layout.isolated import find_isolated
from studio_tui.graphs.layout.parts import (
    Kind,
    LayoutBox,
    Level,
    LocalEdge,
    PortWish,
    Side,
    Style,
    Wire,
    box_columns,
    has_border,
    natural_width,
)
from studio_tui.graphs.layout.ranks import layers_of
from studio_tui.graphs.layout.search import best_orders
from studio_tui.graphs.layout.sliding import slide_pins
from studio_tui.graphs.topology.scene import Edge, OrderMemo, Path, Scene, SceneBox, Stroke

Places = Mapping[NodeId, float]


def lay_out(scene: Scene, style: Style, orders: OrderMemo | None = None, like: Places | None = None) -> Level:
    """Return the finished layout of `scene`; `orders` is kept between calls with the same scene and `like`.

    `like` says how far across boxes and clusters stood before: those of one layer keep that order.
    """
    builder = Builder(scene, style, {} if orders is None else orders, like or {})
    return builder.whole((), scene.boxes, scene.edges)


def bound(scene: Scene, style: Style, most: float = inf) -> Level | None:
    """Return the layers of `scene`, as wide and high as they are at least: much less work than the layout.

    None where its lines, which go from layer to layer, have more than `most` pieces: the work grows with these.
    """
    try:
        return Builder(scene, style, {}, {}, most).bound((), scene.boxes, scene.edges, ())
    except _TooManyLinesError:
        return None


def turned(across: int, along: int, style: Style) -> tuple[int, int]:
    """Return cells across and along the flow as columns and rows, or the other way round."""
    return (along, across) if style.sideways else (across, along)


class _TooManyLinesError(Exception):
    """A layout would take too long."""


def _name(key: Hashable) -> NodeId:
    """Return the id of a box or cluster by the key of its item; nothing that exists for other items."""
    if isinstance(key, tuple):
        return NodeId(":".join(key[1])) if key[0] == "cluster" else NodeId("")
    return NodeId(str(key))


class Builder:
    """Recursion over the cluster tree."""

    def __init__(self, scene: Scene, style: Style, orders: OrderMemo, like: Places, most: float = inf) -> None:
        self.pieces_left = most
        """Pieces of lines that there may be yet."""
        self.like = like
        self.style = style
        self.orders = orders
        self.boxes = {box.id: box for box in scene.boxes}
        self.names = scene.names
        self.quick = False
        """Whether the first orders that are found will do."""
        self.buses: BusSide | None = BusSide.FREE
        """Where long lines to one box may be one."""
        self.crossings = 0
        """Of the orders that were found last."""

    def whole(
        self, path: Path, boxes: Sequence[SceneBox], edges: Sequence[Edge], ports: Sequence[PortWish] = ()
    ) -> Level:
        """Return the level laid out, with all inside its subgraphs."""
        level = self._ranked(path, boxes, edges, ports, self._unplaced)
        give_up_if_unwanted()
        found = self._orders(level)
        # No line is at the left where that costs crossings, of any lines, and at no side where it would cross some.
        at_left = found.crossings and any(wire.left for each in all_levels(level) for wire in each.wires)
        for self.buses in (*([BusSide.RIGHT] if at_left else []), *([None] if found.buses_cross else [])):
            other = self._ranked(path, boxes, edges, ports, self._unplaced)
            others = self._orders(other)
            if others.crossings < found.crossings:
                level, found = other, others
        self.buses = BusSide.FREE
        self.crossings = found.crossings
        self._finish(level, found.by_level)
        return level

    def _finish(self, level: Level, orders: Mapping[Path, Sequence[Order]]) -> None:
        """Give everything its place, in one of the orders of its level."""
        for item in level.items.values():
            if item.inside is not None:
                self._finish(item.inside, orders)
                item.width, item.height = item.inside.width, item.inside.height
        bundle(level, self.style)
        attach_pins(level)
        self.place(level, orders[level.path])
        give_up_if_unwanted()
        make_channels(level, self.style)
        measure(level, self.style)

    def _unplaced(
        self, path: Path, boxes: Sequence[SceneBox], edges: Sequence[Edge], ports: Sequence[PortWish]
    ) -> Level:
        return self._ranked(path, boxes, edges, ports, self._unplaced)

    def bound(self, path: Path, boxes: Sequence[SceneBox], edges: Sequence[Edge], ports: Sequence[PortWish]) -> Level:
        """Return the level in layers, and as wide and high as it will be at least."""
        level = self._ranked(path, boxes, edges, ports, self.bound)
        level.width, level.height = least_extent(level, self.style)
        return level

    def _ranked(
        self,
        path: Path,
        boxes: Sequence[SceneBox],
        edges: Sequence[Edge],
        ports: Sequence[PortWish],
        inside: Callable[[Path, Sequence[SceneBox], Sequence[Edge], Sequence[PortWish]], Level],
    ) -> Level:
        level = Level(path)
        groups = self._items(level, boxes)
        local, inner = self._split_edges(level, edges)
        local = self._combs(level, local, ports)
        wishes: dict[Hashable, list[PortWish]] = defaultdict(list)
        self._wires(level, local, ports, wishes)
        first, last = self._ports(level, ports, wishes)
        for key, item in level.items.items():
            if item.kind is Kind.CLUSTER:
                assert isinstance(key, tuple)
                self._set_inside(item, inside(key[1], groups[key], inner[key], wishes[key]))
            elif item.kind is Kind.NODE:
                self._size(item)
        self._rank(level, first, last)
        return level

    def _combs(self, level: Level, local: list[LocalEdge], ports: Sequence[PortWish]) -> list[LocalEdge]:
        """Take the spokes of combs and what stands beside hubs out of the level; return the edges that are left."""
        outside = {self.key_of(port.inner, level.path) for port in ports}
        find_combs(level.items, local, outside, self.style)
        find_exits(level.items, local, outside, self.style)
        gone: set[Hashable] = set()
        for item in level.items.values():
            for box in beside_hub(item):
                self._size(box)
                gone.add(box.key)
        for key in gone:
            del level.items[key]
        return [each for each in local if gone.isdisjoint(each[:2])]

    def place(self, level: Level, orders: Sequence[Order]) -> None:
        """Set columns; of orders with equally few crossings the most compact one stays."""
        costs = [self._columns(level, order) for order in orders]
        best = min(range(len(orders)), key=costs.__getitem__)
        if best != len(orders) - 1:
            self._columns(level, orders[best])

    def _orders(self, whole: Level) -> Orders:
        """Return the orders to choose from, which are those of all levels."""
        levels = all_levels(whole)
        # What stands beside a hub in one style stands in a layer in another.
        shape: frozenset[Hashable] = frozenset((level.path, each) for level in levels for each in beside(level))
        known = self.orders.get(shape)
        if known is None:
            best = best_orders(whole, self.kept(levels), quick=self.quick)
            keys = {
                path: [[[item.key for item in layer] for layer in order] for order in found]
                for path, found in best.by_level.items()
            }
            turned = frozenset(box for level in levels for box in turning(level))
            self.orders[shape] = best.crossings, best.buses_cross, turned, keys
            return best
        crossings, buses_cross, turned, keys = known
        found: dict[Path, list[Order]] = {}
        for level in levels:
            items = {item.key: item for layer in level.layers for item in layer}
            keep_turns(level, turned)
            found[level.path] = [[[items[key] for key in layer] for layer in order] for order in keys[level.path]]
        return Orders(crossings, found, buses_cross)

    def kept(self, levels: Sequence[Level]) -> dict[LayoutBox, float]:
        """Return the items whose order is given, with a number for each."""
        if not self.like:
            return {}
        every = [(key, item) for level in levels for key, item in level.items.items()]
        return {item: self.like[name] for key, item in every if (name := _name(key)) in self.like}

    def _set_inside(self, item: LayoutBox, inside: Level) -> None:
        item.inside = inside
        item.width, item.height = inside.width, inside.height

    def _columns(self, level: Level, order: Order) -> float:
        give_up_if_unwanted()
        apply_order(level, order)
        arrange_pins(level, self.style)
        assign_columns(level, self.style)
        slide_pins(level, self.style)
        return drawing_cost(level)

    def key_of(self, box: SceneBox, path: Path) -> Hashable:
        """Return the key of the item of the level at `path` that shows `box`: itself, or a cluster around it."""
        depth = len(path)
        return box.id if len(box.path) == depth else ("cluster", box.path[: depth + 1])

    def _items(self, level: Level, boxes: Sequence[SceneBox]) -> dict[Hashable, list[SceneBox]]:
        groups: dict[Hashable, list[SceneBox]] = defaultdict(list)
        for box in boxes:
            key = self.key_of(box, level.path)
            groups[key].append(box)
            if key in level.items:
                continue
            if key == box.id:
                level.items[key] = LayoutBox(key, Kind.NODE, box=box)
            else:
                level.items[key] = LayoutBox(key, Kind.CLUSTER)
        level.title = (self.names[NodeId(":".join(level.path))] or "?") if level.path else ""
        return groups

    def _split_edges(self, level: Level, edges: Sequence[Edge]) -> tuple[list[LocalEdge], dict[Hashable, list[Edge]]]:
        """Sort edges into self-loops, those between items of this level, and those inside one cluster."""
        local: list[LocalEdge] = []
        inner: dict[Hashable, list[Edge]] = defaultdict(list)
        for edge in edges:
            tail = self.key_of(self.boxes[edge.source], level.path)
            head = self.key_of(self.boxes[edge.target], level.path)
            if tail != head:
                local.append((tail, head, edge))
            elif level.items[tail].kind is Kind.NODE:
                level.items[tail].loop = edge
            else:
                inner[tail].append(edge)
        return local, inner

    def _entries(self, level: Level, local: Sequence[LocalEdge], ports: Sequence[PortWish]) -> list[Hashable]:
        """Return where the flow of this level begins."""
        starts: list[Hashable] = [
            key for key, item in level.items.items() if item.box and item.box.id.rpartition(":")[2] == START
        ]
        if starts:
            return starts
        entered = {self.key_of(port.inner, level.path) for port in ports if port.side is Side.UPPER}
        starts = [key for key in level.items if key in entered]
        if starts:
            return starts
        heads = {head for _, head, _ in local}
        return [key for key in level.items if key not in heads] or list(level.items)[:1]

    def _wires(
        self,
        level: Level,
        local: Sequence[LocalEdge],
        ports: Sequence[PortWish],
        wishes: dict[Hashable, list[PortWish]],
    ) -> None:
        back = self.back(level, local, ports)
        twins = double_edges(level.items, local, self.style)
        index_of = {(tail, head): index for index, (tail, head, _) in enumerate(local)}
        for index, (tail, head, edge) in enumerate(local):
            is_back = index in back
            twin = index_of.get((head, tail)) if (tail, head) in twins else None
            one_up = twin is not None and (index in back) != (twin in back)
            if one_up and is_back:
                continue  # Its twin is drawn with two heads.
            upper, lower = (head, tail) if is_back else (tail, head)
            self._wish_ports(level, tail, head, edge, is_back, wishes)
            wire = Wire(level.items[upper], level.items[lower], edge, is_back, stroke=edge.stroke)
            ends_here = level.items[head].kind is Kind.NODE
            wire.head_upper = (is_back and ends_here) or one_up
            wire.head_lower = not is_back and ends_here
            if one_up and twin is not None:
                wire.twin = local[twin][2]
            level.wires.append(wire)

    def back(self, level: Level, local: Sequence[LocalEdge], ports: Sequence[PortWish]) -> Collection[int]:
        """Return which of the edges of a level run against the flow."""
        entries = self._entries(level, local, ports)
        solid = {index for index, (_, _, edge) in enumerate(local) if edge.stroke is Stroke.SOLID}
        return back_edges(list(level.items), [(tail, head) for tail, head, _ in local], entries, solid)

    def _wish_ports(
        self,
        level: Level,
        tail: Hashable,
        head: Hashable,
        edge: Edge,
        is_back: bool,
        wishes: dict[Hashable, list[PortWish]],
    ) -> None:
        for key, end, inwards in ((tail, edge.source, False), (head, edge.target, True)):
            if level.items[key].kind is Kind.CLUSTER:
                side = Side.UPPER if inwards != is_back else Side.LOWER
                wishes[key].append(PortWish(edge, side, self.boxes[end], is_back, inwards))

    def _ports(
        self, level: Level, ports: Sequence[PortWish], wishes: dict[Hashable, list[PortWish]]
    ) -> tuple[list[Hashable], list[Hashable]]:
        """Add an item and a wire for every edge that crosses this level's frame."""
        rims: dict[Side, list[Hashable]] = {Side.UPPER: [], Side.LOWER: []}
        for number, wish in enumerate(ports):
            port = LayoutBox(("port", number), Kind.PORT)
            level.items[port.key] = port
            rims[wish.side].append(port.key)
            key = self.key_of(wish.inner, level.path)
            item = level.items[key]
            is_end = item.kind is Kind.NODE and wish.inwards
            upper = wish.side is Side.UPPER
            wire = Wire(*((port, item) if upper else (item, port)), wish.edge, wish.reversed, stroke=wish.edge.stroke)
            wire.head_lower, wire.alike = upper and is_end, wish.alike
            wire.head_upper = not upper and is_end
            level.wires.append(wire)
            if item.kind is Kind.CLUSTER:
                wishes[key].append(wish)
        level.ports_upper, level.ports_lower = bool(rims[Side.UPPER]), bool(rims[Side.LOWER])
        return rims[Side.UPPER], rims[Side.LOWER]

    def _size(self, item: LayoutBox) -> None:
        assert item.box is not None
        style = self.style
        item.boxed = has_border(item.box, style)
        item.dot = item.box.is_end and bool(item.box.path) and item.loop is None
        if item.dot:
            return  # An item is one cell wide and high as it is made.
        item.width = natural_width(item.box, style, boxed=item.boxed)
        if style.sideways:
            item.height = box_columns(item.box, style)
        else:
            item.height = item.box.rows + 2 * item.boxed

    def _rank(self, level: Level, first: list[Hashable], last: list[Hashable]) -> None:
        pairs = [(wire.upper.key, wire.lower.key) for wire in level.wires]
        level.isolated = find_isolated(level)
        for item in level.isolated:
            fit_box(item, self.style)
        isolated = set(level.isolated)
        ranked = {key: item for key, item in level.items.items() if item not in isolated}
        ranks = layers_of(list(ranked), pairs, set(first), set(last))
        level.layers = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
        for key, item in ranked.items():
            item.layer = ranks[key]
            level.layers[item.layer].append(item)
        self.pieces_left -= sum(wire.lower.layer - wire.upper.layer for wire in level.wires)
        if self.pieces_left < 0:
            raise _TooManyLinesError
        for number, wire in enumerate(level.wires):
            for layer in range(wire.upper.layer + 1, wire.lower.layer):
                dummy = LayoutBox(("dummy", number, layer), Kind.DUMMY, layer=layer)
                wire.chain.append(dummy)
                level.layers[layer].append(dummy)
        turn_long_loops(level, self.style)
        if self.buses is not None:
            join_long_lines(level, self.style, self.buses)
        turn_long_ways(level, self.style)
