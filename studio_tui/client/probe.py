"""Who is the server and what can it do: a few cheap requests, nothing decided by its name (PROTOCOL §2, §18)."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from studio_tui.client.capabilities import capabilities_of
from studio_tui.client.http import Http
from studio_tui.client.identity import Shown, check_key, identify, optional, spoken
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.errors import ConnectError
from studio_tui.jsonkit.value import as_object, is_object


async def probe(http: Http) -> ServerInfo:
    """Return the identity and capabilities of the server; ConnectError when it is something else, AuthError."""
    info = await identify(http)
    try:
        async with asyncio.TaskGroup() as group:
            # What is asked at once costs one way there and back, however far the server is.
            group.create_task(_test_key(http, info))
            in_memory = group.create_task(_in_memory(http, FAMILIES[info.kind].in_memory))
            openapi = group.create_task(optional(http, "/openapi.json"))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    shown = Shown(info, openapi.result() or {})
    dialect = spoken(shown)
    capabilities = await capabilities_of(http, shown, dialect)
    return replace(info, in_memory=in_memory.result(), capabilities=capabilities, seen_dialect=dialect)


async def _test_key(http: Http, info: ServerInfo) -> None:
    """Make an authorised request. One that names itself may have switched off all that this could ask for."""
    try:
        await check_key(http)
    except ConnectError:
        if not info.raw or info.kind is ServerKind.UNKNOWN:
            raise


async def _in_memory(http: Http, known: bool | None) -> bool:
    """Development servers keep state in memory: their metrics know no database."""
    if known is not None:
        return known
    metrics = as_object(await optional(http, "/metrics", {"format": "json"}))
    return is_object(metrics.get("queue")) and "postgres" not in metrics and "redis" not in metrics
