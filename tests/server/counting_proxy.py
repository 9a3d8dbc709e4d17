"""A relay to a server that lists the requests that pass, and can lose the answer to one of them."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from tests.loopback import Listener

_HEAD = re.compile(rb"(?:^|\r\n|[}\]\"])(GET|POST|PUT|PATCH|DELETE) (/\S*) HTTP/1\.1\r\n")


class CountingProxy:
    """Counts each request once, whole connections are relayed as they are."""

    def __init__(self, base_url: str) -> None:
        self._server = urlsplit(base_url)
        self._listener = Listener(self._relay)
        self.url = ""
        self.requests: list[str] = []
        """`POST /threads/…/state`, in order."""
        self.lose = ""
        """The answer to the next request that ends with this never arrives."""

    async def open(self) -> str:
        """Start to listen; return the base URL."""
        self.url = f"http://127.0.0.1:{await self._listener.open()}"
        return self.url

    async def close(self) -> None:
        """Take no more connections, and end those that are open."""
        await self._listener.close()

    def count(self, ending: str, method: str = "") -> int:
        """How many requests so far (of one method only) end with `ending`, for example `/state`."""
        return sum(request.endswith(ending) and request.startswith(method) for request in self.requests)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, sink = await asyncio.open_connection(self._server.hostname, self._server.port)
        lost = asyncio.Event()
        try:
            await asyncio.gather(self._ask(reader, sink, lost), self._answer(upstream, writer, lost))
        finally:
            sink.transport.abort()

    async def _ask(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        rest = b""
        while data := await source.read(65536):
            rest += data
            for match in _HEAD.finditer(rest):
                request = f"{match[1].decode()} {match[2].decode()}"
                self.requests.append(request)
                if self.lose and request.endswith(self.lose):
                    self.lose = ""
                    lost.set()
            ends = [match.end() for match in _HEAD.finditer(rest)]
            rest = rest[ends[-1] :] if ends else rest[-8192:]
            sink.write(data)
            await sink.drain()
        sink.close()

    async def _answer(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while data := await source.read(65536):
            if lost.is_set():  # the server has answered, so it has carried the request out
                sink.transport.abort()
                return
            sink.write(data)
            await sink.drain()
        sink.close()
