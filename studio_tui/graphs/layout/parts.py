"""The pieces that one level of the layout works on.

All coordinates are *flow coordinates* in whole cells: `y` runs along the flow, `x` across it. Top-down
pictures use them as they are, left-to-right ones are transposed when painted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence
from enum import Enum, auto
from itertools import pairwise

from msgspec import Struct, field

from studio_tui.graphs.layout.combs.hubs import Comb, CombBeside, Sink, Spoke
from studio_tui.graphs.layout.wrapping.arcs import Arc
from studio_tui.graphs.topology.scene import Edge, Ends, SceneBox, Stroke
from studio_tui.text.cells import width

_EXIT_LEAD = 3
"""Cells of line between a box and the end right of it, beside a label."""
_NOTE_CELLS = 5
"""Of `17/30`."""
_MARK_CELLS = 3
"""Two breakpoint marks between neighbouring names, and a blank."""


class Style(Struct, frozen=True):
    """How a picture is laid out."""

    sideways: bool = False
    """Left to right instead of top-down."""
    boxed: bool = True
    """Boxes with borders instead of one-line `[name]`."""
    ascii: bool = False
    padding: int = 2
    """Blank cells on either side of a name; the last one on its left is kept for the status glyph."""
    gap: int = 3
    """Blank cells between neighbouring boxes of a layer."""
    double_from: int = 2
    """A node with this many plain two-way edges of one stroke (and at most `double_to`) gets double-headed lines."""
    double_to: int = 9
    narrow: bool = False
    """Boxes and lines stand as close as can be."""
    comb_from: int = 4
    """A node with this many workers that know only it is drawn over them like the back of a comb."""

    @property
    def pin_gap(self) -> int:
        """Least distance between two lines on one side of a box."""
        return 2 if not self.sideways else 1


class Kind(Enum):
    """What an item stands for."""

    NODE = auto()
    CLUSTER = auto()
    PORT = auto()
    """Where an edge crosses the frame of the level."""
    DUMMY = auto()
    """Where a long edge passes through a layer."""
    CORNER = auto()
    """Where a line turns to the side of the box beside it."""


class Side(Enum):
    """The side of a box or frame towards the start (UPPER) or the end (LOWER) of the flow."""

    UPPER = auto()
    LOWER = auto()


class LayoutBox(Struct, eq=False):
    """Something with a place in a layer."""

    key: Hashable
    kind: Kind
    width: int = 1
    height: int = 1
    layer: int = 0
    x: int = 0
    y: int = 0
    right_margin: int = 0
    """Cells to the right that belong to it: a self-loop, the label of its last line."""
    position: int = 0
    """Index in its layer."""
    upper: list[Pin] = field(default_factory=list)
    lower: list[Pin] = field(default_factory=list)
    box: SceneBox | None = None
    boxed: bool = False
    """It has a border; else it is one row between brackets."""
    dot: bool = False
    """It is a sign of one cell: where a subgraph starts or ends."""
    loop: Edge | None = None
    loop_is_sign: bool = False
    """The self-loop is a sign beside the first row, although the box has a border."""
    inside: Level | None = None
    spokes: list[Spoke] = field(default_factory=list)
    """The workers that stand below this hub (right of it, left to right), instead of in layers of their own."""
    sink: Sink | None = None
    """Where some of these lead to besides, below them."""
    comb: Comb | None = None
    """Where they stand, top-down."""
    comb_beside: CombBeside | None = None
    """Where they stand left to right."""
    exit: Spoke | None = None
    """The graph's end that stands right of this hub, so that the way out does not go through its workers."""
    corner: LayoutBox | None = None
    """Stands right of this box: where a long line comes in, or leaves."""
    corner_left: LayoutBox | None = None
    """Stands left of this box: where a line that is one with others beside everything leaves or comes in."""
    owner: LayoutBox | None = None
    """The box of a corner."""
    bus: bool = False
    """Of a corner: lines are one there (`buses`), so it stays whatever it costs."""


