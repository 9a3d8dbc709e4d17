"""What went wrong, in words: every HTTP status, error body and network failure becomes one StudioError.

All foreign text passes the text boundary here and is scrubbed of the target's secrets.
"""

from __future__ import annotations

import errno
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from studio_tui.address import origin_of
from studio_tui.client.sure import mark_ambiguous
from studio_tui.client.target import Target
from studio_tui.domain.ids import is_uuid
from studio_tui.errors import (
    AuthError,
    ConflictError,
    ConnectError,
    GraphGoneError,
    NotFoundError,
    ProtocolError,
    RejectedError,
    ServerError,
    StudioError,
    UnsupportedError,
)
from studio_tui.text.sanitize import clean, clean_block

_LINE = 300
_DETAIL = 4000
_MAX_WAIT = 120.0


def error_texts(body: str) -> tuple[str, str]:
    """Return the useful first line and the whole text of an error body of any server (PROTOCOL §1.2), raw."""
    text = _from_body(body).strip()
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first, text


def _from_body(body: str) -> str:
    try:
        value = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return "" if _is_html(body) else body
    return _from_value(value) or ("" if isinstance(value, dict | list) and not value else body)


def _from_value(value: Any, depth: int = 0) -> str:
    if depth > 4:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_issue(item) for item in value[:20])))
    if not isinstance(value, dict):
        return ""
    for key in ("detail", "message", "error", "issues", "msg"):
        if found := _from_value(value.get(key), depth + 1):
            details = value.get("details")  # some servers name the error first and what is wrong beside it
            return f"{found}: {_from_value(details, depth + 1)}" if isinstance(details, list) and details else found
    return ""


def _issue(item: Any) -> str:
    """One entry of a FastAPI or zod list, with the place that it is about."""
    if not isinstance(item, dict):
        return item if isinstance(item, str) else ""
    text = next((item[key] for key in ("msg", "message") if isinstance(item.get(key), str)), "")
    place = item.get("loc", item.get("path"))
    where = ".".join(str(part) for part in place if part != "body") if isinstance(place, list) else ""
    return f"{where}: {text}" if where and text else text


def _is_html(body: str) -> bool:
    return bool(re.match(r"\s*<(!doctype|html|head|body|\?xml)", body[:200], re.IGNORECASE))


def failure_of_status(
    target: Target, url: str, response: httpx.Response, body: str, *, write: bool = False
) -> StudioError:
    """Return the error for an answer with status 300 or more; `body` is its text.

    A write that a gateway answered instead of the server is marked ambiguous: it may have passed the gateway.
    """
    status = response.status_code
    if 300 <= status < 400:
        return _moved(target, url, response)
    first, whole = error_texts(body)
    words = clean(target.scrub(first), _LINE)
    said = "" if words in _EMPTY_WORDS else words
    error = (
        _wants_tls(status, target, body)
        or _graph_gone(status, target.scrub(whole))
        or _no_route(status, url, body)
        or _by_status(status, target, said, _subject(url), html=_is_html(body))
    )
    error.status, error.said = status, said
    if status in _NOT_NOW:
        error.exit_code = ConnectError.exit_code
    if whole != first:
        error.detail = clean_block(target.scrub(whole), _DETAIL)
    error.retry_after = _retry_after(response.headers.get("retry-after", ""))
    if error.retry_after is not None:
        error.hint = f"The server asks to wait {error.retry_after:.0f} s before another attempt."
    if write and (status in _GATEWAY or (status >= 500 and _is_html(body))):
        mark_ambiguous(error)
    return error


_TO_TLS = re.compile(r"http request (?:was sent )?to (?:an )?https (?:port|server)|plain http to an ssl-enabled", re.I)
"""What servers say, each in its own words, to plain HTTP on a port for TLS."""


def _wants_tls(status: int, target: Target, body: str) -> StudioError | None:
    """The error of a port that speaks TLS, and says so in plain HTTP."""
    if status != 400 or target.base_url.startswith("https:") or not _TO_TLS.search(body[:4000]):
        return None
    return ConnectError(f"{target.host} wants https", "It refuses plain HTTP on this port.", _TRY_TLS)


_TRY_TLS = "Try https:// instead of http://."
_GATEWAY = (408, 499, 502, 503, 504, *range(520, 531))
"""Answers of gateways, behind which the server may have carried a write out."""

