"""A terminal in memory to compare screens in, cell by cell and style by style."""

from __future__ import annotations

from typing import TypeAlias

import pyte
import pyte.screens

Seen: TypeAlias = tuple[str, str, str, frozenset[str]]
"""A character, its colours, and its attributes; of a blank only what is to be seen of it."""

_ATTRIBUTES = ("bold", "italics", "underscore", "strikethrough", "reverse", "blink")
_ON_BLANKS = {"underscore", "strikethrough", "reverse"}


class Emulated:
    """The screen of a terminal that what is written was fed to."""

    def __init__(self, width: int, height: int) -> None:
        self._screen = pyte.Screen(width, height)
        self._screen.reset_mode(pyte.modes.DECAWM)
        self._stream = pyte.Stream(self._screen)

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    @property
    def cursor(self) -> tuple[int, int]:
        return self._screen.cursor.x, self._screen.cursor.y

    @property
    def rows(self) -> list[list[Seen]]:
        screen = self._screen
        return [[_seen(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]

    def different(self, other: Emulated) -> list[tuple[int, int, Seen, Seen]]:
        """Return column and line of what is not the same, and what is seen here and there."""
        pairs = enumerate(zip(self.rows, other.rows, strict=True))
        return [
            (x, y, mine, its)
            for y, (row, their) in pairs
            for x, (mine, its) in enumerate(zip(row, their, strict=True))
            if mine != its
        ]

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)


def _seen(cell: pyte.screens.Char) -> Seen:
    on = frozenset(name for name in _ATTRIBUTES if getattr(cell, name))
    if cell.data != " ":
        return cell.data, cell.fg, cell.bg, on
    lines = on & _ON_BLANKS
    return " ", cell.fg if lines else "", cell.bg, lines
