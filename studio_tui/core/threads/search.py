"""A list of any number of threads, read a page at a time where it is looked at; marks, counts, changes of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.core.connection.ports import Caller, ThreadCalls
from studio_tui.core.resources.resource import Listed, every_page
from studio_tui.core.resources.sparse import PAGE, Sparse, pages_of
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import Capability, CapabilityName, ServerInfo
from studio_tui.domain.thread import Thread
from studio_tui.domain.thread_query import STATUSES, ThreadQuery
from studio_tui.errors import NotFoundError, StudioError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.text.fmt import short_for
from studio_tui.text.sanitize import clean
from studio_tui.wire.page import Page

MOST_MARKED = 20_000
COUNT_EVERY = 3
"""Every how many quiet refreshes the server counts threads by status."""


class Reading(Struct, frozen=True):
    """What was read of a list, not shown yet."""

    query: ThreadQuery
    since: int
    """The reading of the whole list that was the newest when this one was begun."""
    pages: Mapping[int, list[Thread]]
    total: int | None = None
    end: int | None = None
    """How many rows there are, when the last page is among those that were read."""
    more: bool = False
    """Rows follow the last page that was read."""
    counts: Mapping[str, int] = field(default_factory=dict)


def full_thread_id(threads: Iterable[Thread], text: str) -> str:
    """Return the id of the only one of `threads` that `text` is short for, else `text` itself.

    Raises NotFoundError where it is short for several.
    """
    found = short_for(text, threads, lambda item: item.thread_id)
    if len(found) > 1:
        raise NotFoundError(f"{clean(text)} stands for {len(found)} threads", "", "Type more of the id.")
    return found[0].thread_id if found else text


class ThreadSearch(Listed[Thread | None]):
    """One view of the server's threads. No row has to be asked for before it is gone to, so that `more` has none."""

    items: Sparse[Thread]

    def __init__(self, call: Caller[ThreadCalls], info: ServerInfo | None = None) -> None:
        super().__init__(Sparse())
        self._call = call
        self._info = info
        self.query = self._shown = ThreadQuery()
        """Which threads are wanted; what is there may be those of the query before."""
        self.exact = False
        """Whether the number of rows is known, not only how many there are at least."""
        self.counts: dict[str, int] = {}
        """Threads by status, "" for all of them; empty where the server does not count."""
        self.marked: dict[ThreadId, str] = {}
        """Marked threads and what to call them, in the order of marking."""
        self.sight = (0, 0)
        """First and last row that somebody looks at: those are read."""
        self._refreshed = 0

    def ends_at(self, length: int) -> None:
        self.items, self.exact = Sparse(self.items.pages, length), True
        self.on_change()

    def index_of(self, thread_id: object) -> int | None:
        """Return the row of a thread among those that are there."""
        return next((row for row, item in self.items.there() if item.thread_id == thread_id), None)

    # -- reading ------------------------------------------------------------------------------------------------

    async def refresh(self, *, counts: bool = True, top: bool = False) -> bool:
        """Read the rows in sight, or those at the `top`, and the counts again; all others are outdated then."""
        first, last = (0, 0) if top else self.sight
        reading = await self.newest(self.read(pages_of(first, min(last, len(self.items) - 1)), counts=counts))
        if reading is not None:
            self._take(reading, Sparse())
        return reading is not None

    async def refresh_quietly(self) -> None:
        """Read the rows in sight again, and sometimes the counts; a failure is the `problem` only."""
        self._refreshed += 1
        with suppress(StudioError):
            await self.refresh(counts=self._refreshed % COUNT_EVERY == 0)

    async def fill(self) -> bool:
        """Read what is not there of the rows in sight; False when nothing is missing, or it could not be read."""
        pages = self.items.missing(*self.sight)
        if not pages or self.query != self._shown:  # the rows of another query are on their way
            return False
        since = self.answered
        try:
            with self.under_way():
                self.take(await self.read(pages))
        except StudioError as error:
            if since == self.answered:
                self.failed(error)
            return False
        return True

    async def show_query(self, query: ThreadQuery) -> None:
        """Read another list from its top; the old one stays when it cannot be read. Raises StudioError."""
        self.counts = {} if query.metadata != self.query.metadata else self.counts
        self.query = query
        self.outdate()
        self.on_change()
        try:
            await self.refresh(top=True)
        except BaseException:
            if self.query is query:  # else another one is wanted meanwhile
                self.query = self._shown
                self.on_change()
            raise

    async def read(self, pages: Iterable[int], *, counts: bool = False) -> Reading:
        """Read pages, and how many threads have which status. Raises StudioError."""
        query, since = self.query, self.answered
        numbers = sorted(set(pages)) or [0]
        asked = (self._page_at(query, number * PAGE) for number in numbers)
        found, counted = await asyncio.gather(asyncio.gather(*asked), self._counts(query, counts))
        held: dict[int, list[Thread]] = {}
        end, more, total = None, False, None
        for number, page in zip(numbers, found, strict=True):
            held[number] = items = list(page.items)[:PAGE]
            total = page.total if page.total is not None else total
            more = page.next_offset is not None
            if not more and (items or number == 0):
                end = number * PAGE + len(items)
        if total is None and not query.ids:
            total = counted.get(query.status)
        return Reading(query, since, held, total, end, more, counted)

    def take(self, reading: Reading) -> bool:
        """Show what was read besides what is there; False when the list was read again meanwhile, or is another."""
        is_newest = reading.since == self.answered
        if is_newest:
            self.came()
            self._take(reading, self.items)
        return is_newest

    def _take(self, reading: Reading, known: Sparse[Thread]) -> None:
        kept = {number: page for number, page in known.pages.items() if number not in reading.pages}
        pages = {**kept, **reading.pages}
        self.items = Sparse(pages, self._measured(reading, pages, is_whole=known is not self.items))
        self.counts = dict(reading.counts) or self.counts
        self._shown = reading.query
        self.on_change()

    def _measured(self, reading: Reading, pages: Mapping[int, Sequence[Thread]], *, is_whole: bool) -> int:
        """Return how long the list is; where nobody tells, one row more than is known asks for the next page."""
        highest = max((number * PAGE + len(items) for number, items in pages.items()), default=0)
        if reading.end is not None:
            self.exact = True
            return reading.end
        if reading.total is not None and reading.total >= highest:
            self.exact = True
            return reading.total
        if not self.exact or highest > len(self.items) or is_whole:
            self.exact = not reading.more
            return highest + reading.more
        return len(self.items)

    async def _page_at(self, query: ThreadQuery, offset: int) -> Page[Thread]:
        needs_values = any(path.startswith("values") for path in query.columns)
        return await self._call(
            lambda client: client.threads(
                status=query.status,
                metadata=query.metadata or None,
                ids=query.ids or None,
                limit=PAGE,
                offset=offset,
                sort_by=query.sort_by,
                sort_order="desc" if query.descending else "asc",
                columns=query.columns,
                with_values=needs_values and not self._can("extract").works,
            )
        )

    async def _counts(self, query: ThreadQuery, wanted: bool) -> dict[str, int]:
        if not wanted or query.ids or not self._can("threads_count").works:
            return {}
        counts: dict[str, int] = {}

        async def ask(status: str) -> None:
            with suppress(StudioError):  # the list can be used without counts
                metadata = query.metadata or None
                number = await self._call(lambda client: client.thread_count(status=status, metadata=metadata))
                if number is not None:
                    counts[status] = number

        await asyncio.gather(*map(ask, ("", *STATUSES)))
        return counts

    # -- marks --------------------------------------------------------------------------------------------------

    def toggle_mark(self, thread: Thread) -> None:
        if self.marked.pop(thread.thread_id, None) is None:
            self.marked[thread.thread_id] = thread.label
        self.on_change()

    def mark(self, threads: Iterable[Thread]) -> int:
        """Mark these threads; return how many are marked."""
        self.marked.update((item.thread_id, item.label) for item in threads)
        self.on_change()
        return len(self.marked)

    async def mark_all(self) -> int:
        """Mark every thread that the filter lets through, at most MOST_MARKED; return how many are marked."""
        query = replace(self.query, columns=())
        async for page in every_page(lambda offset: self._page_at(query, offset), lambda item: item.thread_id):
            for item in page:
                self.marked.setdefault(item.thread_id, item.label)
            self.on_change()
            if len(self.marked) >= MOST_MARKED:
                break
        return len(self.marked)

    # -- changes ------------------------------------------------------------------------------------------------

    async def tag(self, thread_id: ThreadId, key: str, value: Json) -> None:
        self.put(await self._call(lambda client: client.patch_thread(thread_id, {key: value})))

    def put(self, thread: Thread) -> None:
        """Show a thread as it is now, where the list holds it."""
        thread_id = thread.thread_id
        index = self.index_of(thread_id)
        if index is not None:
            before = self.items.pages[index // PAGE][index % PAGE]
            shown = replace(thread, cells=before.cells, interrupt_count=before.interrupt_count)
            self.items.pages[index // PAGE][index % PAGE] = shown
        if thread_id in self.marked:
            self.marked[thread_id] = thread.label
        self.on_change()

    async def copy(self, thread_id: ThreadId) -> Thread:
        """Copy a thread with its whole history; the copy keeps its title and graph."""
        return await self._call(lambda client: client.copy_thread(thread_id))

    async def prune(self, thread_id: ThreadId) -> int | None:
        """Have the server delete all checkpoints but the newest; return how many threads it says it did that to."""
        return await self._call(lambda client: client.prune_threads([thread_id], strategy="keep_latest"))

    async def storage(self, thread_id: ThreadId) -> JsonObject:
        """Return how much a thread stores; empty where the server does not tell."""
        if not self._can("storage").works:
            return {}
        return await self._call(lambda client: client.thread_storage(thread_id))

    async def is_gone(self, thread_id: ThreadId) -> bool:
        try:
            await self._call(lambda client: client.thread(thread_id))
        except NotFoundError:
            return True
        return False

    def forget(self, thread_ids: Iterable[ThreadId]) -> None:
        for thread_id in thread_ids:
            self.marked.pop(thread_id, None)
        self.on_change()

    def _can(self, name: CapabilityName) -> Capability:
        return self._info.can(name) if self._info is not None else Capability(True)
