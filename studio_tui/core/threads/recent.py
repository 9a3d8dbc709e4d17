"""The newest threads: pages, filter, refresh. Rows only, never a thread's values."""

from __future__ import annotations

from contextlib import suppress

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.resources.resource import PageLike, Resource
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.errors import StudioError

PAGE = 50


class RecentThreads:
    """Fills `app_state.threads`; a failure becomes the list's `problem` and is raised."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._status = ""
        self._counted = False
        """Whether the server tells in its pages how many threads there are."""
        self._threads: Resource[Thread] = Resource(
            self._page, lambda thread: thread.thread_id, page=PAGE, on_change=self._changed
        )
        self._app_state.threads = self._threads

    def clear(self) -> None:
        """Forget all threads and the filter."""
        self._status = ""
        self._threads.clear()

    async def refresh(self) -> None:
        """Read the list again, and how many threads there are."""
        threads, status = self._threads, self._status
        if await threads.refresh() and threads.has_more and not self._counted:
            total = await self._count(status)
            if status == self._status:  # else it is the number of other threads
                threads.total = total
                self._changed()

    async def refresh_quietly(self) -> None:
        """Read the first page again and keep the older rows; failures show as the list's problem only."""
        with suppress(StudioError):
            await self._threads.refresh(head=True)

    async def more(self) -> None:
        """Read the next page, if there is one and none is being read."""
        if not self._threads.reading:
            await self._threads.more()

    async def set_filter(self, *, status: str) -> None:
        """Show only threads with this status; empty shows all."""
        self._status = status
        self._threads.outdate()
        self._threads.total = None
        await self.refresh()

    def forget(self, thread_id: ThreadId) -> None:
        """Take a deleted thread out of the list."""
        self._threads.drop(thread_id)

    def _changed(self) -> None:
        self._app_state.touch(Slice.THREADS)

    async def _page(self, offset: int, limit: int) -> PageLike[Thread]:
        status = self._status
        page = await self._runtime.connection.call(
            lambda client: client.threads(status=status, limit=limit, offset=offset)
        )
        self._counted = page.total is not None
        return page

    async def _count(self, status: str) -> int | None:
        if not self._runtime.connection.info.can("threads_count").works:
            return None
        with suppress(StudioError):
            return await self._runtime.connection.call(lambda client: client.thread_count(status=status))
        return None
