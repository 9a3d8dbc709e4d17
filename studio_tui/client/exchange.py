"""Reports of requests for the HTTP log, with every credential masked."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio_tui.client.curl import curl_line
from studio_tui.client.target import Target
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.jsonkit.value import Json
from studio_tui.text.secrets import MASK

if TYPE_CHECKING:
    import httpx

_SECRET_KEY = re.compile(
    r"(^|[_-])(api[_-]?key|access[_-]?key|token|passw(or)?d|secret|authorization|credential)s?$", re.I
)
_BODY_LIMIT = 64 * 1024
HEAD_LIMIT = 4096
"""Bytes of an answer that a report keeps."""


def _redact(value: Json) -> Any:
    """Return a copy in which strings under keys that name credentials are masked."""
    if isinstance(value, dict):
        return {
            key: MASK if isinstance(item, str) and _SECRET_KEY.search(key) else _redact(item)
            for key, item in value.items()
        }
    return [_redact(item) for item in value] if isinstance(value, list) else value


class ExchangeRecorder:
    """Watches one request and reports it; a stream is reported twice, when it opens and when it ends."""

    def __init__(
        self,
        target: Target,
        report: Callable[[HttpExchange], None] | None,
        seq: int,
        request: httpx.Request,
        body: Json,
    ) -> None:
        self._target = target
        self._report = report
        self.number = seq
        self._request = request
        self._body = body
        self._at = time.time()
        self._started = time.monotonic()
        self._error = self._unread = ""
        self.status: int | None = None
        self.received = 0
        self.head = bytearray()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._started

    def took(self, piece: bytes) -> None:
        self.received += len(piece)
        if len(self.head) < HEAD_LIMIT:
            self.head += piece[: HEAD_LIMIT - len(self.head)]

    def lacks(self, unread: str) -> None:
        """Tell the log which records of the answer could not be read."""
        self._unread = unread
        self.report()

    def report(self, error: str = "") -> None:
        """Tell the log how far the request came; an error once told is kept."""
        self._error = error or self._error
        if self._report is None:
            return
        scrub = self._target.scrub
        sent = self._request.content
        shown = json.dumps(_redact(self._body)) if sent else None
        names = set(self._target.headers) | {"content-type", "accept", "last-event-id", "prefer"}
        lower = {name.lower() for name in names}
        headers = [(name, value) for name, value in self._request.headers.items() if name.lower() in lower]
        url = str(self._request.url)
        self._report(
            HttpExchange(
                seq=self.number,
                at=self._at,
                method=self._request.method,
                url=scrub(url),
                status=self.status,
                seconds=self.seconds,
                sent=len(sent),
                received=self.received,
                error=scrub(self._error),
                unread=scrub(self._unread),
                request_body=scrub(shown[:_BODY_LIMIT]) if shown else "",
                response_head=scrub(self.head.decode("utf-8", "replace")),
                curl=scrub(curl_line(self._request.method, url, headers, shown)),
            )
        )
