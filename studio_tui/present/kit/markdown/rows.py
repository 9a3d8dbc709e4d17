"""Pieces of markdown as rows of at most so many cells: each with what stands between it and the row before."""

from __future__ import annotations

from studio_tui.present.kit.markdown.code import coloured_lines
from studio_tui.present.kit.markdown.parse import Piece, pieces_of
from studio_tui.present.kit.markdown.table import table_lines
from studio_tui.present.kit.markdown.wrapping import MarkdownRows, wrapped
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.spans import Line, Span, line_width

_LEAST = 8
"""Cells that are left for a text however deep it lies."""


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
