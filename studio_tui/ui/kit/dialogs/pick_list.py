"""The rows of a list to choose from: one line each, in columns, the whole row under the cursor lit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from studio_tui.text.cells import ELLIPSIS, cut, width, wrap
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, Span, plain
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import PICK_LIST
from studio_tui.ui.kit.dialogs.columns import Row, aligned, natural_width
from studio_tui.ui.kit.terminal.safe import is_ascii, line_strip, to_content

MOST_ROWS = 16
_OTHER = 9
"""Rows of a terminal for what stands beside a list in its box, and a row of the screen above and below."""
WHOLE_ROWS = 2
"""Rows below a list for what is cut in the row under the cursor."""
_SIDES = 2
"""Cells beside a row: the cursor before it, and a blank behind it, before the scroll bar."""


class PickList(OptionList):
    """Textual's list keeps the cursor and scrolls; what a row looks like is drawn here.

    Textual lays its highlight below the colours of the words and their background, which hide it.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(PICK_LIST)
    _rows: Sequence[Row] = ()
    _laid: tuple[int, list[Line]] = (0, [])
    """The rows as lines, and the cells that they were laid out for."""

    below = 0
    """Rows of the box below the list, its keys aside."""

    def show(self, rows: Sequence[Row], at: int | None = 0, *, empty: str = "") -> None:
        """`at`: where the cursor is to be, as far as there are rows; `empty`: why there are none."""
        self._rows, self._laid = rows, (0, [])
        shown = [Option(" ") for _ in rows]
        self.set_options(shown or [Option(to_content((Span(empty, "muted"),), self), disabled=True)])
        self.highlighted = min(at, len(rows) - 1) if rows and at is not None else None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Give way, so that the keys below are seen in any terminal."""
        return min(
            super().get_content_height(container, viewport, width),
            MOST_ROWS,
            max(3, viewport.height - _OTHER - self.below),
        )

    @property
    def natural_width(self) -> int:
        """Cells in which no row is cut."""
        return _SIDES + natural_width(self._rows)

    def whole(self, index: int | None, cells: int) -> str:
        """Return as much as there is room for of a row that is cut in a list of that many cells, else nothing."""
        if index is None or index >= len(self._rows):
            return ""
        row = self._rows[index]
        is_cut = plain(aligned(self._rows, cells - _SIDES)[index]).split() != row.text.split()
        room = max(8, cells - _SIDES)  # below the list it stands in one column with the rows
        shown = wrap(" ".join(row.text.split("\n")[:2]), room) if is_cut else []
        if len(shown) > WHOLE_ROWS:
            last = shown[WHOLE_ROWS - 1]
            shown[WHOLE_ROWS - 1] = last + ELLIPSIS if width(last) < room else cut(f"{last} ", room)
        return " ".join(shown[:WHOLE_ROWS])

    def move(self, rows: int) -> None:
        """Go on by so many rows, not beyond the first or last one; the first step without a cursor is to the first."""
        if self._rows:
            here = -1 if self.highlighted is None else self.highlighted
            self.highlighted = min(len(self._rows) - 1, max(0, here + rows))

    def action_move(self, rows: int) -> None:
        self.move(rows)

    def action_half_page(self, pages: int) -> None:
        self.move(pages * max(1, self.size.height // 2))

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        if index >= len(self._rows):
            return super().render_line(y)
        cells = self.scrollable_content_region.width
        if self._laid[0] != cells:
            self._laid = cells, aligned(self._rows, cells - _SIDES)
        role, sign = "", " "
        if index == self.highlighted:
            role = "cursor " if self.has_focus or not self.can_focus else "cursor-blurred "
            sign = glyphs(is_ascii(self)).cursor
        strip = line_strip(self, (Span(sign, "accent"), *self._laid[1][index]), cells, role)
        return strip.apply_meta({"option": index})  # by which Textual knows what is clicked
