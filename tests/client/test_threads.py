"""Threads: what each server needs done differently, one promise each (PROTOCOL §4)."""

from __future__ import annotations

import json

import httpx
import pytest

from studio_tui.domain.ids import default_assistant_id
from studio_tui.domain.server import ServerKind
from studio_tui.errors import (
    ConflictError,
    NotFoundError,
    RejectedError,
    UnsupportedError,
)
from tests.client.mock_server import GRAPH_ID, THREAD, fixture, talking, thread_rows

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON
ASSISTANT = default_assistant_id(GRAPH_ID)
AT = f"/threads/{THREAD}"


async def test_threads_are_never_listed_with_their_values() -> None:
    async with talking({"POST /threads/search": fixture("py/threads_search.json")}) as talk:
        page = await talk.client.threads(status="idle", metadata={"a": 1}, ids=[THREAD])
        assert page.items
        body = talk.body()
        assert "values" not in body["select"]
        assert body["select"]
        assert (body["status"], body["metadata"], body["ids"]) == ("idle", {"a": 1}, [THREAD])
        assert (body["sort_by"], body["sort_order"]) == ("updated_at", "desc")


async def test_a_server_that_refuses_select_is_asked_without() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        refused = "select" in json.loads(request.content)
        return (
            httpx.Response(422, json={"detail": "unknown field select"})
            if refused
            else httpx.Response(200, json=thread_rows(1))
        )

    async with talking(answer) as talk:
        assert len((await talk.client.threads()).items) == 1


@pytest.mark.parametrize(("kind", "limit"), [(AE, 100), (PY, 500), (JS, 500)])
async def test_aegra_is_never_asked_for_more_than_a_hundred_threads(kind: ServerKind, limit: int) -> None:
    async with talking({"POST /threads/search": thread_rows(limit)}, kind=kind) as talk:
        page = await talk.client.threads(limit=500)
        assert talk.body()["limit"] == limit
        assert page.next_offset == limit


@pytest.mark.parametrize(
    ("response", "count"),
    [
        (httpx.Response(200, text="7"), 7),
        (httpx.Response(404), None),
        (httpx.Response(405), None),
        (httpx.Response(200, text='"7"'), None),
    ],
)
async def test_counts_are_none_where_the_server_cannot_count(response: httpx.Response, count: int | None) -> None:
    async with talking(lambda _: response) as talk:
        assert await talk.client.thread_count() == count


async def test_201_can_be_a_failure() -> None:
    body = fixture("py/errors/201_supersteps_partial.json")["body"]
    async with talking(lambda _: httpx.Response(201, json=body)) as talk:
        with pytest.raises(RejectedError, match="but not its history"):
            await talk.client.create_thread(supersteps=[{"updates": []}])


async def test_a_thread_is_made_once_with_what_was_given() -> None:
    async with talking({"POST /threads": fixture("py/thread_create.json")}) as talk:
        await talk.client.create_thread(thread_id=THREAD, metadata={"a": 1}, if_exists="do_nothing")
        assert talk.body() == {"thread_id": THREAD, "metadata": {"a": 1}, "if_exists": "do_nothing"}


async def test_copying_an_unknown_thread_is_not_found_everywhere() -> None:
    async with talking({f"POST {AT}/copy": httpx.Response(409, json={"detail": "Conflict"})}) as talk:
        with pytest.raises(NotFoundError):
            await talk.client.copy_thread(THREAD)
    async with talking(
        {
            f"POST {AT}/copy": httpx.Response(409, json={"detail": "Conflict"}),
            f"GET {AT}": fixture("py/thread_chat.json"),
        }
    ) as talk:
        with pytest.raises(ConflictError):
            await talk.client.copy_thread(THREAD)


@pytest.mark.parametrize("response", [httpx.Response(204), httpx.Response(200, json={"status": "deleted"})])
async def test_deleting_a_thread_is_understood_on_every_server(response: httpx.Response) -> None:
    async with talking({f"DELETE {AT}": response}) as talk:
        await talk.client.delete_thread(THREAD)


async def test_patching_a_thread_returns_it_also_when_the_answer_is_empty() -> None:
    async with talking({f"PATCH {AT}": httpx.Response(204), f"GET {AT}": fixture("py/thread_chat.json")}) as talk:
        assert (await talk.client.patch_thread(THREAD, {"title": "x"})).thread_id
        assert talk.body(0) == {"metadata": {"title": "x"}}


async def test_storage_and_prune() -> None:
    async with talking(
        {f"GET {AT}/storage": fixture("py/thread_storage.json"), "POST /threads/prune": {"pruned_count": 1}}
    ) as talk:
        assert (await talk.client.thread_storage(THREAD))["total_bytes"]
        assert await talk.client.prune_threads([THREAD]) == 1


async def test_a_server_without_a_copy_route_is_told_apart_from_a_thread_that_is_gone() -> None:
    for said, kind in (("Not Found", UnsupportedError), ("Thread with ID 1 not found", NotFoundError)):
        answers = {f"POST {AT}/copy": httpx.Response(404, json={"detail": said}), "POST /threads/search": []}
        async with talking(answers) as talk:
            with pytest.raises(kind):
                await talk.client.copy_thread(THREAD)
