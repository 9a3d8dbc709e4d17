"""Which rows match a text, found in slices of a few milliseconds so that a million rows block nobody."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable
from time import perf_counter

from studio_tui.present.kit.rows import Rows
from studio_tui.text.fmt import count
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

SLICE_SECONDS = 0.006
SEEK_SECONDS = 0.25
"""Longest time that one search for the next match may take."""
_STRIDE = 64
COUNTED = 2_000
"""Rows up to which matches are counted where other rows are not hidden: more of them may have to be read for it."""
PATTERN_REACH = 4000
"""Characters of a row that a regular expression looks at: some take very long."""


class RowFilter:
    """The filter text of a view and the rows found for it so far, in order."""

    def __init__(self, rows: Callable[[], Rows]) -> None:
        self._rows = rows
        self.text = ""
        self.hides = False
        """Whether only matching rows are shown."""
        self.hides_up_to: int | None = None
        """Rows of which others are hidden at most; None: however many there are."""
        self.counts = True
        """Whether matches are counted where other rows are not hidden; a view may say how many there are itself."""
        self.scanned = 0
        """Rows looked at so far."""
        self._found = array("Q")
        self._inverse = False
        self.needle = ""
        """What rows must hold, in lower case; empty for an inverse filter, which has nothing to mark."""
        self._wanted = ""
        self._pattern: re.Pattern[str] | None = None
        self.gave_up = False
        """The last search for a match ran out of time before it had seen every row."""
        self.missed = False
        """The last search for a match found nothing."""
        self.asked = False
        """The next match was asked for, and nobody has said that there is none."""

    @property
    def count(self) -> int:
        """Rows that are shown, as far as they have been looked at."""
        return len(self._found) if self.hides else len(self._rows())

    @property
    def is_scanning(self) -> bool:
        """Whether rows are still being looked through."""
        return self.text != "" and self.scanned < len(self._rows()) and (self.hides or self._counts)

    @property
    def _counts(self) -> bool:
        return self.counts and len(self._rows()) <= COUNTED

    @property
    def finds_nothing(self) -> bool:
        """Whether a text is set and no row holds it, as far as is known."""
        if not self.text:
            return False
        return not self.is_scanning and not self.count if self.hides else self.missed

    def set(self, text: str, *, hides: bool) -> None:
        self.text = text
        self._inverse = text.startswith("!") and len(text) > 1
        wanted = text[1:] if self._inverse else text
        self._wanted = wanted.lower()
        self._pattern = _pattern(wanted)
        self.needle = "" if self._inverse or self._pattern is not None else self._wanted
        self.hides = hides and bool(text) and (self.hides_up_to is None or len(self._rows()) <= self.hides_up_to)
        self.missed = self.asked = False
        self.forget(0)

    def row(self, position: int) -> int:
        """Return the row at `position` among those that are shown."""
        return self._found[position] if self.hides else position

    def position(self, row: int) -> int:
        """Return where `row`, or the next one that is shown, stands among those that are."""
        return bisect_left(self._found, row) if self.hides else row

    def forget(self, start: int) -> None:
        """Rows from `start` on are to be looked at again."""
        if start < self.scanned:
            del self._found[bisect_left(self._found, start) :]
            self.scanned = start

    def news(self) -> str:
        """Return once what to say to somebody who asked for the next match when there is none, else nothing."""
        if not (self.asked and self.finds_nothing):
            return ""
        self.asked = False
        return no_match_words(self.text, partly=self.gave_up)

    def summary(self, row: int | None = None) -> str:
        """Return what is looked for and how much of it there is; where nothing is hidden, also which match `row` is."""
        if self.hides:
            told = f" {count(self.count)} of {count(len(self._rows()))}"
        elif self.missed:
            told = ": no match"
        else:
            told = self._matched(row)
        return f"/{clean(self.text[:40])}{told}"

    def _matched(self, row: int | None) -> str:
        """Return how many rows match, if all were looked at."""
        total = len(self._found)
        if not total or self.is_scanning or not self._counts:
            return ""
        place = bisect_left(self._found, row) if row is not None else total
        if place < total and self._found[place] == row:
            return f": match {count(place + 1)} of {count(total)}"
        return f": {count(total)} {'match' if total == 1 else 'matches'}"

    def matches(self, text: str) -> bool:
        if self._pattern is not None:
            return (self._pattern.search(text[:PATTERN_REACH]) is not None) is not self._inverse
        return (self._wanted in text.lower()) is not self._inverse

    def scan(self) -> None:
        if not self.is_scanning:
            return
        rows, row = self._rows(), self.scanned
        end = len(rows)
        deadline = perf_counter() + SLICE_SECONDS
        while row < end:
            try:
                for index in range(row, min(end, row + _STRIDE)):
                    if self.matches(rows.text(index)):
                        self._found.append(index)
            except LookupError:  # there are fewer than were counted: looking has read some of them from disk
                row = len(rows)
                break
            row = min(end, row + _STRIDE)
            if perf_counter() > deadline:
                break
        self.scanned = row

    def seek(self, start: int, step: int) -> int | None:
        """Return the first match from row `start` in the direction of `step`, around the ends, or None."""
        rows = self._rows()
        total = len(rows)
        self.gave_up, self.missed = False, True
        deadline = perf_counter() + SEEK_SECONDS
        for passed in range(total):
            index = (start + step * passed) % total
            try:
                found = self.matches(rows.text(index))
            except LookupError:  # as above
                found = False
            if found:
                self.missed = False
                return index
            if passed % _STRIDE == 0 and perf_counter() > deadline:
                self.gave_up = True
                return None
        return None


def _pattern(text: str) -> re.Pattern[str] | None:
    """Return the regular expression that `~text` asks for; none for other texts, and while it is not whole yet."""
    if not text.startswith("~") or len(text) < 2:
        return None
    try:
        return re.compile(text[1:], re.IGNORECASE)
    except re.error:
        return None


def no_match_words(text: str, *, partly: bool = False) -> str:
    """Return what to say about a search that found nothing; `partly`: not every row could be looked at."""
    among = " among the rows looked through: there are very many" if partly else ""
    return f"Nothing matches “{clean(text, 60)}”{among}."


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
