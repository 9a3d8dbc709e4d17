"""Cells that the lines of a comb take: below its hub, and between and behind the boxes of a spoke."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from studio_tui.graphs.layout.combs.hubs import Spoke
from studio_tui.graphs.layout.parts import LayoutBox, Style, margin, pin_distance, straight_distances
from studio_tui.graphs.topology.scene import Edge
from studio_tui.text.cells import width

LEAD = 2
"""Cells of line before the label of an edge, or before the head of one without; the joint is the first."""


def link_cells(edge: Edge) -> int:
    """Return the cells of the line between two boxes of a row."""
    return width(edge.label) + 3 if edge.label else 2


def lefts_of(spoke: Spoke, left: int, columns: Sequence[int]) -> tuple[int, ...]:
    """Return the first column of each box of a spoke that begins at `left`, whose boxes take so many `columns`."""
    steps = [cells + link_cells(edge) for cells, (edge, _) in zip(columns, spoke.rest, strict=False)]
    return tuple(accumulate(steps, initial=left))


def first_line(hub: LayoutBox, style: Style) -> int:
    """Return how far along the hub's lower side, behind what else leaves it there, the first line to spokes begins."""
    before = sum(straight_distances(hub.lower, style)) + sum(pin_distance(pin, style) for pin in hub.lower[-1:])
    return margin(hub, style) + before


def label_room(edge: Edge | None) -> int:
    """Return the cells that the label of an edge takes on its line, with the one after it."""
    return width(edge.label) + 1 if edge is not None and edge.label else 0


def sign_room(box: LayoutBox) -> int:
    """Return the cells that the sign of a spoke's self-loop takes right of it, with its label."""
    return 0 if box.loop is None else 1 + width(box.loop.label)
