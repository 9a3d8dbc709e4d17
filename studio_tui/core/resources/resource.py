"""A list on a server, as far as it is read: pages, reading again, what went wrong. Every list of a face is one.

Knows no server and no face: who makes a `Resource` says how a page is read, who shows it hears of changes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

from studio_tui.errors import StudioError, UnsupportedError
from studio_tui.text.sanitize import clean
from studio_tui.wire.page import Page

T = TypeVar("T")
R = TypeVar("R")


class State(Enum):
    """What there is to show of a list."""

    LOADING = auto()
    """Nothing has been read yet."""
    EMPTY = auto()
    READY = auto()
    FAILED = auto()
    """The newest reading failed; items of an earlier one may still be there."""
    UNSUPPORTED = auto()
    """The server has no such list."""


def full_page(items: Sequence[T], *, offset: int, limit: int, count: int | None = None) -> Page[T]:
    """Return a page that more follow when it is full; `count` rows came of which `items` could be read."""
    came = len(items) if count is None else count
    return Page(items, offset + came if came >= limit else None)


async def every_page(read: Callable[[int], Awaitable[Page[T]]], key: Callable[[T], Hashable]) -> AsyncIterator[list[T]]:
    """Yield what is new in each page of a whole list; `read(offset)` asks for one. Raises StudioError.

    A page without anything new is the last: a server that ignores `offset` would repeat its first one for ever.
    """
    seen: set[Hashable] = set()
    offset: int | None = 0
    while offset is not None:
        page = await read(offset)
        fresh = {key(item): item for item in page.items if key(item) not in seen}
        if not fresh:
            return
        seen.update(fresh)
        yield list(fresh.values())
        offset = page.next_offset


@dataclass(eq=False)
class Listed(Generic[T]):
    """What is known of a list, and which of several readings of it counts: the newest answer wins.

    All that a face needs to show it. By itself it is a list that nobody reads.
    """

    items: Sequence[T] = field(default_factory=list)
    has_more: bool = False
    """Rows follow the last one, and come when `more` is asked for."""
    total: int | None = None
    """How many rows the server has; None where it does not tell."""
    reading: bool = False
    loaded: bool = False
    """Whether it has been read once."""
    problem: str = ""
    """Why the newest reading failed (safe text)."""
    unsupported: bool = False
    on_change: Callable[[], None] = lambda: None
    """Called after every change."""
    asked: int = field(default=0, init=False)
    """Readings of the whole list that were begun."""
    answered: int = field(default=0, init=False)
    """The newest of them that was answered: answers to earlier ones come too late."""
    _under_way: int = field(default=0, init=False)

    @property
    def state(self) -> State:
        if self.problem:
            return State.UNSUPPORTED if self.unsupported else State.FAILED
        if self.items:
            return State.READY
        return State.EMPTY if self.loaded else State.LOADING

    @property
    def given_up(self) -> bool:
        """Whether the newest reading was broken off before it was answered."""
        return not self.reading and self.answered < self.asked

    async def refresh(self) -> bool:
        """Read again what is loaded; False when a newer answer was there first.

        Raises StudioError, which is the `problem` too.
        """
        return False

    async def more(self) -> bool:
        """Read on; False when there is no more, or the list was read again meanwhile. Raises StudioError."""
        return False

    def outdate(self) -> None:
        """Other rows are wanted now: answers under way are dropped."""
        self.asked += 1
        self.answered = self.asked

    async def newest(self, reading: Awaitable[R]) -> R | None:
        """Return what a reading of the list brings, None when a newer one was answered first; raises as `refresh`."""
        self.asked += 1
        asked = self.asked
        try:
            with self.under_way():
                came = await reading
        except StudioError as error:
            if asked <= self.answered:
                return None
            self.answered = asked
            self.failed(error)
            raise
        if asked <= self.answered:
            return None
        self.answered = asked
        self.came()
        return came

    def came(self) -> None:
        self.loaded, self.problem, self.unsupported = True, "", False

    def failed(self, error: StudioError) -> None:
        self.unsupported = isinstance(error, UnsupportedError)
        self.problem = f"{error.title}. {clean(error.hint)}" if self.unsupported else clean(str(error), 300)
        self.on_change()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Whether it is being read shows where there is nothing else to show: both its ends are changes then."""
        self._is_read(1)
        try:
            yield
        finally:
            self._is_read(-1)

    def _is_read(self, more: int) -> None:
        self._under_way += more
        self.reading = self._under_way > 0
        if not self.items:
            self.on_change()


