"""The finished drawing: rows of text and where everything stands in them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct, field

from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.graphs.topology.equivalent import box_of
from studio_tui.graphs.topology.scene import Ends, OrderMemo, visible_in
from studio_tui.graphs.topology.texts import NARROW, Limits

Orientation = Literal["TD", "LR"]
DetailLevel = Literal["full", "tight", "compact", "stack", "outline"]

LEVELS: tuple[DetailLevel, ...] = ("full", "tight", "compact", "stack", "outline")
"""From what says most to what says least: a chain folded into one box hides its arrows."""

_KEPT = 64
"""Entries of each part of a cache. Pictures of 500 nodes take half a megabyte."""


class Rect(Struct, frozen=True):
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond it."""
        return self.y + self.height

    def contains(self, x: int, y: int) -> bool:
        """Tell whether a cell is inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom


class Picture(Struct, frozen=True, eq=False):
    """A drawing of a graph in terminal cells; `rows` have no trailing blanks."""

    width: int
    height: int
    orientation: Orientation
    level: DetailLevel
    rows: tuple[str, ...]
    node_rects: Mapping[NodeId, Rect] = field(default_factory=dict)
    """Every node's box; of a node in a chain box its row of that box."""
    box_rects: Mapping[NodeId, Rect] = field(default_factory=dict)
    """Every box with its border, by its (first) node."""
    cluster_rects: Mapping[NodeId, Rect] = field(default_factory=dict)
    """Frames of expanded subgraphs, outer ones first."""
    edge_cells: Mapping[Ends, frozenset[tuple[int, int]]] = field(default_factory=dict)
    """Cells (x, y) of every edge by its (source, target); edges of one bundle share cells."""
    stacks: Mapping[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)
    """Chain boxes: the first node and all nodes of the box."""
    labels: Mapping[NodeId, str] = field(default_factory=dict)
    """The text of every node as drawn."""
    name_cells: Mapping[NodeId, tuple[int, int]] = field(default_factory=dict)
    """The first cell of that text."""
    glyph_cells: Mapping[NodeId, tuple[int, int]] = field(default_factory=dict)
    """The cell kept free for every node's status glyph."""
    mark_cells: Mapping[NodeId, tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=dict)
    """The cells for every node's breakpoint marks, before and after."""
    label_runs: tuple[tuple[int, int, int], ...] = ()
    """Column, row and width of every edge label."""
    title_runs: tuple[tuple[int, int, int], ...] = ()
    """The same of the titles of frames; none in a list."""
    collapsed: frozenset[NodeId] = frozenset()
    """Boxes that can be opened: they stand for a collapsed subgraph, or under one name for equivalent nodes."""
    crossings: int = 0
    bends: int = 0
    conflicts: int = 0
    """Cells where two lines cannot be told apart; always 0 unless the layout has a fault."""
    equivalent: Mapping[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)
    """Boxes of equivalent nodes, with one name or a row each: the first node, by which they go, and all of them."""
    limits: Limits = NARROW
    """How many cells its texts may take."""
    beside_heads: int = 0
    """How many lines to another column leave a box where others enter it."""
    cuts: tuple[int, ...] = ()
    """Where the second column of a wrapped picture begins, and each after it; from left to right they are rows."""
    too_large: bool = False
    """It is a list because a drawing would take too long, whatever room there is."""

    @property
    def is_outline(self) -> bool:
        """Whether this is a list instead of a drawing."""
        return self.level == "outline"

    @property
    def columns(self) -> int:
        """In how many columns (rows, from left to right) it is wrapped: 1 where it is not."""
        return len(self.cuts) + 1

    def column(self, node: NodeId) -> int:
        """Return the column of a wrapped picture that shows a node, from 0; else 0."""
        rect = self.node_rects[node]
        return bisect_right(self.cuts, rect.x if self.orientation == "TD" else rect.y)

    def members(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return what a name stands for: the node itself, or all that are equivalent and have only one together."""
        return self.equivalent[node] if node in self.equivalent and node in self.collapsed else (node,)

    def shown(self, node: NodeId) -> NodeId:
        """Return what shows `node`: itself, a collapsed subgraph around it, or the name of equivalent nodes."""
        box = self.end(node)
        return box if box in self.collapsed else node

    def holder(self, node: NodeId) -> NodeId | None:
        """Return the box in which `node` is to be looked for: its own, that of a closed subgraph around it, or that of
        equivalent nodes; None where it has none."""
        around = next((box for box in (node, *ancestors(node)) if box in self.node_rects), None)
        return around or (box if (box := self.shown(node)) in self.node_rects else None)

    def end(self, node: NodeId) -> NodeId:
        """Return the box at which the edges of `node` end."""
        box = visible_in(node, self.collapsed)
        return box_of(self.equivalent).get(box, box) if self.equivalent else box

    def hit(self, x: int, y: int) -> NodeId | None:
        """Return the node at a cell, else the innermost cluster whose frame is there, else None."""
        for node, rect in self.node_rects.items():
            if rect.contains(x, y):
                return node
        for box, rect in self.box_rects.items():
            if rect.contains(x, y):
                listed = (box,) if box in self.collapsed else self.equivalent.get(box, (box,))
                members = self.stacks.get(box, listed)
                return members[0] if y == rect.y else members[-1]
        for cluster, rect in reversed(list(self.cluster_rects.items())):
            on_frame = x in (rect.x, rect.right - 1) or y in (rect.y, rect.bottom - 1)
            if on_frame and rect.contains(x, y):
                return cluster
        return None


Choice = tuple[DetailLevel, Orientation, "Folds", Limits, "Wrap | None"]
"""How a graph may be drawn."""


class Wrap(NamedTuple):
    """How a long drawing is cut into columns, or from left to right into rows, that stand side by side."""

    columns: int
    room: tuple[int, int] | None = None
    """Columns and rows of cells that it is made for."""


class Folds(NamedTuple):
    """What is drawn as one box."""

    collapsed: frozenset[NodeId]
    """Subgraphs, and equivalent nodes under one name."""
    listed: frozenset[NodeId] = frozenset()
    """Equivalent nodes with a row each."""


class PictureCache(Struct):
    """What the owner of one graph keeps between two drawings."""

    pictures: dict[Choice, Picture] = field(default_factory=dict)
    least: dict[tuple[Choice, int], tuple[int, int] | None] = field(default_factory=dict)
    """Columns and rows that a picture takes at least; None where its lines have more pieces than so many."""
    wrapped: dict[tuple[Choice, tuple[int, int], int], list[Choice]] = field(default_factory=dict)
    """Ways to wrap what is drawn in some way, for a pane of so many columns and rows; of lines with so many pieces."""
    orders: dict[tuple[bool, Folds], OrderMemo] = field(default_factory=lambda: defaultdict(dict))
    """By whether chains are folded into boxes, and what else is."""

    def trim(self) -> None:
        """Forget what was found first, as far as it is more than a user folding and opening goes back to."""
        caches: tuple[dict[Any, Any], ...] = (self.pictures, self.least, self.wrapped, self.orders)
        for cache in caches:
            while len(cache) > _KEPT:
                cache.pop(next(iter(cache)), None)
