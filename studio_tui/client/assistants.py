"""Endpoints of assistants: lists, versions, graph and schemas."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from uuid import uuid4

from studio_tui.client.endpoints import Endpoints, given, holds, page_of, required
from studio_tui.client.identity import is_no_route, optional
from studio_tui.client.paths import assistant_segment, segment
from studio_tui.client.sure import is_gone, once
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.ids import NodeId, default_assistant_id, is_uuid
from studio_tui.errors import (
    ConnectError,
    NotFoundError,
    ProtocolError,
    RejectedError,
    ServerError,
    UnsupportedError,
)
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str, as_strings
from studio_tui.wire.decode import assistant_of, schemas_of, subgraphs_of
from studio_tui.wire.page import Page

SCHEMA_TIMEOUT = 60.0
"""Seconds; JavaScript servers extract types on the first call."""
_PAGE = 100
_MOST_NAMED = 2000
_OFF = "Its assistants' routes are switched off."
_OFF_HINT = "Runs and threads work all the same; the graph is drawn from what runs show."


class AssistantEndpoints(Endpoints):
    """Calls about assistants. Where a path needs an id, a graph id stands for its default assistant.

    Operators can switch the assistants' routes off; then the graphs that the OpenAPI file names stand for them.
    """

    _switched_off: bool | None = None
    """Whether the routes are missing, once that is known."""
    _named: frozenset[str] = frozenset()
    """Ids that the server lists and that are no UUIDs: those of servers whose assistants are their graphs."""

    async def assistants(
        self,
        *,
        graph_id: str = "",
        limit: int = _PAGE,
        offset: int = 0,
        metadata: JsonObject | None = None,
        name: str = "",
    ) -> Page[Assistant]:
        """Return one page, newest first; an unknown graph id has none."""
        body = given(limit=limit, offset=offset, graph_id=graph_id or None, metadata=metadata, name=name or None)
        try:
            answer = await self.http.request("POST", "/assistants/search", body=body)
        except NotFoundError as error:
            if is_no_route(error):
                self._switched_off = True
                return Page([item for item in await self._graphs() if graph_id in ("", item.graph_id)][offset:])
            if graph_id:
                return Page()
            raise
        self._switched_off = False
        page = page_of(answer, assistant_of, limit=limit, offset=offset)
        named = {str(item.assistant_id) for item in page.items if not is_uuid(item.assistant_id)}
        self._named = frozenset(sorted(self._named | named)[:_MOST_NAMED])
        return page

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        """Return every assistant from place `start` of the server's list on, at most `cap`."""
        found: dict[str, Assistant] = {}
        offset: int | None = start
        while offset is not None and len(found) < cap:
            page = await self.assistants(limit=_PAGE, offset=offset)
            before = len(found)
            found.update((item.assistant_id, item) for item in page.items)
            if len(found) == before:
                break  # a server that ignores `offset` would repeat its first page for ever
            offset = page.next_offset
        return list(found.values())[:cap]

    async def assistant(self, assistant_id: str) -> Assistant:
        """Return one assistant; NotFoundError."""
        try:
            value = await self.get_object(f"/assistants/{self._segment(assistant_id)}")
        except NotFoundError as error:
            named = await self._graphs() if is_no_route(error) and await self._is_off() else []
            wanted = (item for item in named if assistant_id in (item.assistant_id, item.graph_id))
            if (found := next(wanted, None)) is None:
                raise
            return found
        return required(assistant_of(value), "assistant")

    def _segment(self, assistant_id: str) -> str:
        """The assistant in a path: its id, or of a graph the id of its default, unless the server lists graph ids."""
        return segment(assistant_id, "assistant") if assistant_id in self._named else assistant_segment(assistant_id)

    async def _is_off(self) -> bool:
        """Whether this server has no assistants' routes at all; a bare 404 does not tell."""
        if self._switched_off is None:
            await self.assistants(limit=1)
        return self._switched_off is True

    async def _graphs(self) -> list[Assistant]:
        """The default assistants of the graphs that the OpenAPI file names; their ids follow from the names."""
        rows: list[JsonObject] = [
            {
                "assistant_id": default_assistant_id(name),
                "graph_id": name,
                "name": name,
                "metadata": {"created_by": "system"},
            }
            for name in await self._graph_ids()
        ]
        return [item for item in map(assistant_of, rows) if item is not None]

    async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        """Return the topology as the server describes it; `xray` expands subgraphs, wholly or to a depth."""
        query: dict[str, str] = {}
        if xray:
            whole = xray is True or not (await self.dialect()).xray_depths
            query["xray"] = "true" if whole else str(int(xray))
        path = f"/assistants/{self._segment(assistant_id)}/graph"
        try:
            return await self.get_object(path, query=query, timeout=SCHEMA_TIMEOUT)
        except NotFoundError as error:
            if is_no_route(error) and await self._is_off():
                raise UnsupportedError("This server does not show its graphs", _OFF, _OFF_HINT) from None
            raise

    async def schemas(self, assistant_id: str) -> Schemas:
        """Return the schemas; where the server fails at them, `problem` says why and the rest is empty."""
        path = f"/assistants/{self._segment(assistant_id)}/schemas"
        try:
            return schemas_of(await self._schemas_answer(path))
        except (ServerError, RejectedError, ProtocolError, UnsupportedError, ConnectError) as error:
            return Schemas(problem=f"The server gives no schemas: {error}")

    async def subgraphs(self, assistant_id: str) -> dict[NodeId, Schemas]:
        """Return the schemas of all subgraphs, those inside others too, by the node that runs each."""
        path = f"/assistants/{self._segment(assistant_id)}/subgraphs"
        return subgraphs_of(await self._schemas_answer(path, {"recurse": "true"}))

    async def _schemas_answer(self, path: str, query: Mapping[str, str] | None = None) -> JsonObject:
        """Ask twice where servers give up extracting types after a while: on a busy machine the second try is fast."""
        try:
            return await self.get_object(path, query=query, timeout=SCHEMA_TIMEOUT)
        except NotFoundError as error:
            if is_no_route(error) and await self._is_off():
                raise UnsupportedError("This server does not show its schemas", _OFF) from None
            raise
        except ServerError:
            if not (await self.dialect()).slow_schemas:
                raise
        return await self.get_object(path, query=query, timeout=SCHEMA_TIMEOUT)

    async def assistant_versions(self, assistant_id: str, *, limit: int = 100, offset: int = 0) -> Page[Assistant]:
        """Return the versions of an assistant, newest first."""
        path = f"/assistants/{self._segment(assistant_id)}/versions"
        answer = await self.http.request("POST", path, body={"limit": limit, "offset": offset})
        return page_of(answer, assistant_of, limit=limit, offset=offset)

    async def create_assistant(self, body: JsonObject) -> Assistant:
        """Create an assistant of a graph (`graph_id`, with the fields of one); ConflictError when the id is taken."""
        body = {"assistant_id": str(uuid4()), **body}  # chosen here, so that it can be found when the answer is lost

        async def send() -> Assistant:
            answer = await self.http.request("POST", "/assistants", body=body)
            return required(assistant_of(answer.json()), "assistant")

        async def look() -> Assistant | None:
            with suppress(NotFoundError):
                return await self.assistant(as_str(body["assistant_id"]))
            return None

        return await once(send, look)

    async def update_assistant(self, assistant_id: str, changes: JsonObject) -> Assistant:
        """Make a new version with `changes` (any fields of create); what is not given stays as it is."""
        body: dict[str, Json] = dict(changes)
        if not body.get("graph_id"):  # Aegra would reset it to a graph called "agent"
            body["graph_id"] = (await self.assistant(assistant_id)).graph_id
        path = f"/assistants/{self._segment(assistant_id)}"

        async def send() -> Assistant:
            return required(assistant_of((await self.http.request("PATCH", path, body=body)).json()), "assistant")

        async def look() -> Assistant | None:
            now = await self.assistant(assistant_id)
            return now if holds(now.raw, body) else None

        return await once(send, look)

    async def set_assistant_version(self, assistant_id: str, version: int) -> Assistant:
        """Make `version` the current one; NotFoundError when there is no such version."""
        path = f"/assistants/{self._segment(assistant_id)}/latest"

        async def send() -> Assistant:
            answer = await self.http.request("POST", path, body={"version": version})
            return required(assistant_of(answer.json()), "assistant")

        async def look() -> Assistant | None:
            now = await self.assistant(assistant_id)
            return now if now.version == version else None

        return await once(send, look)

    async def delete_assistant(self, assistant_id: str, *, delete_threads: bool = False) -> None:
        """Delete an assistant with all its versions, and its threads when asked."""
        query = {"delete_threads": "true"} if delete_threads else None

        async def send() -> bool:
            await self.http.request("DELETE", f"/assistants/{self._segment(assistant_id)}", query=query)
            return True

        await once(send, lambda: is_gone(lambda: self.assistant(assistant_id)))

    async def _graph_ids(self) -> tuple[str, ...]:
        """The graphs that the OpenAPI file names: authorisation may hide the default assistants."""
        return _graph_enum(await optional(self.http, "/openapi.json") or {})


def _graph_enum(spec: JsonObject) -> tuple[str, ...]:
    node = as_object(as_object(spec.get("components")).get("schemas"))
    for key in ("AssistantSearchRequest", "properties", "graph_id"):
        node = as_object(node.get(key))
    return tuple(name for name in as_strings(node.get("enum")) if as_str(name))
