"""A table of markdown as rows: columns as wide as they need, narrower ones wrapped, each cell at its side."""

from __future__ import annotations

from collections.abc import Iterator

from studio_tui.present.kit.markdown.parse import Align, Piece
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.spans import Line, Span, line_width

_NARROWEST = 4
"""Cells of a column below which a table is told row by row instead."""


def table_lines(piece: Piece, cells: int, signs: Glyphs) -> Iterator[Line]:
    """Yield the rows of a table in at most `cells` cells."""
    natural = [max(map(_widest, column)) for column in zip(*piece.table, strict=True)]
    widths = _widths(natural, cells - 3 * (len(natural) - 1))
    if widths is None:
        yield from _listed(piece, cells, signs)
        return
    for number, row in enumerate(piece.table):
        yield from _row(row, widths, piece.aligns, signs)
        if number == 0:
            rule = f"{signs.rule}{signs.cross}{signs.rule}".join(signs.rule * width for width in widths)
            yield (Span(rule, "muted"),)


def _widest(cell: Line) -> int:
    return max(1, line_width(cell))


def _widths(natural: list[int], room: int) -> list[int] | None:
    """Share the room: a column keeps what it needs as long as the widest can be cut; None where there is too little."""
    if sum(natural) <= room:
        return natural
    if room < sum(min(width, _NARROWEST) for width in natural):
        return None
    most, left, open_ = 0, room, len(natural)
    for width in sorted(natural):
        most = left // open_
        if width > most:
            break
        left, open_ = left - width, open_ - 1
    widths = [min(width, most) for width in natural]
    spare = room - sum(widths)
    for at, width in enumerate(natural):  # what dividing left over
        if spare > 0 and width > widths[at]:
            widths[at], spare = widths[at] + 1, spare - 1
    return widths


def _row(row: list[Line], widths: list[int], aligns: list[Align], signs: Glyphs) -> Iterator[Line]:
    from studio_tui.present.kit.markdown.wrapping import wrapped

    columns = [[line for line, _ in wrapped(cell, width)] for cell, width in zip(row, widths, strict=True)]
    for at in range(max(map(len, columns))):
        line: list[Span] = []
        for number, (column, width, align) in enumerate(zip(columns, widths, aligns, strict=True)):
            if number:
                line.append(Span(f" {signs.bar} ", "muted"))
            cell = column[at] if at < len(column) else ()
            blank = max(0, width - line_width(cell))
            left = 0 if align == "left" else blank if align == "right" else blank // 2
            line += [Span(" " * left), *cell, Span(" " * (blank - left))]
        yield tuple(span for span in line if span.text)


def _listed(piece: Piece, cells: int, signs: Glyphs) -> Iterator[Line]:
    """Yield a table that has too many columns: of each row the name of a column and what stands in it."""
    from studio_tui.present.kit.markdown.wrapping import wrapped

    head, *rows = piece.table
    if not rows:
        for cell in head:
            yield from (line for line, _ in wrapped(cell, cells))
    for number, row in enumerate(rows):
        if number:
            yield (Span(signs.rule * min(cells, 8), "muted"),)
        for name, cell in zip(head, row, strict=True):
            yield from (line for line, _ in wrapped((*name, Span(": ", "muted"), *cell), cells))
