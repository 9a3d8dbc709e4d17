"""What a server answered instead of what was asked for, in words: every status and error body becomes one StudioError.

All foreign text passes the text boundary here and is scrubbed of the target's secrets. Requests without any answer:
`client/no_answer.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

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

if TYPE_CHECKING:
    import httpx

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
    return ConnectError(f"{target.host} wants https", "It refuses plain HTTP on this port.", TRY_TLS)


TRY_TLS = "Try https:// instead of http://."
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
        return ConnectError(f"{host} answered a web page ({status})", _PAGE, CHECK_URL)
    return RejectedError(f"Not accepted: {said or f'status {status}'}", "", "Change the request and send it again.")


_NOT_FOUND = "Refresh the list; it may have been deleted, or belong to somebody else."
_UNSUPPORTED = "Use a newer server, or do without this."
_BUSY = "Wait for the other run, stop it, or choose another multitask strategy."
_FAILED = "The server's own log says why. Other features keep working."
_PAGE = "A LangGraph server answers JSON."
CHECK_URL = "Check host, port and path of the server URL; a LangGraph server answers at /info."


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
            f"{target.host} redirects without saying where", hint=CHECK_URL, status=response.status_code
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
        return ConnectError(f"{target.host} answered a web page instead of JSON", _PAGE, CHECK_URL)
    shown = clean(target.scrub(body), 120) or "an empty body"
    return ProtocolError(f"{target.host} answered something that is no JSON", f"It begins with: {shown}", CHECK_URL)
