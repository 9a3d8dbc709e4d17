"""Moving between the boxes of a picture, and finding them by name. Pure geometry."""

from __future__ import annotations

from typing import Literal

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.text.sanitize import clean

Direction = Literal["up", "down", "left", "right"]
_CELL_ASPECT = 2
"""A terminal cell is about twice as high as it is wide."""


def neighbour(picture: Picture, node: NodeId, direction: Direction) -> NodeId | None:
    """Return the nearest node in a direction; distance across it counts double."""
    here = _centre(picture.node_rects[node])
    best: tuple[float, int, int] | None = None
    found: NodeId | None = None
    for other, rect in picture.node_rects.items():
        if other == node:
            continue
        there = _centre(rect)
        dx, dy = there[0] - here[0], (there[1] - here[1]) * _CELL_ASPECT
        ahead, aside = {"up": (-dy, dx), "down": (dy, dx), "left": (-dx, dy), "right": (dx, dy)}[direction]
        if ahead <= 0 or (direction in ("left", "right") and abs(aside) > 2 * ahead):
            continue
        price = (ahead + 2 * abs(aside), rect.y, rect.x)
        if best is None or price < best:
            best, found = price, other
    return found


def reading_order(picture: Picture) -> list[NodeId]:
    """Return all nodes along the flow, row by row (column by column from left to right)."""
    rects = picture.node_rects
    if picture.orientation == "LR":
        return sorted(rects, key=lambda node: (rects[node].x, rects[node].y))
    return sorted(rects, key=lambda node: (rects[node].y, rects[node].x))


def matches(picture: Picture, text: str) -> list[NodeId]:
    """Return the nodes whose path holds `text`, case ignored, in reading order."""
    wanted = text.casefold()
    return [node for node in reading_order(picture) if wanted in clean(node).casefold()] if wanted else []


def _centre(rect: Rect) -> tuple[float, float]:
    return rect.x + rect.width / 2, rect.y + rect.height / 2