class Pin(Struct, eq=False):
    """Where lines leave or enter an item: `offset` cells right of its left edge."""

    item: LayoutBox
    key: Hashable
    fixed: bool = False
    offset: int = 0
    label: str = ""
    wires: list[Wire] = field(default_factory=list)
    links: list[LayoutLink] = field(default_factory=list)
    """What it is joined to across the channel."""
    line: list[LayoutBox] = field(default_factory=list)
    """What moves aside with its item for a straight middle branch, where the box would have to grow for it else."""

    @property
    def column(self) -> int:
        """The column of the line."""
        return self.item.x + self.offset


class LayoutLink(Struct, frozen=True, eq=False):
    """A pin's counterpart; `weight` says how much a straight line is worth."""

    pin: Pin
    weight: float


LocalEdge = tuple[Hashable, Hashable, Edge]
"""An edge of one level, after the keys of its items: its own ends, or the subgraphs around them."""


@dataclasses.dataclass(slots=True, eq=False)
class Wire:
    """An edge in the layered graph of one level: from an upper to a lower item, whatever its direction."""

    upper: LayoutBox
    lower: LayoutBox
    edge: Edge
    reversed: bool = False
    """The edge points upwards."""
    head_upper: bool = False
    head_lower: bool = False
    """An arrowhead stands at that end."""
    twin: Edge | None = None
    """The opposite edge that a double-headed line shows as well."""
    alike: tuple[Edge, ...] = ()
    """Other edges that come from other columns in the same line."""
    stroke: Stroke = Stroke.SOLID
    label: str = ""
    net: tuple[Hashable, ...] = ()
    """Wires of one net share cells."""
    chain: list[LayoutBox] = dataclasses.field(default_factory=list)
    """Dummies of the layers between its ends."""
    turns_upper: bool = False
    turns_lower: bool = False
    """It comes to the side of the box at that end, by its corner."""
    bus: bool = False
    """It is one with others beside everything, by corners of its boxes that stay (`buses`)."""
    left: bool = False
    """It turns at the left sides of its boxes."""
    joins: Wire | None = None
    """It ends on this one's line, at the corner of the box it leaves."""
    apart: bool = False
    """It shares cells with no other wire."""
    upper_pin: Pin = dataclasses.field(init=False)
    lower_pin: Pin = dataclasses.field(init=False)
    segments: list[tuple[Pin, Pin]] = dataclasses.field(default_factory=list)

    @property
    def ends(self) -> list[Ends]:
        """The ends of the edges that it stands for."""
        return [self.edge.ends, *([] if self.twin is None else [self.twin.ends])]

    @property
    def double(self) -> bool:
        """Whether it stands for two opposite edges."""
        return self.twin is not None

    @property
    def source(self) -> LayoutBox:
        """The item that the edge leaves."""
        return self.lower if self.reversed else self.upper

    @property
    def target(self) -> LayoutBox:
        """The item that the edge enters."""
        return self.upper if self.reversed else self.lower


class PortWish(Struct, frozen=True):
    """An edge that crosses a cluster's frame on one side and ends at (or starts from) `inner`."""

    edge: Edge
    side: Side
    inner: SceneBox
    reversed: bool
    inwards: bool
    """The edge's target is inside."""
    alike: tuple[Edge, ...] = ()
    """Other edges that come there with it."""


class Track(Struct, eq=False):
    """A set of lines joined by one row of a channel; `link` is the column of the line to its other half."""

    wires: list[tuple[Wire, Pin, Pin]]
    net: tuple[Hashable, ...]
    stroke: Stroke
    upper: dict[int, Pin] = field(default_factory=dict)
    lower: dict[int, Pin] = field(default_factory=dict)
    link: int | None = None
    parent: Track | None = None
    low: int = 0
    high: int = 0
    row: int = 0

    def columns(self) -> list[int]:
        """Return every column where the row has a joint or a corner."""
        return [*self.upper, *self.lower, *([] if self.link is None else [self.link])]

    def measure(self) -> None:
        """Set `low` and `high` from the columns."""
        columns = self.columns()
        self.low, self.high = min(columns), max(columns)


class Channel(Struct):
    """The rows between two layers: heads and labels, then tracks, then labels and heads."""

    straight: list[Track]
    tracks: list[Track]
    before: int
    height: int
    heads_upper: bool
    heads_lower: bool
    layer: int
    """The rows of the layer above, as far as the channel does not share them."""


