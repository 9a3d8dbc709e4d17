"""The one list widget for everything that can grow: draws the rows in sight, knows nothing of what they mean."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from textual import events, on
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.present.kit.rows import Rows
from studio_tui.text.fmt import count, plural
from studio_tui.text.glyphs import Glyphs, glyphs
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.commands import LIST, SELECT
from studio_tui.ui.kit.lists.drag_select import DragSelection
from studio_tui.ui.kit.lists.row_filter import RowFilter
from studio_tui.ui.kit.lists.row_painter import RowPainter
from studio_tui.ui.kit.lists.viewport import RowsChange, Viewport
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.kit.terminal.safe import is_ascii, plain_notify

WHEEL_ROWS = 3
SCAN_PAUSE = 0.004
"""Seconds between two slices of a filter scan, in which keys and paints get their turn."""


class LineView(Widget, can_focus=True):
    """A list of one-line rows. Subclasses give `rows`, draw from the app state, and answer the row hooks."""

    DEFAULT_CSS = "LineView { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*LIST, *SELECT))
    ALLOW_SELECT: ClassVar[bool] = False  # Textual's own selection knows no rows that are scrolled away

    slices: ClassVar[frozenset[Slice]] = frozenset()
    following = "following"
    FOLLOWS: ClassVar[bool] = False
    """Whether the view starts at its end and stays there while rows arrive."""
    HIDES: ClassVar[bool] = True
    """Whether a filter hides the other rows; else it only moves to the first match and marks matches."""
    IS_TEXT: ClassVar[bool] = False
    """Whether rows are text that is read, of which a double click selects a word; else it opens the row."""
    NOUN: ClassVar[tuple[str, str]] = ("row", "rows")
    box: Widget | None = None

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows = rows
        self.port = Viewport(self.FOLLOWS)
        """Where the list stands."""
        self._known = 0
        self._filter = RowFilter(lambda: self.rows)
        self.drag = DragSelection(self, self.port, self._filter, self._scroll, self._refresh_rows)
        self._painter = RowPainter(self, self.port, self._filter, self.drag)
        self._scan_timer: Timer | None = None

    @property
    def frame(self) -> Widget:
        """What has the border around the rows: the list, or a box in which it stands below the names of its columns."""
        return self.box or self

    def on_mount(self) -> None:
        self.rows.signs = self.glyphs

    # -- what subclasses answer ---------------------------------------------------------------------------------

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over what changed in the app state; the frame clock calls this, at most once a frame."""

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
        if self.rows.is_open(row):
            self.toggle_row(row)

    def unfold_row(self, row: int) -> None:
        """The user pressed `l`."""
        if self.rows.is_open(row) is False:
            self.toggle_row(row)

    def near_start(self) -> None:
        """The first rows can be seen, or nearly: there may be more before them."""

    def near_end(self) -> None:
        """The last rows can be seen, or nearly: more may be fetched."""

    def resized(self) -> None:
        """The width may have changed."""
        with self.keeping_place() as change:
            change.arrived = False
            change.start = 0 if self.rows.set_width(self.text_width) else len(self.rows)

    # -- what others ask ----------------------------------------------------------------------------------------

    @property
    def ascii(self) -> bool:
        return is_ascii(self)

    @property
    def glyphs(self) -> Glyphs:
        return glyphs(self.ascii)

    @property
    def text_width(self) -> int:
        """Cells that a row has for its text: one column is the cursor's, one the scroll bar's."""
        return max(1, self.content_size.width - 2)

    @property
    def row(self) -> int | None:
        """The row under the cursor, as an index into `rows`; None too where it has gone and that is not drawn yet."""
        row = self._filter.row(self.port.cursor) if self.port.cursor < self._filter.count else None
        return row if row is not None and row < len(self.rows) else None

    @property
    def filter_text(self) -> str:
        return self._filter.text

    @property
    def no_match(self) -> bool:
        return self._filter.finds_nothing

    def set_filter(self, text: str) -> None:
        """Show only rows that hold `text` (case does not matter; `!text`: that do not); empty shows all again."""
        row = self.row
        self._filter.set(text, hides=self.HIDES)
        self._take_rows(arrived=False)
        self.port.place(self._filter.position(row) if row is not None else 0)
        if text and not self._filter.hides:
            self._seek_match(row or 0, 1)
        self._refresh_rows()

    def stop_loading(self) -> bool:
        return False

    def toggle_follow(self) -> None:
        if self.port.follow:
            self.port.follow = False
            self._refresh_rows()
        else:
            self.action_last_row()

    def move_to_row(self, row: int) -> None:
        """Put the cursor on `row`, as if the user had."""
        self.port.follow = False
        self._move_to(self._filter.position(row))

    def yank(self) -> tuple[str, str] | None:
        row = self.row
        return None if row is None else (self.rows.text(row), self.NOUN[0])

    @property
    def way_back(self) -> str:
        """What ends a search or stops what it loads here, as a template names its key."""
        studio_screen: object = services_of(self).studio_screen
        return "{back}" if self.screen is studio_screen else "{page-back}"

    def tick(self) -> None:
        """Bring ages up to date."""
        self.rows.now = time.time()
        self.repaint()

    def rows_in_sight(self) -> list[int]:
        port = self.port
        return [self._filter.row(place) for place in range(port.top, min(port.count, port.top + port.height))]

    def rows_changed(self, start: int | None = None) -> None:
        """Take over rows added at the end; with `start`: rows from there on may all be different ones.

        Rows that changed in place need no word: their keys tell.
        """
        if start is not None:
            self._filter.forget(start)
        self._take_rows(arrived=True)
        self._refresh_rows()

    @contextmanager
    def keeping_place(self) -> Iterator[RowsChange]:
        """Rows may be put in and taken out anywhere inside: afterwards the same row is under the cursor."""
        port, row = self.port, self.row
        anchor = None if row is None else self.rows.anchor(row)
        offset = port.cursor - port.top
        change = RowsChange()
        yield change
        self._filter.forget(change.start)
        self._take_rows(arrived=change.arrived)
        now = None if anchor is None or port.follow else self.rows.row_of(anchor)
        self._count_rows(arrived=False)  # there may be more rows now that the one of the anchor was looked for
        if now is not None:
            port.cursor = self._filter.position(now)
            port.top = max(0, port.cursor - offset)
        if now is not None and not 0 <= offset < port.height:  # the wheel has left the cursor, and stays where it is
            port.top = min(port.top, port.last_top)
        else:
            port.place(port.cursor)
        self._refresh_rows()

    def repaint(self) -> None:
        self._painter.repaint()

    # -- keys and mouse -----------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        self._move_to(self.port.cursor + rows)

    def action_select_rows(self, rows: int) -> None:
        """Select the row under the cursor and those up to where the cursor goes."""
        self.drag.begin_rows()
        self._move_to(self.port.cursor + rows)

    def action_page(self, pages: float) -> None:
        rows = int(max(1, self.port.height - 1) * pages) or (1 if pages > 0 else -1)
        self._move_to(self.port.cursor + rows)

    def action_first_row(self) -> None:
        self._move_to(0)

    def action_last_row(self) -> None:
        self.port.to_end()
        self._moved()

    def action_row(self, what: str) -> None:
        if (row := self.row) is not None:
            acts = {"open": self.open_row, "toggle": self.toggle_row, "fold": self.fold_row, "unfold": self.unfold_row}
            acts[what](row)

    def action_copy_selection(self) -> None:
        """Copy what is selected; without a selection the key means what it means elsewhere."""
        if not (text := self.drag.text):
            raise SkipAction
        copy(self.app, text, "the selected text")

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.drag.press(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.drag.move(event)

    def on_mouse_up(self) -> None:
        self.drag.release()

    @on(events.MouseScrollDown)
    @on(events.MouseScrollUp)
    def _wheel(self, event: events.MouseEvent) -> None:
        event.stop()
        event.prevent_default()
        self._scroll(WHEEL_ROWS if isinstance(event, events.MouseScrollDown) else -WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was, open on a double click; on the scroll bar, jump."""
        offset = event.get_content_offset(self)
        if offset is None or self.drag.dragged:
            return
        self.drag.clear()
        port = self.port
        if offset.x == self.content_size.width - 1 and port.count > port.height:
            self._scroll(port.top_for_bar(offset.y) - port.top)
        elif port.top + offset.y < port.count:
            self._move_to(port.top + offset.y)
            if event.chain == 3 and self.IS_TEXT:
                self.drag.select_row(offset)
            elif event.chain == 2 and not (self.IS_TEXT and self.drag.select_word(offset)):
                self.action_row("open")

    def on_resize(self) -> None:
        port = self.port
        is_seen = port.follow or port.top <= port.cursor < port.top + port.height
        port.height = max(1, self.content_size.height)
        self.resized()
        if is_seen:
            port.place(port.cursor)
        else:  # it was scrolled away from: a dialog that comes and goes is no reason to go back there
            port.top = min(port.top, port.last_top)
        self.refresh()

    def on_blur(self) -> None:
        if self.app.app_focus:
            self.drag.clear()

    def _move_to(self, position: int) -> None:
        if self._filter.count:
            self.port.move_to(position)
            self._moved()

    def _moved(self) -> None:
        self.drag.cursor_moved()
        self._refresh_rows()
        self.row_moved(None if self.port.follow else self.row)
        self._look_for_ends()

    def _scroll(self, rows: int) -> None:
        self.port.scroll(rows)
        self._refresh_rows()
        self._look_for_ends()

    def _look_for_ends(self) -> None:
        if self.port.top < self.port.height:
            self.near_start()
        if self.port.top + 2 * self.port.height >= self.port.count:
            self.near_end()

    # -- filter and search --------------------------------------------------------------------------------------

    def _take_rows(self, *, arrived: bool) -> None:
        self._filter.scan()
        if self._filter.is_scanning and self._scan_timer is None:
            self._scan_timer = self.set_timer(SCAN_PAUSE, self._scan_on)
        self.drag.follow_rows()
        self._count_rows(arrived=arrived)

    def _count_rows(self, *, arrived: bool) -> None:
        """Take over how many rows there are; a selection is not looked after, as whoever looks after it asks this."""
        before, self._known = self._known, len(self.rows)
        self.port.take_count(self._filter.count, self._known - before if arrived else 0)

    def _scan_on(self) -> None:
        self._scan_timer = None
        self.rows_changed()

    def find(self, step: int) -> None:
        """Move to the next row that matches the filter text, from the start again after the last."""
        if not self._filter.text:
            return
        self._filter.asked = True
        if not self._filter.hides:
            self._seek_match((self.row or 0) + step, step)
        elif shown := self._filter.count:
            self._move_to((self.port.cursor + step) % shown)
        self._tell_missed()

    def _tell_missed(self) -> None:
        """Say that nothing matches, if somebody asked for the next match and that is known."""
        self._refresh_rows()
        if words := self._filter.news():
            plain_notify(self.app, words, "warning")

    def _seek_match(self, start: int, step: int) -> None:
        """Move to the first match from row `start` on, in the direction of `step`, around the ends."""
        found = self._filter.seek(start, step)
        if found is not None:
            self.move_to_row(found)

    def _refresh_rows(self) -> None:
        """Paint what changed and bring the counts in the border up to date, now or soon."""
        self._painter.repaint()
        self._painter.write_border()

    # -- painting -----------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        return self._painter.paint(crop, super().render_lines)

    def render_line(self, y: int) -> Strip:
        return self._painter.strip(y)

    def empty_sentence(self) -> str:
        """Return what stands where no row does."""
        if self._filter.is_scanning:
            return "Looking …"
        if self._filter.hides and len(self.rows):
            keys = with_keys(self, f"Press {self.way_back} to see everything.")
            return f"Nothing matches “{clean(self._filter.text, 60)}”. {keys}"
        return self.empty_text()

    def border_parts(self) -> Iterator[str]:
        """Return what the border says, empty parts aside."""
        yield self.drag.words
        if self._filter.text:
            yield self._filter.summary(self.row)
        if len(self.rows):
            if self.FOLLOWS and self.port.follow:
                yield self.following
            elif self.port.new_rows:
                yield f"{count(self.port.new_rows)} new {self.glyphs.down}"
            yield self.summary()
