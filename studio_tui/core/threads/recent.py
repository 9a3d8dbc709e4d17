"""The newest threads: pages, filter, refresh. Rows only, never a thread's values."""

from __future__ import annotations

from contextlib import suppress

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.resources.resource import Resource
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.domain.thread_query import FIRST_PAGE
from studio_tui.errors import StudioError
from studio_tui.wire.page import Page


class RecentThreads(Resource[Thread]):
    """The newest threads, in the app state; a failure is the list's `problem` and is raised."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(
            self._page_at,
            lambda thread: thread.thread_id,
            page=FIRST_PAGE,
            on_change=lambda: runtime.app_state.touch(Slice.THREADS),
        )
        self._connection, self._app_state = runtime.connection, runtime.app_state
        runtime.app_state.threads = self
        self._status = ""
        self._counted = False
        """Whether the server tells in its pages how many threads there are."""

    def clear(self) -> None:
        self._status = ""
        super().clear()

    async def refresh(self, *, wanted: int = 0, head: bool = False) -> bool:
        """Read the list again and, unless it is only its `head`, how many threads there are."""
        status = self._status
        is_newest = await super().refresh(wanted=wanted, head=head)
        if is_newest and not head and self.has_more and not self._counted:
            total = await self._count(status)
            if status == self._status:  # else it is the number of other threads
                self.total = total
                self.on_change()
        return is_newest

    async def refresh_quietly(self) -> None:
        """Read the first page again and keep the older rows; failures show as the list's problem only."""
        with suppress(StudioError):
            await self.refresh(head=True)

    async def more(self) -> bool:
        return not self.reading and await super().more()

    async def rename(self, thread_id: ThreadId, title: str) -> Thread:
        """Give a thread a title and return it; the open one is called so at once."""
        thread = await self._connection.call(lambda client: client.patch_thread(thread_id, {"title": title}))
        row = self._app_state.thread_row
        if row is not None and row.thread_id == thread_id:
            self._app_state.thread_row = thread
        self.put(thread)
        self._app_state.touch(Slice.THREADS, Slice.STATE)
        return thread

    async def set_filter(self, *, status: str) -> None:
        """Show only threads with this status; empty shows all."""
        self._status = status
        self.outdate()
        self.total = None
        await self.refresh()

    async def _page_at(self, offset: int, limit: int) -> Page[Thread]:
        status = self._status
        page = await self._connection.call(lambda client: client.threads(status=status, limit=limit, offset=offset))
        self._counted = page.total is not None
        return page

    async def _count(self, status: str) -> int | None:
        if self._connection.info.can("threads_count").works:
            with suppress(StudioError):
                return await self._connection.call(lambda client: client.thread_count(status=status))
        return None
