"""The yardstick of P14: what a terminal multiplexer's own diff writes to show the same screens.

Made anew from what stands on an emulated screen after each frame, and from nothing that the program knows: runs of
changed cells, the cursor moved to each, codes for what changes of the style, blanks erased where that is shorter.
"""

from __future__ import annotations

import pyte
from pyte.screens import Char

_ATTRIBUTES = {"bold": 1, "italics": 3, "underscore": 4, "blink": 5, "reverse": 7, "strikethrough": 9}
_OFF = {1: 22, 3: 23, 4: 24, 5: 25, 7: 27, 9: 29}
_NAMED = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_BRIDGED = 4
"""Cells that stay as they are between two that change, and are written with them."""
_ERASED = 8
"""Blanks from which on erasing is shorter."""


class Multiplexer:
    """Counts the bytes of its differences; `see` looks at the screen."""

    def __init__(self, screen: pyte.Screen) -> None:
        self._screen = screen
        blank = screen.default_char
        self._shown: list[list[Char]] = [[blank] * screen.columns for _ in range(screen.lines)]
        self._pen = blank
        self._at = (0, 0)
        self.count = 0

    def see(self) -> None:
        """Write what has changed since the last look."""
        screen = self._screen
        for y in sorted(screen.dirty):
            if y < screen.lines:
                row = [screen.buffer[y][x] for x in range(screen.columns)]
                if row != self._shown[y]:
                    self._write_row(y, row, self._shown[y])
                    self._shown[y] = row
        screen.dirty.clear()

    def _write_row(self, y: int, row: list[Char], shown: list[Char]) -> None:
        changed = [x for x, cell in enumerate(row) if cell != shown[x]]
        x = 0
        for number, place in enumerate(changed):
            if place < x:
                continue
            last = place
            for other in changed[number:]:
                if other - last > _BRIDGED + 1:
                    break
                last = other
            self._go(place, y)
            x = self._write(place, last + 1, row)
            self._at = (x, y)

    def _write(self, x: int, end: int, row: list[Char]) -> int:
        """Write cells from `x` to `end`; return where the cursor is then."""
        while x < end:
            blanks = x
            while blanks < end and row[blanks].data == " " and _paper(row[blanks]) == _paper(row[x]):
                blanks += 1
            if blanks - x > _ERASED and not (row[x].underscore or row[x].reverse or row[x].strikethrough):
                self._ink(row[x])
                to_end = blanks == len(row)
                self.count += 3 if to_end else len(f"\x1b[{blanks - x}X")
                if not to_end and blanks < end:
                    self.count += len(f"\x1b[{blanks - x}C")
                if blanks == end:
                    return x
                x = blanks
                continue
            self._ink(row[x])
            self.count += len(row[x].data.encode())
            x += 1
        return x

    def _go(self, x: int, y: int) -> None:
        if self._at == (x, y):
            return
        ways = [len(f"\x1b[{y + 1};{x + 1}H")]
        if self._at[1] == y and self._at[0] < x:
            ways.append(len(f"\x1b[{x - self._at[0]}C"))
        self.count += min(ways)
        self._at = (x, y)

    def _ink(self, cell: Char) -> None:
        """Change the pen to that of a cell; the ink of a blank is not seen."""
        old, new = self._pen, cell
        if cell.data == " " and not (cell.underscore or cell.reverse or cell.strikethrough):
            new = old._replace(bg=cell.bg, underscore=False, reverse=False, strikethrough=False)
        if (codes := _codes(old, new)) and _codes(new, old):
            self.count += len(f"\x1b[{';'.join(codes)}m")
        self._pen = new


def _paper(cell: Char) -> tuple[str, bool, bool, bool]:
    return cell.bg, cell.underscore, cell.reverse, cell.strikethrough


def _codes(old: Char, new: Char) -> list[str]:
    codes: list[str] = []
    for name, code in _ATTRIBUTES.items():
        if getattr(old, name) != getattr(new, name):
            codes.append(str(code if getattr(new, name) else _OFF[code]))
    codes += [_colour(30, new.fg)] if old.fg != new.fg else []
    codes += [_colour(40, new.bg)] if old.bg != new.bg else []
    return codes


def _colour(base: int, name: str) -> str:
    if name == "default":
        return str(base + 9)
    if name in _NAMED:
        return str(base + _NAMED.index(name))
    try:
        red, green, blue = bytes.fromhex(name)
    except ValueError:
        return str(base + 60)
    return f"{base + 8};2;{red};{green};{blue}"
