"""Sends requests to one target and reads their answers: connections, limits, errors in words, the log.

The only place that speaks HTTP, imported with the first request that is sent. Redirects are never followed, so the
target's headers stay at its origin.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import httpcore
import httpx

from studio_tui import __version__
from studio_tui.client.answer import LOOK_LIMIT, READ_TIMEOUT, RESPONSE_LIMIT, Answer, Question
from studio_tui.client.exchange import ExchangeRecorder
from studio_tui.client.failures import failure_of_status, not_json
from studio_tui.client.inflate import body_pieces
from studio_tui.client.no_answer import failure_of_exception
from studio_tui.client.paths import is_read
from studio_tui.client.proxy import proxy_for
from studio_tui.client.sure import mark_ambiguous
from studio_tui.client.target import Target
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import ConnectError, StudioError, TooLargeError
from studio_tui.jsonkit.received import text_of
from studio_tui.jsonkit.value import Json

_CONNECT_TIMEOUT = 5.0
_READ_BYTES = 256 * 1024
"""Bytes that are taken from a socket at once, at most: a large answer takes a quarter as many turns as with 64 Ki."""

setattr(httpcore.AsyncHTTP11Connection, "READ_NUM_BYTES", _READ_BYTES)  # noqa: B010 - nothing of ours reads it


class Sender:
    """The connections to one target."""

    def __init__(
        self,
        target: Target,
        on_exchange: Callable[[HttpExchange], None] | None,
        numbers: count[int],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`numbers` are those of the log's entries. Raises UsageError where the proxy cannot be used."""
        self.target = target
        self._on_exchange = on_exchange
        self._numbers = numbers
        self._tls = _tls_context(target)
        self.proxy = proxy_for(target.base_url) if transport is None else None
        # Writes get a connection of their own: after a 500 servers drop the pooled one without a word.
        self._pooled = self._client(transport, keep=8)
        self._fresh = self._client(transport, keep=0)
        self._closed = False
        self._unanswered: set[asyncio.Timeout] = set()
        """Requests that wait for an answer, to be ended by `aclose`."""
        self._all_answered = asyncio.Event()
        self._all_answered.set()

    def _client(self, transport: httpx.AsyncBaseTransport | None, *, keep: int) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(READ_TIMEOUT, connect=_CONNECT_TIMEOUT),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=keep),
            follow_redirects=False,
            verify=self._tls,
            proxy=self.proxy.url if self.proxy is not None else None,
            trust_env=False,
            headers={"user-agent": f"studio-tui/{__version__}", "accept-encoding": "identity"},
        )

    async def aclose(self) -> None:
        """Close every connection; requests that wait for an answer end before, with a StudioError.

        A pool that is closed forgets the connections that are just being made: whatever became of their requests
        then, nobody would close them. Who is cancelled while requests end closes the others all the same.
        """
        self._closed = True
        for request in self._unanswered:
            if not request.expired():
                request.reschedule(0.0)
        try:
            await self._all_answered.wait()
        finally:
            await self._pooled.aclose()
            await self._fresh.aclose()

    async def ask(self, question: Question, body: Json, timeout: float | None = READ_TIMEOUT) -> Answer:
        """Send one request and return its answer; any StudioError otherwise. `timeout` is in seconds.

        `body` is what the request's body was made of. TooLargeError for an answer of more than `question.limit` bytes.
        """
        request = self.build(question, read_timeout=timeout)
        if question.look:
            return await self._look(request, question.limit)
        if question.is_read:
            with suppress(_Reset):
                return await self._exchange(self._pooled, request, body, question.limit, retry=True)
        return await self._exchange(self._fresh, request, body, question.limit, retry=False)

    async def _look(self, request: httpx.Request, limit: int) -> Answer:
        recorder = self._recorder(request, None)
        response = await self._receive(self._pooled, request, recorder, retry=False)
        recorder.status = response.status_code
        try:
            content = await self.read(request, response, recorder, limit=limit, cut=True) if limit else bytearray()
        finally:
            await response.aclose()
            recorder.report()
        return self._answer(response, recorder, content)

    async def handshake(self, path: str) -> tuple[str, str]:
        """Make a connection by asking for `path`, whatever the answer is, as every other request does.

        Returns the TLS version and the day the certificate ends, both empty where there is no TLS. StudioError.
        """
        request = self.build(Question("GET", path))
        recorder = self._recorder(request, None)
        response = await self._receive(self._fresh, request, recorder, retry=False)
        recorder.status = response.status_code
        try:
            stream = response.extensions.get("network_stream")
            session = stream.get_extra_info("ssl_object") if stream is not None else None
            if session is None:
                return "", ""
            return session.version() or "", str((session.getpeercert() or {}).get("notAfter", ""))
        finally:
            await response.aclose()
            recorder.report()

    def build(self, question: Question, *, read_timeout: float | None = READ_TIMEOUT) -> httpx.Request:
        """Return the request, with all headers of the target. ProtocolError or ConnectError where none can be made."""
        url = self.target.base_url + question.path + (f"?{question.query}" if question.query else "")
        sent = {"accept": "application/json", **dict(question.headers), **self.target.headers}
        if question.body is not None:
            sent["content-type"] = "application/json"
        if not question.is_read:
            sent["connection"] = "close"
        timeout = httpx.Timeout(READ_TIMEOUT, connect=_CONNECT_TIMEOUT, read=read_timeout)
        failure: StudioError
        try:
            return self._fresh.build_request(question.method, url, content=question.body, headers=sent, timeout=timeout)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            failure = failure_of_exception(self.target, error, write=False)
        raise failure

    async def open(self, request: httpx.Request, body: Json) -> tuple[httpx.Response, ExchangeRecorder]:
        """Send `request` for streaming on its own connection; the caller closes the response and reports the end."""
        recorder = self._recorder(request, body)
        response = await self._send(self._fresh, request, recorder, retry=False)
        return response, recorder

    async def _exchange(
        self, client: httpx.AsyncClient, request: httpx.Request, body: Json, limit: int, *, retry: bool
    ) -> Answer:
        recorder = self._recorder(request, body)
        response = await self._send(client, request, recorder, retry=retry)
        try:
            content = await self.read(request, response, recorder, retry=retry, limit=limit)
            if "html" in response.headers.get("content-type", "") and not self._is_read(request):
                # No server answers a write so: whoever did, it is unknown whether the server got it.
                raise not_json(self.target, text_of(content[:4096]), "text/html")
        except StudioError as error:
            if not self._is_read(request) and not isinstance(error, _Reset):
                mark_ambiguous(error)  # an answer came, and only its content was lost
            recorder.report(str(error))
            raise
        except asyncio.CancelledError:
            recorder.report("cancelled")
            raise
        finally:
            await response.aclose()
        recorder.report()
        return self._answer(response, recorder, content, is_write=not self._is_read(request))

    def _recorder(self, request: httpx.Request, body: Json) -> ExchangeRecorder:
        return ExchangeRecorder(self.target, self._on_exchange, next(self._numbers), request, body)

    def _answer(
        self, response: httpx.Response, recorder: ExchangeRecorder, content: bytearray, *, is_write: bool = False
    ) -> Answer:
        headers = dict(response.headers.items())
        return Answer(
            self.target,
            response.status_code,
            headers,
            content,
            is_write,
            recorder.lacks,
            recorder.seconds,
            recorder.number,
        )

    async def _send(
        self, client: httpx.AsyncClient, request: httpx.Request, recorder: ExchangeRecorder, *, retry: bool
    ) -> httpx.Response:
        """Return an answer with status 2xx whose body is still to be read."""
        response = await self._receive(client, request, recorder, retry=retry)
        recorder.status = response.status_code
        if response.status_code < 300:
            return response
        try:
            content = await self.read(request, response, recorder, retry=False, limit=LOOK_LIMIT, cut=True)
        except StudioError:
            content = bytearray()
        finally:
            await response.aclose()
        write = not self._is_read(request)
        failure = failure_of_status(self.target, str(request.url), response, text_of(content), write=write)
        recorder.report(str(failure))
        raise failure

    async def _receive(
        self, client: httpx.AsyncClient, request: httpx.Request, recorder: ExchangeRecorder, *, retry: bool
    ) -> httpx.Response:
        """Return an answer of any status whose body is still to be read."""
        failure: StudioError
        try:
            return await self._answered(client, request)
        except asyncio.CancelledError:
            recorder.report("cancelled")
            raise
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError, ValueError) as error:
            failure = self._failure(request, error, retry=retry)
            recorder.report(str(failure) or "the connection broke; trying once more")
            # Raised below, outside the handler: the original error holds the request with its headers.
        raise failure

    async def _answered(self, client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
        """Send `request` unless the client is closed; httpx.ReadError where that happens meanwhile."""
        if self._closed:
            raise RuntimeError("the client is closed")
        waiting = asyncio.timeout(None)
        try:
            async with waiting:
                self._unanswered.add(waiting)
                self._all_answered.clear()
                return await client.send(request, stream=True)
        except TimeoutError:
            if not waiting.expired():
                raise
        finally:
            self._unanswered.discard(waiting)
            if not self._unanswered:
                self._all_answered.set()
        raise httpx.ReadError("the client was closed")

    async def read(
        self,
        request: httpx.Request,
        response: httpx.Response,
        recorder: ExchangeRecorder,
        *,
        retry: bool = False,
        limit: int = RESPONSE_LIMIT,
        cut: bool = False,
    ) -> bytearray:
        """Return the body, never copied; TooLargeError beyond `limit` bytes, or only the first ones when `cut`."""
        body = bytearray()
        failure: StudioError
        try:
            announced = response.headers.get("content-length", "")
            if not cut and announced.isascii() and announced.isdigit() and float(announced) > limit:
                raise _too_large(limit, int(announced))
            async for piece in body_pieces(response):
                recorder.took(piece)
                body += piece
                if len(body) > limit:
                    if cut:
                        break
                    raise _too_large(limit)
            return body
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            failure = self._failure(request, error, retry=retry)
        raise failure

    def _failure(self, request: httpx.Request, error: Exception, *, retry: bool) -> StudioError:
        if retry and isinstance(
            error, httpx.ReadError | httpx.WriteError | httpx.CloseError | httpx.RemoteProtocolError
        ):
            return _Reset("")
        failure = failure_of_exception(self.target, error, write=not self._is_read(request))
        if self.proxy is not None and isinstance(failure, ConnectError):
            way = f"The way goes through the proxy {self.proxy.shown} ({self.proxy.source})."
            failure.detail = f"{failure.detail} {way}".strip()
        return failure

    def _is_read(self, request: httpx.Request) -> bool:
        path = request.url.path[len(httpx.URL(self.target.base_url).path.rstrip("/")) :]
        return is_read(request.method, path)


def _tls_context(target: Target) -> ssl.SSLContext:
    """The certificates to trust; a server without TLS shows none, and loading them takes a while."""
    if target.origin[0] == "http":  # no redirect is followed, and a proxy's own certificate is looked at without this
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.create_ssl_context(trust_env=True)


class _Reset(StudioError):
    """The connection of a read broke; it is tried once more."""


def _too_large(limit: int, size: int | None = None) -> TooLargeError:
    error = TooLargeError(
        f"The server's answer is larger than {limit // (1024 * 1024)} MiB",
        "It was not read, to keep this program small.",
        "Ask for less: fewer items, or one checkpoint at a time.",
    )
    error.size = size
    return error
