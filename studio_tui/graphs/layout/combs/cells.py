"""Cells that the lines of a comb take between and behind the boxes of a spoke."""

from __future__ import annotations

from studio_tui.graphs.layout.parts import LayoutBox
from studio_tui.graphs.topology.scene import Edge
from studio_tui.text.cells import width

LEAD = 2
"""Cells of line before the label of an edge, or before the head of one without; the joint is the first."""


def link_cells(edge: Edge) -> int:
    """Return the cells of the line between two boxes of a row."""
    return width(edge.label) + 3 if edge.label else 2


def label_room(edge: Edge | None) -> int:
    """Return the cells that the label of an edge takes on its line, with the one after it."""
    return width(edge.label) + 1 if edge is not None and edge.label else 0


def sign_room(box: LayoutBox) -> int:
    """Return the cells that the sign of a spoke's self-loop takes right of it, with its label."""
    return 0 if box.loop is None else 1 + width(box.loop.label)
