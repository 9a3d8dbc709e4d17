"""One value or text in full, and the view of any document: to read, to search and to copy."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.timer import Timer

from studio_tui.crossing import off_the_loop
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.document import DocumentRows
from studio_tui.present.kit.drawn_page import DrawnRows
from studio_tui.present.kit.markdown import has_marks
from studio_tui.present.kit.wrapped import Lines, WrappedRows
from studio_tui.text.fmt import count, plural
from studio_tui.text.sanitize import clean_copy
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.screens.commands import DETAIL, DOCUMENT
from studio_tui.ui.screens.over import OverScreen

LAY_PAUSE = 0.004
"""Seconds between two slices of laying out a long page, in which keys and paints get their turn."""


class DocumentView(LineView):
    """The document, wrapped or shifted sideways; a search marks matches and hides nothing."""

    IS_TEXT: ClassVar[bool] = True

    BINDINGS: ClassVar[list[BindingType]] = bindings(DOCUMENT)
    HIDES: ClassVar[bool] = False
    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")

    def __init__(self, lines: Lines, *, page: WrappedRows | None = None, id: str | None = None) -> None:
        self._page = page if page is not None else WrappedRows(lines)
        super().__init__(self._page, id=id)
        self._lay_timer: Timer | None = None
        self._to_end = False
        """Whether the user asked for the end while the page was still being laid out."""

    def show(self, lines: Lines) -> None:
        with self.keeping_place():
            self._page.set_lines(lines)
        self._lay_on()

    def resized(self) -> None:
        super().resized()
        self._lay_on()

    def set_filter(self, text: str) -> None:
        """Mark the matches of `text`, those that are broken over two rows too."""
        self._page.reach = max(0, len(text) - 1)
        super().set_filter(text)

    def summary(self) -> str:
        page = self._page
        if isinstance(page, DrawnRows) and page.is_drawn:
            return plural(len(page), "row")
        how = "" if page.wraps else f", from column {count(page.shift + 1)}" if page.shift else ", cut"
        return f"{plural(len(page.lines), *self.NOUN)}{how}{'' if page.is_laid_out else ', being laid out'}"

    def fold_row(self, row: int) -> None:  # noqa: ARG002 - all rows move
        self._sideways(-1)

    def unfold_row(self, row: int) -> None:  # noqa: ARG002 - all rows move
        self._sideways(1)

    def yank(self) -> tuple[str, str] | None:
        return None if self.row is None else (self._page.whole(self.row), self.NOUN[0])

    def action_last_row(self) -> None:
        """Go to the end, wherever it comes to be."""
        self._to_end = not self._page.is_laid_out
        super().action_last_row()

    def row_moved(self, row: int | None) -> None:
        if row != len(self._page) - 1:
            self._to_end = False

    def action_toggle_wrap(self) -> None:
        with self.keeping_place():
            self._page.set_wraps(not self._page.wraps)
        self._lay_on()

    def toggle_source(self) -> None:
        """Show prose drawn, or as it was sent."""
        if isinstance(self._page, DrawnRows):
            with self.keeping_place():
                self._page.set_source(self._page.is_drawn)
            self._lay_on()

    def _sideways(self, direction: int) -> None:
        if self._page.is_wrapped:
            return  # all of it can be seen
        if self._page.move_sideways(direction * max(1, self.text_width // 2)):
            self._refresh_rows()

    def _lay_on(self) -> None:
        if self._lay_timer is None and not self._page.is_laid_out and self.is_mounted:
            self._lay_timer = self.set_timer(LAY_PAUSE, self._lay_more)

    def _lay_more(self) -> None:
        self._lay_timer = None
        self._page.lay_out()
        self.rows_changed()
        if self._to_end:
            super().action_last_row()
            self._to_end = not self._page.is_laid_out
        self._lay_on()


class DetailScreen(OverScreen):
    """Shows a JSON value indented, or a text as it is."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(DETAIL)
    hints = (
        "{page-search} Search  {page-next} {page-previous} Matches  {page-copy} Copy line  {page-copy-all} Copy all  "
        "{page-wrap} Wrap or cut, ← →  {page-back} Back"
    )

    def __init__(self, title: str, value: Json, *, source: str | None = None, prose: bool = False) -> None:
        """`source`: what is copied as a whole, where `value` is that in another writing; `prose`: a text is drawn."""
        super().__init__()
        self.heading = title
        self._source = source
        self._prose = value if prose and isinstance(value, str) and has_marks(value) else ""
        if self._prose:
            self.hints = self.hints.replace("{page-back}", "{page-source} Source  {page-back}")
        if source not in (None, value):
            self.hints = self.hints.replace("Copy all", "Copy all, as it came")
        self._rows = DocumentRows(value)
        if self._rows.is_shortened:
            self.hints = self.hints.replace(" or cut, ← →", "").replace("Copy all", "Copy all, with data")

    def view(self) -> LineView:
        page = DrawnRows(self._prose, self._rows) if self._prose else WrappedRows(self._rows)
        if not self._prose:
            page.hangs = self._rows.hang
        return DocumentView(self._rows, page=page, id="detail")

    def action_source(self) -> None:
        if isinstance(self.list, DocumentView):
            self.list.toggle_source()

    async def action_copy_all(self) -> None:
        text = await off_the_loop(lambda: clean_copy(self._rows.source if self._source is None else self._source))
        copy(self.app, text, self.heading)
