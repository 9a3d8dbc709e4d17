"""Rows of two or three columns that stand below each other, cut by cells, and no two of them alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from studio_tui.text.cells import ELLIPSIS, cut, graphemes, width
from studio_tui.text.spans import Line, Span, fit_line, line_width, plain

GAP = 2
"""Blanks between two columns."""
_MOST_RIGHT = 24
"""Cells of the last column."""


class Row(Struct, frozen=True):
    """One row: what it is called, what explains it, and a word or number at the right end."""

    name: Line
    detail: Line = ()
    right: Line = ()

    @property
    def text(self) -> str:
        return f"{plain(self.name)}\n{plain(self.detail)}\n{plain(self.right)}"


def aligned(rows: Sequence[Row], cells: int) -> list[Line]:
    """Return the rows as lines of exactly `cells` cells.

    Names that would be the same once they are cut keep their end, and rows that are the same get a number.
    """
    rows = _numbered(rows)
    names, details, rights = (max((line_width(part) for part in parts), default=0) for parts in _parts(rows))
    rights = min(rights, _MOST_RIGHT, cells)
    room = max(0, cells - rights - (GAP if rights else 0))
    if details:
        names = min(names, max(room - GAP - details, room // 2))
        details = max(0, room - names - GAP)
    else:
        names = room
    columns = (names, details, rights)
    lines = [_line(row, columns, cells) for row in rows]
    shown = Counter(plain(line) for line in lines)
    for index, row in enumerate(rows):
        if shown[plain(lines[index])] > 1:
            lines[index] = _line(Row(_ends(row.name, names), _ends(row.detail, details), row.right), columns, cells)
    return lines


def natural_width(rows: Sequence[Row]) -> int:
    """Return the cells in which nothing of the rows is cut."""
    columns = (max((line_width(part) for part in parts), default=0) for parts in _parts(_numbered(rows)))
    return sum(cells + GAP for cells in columns if cells)


def _numbered(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows, with a number behind the name of one that says the same as one above."""
    seen: Counter[str] = Counter()
    out = []
    for row in rows:
        seen[row.text] += 1
        number = seen[row.text]
        out.append(row if number == 1 else Row((*row.name, Span(f" #{number}", "muted")), row.detail, row.right))
    return out


def _parts(rows: Sequence[Row]) -> tuple[list[Line], list[Line], list[Line]]:
    return [row.name for row in rows], [row.detail for row in rows], [row.right for row in rows]


def _line(row: Row, columns: tuple[int, int, int], cells: int) -> Line:
    names, details, rights = columns
    # Where nothing stands beside it, a name takes the room of the explanations as well.
    parts = [*fit_line(row.name, names + (0 if row.detail or not details else GAP + details))]
    if row.detail:
        parts += [Span(" " * GAP), *fit_line(row.detail, details)]
    if rights:
        right = fit_line(row.right, min(rights, line_width(row.right)))
        parts += [Span(" " * (GAP + rights - line_width(right))), *right]
    return fit_line(parts, cells)


def _ends(line: Line, cells: int) -> Line:
    """Return `line` without its middle where it is too long."""
    if not line or line_width(line) <= cells:
        return line
    text = plain(line)
    kept = max(0, cells - 1)
    back = list[str]()
    left = kept // 2
    for sign, wide in reversed(graphemes(text[-4 * cells :])):
        if wide > left:
            break
        back.append(sign)
        left -= wide
    end = "".join(reversed(back))
    front = cut(text, kept - width(end) + 1).removesuffix(ELLIPSIS)
    return (Span(front + ELLIPSIS + end, line[0].role),)
