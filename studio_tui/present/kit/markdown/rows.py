"""Pieces of markdown as rows of at most so many cells: each with what stands between it and the row before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct, field

from studio_tui.present.kit.markdown.code import coloured_lines
from studio_tui.present.kit.markdown.parse import Piece, pieces_of
from studio_tui.present.kit.markdown.table import table_lines
from studio_tui.text.cells import pieces
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.spans import Line, Span, line_width, plain

_LEAST = 8
"""Cells that are left for a text however deep it lies."""


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


def markdown_lines(raw: str, cells: int, signs: Glyphs = UNICODE) -> list[Line] | None:
    """Return a text that a server sent as rows of at most `cells` cells; None where its source is to be shown."""
    found = pieces_of(raw, signs)
    return None if found is None else laid_out(found, cells, signs).lines


def laid_out(found: list[Piece], cells: int, signs: Glyphs, first: int = 0) -> MarkdownRows:
    """Lay out pieces; the first row leaves `first` cells to what stands at its right end, if it is a text."""
    rows = MarkdownRows()
    for piece in found:
        if piece.kind == "gap":
            rows.add(piece.first)
            continue
        before, room = _leads(piece, cells)
        if piece.kind == "text":
            _add_text(rows, piece.spans, before, room, room - (first if not rows.lines else 0))
        elif piece.kind == "code":
            _add_code(rows, piece, before, room, signs)
        elif piece.kind == "table":
            for number, line in enumerate(table_lines(piece, room, signs)):
                _add(rows, before, line, is_first=number == 0)
        else:
            _add(rows, before, (Span(signs.rule * room, "muted"),))
    return rows


def _leads(piece: Piece, cells: int) -> tuple[tuple[Line, Line], int]:
    """What stands before the first row and the others, the outer ones left out where it is too deep, and the room."""
    first, rest = piece.first, piece.rest
    while rest and cells - line_width(rest) < _LEAST:
        first, rest = first[1:], rest[1:]
    return (first, rest), max(1, cells - line_width(rest))


def _add(rows: MarkdownRows, before: tuple[Line, Line], line: Line, joint: str = "\n", is_first: bool = True) -> None:
    rows.add((*before[0 if is_first else 1], *line), joint, 0 if is_first else line_width(before[1]))


def _add_text(rows: MarkdownRows, spans: Line, before: tuple[Line, Line], room: int, first: int) -> None:
    for number, (line, joint) in enumerate(wrapped(spans, room, max(1, first))):
        _add(rows, before, line, joint, is_first=number == 0)


def _add_code(rows: MarkdownRows, piece: Piece, before: tuple[Line, Line], room: int, signs: Glyphs) -> None:
    bar = (Span(f"{signs.bar} ", "muted"),) if room > _LEAST else ()
    room, is_first = room - 2 * len(bar), True
    if piece.name:
        for line, joint in wrapped((Span(piece.name, "muted"),), room):
            _add(rows, before, (*bar, *line), joint, is_first=is_first)
            is_first = False
    for whole in coloured_lines(piece.code, piece.name):
        for line, joint in wrapped(whole, room):
            lead = (*before[0 if is_first else 1], *bar)
            rows.add((*lead, *line), joint, line_width(lead))
            is_first = False


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
            yield _part(spans, starts, begin + start, begin + end, cells), paragraph[before:start] if start else joint
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
