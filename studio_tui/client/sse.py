"""Server-sent events: the stream of one run as frames, decoded by httpx-sse behind a guard."""

from __future__ import annotations

import codecs
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Self, cast

import httpx
from httpx_sse import EventSource, ServerSentEvent

from studio_tui.client.exchange import ExchangeRecorder
from studio_tui.client.failures import failure_of_exception, not_json
from studio_tui.client.http import Http, Query
from studio_tui.client.inflate import body_pieces, is_compressed
from studio_tui.client.location import run_place
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


class GuardedText:
    """What httpx-sse reads instead of the raw response: text without a byte order mark, and with a limit.

    httpx-sse buffers an endless line without bound, keeps the mark as a part of the first field, and tells nothing
    of heartbeats; all three are seen to here, before it.
    """

    def __init__(self, pieces: AsyncIterator[bytes], limit: int = EVENT_LIMIT) -> None:
        self.headers = {"content-type": "text/event-stream"}
        self.heartbeats = 0
        """Comment lines so far."""
        self._pieces = pieces
        self._limit = limit
        self._size = 0
        self._line_end = "\n"

    async def aiter_text(self) -> AsyncGenerator[str, None]:
        """Yield the text as it comes; ProtocolError when one event outgrows the limit."""
        decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        async for piece in self._pieces:
            text = decode(piece)
            if text:
                self._watch(text)
                yield text
        rest = decode(b"", True)
        if rest:
            yield rest

    def _watch(self, text: str) -> None:
        """Count comments, and characters since the last blank line; both may be split between pieces."""
        seen = self._line_end + text
        self.heartbeats += seen.count("\n:") + seen.count("\r:")
        blank = max(seen.rfind("\n\n"), seen.rfind("\n\r\n"), seen.rfind("\r\r"))
        self._size = len(seen) - blank if blank >= 0 else self._size + len(text)
        self._line_end = seen[len(seen.rstrip("\r\n")) :][-2:]
        if self._size > self._limit:
            error = ProtocolError(
                f"One event of the stream is larger than {self._limit // (1024 * 1024)} MiB",
                "Reading on could use up the memory.",
                "Stream fewer modes (leave out values and debug), or keep large data out of the state.",
            )
            error.final = True
            raise error


async def read_events(text: GuardedText) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield the events of a stream that carry data.

    After the first `id:` httpx-sse makes an empty event of every heartbeat; no server sends empty data on purpose.
    """
    async with aclosing(EventSource(cast(httpx.Response, text)).aiter_sse()) as events:
        async for event in events:
            if event.data:
                yield event


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
        self._text: GuardedText | None = None
        self._frames: AsyncGenerator[Frame, None] | None = None

    @property
    def heartbeats(self) -> int:
        """Comment lines so far: idle supervision makes sense only on servers that send them."""
        return self._text.heartbeats if self._text is not None else 0

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
            error = not_json(self._http.target, text_of(content), kind) if "html" in kind else _no_stream(kind)
            raise mark_ambiguous(error) if self._method == "POST" else error

    async def _read(self) -> AsyncGenerator[Frame, None]:
        response, recorder, request = self._response, self._recorder, self._request
        if response is None or recorder is None or request is None:
            raise RuntimeError("a RunStream is used inside `async with`")
        limit = COMPRESSED_EVENT_LIMIT if is_compressed(response) else EVENT_LIMIT
        seq = 0
        failure: StudioError
        try:
            async with aclosing(self._pieces(response, recorder)) as pieces:
                self._text = GuardedText(pieces, limit)
                async with aclosing(read_events(self._text)) as events:
                    async for event in events:
                        yield Frame(seq, time.time(), event.event, event.data, event.id)
                        seq += 1
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


def _no_stream(kind: str) -> ProtocolError:
    return ProtocolError("The server answered no event stream", f"It sent {clean(kind, 80)}.", "Is a proxy in between?")
