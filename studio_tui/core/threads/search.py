"""A list of any number of threads, read a page at a time where it is looked at; marks, counts, changes of threads.

Keeps a bounded number of pages. Reading and taking over are two steps, so that a view can keep its place.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from studio_tui.core.connection.ports import Caller, ThreadCalls
from studio_tui.core.resources.resource import State, every_page
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import Capability, CapabilityName, ServerInfo
from studio_tui.domain.thread import Thread
from studio_tui.domain.thread_query import STATUSES, ThreadQuery
from studio_tui.errors import NotFoundError, StudioError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.text.fmt import short_for
from studio_tui.text.sanitize import clean
from studio_tui.wire.page import Page

PAGE = 100
KEPT = 24
"""Pages that are kept: what was scrolled past longest ago is read again when it is looked at."""
MOST_MARKED = 20_000
COUNT_EVERY = 3
"""Every how many quiet refreshes the server counts threads by status."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a list, not shown yet."""

    query: ThreadQuery
    pages: Mapping[int, list[Thread]]
    total: int | None = None
    end: int | None = None
    """How many rows there are, when the last page is among those that were read."""
    more: bool = False
    """Rows follow the last page that was read."""
    counts: Mapping[str, int] = field(default_factory=dict)
    fresh: bool = False
    """Everything else that was read before is outdated."""


def full_thread_id(threads: Iterable[Thread], text: str) -> str:
    """Return the id of the only one of `threads` that `text` is short for, else `text` itself.

    Raises NotFoundError where it is short for several.
    """
    found = short_for(text, threads, lambda item: item.thread_id)
    if len(found) > 1:
        raise NotFoundError(f"{clean(text)} stands for {len(found)} threads", "", "Type more of the id.")
    return found[0].thread_id if found else text


