"""The table of the full view of threads: pages that are not loaded are read for what can be seen or is searched for."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any, ClassVar

from textual.binding import BindingType

from studio_tui.core.resources.in_sight import InSight
from studio_tui.core.resources.resource import State
from studio_tui.core.resources.sparse import PAGE
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.threads.seek import Sought, find_end, seek
from studio_tui.domain.thread import Thread
from studio_tui.errors import StudioError
from studio_tui.present.threads.table import ThreadTableRows
from studio_tui.text.fmt import count
from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.lists.paged_view import SETTLED
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.screens.resource import ResourceScreen
from studio_tui.ui.threads.commands import TABLE

AHEAD = 20
"""Rows beyond the visible ones that are read too."""
PAGES_AT_ONCE = 100
"""Pages that one search reads at most; `n` goes on."""
HIDES_UP_TO = 1_000
"""Threads in a list of which a search hides the others: it has all of them read. In longer ones it goes to matches."""
REFRESHED_UP_TO = 3 * PAGE
"""Threads that are read again by themselves while a search holds all of them."""


class ThreadTable(ResourceTable[Thread | None]):
    """The threads of a `ThreadSearch`, of which any part may be loaded."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TABLE)
    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.THREADS, Slice.ASSISTANTS})
    NOUN: ClassVar[tuple[str, str]] = ("thread", "threads")
    EMPTY: ClassVar[str] = "No threads yet."
    COPIES: ClassVar[str] = "thread id"

    table: ThreadTableRows

    def __init__(self, rows: ThreadTableRows, *, id: str | None = None) -> None:
        self.threads = rows.threads
        self.filling = InSight(self.threads.fill, self._start)
        self._naming = InSight(lambda: services_of(self).studio.words.read(self._to_name()), self._start)
        self._search = 0
        """Number of the newest search: an older one is to stop."""
        self.searched: int | None = None
        """How many rows the search that is under way has looked through."""
        self._rest: tuple[Sought, int] | None = None
        """What a search came to that had not seen every row when its budget was spent, and its direction."""
        super().__init__(rows, self.threads, id=id)
        self._filter.hides_up_to = HIDES_UP_TO

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        self.table.open_id, self.table.words = app_state.thread_id, app_state.words
        if Slice.ASSISTANTS in changed or not self.table.assistants:
            self.table.assistants = {item.assistant_id: item.name for item in app_state.assistants.items}
        if self.table.measure() and isinstance(self.screen, ResourceScreen):
            self.screen.tell_above()
        self.repaint()

    def empty_text(self) -> str:
        if self.threads.state is State.EMPTY and self.threads.query.is_filtered:
            return with_keys(self, "No thread matches. Press {threads-filter} and empty the filter.")
        return super().empty_text()

    def summary(self) -> str:
        if self._filter.hides:
            return ""  # how many are shown of how many is said of the search
        return f"{count((self.row or 0) + 1)} of {self._total}"

    @property
    def _total(self) -> str:
        return count(len(self.table)) + ("" if self.threads.exact else "+")

    # -- rows that are not loaded -------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None], label: str = "", group: str = "") -> None:
        services_of(self).work.start(work, label, group=group)

    def resized(self) -> None:
        self._ask()

    def _refresh_rows(self) -> None:
        super()._refresh_rows()
        self._ask()

    def _ask(self) -> None:
        """Have read what rows in sight lack, once scrolling rests; all rows where a search hides those without it."""
        top = self.port.top
        if self._filter.hides and len(self.table) > HIDES_UP_TO:  # the list has turned out to be long
            self.set_filter(self.filter_text)
        if self._filter.hides:
            self.threads.sight = (0, len(self.table))
        else:
            self.threads.sight = (max(0, top - AHEAD // 2), top + self.port.height + AHEAD)
        if self.threads.loaded and self.is_mounted:
            if services_of(self).studio.words.wanted(self._to_name()):
                self._naming.wanted()
            if self.threads.items.missing(*self.threads.sight):
                self.filling.wanted()

    def _in_sight(self) -> list[Thread]:
        items = (self.table.items[row] for row in self.rows_in_sight())
        return [item for item in items if item is not None]

    def _to_name(self) -> list[Thread]:
        """Threads in sight, and where a search looks at all of them those whose values can be had at once."""
        if not self._filter.hides:
            return self._in_sight()
        return [item for item in self.table.items if item is not None and item.words_known]

    def action_last_row(self) -> None:
        super().action_last_row()
        if not self.threads.exact:
            self._start(self._find_end(), "finding the last thread", "thread-end")

    async def _find_end(self) -> None:
        await find_end(self.threads)
        if self.threads.exact:
            super().action_last_row()

    # -- searching ----------------------------------------------------------------------------------------------

    @property
    def _lacks(self) -> bool:
        """Whether a search that hides rows has not looked at all of them, as they are being read."""
        return self._filter.hides and bool(self.threads.items.missing(0, len(self.table)))

    @property
    def no_match(self) -> bool:
        return super().no_match and not self._lacks

    @property
    def holds_many(self) -> bool:
        """Whether a search holds more rows than are read again by themselves."""
        return self._filter.hides and len(self.table) > REFRESHED_UP_TO

    def found(self) -> list[Thread] | None:
        """Return the threads that a search shows alone, as far as they have been read; None where none is hidden."""
        if not self._filter.hides:
            return None
        return [item for item in self.table.items if item is not None and self._matches(item)]

    def show(self) -> None:
        super().show()
        if self._filter.hides:
            self._tell_line()

    def empty_sentence(self) -> str:
        return f"Looking {self.glyphs.ellipsis}" if self._lacks else super().empty_sentence()

    def set_filter(self, text: str) -> None:
        """Show only threads that hold `text`, all of which are read for that; in a long list go to the first one:
        rows that are not loaded are read page by page, once typing rests."""
        self._rest = None
        super().set_filter(text)

    def stop_loading(self) -> bool:
        was, self.searched = self.searched, None
        self._search += 1
        if was is not None:
            self._refresh_rows()
        return was is not None

    def _seek_match(self, start: int, step: int) -> None:
        self.stop_loading()
        self._filter.missed = False
        if self._rest is not None and self._rest[1] == step:
            start = self._rest[0].next_row
        total, self._rest = len(self.table), None
        for passed in range(total):
            row = (start + step * passed) % total
            item = self.table.items[row]
            if item is None:
                self.searched = passed
                seeking = partial(self._seek_on, self._search, row, step)
                if self._filter.asked:
                    seeking()
                else:  # further letters may follow
                    self.set_timer(SETTLED, seeking)
                return
            if self._matches(item):
                self.move_to_row(row)
                return
        self._filter.missed = bool(total)

    def _seek_on(self, search: int, start: int, step: int) -> None:
        if search == self._search:
            self._start(self._seek(search, start, step), group="thread-seek")

    async def _seek(self, search: int, start: int, step: int) -> None:
        """Look through rows that are not loaded, from `start` in the direction of `step`."""
        told = partial(self._looked_through, search)
        try:
            found = await seek(self.threads, self._matches, start, step, told=told, most_pages=PAGES_AT_ONCE)
        except StudioError:
            self.stop_loading()
            raise
        if search != self._search:
            return
        self.searched = None
        self._filter.missed = found.complete
        self._rest = None if found.complete or found.row is not None else (found, step)
        if found.row is not None:
            self._filter.asked = False
            self.move_to_row(found.row)
        self._tell_missed()
        self._tell_line()

    def _tell_line(self) -> None:
        for line in self.screen.query(CommandLine):
            line.tell_match(not self.no_match)

    def _looked_through(self, search: int, rows: int) -> bool:
        if search != self._search or not self.is_mounted:
            return False
        self.searched = rows
        self._refresh_rows()
        return True

    def _matches(self, item: Thread) -> bool:
        return self._filter.matches(self.table.text_of(item))

    def border_parts(self) -> Iterator[str]:
        yield from super().border_parts()
        if self.filter_text and not self._filter.hides:
            yield f"more than {count(HIDES_UP_TO)}: none hidden"
        if self.searched is not None:
            yield f"searched {count(self.searched)} of {self._total}" + with_keys(self, f", {self.way_back} stops")
        elif self._rest is not None:
            found, step = self._rest
            key = "{page-next}" if step > 0 else "{page-previous}"
            yield f"searched {count(found.looked)} of {self._total}" + with_keys(self, f", {key} goes on")

    # -- the rows -----------------------------------------------------------------------------------------------

    def open_row(self, row: int) -> None:
        if self.table.items[row] is not None:
            super().open_row(row)

    def unfold_row(self, row: int) -> None:
        if item := self.table.items[row]:
            services_of(self).perform("runs", f"{item.thread_id} {item.called(self.table.words)}")

    def toggle_row(self, row: int) -> None:
        if item := self.table.items[row]:
            self.threads.toggle_mark(item)
            self.action_move(1)

    def yank(self) -> tuple[str, str] | None:
        return None if self.current is None else super().yank()
