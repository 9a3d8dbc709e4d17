"""A server of raw bytes on a free loopback port, for what a well-behaved HTTP library cannot do."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from socket import SO_LINGER, SOL_SOCKET, socket

from tests.loopback import Listener

Handler = Callable[["Connection"], Awaitable[None]]


class Connection:
    """One accepted connection: `request()` reads the next request, `send` writes raw bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self._reader = reader
        self._writer = writer
        self.number = number

    async def request(self) -> tuple[str, dict[str, str], bytes]:
        """Return request line, headers in lower case and body; EOFError when the client is gone."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        return line, headers, await self._reader.readexactly(int(headers.get("content-length", 0)))

    async def send(self, data: bytes) -> None:
        """Write bytes and wait until they are on their way."""
        self._writer.write(data)
        await self._writer.drain()

    async def json(self, text: str, status: str = "200 OK", extra: str = "") -> None:
        """Answer with a JSON body."""
        body = text.encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{extra}\r\n"
        await self.send(head.encode() + body)

    async def event_stream(self, extra: str = "") -> None:
        """Send the head of an event stream of unknown length."""
        await self.send(f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n{extra}\r\n".encode())

    def reset(self) -> None:
        """Break the connection with RST."""
        raw: socket = self._writer.get_extra_info("socket")
        raw.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


@asynccontextmanager
async def raw_server(handler: Handler) -> AsyncIterator[str]:
    """Serve `handler` for each connection; yield the base URL."""
    numbers = iter(range(10_000))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(Connection(reader, writer, next(numbers)))

    listener = Listener(serve, limit=1 << 26)
    try:
        yield f"http://127.0.0.1:{await listener.open()}"
    finally:
        await listener.close()
