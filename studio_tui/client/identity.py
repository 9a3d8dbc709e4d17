"""Who the server is and how it speaks, from what it shows: `/info`, its OpenAPI file, the way it says "not found".

Nothing is decided by a server's name where it shows the thing itself; versions count only where nothing else does.
"""

from __future__ import annotations

import re
from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.client.http import Http
from studio_tui.domain.dialect import FAMILIES, Dialect
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.errors import AuthError, ConnectError, NotFoundError, ProtocolError, StudioError, UnsupportedError
from studio_tui.jsonkit.received import text_of
from studio_tui.jsonkit.value import Json, JsonObject, as_object, is_object
from studio_tui.wire.decode import server_info_of

_NOWHERE = "/studio-tui-route-check"
"""A path that no server has: how it says so tells its family."""
_V0_10 = (0, 10)
_REUSES, _ASKS_AGAIN = (1, 0), (1, 2)
"""Libraries that were seen to use an old answer again when a checkpoint is replayed, and to ask again."""
_NUMBERS = re.compile(r"(\d{1,9})\.(\d{1,9})")


class Shown(Struct, frozen=True):
    """What a server showed of itself."""

    SCHEMAS: ClassVar[tuple[str, ...]] = ("RunCreateStateful", "RunCreate", "ThreadSearchRequest")
    """All whose fields tell something."""

    info: ServerInfo
    spec: JsonObject = field(default_factory=dict)
    """Its OpenAPI file, empty without one."""

    @property
    def paths(self) -> JsonObject:
        """The routes of the OpenAPI file. Servers leave switched-off ones in, so only their absence is a proof."""
        return as_object(self.spec.get("paths"))

    def properties(self, schema: str) -> JsonObject:
        """The fields of a schema of the OpenAPI file."""
        schemas = as_object(as_object(self.spec.get("components")).get("schemas"))
        return as_object(as_object(schemas.get(schema)).get("properties"))


async def identify(http: Http) -> ServerInfo:
    """Return who answers, without capabilities. Raises ConnectError when it is no LangGraph server, AuthError."""
    info = await _from_health(http)
    if info is None:
        # Servers without /info exist (switched off, or never built): what they serve must tell.
        await check_key(http)
        info = ServerInfo(http.target.base_url)
    if info.kind is ServerKind.UNKNOWN:
        info = replace(info, kind=await _family(http))
    return info


async def dialect_of(http: Http) -> Dialect:
    """Return how a server speaks that was not probed; the usual way when it does not tell. ConnectError, AuthError."""
    try:
        info = await identify(http)
    except (ConnectError, AuthError):
        raise
    except StudioError:
        return FAMILIES[ServerKind.UNKNOWN]
    spec = await optional(http, "/openapi.json") if not FAMILIES[info.kind].steerable else None
    return spoken(Shown(info, spec or {}))


def spoken(shown: Shown) -> Dialect:
    """Return the dialect: the family's, with what this very server showed."""
    dialect = FAMILIES[shown.info.kind]
    if not dialect.steerable and _steers(shown):
        dialect = replace(
            dialect, steerable=True, resumes_breakpoints=False, head_with_null_input=True, pages_history=True,
            keeps_streams=True,
        )  # fmt: skip
    library = _version(shown.info.library_version)
    if shown.info.kind is ServerKind.PYTHON and library < _ASKS_AGAIN:
        dialect = replace(dialect, asks_again=False if library <= _REUSES else None)
    run = shown.properties("RunCreateStateful") or shown.properties("RunCreate")
    if run:
        known = dialect.takes_durability and ("durability" in run or "checkpoint_during" not in run)
        dialect = replace(dialect, takes_durability=known)
        if "context" not in run:
            dialect = replace(dialect, takes_context=False, mirrors_context=False)
    return dialect


