"""The one list widget for everything that can grow: draws the rows in sight, knows nothing of what they mean."""

from __future__ import annotations

import traceback
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.log import LOGGER
from studio_tui.present.kit.rows import Rows
from studio_tui.text.cells import wrap
from studio_tui.text.fmt import count, plural
from studio_tui.text.glyphs import Glyphs, glyphs
from studio_tui.text.sanitize import clean_block
from studio_tui.text.spans import Line, Span, fit_line, line_width, plain
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import LIST
from studio_tui.ui.kit.lists.drag_select import DragSelect, selected_strip
from studio_tui.ui.kit.lists.row_filter import RowFilter, highlight
from studio_tui.ui.kit.lists.viewport import RowsChange, Viewport
from studio_tui.ui.kit.terminal.paint import ascii_text, is_ascii, list_strip
from studio_tui.ui.kit.terminal.safe import plain_notify, set_subtitle
from studio_tui.ui.kit.terminal.themes import theme_revision

STRIPS_KEPT = 2048
SUBTITLE_SECONDS = 0.25
"""Least time between two changes of the counts in the border, each of which repaints the whole widget."""
SCAN_PAUSE = 0.004
"""Seconds between two slices of a filter scan, in which keys and paints get their turn."""


class LineView(DragSelect, can_focus=True):
    """A list of one-line rows. Subclasses give `rows`, draw from the store, and answer the row hooks."""

    DEFAULT_CSS = "LineView { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(LIST)

    slices: ClassVar[frozenset[Slice]] = frozenset()
    FOLLOWS: ClassVar[bool] = False
    """Whether the view starts at its end and stays there while rows arrive."""
    HIDES: ClassVar[bool] = True
    """Whether a filter hides the other rows; else it only moves to the first match and marks matches."""
    NOUN: ClassVar[tuple[str, str]] = ("row", "rows")

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows = rows
        self._port = Viewport(self.FOLLOWS)
        self._known = 0
        self._filter = RowFilter()
        self._failures: set[str] = set()
        self._strips: LRUCache[Hashable, Strip] = LRUCache(STRIPS_KEPT)
        self._strip_basis: Hashable = None
        self._painted: dict[int, Hashable] = {}
        self._scan_timer: Timer | None = None
        self._subtitle = ""
        self._subtitle_timer: Timer | None = None

    # -- what subclasses answer ---------------------------------------------------------------------------------

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store; the frame clock calls this, at most once a frame."""

    def empty_text(self) -> str:
        """Return the sentence that stands where there are no rows."""
        return "Nothing here yet."

    def summary(self) -> str:
        """Return what the border says of the content, without follow mode and filter."""
        return plural(len(self.rows), *self.NOUN)

    def row_moved(self, row: int | None) -> None:
        """The user moved the cursor to `row`, or to the end that is followed (None)."""

    def open_row(self, row: int) -> None:
        """The user pressed enter or clicked twice."""

    def toggle_row(self, row: int) -> None:
        """The user pressed space."""

    def fold_row(self, row: int) -> None:
        """The user pressed `h`."""

    def unfold_row(self, row: int) -> None:
        """The user pressed `l`."""

    def near_end(self) -> None:
        """The last rows can be seen, or nearly: more may be fetched."""

    def resized(self) -> None:
        """The width may have changed: subclasses whose row count depends on it lay out anew."""

    def row_anchor(self, row: int) -> Hashable:
        """Return what identifies `row` when rows are put in or taken out before it."""
        return row

    def row_of(self, anchor: Hashable) -> int | None:
        """Return where the row of `anchor` is now, or None if it is gone."""
        return anchor if isinstance(anchor, int) else None

    # -- what others ask ----------------------------------------------------------------------------------------

    @property
    def ascii(self) -> bool:
        """Whether only ASCII signs may be drawn."""
        return is_ascii(self)

    @property
    def glyphs(self) -> Glyphs:
        """The signs for this terminal."""
        return glyphs(self.ascii)

    @property
    def text_width(self) -> int:
        """Cells that a row has for its text: one column is the cursor's, one the scroll bar's."""
        return max(1, self.content_size.width - 2)

    @property
    def row(self) -> int | None:
        """The row under the cursor, as an index into `rows`; None too where it has gone and that is not drawn yet."""
        row = self._row_at(self._port.cursor) if self._port.cursor < self._shown() else None
        return row if row is not None and row < len(self.rows) else None

    @property
    def follow(self) -> bool:
        """Whether the view sticks to its end."""
        return self._port.follow

    @property
    def new_rows(self) -> int:
        """Rows that arrived since the user left the end."""
        return self._port.new_rows

    @property
    def top_row(self) -> int:
        """The first visible position."""
        return self._port.top

    @property
    def filter_text(self) -> str:
        """The filter or search text, as typed."""
        return self._filter.text

    @property
    def filtering(self) -> bool:
        """Whether rows are still being looked through."""
        return self._filter.hides and self._filter.scanned < len(self.rows)

    @property
    def no_match(self) -> bool:
        """Whether a search is active and found nothing."""
        return self._filter.finds_nothing(len(self.rows))

    def set_filter(self, text: str) -> None:
        """Show only rows that hold `text` (case does not matter; `!text`: that do not); empty shows all again."""
        row = self.row
        self._filter.set(text, hides=self.HIDES)
        self._scan()
        self._take_count(arrived=False)
        self._port.place(self._position_of(row) if row is not None else 0)
        if text and not self.HIDES:
            self._seek_match(row or 0, 1)
        self._refresh_rows()

    def stop_loading(self) -> bool:
        """Load nothing more for a search; return whether there was anything to stop."""
        return False

    def find_next(self) -> None:
        """Move to the next row that matches the filter text, from the start again after the last."""
        self._find(1)

    def find_previous(self) -> None:
        """Move to the previous row that matches the filter text."""
        self._find(-1)

    def toggle_follow(self) -> None:
        """Stick to the end, or stop doing so."""
        if self._port.follow:
            self._port.follow = False
            self._refresh_rows()
        else:
            self.action_last_row()

    def move_to_row(self, row: int) -> None:
        """Put the cursor on `row`, as if the user had."""
        self._port.follow = False
        self._move_to(self._position_of(row))

    def yank(self) -> tuple[str, str] | None:
        """Return the text of the row under the cursor and what to call it, or None."""
        row = self.row
        return None if row is None else (self.rows.text(row), self.NOUN[0])

    def shown_text(self, position: int) -> str:
        """Return the text of the row at a position as it is drawn."""
        line = self.rows.line(self._row_at(position), self.text_width)
        text = plain(line if line_width(line) <= self.text_width else fit_line(line, self.text_width))
        return ascii_text(text) if self.ascii else text

    def anchor_at(self, position: int) -> Hashable:
        """Return what identifies the row at a position."""
        return self.row_anchor(self._row_at(position))

    def position_now(self, anchor: Hashable) -> int | None:
        """Return where a row is now that was at some position."""
        row = self.row_of(anchor)
        return None if row is None or row >= len(self.rows) else self._position_of(row)

    def rows_changed(self, start: int | None = None) -> None:
        """Take over rows added at the end; with `start`: rows from there on may all be different ones.

        Rows that changed in place need no word: their keys tell.
        """
        if start is not None:
            self._filter.forget(start)
        self._scan()
        self._take_count(arrived=True)
        self._refresh_rows()

    @contextmanager
    def keeping_place(self) -> Iterator[RowsChange]:
        """Rows may be put in and taken out anywhere inside: afterwards the same row is under the cursor."""
        port, row = self._port, self.row
        anchor = None if row is None else self.row_anchor(row)
        offset = port.cursor - port.top
        change = RowsChange()
        yield change
        self._filter.forget(change.start)
        self._scan()
        self._take_count(arrived=change.arrived)
        now = None if anchor is None or port.follow else self.row_of(anchor)
        if now is not None:
            port.cursor = self._position_of(now)
            port.top = max(0, port.cursor - offset)
        port.place(port.cursor)
        self._refresh_rows()

    def repaint(self) -> None:
        """Paint the visible rows whose keys have changed since they were painted."""
        height = self._port.height
        changed = [y for y in range(height) if self._painted.get(y) != self._look(y)]
        if len(changed) == height:
            self.refresh()
        elif changed:
            wide = self.content_size.width
            self.refresh(*(Region(0, y, wide, 1) for y in changed))

    # -- keys and mouse -----------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Move the cursor by `rows`."""
        self._move_to(self._port.cursor + rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor by `pages` of the visible height."""
        rows = int(max(1, self._port.height - 1) * abs(pages)) or 1
        self._move_to(self._port.cursor + (rows if pages > 0 else -rows))

    def action_first_row(self) -> None:
        self._move_to(0)

    def action_last_row(self) -> None:
        """Move to the last row, and follow what arrives where that makes sense."""
        self._port.to_end()
        self._moved()

    def action_open_row(self) -> None:
        """Open the row under the cursor."""
        if (row := self.row) is not None:
            self.open_row(row)

    def action_toggle_row(self) -> None:
        """Expand, collapse or mark the row under the cursor."""
        if (row := self.row) is not None:
            self.toggle_row(row)

    def action_fold_row(self) -> None:
        """Collapse the row under the cursor, or go to its parent."""
        if (row := self.row) is not None:
            self.fold_row(row)

    def action_unfold_row(self) -> None:
        """Expand the row under the cursor, or go into it."""
        if (row := self.row) is not None:
            self.unfold_row(row)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was, open on a double click; on the scroll bar, jump."""
        offset = event.get_content_offset(self)
        if offset is None or self._dragged:
            return
        self.clear_selection()
        port = self._port
        if offset.x == self.content_size.width - 1 and port.count > port.height:
            self._scroll(port.top_for_bar(offset.y) - port.top)
        elif port.top + offset.y < port.count:
            self._move_to(port.top + offset.y)
            if event.chain == 2:
                self.action_open_row()

    def on_resize(self) -> None:
        self._port.height = max(1, self.content_size.height)
        self.resized()
        self._port.place(self._port.cursor)
        self.refresh()

    def on_focus(self) -> None:
        """The cursor looks different in the focused panel."""
        self.repaint()

    def on_blur(self) -> None:
        """The cursor looks different in the focused panel; what was selected in it is not any more."""
        if self.app.app_focus:
            self.clear_selection()
        self.repaint()

    def _move_to(self, position: int) -> None:
        if self._shown():
            self._port.move_to(position)
            self._moved()

    def _moved(self) -> None:
        self._refresh_rows()
        self.row_moved(None if self._port.follow else self.row)
        self._look_for_end()

    def _scroll(self, rows: int) -> None:
        self._port.scroll(rows)
        self._refresh_rows()
        self._look_for_end()

    def _look_for_end(self) -> None:
        if self._port.top + 2 * self._port.height >= self._port.count:
            self.near_end()

    # -- filter and search --------------------------------------------------------------------------------------

    def _shown(self) -> int:
        return self._filter.count if self._filter.hides else len(self.rows)

    def _take_count(self, *, arrived: bool) -> None:
        self.follow_rows()
        self._count_rows(arrived=arrived)

    def _count_rows(self, *, arrived: bool) -> None:
        """Take over how many rows there are; a selection is not looked after, as whoever looks after it asks this."""
        before, self._known = self._known, len(self.rows)
        self._port.take_count(self._shown(), self._known - before if arrived else 0)

    def _row_at(self, position: int) -> int:
        return self._filter.row(position) if self._filter.hides else position

    def _position_of(self, row: int) -> int:
        return self._filter.position(row) if self._filter.hides else row

    def _scan(self) -> None:
        """Look through rows for a few milliseconds; go on after a pause if some are left."""
        if not self._filter.hides or self._filter.scan(self.rows) or self._scan_timer is not None:
            return
        self._scan_timer = self.set_timer(SCAN_PAUSE, self._scan_on)

    def _scan_on(self) -> None:
        self._scan_timer = None
        self.rows_changed()

    def _find(self, step: int) -> None:
        if not self._filter.text:
            return
        self._filter.asked = True
        if not self._filter.hides:
            self._seek_match((self.row or 0) + step, step)
        elif self._shown():
            self._move_to((self._port.cursor + step) % self._shown())
        self._tell_missed()

    def _tell_missed(self) -> None:
        """Say that nothing matches, if somebody asked for the next match and that is known."""
        self._refresh_rows()
        if words := self._filter.news(len(self.rows)):
            plain_notify(self.app, words, "warning")

    def _seek_match(self, start: int, step: int) -> None:
        """Move to the first match from row `start` on, in the direction of `step`, around the ends."""
        found = self._filter.seek(self.rows, start, step)
        if found is not None:
            self.move_to_row(found)

    # -- painting -----------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        basis = (self.content_size.width, theme_revision(self.app), self._filter.text, self.ascii)
        if basis != self._strip_basis:
            self._strip_basis = basis
            self._strips.clear()
        look = self._painted[y] = self._look(y)
        strip = self._strips.get(look)
        if strip is None:
            strip = self._strips[look] = self._build(y)
        return strip

    def _look(self, y: int) -> Hashable:
        """Return everything that the look of screen line `y` depends on, the view as a whole aside."""
        try:
            return self._look_of(y)
        except Exception as error:
            return ("failed", y, self._row_failed(error))

    def _row_failed(self, error: Exception) -> str:
        """One row that cannot be drawn must not take the app with it: rows show what servers send at any moment."""
        kind = type(error).__name__
        if kind not in self._failures:
            self._failures.add(kind)
            LOGGER.error("a row of %s cannot be drawn\n%s", self.id, traceback.format_exc())
        return kind

    def _look_of(self, y: int) -> Hashable:
        port = self._port
        position = port.top + y
        if not port.count:
            return ("empty", y, self._empty_sentence())
        if position >= port.count:
            return ("blank",)
        cursor = (1 + self.has_focus) if position == port.cursor else 0
        look = (self.rows.key(self._row_at(position)), cursor, port.is_thumb(y))
        selected = self.cells_selected(position)
        return look if selected is None else (*look, selected)

    def _build(self, y: int) -> Strip:
        try:
            return self._build_row(y)
        except LookupError:  # what it shows has just been let go; the next frame brings the rows of now
            return list_strip(self, (), cursor=False, thumb=False)
        except Exception as error:
            said = f"This row cannot be shown ({self._row_failed(error)}); the log has the reason."
            return list_strip(self, (Span(said, "err"),), cursor=False, thumb=False)

    def _build_row(self, y: int) -> Strip:
        port, room = self._port, self.text_width
        position = port.top + y
        line: Line = ()
        if not port.count:
            lines = wrap(clean_block(self._empty_sentence()), room)
            line = (Span(lines[y], "muted"),) if y < len(lines) else ()
        elif position < port.count:
            line = highlight(self.rows.line(self._row_at(position), room), self._filter.needle)
        cursor = port.count > 0 and position == port.cursor
        strip = list_strip(self, line, cursor=cursor, thumb=port.is_thumb(y))
        selected = self.cells_selected(position) if port.count else None
        return strip if selected is None else selected_strip(strip, selected)

    def _empty_sentence(self) -> str:
        if self.filtering:
            return "Looking …"
        if self._filter.hides and len(self.rows):
            return f"Nothing matches “{self._filter.text}”. Press esc to see everything."
        return self.empty_text()

    # -- counts in the border -----------------------------------------------------------------------------------

    def _refresh_rows(self) -> None:
        """Paint what changed and bring the counts in the border up to date, now or soon."""
        self.repaint()
        if self._subtitle_timer is None and self.is_mounted:
            self._write_subtitle()
            self._subtitle_timer = self.set_timer(SUBTITLE_SECONDS, self._subtitle_due)

    def _subtitle_due(self) -> None:
        self._subtitle_timer = None
        self._write_subtitle()

    def _write_subtitle(self) -> None:
        text = " · ".join(part for part in self._subtitle_parts() if part)
        if text != self._subtitle:
            self._subtitle = text
            set_subtitle(self, ascii_text(text) if self.ascii else text)

    def _subtitle_parts(self) -> Iterator[str]:
        yield self.selection_words
        if self._filter.text:
            yield self._filter.summary()
        if len(self.rows):
            if self.FOLLOWS and self.follow:
                yield "following"
            elif self.new_rows:
                yield f"{count(self.new_rows)} new {self.glyphs.down}"
            yield self.summary()
