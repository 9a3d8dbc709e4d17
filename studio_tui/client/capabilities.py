"""The capability table of a server: what works, and in words why the rest does not."""

from __future__ import annotations

import asyncio

from studio_tui.client.http import Http
from studio_tui.domain.server import Capability, ServerInfo, ServerKind
from studio_tui.errors import AuthError, NotFoundError, RejectedError, StudioError, UnsupportedError
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, is_object
from studio_tui.wire.decode import has_flag, strings_of

_YES = Capability(True)

_ROUTES = {
    "thread_stream": "/threads/{thread_id}/stream",
    "prune": "/threads/prune",
    "storage": "/threads/{thread_id}/storage",
    "stateless": "/runs/stream",
    "store": "/store/items",
}
_NAMES = {
    "thread_stream": "follow a thread across runs",
    "prune": "delete several threads at once",
    "storage": "tell how much a thread stores",
    "stateless": "run without a thread",
    "store": "keep long-term memory",
    "threads_count": "count threads",
    "assistants_count": "count assistants",
    "crons": "run on a schedule",
}
_AEGRA_LACKS = {
    "run_breakpoints": "Aegra ignores breakpoints of a run; only those compiled into the graph stop it.",
    "input_null": "Aegra refuses to continue a run without input; answer the interrupt instead.",
    "replay": "Aegra starts a new turn instead of replaying from a checkpoint.",
    "join": "Aegra repeats and mixes up events when a running run is joined; its state is polled instead.",
}


async def capabilities_of(http: Http, info: ServerInfo) -> dict[str, Capability]:
    """Return every key that `ServerInfo.capabilities` documents."""
    told, crons, threads, assistants = await asyncio.gather(
        optional(http, "/openapi.json"),
        _crons(http, info.raw),
        _answers(http, "/threads/count", "threads_count"),
        _answers(http, "/assistants/count", "assistants_count"),
    )
    found = {"crons": crons, "threads_count": threads, "assistants_count": assistants}
    spec_file = as_object(told)
    paths = as_object(spec_file.get("paths"))
    for name, path in _ROUTES.items():
        found[name] = _route(name, path, paths, info.kind)
    found.update(_behaviours(info.kind))
    modes = _stream_modes(spec_file)
    if modes and "tasks" not in modes:
        found["tasks_mode"] = Capability(False, "This server is too old to stream tasks; debug is used instead.")
    fields = _properties(spec_file, "ThreadSearchRequest")
    if (fields and "extract" not in fields) or not paths:
        found["extract"] = Capability(False, "This server cannot pick values out of threads for a list.")
    return found


async def optional(http: Http, path: str, query: dict[str, str] | None = None) -> JsonObject | None:
    """Return the object that a path answers with, None when there is none."""
    try:
        value = (await http.request("GET", path, query=query)).json()
    except StudioError:
        return None
    return value if is_object(value) else None


async def _crons(http: Http, raw: JsonObject) -> Capability:
    if has_flag(raw, "crons") is False:
        return _lacks("crons")
    return await _answers(http, "/runs/crons/count", "crons")


async def _answers(http: Http, path: str, name: str) -> Capability:
    """Whether a counting endpoint exists; a server error costs the feature only."""
    try:
        await http.request("POST", path, body={})
    except (NotFoundError, UnsupportedError, AuthError):
        return _lacks(name)
    except RejectedError:
        return _lacks(name) if name == "crons" else _YES
    except StudioError as error:
        return Capability(False, f"The server fails at it: {error.title}")
    return _YES


def _route(name: str, path: str, paths: JsonObject, kind: ServerKind) -> Capability:
    if paths:
        return _YES if path in paths else _lacks(name)
    missing = kind is ServerKind.JAVASCRIPT and name in ("thread_stream", "prune", "storage")
    return _lacks(name) if missing else _YES


def _behaviours(kind: ServerKind) -> dict[str, Capability]:
    """What no route shows: how families of servers behave, as observed."""
    aegra, javascript = kind is ServerKind.AEGRA, kind is ServerKind.JAVASCRIPT
    found = {name: Capability(False, why) if aegra else _YES for name, why in _AEGRA_LACKS.items()}
    sticky = javascript or kind is ServerKind.OLD_PYTHON
    why = "Runs send the head checkpoint, because this server would go on from the one last replayed."
    found["sticky_checkpoint"] = Capability(sticky, why if sticky else "")
    old = kind is ServerKind.OLD_PYTHON
    found["resume_map"] = Capability(False, "This server takes one answer at a time.") if old else _YES
    found["tasks_mode"] = _YES
    found["extract"] = _YES
    return found


def _lacks(name: str) -> Capability:
    return Capability(False, f"This server cannot {_NAMES[name]}.")


def _properties(spec: JsonObject, schema: str) -> JsonObject:
    schemas = as_object(as_object(spec.get("components")).get("schemas"))
    return as_object(as_object(schemas.get(schema)).get("properties"))


def _stream_modes(spec: JsonObject) -> tuple[str, ...]:
    """The values that the OpenAPI file allows for `stream_mode` of a run."""
    for choice in as_list(as_object(_properties(spec, "RunCreateStateful").get("stream_mode")).get("anyOf")):
        item: Json = as_object(choice).get("items", choice)
        if modes := strings_of(as_object(item).get("enum")):
            return modes
    return ()
