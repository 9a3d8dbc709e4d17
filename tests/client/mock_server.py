"""A client whose answers come from a function, with the requests it made."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from studio_tui.client.api import Client
from studio_tui.client.crons import CronEndpoints
from studio_tui.client.store import StoreEndpoints
from studio_tui.client.target import Target
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.domain.server import ServerKind
from tests.paths import FIXTURES

THREAD = "01a206f9-df02-758e-96d4-a7a9d1964d25"
RUN = "01a206da-dde3-73a8-9eb3-d946ee6877c9"
CHECKPOINT = "1f1e6fd2-8f1d-619f-8001-1a595589d595"
GRAPH_ID = "steps"
INFOS = {
    ServerKind.PYTHON: "py",
    ServerKind.JAVASCRIPT: "js",
    ServerKind.AEGRA: "aegra",
    ServerKind.OLD_PYTHON: "py-0.0.46",
}


def fixture(path: str) -> Any:
    """Return a JSON fixture."""
    return json.loads((FIXTURES / path).read_text("utf-8"))


class Once(httpx.AsyncByteStream):
    """A body that arrives once, in small pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> Any:
        for start in range(0, len(self._body), 100):
            yield self._body[start : start + 100]


@dataclass
class Talk:
    """A client and what it sent."""

    client: Client
    requests: list[httpx.Request] = field(default_factory=list)
    exchanges: list[HttpExchange] = field(default_factory=list)

    @property
    def last(self) -> httpx.Request:
        """The newest request."""
        return self.requests[-1]

    def body(self, index: int = -1) -> Any:
        """The JSON body of a request."""
        return json.loads(self.requests[index].content)

    @property
    def store(self) -> StoreEndpoints:
        return self.client.family(StoreEndpoints)

    @property
    def crons(self) -> CronEndpoints:
        return self.client.family(CronEndpoints)

    def paths(self) -> list[str]:
        """Method and path of each request, in order."""
        return [f"{request.method} {request.url.path}" for request in self.requests]


@asynccontextmanager
async def talking(
    answer: Callable[[httpx.Request], httpx.Response] | Mapping[str, Any],
    *,
    kind: ServerKind | None = ServerKind.PYTHON,
    headers: Mapping[str, str] | None = None,
    readonly: bool = False,
    base_url: str = "http://127.0.0.1:2024",
) -> AsyncIterator[Talk]:
    """Yield a client that talks to `answer`: a function, or JSON by `METHOD /path`."""
    requests: list[httpx.Request] = []
    exchanges: list[HttpExchange] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if callable(answer):
            return answer(request)
        key = f"{request.method} {request.url.path}"
        if key not in answer:
            return httpx.Response(404, json={"detail": "Not Found"})
        value = answer[key]
        return value if isinstance(value, httpx.Response) else httpx.Response(200, json=value)

    client = Client(
        Target(base_url, headers or {}, readonly=readonly),
        on_exchange=exchanges.append,
        transport=httpx.MockTransport(handle),
    )
    client.http.known_dialect = FAMILIES[kind] if kind is not None else None
    try:
        yield Talk(client, requests, exchanges)
    finally:
        await client.aclose()


def thread_rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Rows of a list of threads, as a server sends them."""
    return [{"thread_id": f"t{number}", "status": "idle"} for number in range(start, start + count)]


KEY = "lsv2_pt_THE-SECRET-KEY"
SECRETS = {"x-api-key": KEY, "Authorization": "Bearer tok-ABCDEF-123456", "X-Tenant": "tenant-0815-secret"}


def assert_clean(text: str) -> None:
    """No secret header value occurs in `text`."""
    for value in (KEY, "tok-ABCDEF-123456", "tenant-0815-secret"):
        assert value not in text
