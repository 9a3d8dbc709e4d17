"""Panel 1: the threads of the server, a page at a time."""

from __future__ import annotations

import time
from typing import ClassVar

from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.present.threads.panel import ThreadRows
from studio_tui.text.fmt import count, plural
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.lists.paged_view import Loaded, PagedView

AGE_SECONDS = 30.0
"""How often ages are brought up to date; only rows whose age reads differently are painted."""


class ThreadsPanel(PagedView):
    """Threads, newest first; asks for more near the end."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.THREADS, Slice.RUN, Slice.STATE})
    NOUN: ClassVar[tuple[str, str]] = ("thread", "threads")

    def __init__(self, *, id: str | None = None) -> None:
        self._threads = ThreadRows()
        super().__init__(self._threads, id=id)
        self._page: Listed[Thread] = Listed()
        self._names_asked: set[tuple[ThreadId, float | None]] = set()
        """Threads that were in sight without a name, and when they had last changed."""

    def on_mount(self) -> None:
        self.set_interval(AGE_SECONDS, self.tick)

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over the list; the cursor goes to the thread that has just been opened, and that one stays in sight."""
        if Slice.THREADS not in changed and not self._threads.is_outdated(app_state):
            return
        page = self._page = app_state.threads
        moved = app_state.thread_id != self._threads.open_id
        with self.keeping_place():
            self._threads.show(app_state, time.time())
        self._show_open(moved=moved)
        self._want_names()
        if len(page.items) < self._asked_at:
            self._asked_at = -1
        self.pages_changed()

    def _scroll(self, rows: int) -> None:
        super()._scroll(rows)
        self._want_names()

    def _moved(self) -> None:
        super()._moved()
        self._want_names()

    def _want_names(self) -> None:
        threads = self._threads
        seen = (threads.items[row] for row in self.rows_in_sight())
        nameless = [item for item in seen if item.is_nameless(threads.words)]
        asked = {(item.thread_id, item.updated_at) for item in nameless}
        if not asked <= self._names_asked:
            self._names_asked = asked
            services = services_of(self)
            services.work.start(services.studio.words.read(nameless), ahead=False)

    def resized(self) -> None:
        self.call_after_refresh(self._show_open)

    def _show_open(self, *, moved: bool = False) -> None:
        """Bring the open thread's row into view; while the user is in the list, only when it was just opened."""
        row = self._threads.row_of(self._threads.open_id) if self._threads.open_id is not None else None
        if row is None or (self.has_focus and not moved):
            return
        place = self._filter.position(row)
        if moved or not self.port.top <= place < self.port.top + self.port.height:
            self.port.place(place)
            self.repaint()

    def empty_text(self) -> str:
        if self._page.problem:
            return self._page.problem
        if self._page.reading:
            return "Reading the threads …"
        return with_keys(self, "No threads yet. Type in the composer ({input}) and press enter to start one.")

    def summary(self) -> str:
        loaded, total = len(self._page.items), self._page.total
        if total is not None and total > loaded:
            return f"{count(loaded)} of {count(total)}"
        return plural(loaded, *self.NOUN) + (" and more" if self._page.has_more else "")

    def open_row(self, row: int) -> None:
        services, thread_id = services_of(self), self._threads.items[row].thread_id
        services.work.start(services.studio.threads.open(thread_id), "opening the thread", group="open-thread")

    def near_end(self) -> None:
        self.ask_once()

    def loaded(self) -> Loaded:
        return Loaded(len(self._page.items), self._page.total, self._page.has_more, self._page.reading)

    def ask_more(self) -> None:
        services = services_of(self)
        services.work.start(services.studio.recent.more())

    def selected_row(self) -> tuple[ThreadId | None, None, None]:
        return (None if self.row is None else self._threads.items[self.row].thread_id, None, None)

    def yank(self) -> tuple[str, str] | None:
        row = self.row
        return None if row is None else (self._threads.items[row].thread_id, "thread id")
