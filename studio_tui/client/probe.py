"""Who is the server and what can it do: a few cheap requests, nothing decided by version numbers (PROTOCOL §2, §22)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from studio_tui.client.capabilities import capabilities_of, optional
from studio_tui.client.http import Http
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.errors import AuthError, ConnectError, NotFoundError, ProtocolError, StudioError, UnsupportedError
from studio_tui.jsonkit.value import Json, as_object, is_object
from studio_tui.wire.decode import server_info_of


async def probe(http: Http) -> ServerInfo:
    """Return the identity and capabilities of the server; ConnectError when it is something else, AuthError."""
    info = await _identity(http)
    try:
        async with asyncio.TaskGroup() as group:
            # What is asked at once costs one way there and back, however far the server is.
            group.create_task(_test_key(http))
            in_memory = group.create_task(_in_memory(http, info.kind))
            capabilities = group.create_task(capabilities_of(http, info))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return replace(info, in_memory=in_memory.result(), capabilities=capabilities.result())


async def _identity(http: Http) -> ServerInfo:
    """Ask `/info`, then what older and other servers answer."""
    for path in ("/info", "/ok", "/health"):
        started = time.monotonic()
        try:
            value = (await http.request("GET", path)).json()
        except (NotFoundError, UnsupportedError, ProtocolError) as error:
            if isinstance(error, ProtocolError) and path == "/info":
                raise _stranger(http) from None
            continue
        latency = time.monotonic() - started
        if path == "/info" and is_object(value):
            info = server_info_of(value, http.target.base_url)
            if info.kind is not ServerKind.UNKNOWN:
                return replace(info, latency=latency)
        elif _is_alive(value):
            return ServerInfo(http.target.base_url, ServerKind.UNKNOWN, latency=latency, raw=as_object(value))
    raise _stranger(http)


def _is_alive(value: Json) -> bool:
    answer = as_object(value)
    return answer.get("ok") is True or answer.get("status") in ("ok", "healthy")


def _stranger(http: Http) -> ConnectError:
    return ConnectError(
        f"{http.target.host} is not a LangGraph server",
        "Something answers there, but not at /info, /ok or /health.",
        "Check port and path of the server URL; `langgraph dev` prints the right one (it moves when its port is busy).",
    )


async def _test_key(http: Http) -> None:
    """Make one authorised request: the health endpoints are open to everyone."""
    try:
        (await http.request("POST", "/assistants/search", body={"limit": 1})).records()
    except (NotFoundError, UnsupportedError, ProtocolError):
        raise _stranger(http) from None
    except (AuthError, ConnectError):
        raise
    except StudioError:
        return  # it failed, but it is there and did not refuse us


async def _in_memory(http: Http, kind: ServerKind) -> bool:
    """Development servers keep state in memory: their metrics know no database, and JavaScript has no other server."""
    if kind is ServerKind.JAVASCRIPT:
        return True
    if kind is ServerKind.AEGRA:
        return False
    metrics = as_object(await optional(http, "/metrics", {"format": "json"}))
    return is_object(metrics.get("queue")) and "postgres" not in metrics and "redis" not in metrics