class Level(Struct, eq=False):
    """The layout of the whole graph, or of the inside of one cluster."""

    path: tuple[str, ...]
    items: dict[Hashable, LayoutBox] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)
    layers: list[list[LayoutBox]] = field(default_factory=list)
    isolated: list[LayoutBox] = field(default_factory=list)
    """Boxes without lines, which stand in no layer."""
    channels: list[Channel] = field(default_factory=list)
    bands: list[tuple[int, int]] = field(default_factory=list)
    """First row and height of each layer."""
    ports_upper: bool = False
    ports_lower: bool = False
    port_columns: dict[tuple[Edge, Side], int] = field(default_factory=dict)
    width: int = 0
    height: int = 0
    title: str = ""
    title_x: int = 2
    beside_heads: int = 0
    """How many edges from column to column of a wrapped drawing leave a box where others enter it."""
    arcs: list[Arc] = field(default_factory=list)
    """Of a wrapped drawing, whose items are its columns: the edges from one to another."""


def has_border(box: SceneBox, style: Style) -> bool:
    """Tell whether `box` is drawn with a border, unless its lines need one."""
    return (style.boxed or len(box.names) > 1) and not box.is_end


def padding(box: SceneBox, style: Style) -> int:
    """Return the blank cells on either side of the names of `box`."""
    return 1 if box.is_end else style.padding


def name_column(box: SceneBox, number: int, left: int, cells: int, style: Style) -> int:
    """Return the column of a name of a box that is `cells` wide: in the middle, or where all of its column begin."""
    if len(box.names) == 1:
        return left + (cells - width(box.names[0])) // 2
    return left + 1 + padding(box, style) + number // box.rows * column_step(box, style)


def column_step(box: SceneBox, style: Style) -> int:
    """Return the cells from one column of names to the next: each has room for how far a fan-out is, and for marks."""
    room = _NOTE_CELLS + (_MARK_CELLS if box.columns > 1 else 0)
    return max(width(name) for name in box.names) + padding(box, style) + room


def natural_width(box: SceneBox, style: Style, *, boxed: bool) -> int:
    """Return the cells across the flow that the names of `box` need."""
    if style.sideways:
        return box.rows + 2 * boxed
    return box_columns(box, style)


def box_columns(box: SceneBox, style: Style) -> int:
    """Return the columns that a box with its names takes."""
    if len(box.names) == 1:
        return width(box.names[0]) + 2 * padding(box, style) + 2
    return box.columns * column_step(box, style) + padding(box, style) + 2


def margin(item: LayoutBox, style: Style) -> int:
    """Return the cells at either end of a box side that no line may use (corners and breakpoint marks)."""
    return 0 if item.dot else item.boxed + (not style.sideways)


def label_cells(pin: Pin, style: Style) -> int:
    """Return how many cells beside the line a pin's label takes (left to right it stands on the line)."""
    return 0 if style.sideways or not pin.label else width(pin.label)


def exit_room(item: LayoutBox) -> int:
    """Return the cells that the way out beside a box takes, with the end that it leads to."""
    return 0 if item.exit is None else _EXIT_LEAD + width(item.exit.there.label) + item.exit.box.width


def pin_distance(pin: Pin, style: Style) -> int:
    """Return the least distance from `pin` to the next one on its right."""
    return max(style.pin_gap, label_cells(pin, style) + 2 if pin.label and not style.sideways else 0)


def straight_distances(pins: Sequence[Pin], style: Style) -> list[int]:
    """Return the distance from each pin of a side to the next where both lines to one box can be straight.

    That takes room at either end for the label beside one. Below a box that has several such neighbours only one
    could stand, so there it is what each pin needs for itself.
    """
    found = [pin_distance(pin, style) for pin in pins[:-1]]
    pairs = [
        place
        for place, (pin, after) in enumerate(pairwise(pins))
        if len(pin.links) == len(after.links) == 1 and pin.links[0].pin.item is after.links[0].pin.item
    ]
    if len(pairs) == 1:
        place = pairs[0]
        found[place] = max(found[place], pin_distance(pins[place].links[0].pin, style))
    return found


def is_trunk(pin: Pin) -> bool:
    """Tell whether so many lines leave at `pin` that one may have to step aside for a straight middle branch."""
    return len(pin.wires) > 2
