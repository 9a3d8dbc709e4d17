"""The HTTP log as rows, and one exchange in full."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Hashable
from urllib.parse import urlsplit

from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.present.kit.rows import Rows
from studio_tui.text.fmt import clock, duration, short_id, size
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

WITH_SENT = 90
"""Cells from which on a row says how much was sent."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class HttpRows(Rows):
    """One row per request, oldest first."""

    def __init__(self, log: deque[HttpExchange]) -> None:
        self._log = log

    def __len__(self) -> int:
        return len(self._log)

    def __getitem__(self, index: int) -> HttpExchange:
        return self._log[index]

    def line(self, index: int, width: int) -> Line:
        item = self._log[index]
        took = f"{duration(item.seconds):>6} {size(item.received):>8} "
        if width >= WITH_SENT:
            took = f"{duration(item.seconds):>6} {size(item.sent):>8} → {size(item.received):<8}"
        return (
            Span(clock(item.at)[:-4] + " ", "muted"),
            Span(f"{_status(item):<5}", _status_role(item)),
            Span(f"{clean(item.method, 8):<7}", "key"),
            Span(took + " ", "muted"),
            Span(clean(_brief_path(item.url), width * 2), "text"),
            Span("  " + clean(item.problem, 200), "err") if item.problem else Span(""),
        )

    def key(self, index: int) -> Hashable:
        item = self._log[index]
        return (item.seq, item.status, item.seconds, item.received, item.problem)

    def text(self, index: int) -> str:
        item = self._log[index]
        return f"{_status(item)} {clean(item.method)} {clean(item.url)} {clean(item.problem)}"


def exchange_text(item: HttpExchange) -> str:
    """Return one exchange in full: request with body, answer's beginning."""
    parts = [
        f"{item.method} {item.url}",
        f"at {clock(item.at)}, {_status(item)}, {duration(item.seconds)}, "
        f"sent {size(item.sent)}, received {size(item.received)}",
    ]
    if item.problem:
        parts.append(f"error: {item.problem}")
    if item.request_body:
        parts += ["", "request body:", _pretty(item.request_body)]
    if item.response_head:
        parts += ["", "answer (its beginning):", _pretty(item.response_head)]
    if item.curl:
        parts += ["", "as curl, key left out:", item.curl]
    return "\n".join(parts)


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _status(item: HttpExchange) -> str:
    if item.status is not None:
        return str(item.status)
    return "…" if item.seconds is None and not item.error else "–"


def _status_role(item: HttpExchange) -> str:
    if item.problem or (item.status is not None and item.status >= 500):
        return "err"
    if item.status is None:
        return "warn"
    return "ok" if item.status < 400 else "warn"


def _brief_path(url: str) -> str:
    """Return path and query with ids as lists show them, so that what is done with them can be read in a narrow row."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return _UUID.sub(lambda found: short_id(found.group()), path)
