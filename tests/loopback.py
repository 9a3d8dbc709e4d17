"""A listener on a free loopback port that leaves no connection open behind it, whatever they were doing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """Calls `serve` for each connection and closes it afterwards; a connection that breaks is no error."""

    def __init__(self, serve: Serve, *, limit: int = 1 << 16) -> None:
        self._serve = serve
        self._limit = limit
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def open(self, port: int = 0) -> int:
        """Start to listen on a port, by default a free one; return it."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port, limit=self._limit)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    @property
    def writers(self) -> list[asyncio.StreamWriter]:
        """The connections that are open."""
        return list(self._open.values())

    async def close(self) -> None:
        """Take no more connections, break off those that are open, and wait until their sockets are closed."""
        if self._server is not None:
            self._server.close()
        for _ in range(3):  # one that was just taken from the system reaches `_accept` a turn or two of the loop later
            await asyncio.sleep(0)
        writers = self.writers
        for task, writer in list(self._open.items()):
            writer.transport.abort()
            task.cancel()
        if self._open:
            await asyncio.wait(list(self._open))
        for writer in writers:
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A plain function: a task that is cancelled before its first step would never learn of its connection.
        task = asyncio.ensure_future(self._answer(reader, writer))
        self._open[task] = writer
        task.add_done_callback(self._done)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            await self._serve(reader, writer)

    def _done(self, task: asyncio.Task[None]) -> None:
        writer = self._open.pop(task)
        if not writer.transport.is_closing():
            writer.close()
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler({"message": "a connection failed", "exception": error})
