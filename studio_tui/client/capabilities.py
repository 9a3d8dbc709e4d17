"""The capability table of a server: what works, and in words why the rest does not."""

from __future__ import annotations

import asyncio
from uuid import UUID

from studio_tui.client.http import Http
from studio_tui.client.identity import Shown, is_no_route
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.server import Capability, CapabilityName
from studio_tui.errors import AuthError, NotFoundError, RejectedError, StudioError, UnsupportedError
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_strings
from studio_tui.wire.decode import has_flag

_YES = Capability(True)
_NOBODY = UUID(int=0)
"""The id of a thing that no server has: whether a path exists shows in how it says so."""
_EVENTS = "text/event-stream"

_ROUTES: dict[CapabilityName, str] = {
    "thread_stream": "/threads/{thread_id}/stream",
    "prune": "/threads/prune",
    "copy": "/threads/{thread_id}/copy",
    "storage": "/threads/{thread_id}/storage",
    "stateless": "/runs/stream",
    "store": "/store/items",
}
"""Of each feature the path that an OpenAPI file names."""
_NAMES: dict[CapabilityName, str] = {
    "assistants": "list and manage assistants",
    "threads": "keep threads",
    "runs": "run on a thread",
    "thread_stream": "follow a thread across runs",
    "prune": "delete several threads at once",
    "copy": "copy a thread",
    "storage": "tell how much a thread stores",
    "stateless": "run without a thread",
    "store": "keep long-term memory",
    "threads_count": "count threads",
    "assistants_count": "count assistants",
    "crons": "run on a schedule",
    "run_breakpoints": "stop a run at breakpoints",
}
_UNSTEERED: dict[CapabilityName, str] = {
    "run_breakpoints": "This server ignores breakpoints of a run; only those compiled into the graph stop it.",
    "input_null": "This server refuses to continue a run without input; answer the interrupt instead.",
    "replay": "This server starts a new turn instead of replaying from a checkpoint.",
    "join": "This server repeats and mixes up events when a running run is joined; its state is polled instead.",
}
_OLD = "This server is too old to stream tasks; debug is used instead."


async def asked_of(http: Http) -> dict[str, Capability]:
    """What any server can be asked, whoever it is."""
    asked = await asyncio.gather(
        _answers(http, "/threads/count", "threads_count"),
        _answers(http, "/assistants/count", "assistants_count"),
        _searches(http, "/assistants/search", "assistants"),
        _searches(http, "/threads/search", "threads"),
        _searches(http, "/store/namespaces", "store"),
        _exists(http, f"/threads/{_NOBODY}/runs/{_NOBODY}", "runs"),
    )
    names: tuple[CapabilityName, ...] = (
        "threads_count", "assistants_count", "assistants", "threads", "store", "runs",
    )  # fmt: skip
    return dict(zip(names, asked, strict=True))


async def described_of(http: Http, shown: Shown, dialect: Dialect) -> dict[str, Capability]:
    """What the OpenAPI file tells, or is to be guessed where there is none."""
    found = await _routes(http, shown, dialect)
    found.update(_behaviours(shown, dialect))
    return found


async def _routes(http: Http, shown: Shown, dialect: Dialect) -> dict[str, Capability]:
    """What the OpenAPI file lists, or without one what can be asked for without changing anything."""
    if shown.paths:
        found: dict[str, Capability] = {
            name: _YES if path in shown.paths else _lacks(name) for name, path in _ROUTES.items()
        }
        # The file also lists what an operator has switched off: there, what answers decides.
        if found["store"].works:
            del found["store"]
        if found["stateless"].works and not await _is_post_route(http, "/runs/stream"):
            found["stateless"] = _lacks("stateless")
        return found
    streams = dialect.heartbeats and await _streams(http, f"/threads/{_NOBODY}/stream")
    storage = await _exists(http, f"/threads/{_NOBODY}/storage", "storage")
    return {
        "thread_stream": _YES if streams else _lacks("thread_stream"),
        "prune": _lacks("prune"),
        "copy": _YES,
        "storage": storage,
        "stateless": _YES,
    }


async def crons_of(http: Http, raw: JsonObject) -> Capability:
    if has_flag(raw, "crons") is False:
        return _lacks("crons")
    return await _answers(http, "/runs/crons/count", "crons")


async def _answers(http: Http, path: str, name: CapabilityName) -> Capability:
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


async def _searches(http: Http, path: str, name: CapabilityName) -> Capability:
    """Whether one can search there. Only a missing route is a proof; a key that may not is told elsewhere."""
    try:
        await http.searched(path)
    except (NotFoundError, UnsupportedError):
        return _lacks(name)
    except StudioError:
        return _YES
    return _YES


async def _exists(http: Http, path: str, name: CapabilityName) -> Capability:
    """Whether a GET route exists: it knows what it does not find."""
    try:
        await http.request("GET", path)
    except StudioError as error:
        return _lacks(name) if is_no_route(error) else _YES
    return _YES


async def _is_post_route(http: Http, path: str) -> bool:
    """Whether a route exists that takes POST only: asked with GET, Python servers answer 405 for it, else 404."""
    try:
        return (await http.look(path)).status != 404
    except StudioError:
        return True


async def _streams(http: Http, path: str) -> bool:
    try:
        answer = await http.look(path, accept=_EVENTS, limit=0)
    except StudioError:
        return False
    return answer.status < 300 and _EVENTS in answer.headers.get("content-type", "")


def steered(dialect: Dialect) -> dict[str, Capability]:
    """What a server of this dialect lets others do to its runs."""
    found: dict[str, Capability] = {
        name: _YES if dialect.steerable else Capability(False, why) for name, why in _UNSTEERED.items()
    }
    one = dialect.one_answer
    found["resume_map"] = Capability(False, "This server takes one answer at a time.") if one else _YES
    return found


def _behaviours(shown: Shown, dialect: Dialect) -> dict[str, Capability]:
    """What no single route shows: from the fields of requests, else as the dialect says."""
    found = steered(dialect)
    run = shown.properties("RunCreateStateful") or shown.properties("RunCreate")
    if run and "interrupt_before" not in run:
        found["run_breakpoints"] = _lacks("run_breakpoints")
    modes = _stream_modes(run)
    found["tasks_mode"] = Capability(False, _OLD) if modes and "tasks" not in modes else _YES
    extracts = "extract" in shown.properties("ThreadSearchRequest")
    no_columns = "This server cannot pick values out of threads for a list."
    found["extract"] = _YES if extracts else Capability(False, no_columns)
    return found


def _lacks(name: CapabilityName) -> Capability:
    return Capability(False, f"This server cannot {_NAMES[name]}.")


def _stream_modes(run: JsonObject) -> tuple[str, ...]:
    """The values that the OpenAPI file allows for `stream_mode` of a run."""
    for choice in as_list(as_object(run.get("stream_mode")).get("anyOf")):
        item: Json = as_object(choice).get("items", choice)
        if modes := as_strings(as_object(item).get("enum")):
            return modes
    return ()
