"""How wide the columns of a list are: what their cells need; where that is too much, fair shares of the room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studio_tui.text.cells import width

MEASURED = 200
"""Rows of a list whose cells are measured."""


def widest(name: str, texts: Iterable[str]) -> int:
    """Return the cells of the longest text of a column, at least those of its name."""
    return max(width(name), max(map(width, texts), default=0))


def shared(room: int, wants: Sequence[int], least: int = 1) -> list[int]:
    """Return the widths of columns that want so many cells each and have `room` together.

    Nobody gets more than it wants. Where there is too little, short columns are whole and the long ones are cut to
    the same width; none below `least`, were the room ever so small.
    """
    widths, left = [0] * len(wants), room
    for place, (want, column) in enumerate(sorted((want, column) for column, want in enumerate(wants))):
        widths[column] = max(min(want, least), min(want, left // (len(wants) - place)))
        left -= widths[column]
    return widths
