"""The client of one server: what assistants, threads and runs need, and families of endpoints for lists beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from studio_tui.client.assistants import AssistantEndpoints
from studio_tui.client.http import Http
from studio_tui.client.probe import describe, greet, probe
from studio_tui.client.runs import RunEndpoints
from studio_tui.client.states import StateEndpoints
from studio_tui.client.target import Target
from studio_tui.client.threads import ThreadEndpoints
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.domain.server import NOTHING, Description, Greeting, ServerInfo

if TYPE_CHECKING:
    import httpx

F = TypeVar("F")


class Client(AssistantEndpoints, ThreadEndpoints, StateEndpoints, RunEndpoints):
    """All calls raise StudioError subclasses only; `on_exchange` hears of each request.

    An exchange may be reported again with the same `seq` when a stream ends: it replaces the first report.
    """

    def __init__(
        self,
        target: Target,
        *,
        on_exchange: Callable[[HttpExchange], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.target = target
        super().__init__(Http(target, on_exchange=on_exchange, transport=transport))

    def family(self, make: Callable[[Http], F]) -> F:
        """Return endpoints of a family beside those of this class, such as `StoreEndpoints`, on the same connection."""
        return make(self.http)

    async def aclose(self) -> None:
        await self.http.aclose()

    async def probe(self) -> ServerInfo:
        """Find out who the server is and what it can do; ConnectError when it is no LangGraph server, AuthError."""
        info = await probe(self.http)
        self.http.known_dialect = info.dialect
        return info

    async def greet(self, kept: Description = NOTHING) -> Greeting:
        """Find out who the server is and what can be told at once; the same errors."""
        greeting = await greet(self.http, kept)
        self.http.known_dialect = greeting.info.dialect
        return greeting

    async def describe(self, info: ServerInfo) -> tuple[ServerInfo, Description]:
        """Return what is known with the server's OpenAPI file, and what to keep of that. Raises ConnectError."""
        info, description = await describe(self.http, info)
        self.http.known_dialect = info.dialect
        return info, description
