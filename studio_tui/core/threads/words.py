"""What threads are called that have no title: first words where servers do not pick them out for a list, and values of
graphs in which nobody says any.

Read for the rows that somebody looks at, words one thread after the other, values for all threads of a graph at once;
kept, within bounds.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any

from studio_tui.core.connection.ports import Caller, ThreadCalls
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.errors import ConnectError, StudioError

KEPT = 500
"""Threads whose words are kept: some screens full."""
AT_ONCE = 4
"""Requests at once; each may bring a whole state."""
_PAGE = 100
"""Threads that any server gives at once."""
_NAME = re.compile(r"[A-Za-z_][\w-]*")
"""Names of state keys that can stand in a path."""


class ThreadWords:
    """What threads are called by what a human said there first."""

    def __init__(
        self,
        call: Caller[ThreadCalls],
        known: MutableMapping[ThreadId, str] | None = None,
        keys_of: Callable[[Thread], Awaitable[Sequence[str] | None]] | None = None,
    ) -> None:
        """`known` is where words are put, and may hold some already; `keys_of` returns what a thread's graph takes
        (None: that cannot be had now), without it nothing is called by its values."""
        self.on_found: Callable[[], None] = lambda: None
        """Called when words were found."""
        self._call = call
        self.known: MutableMapping[ThreadId, str] = known if known is not None else {}
        self._read: dict[ThreadId, float | None] = {}
        """Threads that were read, and when they had been changed before that."""
        self._keys_of = keys_of
        self._keys: dict[str, Sequence[str]] = {}
        """By graph, what it takes."""

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

        async def values(items: list[Thread]) -> str:
            try:
                words = await self._values_of(items)
            except StudioError as error:
                for item in items if isinstance(error, ConnectError) else ():
                    self._read.pop(item.thread_id, None)
                return ""
            self.known.update(words)
            return next(iter(words.values()), "")

        of_graph: dict[str, list[Thread]] = {}
        for item in wanted:
            if item.words_known:
                of_graph.setdefault(item.graph_id, []).append(item)
        alone = (one(item) for item in wanted if not item.words_known)
        found = await asyncio.gather(*alone, *map(values, of_graph.values()))
        bound(self.known)
        if any(found):
            self.on_found()
        return self.wanted(wanted) != wanted

    async def _values_of(self, items: list[Thread]) -> dict[ThreadId, str]:
        """What threads of one graph are called by their values."""
        graph = items[0].graph_id
        assert self._keys_of is not None
        keys = self._keys.get(graph)
        if keys is None:
            takes = await self._keys_of(items[0])
            keys = [key for key in takes or () if _NAME.fullmatch(key)]
            if takes is not None:
                self._keys[graph] = keys
        words: dict[ThreadId, str] = {}

        async def read(ids: list[ThreadId]) -> dict[ThreadId, str]:
            return await self._call(lambda client: client.threads_words(ids, keys))

        for start in range(0, len(items) if keys else 0, _PAGE):
            words |= await read([item.thread_id for item in items[start : start + _PAGE]])
        return words

    def _lacks(self, item: Thread) -> bool:
        if not item.is_nameless(self.known) or (item.words_known and self._keys_of is None):
            return False
        # Pages that were read at different times may hold one thread twice: only a newer change is looked at again.
        return item.thread_id not in self._read or (item.updated_at or 0) > (self._read[item.thread_id] or 0)


def bound(kept: MutableMapping[ThreadId, Any]) -> None:
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
