"""Rows that are laid out, and a text of spans as lines of at most so many cells. Nothing heavy is imported here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct, field

from studio_tui.text.cells import pieces
from studio_tui.text.spans import Line, Span, line_width, plain


class MarkdownRows(Struct):
    """Rows that are laid out."""

    lines: list[Line] = field(default_factory=list)
    joints: list[str] = field(default_factory=list)
    """What stands in the text before each row: a break, or what wrapping left out."""
    margins: list[int] = field(default_factory=list)
    """Cells of each row that are bars and indents before its text."""

    def add(self, line: Line, joint: str = "\n", margin: int = 0) -> None:
        self.lines.append(line)
        self.joints.append(joint if self.joints else "")
        self.margins.append(margin)


def wrapped(spans: Line, cells: int, first: int | None = None) -> Iterator[tuple[Line, str]]:
    """Yield a text, which may have line breaks in it, as lines of at most `cells` cells, the first of `first`; each
    with what stands before it."""
    text = plain(spans)
    starts, at = list[int](), 0
    for span in spans:
        starts.append(at)
        at += len(span.text)
    joint, begin, room = "\n", 0, cells if first is None else first
    for paragraph in text.split("\n"):
        before = 0
        for start, end in pieces(paragraph, cells, room):
            line = _part(spans, starts, begin + start, begin + end, cells if start else room)
            yield line, paragraph[before:start] if start else joint
            before = end
        room, begin = cells, begin + len(paragraph) + 1


def _part(spans: Line, starts: list[int], start: int, end: int, cells: int) -> Line:
    """Return some characters of a line of spans."""
    line: list[Span] = []
    at = max(0, bisect_right(starts, start) - 1)
    while at < len(spans) and starts[at] < end:
        text = spans[at].text[max(0, start - starts[at]) : end - starts[at]]
        if text:
            line.append(Span(text, spans[at].role))
        at += 1
    if len(line) > 1 and line_width(line) > cells:  # a character whose parts have two roles is drawn in one
        return (Span(plain(line), line[0].role),)
    return tuple(line)
