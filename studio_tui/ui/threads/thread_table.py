"""The table of the full view of threads: pages that are not loaded are read for what can be seen or is searched for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from studio_tui.core.resources.resource import State
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.threads.seek import Sought
from studio_tui.domain.thread import Thread
from studio_tui.present.threads.table import ThreadTableRows
from studio_tui.text.fmt import count
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.threads.commands import TABLE

AHEAD = 20
"""Rows beyond the visible ones that are read too."""


class ThreadTable(LineView):
    """The table; says when rows can be seen that are not loaded."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TABLE)
    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.THREADS, Slice.ASSISTANTS})
    HIDES: ClassVar[bool] = False
    NOUN: ClassVar[tuple[str, str]] = ("thread", "threads")

    class Opened(Message):
        """Open this thread."""

        def __init__(self, item: Thread) -> None:
            super().__init__()
            self.item = item

    class Inside(Message):
        """Show the runs of this thread."""

        def __init__(self, item: Thread) -> None:
            super().__init__()
            self.item = item

    class Marked(Message):
        """A mark was set or taken away."""

    class Missing(Message):
        """Visible rows are not loaded."""

    class Nameless(Message):
        """Threads can be seen that nothing names."""

    class Seeking(Message):
        """A search goes on among rows that are not loaded, from `start` in the direction of `step`."""

        def __init__(self, start: int, step: int, *, typing: bool) -> None:
            super().__init__()
            self.start = start
            self.step = step
            self.typing = typing
            """Further letters may follow."""

    class EndWanted(Message):
        """Nobody knows yet how long the list is, and its end is wanted."""

    def __init__(self, rows: ThreadTableRows, *, id: str | None = None) -> None:
        self.table = rows
        self.book = rows.book
        self.search = 0
        """Number of the newest search: an older one is to stop."""
        self.searched: int | None = None
        """How many rows the search that is under way has looked through."""
        self._rest: tuple[Sought, int] | None = None
        """What a search came to that had not seen every row when its budget was spent, and its direction."""
        super().__init__(rows, id=id)

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over names of assistants and which thread is open."""
        self.table.open_id, self.table.words = app_state.thread_id, app_state.words
        if Slice.ASSISTANTS in changed or not self.table.assistants:
            self.table.assistants = {item.assistant_id: item.name for item in app_state.assistants.items}
        self.repaint()

    def empty_text(self) -> str:
        match self.book.state:
            case State.LOADING:
                return "Reading the threads …"
            case State.FAILED:
                return f"The threads could not be read: {self.book.problem}"
        filtered = self.book.query.is_filtered
        return "No thread matches. Press f and empty the filter." if filtered else "No threads yet."

    def summary(self) -> str:
        """Return where the cursor is among how many."""
        more = "" if self.book.exact else "+"
        return f"{count((self.row or 0) + 1)} of {count(len(self.book))}{more}"

    # -- searching rows that are not loaded ---------------------------------------------------------------------

    def set_filter(self, text: str) -> None:
        """Search; rows that are not loaded are read page by page, once typing rests."""
        self.stop_loading()
        self._rest = None
        super().set_filter(text)

    def stop_loading(self) -> bool:
        """Look no further; return whether a search was under way."""
        was, self.searched = self.searched, None
        self.search += 1
        if was is not None:
            self._refresh_rows()
        return was is not None

    def looked_through(self, search: int, rows: int) -> bool:
        """Say how far a search is; return whether it is to go on."""
        if search != self.search or not self.is_mounted:
            return False
        self.searched = rows
        self._refresh_rows()
        return True

    def sought(self, found: Sought, step: int) -> None:
        """Take over what a search in the direction of `step` came to."""
        self.searched = None
        self._filter.missed = found.complete
        self._rest = None if found.complete or found.row is not None else (found, step)
        if found.row is not None:
            self._filter.asked = False
            self.move_to_row(found.row)
        self._tell_missed()

    def _seek_match(self, start: int, step: int) -> None:
        self.stop_loading()
        self._filter.missed = False
        if self._rest is not None and self._rest[1] == step:
            start = self._rest[0].next_row
        total, self._rest = len(self.book), None
        for passed in range(total):
            row = (start + step * passed) % total
            item = self.book.row(row)
            if item is None:
                self.searched = passed
                self.post_message(self.Seeking(row, step, typing=not self._filter.asked))
                return
            if self._filter.matches(self.table.text_of(item)):
                self.move_to_row(row)
                return
        self._filter.missed = bool(total)

    def action_last_row(self) -> None:
        super().action_last_row()
        if not self.book.exact:
            self.post_message(self.EndWanted())

    def border_parts(self) -> Iterator[str]:
        yield from super().border_parts()
        total = count(len(self.book)) + ("" if self.book.exact else "+")
        if self.searched is not None:
            yield f"searched {count(self.searched)} of {total}, esc stops"
        elif self._rest is not None:
            found, step = self._rest
            yield f"searched {count(found.looked)} of {total}, {'n' if step > 0 else 'N'} goes on"

    def row_anchor(self, row: int) -> Hashable:
        """Return the thread's id, or the row while it is not loaded."""
        item = self.book.row(row)
        return row if item is None else item.thread_id

    def row_of(self, anchor: Hashable) -> int | None:
        return anchor if isinstance(anchor, int) else self.book.index_of(anchor)

    def open_row(self, row: int) -> None:
        item = self.book.row(row)
        if item is not None:
            self.post_message(self.Opened(item))

    def unfold_row(self, row: int) -> None:
        item = self.book.row(row)
        if item is not None:
            self.post_message(self.Inside(item))

    def toggle_row(self, row: int) -> None:
        item = self.book.row(row)
        if item is not None:
            self.book.toggle_mark(item)
            self.post_message(self.Marked())
            self.action_move(1)

    def yank(self) -> tuple[str, str] | None:
        item = self.current
        return None if item is None else (item.thread_id, "thread id")

    @property
    def current(self) -> Thread | None:
        """The thread under the cursor."""
        return None if self.row is None else self.book.row(self.row)

    def matches(self, item: Thread) -> bool:
        """Tell whether the search means a thread."""
        return self._filter.matches(self.table.text_of(item))

    def window(self) -> tuple[int, int]:
        """Return the first and the last row that can be seen, and a few more."""
        top = self.port.top
        return max(0, top - AHEAD // 2), top + self.port.height + AHEAD

    def resized(self) -> None:
        self._ask()

    def _refresh_rows(self) -> None:
        super()._refresh_rows()
        self._ask()

    def nameless(self) -> list[Thread]:
        """Return the threads in sight that nothing names."""
        top = self.port.top
        items = (self.book.row(row) for row in range(top, min(len(self.book), top + self.port.height)))
        return [item for item in items if item is not None and not item.label]

    def _ask(self) -> None:
        if self.book.loaded_once and self.nameless():
            self.post_message(self.Nameless())
        if self.book.loaded_once and self.book.missing(*self.window()):
            self.post_message(self.Missing())
