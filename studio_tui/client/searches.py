"""Searches of a list that several want to know of at once: sent by the first, whose answer is everybody's.

While it is found out who a server is, its lists are read, its key is tried and its routes are looked for: all by the
same requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from studio_tui.errors import ConnectError, StudioError

if TYPE_CHECKING:
    from studio_tui.client.answer import Answer


class Searches:
    """How searches ended or will end, by their path; of a client from its first request to its first greeting."""

    def __init__(self) -> None:
        self._ends: dict[str, asyncio.Future[Answer | StudioError | None]] = {}
        self._shares = True

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Until the end of this, searches are kept for others. They are forgotten then: lists change."""
        self._shares = True
        try:
            yield
        finally:
            self._shares = False
            self._ends.clear()

    async def begun(self, path: str) -> Answer | None:
        """Return how the search that was begun there answers, None without one. Raises its StudioError."""
        waiting = self._ends.get(path)
        found = await asyncio.shield(waiting) if waiting is not None else None
        if isinstance(found, StudioError):
            raise found
        return found

    async def send(self, path: str, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Send a search; one that is given up, or never arrives, leaves it to the others to ask."""
        if not self._shares or path in self._ends:
            return await send()
        ending: asyncio.Future[Answer | StudioError | None] = asyncio.get_running_loop().create_future()
        self._ends[path] = ending
        told: Answer | StudioError | None = None
        try:
            answer = told = await send()
        except ConnectError:
            raise
        except StudioError as error:
            told = error
            raise
        finally:
            if told is None:
                self._ends.pop(path, None)
            ending.set_result(told)
        return answer
