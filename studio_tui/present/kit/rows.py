"""What a list view draws from: random access to rows, each one terminal line of spans."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.spans import Line, plain

T = TypeVar("T")


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


class ListedRows(Generic[T]):
    """Rows over things that are listed from a server."""

    def __init__(self, signs: Glyphs = UNICODE) -> None:
        self.signs = signs
        self.items: Sequence[T] = ()
        self.now = 0.0
        """Unix seconds for which ages are told."""

    def __len__(self) -> int:
        return len(self.items)

    def take(self, items: Sequence[T], now: float) -> None:
        """Show what is listed now."""
        self.items, self.now = items, now

    def line(self, index: int, width: int) -> Line:
        """Return one row."""
        raise NotImplementedError

    def key(self, index: int) -> Hashable:
        """Return all that a row shows."""
        raise NotImplementedError

    def text(self, index: int) -> str:
        """Return all that can be searched for."""
        raise NotImplementedError

    def identity(self, item: T) -> Hashable:
        """Return what stays the same of a thing when it is read again."""
        raise NotImplementedError

    def heading(self, width: int) -> Line:  # noqa: ARG002 - for lists with columns
        """Return the names of the columns."""
        return ()

    def row_of(self, identity: Hashable) -> int | None:
        """Return the row of a thing, None when it is not loaded."""
        return next((row for row, item in enumerate(self.items) if self.identity(item) == identity), None)


class Held:
    """A thing as part of a row's key: equal only to itself.

    The key keeps it alive, so that nothing newer can pass for it, as it could by `id`: that number is given to another
    object once the first is gone.
    """

    __slots__ = ("_thing",)

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and other._thing is self._thing

    def __hash__(self) -> int:
        return id(self._thing)


class LineRows:
    """Rows that are ready-made lines, each with what it stands for."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines: list[Line] = list(lines)

    def __len__(self) -> int:
        return len(self.lines)

    def line(self, index: int, width: int) -> Line:  # noqa: ARG002 - the lines are what they are
        """Return row `index`."""
        return self.lines[index]

    def key(self, index: int) -> Hashable:
        """Return the line itself."""
        return self.lines[index]

    def text(self, index: int) -> str:
        """Return the row's text."""
        return plain(self.lines[index])
