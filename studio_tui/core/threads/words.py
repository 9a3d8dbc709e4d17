"""First words of threads that have no title, on servers that do not pick them out for a list.

Read one thread after the other, a few at a time, for the rows that somebody looks at; kept, within bounds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

from studio_tui.core.connection.ports import Caller, ThreadCalls
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.errors import ConnectError, StudioError

KEPT = 500
"""Threads whose words are kept: some screens full."""
AT_ONCE = 4
"""Requests at once; each may bring a whole state."""


class ThreadWords:
    """What threads are called by what a human said there first."""

    def __init__(self, call: Caller[ThreadCalls], known: MutableMapping[ThreadId, str] | None = None) -> None:
        """`known` is where words are put, and may hold some already."""
        self.on_found: Callable[[], None] = lambda: None
        """Called when words were found."""
        self._call = call
        self.known: MutableMapping[ThreadId, str] = known if known is not None else {}
        self._read: dict[ThreadId, float | None] = {}
        """Threads that were read, and when they had been changed before that."""

    def wanted(self, threads: Iterable[Thread]) -> list[Thread]:
        """Return those that nothing is known to call by, and that may have words."""
        return [item for item in threads if self._lacks(item)]

    async def read(self, threads: Iterable[Thread]) -> bool:
        """Read the words of threads that lack them; False when none do, or none was reached.

        What cannot be read has none until the thread changes; what was not reached is wanted again.
        """
        wanted = self.wanted(threads)
        for item in wanted:
            self._read[item.thread_id] = item.updated_at
        bound(self._read)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(item: Thread) -> str:
            async with gate:
                try:
                    words = await self._call(lambda client: client.thread_words(item.thread_id))
                except StudioError as error:
                    if isinstance(error, ConnectError):
                        self._read.pop(item.thread_id, None)
                    return ""
                if words:
                    self.known[item.thread_id] = words
                return words

        found = await asyncio.gather(*(one(item) for item in wanted))
        bound(self.known)
        if any(found):
            self.on_found()
        return self.wanted(wanted) != wanted

    def _lacks(self, item: Thread) -> bool:
        if not item.is_nameless(self.known):
            return False
        # Pages that were read at different times may hold one thread twice: only a newer change is looked at again.
        return item.thread_id not in self._read or (item.updated_at or 0) > (self._read[item.thread_id] or 0)


def bound(kept: MutableMapping[ThreadId, Any]) -> None:
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
