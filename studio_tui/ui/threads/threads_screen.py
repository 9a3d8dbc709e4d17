"""The full view of threads (`w`): any number of them, by filter and order, with marks and actions on many."""

from __future__ import annotations

import time
from typing import ClassVar
from weakref import WeakKeyDictionary

from textual.app import App
from textual.binding import BindingType

from studio_tui.core.resources.in_sight import InSight
from studio_tui.core.threads.search import Reading, ThreadSearch
from studio_tui.core.threads.seek import find_end, seek
from studio_tui.domain.thread_query import ThreadQuery
from studio_tui.errors import StudioError
from studio_tui.present.threads.table import ThreadTableRows, above
from studio_tui.text.spans import Span
from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.paged_view import SETTLED
from studio_tui.ui.screens.resource import ResourceScreen
from studio_tui.ui.threads.actions import ThreadActions
from studio_tui.ui.threads.commands import TABLE, VIEW
from studio_tui.ui.threads.filters import ThreadFilters
from studio_tui.ui.threads.thread_table import ThreadTable

PAGES_AT_ONCE = 100
"""Pages that one search reads at most; `n` goes on."""

_last: WeakKeyDictionary[App[object], tuple[str, ThreadQuery]] = WeakKeyDictionary()
"""What the view showed when it was left: server and query."""


class ThreadsScreen(ResourceScreen):
    """All threads of the server."""

    KEYS: ClassVar[tuple[Command, ...]] = (*TABLE, *VIEW)
    BINDINGS: ClassVar[list[BindingType]] = bindings(VIEW)
    EVERY: ClassVar[float] = 5.0
    heading = "Threads"

    def __init__(self, query: ThreadQuery | None = None) -> None:
        super().__init__()
        self._wanted = query

    # -- the list -----------------------------------------------------------------------------------------------

    def view(self) -> LineView:
        app_state = self.services.studio.app_state
        self.book = ThreadSearch(self.services.studio.connection.call, app_state.server)
        server, query = _last.get(self.app, ("", ThreadQuery()))
        here = app_state.server.base_url if app_state.server is not None else ""
        self.book.query = self._wanted or (query if server == here else ThreadQuery())
        self.book.take_over, self.book.on_change = self._take, self._changed
        self.rows = ThreadTableRows(self.book)
        self.table = ThreadTable(self.rows, id="thread-table")
        self.filters = ThreadFilters(self.services, self.rows)
        self.actions = ThreadActions(self, self.book, self.table, self.reload)
        self.filling = InSight(lambda: self.book.fill(*self.table.window()), self.start)
        words = self.services.studio.words
        self.naming = InSight(lambda: words.name(self.table.nameless()), self.start)
        return self.table

    def on_mount(self) -> None:
        """Read the first page."""
        self.rows.signs, self.rows.now = self.table.glyphs, time.time()
        self.action_refresh()

    def on_unmount(self) -> None:
        app_state = self.services.studio.app_state
        _last[self.app] = (app_state.server.base_url if app_state.server is not None else "", self.book.query)

    async def reload(self) -> None:
        """Read the visible pages and the counts again. Raises StudioError, which the list shows too."""
        await self.book.refresh(*self.table.window())

    def action_refresh(self) -> None:
        self.start(self.reload(), "reading the threads", group="thread-list")

    def action_show(self, what: str) -> None:
        """Ask for another filter, order or view, and show that."""
        self.start(self._show(what))

    async def _show(self, what: str) -> None:
        query = await self.filters.ask(what)
        if query is not None:
            self.start(self._show_query(query), "reading the threads", group="thread-list")

    async def _show_query(self, query: ThreadQuery) -> None:
        await self.book.show_query(query)
        self.table.action_first_row()

    def on_thread_table_missing(self) -> None:
        """Read the rows that can be seen, once scrolling rests."""
        self.filling.wanted()

    def on_thread_table_nameless(self) -> None:
        """Read what the threads in sight are called by, where the server does not say it in lists."""
        if self.services.studio.words.wanted(self.table.nameless()):
            self.naming.wanted()

    def _take(self, reading: Reading) -> None:
        with self.table.keeping_place():
            self.rows.now = time.time()
            self.book.take(reading)
        self._changed()

    def _changed(self) -> None:
        self.table.repaint()
        self.tell_above()

    def _again(self) -> None:
        """Read what is visible again, unless something covers it or it is being read."""
        busy = self.book.refreshing or self.filling.under_way
        if self.app.screen is self and self.book.loaded_once and not busy:
            self.start(self.book.refresh_quietly(*self.table.window()))

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

        most, take = PAGES_AT_ONCE, self._take
        try:
            found = await seek(self.book, table.matches, start, step, take=take, told=told, most_pages=most)
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
        if self.book.problem:
            line = (Span(f" {self.book.problem}", "err"),)
        self.say("above", line)
        self.say("columns", self.rows.heading(self.table.text_width))

    # -- acting ----------------------------------------------------------------------------------------

    def on_thread_table_opened(self, event: ThreadTable.Opened) -> None:
        self.dismiss()
        self.start(self.services.studio.threads.open(event.item.thread_id), "opening the thread", group="open-thread")

    def on_thread_table_inside(self, event: ThreadTable.Inside) -> None:
        """Show the thread's runs."""
        self.services.perform("runs", f"{event.item.thread_id} {event.item.title}")

    def on_thread_table_marked(self) -> None:
        self.tell_above()

    def action_act(self, what: str) -> None:
        """Mark threads, or do something to those that are marked or the one under the cursor."""
        self.actions.begin(what)
