"""What a list view draws from: random access to rows, each one terminal line of spans."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Protocol

from studio_tui.text.spans import Line, plain


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
