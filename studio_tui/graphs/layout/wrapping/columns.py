"""Wrapped drawings: the layers of a long graph are cut into columns that stand side by side, as those of a newspaper.

Left to right they are rows. Each column is laid out by itself. An edge from one to another leaves its box towards the
start of the flow, as a loop does, runs along the side where all columns begin, and enters the other column from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.bundles import arrange_pins
from studio_tui.graphs.layout.channels import make_channels
from studio_tui.graphs.layout.combs.hubs import beside_hub
from studio_tui.graphs.layout.coordinates import assign_columns, least_columns
from studio_tui.graphs.layout.extent import measure
from studio_tui.graphs.layout.flow import Order
from studio_tui.graphs.layout.level import Builder, Places, turned
from studio_tui.graphs.layout.parts import Kind, LayoutBox, LayoutLink, Level, LocalEdge, PortWish, Side, Style
from studio_tui.graphs.layout.sliding import slide_pins
from studio_tui.graphs.layout.wrapping.arcs import Arc, crossings, stack
from studio_tui.graphs.layout.wrapping.cuts import Columns, Cutter
from studio_tui.graphs.topology.scene import Edge, Scene, SceneBox

Room = tuple[int, int]
"""Columns and rows of cells."""
_MORE = 3
"""Numbers of columns that are looked at, from the least that may be."""
_FULL = 0.8
"""The part of a room that layers may take without what is beside and between columns."""
_NEARLY = 1.03
"""How much higher than a room a drawing may be by the first estimate to be looked at closer."""
_LAYERS = 3
"""Layers of a column, on the average."""
_LINES = 4
"""Lines for every two columns up to which a reader finds the other end of each."""
_BESIDE_HEADS = 1
"""Lines that may leave a box beside the heads of others."""
_LOOSE = 0.5
"""How much a straight line from another column to a box is worth."""


class Plan(NamedTuple):
    """How a graph is cut."""

    columns: int
    places: Mapping[Hashable, int]
    """The column of every item."""
    least: tuple[int, int]
    """Columns and rows of cells that the drawing takes at least."""
    lines: int
    """How many pass between columns."""
    beside_heads: int
    """How many of them leave a box where others enter it."""


class _Column(Struct):
    """What stands in one column."""

    boxes: list[SceneBox]
    edges: list[Edge]
    ports: list[PortWish]


class _Passing(Struct):
    """Edges to one target in another column: each with its port (column and number), and the port that all enter by."""

    out: list[tuple[Edge, tuple[int, int]]]
    into: tuple[int, int]


class _Edge(NamedTuple):
    """An edge, and the columns of its source and its target."""

    edge: Edge
    here: int
    there: int


class _Wrapped(Struct):
    """A graph that is cut."""

    columns: list[_Column]
    passing: list[_Passing]


class _ColumnBuilder(Builder):
    """Lays out one column: an edge runs against the flow there if it does so in the whole graph."""

    known_back: Collection[Edge] | None = None
    """None while the whole graph is looked at."""

    def back(self, level: Level, local: Sequence[LocalEdge], ports: Sequence[PortWish]) -> Collection[int]:
        if level.path or self.known_back is None:
            return super().back(level, local, ports)
        return {index for index, (_, _, edge) in enumerate(local) if edge in self.known_back}

    wanted: Mapping[Hashable, float] = MappingProxyType({})
    """In which order lines to other columns come out, by their ports; empty: as suits the column."""

    def column(self, column: _Column, wanted: Mapping[Hashable, float] = MappingProxyType({})) -> tuple[Level, int]:
        """Return a column laid out, and how many lines cross there."""
        # A column is laid out up to twice, and of each of several.
        self.wanted, self.orders, self.quick = wanted, {}, True
        level = self.whole((), column.boxes, column.edges, column.ports)
        return level, self.crossings

    def kept(self, levels: Sequence[Level]) -> dict[LayoutBox, float]:
        ports = {levels[0].items[key]: place for key, place in self.wanted.items()}
        return super().kept(levels) | ports

    def place(self, level: Level, orders: Sequence[Order]) -> None:
        if not level.path:
            _loosen(level)
        super().place(level, orders)


def _loosen(level: Level) -> None:
    """Let lines to other columns pull less at boxes than those inside the column: it is to be narrow."""
    for wire in level.wires:
        if wire.upper.kind is Kind.PORT:
            upper, lower = wire.segments[-1]
            for pin, other in ((upper, lower), (lower, upper)):
                pin.links = [LayoutLink(other, _LOOSE) if link.pin is other else link for link in pin.links]


def most_cells(room: Room) -> float:
    """Return the cells that the layers of what is wrapped may take in a room."""
    return room[0] * room[1] * _FULL


def plans(scene: Scene, style: Style, level: Level, room: Room) -> Iterator[Plan]:
    """Yield how `scene` may be cut so that it fits into a room, fewest columns first; none if it cannot.

    `level` is what `bound` returned for it. This is much less work than the layout.
    """
    cutter = Cutter(level, style, room)
    if cutter.cells > most_cells(room):
        return
    _, along = turned(*room, style)
    first = max(2, -(-level.height // along))
    for columns in range(first, min(first + _MORE, len(level.layers) // _LAYERS + 1)):
        places = cutter.cut(columns, along * _NEARLY)
        if places is not None:
            planned = _plan(scene, style, level, columns, places)
            few = planned.lines <= _LINES * (columns - 1) and planned.beside_heads <= _BESIDE_HEADS
            if few and planned.least[0] <= room[0] and planned.least[1] <= room[1]:
                yield planned


def _plan(scene: Scene, style: Style, level: Level, columns: int, places: Columns) -> Plan:
    """Return what to lay out of `scene`, of which `level` are the layers."""
    narrow = replace(style, narrow=True)
    builder = _ColumnBuilder(scene, narrow, {}, {})
    wrapped = _wrap(builder, scene, level, places, columns)
    levels = [builder.bound((), column.boxes, column.edges, column.ports) for column in wrapped.columns]
    between = [0] * (columns - 1)
    for each in wrapped.passing:
        ends = [each.into[0], *(port[0] for _, port in each.out)]
        for place in range(min(ends), max(ends)):
            between[place] += 1
    across = sum(column.width for column in levels) + (columns - 1) * _gap(narrow)
    along = max(column.height for column in levels) + max(0, max(between) - 1)
    keys = {item.key: number for item, number in places.items()}
    return Plan(columns, keys, turned(across, along, style), len(wrapped.passing), _beside_heads(levels))


def lay_out_wrapped(
    scene: Scene,
    style: Style,
    columns: int,
    room: Room | None = None,
    like: Places | None = None,
    planned: Plan | None = None,
) -> Level | None:
    """Return the layout of `scene` in so many columns, or None if it has too few layers.

    If it is to fit into a `room` of so many columns and rows of cells, it is made for that. `like` is
    that of `lay_out`; `planned` is what `plans` returned for the same arguments, if that is known.
    """
    builder = _ColumnBuilder(scene, style, {}, like or {})
    level = builder.bound((), scene.boxes, scene.edges, ())
    if planned is not None:
        places = {item: planned.places[key] for key, item in level.items.items() if key in planned.places}
    elif (found := Cutter(level, style, room).cut(columns)) is not None:
        places = found
    else:
        return None
    wrapped = _wrap(builder, scene, level, places, columns)
    levels = _ordered(builder, wrapped, style)
    gap = _gap(style)
    if room is not None:
        across, along = turned(*room, style)
        rows = _join(levels, wrapped.passing, style, gap).height - max(each.height for each in levels)
        gap = _narrow(levels, style, across, along - rows)
    return _join(levels, wrapped.passing, style, gap)


def _ordered(builder: _ColumnBuilder, wrapped: _Wrapped, style: Style) -> list[Level]:
    """Lay out every column, and anew those whose lines to others come out in another order than suits these."""
    levels, inside = map(list, zip(*map(builder.column, wrapped.columns), strict=True))
    best = _join(levels, wrapped.passing, style, _gap(style))
    for number, column in enumerate(wrapped.columns):
        if not crossings(best.arcs):
            break
        wanted: list[tuple[tuple[bool, int], int]] = []
        for arc, each in zip(best.arcs, wrapped.passing, strict=True):
            ends = [
                (each.into, arc.into),
                *((port, place) for (_, port), (_, place) in zip(each.out, arc.ends, strict=True)),
            ]
            for place, (port, here) in enumerate(ends):
                if port[0] == number:
                    # The far end: of what all enter by, the one that is farthest away.
                    others = [ends[0][1]] if place else [there for _, there in ends[1:]]
                    there = max(others, key=lambda there: abs(there - here))
                    wanted.append(((there > here, -there), port[1]))
        now = sorted((port for _, port in wanted), key=lambda port: levels[number].items["port", port].x)
        order = [port for _, port in sorted(wanted)]
        if now == order:
            continue
        again, count = builder.column(column, {("port", port): float(place) for place, port in enumerate(order)})
        other = _join([*levels[:number], again, *levels[number + 1 :]], wrapped.passing, style, _gap(style))
        fewer = crossings(best.arcs) + inside[number] - crossings(other.arcs) - count
        if (-fewer, other.width) < (0, best.width):
            levels[number], inside[number], best = again, count, other
    return levels


def _narrow(levels: Sequence[Level], style: Style, across: int, along: int) -> int:
    """Draw columns narrower until together they take `across` cells, if none gets more than `along` cells long for it.

    Returns the blank cells between two of them.
    """
    close, gaps = replace(style, narrow=True), len(levels) - 1
    over = sum(level.width for level in levels) + gaps * _gap(close) - across
    if over > 0:
        spare = [level.width - least_columns(level, close) for level in levels]
        for place in sorted(range(len(levels)), key=lambda place: (levels[place].height, -spare[place])):
            over -= _narrow_one(levels[place], close, over, along)
            if over <= 0:
                break
    return max(_gap(close), min(_gap(style), (across - sum(level.width for level in levels)) // gaps))


def _narrow_one(level: Level, style: Style, over: int, along: int) -> int:
    """Draw a column narrower by up to `over` cells; return by how many."""
    before = level.width
    _place_within(level, style, before)
    least = least_columns(level, style)
    for cells in (max(before - over, least), (before + least) // 2, before):
        if least <= cells <= before:
            _place_within(level, style, cells)
            if level.height <= along:
                break
    return before - level.width


def _place_within(level: Level, style: Style, cells: int) -> None:
    """Draw a finished level anew in so many columns of cells."""
    level.bands.clear()
    arrange_pins(level, style)
    assign_columns(level, style, cells)
    slide_pins(level, style)
    make_channels(level, style)
    measure(level, style)


def _beside_heads(levels: Sequence[Level]) -> int:
    """Return how many lines to other columns leave a box where others enter it: they read as if they did so, too."""
    return sum(
        wire.reversed and wire.upper.kind is Kind.PORT and not wire.turns_lower and wire.lower in entered
        for level in levels
        for entered in [{wire.lower for wire in level.wires if wire.head_lower and not wire.turns_lower}]
        for wire in level.wires
    )


def _gap(style: Style) -> int:
    """Return the blank cells between two columns."""
    return 1 if style.sideways or style.narrow else max(2, style.gap)


def _wrap(builder: _ColumnBuilder, scene: Scene, level: Level, places: Columns, columns: int) -> _Wrapped:
    """Share out what is drawn, and find what passes from column to column."""
    column_of: dict[Hashable, int] = {item.key: columns - 1 for item in level.isolated}
    for item, number in places.items():
        column_of.update({box.key: number for box in (item, *beside_hub(item))})
    found = [_Column([], [], []) for _ in range(columns)]
    for box in scene.boxes:
        found[column_of[builder.key_of(box, ())]].boxes.append(box)
    back = {edge for wire in level.wires for edge in (wire.edge if wire.reversed else None, wire.twin) if edge}
    passing: list[_Edge] = []
    for edge in scene.edges:
        here, there = (column_of[builder.key_of(builder.boxes[end], ())] for end in (edge.source, edge.target))
        if here == there:
            found[here].edges.append(edge)
        else:
            passing.append(_Edge(edge, here, there))
    passing.sort(key=lambda each: each.there < each.here)  # what leads on leaves its box at the side, if it can
    groups = _joined(passing, back, scene)
    builder.known_back = back
    return _Wrapped(found, [_pass(found, builder.boxes, group) for group in groups])


def _joined(edges: Sequence[_Edge], back: Collection[Edge], scene: Scene) -> list[list[_Edge]]:
    """Group the edges that may go on in one line: those of one look to one box which share their first part with none.

    Lines are joined where they begin or where they end, never at both.
    """
    boxes = {box.id: box for box in scene.boxes}
    # In which direction lines leave a box in a subgraph is not known yet.
    up = [*back, *(each.edge for each in edges), *(edge for edge in scene.edges if boxes[edge.source].path)]
    leaving = Counter((edge.source, edge.stroke) for edge in dict.fromkeys(up) if not edge.label)
    groups: dict[Hashable, list[_Edge]] = {}
    for each in edges:
        edge = each.edge
        alone = bool(edge.label) or leaving[edge.source, edge.stroke] == 1
        joined = alone and not boxes[edge.target].path
        groups.setdefault((edge.target, edge.stroke) if joined else edge, []).append(each)
    return list(groups.values())


def _pass(columns: Sequence[_Column], boxes: Mapping[NodeId, SceneBox], group: Sequence[_Edge]) -> _Passing:
    """Give edges to one target a port each in their columns, and one in the target's."""
    out: list[tuple[Edge, tuple[int, int]]] = []
    for edge, here, _ in group:
        # The label stands where the line leaves its box.
        out.append((edge, (here, len(columns[here].ports))))
        source = boxes[edge.source]
        columns[here].ports.append(PortWish(edge, Side.UPPER, source, reversed=True, inwards=False))
    first, _, there = group[0]
    into = there, len(columns[there].ports)
    alike = tuple(edge for edge, _, _ in group[1:])
    first = replace(first, label="")
    wish = PortWish(first, Side.UPPER, boxes[first.target], reversed=False, inwards=True, alike=alike)
    columns[there].ports.append(wish)
    return _Passing(out, into)


def _join(levels: Sequence[Level], passing: Sequence[_Passing], style: Style, gap: int) -> Level:
    """Set the columns side by side, with the lines that lead from one to another."""
    whole = Level(())
    x = 0
    for number, level in enumerate(levels):
        column = LayoutBox(("column", number), Kind.CLUSTER, level.width, level.height, inside=level, x=x)
        whole.items[column.key] = column
        x += level.width + gap

    def place(end: tuple[int, int]) -> int:
        column, port = end
        return whole.items["column", column].x + levels[column].items["port", port].x

    whole.arcs = [
        Arc([(edge.ends, place(port)) for edge, port in each.out], place(each.into), each.out[0][0].stroke)
        for each in passing
    ]
    whole.beside_heads = _beside_heads(levels)
    rows = stack(whole.arcs, pitch=1 + style.ascii)
    for column in whole.items.values():
        column.y = max(0, rows - 1)
    whole.width = x - gap
    whole.height = max(item.y + item.height for item in whole.items.values())
    return whole
