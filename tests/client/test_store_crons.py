"""Store and crons in the spelling of each server (PROTOCOL §15, §16)."""

from __future__ import annotations

import httpx
import pytest

from studio_tui.domain.ids import default_assistant_id
from studio_tui.domain.server import ServerKind
from studio_tui.errors import (
    NotFoundError,
    ServerError,
    UnsupportedError,
    UsageError,
)
from tests.client.mock_server import GRAPH_ID, THREAD, fixture, talking

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON
ASSISTANT = default_assistant_id(GRAPH_ID)
AT = f"/threads/{THREAD}"


@pytest.mark.parametrize(
    ("kind", "query"), [(PY, "key=k&namespace=users.u1"), (AE, "key=k&namespace=users&namespace=u1")]
)
async def test_store_items_are_found_in_each_spelling(kind: ServerKind, query: str) -> None:
    async with talking({"GET /store/items": fixture("py/store_item.json")}, kind=kind) as talk:
        assert await talk.store.store_get(["users", "u1"], "k")
        assert talk.last.url.query.decode() == query


@pytest.mark.parametrize("response", [httpx.Response(200, text="null"), httpx.Response(404)])
async def test_a_missing_store_item_is_none_on_every_server(response: httpx.Response) -> None:
    async with talking(lambda _: response) as talk:
        assert await talk.store.store_get(["a"], "k") is None


async def test_store_search_always_names_a_prefix() -> None:
    async with talking(
        {
            "POST /store/items/search": fixture("py/store_search.json"),
            "POST /store/namespaces": fixture("py/store_namespaces.json"),
        }
    ) as talk:
        assert await talk.store.store_items()
        assert talk.body()["namespace_prefix"] == []
        assert all(isinstance(item, tuple) for item in await talk.store.store_namespaces())


async def test_store_writes_and_their_labels() -> None:
    async with talking(lambda _: httpx.Response(204)) as talk:
        await talk.store.store_put(["a", "b"], "k", {"v": 1})
        assert talk.body() == {"namespace": ["a", "b"], "key": "k", "value": {"v": 1}}
        await talk.store.store_delete(["a", "b"], "k")
        assert (talk.last.method, talk.body()) == ("DELETE", {"namespace": ["a", "b"], "key": "k"})
        for bad in ([], [""], ["a.b"]):
            with pytest.raises(UsageError):
                await talk.store.store_put(bad, "k", {})
        assert len(talk.requests) == 2


async def test_crons_are_listed_made_changed_and_deleted() -> None:
    cron = fixture("py/cron_create.json")
    async with talking(
        lambda request: httpx.Response(200, json=[cron] if "search" in request.url.path else cron)
    ) as talk:
        assert (await talk.crons.crons())[0]["cron_id"]
        await talk.crons.create_cron({"schedule": "* * * * *"})
        await talk.crons.create_cron({"schedule": "* * * * *"}, thread_id=THREAD)
        await talk.crons.update_cron(THREAD, {"enabled": False})
        await talk.crons.delete_cron(THREAD)
        assert [path for path in talk.paths() if "search" not in path] == [
            "POST /runs/crons",
            f"POST {AT}/runs/crons",
            f"PATCH /runs/crons/{THREAD}",
            f"DELETE /runs/crons/{THREAD}",
        ]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(404),
        httpx.Response(403, text="licence"),
        httpx.Response(405),
        httpx.Response(500, text="Not implemented"),
        httpx.Response(400, text="Not implemented"),
    ],
)
async def test_a_server_without_crons_says_so(response: httpx.Response) -> None:
    async with talking(lambda _: response) as talk:
        with pytest.raises(UnsupportedError):
            await talk.crons.crons()


async def test_a_missing_cron_and_a_bad_schedule_stay_what_they_are() -> None:
    async with talking(lambda _: httpx.Response(404)) as talk:
        with pytest.raises(NotFoundError):
            await talk.crons.delete_cron(THREAD)
    async with talking(lambda _: httpx.Response(500, text="Internal Server Error")) as talk:
        with pytest.raises(ServerError):
            await talk.crons.create_cron({})