class Resource(Listed[T]):
    """A list that can be read, read on and read again, at the same time."""

    def __init__(
        self,
        read: Callable[[int, int], Awaitable[Page[T]]],
        key: Callable[[T], Hashable],
        *,
        page: int = 50,
        first: int = 0,
        most: int = 1 << 30,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`read(offset, limit)` asks the server; `key` tells what is the same row when it is read again.

        A page has `page` rows, the first reading at least `first`, one request at most `most`.
        """
        super().__init__(on_change=on_change)
        self._read = read
        self._key = key
        self._page, self._first, self._most = page, max(page, first), most
        self._end = 0
        """Where the part of the server's list ends that has been read."""

    async def refresh(self, *, wanted: int = 0, head: bool = False) -> bool:
        """Read again as much as is loaded, at least `wanted` rows.

        `head` reads the first page only and keeps the rows behind it.
        """
        came = await self.newest(self._read_again(wanted, head))
        if came is None:
            return False
        rows, page, offset = came
        end = page.next_offset
        if head and end is not None and end < self._end:
            self.items = [*rows.values(), *(item for item in self.items if self._key(item) not in rows)]
            self.total = page.total if page.total is not None else self.total
        else:
            self.items = list(rows.values())
            self._ends(page, offset)
        self.on_change()
        return True

    async def _read_again(self, wanted: int, head: bool) -> tuple[dict[Hashable, T], Page[T], int]:
        """Return the rows that are wanted, by key, and the last page of them with its offset."""
        rows: dict[Hashable, T] = {}
        offset = 0
        while True:
            short = self._reach(wanted, head=head) - offset
            page = await self._read(offset, min(self._most, max(self._page, short)))
            page = self._no_repetition(page, offset, list(rows.values()))
            rows.update((self._key(item), item) for item in page.items)
            end = page.next_offset
            if end is None or not offset < end < self._reach(wanted, head=head):
                return rows, page, offset
            offset = end

    async def more(self) -> bool:
        """Read the next page."""
        if not self.has_more:
            return False
        answered, start = self.answered, self._end
        with self.under_way():
            page = await self._read(start, self._page)
        if (answered, start) != (self.answered, self._end):
            return False
        page = self._no_repetition(page, start, self.items)
        known = {self._key(item) for item in self.items}
        self.items = [*self.items, *(item for item in page.items if self._key(item) not in known)]
        self._ends(page, start)
        self.on_change()
        return True

    def outdate(self) -> None:
        """The next reading begins with one page, too."""
        super().outdate()
        self._end, self.has_more = 0, False

    def clear(self) -> None:
        self.outdate()
        self.items, self.has_more, self.total = [], False, None
        self.loaded, self.problem, self.unsupported = False, "", False
        self.on_change()

    def put(self, item: T) -> None:
        """Take over a row that was read or written alone, in its place; one that is not listed any more stays out."""
        key = self._key(item)
        if any(self._key(known) == key for known in self.items):
            self.items = [item if self._key(known) == key else known for known in self.items]
            self.on_change()

    def drop(self, key: Hashable) -> None:
        """Take out a row that is gone: those behind it have moved up on the server."""
        kept = [item for item in self.items if self._key(item) != key]
        self._end = max(0, self._end - len(self.items) + len(kept))
        self.items = kept
        self.total = self.total - 1 if self.total else self.total
        self.on_change()

    def _reach(self, wanted: int, *, head: bool) -> int:
        """How far the list is to be read; a page may come meanwhile."""
        return max(self._first, wanted, 0 if head else self._end)

    def _no_repetition(self, page: Page[T], offset: int, rows: Sequence[T]) -> Page[T]:
        """The page; an empty last one where the server gives its first rows again, as it has no pages."""
        again = [self._key(item) for item in page.items] == [self._key(item) for item in rows[: len(page.items)]]
        return Page() if offset and page.items and again else page

    def _ends(self, last: Page[T], offset: int) -> None:
        self._end = last.next_offset if last.next_offset is not None else offset + len(last.items)
        self.has_more = last.next_offset is not None
        if last.total is not None or not self.has_more:
            self.total = last.total if last.total is not None else len(self.items)
        elif self.total is not None and self.total <= len(self.items):
            self.total = None
