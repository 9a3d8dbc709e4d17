"""The full view of threads (`w`): any number of them, by filter and order, with marks and actions on many."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar
from weakref import WeakKeyDictionary

from textual.app import App
from textual.binding import BindingType

from studio_tui.core.threads.saved_views import SavedViews
from studio_tui.core.threads.search import Reading, ThreadSearch
from studio_tui.core.threads.seek import find_end, seek
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread_query import ThreadQuery
from studio_tui.errors import StudioError
from studio_tui.present.threads.table import ThreadTableRows, above
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.paged_view import SETTLED
from studio_tui.ui.kit.terminal.safe import set_title
from studio_tui.ui.screens.resource import ResourceScreen
from studio_tui.ui.threads.actions import ThreadActions
from studio_tui.ui.threads.commands import TABLE, VIEW
from studio_tui.ui.threads.filters import ThreadChoices
from studio_tui.ui.threads.thread_table import ThreadTable

REFRESH_SECONDS = 5.0
COUNT_EVERY = 3
"""Every how many refreshes the server counts threads by status."""
SETTLE = 0.04
"""Seconds that scrolling rests before a page is asked for."""
PAGES_AT_ONCE = 100
"""Pages that one search reads at most; `n` goes on."""

_last: WeakKeyDictionary[App[object], tuple[str, ThreadQuery]] = WeakKeyDictionary()
"""What the view showed when it was left: server and query."""


class ThreadsScreen(ThreadChoices, ThreadActions, ResourceScreen):
    """All threads of the server."""

    KEYS: ClassVar[tuple[Command, ...]] = (*TABLE, *VIEW)
    BINDINGS: ClassVar[list[BindingType]] = bindings(VIEW)
    heading = "Threads"

    def __init__(self, query: ThreadQuery | None = None) -> None:
        super().__init__()
        self._wanted = query
        self._filling = False
        self._naming = False
        self._refreshing = False
        self._ticks = 0
        self._problem = ""

    # -- the list -----------------------------------------------------------------------------------------------

    def view(self) -> LineView:
        """Return the table."""
        app_state = self.services.studio.app_state
        self.book = ThreadSearch(self.services.studio.connection.call, app_state.server)
        server, query = _last.get(self.app, ("", ThreadQuery()))
        here = app_state.server.base_url if app_state.server is not None else ""
        self.book.query = self._wanted or (query if server == here else ThreadQuery())
        options = self.services.options
        self.views = SavedViews(options.paths.state_dir / "thread_views.json" if options.remembers else None)
        self._rows = ThreadTableRows(self.book)
        self.table = ThreadTable(self._rows, id="thread-table")
        return self.table

    def on_mount(self) -> None:
        """Read the first page, and keep the list fresh."""
        super().on_mount()
        self._rows.signs = self.table.glyphs
        self._rows.now = time.time()
        self.start(self.reload(), "reading the threads", group="thread-list")
        self.set_interval(REFRESH_SECONDS, self._tick)

    def on_unmount(self) -> None:
        """Remember what was shown."""
        app_state = self.services.studio.app_state
        _last[self.app] = (app_state.server.base_url if app_state.server is not None else "", self.book.query)

    async def reload(self, *, to_top: bool = False) -> None:
        """Read the visible pages and the counts again. Raises StudioError and shows it too."""
        pages = [0] if to_top else self.book.pages_of(*self.table.window())
        try:
            reading = await self.book.read(pages, counts=True, fresh=True)
        except StudioError as error:
            self._problem = clean(str(error), 200)
            self.table.words = f"The threads could not be read: {self._problem}"
            self.table.rows_changed(0)
            self.tell_above()
            raise
        self._problem = ""
        self._take(reading)
        if to_top:
            self.table.action_first_row()

    async def show_query(self, query: ThreadQuery) -> None:
        """Show another list; the old one stays when it cannot be read."""
        before, self.book.query = self.book.query, query
        self.book.counts = {} if query.metadata != before.metadata else self.book.counts
        self.book.exact = False
        self.tell_above()
        try:
            await self.reload(to_top=True)
        except StudioError:
            self.book.query = before
            self.tell_above()
            raise

    def changed_query(self, **fields: object) -> None:
        """Show the list with other filters, order or columns."""
        query = replace(self.book.query, **fields)  # type: ignore[arg-type]
        self.start(self.show_query(query), "reading the threads", group="thread-list")

    def on_thread_table_missing(self) -> None:
        """Read the rows that can be seen, once scrolling rests."""
        if not self._filling:
            self._filling = True
            self.set_timer(SETTLE, lambda: self.start(self._fill()))

    async def _fill(self) -> None:
        try:
            while pages := self.book.missing(*self.table.window()):
                self._take(await self.book.read(pages))
        except StudioError as error:
            self._problem = clean(str(error), 200)
            self.tell_above()
        finally:
            self._filling = False

    def on_thread_table_nameless(self) -> None:
        """Read what the threads in sight are called by, where the server does not say it in lists."""
        studio = self.services.studio
        if not self._naming and studio.words.wanted(self.table.nameless()):
            self._naming = True
            self.set_timer(SETTLE, lambda: self.start(self._read_names()))

    async def _read_names(self) -> None:
        studio = self.services.studio
        try:
            while wanted := studio.words.wanted(self.table.nameless()):
                await studio.words.read(wanted)
                if studio.words.wanted(wanted) == wanted:
                    return  # none was reached: asked for again when somebody moves, not at once
                self.table.repaint()
        finally:
            self._naming = False

    def _take(self, reading: Reading) -> None:
        with self.table.keeping_place():
            self._rows.now = time.time()
            self.book.take(reading)
        filtered = self.book.query.is_filtered
        self.table.words = "No thread matches. Press f and empty the filter." if filtered else "No threads yet."
        self.table.repaint()
        self.tell_above()

    def _tick(self) -> None:
        """Read what is visible again, unless something covers it or it is being read."""
        if self.app.screen is self and not self._refreshing and not self._filling and self.book.loaded_once:
            self._refreshing = True
            self._ticks += 1
            self.start(self._refresh_quietly())

    async def _refresh_quietly(self) -> None:
        try:
            pages = self.book.pages_of(*self.table.window())
            self._take(await self.book.read(pages, counts=self._ticks % COUNT_EVERY == 0, fresh=True))
            self._problem = ""
        except StudioError as error:
            self._problem = clean(str(error), 200)
            self.tell_above()
        finally:
            self._refreshing = False

    # -- searching ----------------------------------------------------------------------------------------------

    def on_thread_table_seeking(self, event: ThreadTable.Seeking) -> None:
        """Look through rows that are not loaded, once typing rests."""
        search = self.table.search

        def begin() -> None:
            if search == self.table.search:
                self.start(self._seek(search, event.start, event.step), group="thread-seek")

        if event.typing:
            self.set_timer(SETTLED, begin)
        else:
            begin()

    async def _seek(self, search: int, start: int, step: int) -> None:
        table = self.table

        def told(rows: int) -> bool:
            return table.looked_through(search, rows)

        try:
            found = await seek(
                self.book, table.matches, start, step, take=self._take, told=told, most_pages=PAGES_AT_ONCE
            )
        except StudioError:
            table.stop_loading()
            raise
        if search == table.search:
            table.sought(found, step)
            for line in self.query(CommandLine):
                line.tell_match(not table.no_match)

    def on_thread_table_end_wanted(self) -> None:
        """Find the end of a list that the server does not count, and go there."""
        self.start(self._go_to_end(), "finding the last thread", group="thread-end")

    async def _go_to_end(self) -> None:
        await find_end(self.book, self._take)
        if self.book.exact:
            self.table.action_last_row()

    def tell_above(self) -> None:
        """Write counts, filter and order, and the names of the columns."""
        if not self.is_mounted:
            return
        server = self.services.studio.app_state.server
        reason = server.can("threads_count").reason if server is not None and not self.book.counts else ""
        line = above(self.book, self.table.glyphs, self.size.width, reason)
        if self._problem:
            line = (Span(f" {self._problem}", "err"),)
        self.say("above", line)
        self.say("columns", self._rows.heading(self.table.text_width))

    # -- going elsewhere ----------------------------------------------------------------------------------------

    def on_thread_table_opened(self, event: ThreadTable.Opened) -> None:
        """Open the thread in the studio."""
        self.dismiss()
        opening = self.services.studio.threads.open(event.item.thread_id)
        self.start(opening, "opening the thread", group="open-thread")

    def on_thread_table_inside(self, event: ThreadTable.Inside) -> None:
        """Show the thread's runs."""
        self.services.perform("runs", f"{event.item.thread_id} {event.item.title}")

    def on_thread_table_marked(self) -> None:
        """Count the marks."""
        self.tell_above()

    def targets(self) -> Mapping[ThreadId, str]:
        """Return what an action is for, with names: the marked threads, else the one under the cursor."""
        if self.book.marked:
            return dict(self.book.marked)
        item = self.table.current
        return {} if item is None else {item.thread_id: item.title}

    def action_refresh(self) -> None:
        """Read the list again."""
        self.start(self.reload(), "reading the threads", group="thread-list")

    def retitle(self) -> None:
        """Show how many are marked."""
        set_title(self.table, self.heading)
        self.tell_above()
        self.table.repaint()
