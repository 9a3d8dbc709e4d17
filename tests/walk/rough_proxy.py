"""A relay to the walk's server that can be rough: cut, hold back, refuse; it reads the marks of the runs it passes."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter

from tests.server.counting_proxy import CountingProxy

_MARK = re.compile(rb'"op_id":\s*"([0-9a-f]{32})"')
_REFUSALS = {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


class RoughProxy(CountingProxy):
    """Passes everything on until told to be rough. Every run's mark is counted: one that is sent twice ran twice."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._open: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self._refusals: list[int] = []
        self.marks: Counter[str] = Counter()
        """How often a run with this mark was asked for."""

    def cut(self, most: int | None = None) -> None:
        """Break connections off: all that are open, or so many."""
        for writer in list(self._open)[:most]:
            writer.transport.abort()

    def refuse(self, status: int, times: int) -> None:
        """Answer the next connections with an error; status 0 closes them without a word."""
        self._refusals = [status] * times

    def hold(self) -> None:
        """Let nothing pass, in either direction, with all connections open."""
        self._passes.clear()

    def calm(self) -> None:
        """Pass everything on again."""
        self._refusals.clear()
        self._passes.set()

    async def close(self) -> None:
        """Take no more connections, and end those that are open."""
        self.calm()
        self.cut()
        await super().close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._refusals:
                await self._refuse(reader, writer, self._refusals.pop())
            else:
                await super()._relay(reader, writer)
        except OSError:
            writer.transport.abort()
        finally:
            self._open.discard(writer)

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: int) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if status:
                await reader.readuntil(b"\r\n\r\n")
                head = f"HTTP/1.1 {status} {_REFUSALS[status]}\r\ncontent-type: text/html\r\ncontent-length: 0\r\n"
                writer.write(f"{head}connection: close\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    async def _ask(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        await super()._ask(_Gate(source, self._passes, self._note), sink, lost)  # type: ignore[arg-type]

    async def _answer(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        await super()._answer(_Gate(source, self._passes), sink, lost)  # type: ignore[arg-type]

    def _note(self, data: bytes) -> None:
        self.marks.update(found[1].decode() for found in _MARK.finditer(data))


class _Gate:
    """A reader whose bytes wait while the proxy holds them back."""

    def __init__(self, source: asyncio.StreamReader, passes: asyncio.Event, note: object = None) -> None:
        self._source = source
        self._passes = passes
        self._note = note

    async def read(self, size: int) -> bytes:
        data = await self._source.read(size)
        await self._passes.wait()
        if callable(self._note):
            self._note(data)
        return data
