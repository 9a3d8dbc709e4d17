"""What the terminal shows, and the cheapest way from there to the picture that it is to show: only changed cells."""

from __future__ import annotations

from studio_tui.ui.kit.terminal.picture import Cell, Picture

_UNKNOWN: Cell = ("?", -1, False)
_WORTH_ERASING = 8
"""Blanks in a row from which on erasing them is shorter than writing them; before the end of a line from half on."""
_WORTH_REWRITING = 4
"""Cells that may be written again as they are, where that is shorter than moving the cursor over them."""
_MOST_BY_PEN = 2_000
"""Changed cells up to which it is tried what comes of writing them style by style instead of line by line."""
_WORTH_TRYING = 2
"""How often the pen comes back to a style that it had before, from which on that is tried."""


class CellWriter:
    """The terminal as it was left by what was written; believes that each difference is written."""

    def __init__(self, picture: Picture, *, erases: bool = True) -> None:
        """`erases`: the terminal fills what it erases with the background of its pen."""
        self._picture = picture
        self._styles = picture.styles
        self._erases = erases
        self._shown: list[list[Cell]] = []
        self._pen: int | None = None
        """The style that the terminal writes in; None: unknown."""
        self._x = self._y = -1
        """Its cursor; -1: unknown."""
        self._rest: tuple[int, int] | None = None
        """Where the last difference left the cursor for the user."""
        self._out: list[str] = []
        self._pens: list[int] = []
        """The styles that the pen has changed to, in `_out`."""

    def forget(self) -> None:
        """Somebody else wrote, or the size is another one: the next difference is the whole picture."""
        picture = self._picture
        self._shown = [[_UNKNOWN] * picture.width for _ in range(picture.height)]
        picture.dirty.update(range(picture.height))
        self._pen = self._rest = None
        self._x = self._y = -1

    def believe(self) -> None:
        """The terminal shows the picture already; its pen and its cursor may be anything."""
        self.forget()
        self._shown = [row.copy() for row in self._picture.rows]
        self._picture.dirty.clear()

    def difference(self, cursor: tuple[int, int] | None = None) -> str:
        """Return what makes the terminal show the picture, its cursor at `cursor`; empty where it does already."""
        picture, self._out, self._pens = self._picture, [], []
        changed = [y for y in sorted(picture.dirty) if picture.rows[y] != self._shown[y]]
        picture.dirty.clear()
        begun = self._pen, self._x, self._y
        for y in changed:
            self._write_row(y, picture.rows[y], self._shown[y])
        if len(self._pens) - len(set(self._pens)) >= _WORTH_TRYING:
            self._try_by_pen(changed, begun)
        for y in changed:
            self._shown[y] = picture.rows[y].copy()
        if cursor is not None and (self._out or cursor != self._rest):
            self._go(*cursor, [])
        self._rest = cursor
        return "".join(self._out)

    def _write_row(self, y: int, row: list[Cell], shown: list[Cell]) -> None:
        x, width = 0, len(row)
        while True:
            while x < width and row[x] is shown[x]:
                x += 1
            if x == width:
                return
            x = self._put(x, y, row, shown)

    def _try_by_pen(self, changed: list[int], begun: tuple[int | None, int, int]) -> None:
        """Write all cells of a style before those of the next; keep that where it is shorter.

        In a list that moves up a few cells of each row change, in the same two or three styles: from style to style it
        is further than from row to row.
        """
        rows = self._picture.rows
        cells = [(x, y) for y in changed for x, cell in enumerate(rows[y]) if cell is not self._shown[y][x]]
        if len(cells) > _MOST_BY_PEN:
            return
        known = self._out, self._pen, self._x, self._y
        self._out, (self._pen, self._x, self._y) = [], begun
        shown = {y: self._shown[y].copy() for y in changed}
        by_pen = self._by_pen(cells)
        for pen in sorted(by_pen, key=lambda pen: pen != begun[0]):  # the one at hand first
            for x, y in by_pen[pen]:
                row, there = rows[y], shown[y]
                if row[x] is not there[x]:
                    after = self._put(x, y, row, there)
                    first = x if row[x][0] else x - 1
                    there[first:after] = row[first:after]
        if _size(self._out) >= _size(known[0]):
            self._out, self._pen, self._x, self._y = known

    def _by_pen(self, cells: list[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
        """Cells by the pen that writes them; blanks with what is written beside them, if that pen will do."""
        rows, on_blank = self._picture.rows, self._styles.on_blank
        pens: dict[tuple[int, int], int] = {}
        for step, order in ((-1, cells), (1, cells[::-1])):
            for x, y in order:
                char, style, _ = rows[y][x]
                beside = pens.get((x + step, y), style) if char == " " else style
                if beside != style and on_blank[beside] == style:
                    pens[x, y] = beside
                else:
                    pens.setdefault((x, y), style)
        found: dict[int, list[tuple[int, int]]] = {}
        for place in cells:
            found.setdefault(pens[place], []).append(place)
        return found

    def _put(self, x: int, y: int, row: list[Cell], shown: list[Cell]) -> int:
        """Write a cell, or the blanks that begin there; return where what is written ends."""
        while x and not row[x][0]:
            x -= 1  # a wide character whose other half alone is new
        char, style, uncertain = row[x]
        after, width = x + 1, len(row)
        while after < width and not row[after][0]:
            after += 1
        self._go(x, y, row)
        if char == " " and (end := self._erased(x, row, shown)):
            return end
        if char == " ":
            self._paper(style)
        else:
            self._ink(style)
        if uncertain:
            # Whatever width the terminal gives it: its cells are emptied before, the cursor is set anew after.
            self._out.append(
                f"\x1b[{after - x if after - x > 1 else ''}X" if self._erases else " " * (after - x) + _place(x, y)
            )
        self._out.append(char)
        # Behind the last column the cursor is nowhere: lines do not wrap.
        self._x = -1 if uncertain or after >= width else after
        return after

    def _erased(self, x: int, row: list[Cell], shown: list[Cell]) -> int:
        """Erase the blanks from `x` on, where that is shorter than writing them; return where they end, else 0."""
        cell, width = row[x], len(row)
        if not self._erases or not self._styles.is_paint(cell[1]):
            return 0
        end = last = x + 1
        while end < width and row[end] is cell:
            end += 1
            if row[end - 1] is not shown[end - 1]:
                last = end
        if end == width and last - x > _WORTH_ERASING // 2:
            self._paper(cell[1])
            self._out.append("\x1b[K")
            return end
        if last - x > _WORTH_ERASING:
            self._paper(cell[1])
            self._out.append(f"\x1b[{last - x}X")
            return last
        return 0

    def _paper(self, style: int) -> None:
        """Take the pen for a blank, which shows no ink: the one at hand, where that has its background."""
        if self._pen is None or self._styles.on_blank[self._pen] != style:
            self._ink(style)

    def _ink(self, style: int) -> None:
        if change := self._styles.change(self._pen, style):
            self._out.append(change)
            self._pens.append(style)
        self._pen = style

    def _go(self, x: int, y: int, row: list[Cell]) -> None:
        """Move the cursor by the shortest of the ways; `row` is what line `y` is to show, empty where nobody knows."""
        if (self._x, self._y) == (x, y):
            return
        ways = [_place(x, y)]
        if self._y == y and self._x >= 0:
            gap = x - self._x
            ways.append(f"\x1b[{'' if abs(gap) == 1 else abs(gap)}{'C' if gap > 0 else 'D'}")
            if 0 < gap <= _WORTH_REWRITING and (again := self._again(row[self._x : x])):
                ways.append(again)
        if x == 0 and self._y == y:
            ways.append("\r")
        elif x == 0 and 0 <= self._y == y - 1:
            ways.append("\r\n")
        self._out.append(min(ways, key=lambda way: len(way.encode())))
        self._x, self._y = x, y

    def _again(self, between: list[Cell]) -> str:
        """The text of cells that can be written in the pen at hand; empty where they cannot."""
        if self._pen is None:
            return ""
        pens = (self._pen, self._styles.on_blank[self._pen])
        plain = all(len(char) == 1 and not unsure and style == pens[char == " "] for char, style, unsure in between)
        return "".join(char for char, _, _ in between) if plain else ""


def _place(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"


def _size(pieces: list[str]) -> int:
    """Return how many bytes the pieces are."""
    return len("".join(pieces).encode())
