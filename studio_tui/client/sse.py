"""Server-sent events: bytes to frames, strictly by the HTML specification, and the stream of one run."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from studio_tui.client.exchange import Recorder
from studio_tui.client.failures import failure_of_exception, not_json
from studio_tui.client.http import Http, Query
from studio_tui.client.inflate import body_pieces, is_compressed
from studio_tui.client.jsontext import text_of
from studio_tui.client.location import run_place
from studio_tui.errors import ProtocolError, StudioError
from studio_tui.model.ids import RunId, ThreadId
from studio_tui.model.json import Json
from studio_tui.protocol.frames import Frame
from studio_tui.text.sanitize import clean

EVENT_LIMIT = 64 * 1024 * 1024
"""Bytes of one event; states of several megabytes on one line are legitimate (PROTOCOL §1.1)."""
COMPRESSED_EVENT_LIMIT = 8 * 1024 * 1024
"""The same for a stream that a proxy compressed: there a small body may hide a huge one."""

_LF, _CR = 10, 13


class Event(NamedTuple):
    """A dispatched event. `id` is the one that came with it, or empty."""

    event: str
    data: str
    id: str


class SseDecoder:
    """Incremental decoder. Any split of the input gives the same events; an unfinished one is never dispatched."""

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self.last_event_id = ""
        """As the specification keeps it: the newest id, also of blocks without data."""
        self.retry_ms: int | None = None
        self.comments = 0
        """Heartbeats and other comment lines so far."""
        self._limit = limit
        self._line: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._first_line = True
        self._event = ""
        self._id = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes and return the events that they complete; ProtocolError for an oversized event."""
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[0] == _LF:
                chunk = chunk[1:]
        if not chunk:
            return []
        self._after_cr = chunk[-1] == _CR
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = chunk.split(b"\n")
        found: list[Event] = []
        for part in lines:
            self._grow(len(part))
            self._line.append(part)
            event = self._take(b"".join(self._line))
            self._line.clear()
            if event is not None:
                found.append(event)
        if rest:
            self._grow(len(rest))
            self._line.append(rest)
        return found

    def _grow(self, count: int) -> None:
        """Count bytes since the last blank line."""
        self._size += count
        if self._size > self._limit:
            raise ProtocolError(
                f"One event of the stream is larger than {self._limit // (1024 * 1024)} MiB",
                "Reading on could use up the memory.",
                "Stream fewer modes (leave out values and debug), or keep large data out of the state.",
            )

    def _take(self, line: bytes) -> Event | None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if not name:
            self.comments += 1
            self._size -= len(line)
            return None
        self._field(name, value.removeprefix(b" ").decode("utf-8", "replace"))
        return None

    def _field(self, name: bytes, value: str) -> None:
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value
        elif name == b"id":
            if "\0" not in value:
                self._id = self.last_event_id = value
        elif name == b"retry" and value.isascii() and value.isdigit() and len(value) < 10:
            self.retry_ms = int(value)

    def _dispatch(self) -> Event | None:
        event = Event(self._event or "message", "\n".join(self._data), self._id) if self._data else None
        self._event = self._id = ""
        self._data = []
        self._size = 0
        return event


class RunStream:
    """The events of one run: `async with client.stream_run(...) as stream: async for frame in stream`.

    Iteration ends when the server closes cleanly, which says nothing about success (PROTOCOL §7);
    a broken connection raises ConnectError. Heartbeats are not yielded.
    """

    def __init__(
        self,
        http: Http,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        thread_id: ThreadId | None = None,
        run_id: RunId | None = None,
    ) -> None:
        self.thread_id = thread_id
        self.run_id = run_id
        self.location = ""
        """The path to join the run again, as the server named it; empty for another origin and for stateless runs."""
        self.last_byte_at = time.monotonic()
        """Monotonic time of the newest byte, heartbeats included."""
        self.last_event_id = ""
        self.heartbeats = 0
        """Comment lines so far: idle supervision makes sense only on servers that send them."""
        self.retry_ms: int | None = None
        self._http = http
        self._method = method
        self._path = path
        self._query = query
        self._body = body
        self._headers = {"accept": "text/event-stream", "cache-control": "no-store", **(headers or {})}
        self._request: httpx.Request | None = None
        self._response: httpx.Response | None = None
        self._recorder: Recorder | None = None
        self._frames: AsyncGenerator[Frame, None] | None = None

    async def __aenter__(self) -> Self:
        http = self._http
        http.check_allowed(self._method, self._path)
        self._request = http.build(
            self._method, self._path, query=self._query, body=self._body, headers=self._headers, read_timeout=None
        )
        self.last_byte_at = time.monotonic()
        response, recorder = await http.open(self._request, self._body)
        self._response, self._recorder = response, recorder
        self.last_byte_at = time.monotonic()
        try:
            await self._check_type(response)
        except BaseException:
            await self.aclose()
            raise
        place = run_place(http.target, response.headers)
        self.run_id = place.run_id or self.run_id
        self.thread_id = place.thread_id or self.thread_id
        # Without a thread the place that servers name does not exist (PROTOCOL §6.1).
        self.location = place.path if self.thread_id else ""
        recorder.report()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop reading. The run itself goes on, unless it was started with `on_disconnect: cancel`."""
        if self._frames is not None:
            with suppress(RuntimeError):  # another task is just reading: closing the response ends it
                await self._frames.aclose()
        response, self._response = self._response, None
        if response is not None:
            await response.aclose()
            if self._recorder is not None:
                self._recorder.report()

    def __aiter__(self) -> AsyncIterator[Frame]:
        if self._frames is None:
            self._frames = self._read()
        return self._frames

    async def _check_type(self, response: httpx.Response) -> None:
        kind = response.headers.get("content-type", "text/event-stream").lower()
        if kind.startswith("text/event-stream") or response.headers.get("content-length") == "0":
            return
        assert self._request is not None
        assert self._recorder is not None
        content = await self._http.read(self._request, response, self._recorder, limit=4096, cut=True)
        if content.strip():
            raise not_json(self._http.target, text_of(content), kind) if "html" in kind else _no_stream(kind)

    async def _read(self) -> AsyncGenerator[Frame, None]:
        response, recorder, request = self._response, self._recorder, self._request
        if response is None or recorder is None or request is None:
            raise RuntimeError("a RunStream is used inside `async with`")
        decoder = SseDecoder(COMPRESSED_EVENT_LIMIT if is_compressed(response) else EVENT_LIMIT)
        seq = 0
        failure: StudioError
        try:
            async with aclosing(body_pieces(response)) as pieces:
                async for piece in pieces:
                    self.last_byte_at = time.monotonic()
                    recorder.took(piece)
                    events = decoder.feed(piece)
                    self.last_event_id, self.heartbeats = decoder.last_event_id, decoder.comments
                    self.retry_ms = decoder.retry_ms
                    now = time.time()
                    for event in events:
                        yield Frame(seq, now, *event)
                        seq += 1
            return
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            failure = failure_of_exception(self._http.target, error, write=False)
        recorder.report(str(failure))
        raise failure


def _no_stream(kind: str) -> ProtocolError:
    return ProtocolError("The server answered no event stream", f"It sent {clean(kind, 80)}.", "Is a proxy in between?")
