"""What a list view draws from: random access to rows, each one terminal line of spans."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.spans import Line, Span, plain

T = TypeVar("T")


class Rows(Protocol):
    """Rows by index. Building a line must cost O(line): the view asks only for visible ones."""

    signs: Glyphs = UNICODE
    """Set by the view that draws them."""
    now: float = 0.0
    """Unix seconds for which ages and running durations are told."""
    cells: int = 0
    """Width for which rows are laid out."""

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

    def anchor(self, index: int) -> Hashable:
        """Return what identifies a row when rows are put in or taken out before it."""
        return index

    def row_of(self, anchor: Hashable) -> int | None:
        """Return where the row of an anchor is now, None when it is gone."""
        return anchor if isinstance(anchor, int) else None

    def set_width(self, cells: int) -> bool:
        """Lay out for a width; return whether rows are others now."""
        before, self.cells = self.cells, cells
        return cells != before and self.lay_out_anew()

    def lay_out_anew(self) -> bool:
        """Lay out for other `cells`; return whether rows are others now. Most are one line, whatever its length."""
        return False

    def is_open(self, index: int) -> bool | None:  # noqa: ARG002 - most rows have nothing below them
        """Return whether what a row is of is expanded; None where there is nothing to expand."""
        return None

    def opens(self, index: int) -> bool:
        """Return whether two clicks on a row of text open it, instead of selecting a word."""
        return self.is_open(index) is not None

    def belongs(self, index: int, other: int) -> bool:  # noqa: ARG002 - most rows stand for themselves
        """Return whether a row is part of the same thing as another one: keys that act on the one act on all of it."""
        return False

    def joint(self, index: int) -> str:  # noqa: ARG002 - most rows are lines of their own
        """Return what stands between the text of the row before and that of this one."""
        return "\n"

    def margin(self, index: int) -> int | None:  # noqa: ARG002 - most rows have one bar at most
        """Return how many cells of a row are bars and indents before its text; None: a bar with which it begins."""
        return None

    def end(self, index: int) -> int | None:  # noqa: ARG002 - most rows are text to their end
        """Return the cell where the text of a row ends and something else begins; None: it goes on to the end."""
        return None


class ListedRows(Rows, Generic[T]):
    """Rows over things that are listed from a server."""

    def __init__(self) -> None:
        self.items: Sequence[T] = ()

    def __len__(self) -> int:
        return len(self.items)

    def take(self, items: Sequence[T], now: float) -> None:
        self.items, self.now = items, now

    def identity(self, item: T) -> Hashable:
        """Return what stays the same of a thing when it is read again."""
        raise NotImplementedError

    def heading(self, width: int) -> Line:  # noqa: ARG002 - for lists with columns
        """Return the names of the columns."""
        return ()

    def anchor(self, index: int) -> Hashable:
        return self.identity(self.items[index])

    def row_of(self, anchor: Hashable) -> int | None:
        return next((row for row, item in enumerate(self.items) if self.identity(item) == anchor), None)


class SortedRows(ListedRows[T]):
    """`Rows` over things in the order of the server, or sorted by a column as far as they are read."""

    SORTS: ClassVar[tuple[str, ...]] = ()
    """The columns that they can be sorted by, as the heading calls them, from left to right."""

    def __init__(self) -> None:
        super().__init__()
        self.sorted_by = ""
        """A column; empty for the order of the server."""
        self.descending = False
        self.marked: set[Hashable] = set()
        """What an action on many is for, by identity."""
        self._listed: Sequence[T] = ()

    def rank(self, item: T, column: str) -> Any:
        """Return what is compared of a thing; all of a column are of one type."""
        raise NotImplementedError

    def take(self, items: Sequence[T], now: float) -> None:
        self._listed = items
        if self.sorted_by:
            items = sorted(items, key=lambda item: self.rank(item, self.sorted_by), reverse=self.descending)
        super().take(items, now)
        self.marked &= {self.identity(item) for item in items}

    def mark(self, item: T) -> None:
        """Mark a thing, or take its mark away."""
        self.marked ^= {self.identity(item)}

    def mark_of(self, item: T) -> Span:
        """Return the first cell of a row."""
        return Span("*" if self.identity(item) in self.marked else " ", "mark bold")

    def chosen(self, current: T | None) -> list[T]:
        """Return what is marked, else what is under the cursor."""
        found = [item for item in self.items if self.identity(item) in self.marked]
        return found or ([] if current is None else [current])

    def sort(self, column: str) -> None:
        """Sort by a column, the second time the other way round, the third time as the server does."""
        if column != self.sorted_by:
            self.sorted_by, self.descending = column, False
        elif not self.descending:
            self.descending = True
        else:
            self.sorted_by, self.descending = "", False
        self.take(self._listed, self.now)

    def named(self, heading: str) -> str:
        """Return a heading with the sign of the order behind the name of the column."""
        if not self.sorted_by:
            return heading
        sign = self.signs.down if self.descending else "↑" if self.signs is UNICODE else "^"
        at = heading.index(self.sorted_by) + len(self.sorted_by)
        return f"{heading[:at]} {sign}{heading[at + 2 :]}"


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


class LineRows(Rows):
    """Rows that are ready-made lines, each with what it stands for."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines: list[Line] = list(lines)

    def __len__(self) -> int:
        return len(self.lines)

    def line(self, index: int, width: int) -> Line:  # noqa: ARG002 - the lines are what they are
        return self.lines[index]

    def key(self, index: int) -> Hashable:
        return self.lines[index]

    def text(self, index: int) -> str:
        return plain(self.lines[index])
