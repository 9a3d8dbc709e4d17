"""Who is the server and what can it do: a few cheap requests, nothing decided by its name (PROTOCOL §2, §18).

What does not depend on who answers is asked at once. The OpenAPI file is large and comes later, but where nothing can
be told of the server without it.
"""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from studio_tui.client.capabilities import asked_of, crons_of, described_of, steered
from studio_tui.client.http import Http
from studio_tui.client.identity import Shown, check_key, identify, openapi, optional, spoken
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.server import NOTHING, Description, Greeting, ServerInfo, ServerKind
from studio_tui.errors import AuthError, ConnectError
from studio_tui.jsonkit.value import JsonObject, as_object, is_object
from studio_tui.wire.decode import has_flag


async def probe(http: Http) -> ServerInfo:
    """Return the identity and all capabilities of the server; ConnectError when it is something else, AuthError."""
    greeting = await greet(http)
    if greeting.is_described:
        return greeting.info
    info, _ = await describe(http, greeting.info)
    return info


async def greet(http: Http, kept: Description = NOTHING) -> Greeting:
    """Return who it is and what a few questions tell; `kept` is what its OpenAPI file said the last time.

    ConnectError when it is something else, AuthError.
    """
    try:
        with http.searches.shared():
            async with asyncio.TaskGroup() as group:
                # What is asked at once costs one way there and back, however far the server is.
                asked = group.create_task(asked_of(http))
                key = group.create_task(_refusal_of_key(http))
                who = group.create_task(_introduced(http, kept))
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    greeting = who.result()
    info, refusal = greeting.info, key.result()
    if isinstance(refusal, AuthError) or (refusal is not None and (not info.raw or info.kind is ServerKind.UNKNOWN)):
        raise refusal
    # What the description says of a list counts less than how the list answered.
    return replace(greeting, info=replace(info, capabilities={**asked.result(), **info.capabilities}))


async def describe(http: Http, info: ServerInfo) -> tuple[ServerInfo, Description]:
    """Read the OpenAPI file and return what is known of the server with it, and what to keep. Raises ConnectError."""
    spec = cut_down(await openapi(http))
    said = Description(info.version, info.library_version, spec, _questions(info))
    return await _described(http, info, spec), said


async def _introduced(http: Http, kept: Description) -> Greeting:
    async with asyncio.TaskGroup() as group:
        # What it was asked the last time is asked at once: one way there and back less.
        metrics = group.create_task(_has_no_database(http)) if "metrics" in kept.questions else None
        crons = group.create_task(crons_of(http, {})) if "crons" in kept.questions else None
        info = await identify(http)
        in_memory, questions = FAMILIES[info.kind].in_memory, _questions(info)
        if in_memory is None and metrics is None:
            metrics = group.create_task(_has_no_database(http))
        if crons is None or "crons" not in questions:
            crons = group.create_task(crons_of(http, info.raw))
        seen = group.create_task(_seen(http, info, kept))
    greeting = seen.result()
    if in_memory is None:
        in_memory = metrics is not None and metrics.result()
    found = {**greeting.info.capabilities, "crons": crons.result()}
    return replace(greeting, info=replace(greeting.info, in_memory=in_memory, capabilities=found))


def _questions(info: ServerInfo) -> tuple[str, ...]:
    """What this server does not tell by itself."""
    metrics = ("metrics",) if FAMILIES[info.kind].in_memory is None else ()
    return metrics if has_flag(info.raw, "crons") is False else (*metrics, "crons")


async def _seen(http: Http, info: ServerInfo, kept: Description) -> Greeting:
    """With the OpenAPI file where it was kept, or where without it one cannot talk to such a server."""
    if kept.is_of(info):
        return Greeting(await _described(http, info, kept.spec), is_described=True, has_more=True)
    if not FAMILIES[info.kind].steerable:
        return Greeting((await describe(http, info))[0])
    dialect = spoken(Shown(info))
    info = replace(info, capabilities=steered(dialect), seen_dialect=dialect)
    return Greeting(info, is_described=False, has_more=True)


async def _described(http: Http, info: ServerInfo, spec: JsonObject) -> ServerInfo:
    shown = Shown(info, spec)
    dialect = spoken(shown)
    found = {**info.capabilities, **await described_of(http, shown, dialect)}
    return replace(info, capabilities=found, seen_dialect=dialect)


def cut_down(spec: JsonObject) -> JsonObject:
    """Return of an OpenAPI file what is read of it, a hundredth."""
    shown = Shown(ServerInfo(""), spec)
    fields = {name: shown.properties(name) for name in Shown.SCHEMAS}
    schemas: dict[str, JsonObject] = {
        name: {"properties": {key: value if key == "stream_mode" else {} for key, value in found.items()}}
        for name, found in fields.items()
        if found
    }
    return {"paths": {path: {} for path in shown.paths}, "components": {"schemas": schemas}} if spec else {}


def _first(failure: BaseException) -> BaseException:
    return _first(failure.exceptions[0]) if isinstance(failure, BaseExceptionGroup) else failure


async def _refusal_of_key(http: Http) -> AuthError | ConnectError | None:
    """Make an authorised request. One that names itself may have switched off all that this could ask for."""
    try:
        await check_key(http)
    except (AuthError, ConnectError) as error:
        return error
    return None


async def _has_no_database(http: Http) -> bool:
    """Development servers keep state in memory: their metrics know no database."""
    metrics = as_object(await optional(http, "/metrics", {"format": "json"}))
    return is_object(metrics.get("queue")) and "postgres" not in metrics and "redis" not in metrics
