"""Places of the Studio screen in cells, the lines between them, and the sizes that the user gave them. Pure."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field


class Sizes(Struct, frozen=True):
    """What the user made larger or smaller, for one class of sizes."""

    columns: dict[str, int] = field(default_factory=dict)
    """Width by the column's first panel, in thousandths of the terminal."""
    rows: dict[str, int] = field(default_factory=dict)
    """Height by column and panel (`graph+timeline:graph`), in thousandths of the body."""
    collapsed: tuple[str, ...] = ()
    """Panels of which only the title stands there."""


class Box(NamedTuple):
    """A place in the body, in cells."""

    x: int
    y: int
    width: int
    height: int


class Border(Struct, frozen=True):
    """A line between two panels, or two columns, that can be moved."""

    is_column: bool
    key: str
    """Whose size it is: in `Sizes.columns`, or in `Sizes.rows`."""
    at: int
    """First cell behind the line."""
    start: int
    end: int
    """The cells along the line; the last one is the first that is outside."""
    low: int
    high: int
    """Where the line may stand."""
    origin: int
    """From where the size is counted: before the line, or behind it."""
    total: int
    """Cells of which the size is a share."""

    def moved(self, sizes: Sizes, at: int) -> Sizes:
        """Return the sizes with this line at `at`, as far as it may go."""
        cells = abs(max(self.low, min(self.high, at)) - self.origin)
        shares = dict(sizes.columns if self.is_column else sizes.rows)
        shares[self.key] = -(-cells * 1000 // self.total)
        if self.is_column:
            return Sizes(shares, sizes.rows, sizes.collapsed)
        return Sizes(sizes.columns, shares, sizes.collapsed)


class Places(NamedTuple):
    """Where everything of the body stands."""

    boxes: dict[str, Box]
    borders: list[Border]
