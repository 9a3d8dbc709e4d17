"""Server-sent events: the stream of one run as frames, decoded by the piece that the socket gives."""

from __future__ import annotations

import codecs
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from itertools import takewhile
from types import TracebackType
from typing import NamedTuple, Self

import httpx
from httpx_sse._decoders import SSEDecoder, SSELineDecoder

from studio_tui.client.answer import Query, Question
from studio_tui.client.exchange import ExchangeRecorder
from studio_tui.client.failures import not_json
from studio_tui.client.http import Http
from studio_tui.client.inflate import body_pieces, is_compressed
from studio_tui.client.location import run_place
from studio_tui.client.no_answer import failure_of_exception
from studio_tui.client.sure import mark_ambiguous
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.errors import ProtocolError, StudioError
from studio_tui.jsonkit.received import text_of
from studio_tui.jsonkit.value import Json
from studio_tui.text.sanitize import clean
from studio_tui.wire.frames import Frame

EVENT_LIMIT = 64 * 1024 * 1024
"""Bytes of one event; states of several megabytes on one line are legitimate (PROTOCOL §1.1)."""
COMPRESSED_EVENT_LIMIT = 8 * 1024 * 1024
"""The same for a stream that a proxy compressed: there a small body may hide a huge one."""


class Told(NamedTuple):
    """One event as the specification decodes it; `id` is the newest one so far."""

    event: str
    data: str
    id: str


class EventReader:
    """Bytes to events by the decoders of httpx-sse: all that a piece completes at once, and behind a guard.

    httpx-sse itself hands over one event at a time, buffers an endless line without bound, keeps a byte order mark as
    a part of the first field, makes events without data of heartbeats, and tells nothing of those.
    """

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self.heartbeats = 0
        """Comment lines so far."""
        self._limit = limit
        self._text = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._lines = SSELineDecoder()
        self._events = SSEDecoder()
        self._size = self._open = 0
        """Characters since the last blank line: of lines, and of the one that has not ended."""

    def feed(self, piece: bytes) -> list[Told]:
        """Return the events that end in this piece; ProtocolError when one outgrows the limit."""
        text = self._text.decode(piece)
        if not text:
            return []
        found = self._told(self._lines.decode(text))
        ended = max(text.rfind("\n"), text.rfind("\r")) + 1
        self._open = len(text) - ended if ended else self._open + len(text)
        if self._size + self._open > self._limit:
            error = ProtocolError(
                f"One event of the stream is larger than {self._limit // (1024 * 1024)} MiB",
                "Reading on could use up the memory.",
                "Stream fewer modes (leave out values and debug), or keep large data out of the state.",
            )
            error.final = True
            raise error
        return found

    def end(self) -> list[Told]:
        """Return what only the end of the stream completes; an event that was not ended is none."""
        rest = self._text.decode(b"", True)
        return self._told([*(self._lines.decode(rest) if rest else ()), *self._lines.flush()])

    def _told(self, lines: Sequence[str]) -> list[Told]:
        found: list[Told] = []
        decode = self._events.decode
        for line in lines:
            if line[:1] == ":":
                self.heartbeats += 1
            elif (event := decode(line)) is not None and (data := event.data):
                found.append(Told(event.event, data, event.id))
        open_lines = list(takewhile(len, reversed(lines)))
        known = self._size if len(open_lines) == len(lines) else 0
        self._size = known + sum(map(len, open_lines)) + len(open_lines)
        return found


class RunStream:
    """The events of one run: `async with client.stream_run(...) as stream: async for frame in stream`; or all that
    come at once: `async for frames in stream.batches()`.

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
        self.last_byte_at = time.monotonic()
        """Monotonic time of the newest byte, heartbeats included."""
        self._http = http
        self._method = method
        self._path = path
        self._query = query
        self._body = body
        self._headers = {"accept": "text/event-stream", "cache-control": "no-store", **(headers or {})}
        self._request: httpx.Request | None = None
        self._response: httpx.Response | None = None
        self._recorder: ExchangeRecorder | None = None
        self._reader: EventReader | None = None
        self._batches: AsyncGenerator[list[Frame], None] | None = None

    @property
    def heartbeats(self) -> int:
        """Comment lines so far: idle supervision makes sense only on servers that send them."""
        return self._reader.heartbeats if self._reader is not None else 0

    async def __aenter__(self) -> Self:
        http = self._http
        http.check_allowed(self._method, self._path)
        question = Question.of(self._method, self._path, query=self._query, body=self._body, headers=self._headers)
        self._request = http.sender.build(question, read_timeout=None)
        self.last_byte_at = time.monotonic()
        response, recorder = await http.sender.open(self._request, self._body)
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
        recorder.report()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop reading. The run itself goes on, unless it was started with `on_disconnect: cancel`."""
        if self._batches is not None:
            with suppress(RuntimeError):  # another task is just reading: closing the response ends it
                await self._batches.aclose()
        response, self._response = self._response, None
        if response is not None:
            await response.aclose()
            if self._recorder is not None:
                self._recorder.report()

    async def __aiter__(self) -> AsyncIterator[Frame]:
        async for frames in self.batches():
            for frame in frames:
                yield frame

    def batches(self) -> AsyncIterator[list[Frame]]:
        if self._batches is None:
            self._batches = self._read()
        return self._batches

    async def _check_type(self, response: httpx.Response) -> None:
        kind = response.headers.get("content-type", "text/event-stream").lower()
        if kind.startswith("text/event-stream") or response.headers.get("content-length") == "0":
            return
        assert self._request is not None
        assert self._recorder is not None
        content = await self._http.sender.read(self._request, response, self._recorder, limit=4096, cut=True)
        if content.strip():
            error = not_json(self._http.target, text_of(content), kind) if "html" in kind else _no_stream(kind)
            raise mark_ambiguous(error) if self._method == "POST" else error

    async def _read(self) -> AsyncGenerator[list[Frame], None]:
        response, recorder, request = self._response, self._recorder, self._request
        if response is None or recorder is None or request is None:
            raise RuntimeError("a RunStream is used inside `async with`")
        reader = EventReader(COMPRESSED_EVENT_LIMIT if is_compressed(response) else EVENT_LIMIT)
        self._reader = reader
        seq = 0
        failure: StudioError
        try:
            async with aclosing(self._pieces(response, recorder)) as pieces:
                async for piece in pieces:
                    frames = _frames(reader.feed(piece), seq)
                    seq += len(frames)
                    if frames:
                        yield frames
            frames = _frames(reader.end(), seq)
            if frames:
                yield frames
            return
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            failure = failure_of_exception(self._http.target, error, write=False)
        recorder.report(str(failure))
        raise failure

    async def _pieces(self, response: httpx.Response, recorder: ExchangeRecorder) -> AsyncGenerator[bytes, None]:
        async with aclosing(body_pieces(response)) as pieces:
            async for piece in pieces:
                self.last_byte_at = time.monotonic()
                recorder.took(piece)
                yield piece


def _frames(events: Sequence[Told], first: int) -> list[Frame]:
    at = time.time()
    return [Frame(number, at, *event) for number, event in enumerate(events, first)]


def _no_stream(kind: str) -> ProtocolError:
    return ProtocolError("The server answered no event stream", f"It sent {clean(kind, 80)}.", "Is a proxy in between?")