_GRAPH_GONE = re.compile(r"Graph '([^']+)' not found")


def _graph_gone(status: int, text: str) -> StudioError | None:
    """The error of a server that knows the thread or assistant, and not its graph."""
    match = _GRAPH_GONE.search(text) if status == 404 else None
    if match is None:
        return None
    name = clean(match[1], 80)
    title = f"Graph {name} is not served: it is not in the server's langgraph.json"
    hint = "Add it there and start the server again; what the server still has of its threads can be looked at."
    return GraphGoneError(title, "", hint)


_ROUTES = (
    (r"/threads(/search)?$", "keep threads"),
    (r"/runs(/stream|/wait|/batch)?$", "run without a thread"),
    (r"/runs/crons\b", "run on a schedule"),
    (r"/store/", "keep long-term memory"),
)
"""Paths that name no thing that could be missing, and what they are for."""
_THREAD_ROUTES = (
    (r"/threads/[^/]+/runs(/stream|/wait)?$", "run on a thread"),
    (r"/threads/[^/]+(/state|/history)$", "keep threads"),
)
"""Paths below a thread: a server that has them names the thread that it misses."""


def _no_route(status: int, url: str, body: str) -> StudioError | None:
    """The error of a path that the server does not have at all, which is not the same as a thing that is missing."""
    text, path = body.strip(), urlsplit(url).path
    if status != 404 or _from_body(text) not in ("Not Found", "404 Not Found"):
        return None
    by_thread = _THREAD_ROUTES if text.startswith("{") else ()
    cannot = next((words for pattern, words in (*by_thread, *_ROUTES) if re.search(pattern, path)), "")
    if not cannot:
        return None
    hint = "It may be switched off in the server's langgraph.json (http.disable_…); the rest works."
    error = UnsupportedError(f"This server cannot {cannot} (404)", "It does not have the path.", hint)
    error.exit_code = NotFoundError.exit_code
    return error


_NOT_NOW = (408, 429, 502, 503, 504)
"""The server could not be asked now, whatever was asked: like no answer at all."""
_EMPTY_WORDS = (
    "Not Found",
    "404 Not Found",
    "Conflict",
    "Internal Server Error",
    "Forbidden",
    "Unauthorized",
    "Method Not Allowed",
)
"""Texts that say no more than the status does."""


def _subject(url: str) -> str:
    """What a path is about, such as `run 01a2…`, or empty."""
    words = urlsplit(url).path.rstrip("/").split("/")
    pairs = [(words[i], words[i + 1]) for i in range(len(words) - 1) if words[i] in _KINDS and is_uuid(words[i + 1])]
    return f"{_KINDS[pairs[-1][0]]} {pairs[-1][1]}" if pairs else ""


_KINDS = {"assistants": "assistant", "threads": "thread", "runs": "run", "state": "checkpoint", "crons": "cron"}


def _by_status(status: int, target: Target, said: str, subject: str, *, html: bool) -> StudioError:
    host = target.host
    simple: dict[int, Callable[[], StudioError]] = {
        401: lambda: _unauthorised(target, said),
        403: lambda: AuthError(f"{host} does not allow this (403)", said, "Ask for access, or use a key that has it."),
        404: lambda: NotFoundError(f"Not found: {said or subject or 'the server knows no such thing'}", "", _NOT_FOUND),
        405: lambda: UnsupportedError("This server does not offer that (405)", said, _UNSUPPORTED),
        409: lambda: _conflict(said),
        408: lambda: ServerError("The server gave up waiting (408)", said, "Try again."),
        413: lambda: RejectedError("The request is too large for the server (413)", said, "Send less at once."),
        429: lambda: RejectedError("Too many requests (429)", said, "Wait a moment, then try again."),
        501: lambda: UnsupportedError("This server does not offer that (501)", said, _UNSUPPORTED),
    }
    if status in simple:
        return simple[status]()
    if status == 422 and "already running a task" in said.lower():
        return ConflictError("The thread is busy with another run", said, _BUSY)
    if status in (502, 503, 504):
        what = {502: "has no working server behind it", 503: "is overloaded or restarting", 504: "waited too long"}
        who = "The gateway" if html else "The server"
        return ServerError(f"{who} at {host} {what[status]} ({status})", said, "Wait a moment, then try again.")
    if status >= 500:
        return ServerError(f"The server failed ({status})", said, _FAILED)
    if html:
        return ConnectError(f"{host} answered a web page ({status})", _PAGE, _CHECK_URL)
    return RejectedError(f"Not accepted: {said or f'status {status}'}", "", "Change the request and send it again.")


