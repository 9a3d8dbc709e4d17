"""What a graph's owner keeps between two drawings. Light to import: layout and painters come with the first graph."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from studio_tui.graphs.picture.picture import DetailLevel, Orientation, Picture
from studio_tui.graphs.topology.scene import Path

LEVELS: tuple[DetailLevel, ...] = ("full", "stack", "compact", "outline")
"""From rich to sparse."""

OrderMemo = dict[Path, list[list[list[Hashable]]]]
"""The best orders of levels without subgraphs, which do not depend on the style."""


@dataclass(slots=True)
class PictureCache:
    """What need not be worked out again for the same graph."""

    pictures: dict[tuple[DetailLevel, Orientation], Picture] = field(default_factory=dict)
    orders: dict[bool, OrderMemo] = field(default_factory=lambda: {True: {}, False: {}})
    """By whether chains are folded into boxes."""
