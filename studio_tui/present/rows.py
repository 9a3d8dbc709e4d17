"""What a list view draws from: random access to rows, each one terminal line of spans."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from studio_tui.text.spans import Line


class Rows(Protocol):
    """Rows by index. Building a line must cost O(line): the view asks only for visible ones."""

    def __len__(self) -> int: ...

    def line(self, index: int, width: int) -> Line:
        """Return row `index` for `width` cells; the view pads or cuts what is left."""
        ...

    def key(self, index: int) -> Hashable:
        """Return identity and revision of the row: equal keys draw equal lines."""
        ...

    def text(self, index: int) -> str:
        """Return the row's whole text, for search and for copying (safe text)."""
        ...


class NoRows:
    """No rows at all."""

    def __len__(self) -> int:
        return 0

    def line(self, index: int, width: int) -> Line:
        """Never asked for."""
        raise IndexError(index)

    def key(self, index: int) -> Hashable:
        """Never asked for."""
        raise IndexError(index)

    def text(self, index: int) -> str:
        """Never asked for."""
        raise IndexError(index)