_NOT_FOUND = "Refresh the list; it may have been deleted, or belong to somebody else."
_UNSUPPORTED = "Use a newer server, or do without this."
_BUSY = "Wait for the other run, stop it, or choose another multitask strategy."
_FAILED = "The server's own log says why. Other features keep working."
_PAGE = "A LangGraph server answers JSON."
_CHECK_URL = "Check host, port and path of the server URL; a LangGraph server answers at /info."


def _unauthorised(target: Target, said: str) -> AuthError:
    if target.has_credentials:
        title = f"{target.host} refused the credentials (401)"
        return AuthError(title, said, "Check that the key belongs to this server and has not expired.")
    return AuthError(
        f"{target.host} wants credentials (401)",
        said,
        "Set LANGGRAPH_API_KEY and name the server (--base-url), or give --header.",
    )


def _conflict(said: str) -> ConflictError:
    """Only the first sentence: Python servers dump whole runs into a 409."""
    text = re.split(r"[\[{(]|(?<=\w)\.\s", said, maxsplit=1)[0].strip(" :.")
    hint = "Choose another id, or use what is there." if "already exists" in text else _BUSY
    return ConflictError(f"Conflict: {text or 'something else is going on, or it exists already'}", "", hint)


def _retry_after(value: str) -> float | None:
    """Seconds of a Retry-After header; dates are ignored, because the clocks may differ."""
    return min(float(value), _MAX_WAIT) if value.isascii() and value.isdigit() else None


def _moved(target: Target, url: str, response: httpx.Response) -> StudioError:
    place = urljoin(url, response.headers.get("location", ""))
    scheme, host, _ = origin_of(place)
    if not host:
        return ConnectError(
            f"{target.host} redirects without saying where", hint=_CHECK_URL, status=response.status_code
        )
    same = origin_of(place) == target.origin
    path = urlsplit(place).path if same else ""
    shown = clean(target.scrub(f"{scheme}://{urlsplit(place).netloc.rpartition('@')[2]}{path}"), 200)
    why = "It points elsewhere on the same server." if same else "It is another server, so no key was sent there."
    hint = "If this is right, put the new place into the server URL or profile; redirects are never followed."
    return ConnectError(f"{target.host} redirects to {shown}", why, hint, status=response.status_code)


def not_json(target: Target, body: str, content_type: str) -> StudioError:
    """Return the error for a successful answer that is no JSON."""
    if _is_html(body) or "html" in content_type:
        return ConnectError(f"{target.host} answered a web page instead of JSON", _PAGE, _CHECK_URL)
    shown = clean(target.scrub(body), 120) or "an empty body"
    return ProtocolError(f"{target.host} answered something that is no JSON", f"It begins with: {shown}", _CHECK_URL)


def failure_of_exception(target: Target, error: Exception, *, write: bool) -> StudioError:
    """Return the error for a request that got no usable answer. `write` marks a lost answer as ambiguous."""
    result = _connecting(target, error) or _exchanging(target, error)
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    if write and not connecting and isinstance(error, httpx.TransportError):
        mark_ambiguous(result)
    return result


def _connecting(target: Target, error: Exception) -> StudioError | None:
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


def _tls(target: Target, error: ssl.SSLError) -> StudioError:
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
                return ConnectError(f"{target.host} seems to want https", "Its answer is no plain HTTP.", _TRY_TLS)
            if "without sending" in message:
                hint = "Try again. A port for TLS does this, too: then use https:// instead of http://."
                return ConnectError(f"{target.host} gave no complete answer", "It closed the connection.", hint)
        why = "It closed the connection in the middle." if closed else "What it sent is not HTTP."
        hint = "Try again." if closed else f"{_CHECK_URL} Does it want https://?"
        return ConnectError(f"{target.host} gave no complete answer", why, hint)
    if isinstance(error, httpx.NetworkError):
        return ConnectError(f"The connection to {target.host} broke", "", "Try again; the server may be restarting.")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return ConnectError("The server URL cannot be used", "", _CHECK_URL)
    # The texts of other errors may quote a header value, so only their kind is told.
    return ProtocolError(f"The request to {target.host} could not be made", type(error).__name__, _CHECK_URL)


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
