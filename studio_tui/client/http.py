"""Requests to one target: timeouts, size limits, read-only mode, retries of reads, errors in words, the HTTP log.

Knows nothing of endpoints. Redirects are never followed, so the target's headers stay at its origin.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from urllib.parse import urlencode

import httpx
from msgspec import Struct

from studio_tui import __version__
from studio_tui.client.exchange import ExchangeRecorder
from studio_tui.client.failures import failure_of_exception, failure_of_status, not_json
from studio_tui.client.inflate import body_pieces
from studio_tui.client.paths import is_read
from studio_tui.client.proxy import proxy_for
from studio_tui.client.searches import Searches
from studio_tui.client.sure import mark_ambiguous
from studio_tui.client.target import Target
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import ConnectError, ProtocolError, ReadOnlyError, RejectedError, StudioError, TooLargeError
from studio_tui.jsonkit.received import Broken, parse_received, parse_records, text_of
from studio_tui.jsonkit.value import Json

RESPONSE_LIMIT = 16 * 1024 * 1024
"""Bytes of one answer; streams have their own limit per event."""
READ_TIMEOUT = 30.0
_CONNECT_TIMEOUT = 5.0
_ERROR_LIMIT = 256 * 1024

Query = Mapping[str, str | int | Sequence[str]]


class Answer(Struct, frozen=True):
    """A successful answer, not yet read as JSON."""

    target: Target
    status: int
    headers: httpx.Headers
    body: bytes | bytearray
    is_write: bool = False
    recorder: ExchangeRecorder | None = None
    """Tells the log of the request; None where nobody keeps one."""

    def json(self) -> Json:
        """Return the body as JSON, None when it is empty; StudioError when it is something else."""
        if not self.body or self.body.isspace():
            return None
        try:
            return parse_received(self.body)
        except ValueError:
            pass
        raise mark_ambiguous(self._not_json()) if self.is_write else self._not_json()

    def records(self) -> list[Json | Broken]:
        """Return the elements of the array that the body holds; StudioError when it is something else."""
        try:
            return parse_records(self.body)
        except ValueError:
            pass
        self.json()
        raise ProtocolError(f"{self.target.host} answered something else than a list")

    def _not_json(self) -> StudioError:
        return not_json(self.target, text_of(self.body[:4096]), self.headers.get("content-type", ""))


class Http:
    """The connection pool of one target."""

    def __init__(
        self,
        target: Target,
        *,
        on_exchange: Callable[[HttpExchange], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.target = target
        self.known_dialect: Dialect | None = None
        """How the server speaks, once that was found out."""
        self._on_exchange = on_exchange
        self._seq = count(1)
        self._tls = _tls_context(target)
        self.proxy = proxy_for(target.base_url) if transport is None else None
        # Writes get a connection of their own: after a 500 servers drop the pooled one without a word.
        self._pooled = self._client(transport, keep=8)
        self._fresh = self._client(transport, keep=0)
        self.searches = Searches()
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
        then, nobody would close them.
        """
        self._closed = True
        for request in self._unanswered:
            if not request.expired():
                request.reschedule(0.0)
        await self._all_answered.wait()
        await self._pooled.aclose()
        await self._fresh.aclose()

    def check_allowed(self, method: str, path: str) -> None:
        """Raise ReadOnlyError for a write in read-only mode."""
        if self.target.readonly and not is_read(method, path):
            raise ReadOnlyError(
                "Read-only: nothing was sent",
                f"{method} {path} would change the server.",
                "Connect without --readonly.",
            )

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = READ_TIMEOUT,
        limit: int = RESPONSE_LIMIT,
    ) -> Answer:
        """Send one request and return its successful answer; any StudioError otherwise. `timeout` is in seconds.

        TooLargeError for an answer of more than `limit` bytes.
        """
        self.check_allowed(method, path)
        request = self.build(method, path, query=query, body=body, headers=headers, read_timeout=timeout)
        send = partial(self._request, method, path, request, body, limit)
        return await (self.searches.send(path, send) if path.endswith("/search") else send())

    async def searched(self, path: str) -> Answer:
        """Return how a search answers, whatever it is for: one that was begun, else one for a single row."""
        return await self.searches.begun(path) or await self.request("POST", path, body={"limit": 1})

    async def _request(self, method: str, path: str, request: httpx.Request, body: Json, limit: int) -> Answer:
        read = is_read(method, path)
        if read:
            with suppress(_Reset):
                return await self._exchange(self._pooled, request, body, limit, retry=True)
        return await self._exchange(self._fresh, request, body, limit, retry=False)

    async def look(self, path: str) -> Answer:
        """GET a path and return its answer whatever the status, at most its first bytes; StudioError without one."""
        request = self.build("GET", path)
        recorder = ExchangeRecorder(self.target, self._on_exchange, next(self._seq), request, None)
        response = await self._receive(self._pooled, request, recorder, retry=False)
        recorder.status = response.status_code
        try:
            content = await self.read(request, response, recorder, limit=_ERROR_LIMIT, cut=True)
        finally:
            await response.aclose()
            recorder.report()
        return Answer(self.target, response.status_code, response.headers, content)

    async def handshake(self, path: str) -> tuple[str, str]:
        """Make a connection by asking for `path`, whatever the answer is, as every other request does.

        Returns the TLS version and the day the certificate ends, both empty where there is no TLS. StudioError.
        """
        request = self.build("GET", path)
        recorder = ExchangeRecorder(self.target, self._on_exchange, next(self._seq), request, None)
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

    def build(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        read_timeout: float | None = READ_TIMEOUT,
    ) -> httpx.Request:
        """Return the request; a body is sent with everything but GET, because servers refuse empty ones."""
        url = self.target.base_url + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        sent = {"accept": "application/json", **(headers or {}), **self.target.headers}
        content: bytes | None = None
        if method in ("POST", "PUT", "PATCH") or body is not None:
            content = _encode({} if body is None else body)
            sent["content-type"] = "application/json"
        if not is_read(method, path):
            sent["connection"] = "close"
        timeout = httpx.Timeout(READ_TIMEOUT, connect=_CONNECT_TIMEOUT, read=read_timeout)
        failure: StudioError
        try:
            return self._fresh.build_request(method, url, content=content, headers=sent, timeout=timeout)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            failure = failure_of_exception(self.target, error, write=False)
        raise failure

    async def open(self, request: httpx.Request, body: Json) -> tuple[httpx.Response, ExchangeRecorder]:
        """Send `request` for streaming on its own connection; the caller closes the response and reports the end."""
        recorder = ExchangeRecorder(self.target, self._on_exchange, next(self._seq), request, body)
        response = await self._send(self._fresh, request, recorder, retry=False)
        return response, recorder

    async def _exchange(
        self, client: httpx.AsyncClient, request: httpx.Request, body: Json, limit: int, *, retry: bool
    ) -> Answer:
        recorder = ExchangeRecorder(self.target, self._on_exchange, next(self._seq), request, body)
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
        write = not self._is_read(request)
        return Answer(self.target, response.status_code, response.headers, content, write, recorder)

    async def _send(
        self, client: httpx.AsyncClient, request: httpx.Request, recorder: ExchangeRecorder, *, retry: bool
    ) -> httpx.Response:
        """Return an answer with status 2xx whose body is still to be read."""
        response = await self._receive(client, request, recorder, retry=retry)
        recorder.status = response.status_code
        if response.status_code < 300:
            return response
        try:
            content = await self.read(request, response, recorder, retry=False, limit=_ERROR_LIMIT, cut=True)
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


def _encode(body: Json) -> bytes:
    """Return ASCII JSON, which holds any string, lone surrogates included."""
    try:
        return json.dumps(body, allow_nan=False).encode("ascii")
    except (ValueError, RecursionError, TypeError) as error:
        why = "It is nested too deeply." if isinstance(error, RecursionError) else "NaN and infinities are no JSON."
        raise RejectedError("This value cannot be sent", why, "Change it and send it again.") from None
