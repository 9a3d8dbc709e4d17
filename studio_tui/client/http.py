"""Requests to one target: read-only mode, searches that are shared, who answers. Knows nothing of endpoints.

What sends them (`client/sending.py`) is imported with the first that nobody else has answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, Protocol

from studio_tui.client.answer import LOOK_LIMIT, READ_TIMEOUT, RESPONSE_LIMIT, Answer, Query, Question
from studio_tui.client.paths import is_read
from studio_tui.client.searches import Searches
from studio_tui.client.target import Target
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import ConnectError, ReadOnlyError
from studio_tui.jsonkit.value import Json

if TYPE_CHECKING:
    import httpx

    from studio_tui.client.sending import Sender


class Between(Protocol):
    """Stands between who asks and who sends."""

    async def ask(self, question: Question, timeout: float | None, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer to a read, of whoever has it, or of `send`. Raises StudioError."""

    def close(self) -> None:
        """Nothing is asked any more; who waits gets the answer of `send`."""

    def outdate(self) -> None:
        """Something is about to be written: answers of before stand for nothing that is asked from now on."""


class Http:
    """The way to one target."""

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
        self.on_exchange = on_exchange
        self.numbers = count(1)
        """Those of the log's entries."""
        self.between: Between | None = None
        """Hears of every read before it is sent."""
        self.searches = Searches()
        self._transport = transport
        self._closed = False

    @cached_property
    def sender(self) -> Sender:
        """What sends requests. Raises UsageError where the proxy cannot be used, ConnectError once closed."""
        if self._closed:
            raise ConnectError("The connection is closed", f"{self.target.host} was left.")
        from studio_tui.client.sending import Sender

        return Sender(self.target, self.on_exchange, self.numbers, self._transport)

    async def aclose(self) -> None:
        """Close every connection; requests that wait for an answer end before, with a StudioError."""
        self._closed = True
        if self.between is not None:
            self.between.close()
        if "sender" in self.__dict__:
            await self.sender.aclose()

    def check_allowed(self, method: str, path: str) -> None:
        """Raise ReadOnlyError for a write in read-only mode."""
        if self.target.readonly and not is_read(method, path):
            raise ReadOnlyError(
                "Read-only: nothing was sent",
                f"{method} {path} would change the server.",
                "Connect without --readonly.",
            )

    def outdate(self) -> None:
        """Whoever sends a write by another way than `request` calls this before it."""
        if self.between is not None:
            self.between.outdate()

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
        question = Question.of(method, path, query=query, body=body, headers=headers, limit=limit)
        ask = partial(self._ask, question, body, timeout)
        return await (self.searches.send(path, ask) if path.endswith("/search") else ask())

    async def searched(self, path: str) -> Answer:
        """Return how a search answers, whatever it is for: one that was begun, else one for a single row."""
        return await self.searches.begun(path) or await self.request("POST", path, body={"limit": 1})

    async def look(self, path: str, *, accept: str = "", limit: int = LOOK_LIMIT) -> Answer:
        """GET a path and return its answer whatever the status, at most its first bytes; StudioError without one."""
        headers = (("accept", accept),) if accept else ()
        return await self._ask(Question("GET", path, headers=headers, limit=limit, look=True), None, READ_TIMEOUT)

    async def _ask(self, question: Question, body: Json, timeout: float | None) -> Answer:
        async def send() -> Answer:
            return await self.sender.ask(question, body, timeout)

        if not question.is_read:
            self.outdate()
        if self.between is None or not question.is_read:
            return await send()
        return await self.between.ask(question, timeout, send)
