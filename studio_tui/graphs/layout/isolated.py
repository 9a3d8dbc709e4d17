"""Isolated boxes, which no line joins to others: in rows behind the rest, as in a table, not in layers of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from studio_tui.graphs.layout.loops import loop_reach
from studio_tui.graphs.layout.parts import Kind, LayoutBox, Level, Style

_SHAPE = 3.5, 1.6
"""Columns of a good picture for each of its rows, top-down and from left to right: most panes like one of them."""

_WIDEST = 30
"""Boxes in a row at most."""


class Table(Struct, frozen=True):
    """Where isolated boxes stand: the first cell of each in flow coordinates from the table's corner, and its size."""

    places: tuple[tuple[int, int], ...] = ()
    across: int = 0
    along: int = 0


def find_isolated(level: Level) -> list[LayoutBox]:
    """Return the boxes without lines to others; a single one stands in the first layer as well as anywhere."""
    joined = {end for wire in level.wires for end in (wire.upper, wire.lower)}
    found = [
        item for item in level.items.values()
        if item.kind is Kind.NODE and item not in joined and not item.spokes
    ]  # fmt: skip
    return found if len(found) > 1 else []


def size_of(item: LayoutBox, style: Style) -> tuple[int, int]:
    """Return the cells that a box takes across and along the flow, with a self-loop."""
    return item.width + item.right_margin, item.height + loop_reach(item, style)


def gap_before(style: Style) -> int:
    """Return the cells between the isolated boxes and the rest, across the flow."""
    return 1 if style.sideways else style.gap


def table_of(items: Sequence[LayoutBox], across: int, along: int, style: Style) -> Table:
    """Return the table of `items` beside something that takes so many cells (0: nothing) across and along the flow."""
    tables = [_table(items, columns, style) for columns in range(1, min(len(items), _WIDEST) + 1)]

    def price(table: Table) -> tuple[float, int]:
        whole = (across + gap_before(style) if across else 0) + table.across, max(along, table.along)
        columns, rows = reversed(whole) if style.sideways else whole
        return max(columns / _SHAPE[style.sideways], rows), columns * rows

    return min(tables, key=price, default=Table())


def _table(items: Sequence[LayoutBox], columns: int, style: Style) -> Table:
    """Return the table of so many columns: each as wide as its widest box, rows as high as all are."""
    turned = -1 if style.sideways else 1
    sizes = [size_of(item, style)[::turned] for item in items]
    widths = [max(size[0] for size in sizes[column::columns]) for column in range(columns)]
    lefts = list(accumulate((width + style.gap for width in widths), initial=0))
    step = max(size[1] for size in sizes) + style.boxed
    cells = [(lefts[place % columns], place // columns * step) for place in range(len(sizes))]
    wide, high = lefts[-1] - style.gap, cells[-1][1] + step - style.boxed
    if style.sideways:
        return Table(tuple((y, x) for x, y in cells), high, wide)
    return Table(tuple(cells), wide, high)
