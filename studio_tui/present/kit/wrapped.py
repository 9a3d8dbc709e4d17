"""The rows of a page to read: every line of it wrapped, or one row a line that can be shifted sideways.

Lines may have millions of characters: they are laid out in slices of a few milliseconds, first lines first.
"""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator
from time import perf_counter
from typing import Protocol

from studio_tui.present.kit.markdown.wrapping import wrapped
from studio_tui.present.kit.rows import LineRows, Rows
from studio_tui.text.cells import pieces, wrap
from studio_tui.text.spans import Line, Span, line_width, plain

SLICE_SECONDS = 0.006
_STRIDE = 64
"""Rows that are laid out between two looks at the clock."""


class Lines(Protocol):
    """The lines of a page, whole or in part."""

    def __len__(self) -> int: ...

    def part(self, index: int, start: int, end: int) -> Line:
        """Return the characters from `start` to `end` of line `index`."""
        ...

    def key(self, index: int) -> Hashable:
        """Return identity and revision of the line."""
        ...

    def text(self, index: int) -> str:
        """Return the whole line (safe text)."""
        ...


class WrappedRows(Rows):
    """`Rows` over `Lines`. Until a width is known, and when wrapping is off, a row is a line."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.hangs: Callable[[int], int] = lambda _line: 0
        """Cells by which what is wrapped of a line stands to the right of its beginning."""
        self.wraps = True
        self.shift = 0
        """Characters that are left of the view, when rows are not wrapped."""
        self.reach = 0
        """Characters of a row that a search may need from behind its end, less than the text searched for."""
        self._begin()

    def _begin(self) -> None:
        self._line, self._start, self._end = array("Q"), array("Q"), array("Q")
        self._todo: Iterator[tuple[int, int, int]] | None = self._all_pieces() if self.wraps and self.cells else None

    def _all_pieces(self) -> Iterator[tuple[int, int, int]]:
        for index in range(len(self.lines)):
            for start, end in pieces(self.lines.text(index), self.cells - self._hang(index), self.cells):
                yield index, start, end

    def _hang(self, line: int) -> int:
        """Cells before what is wrapped of a line, as long as it has the most of a row."""
        cells = self.hangs(line)
        return cells if cells <= self.cells // 2 else min(2, self.cells // 2)

    @property
    def is_laid_out(self) -> bool:
        return self._todo is None

    @property
    def is_wrapped(self) -> bool:
        return self.wraps and self.cells > 0

    def set_lines(self, lines: Lines) -> None:
        self.lines = lines
        self._begin()
        self.lay_out()

    def lay_out_anew(self) -> bool:
        if self.wraps:
            self._begin()
            self.lay_out()
        return self.wraps

    def set_wraps(self, wraps: bool) -> None:
        """Wrap lines, or show each in one row from its beginning."""
        self.wraps, self.shift = wraps, 0
        self._begin()
        self.lay_out()

    def move_sideways(self, characters: int) -> bool:
        """Shift rows that are not wrapped; return whether anything moved."""
        longest = max((len(self.lines.text(index)) for index in range(len(self.lines))), default=0)
        shift = min(max(0, self.shift + characters), max(0, longest - self.cells // 2))
        moved, self.shift = shift != self.shift, shift
        return moved and not self.is_wrapped

    def lay_out(self) -> bool:
        """Lay out further rows for a few milliseconds; return whether all are there."""
        deadline = perf_counter() + SLICE_SECONDS
        while self._todo is not None and self._some() and perf_counter() < deadline:
            pass
        return self._todo is None

    def _some(self) -> bool:
        if self._todo is None:
            return False
        for _ in range(_STRIDE):
            found = next(self._todo, None)
            if found is None:
                self._todo = None
                return False
            self._line.append(found[0])
            self._start.append(found[1])
            self._end.append(found[2])
        return True

    def anchor(self, index: int) -> tuple[int, int]:
        """Return the line and the character with which a row begins."""
        return (self._line[index], self._start[index]) if self.is_wrapped else (index, 0)

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row that shows a character of a line; the page is laid out as far as that, at least."""
        return self.row_at(*anchor) if isinstance(anchor, tuple) else None

    def row_at(self, line: int, character: int) -> int | None:
        """Return the row that shows a character of a line, or None when there is no such line (any more)."""
        if not 0 <= line < len(self.lines):
            return None
        if not self.is_wrapped:
            return line
        while not self._line or (self._line[-1], self._start[-1]) <= (line, character):
            if not self._some():
                break
        low = bisect_right(self._line, line - 1) if line else 0
        high = bisect_right(self._line, line)
        return max(low, bisect_right(self._start, character, low, high) - 1)

    def joint(self, row: int) -> str:
        """Return what stands between the row before and this one; a line break between two lines."""
        if not self.is_wrapped or not row or self._line[row - 1] != self._line[row]:
            return "\n"
        return self.lines.text(self._line[row])[self._end[row - 1] : self._start[row]]

    def whole(self, row: int) -> str:
        return self.lines.text(self.anchor(row)[0])

    # -- rows ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._line) if self.is_wrapped else len(self.lines)

    def line(self, index: int, width: int) -> Line:
        if self.is_wrapped:
            line = self.lines.part(self._line[index], self._start[index], self._end[index])
            hang = self._hang(self._line[index]) if self._start[index] else 0
            return (Span(" " * hang), *line) if hang else line
        start = self.shift
        if start:
            text = self.lines.text(index)
            # A row must not begin with the second half of a character that is drawn in one.
            while start < len(text) and (unicodedata.combining(text[start]) or text[start] in "\u200d\ufe0f"):
                start += 1
        return self.lines.part(index, start, start + 2 * width)

    def key(self, index: int) -> Hashable:
        if self.is_wrapped:
            line = self._line[index]
            return (self.lines.key(line), line, self._start[index], self._end[index])
        return (self.lines.key(index), index, self.shift)

    def margin(self, index: int) -> int | None:
        if not self.is_wrapped or not self._start[index]:
            return super().margin(index)
        return self._hang(self._line[index]) or super().margin(index)

    def text(self, index: int) -> str:
        """Return what a search looks at: the row, and as much behind it as a match that begins in it may take."""
        if self.is_wrapped:
            text = self.lines.text(self._line[index])
            return text[self._start[index] : self._end[index] + self.reach]
        return self.lines.text(index)


