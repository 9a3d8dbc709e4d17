"""Semantic styled text: what a presenter returns and both faces draw. No colours here, only roles.

A role is a name from the theme vocabulary (`themes/README.md`): the TUI resolves it to a style of the
current theme, the command line to an ANSI colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from studio_tui.text.cells import ELLIPSIS, cut, width


class Span(NamedTuple):
    """A run of safe text with one role; `role` may hold several names separated by spaces."""

    text: str
    role: str = ""


_SHORT = 4
"""Cells up to which a word gives way to an ellipsis as a whole."""
Line = tuple[Span, ...]
"""One terminal row."""


def plain(line: Iterable[Span]) -> str:
    """Return the text of `line` without roles."""
    return "".join(span.text for span in line)


def joined(first: Line, second: Line) -> Line:
    """Return two sentences as one line, apart by a dot; the other one where one of them is empty.

    A problem (`! Required.`) that the first one names already is not said twice.
    """
    if says(first, second):
        return first
    return (*first, Span(" · ", "muted"), *second) if first and second else first or second


def says(line: Line, problem: Line) -> bool:
    """Whether `line` holds what `problem` says behind its sign."""
    text = plain(problem).removeprefix("! ")
    return bool(text) and text in plain(line)


def line_width(line: Iterable[Span]) -> int:
    """Return the number of cells that `line` takes."""
    return sum(width(span.text) for span in line)


def fit_line(line: Iterable[Span], cells: int) -> Line:
    """Return `line` in exactly `cells` cells, padded with blanks or cut with an ellipsis: only blanks go unsaid."""
    out: list[Span] = []
    left = cells
    for span in line:
        size = width(span.text)
        if size > left:
            if left > 0:
                out.append(Span(cut(span.text, left), span.role))
                left = 0
                break
            if span.text.isspace():
                continue
            _end_cut(out)
            break
        out.append(span)
        left -= size
    if left > 0:
        out.append(Span(" " * left))
    return tuple(out)


def _end_cut(line: list[Span]) -> None:
    """Put an ellipsis in place of the last character of a line behind which more does not fit; in place of a short
    word: half of a number is another number."""
    while line:
        text, role = line.pop()
        cells = width(text)
        word = text.lstrip(" ")
        if cells:
            kept = f"{text[: len(text) - len(word)]}{ELLIPSIS}" if word and width(word) <= _SHORT else text
            line.append(Span(cut(f"{text}  ", cells) if kept is text else f"{kept}{' ' * (cells - width(kept))}", role))
            return


def spread(left: Iterable[Span], right: Iterable[Span], cells: int) -> Line:
    """Return `left` and `right` at the two ends of `cells` cells; `left` is cut first when they do not fit."""
    end = tuple(right)
    room = cells - line_width(end)
    if room <= 0:
        return fit_line(left, cells)
    return (*fit_line(left, room), *end)
