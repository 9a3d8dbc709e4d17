"""A gateway in front of a server that spoils streams as told: cut at a byte, half-open, refused, stripped, shortened.

One fault is used up by each stream connection (`POST …/runs/stream`, `GET …/runs/{id}/stream`), in order; when none is
left, streams pass. `status_faults` do the same for `GET …/runs/{id}`. All else passes, and every write is counted.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.loopback import Listener

_JOIN = re.compile(r"/runs/[^/]+/stream(\?|$)")
_RUN = re.compile(r"/threads/[^/]+/runs/[^/]+$")
_WORDS = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 502: "Bad Gateway"}


@dataclass(frozen=True)
class Fault:
    """What happens to one connection."""

    kind: str = "pass"
    """pass · reset or close (after `size` bytes) · shorten (ends like a whole answer after `size` bytes) ·
    stall (half-open after `size` bytes) · heartbeats (the same, but heartbeats go on) · gzip (damaged) · status."""
    size: int = 0
    """Bytes of the event stream until it happens."""
    status: int = 0
    retry_after: str = ""


@dataclass
class CuttingProxy:
    """The gateway of one run, on a port of its own."""

    base_url: str
    faults: deque[Fault] = field(default_factory=deque)
    status_faults: deque[Fault] = field(default_factory=deque)
    strips_ids: bool = False
    strips_place: bool = False
    """Takes `Content-Location` and `Location` out of answers."""
    strips_cursor: bool = False
    """Takes `Last-Event-ID` out of requests, so that the server cannot replay."""
    lose_answer: str = ""
    """The next write whose path ends so is carried out, but answered 502."""
    requests: list[str] = field(default_factory=list)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a stream became half-open."""
    happened: list[str] = field(default_factory=list)
    """The faults that took effect."""

    async def open(self) -> str:
        """Start to listen; return the base URL."""
        self._listener = Listener(self._serve)
        return f"http://127.0.0.1:{await self._listener.open()}"

    async def close(self) -> None:
        """Take no more connections and drop the open ones."""
        await self._listener.close()

    def writes(self, ending: str = "/runs/stream") -> int:
        """How many writes reached the gateway whose path ends so."""
        return sum(not item.startswith("GET ") and item.split("?")[0].endswith(ending) for item in self.requests)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path = head.split(b" ", 2)[:2]
        name = f"{method.decode()} {path.decode()}"
        self.requests.append(name)
        body = await reader.readexactly(int(_header(head, b"content-length") or 0))
        is_stream = name.split("?")[0].endswith("/runs/stream") or bool(_JOIN.search(name))
        fault = Fault()
        if is_stream and self.faults:
            fault = self.faults.popleft()
        elif self.status_faults and method == b"GET" and _RUN.search(path.decode()):
            fault = self.status_faults.popleft()
        if fault.kind == "status" and not (is_stream and method == b"POST"):
            await self._refuse(writer, fault)
            return
        if self.strips_cursor:
            head = _with(head, b"last-event-id", None)
        server = urlsplit(self.base_url)
        upstream, sink = await asyncio.open_connection(server.hostname, server.port)
        try:
            sink.write(_with(head, b"connection", b"close") + body)
            await sink.drain()
            answer = await upstream.readuntil(b"\r\n\r\n")
            if method != b"GET" and self.lose_answer and path.decode().split("?")[0].endswith(self.lose_answer):
                self.lose_answer = ""
                await (upstream.readline() if is_stream else upstream.read())
                await self._refuse(writer, Fault("status", status=502))
            elif is_stream and b"text/event-stream" in _header(answer, b"content-type"):
                await self._spoil(answer, _chunks(upstream, answer), writer, fault)
            else:
                writer.write(_with(answer, b"connection", b"close"))
                while data := await upstream.read(65536):
                    writer.write(data)
                    await writer.drain()
        finally:
            sink.transport.abort()

    async def _refuse(self, writer: asyncio.StreamWriter, fault: Fault) -> None:
        self.happened.append(str(fault.status))
        more = f"retry-after: {fault.retry_after}\r\n" if fault.retry_after else ""
        text = f"<html>{fault.status} from the gateway</html>"
        word = _WORDS.get(fault.status, "Error")
        head = f"HTTP/1.1 {fault.status} {word}\r\ncontent-type: text/html\r\ncontent-length: {len(text)}\r\n"
        writer.write(f"{head}{more}connection: close\r\n\r\n{text}".encode())
        await writer.drain()

    async def _spoil(
        self, head: bytes, chunks: AsyncIterator[bytes], writer: asyncio.StreamWriter, fault: Fault
    ) -> None:
        head = _with(head, b"connection", b"close")
        if self.strips_place:
            head = _with(_with(head, b"content-location", None), b"location", None)
        if fault.kind == "gzip":
            self.happened.append("gzip")
            writer.write(_with(head, b"content-encoding", b"gzip"))
            packed = gzip.compress(bytes(random.Random(fault.size).randbytes(4000)))
            writer.write(_chunk(packed[:60] + b"\0\0\0\0" + packed[64:]) + b"0\r\n\r\n")
            await writer.drain()
            return
        writer.write(head)
        left = fault.size if fault.kind in ("reset", "close", "shorten", "stall", "heartbeats") else -1
        async for chunk in self._without_ids(chunks):
            if 0 <= left <= len(chunk):
                writer.write(_chunk(chunk[:left]) if left else b"")
                await writer.drain()
                await self._end(writer, fault, chunks)
                return
            left = left - len(chunk) if left >= 0 else left
            writer.write(_chunk(chunk))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _end(self, writer: asyncio.StreamWriter, fault: Fault, rest: AsyncIterator[bytes]) -> None:
        self.happened.append(fault.kind)
        if fault.kind == "reset":
            writer.transport.abort()
        elif fault.kind == "shorten":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        elif fault.kind in ("stall", "heartbeats"):
            self.stalled.set()
            if fault.kind == "heartbeats":
                writer.write(_chunk(b"\r\n\r\n"))
            async for _ in rest:
                pass
            while True:  # until the client leaves, or the proxy closes
                if fault.kind == "heartbeats":
                    writer.write(_chunk(b": heartbeat\r\n\r\n"))
                    await writer.drain()
                await asyncio.sleep(1.0)
                if writer.is_closing():
                    return

    async def _without_ids(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        if not self.strips_ids:
            async for chunk in chunks:
                yield chunk
            return
        rest = b""
        async for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            kept = b"".join(line + b"\n" for line in lines if not line.startswith(b"id:"))
            if kept:
                yield kept
        if rest:
            yield rest


async def _chunks(upstream: asyncio.StreamReader, head: bytes) -> AsyncIterator[bytes]:
    """The body of an answer, piece by piece."""
    if b"chunked" not in _header(head, b"transfer-encoding"):
        while data := await upstream.read(65536):
            yield data
        return
    while size := int((await upstream.readline()).split(b";")[0], 16):
        yield await upstream.readexactly(size)
        await upstream.readexactly(2)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


def _header(head: bytes, name: bytes) -> bytes:
    found = re.search(rb"\r\n" + name + rb":[ \t]*([^\r]*)", head, re.IGNORECASE)
    return found[1].lower() if found else b""


def _with(head: bytes, name: bytes, value: bytes | None) -> bytes:
    """The head with one header replaced or taken out."""
    head = re.sub(rb"\r\n" + name + rb":[^\r]*", b"", head, flags=re.IGNORECASE)
    return head if value is None else head[:-2] + name + b": " + value + b"\r\n\r\n"