class HangingRows(LineRows):
    """Lines that are wrapped to the width; what is left of a line hangs below its last span."""

    def __init__(self) -> None:
        super().__init__()
        self._whole: list[Line] = []

    def show(self, lines: Iterable[Line]) -> None:
        self._whole = list(lines)
        self.lay_out_anew()

    def lay_out_anew(self) -> bool:
        self.lines = [part for line in self._whole for part in hanging(line, self.cells)]
        return True


def hanging(line: Line, cells: int) -> list[Line]:
    """Wrap the last span of a line that is too long, below its own beginning; or all of it, below where it begins."""
    if line_width(line) <= cells or not line or not cells:
        return [line]
    head, last = line[:-1], line[-1]
    stripped = last.text.lstrip(" ")
    indent = line_width(head) + len(last.text) - len(stripped)
    if indent > cells // 2:
        text = plain(line)
        left = len(text) - len(text.lstrip(" ")) + 2
        blanks: Line = (Span(" " * left),) if left <= cells // 2 else ()
        parts = [part for part, _ in wrapped(line, max(8, cells - line_width(blanks)), cells)]
        return [parts[0], *((*blanks, *part) for part in parts[1:])]
    lines = wrap(stripped, max(8, cells - indent))
    pad = Span(" " * indent)
    first = (*head, Span(" " * (indent - line_width(head))), Span(lines[0], last.role))
    return [first, *((pad, Span(text, last.role)) for text in lines[1:])]
