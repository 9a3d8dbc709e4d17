"""Why a request got no answer, in words: every failure of the network becomes one StudioError."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from studio_tui.client.failures import CHECK_URL, TRY_TLS
from studio_tui.client.sure import mark_ambiguous
from studio_tui.client.target import Target
from studio_tui.errors import ConnectError, ProtocolError, StudioError
from studio_tui.text.sanitize import clean


def failure_of_exception(target: Target, error: Exception, *, write: bool) -> StudioError:
    """Return the error for a request that got no usable answer. `write` marks a lost answer as ambiguous."""
    result: StudioError
    if (lost := _connecting(target, error)) is not None:
        lost.unreachable = True
        result = lost
    else:
        result = _exchanging(target, error)
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    if write and not connecting and isinstance(error, httpx.TransportError):
        mark_ambiguous(result)
    return result


def _connecting(target: Target, error: Exception) -> ConnectError | None:
    """Failures before a connection stood."""
    host = urlsplit(target.base_url).hostname or ""
    causes = list(_chain(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return ConnectError(f"No host named {host}", "DNS has no address for it.", "Check the name; is a VPN needed?")
    if tls := next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None):
        return _tls(target, tls)
    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if isinstance(error, httpx.ProxyError):
        return ConnectError(
            f"The proxy refuses to reach {target.host}", hint="Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY."
        )
    if isinstance(error, httpx.ConnectTimeout):
        return ConnectError(f"{target.host} does not answer", "No connection within 5 s.", _UNREACHABLE)
    if not isinstance(error, httpx.ConnectError):
        return None
    if errno.ECONNREFUSED in codes or "All connection attempts failed" in str(error):
        hint = "Start it with `langgraph dev`, or check the port." if target.is_loopback else _UNREACHABLE
        return ConnectError(f"Nothing listens at {target.host}", "The connection was refused.", hint)
    if codes & {errno.EHOSTUNREACH, errno.ENETUNREACH}:
        return ConnectError(f"No route to {target.host}", "The network is down or blocks it.", _UNREACHABLE)
    return ConnectError(f"Cannot connect to {target.host}", clean(target.scrub(str(error)), 200), _UNREACHABLE)


_UNREACHABLE = "Check network, VPN and firewall, and that the server runs."


def _tls(target: Target, error: ssl.SSLError) -> ConnectError:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = clean(error.verify_message, 200)
        hint = "Check the host name and clock; for a private authority set SSL_CERT_FILE to its certificate."
        return ConnectError(f"The certificate of {target.host} is not trusted", why, hint)
    reason = (error.reason or "").replace("_", " ").lower()
    plain = any(word in reason for word in ("wrong version", "http request", "record layer", "unknown protocol"))
    hint = "It seems to speak plain HTTP: try http:// instead of https://." if plain else _UNREACHABLE
    return ConnectError(f"No TLS connection to {target.host}", clean(reason, 200), hint)


_BINARY = "illegal request line"
"""What the parser says of an answer that begins with no printable character: such as an alert of TLS."""


def _exchanging(target: Target, error: Exception) -> StudioError:
    """Failures while sending or waiting."""
    if isinstance(error, httpx.PoolTimeout):
        return ConnectError("Too many requests at once", "No connection became free.", "Try again in a moment.")
    if isinstance(error, httpx.TimeoutException):
        hint = "Try again; a server with one worker is slow while a run computes."
        return ConnectError(f"{target.host} took too long to answer", "", hint)
    if isinstance(error, httpx.RemoteProtocolError):
        message = str(error).lower()
        closed = "disconnected" in message or "peer closed" in message
        if not target.base_url.startswith("https:"):
            if _BINARY in message:
                return ConnectError(f"{target.host} seems to want https", "Its answer is no plain HTTP.", TRY_TLS)
            if "without sending" in message:
                hint = "Try again. A port for TLS does this, too: then use https:// instead of http://."
                return ConnectError(f"{target.host} gave no complete answer", "It closed the connection.", hint)
        why = "It closed the connection in the middle." if closed else "What it sent is not HTTP."
        hint = "Try again." if closed else f"{CHECK_URL} Does it want https://?"
        return ConnectError(f"{target.host} gave no complete answer", why, hint)
    if isinstance(error, httpx.NetworkError):
        return ConnectError(f"The connection to {target.host} broke", "", "Try again; the server may be restarting.")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return ConnectError("The server URL cannot be used", "", CHECK_URL)
    # The texts of other errors may quote a header value, so only their kind is told.
    return ProtocolError(f"The request to {target.host} could not be made", type(error).__name__, CHECK_URL)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, its causes and the members of groups, each once."""
    seen: set[int] = set()
    queue: list[BaseException] = [error]
    while queue:
        current = queue.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            queue.extend(current.exceptions)
        queue.extend(linked for linked in (current.__cause__, current.__context__) if linked is not None)
