"""The full view of threads (`w`): any number of them, by filter and order, with marks and actions on many."""

from __future__ import annotations

from typing import ClassVar, NamedTuple
from weakref import WeakKeyDictionary

from msgspec.structs import replace
from textual.app import App
from textual.binding import BindingType

from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.domain.thread_query import ThreadQuery
from studio_tui.present.threads.table import ThreadTableRows, above
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.key_line import KeyHint
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.screens.resource import ResourceScreen
from studio_tui.ui.threads.actions import ThreadActions
from studio_tui.ui.threads.commands import BAR, VIEW
from studio_tui.ui.threads.filters import ThreadFilters
from studio_tui.ui.threads.thread_table import ThreadTable


class _Left(NamedTuple):
    """What the view showed when it was left."""

    server: str = ""
    query: ThreadQuery = ThreadQuery()
    marked: dict[ThreadId, str] = {}  # noqa: RUF012 - never changed in place


_last: WeakKeyDictionary[App[object], _Left] = WeakKeyDictionary()


_SORTED = {"status": "status", "id": "thread_id", "age": "updated_at"}
"""What servers sort by, by the name of its column."""


class ThreadsScreen(ResourceScreen):
    """All threads of the server."""

    KEYS: ClassVar[tuple[Command, ...]] = BAR
    BINDINGS: ClassVar[list[BindingType]] = bindings(VIEW)
    EVERY: ClassVar[float] = 5.0
    heading = "Threads"

    def __init__(self, query: ThreadQuery | None = None) -> None:
        super().__init__()
        self._wanted = query
        self._begun = False
        """The list was there once: from now on only the user moves the cursor."""

    # -- the list -----------------------------------------------------------------------------------------------

    def view(self) -> LineView:
        app_state = self.services.app_state
        self.threads = ThreadSearch(self.services.studio.connection.call, app_state.server)
        self._server = app_state.server.base_url if app_state.server is not None else ""
        left = _last.get(self.app, _Left())
        left = left if left.server == self._server else _Left()
        self.threads.query = self._wanted or left.query
        self.threads.marked = dict(left.marked)
        self.rows = ThreadTableRows(self.threads)
        self.table = self.follow(ThreadTable(self.rows, id="thread-table"))
        self.filters = ThreadFilters(self.services, self.rows)
        self.actions = ThreadActions(self)
        return self.table

    def on_unmount(self) -> None:
        # Another server may be open by now, whose threads these marks are not.
        _last[self.app] = _Left(self._server, self.threads.query, dict(self.threads.marked))

    def action_undo(self) -> None:
        """Nothing is taken back here: whoever tries it is told."""
        told = "What is done to threads cannot be undone; {threads-rename} gives an earlier title back."
        self.services.tell(self.services.commands.hint(told))

    def action_show(self, what: str) -> None:
        self.start(self._show(what))

    async def _show(self, what: str) -> None:
        query = await self.filters.ask(what)
        if query is not None:
            self.start(self._show_query(query), "reading the threads", group="thread-table-list")

    def widen(self) -> bool:
        """Drop the filter, which is kept while the app runs."""
        query = self.threads.query
        if not query.is_filtered:
            return False
        every = ThreadQuery(sort_by=query.sort_by, descending=query.descending, columns=query.columns)
        self.start(self._show_query(every), "reading the threads", group="thread-table-list")
        return True

    def worded(self, hints: list[KeyHint]) -> list[KeyHint]:
        hints = super().worded(hints)
        if not self.is_built or self.list.filter_text or not self.threads.query.is_filtered:
            return hints
        return [replace(hint, word="Clear filter") if hint.id == "page-back" else hint for hint in hints]

    async def _show_query(self, query: ThreadQuery) -> None:
        await self.threads.show_query(query)
        self.keys.look()
        self.table.action_first_row()

    def _again(self) -> None:
        """Read what is visible again, unless something covers it, it is being read, or a search holds very much."""
        busy = self.threads.reading or self.table.filling.under_way or self.table.holds_many
        if self.app.screen is self and self.threads.loaded and not busy:
            self.start(self.threads.refresh_quietly())

    def _begin_at_open(self) -> None:
        """Begin at the thread that is open in the studio, where it is among those that are read."""
        if self._begun or not self.threads.loaded:
            return
        self._begun = True
        thread_id = self.services.app_state.thread_id
        row = self.rows.row_of(thread_id) if thread_id is not None else None
        if row is not None and not self.table.row:
            self.table.move_to_row(row)

    def tell_above(self) -> None:
        if not self.is_mounted:
            return
        self._begin_at_open()
        server = self.services.studio.app_state.server
        reason = server.can("threads_count").reason if server is not None and not self.threads.counts else ""
        key = with_keys(self, "{threads-status}")
        line = above(self.threads, self.table.glyphs, self.size.width, reason, key)
        if self.threads.problem:
            line = (Span(f" {self.threads.problem}", "err"),)
        self.say("above", line)
        self.say("columns", self.rows.heading(self.table.text_width))

    def sortable(self) -> tuple[str, ...]:
        return tuple(_SORTED)

    def sort_by(self, column: str) -> None:
        """The server sorts: by another column, or by the same one the other way round."""
        query = self.threads.query
        by = _SORTED[column]
        by = query.sort_by if column == "age" and query.sort_by.endswith("_at") else by
        query = replace(
            query, sort_by=by, descending=not query.descending if by == query.sort_by else by == "updated_at"
        )
        self.start(self._show_query(query), "reading the threads", group="thread-table-list")

    # -- acting ----------------------------------------------------------------------------------------

    def on_resource_table_opened(self, event: ResourceTable.Opened) -> None:
        assert isinstance(event.item, Thread)
        self.dismiss()
        self.start(self.services.studio.threads.go_to(event.item.thread_id), "opening the thread", group="open-thread")

    def action_act(self, what: str) -> None:
        self.actions.begin(what)
