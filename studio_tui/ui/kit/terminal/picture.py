"""The screen that the terminal is to show, cell by cell: what Textual's compositor draws becomes characters and styles.

The last filter before the terminal stands here: no text gets into a cell that could drive or deceive it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from rich.color import ColorSystem
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from studio_tui.terminal import Cells
from studio_tui.text.cells import graphemes
from studio_tui.ui.kit.terminal.cell_styles import PLAIN, CellStyles
from studio_tui.ui.kit.terminal.last_filter import filtered

Cell: TypeAlias = tuple[str, int, bool]
"""A character, its style, and whether terminals disagree about its width; "" is the other half of a wide one.

Equal cells are the same object.
"""
Update: TypeAlias = LayoutUpdate | ChopsUpdate

_CERTAIN = frozenset("✓✗")
"""Signs of ours among the emoji that are none: every terminal gives them one cell."""
NONE_CHOSEN: Mapping[str, int] = {}
_MOST_PIECES = 4096
_MOST_CELLS = 50_000


class Picture:
    """What is to be seen; `dirty` are the rows that somebody has drawn in since they were looked at."""

    def __init__(self) -> None:
        self.styles = CellStyles()
        self._cells: dict[Cell, Cell] = {}
        self._pieces: dict[tuple[str, Style | None], list[Cell]] = {}
        self._color_system = ColorSystem.TRUECOLOR
        self._chosen = NONE_CHOSEN
        """Colours of the theme → what a terminal of few colours shows instead."""
        self.width = self.height = 0
        self.rows: list[list[Cell]] = []
        self.dirty: set[int] = set()

    def resize(self, width: int, height: int) -> None:
        """Begin anew with an empty picture."""
        self.width, self.height = width, height
        blank = self._cell(" ", PLAIN)
        self.rows = [[blank] * width for _ in range(height)]
        self.dirty = set(range(height))

    def stand(self, cells: Cells) -> None:
        """Take over what stands on the terminal."""
        self.resize(len(cells[0]), len(cells))
        known: dict[tuple[str, str], Cell] = {}
        for char, codes in {cell for row in cells for cell in row}:
            number = self.styles.number(codes)
            shown = self.styles.on_blank[number] if char == " " else number
            known[char, codes] = self._cell(char, shown, _is_uncertain(char))
        self.rows = [[known[cell] for cell in row] for row in cells]

    def forget_texts(self) -> None:
        """The filter has changed: what it said before does not count any more."""
        self._pieces.clear()

    def take(self, update: Update, color_system: ColorSystem, chosen: Mapping[str, int] = NONE_CHOSEN) -> None:
        """Draw what the compositor would write; `chosen` as `in_few` takes it."""
        if color_system is not self._color_system or chosen is not self._chosen:
            self._color_system, self._chosen = color_system, chosen
            self._pieces.clear()
        if isinstance(update, LayoutUpdate):
            for y, strips in enumerate(update.strips, update.region.y):
                x = update.region.x
                for strip in strips:
                    self.draw(x, y, strip)
                    x += strip.cell_length
            return
        for y, first, last in update.spans:
            for end, (x, whole) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if whole is not None and x <= last and end > first:
                    fits = x >= first and end <= last and x < last
                    self.draw(x, y, whole if fits else whole.crop(0, min(end, last) - x))

    def draw(self, x: int, y: int, strip: Strip) -> None:
        """Draw a strip; what of it lies outside is left out."""
        if not (0 <= y < self.height and 0 <= x < self.width):
            return
        row = self.rows[y]
        cells: list[Cell] = []
        for text, style, control in strip:
            if not control:
                cells += self._pieces.get((text, style)) or self._piece(text, style)
        room = self.width - x
        if len(cells) > room:
            if not cells[room][0]:
                cells[room - 1] = self._blank(cells[room])
            del cells[room:]
        end = x + len(cells)
        if not cells or row[x:end] == cells:
            return
        # What is cut in half shows nothing: the half that stays becomes a blank.
        if not row[x][0] and cells[0][0]:
            row[x - 1] = self._blank(row[x - 1])
        if end < self.width and not row[end][0]:
            row[end] = self._blank(row[end])
        row[x:end] = cells
        self.dirty.add(y)

    def _piece(self, text: str, asked: Style | None) -> list[Cell]:
        style = asked
        if style and self._color_system is not ColorSystem.TRUECOLOR:
            style = self._in_few(style)
        number = self.styles.number(Strip.render_ansi(style, self._color_system) if style else "")
        safe = filtered(text)
        cells: list[Cell] = []
        if safe.isascii():
            blank = self.styles.on_blank[number]
            cells = [self._cell(char, blank if char == " " else number) for char in safe]
        else:
            for char, width in graphemes(safe):
                cells += self._grapheme(char, width, number)
        if len(self._pieces) >= _MOST_PIECES:
            self._pieces.clear()
        self._pieces[text, asked] = cells
        return cells

    def _in_few(self, style: Style) -> Style:
        from studio_tui.ui.kit.terminal.few_colours import in_few

        return in_few(style, self._color_system, self._chosen)

    def _grapheme(self, char: str, width: int, number: int) -> list[Cell]:
        if not width:
            return []  # there is nothing that it could be combined with
        if char == " ":
            return [self._cell(char, self.styles.on_blank[number])]
        return [self._cell(char, number, _is_uncertain(char)), *[self._cell("", number)] * (width - 1)]

    def _cell(self, char: str, number: int, uncertain: bool = False) -> Cell:
        cell = (char, number, uncertain)
        known = self._cells.get(cell)
        if known is None:
            if len(self._cells) >= _MOST_CELLS:
                self._cells.clear()
            known = self._cells[cell] = cell
        return known

    def _blank(self, cell: Cell) -> Cell:
        return self._cell(" ", self.styles.on_blank[cell[1]])


def _is_uncertain(char: str) -> bool:
    """Joined and combined characters and emoji: terminals give them other widths than Rich does."""
    if char in _CERTAIN:
        return False
    return len(char) > 1 or "\u2600" <= char <= "\u27bf" or "\U0001f000" <= char < "\U00020000"
