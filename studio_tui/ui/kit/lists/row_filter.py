"""Which rows match a text, found in slices of a few milliseconds so that a million rows block nobody."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from time import perf_counter

from studio_tui.present.kit.rows import Rows
from studio_tui.text.spans import Line, Span

SLICE_SECONDS = 0.006
SEEK_SECONDS = 0.25
"""Longest time that one search for the next match may take."""
_STRIDE = 64


class RowFilter:
    """The filter text of a view and the rows found for it so far, in order."""

    def __init__(self) -> None:
        self.text = ""
        self.hides = False
        """Whether only matching rows are shown."""
        self.scanned = 0
        """Rows looked at so far."""
        self._found = array("Q")
        self._inverse = False
        self.needle = ""
        """What rows must hold, in lower case; empty for an inverse filter, which has nothing to mark."""
        self._wanted = ""

    @property
    def count(self) -> int:
        """Rows that match, as far as they have been looked at."""
        return len(self._found)

    def set(self, text: str, *, hides: bool) -> None:
        """Take another filter text and forget what was found."""
        self.text = text
        self._inverse = text.startswith("!") and len(text) > 1
        self._wanted = (text[1:] if self._inverse else text).lower()
        self.needle = "" if self._inverse else self._wanted
        self.hides = hides and bool(text)
        self.forget(0)

    def row(self, position: int) -> int:
        """Return the row at `position` among the matching ones."""
        return self._found[position]

    def position(self, row: int) -> int:
        """Return where `row`, or the next matching one, stands among the matching ones."""
        return bisect_left(self._found, row)

    def forget(self, start: int) -> None:
        """Rows from `start` on are to be looked at again."""
        if start < self.scanned:
            del self._found[bisect_left(self._found, start) :]
            self.scanned = start

    def matches(self, text: str) -> bool:
        """Tell whether a row with this text is shown."""
        return (self._wanted in text.lower()) is not self._inverse

    def scan(self, rows: Rows) -> bool:
        """Look at further rows for a few milliseconds; return whether all have been looked at."""
        end, row = len(rows), self.scanned
        deadline = perf_counter() + SLICE_SECONDS
        while row < end:
            for index in range(row, min(end, row + _STRIDE)):
                if self.matches(rows.text(index)):
                    self._found.append(index)
            row = min(end, row + _STRIDE)
            if perf_counter() > deadline:
                break
        self.scanned = row
        return row >= end

    def seek(self, rows: Rows, start: int, step: int) -> int | None:
        """Return the first match from row `start` in the direction of `step`, around the ends, or None."""
        count = len(rows)
        deadline = perf_counter() + SEEK_SECONDS
        for passed in range(count):
            index = (start + step * passed) % count
            if self.matches(rows.text(index)):
                return index
            if passed % _STRIDE == 0 and perf_counter() > deadline:
                return None
        return None


def highlight(line: Line, needle: str) -> Line:
    """Return `line` with every occurrence of `needle` (lower case) drawn in reverse."""
    if not needle:
        return line
    out: list[Span] = []
    for text, role in line:
        lower = text.lower()
        at = lower.find(needle) if len(lower) == len(text) else -1
        done = 0
        while at >= 0:
            out.append(Span(text[done:at], role))
            out.append(Span(text[at : at + len(needle)], f"{role} reverse"))
            done = at + len(needle)
            at = lower.find(needle, done)
        out.append(Span(text[done:], role))
    return tuple(span for span in out if span.text)
