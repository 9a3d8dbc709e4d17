"""The table of a resource: its rows, why there are none, what is under the cursor, pages."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual.message import Message

from studio_tui.core.resources.resource import Listed, State
from studio_tui.errors import UnsupportedError
from studio_tui.present.kit.rows import ListedRows, SortedRows
from studio_tui.text.fmt import count, plural
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.lists.paged_view import Loaded, PagedView

T = TypeVar("T")


class ResourceTable(PagedView, Generic[T]):
    """A list from a server; `show` takes over what its resource holds."""

    WHAT: ClassVar[str] = ""
    """What is read, in the plural; the noun's where empty."""
    SOURCE: ClassVar[str] = ""
    """What could not be read when a reading failed; the same where empty."""
    EMPTY: ClassVar[str] = "Nothing."
    COPIES: ClassVar[str] = "id"
    """What `y` copies: the row's identity; where empty, its text."""
    MORE_LABEL: ClassVar[str] = ""
    """What is told of reading a page that takes long; empty: nothing."""
    COUNTED: ClassVar[str] = ""
    """What is counted, in the plural, where rows are not all that was read, or more than that."""

    @dataclass
    class Opened(Message):
        """A row was opened, as it was seen."""

        item: object

    @dataclass
    class Toggled(Message):
        """Space was pressed on a row, as it was seen."""

        item: object

    class Left(Message):
        """Go back to where the list comes from."""

    def __init__(self, rows: ListedRows[T], resource: Listed[Any], *, id: str | None = None) -> None:
        self.table = rows
        self.resource = resource
        self._reading = False
        """A page was asked for."""
        super().__init__(rows, id=id)
        self._filter.counts = self.HIDES  # else it narrows itself, and says so

    @property
    def what(self) -> str:
        return self.WHAT or self.NOUN[1]

    @property
    def current(self) -> T | None:
        return None if self.row is None else self.table.items[self.row]

    def show(self) -> None:
        """Take over what the resource holds; the cursor stays on what it is on."""
        with self.keeping_place():
            self.table.take(self.resource.items, time.time())
        self._reading = False
        self.pages_changed()
        self._refresh_rows()

    def stand_on(self, identity: Hashable) -> bool:
        """Put the cursor on what was just made, so that keys are for it; return whether it is in the list."""
        row = self.rows.row_of(identity)
        if row is not None:
            self.move_to_row(row)
        return row is not None and self.row == row

    def loaded(self) -> Loaded:
        resource = self.resource
        reading = self._reading or resource.reading
        return Loaded(len(resource.items), resource.total, resource.has_more, reading, self.COUNTED)

    def near_end(self) -> None:
        there = self.loaded()
        if there.has_more and not there.loading:
            self.ask()

    def ask_more(self) -> None:
        self._reading = True
        services_of(self).work.start(self._read_more(), self.MORE_LABEL, group=f"{self.id}-more")

    async def read(self) -> None:
        """Read the list again. Raises StudioError, which the list shows too; one that the server lacks is no error."""
        with suppress(UnsupportedError), self._failing():
            await self.resource.refresh()

    async def _read_more(self) -> None:
        with self._failing():
            came = await self.resource.more()
        if not came:
            self.page_failed()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.page_failed()
            raise

    def page_failed(self) -> None:
        """The page that was asked for does not come: nothing more is asked for by itself."""
        self._reading, self._asked_at = False, -1
        self.stop_loading()

    def empty_text(self) -> str:
        return self.unread() or with_keys(self, self.EMPTY)

    def unread(self) -> str:
        """Return why it is not known which rows there are; empty where it is."""
        match self.resource.state:
            case State.LOADING if self.resource.given_up:
                return f"The {self.SOURCE or self.what} were not read: you gave it up."
            case State.LOADING:
                return f"Reading the {self.what} …"
            case State.FAILED:
                return f"The {self.SOURCE or self.what} could not be read: {self.resource.problem}"
            case State.UNSUPPORTED:
                return self.resource.problem
        return ""

    def summary(self) -> str:
        there = self.loaded()
        if there.total is not None and there.total > there.rows:
            return f"{count(there.rows)} of {count(there.total)}"
        more = " and more" if there.has_more else ""
        if more and isinstance(self.table, SortedRows) and self.table.sorted_by:
            more += " · sorted as far as they are read"
        return plural(there.rows, *self.NOUN) + more

    def border_parts(self) -> Iterator[str]:
        if self.resource.state is State.FAILED and self.resource.items:
            yield "last reading failed"  # the rows are older: why is told once, and this stays
        yield from super().border_parts()

    def open_row(self, row: int) -> None:
        self.post_message(self.Opened(self.table.items[row]))

    def toggle_row(self, row: int) -> None:
        self.post_message(self.Toggled(self.table.items[row]))

    def fold_row(self, row: int) -> None:
        if self.rows.is_open(row):
            self.toggle_row(row)
        else:
            self.post_message(self.Left())

    def yank(self) -> tuple[str, str] | None:
        if not self.COPIES:
            return super().yank()
        return None if self.row is None else (str(self.rows.anchor(self.row)), self.COPIES)
