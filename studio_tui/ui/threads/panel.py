"""Panel 1: the threads of the server, a page at a time."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from studio_tui.core.resources.resource import Listed, State
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.present.threads.panel import ThreadRows
from studio_tui.present.top.row import thread_name
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.intents import ThreadPicked
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.screens.first_steps import written_first
from studio_tui.ui.threads.commands import PANEL

AGE_SECONDS = 30.0
"""How often ages are brought up to date; only rows whose age reads differently are painted."""


class ThreadsPanel(ResourceTable[Thread]):
    """Threads, newest first; the list in the app state is drawn by the frame clock."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PANEL)
    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.THREADS, Slice.RUN, Slice.STATE})
    NOUN: ClassVar[tuple[str, str]] = ("thread", "threads")
    EMPTY: ClassVar[str] = "No threads yet."
    COPIES: ClassVar[str] = "thread id"

    table: ThreadRows

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(ThreadRows(), Listed(), id=id)
        self._names_asked: set[tuple[ThreadId, float | None]] = set()
        """Threads that were in sight without a name, and when they had last changed."""

    def on_mount(self) -> None:
        self.set_interval(AGE_SECONDS, self.tick)

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over the list; the cursor goes to the thread that has just been opened, and that one stays in sight."""
        if Slice.THREADS not in changed and not self.table.is_outdated(app_state):
            return
        self.resource = app_state.threads
        moved = self.table.look_at(app_state, thread_name(app_state))
        self.show()
        self._show_open(moved=moved)
        self._want_names()

    def _scroll(self, rows: int) -> None:
        super()._scroll(rows)
        self._want_names()

    def _moved(self) -> None:
        super()._moved()
        self._want_names()

    def _want_names(self) -> None:
        threads = self.table
        seen = (threads.items[row] for row in self.rows_in_sight())
        nameless = [item for item in seen if item.is_nameless(threads.words)]
        asked = {(item.thread_id, item.updated_at) for item in nameless}
        if not asked <= self._names_asked:
            self._names_asked = asked
            services = services_of(self)
            services.work.start(services.studio.words.read(nameless), ahead=False)

    def resized(self) -> None:
        self.call_after_refresh(self._seen_anew)

    def _seen_anew(self) -> None:
        """More rows may be in sight than when the list came: the drawer was opened."""
        self._show_open()
        self._want_names()

    def _show_open(self, *, moved: bool = False) -> None:
        """Bring the open thread's row into view; while the user is in the list, only when it was just opened."""
        row = self.table.row_of(self.table.open_id) if self.table.open_id is not None else None
        if row is None or (self.has_focus and not moved):
            return
        place = self._filter.position(row)
        if moved or not self.port.top <= place < self.port.top + self.port.height:
            self.port.place(place)
            self.repaint()

    def empty_text(self) -> str:
        if self.resource.state is State.LOADING and not self.resource.reading:
            return "Threads are listed here once a server has answered."
        return self.unread() or written_first(self, self.EMPTY)

    def open_row(self, row: int) -> None:
        services, thread_id = services_of(self), self.table.items[row].thread_id
        services.work.start(services.studio.threads.go_to(thread_id), "opening the thread", group="open-thread")
        self.post_message(ThreadPicked())

    def action_rename(self) -> None:
        if self.current is not None:
            services_of(self).work.start(self._rename(self.current), opens=True)

    async def _rename(self, item: Thread) -> None:
        from studio_tui.ui.threads.renaming import new_title

        services = services_of(self)
        title = await new_title(services, item)
        if title is not None:
            await services.studio.recent.rename(item.thread_id, title)

    def selected_row(self) -> tuple[ThreadId | None, None, None]:
        return (None if self.current is None else self.current.thread_id, None, None)