class ThreadSearch:
    """One view of the server's threads."""

    def __init__(self, call: Caller[ThreadCalls], info: ServerInfo | None = None) -> None:
        self._call = call
        self._info = info
        self.pages: OrderedDict[int, list[Thread]] = OrderedDict()
        """Those that are loaded, the one that was looked at last at the end."""
        self._length = 0
        self.query = ThreadQuery()
        self.exact = False
        """Whether the number of rows is known, not only how many there are at least."""
        self.counts: dict[str, int] = {}
        """Threads by status, "" for all of them; empty where the server does not count."""
        self.marked: dict[ThreadId, str] = {}
        """Marked threads and what to call them, in the order of marking."""
        self.loaded_once = False
        self.refreshing = False
        """Whether it is being read again by itself."""
        self.problem = ""
        """Why the newest reading failed (safe text)."""
        self.take_over: Callable[[Reading], object] = self.take
        """Takes over what was read; a view that keeps its place meanwhile puts itself here."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when query, problem or marks have changed."""
        self._refreshed = 0

    @property
    def state(self) -> State:
        if len(self):
            return State.READY
        if self.problem:
            return State.FAILED
        return State.EMPTY if self.loaded_once else State.LOADING

    def __len__(self) -> int:
        return self._length

    @property
    def loaded(self) -> int:
        return sum(len(page) for page in self.pages.values())

    def row(self, index: int) -> Thread | None:
        number, place = divmod(index, PAGE)
        page = self.pages.get(number)
        return page[place] if page is not None and place < len(page) else None

    def ends_at(self, length: int) -> None:
        self._length, self.exact = length, True

    def index_of(self, thread_id: object) -> int | None:
        """Return the row of a thread among the loaded pages."""
        rows = ((number * PAGE + place, item) for number, page in self.pages.items() for place, item in enumerate(page))
        return next((row for row, item in rows if item.thread_id == thread_id), None)

    def _pages_of(self, first: int, last: int) -> list[int]:
        last = min(last, self._length - 1)
        return list(range(max(0, first) // PAGE, last // PAGE + 1)) if last >= first else [0]

    def missing(self, first: int, last: int) -> list[int]:
        """Return the pages of these rows that are not loaded; the others are not let go next."""
        missing: list[int] = []
        for number in self._pages_of(first, last):
            if number in self.pages:
                self.pages.move_to_end(number)
            else:
                missing.append(number)
        return missing

    # -- reading ------------------------------------------------------------------------------------------------

    async def refresh(self, first: int, last: int, *, counts: bool = True) -> None:
        """Read the pages of these rows and the counts again. Raises StudioError, which is the `problem` too."""
        with self._noting():
            self.take_over(await self.read(self._pages_of(first, last), counts=counts, fresh=True))

    async def refresh_quietly(self, first: int, last: int) -> None:
        """Read the pages of these rows again, and sometimes the counts; a failure is the `problem` only."""
        self.refreshing = True
        self._refreshed += 1
        try:
            with suppress(StudioError):
                await self.refresh(first, last, counts=self._refreshed % COUNT_EVERY == 0)
        finally:
            self.refreshing = False

    async def fill(self, first: int, last: int) -> bool:
        """Read what is not loaded of these rows; False when nothing is missing, or it could not be read."""
        pages = self.missing(first, last)
        with suppress(StudioError), self._noting():
            if pages:
                self.take_over(await self.read(pages))
                return True
        return False

    async def show_query(self, query: ThreadQuery) -> None:
        """Read another list from its top; the old one stays when it cannot be read. Raises StudioError."""
        before, self.query = self.query, query
        self.counts = {} if query.metadata != before.metadata else self.counts
        self.exact = False
        self.on_change()
        try:
            await self.refresh(0, 0)
        except StudioError:
            self.query = before
            self.on_change()
            raise

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except StudioError as error:
            self.problem = clean(str(error), 200)
            self.on_change()
            raise
        if self.problem:
            self.problem = ""
            self.on_change()

    async def read(self, pages: Iterable[int], *, counts: bool = False, fresh: bool = False) -> Reading:
        """Read pages, and how many threads have which status. Raises StudioError."""
        query = self.query
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
        return Reading(query, held, total, end, more, counted, fresh)

    def take(self, reading: Reading) -> bool:
        """Show what was read; False when the query has changed meanwhile."""
        if reading.query != self.query:
            return False
        if reading.fresh:
            self.pages.clear()
        for number, items in reading.pages.items():
            self.pages[number] = items
            self.pages.move_to_end(number)
        while len(self.pages) > KEPT:
            self.pages.popitem(last=False)
        self._measure(reading)
        self.counts = dict(reading.counts) or self.counts
        self.loaded_once = True
        return True

    def _measure(self, reading: Reading) -> None:
        """Find out how long the list is; where nobody tells, one row more than is known asks for the next page."""
        highest = max((number * PAGE + len(items) for number, items in self.pages.items()), default=0)
        if reading.end is not None:
            self._length, self.exact = reading.end, True
        elif reading.total is not None and reading.total >= highest:
            self._length, self.exact = reading.total, True
        elif not self.exact or highest > self._length or reading.fresh:
            self._length, self.exact = highest + reading.more, not reading.more

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
            self.marked[thread.thread_id] = thread.title
        self.on_change()

    async def mark_all(self) -> int:
        """Mark every thread that the filter lets through, at most MOST_MARKED; return how many are marked."""
        query = replace(self.query, columns=())
        async for page in every_page(lambda offset: self._page_at(query, offset), lambda item: item.thread_id):
            for item in page:
                self.marked.setdefault(item.thread_id, item.title)
            self.on_change()
            if len(self.marked) >= MOST_MARKED:
                break
        return len(self.marked)

    # -- changes ------------------------------------------------------------------------------------------------

    async def tag(self, thread_id: ThreadId, key: str, value: Json) -> None:
        thread = await self._call(lambda client: client.patch_thread(thread_id, {key: value}))
        index = self.index_of(thread_id)
        if index is not None:
            page, place = self.pages[index // PAGE], index % PAGE
            page[place] = replace(thread, cells=page[place].cells, interrupt_count=page[place].interrupt_count)
        if thread_id in self.marked:
            self.marked[thread_id] = thread.title

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
