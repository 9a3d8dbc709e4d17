"""Server-sent events: the stream of one run as frames, decoded by the piece that the socket gives."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from functools import partial
from itertools import count, repeat
from types import TracebackType
from typing import Self, cast

import httpx

from studio_tui.client.answer import Query, Question
from studio_tui.client.event_reader import COMPRESSED_EVENT_LIMIT, EVENT_LIMIT, EventReader, Told
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
        if not question.is_read:
            http.outdate()
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
    if not events:
        return []
    return list(map(_frame, zip(count(first), repeat(time.time()), *zip(*events, strict=True), strict=False)))


_frame = cast("Callable[[tuple[int, float, str, str, str]], Frame]", partial(tuple.__new__, Frame))
"""What `Frame(*fields)` does, in a third of the time."""


def _no_stream(kind: str) -> ProtocolError:
    return ProtocolError("The server answered no event stream", f"It sent {clean(kind, 80)}.", "Is a proxy in between?")
