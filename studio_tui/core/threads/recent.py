"""The list of threads: pages, filter, refresh. Rows only, never a thread's values."""

from __future__ import annotations

from studio_tui.core.connection.ports import PageLike
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.state.app_state import Slice, ThreadPage
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.errors import StudioError
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.sanitize import clean

PAGE = 50


class RecentThreads:
    """Fills `store.threads`; a failure becomes the page's `problem` and is raised."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._status = ""
        self._metadata: JsonObject | None = None
        self._next: int | None = None
        self._asked = 0
        """Counts requests, so that a slow answer does not overwrite a newer one."""

    def clear(self) -> None:
        """Forget all threads and the filter."""
        self._status, self._metadata, self._next = "", None, None
        self._asked += 1
        self._app_state.threads = ThreadPage()
        self._app_state.touch(Slice.THREADS)

    async def refresh(self) -> None:
        """Read the first page again, and how many threads there are."""
        page = await self._load(0)
        if page is None:
            return
        items = list(page.items)
        self._show(items, page, await self._total(page))

    async def refresh_quietly(self) -> None:
        """Read the first page again and keep the older rows; failures show as the list's problem only."""
        try:
            page = await self._load(0)
        except StudioError:
            return
        if page is None:
            return
        fresh = {item.thread_id for item in page.items}
        older = [item for item in self._app_state.threads.items if item.thread_id not in fresh]
        has_older_pages = len(self._app_state.threads.items) > PAGE
        following = self._next if has_older_pages else page.next_offset
        total = self._app_state.threads.total
        self._show([*page.items, *(older if has_older_pages else [])], page, page.total or total)
        self._next = following
        self._app_state.threads.has_more = following is not None

    async def more(self) -> None:
        """Read the next page, if there is one and none is being read."""
        if self._next is None or self._app_state.threads.loading:
            return
        page = await self._load(self._next)
        if page is None:
            return
        known = {item.thread_id for item in self._app_state.threads.items}
        fresh = [item for item in page.items if item.thread_id not in known]
        self._show([*self._app_state.threads.items, *fresh], page, self._app_state.threads.total)

    async def set_filter(self, *, status: str = "", metadata: JsonObject | None = None) -> None:
        """Show only threads with this status and metadata."""
        self._status, self._metadata = status, metadata
        await self.refresh()

    def forget(self, thread_id: ThreadId) -> None:
        """Take a deleted thread out of the list."""
        threads = self._app_state.threads
        threads.items = [item for item in threads.items if item.thread_id != thread_id]
        if threads.total:
            threads.total -= 1
        self._app_state.touch(Slice.THREADS)

    async def _load(self, offset: int) -> PageLike[Thread] | None:
        """Ask for a page; None when a newer request has been made meanwhile."""
        self._asked += 1
        asked = self._asked
        self._app_state.threads.loading = True
        self._app_state.touch(Slice.THREADS)
        status, metadata = self._status, self._metadata
        try:
            page: PageLike[Thread] = await self._runtime.connection.call(
                lambda client: client.threads(status=status, metadata=metadata, limit=PAGE, offset=offset)
            )
        except StudioError as error:
            if asked == self._asked:
                self._app_state.threads.loading = False
                self._app_state.threads.problem = clean(str(error))
                self._app_state.touch(Slice.THREADS)
            raise
        return page if asked == self._asked else None

    def _show(self, items: list[Thread], page: PageLike[Thread], total: int | None) -> None:
        self._next = page.next_offset
        self._app_state.threads = ThreadPage(items, has_more=page.next_offset is not None, total=total)
        self._app_state.touch(Slice.THREADS)

    async def _total(self, page: PageLike[Thread]) -> int | None:
        if page.total is not None or page.next_offset is None:
            return page.total if page.total is not None else len(page.items)
        if not self._runtime.connection.info.can("threads_count").works:
            return None
        status, metadata = self._status, self._metadata
        try:
            count: int | None = await self._runtime.connection.call(
                lambda client: client.thread_count(status=status, metadata=metadata)
            )
        except StudioError:
            return None
        return count