def _steers(shown: Shown) -> bool:
    """Whether an Aegra server can be steered from outside: breakpoints of a run, runs from a checkpoint, joining."""
    if shown.paths:
        return "/threads/{thread_id}/commands" in shown.paths or "checkpoint_id" in shown.properties("RunCreate")
    return _version(shown.info.version) >= _V0_10


def _version(text: str) -> tuple[int, int]:
    match = _NUMBERS.match(text)
    return (int(match.group(1)), int(match.group(2))) if match is not None else (0, 0)


async def optional(http: Http, path: str, query: dict[str, str] | None = None) -> JsonObject | None:
    """Return the object that a path answers with, None when there is none."""
    try:
        value = (await http.request("GET", path, query=query)).json()
    except StudioError:
        return None
    return value if is_object(value) else None


async def openapi(http: Http) -> JsonObject:
    """Return the OpenAPI file, empty where there is none. ConnectError when the server cannot be reached."""
    try:
        return as_object((await http.request("GET", "/openapi.json")).json())
    except ConnectError:
        raise
    except StudioError:
        return {}


def is_no_route(error: StudioError) -> bool:
    """Whether an error says that the path itself is unknown, not only the thing that it names."""
    return isinstance(error, UnsupportedError) or (isinstance(error, NotFoundError) and not error.said)


async def check_key(http: Http) -> None:
    """Make one authorised request: the health endpoints are open to everyone. AuthError, ConnectError."""
    if not await _serves_langgraph(http):
        raise stranger(http)


async def _serves_langgraph(http: Http) -> bool:
    """Whether assistants or threads can be searched there; a search that fails counts. AuthError, ConnectError."""
    for path in ("/assistants/search", "/threads/search"):
        try:
            (await http.searched(path)).records()
        except (NotFoundError, UnsupportedError, ProtocolError):
            continue
        except (AuthError, ConnectError):
            raise
        except StudioError:
            pass  # it failed, but it is there and did not refuse us
        return True
    return False


def stranger(http: Http) -> ConnectError:
    """Return the error for something that is no LangGraph server."""
    return ConnectError(
        f"{http.target.host} is not a LangGraph server",
        f"Something answers at {http.target.base_url}, but not as a LangGraph server.",
        "Check port and path of the server URL; `langgraph dev` prints the right one (it moves when its port is busy).",
    )


async def _from_health(http: Http) -> ServerInfo | None:
    """Ask `/info`, then what older and other servers answer; None when none of it is there."""
    for path in ("/info", "/ok", "/health"):
        try:
            answer = await http.request("GET", path)
            value = answer.json()
        except ProtocolError:
            if path == "/info":
                raise stranger(http) from None
            continue
        except (NotFoundError, UnsupportedError):
            continue
        if path == "/info" and is_object(value):
            info = server_info_of(value, http.target.base_url)
            if info.kind is not ServerKind.UNKNOWN:
                return replace(info, latency=answer.seconds)
        elif _is_alive(value):
            return ServerInfo(http.target.base_url, latency=answer.seconds, raw=as_object(value))
    return None


def _is_alive(value: Json) -> bool:
    answer = as_object(value)
    return answer.get("ok") is True or answer.get("status") in ("ok", "healthy")


async def _family(http: Http) -> ServerKind:
    """Tell the family of a server that does not name itself by how it answers for a path that does not exist."""
    try:
        answer = await http.look(_NOWHERE)
    except StudioError:
        return ServerKind.UNKNOWN
    if answer.status != 404:
        return ServerKind.UNKNOWN
    is_json = "json" in answer.headers.get("content-type", "")
    if "uvicorn" in answer.headers.get("server", ""):
        return ServerKind.PYTHON if is_json else ServerKind.OLD_PYTHON
    # A plain sentence is how the JavaScript servers say it; anything else (a gateway's page) says nothing.
    plain = text_of(answer.body[:40]).strip() in ("Not Found", "404 Not Found")
    return ServerKind.JAVASCRIPT if plain and not is_json else ServerKind.UNKNOWN
