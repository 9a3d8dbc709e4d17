"""Lists and assistants: what each server needs done differently, one promise each (PROTOCOL §1.3, §3)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from studio_tui.domain.ids import default_assistant_id, is_uuid
from studio_tui.domain.server import ServerKind
from studio_tui.errors import (
    NotFoundError,
    UnsupportedError,
)
from tests.client.mock_server import GRAPH_ID, THREAD, fixture, talking, thread_rows

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON
ASSISTANT = default_assistant_id(GRAPH_ID)
AT = f"/threads/{THREAD}"


@pytest.mark.parametrize(
    ("headers", "count", "offset", "following", "total"),
    [
        ({"x-pagination-total": "3", "x-pagination-next": "2"}, 2, 0, 2, None),  # Python, more
        ({"x-pagination-total": "25"}, 1, 24, None, 25),  # Python, last page
        ({"x-pagination-total": "2"}, 2, 0, None, 2),  # Python, full last page
        ({"x-pagination-total": "100000"}, 0, 100_000, None, None),  # Python, beyond the end
        ({"x-pagination-total": "25"}, 2, 0, 2, 25),  # JavaScript
        ({}, 2, 4, 6, None),  # Aegra: a full page may have a successor
        ({}, 1, 4, None, None),
        ({"x-pagination-next": "0"}, 2, 0, None, None),  # never back to where we are
        ({"x-pagination-next": "evil"}, 1, 0, None, None),
    ],
)
async def test_pagination_headers_are_believed_only_as_far_as_they_are_true(
    headers: dict[str, str], count: int, offset: int, following: int | None, total: int | None
) -> None:
    async with talking(lambda _: httpx.Response(200, json=thread_rows(count), headers=headers)) as talk:
        page = await talk.client.threads(limit=2, offset=offset)
    assert (len(page.items), page.next_offset, page.total) == (count, following, total)


async def test_all_assistants_pages_on_and_stops() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        offset = json.loads(request.content)["offset"]
        page = [{"assistant_id": f"a{n}", "graph_id": "g"} for n in range(offset, min(offset + 100, 250))]
        return httpx.Response(200, json=page)

    async with talking(answer, kind=AE) as talk:
        assert len(await talk.client.all_assistants()) == 250
        assert len(talk.requests) == 3
        assert len(await talk.client.all_assistants(cap=150)) == 150


@pytest.mark.parametrize("unreadable", [0, 1])
async def test_a_server_that_ignores_offset_is_not_asked_for_ever(unreadable: int) -> None:
    page: list[Any] = [{"assistant_id": f"a{n}", "graph_id": "g"} for n in range(100 - unreadable)] + [3] * unreadable

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=page if len(talk.requests) < 10 else [])

    async with talking(answer) as talk:
        assert len(await talk.client.all_assistants()) == 100 - unreadable
        assert len(talk.requests) == 2


async def test_a_graph_id_stands_for_its_default_assistant_in_every_path() -> None:
    async with talking(lambda _: httpx.Response(200, json={"assistant_id": ASSISTANT, "graph_id": GRAPH_ID})) as talk:
        await talk.client.assistant(GRAPH_ID)
        await talk.client.graph(GRAPH_ID)
        await talk.client.schemas(GRAPH_ID)
        await talk.client.schemas("../x")
        assert all(f"/assistants/{ASSISTANT}" in path for path in talk.paths()[:3])
        assert f"/assistants/{default_assistant_id('../x')}/schemas" in talk.paths()[3]


@pytest.mark.parametrize("known", [True, False])
async def test_an_unknown_graph_has_no_assistants_on_any_server(known: bool) -> None:
    answer = httpx.Response(200, json=[]) if known else httpx.Response(404, json={"detail": "Graph not found"})
    async with talking(lambda _: answer) as talk:
        assert not (await talk.client.assistants(graph_id="nosuch")).items
        if not known:
            with pytest.raises(NotFoundError):
                await talk.client.assistants()


@pytest.mark.parametrize(
    ("kind", "xray", "sent"),
    [(PY, False, None), (PY, True, "true"), (PY, 2, "2"), (PY, 1, "1"), (PY, 0, None), (AE, 2, "true"), (JS, 3, "3")],
)
async def test_xray_is_spelt_as_the_server_reads_it(kind: ServerKind, xray: bool | int, sent: str | None) -> None:
    async with talking({f"GET /assistants/{ASSISTANT}/graph": fixture("py/graph_nested_xray.json")}, kind=kind) as talk:
        assert (await talk.client.graph(ASSISTANT, xray=xray))["nodes"]
        assert talk.last.url.params.get("xray") == sent


@pytest.mark.parametrize("status", [500, 422, 404, 405])
async def test_schemas_that_the_server_cannot_make_cost_only_the_schemas(status: int) -> None:
    said = "Assistant not found" if status == 404 else "Internal Server Error"
    async with talking(lambda _: httpx.Response(status, text=said)) as talk:
        if status == 404:
            with pytest.raises(NotFoundError):
                await talk.client.schemas(ASSISTANT)
            return
        schemas = await talk.client.schemas(ASSISTANT)
    assert schemas.problem
    assert schemas.effective_input is None


async def test_schemas_of_subgraphs_are_named_by_the_node_that_runs_each() -> None:
    answer = {"outer": {"state_schema": {"title": "O"}}, "outer|inner": {"state": {"title": "I"}}, "": {}, "odd": None}
    async with talking({f"GET /assistants/{ASSISTANT}/subgraphs": answer}) as talk:
        found = await talk.client.subgraphs(ASSISTANT)
        assert talk.last.url.query == b"recurse=true"
    assert {name: item.state for name, item in found.items()} == {
        "outer": {"title": "O"}, "outer:inner": {"title": "I"}, "odd": None,
    }  # fmt: skip


async def test_the_first_schemas_call_of_javascript_may_take_a_minute() -> None:
    async with talking({f"GET /assistants/{ASSISTANT}/schemas": fixture("js/schemas_chat.json")}, kind=JS) as talk:
        assert (await talk.client.schemas(ASSISTANT)).input
        assert talk.last.extensions["timeout"]["read"] >= 60


async def test_updating_an_assistant_always_sends_its_graph() -> None:
    assistant = {"assistant_id": ASSISTANT, "graph_id": GRAPH_ID, "version": 2}
    async with talking(lambda _: httpx.Response(200, json=assistant), kind=AE) as talk:
        assert (await talk.client.update_assistant(ASSISTANT, {"name": "n"})).version == 2
        assert talk.body() == {"name": "n", "graph_id": GRAPH_ID}
        assert [path.split()[0] for path in talk.paths()] == ["GET", "PATCH"]


async def test_versions_are_listed_set_and_deleted() -> None:
    async with talking(
        {
            f"POST /assistants/{ASSISTANT}/versions": fixture("py/assistant_versions.json"),
            f"POST /assistants/{ASSISTANT}/latest": fixture("py/assistant_create.json"),
            f"DELETE /assistants/{ASSISTANT}": httpx.Response(204),
            "POST /assistants": fixture("py/assistant_create.json"),
        }
    ) as talk:
        assert len((await talk.client.assistant_versions(ASSISTANT)).items) > 1
        await talk.client.set_assistant_version(ASSISTANT, 1)
        assert talk.body() == {"version": 1}
        await talk.client.delete_assistant(ASSISTANT, delete_threads=True)
        assert talk.last.url.params["delete_threads"] == "true"
        await talk.client.create_assistant({"graph_id": "g", "name": "n", "context": {"a": 1}})
        sent = dict(talk.body())
        assert is_uuid(sent.pop("assistant_id"))  # chosen here, so that it can be found when the answer is lost
        assert sent == {"graph_id": "g", "name": "n", "context": {"a": 1}}


async def test_where_assistants_are_switched_off_the_graphs_of_the_openapi_file_stand_for_them() -> None:
    spec = {"components": {"schemas": {"AssistantSearchRequest": {"properties": {"graph_id": {"enum": ["agent", 7]}}}}}}
    async with talking({"GET /openapi.json": spec}) as talk:
        (found,) = await talk.client.all_assistants()
        assert (found.graph_id, found.assistant_id, found.is_default) == ("agent", default_assistant_id("agent"), True)
        assert await talk.client.assistant(found.assistant_id) == found
        assert (await talk.client.assistants(graph_id="agent")).items == [found]
        assert (await talk.client.assistants(graph_id="other")).items == []
        with pytest.raises(NotFoundError):
            await talk.client.assistant(default_assistant_id("other"))
        with pytest.raises(UnsupportedError, match="does not show its graphs"):
            await talk.client.graph(found.assistant_id)
        assert "does not show its schemas" in (await talk.client.schemas(found.assistant_id)).problem


async def test_one_missing_assistant_is_not_a_server_without_assistants() -> None:
    async with talking({"POST /assistants/search": [], "GET /openapi.json": {}}) as talk:
        for call in (talk.client.assistant, talk.client.graph, talk.client.schemas):
            with pytest.raises(NotFoundError):
                await call(ASSISTANT)


async def test_where_graph_ids_are_the_ids_of_assistants_paths_use_them() -> None:
    """npm pure-graph lists its graphs under their own names and knows no other id."""
    listed = [{"assistant_id": "agent", "graph_id": "agent"}]
    answers = {"POST /assistants/search": listed, "GET /assistants/agent/graph": {"nodes": [], "edges": []}}
    async with talking(answers, kind=JS) as talk:
        await talk.client.all_assistants()
        await talk.client.graph("agent")
        assert talk.last.url.path == "/assistants/agent/graph"
        with pytest.raises(NotFoundError):
            await talk.client.graph("other")
        assert talk.last.url.path == f"/assistants/{default_assistant_id('other')}/graph"
