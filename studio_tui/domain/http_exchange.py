"""One HTTP request and its answer, as the log shows it."""

from __future__ import annotations

from msgspec import Struct


class HttpExchange(Struct, frozen=True):
    """One request as the HTTP log shows it; secrets are already redacted."""

    seq: int
    """Counts requests of one client; the same number again replaces the earlier report."""
    at: float
    method: str
    url: str
    status: int | None
    """None while it runs, or when no answer came."""
    seconds: float | None
    sent: int
    received: int
    error: str = ""
    unread: str = ""
    """Which records of the answer could not be read, empty when all could."""
    request_body: str = ""
    response_head: str = ""
    """The first few kB of the answer."""
    curl: str = ""

    @property
    def problem(self) -> str:
        """What went wrong with it, empty when nothing did."""
        return self.error or self.unread
