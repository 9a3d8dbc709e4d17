"""Endpoints: what each server needs done differently, one promise each (PROTOCOL §22, §23)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from studio_tui.errors import (
    ConflictError,
    ConnectError,
    NotFoundError,
    ProtocolError,
    RejectedError,
    RunFailedError,
    ServerError,
    UnsupportedError,
    UsageError,
)
from studio_tui.model.ids import default_assistant_id
from studio_tui.model.server import ServerKind
from tests.stream.mock_server import CHECKPOINT, GRAPH_ID, RUN, THREAD, fixture, talking

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON
ASSISTANT = default_assistant_id(GRAPH_ID)
AT = f"/threads/{THREAD}"


def rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"thread_id": f"t{number}", "status": "idle"} for number in range(start, start + count)]


# --- pages (pitfall 9: X-Pagination-Total lies) ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "count", "offset", "following", "total"),
    [
        ({"x-pagination-total": "3", "x-pagination-next": "2"}, 2, 0, 2, None),  # Python, more
        ({"x-pagination-total": "25"}, 1, 24, None, 25),  # Python, last page
        ({"x-pagination-total": "2"}, 2, 0, None, 2),  # Python, full last page
        ({"x-pagination-total": "100000"}, 0, 100_000, None, None),  # Python, beyond the end
        ({"x-pagination-total": "25"}, 2, 0, 2, 25),  # JavaScript
        ({"x-pagination-total": "2"}, 2, 0, None, 2),
        ({}, 2, 4, 6, None),  # Aegra: a full page may have a successor
        ({}, 1, 4, None, None),
        ({"x-pagination-next": "0"}, 2, 0, None, None),  # never back to where we are
        ({"x-pagination-next": "evil"}, 1, 0, None, None),
    ],
)
async def test_pagination_headers_are_believed_only_as_far_as_they_are_true(
    headers: dict[str, str], count: int, offset: int, following: int | None, total: int | None
) -> None:
    async with talking(lambda _: httpx.Response(200, json=rows(count), headers=headers)) as talk:
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


async def test_a_server_that_ignores_offset_is_not_asked_for_ever() -> None:
    page = [{"assistant_id": f"a{n}", "graph_id": "g"} for n in range(100)]
    async with talking(lambda _: httpx.Response(200, json=page)) as talk:
        assert len(await talk.client.all_assistants()) == 100
        assert len(talk.requests) == 2


# --- assistants ------------------------------------------------------------------------------------------------------


async def test_a_graph_id_stands_for_its_default_assistant_in_every_path() -> None:
    async with talking(lambda _: httpx.Response(200, json={"assistant_id": ASSISTANT, "graph_id": GRAPH_ID})) as talk:
        await talk.client.assistant(GRAPH_ID)
        await talk.client.graph(GRAPH_ID)
        await talk.client.schemas(GRAPH_ID)
        await talk.client.subgraphs("../x")
        assert all(f"/assistants/{ASSISTANT}" in path for path in talk.paths()[:3])
        assert f"/assistants/{default_assistant_id('../x')}/subgraphs" in talk.paths()[3]


@pytest.mark.parametrize("known", [True, False])
async def test_an_unknown_graph_has_no_assistants_on_any_server(known: bool) -> None:
    answer = httpx.Response(200, json=[]) if known else httpx.Response(404, json={"detail": "Graph not found"})
    async with talking(lambda _: answer) as talk:
        assert (await talk.client.assistants(graph_id="nosuch")).items == []
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
    async with talking(lambda _: httpx.Response(status, text="Internal Server Error")) as talk:
        if status == 404:
            with pytest.raises(NotFoundError):
                await talk.client.schemas(ASSISTANT)
            return
        schemas = await talk.client.schemas(ASSISTANT)
    assert schemas.problem
    assert schemas.effective_input is None


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
        await talk.client.create_assistant("g", name="n", context={"a": 1})
        assert talk.body() == {"graph_id": "g", "name": "n", "context": {"a": 1}}


async def test_graphs_that_authorisation_hides_are_read_from_the_openapi_file() -> None:
    enum = {"properties": {"graph_id": {"enum": ["a", "b", 7]}}}
    spec = {"components": {"schemas": {"AssistantSearchRequest": enum}}}
    async with talking({"GET /openapi.json": spec}) as talk:
        assert await talk.client.graph_ids() == ["a", "b"]
    async with talking({}) as talk:
        assert await talk.client.graph_ids() == []


# --- threads (pitfall 8: never list threads without select) ----------------------------------------------------------


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
            else httpx.Response(200, json=rows(1))
        )

    async with talking(answer) as talk:
        assert len((await talk.client.threads()).items) == 1


@pytest.mark.parametrize(("kind", "limit"), [(AE, 100), (PY, 500), (JS, 500)])
async def test_aegra_is_never_asked_for_more_than_a_hundred_threads(kind: ServerKind, limit: int) -> None:
    async with talking({"POST /threads/search": rows(limit)}, kind=kind) as talk:
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
        assert await talk.client.assistant_count() == count


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


# --- state (pitfall 10: unknown checkpoints give 200) ----------------------------------------------------------------

EMPTY = {"values": {}, "next": [], "tasks": [], "metadata": None, "checkpoint": {"checkpoint_id": CHECKPOINT}}


async def test_an_unknown_checkpoint_is_not_found_although_the_server_says_200() -> None:
    async with talking(lambda _: httpx.Response(200, json=EMPTY)) as talk:
        with pytest.raises(NotFoundError, match=CHECKPOINT[:8]):
            await talk.client.state(THREAD, checkpoint_id=CHECKPOINT)
        with pytest.raises(NotFoundError):
            await talk.client.state(THREAD, checkpoint={"checkpoint_id": CHECKPOINT, "checkpoint_ns": ""})


async def test_a_thread_or_subgraph_that_never_ran_is_an_empty_state_and_no_error() -> None:
    empty = {**EMPTY, "checkpoint": None}
    async with talking(lambda _: httpx.Response(200, json=empty)) as talk:
        assert (await talk.client.state(THREAD)).checkpoint_id is None
        assert (await talk.client.state(THREAD, checkpoint={"checkpoint_ns": "a:1"})).checkpoint_id is None


async def test_states_are_asked_for_in_the_form_that_fits() -> None:
    async with talking(lambda _: httpx.Response(200, json=fixture("py/state_chat.json"))) as talk:
        await talk.client.state(THREAD, subgraphs=True)
        assert str(talk.last.url).endswith("/state?subgraphs=true")
        await talk.client.state(THREAD, checkpoint_id=CHECKPOINT)
        assert talk.last.url.path == f"{AT}/state/{CHECKPOINT}"
        ref = {"checkpoint_id": CHECKPOINT, "checkpoint_ns": "a:1", "checkpoint_map": {"": "x"}}
        await talk.client.state(THREAD, checkpoint=ref, subgraphs=True)
        assert talk.body() == {"checkpoint": ref, "subgraphs": True}


async def test_a_wrong_checkpoint_id_never_orphans_the_head() -> None:
    async with talking(lambda _: httpx.Response(200, json=EMPTY)) as talk:
        with pytest.raises(NotFoundError):
            await talk.client.update_state(THREAD, {"a": 1}, checkpoint={"checkpoint_id": CHECKPOINT})
        assert talk.paths() == [f"POST {AT}/state/checkpoint"]


@pytest.mark.parametrize("answer", [fixture("py/update_state_fork.json"), {"checkpoint": {"checkpoint_id": "c"}},
                                    {"configurable": {"checkpoint_id": "c"}}])  # fmt: skip
async def test_an_update_names_its_checkpoint_on_every_server(answer: dict[str, Any]) -> None:
    async with talking({f"POST {AT}/state": answer}) as talk:
        result: Any = await talk.client.update_state(THREAD, None, as_node="__end__")
        assert result["checkpoint"]["checkpoint_id"]
        assert talk.body() == {"values": None, "as_node": "__end__"}


# --- history (pitfall 9: default limit 1, `before` by GET) -----------------------------------------------------------


def checkpoint(number: int, size: int = 0) -> dict[str, Any]:
    return {"checkpoint": {"checkpoint_id": f"c{number:04d}"}, "metadata": {"step": number}, "values": "x" * size}


@pytest.mark.parametrize("kind", [PY, JS, OLD])
async def test_history_pages_by_get_with_an_explicit_limit(kind: ServerKind) -> None:
    async with talking({f"GET {AT}/history": fixture("py/history_steps.json")}, kind=kind) as talk:
        assert await talk.client.history(THREAD, limit=7, before=CHECKPOINT)
        assert dict(talk.last.url.params) == {"limit": "7", "before": CHECKPOINT}
        await talk.client.history(THREAD)
        assert dict(talk.last.url.params) == {"limit": "25"}


async def test_history_of_aegra_is_sliced_here_because_before_breaks_it() -> None:
    items = [checkpoint(number) for number in range(40, 0, -1)]
    async with talking({f"GET {AT}/history": items}, kind=AE) as talk:
        page = await talk.client.history(THREAD, limit=5, before="c0031")
        assert [item.checkpoint_id for item in page] == ["c0030", "c0029", "c0028", "c0027", "c0026"]
        assert "before" not in talk.last.url.params
        assert int(talk.last.url.params["limit"]) >= 100


@pytest.mark.parametrize(("kind", "cursor"), [(PY, {"configurable": {"checkpoint_id": CHECKPOINT}}), (JS, CHECKPOINT)])
async def test_history_of_a_subgraph_spells_before_as_the_server_reads_it(kind: ServerKind, cursor: Any) -> None:
    async with talking({f"POST {AT}/history": fixture("py/history_subgraph.json")}, kind=kind) as talk:
        ref = {"checkpoint_ns": "level1:871f"}
        page = await talk.client.history(THREAD, checkpoint=ref, before=CHECKPOINT)
        assert page[0].ns
        assert talk.body() == {"checkpoint": ref, "limit": 25, "before": cursor}


async def test_a_history_too_large_for_one_answer_comes_in_pieces() -> None:
    items = [checkpoint(number, 3_000_000) for number in range(10, 0, -1)]

    def answer(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        older = [item for item in items if item["checkpoint"]["checkpoint_id"] < params.get("before", "d")]
        return httpx.Response(200, json=older[: int(params["limit"])])

    async with talking(answer) as talk:
        page = await talk.client.history(THREAD, limit=8)
        assert [item.step for item in page] == [10, 9, 8, 7, 6, 5, 4, 3]
        assert [item.step for item in await talk.client.history(THREAD, limit=25)] == list(range(10, 0, -1))


async def test_one_checkpoint_larger_than_the_limit_is_told() -> None:
    async with talking(lambda _: httpx.Response(200, json=[checkpoint(1, 17 << 20)])) as talk:
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await talk.client.history(THREAD, limit=4)


# --- runs ------------------------------------------------------------------------------------------------------------


def run_row(number: int) -> dict[str, Any]:
    created = f"2026-11-23T05:{number:02d}:00Z"
    return {
        "run_id": f"r{number}",
        "thread_id": THREAD,
        "assistant_id": "a",
        "status": "success",
        "created_at": created,
    }


async def test_runs_are_newest_first_also_on_javascript() -> None:
    oldest_first = [run_row(number) for number in range(30)]

    def javascript(request: httpx.Request) -> httpx.Response:
        start, count = int(request.url.params["offset"]), int(request.url.params["limit"])
        return httpx.Response(200, json=oldest_first[start : start + count])

    async with talking(javascript, kind=JS) as talk:
        assert [run.run_id for run in await talk.client.runs(THREAD, limit=3)] == ["r29", "r28", "r27"]
        assert [run.run_id for run in await talk.client.runs(THREAD, limit=2, offset=3)] == ["r26", "r25"]
    async with talking({f"GET {AT}/runs": oldest_first[:0:-1]}, kind=PY) as talk:
        assert (await talk.client.runs(THREAD, limit=29))[0].run_id == "r29"
        assert dict(talk.last.url.params) == {"limit": "29", "offset": "0"}


async def test_the_kind_of_server_is_asked_for_once_when_it_was_not_probed() -> None:
    async with talking({"GET /info": fixture("js/info.json"), f"GET {AT}/runs": []}, kind=None) as talk:
        await talk.client.runs(THREAD)
        await talk.client.runs(THREAD)
        assert talk.paths() == ["GET /info", f"GET {AT}/runs", f"GET {AT}/runs"]


@pytest.mark.parametrize(("wait", "sent"), [(True, "1"), (False, "0")])
async def test_cancel_says_wait_with_a_digit(wait: bool, sent: str) -> None:
    async with talking({f"POST {AT}/runs/{RUN}/cancel": httpx.Response(202)}) as talk:
        await talk.client.cancel_run(THREAD, RUN, wait=wait, action="rollback")
        assert dict(talk.last.url.params) == {"wait": sent, "action": "rollback"}


async def test_cancelling_a_run_that_ended_is_not_found() -> None:
    body = fixture("py/errors/404_run_cancel.json")["body"]
    async with talking(lambda _: httpx.Response(404, json=body)) as talk:
        with pytest.raises(NotFoundError, match="No runs found to cancel"):
            await talk.client.cancel_run(THREAD, RUN)


async def test_joining_an_unknown_run_is_not_found_although_the_server_says_200() -> None:
    body = {"__error__": {"error": "HTTPException", "message": "404: Run not found"}}
    async with talking(lambda _: httpx.Response(200, json=body)) as talk:
        with pytest.raises(NotFoundError, match="Run not found"):
            await talk.client.join_result(THREAD, RUN)


@pytest.mark.parametrize(
    "error",
    [
        {"error": "ValueError", "message": "boom"},
        {"error": "Error", "message": '{"error":"ValueError","message":"boom"}'},
    ],
)
async def test_200_can_carry_a_failed_run(error: dict[str, str]) -> None:
    async with talking(
        lambda _: httpx.Response(200, content=b"\n\n\n" + json.dumps({"__error__": error}).encode())
    ) as talk:
        with pytest.raises(RunFailedError, match="ValueError") as caught:
            await talk.client.wait_run(THREAD, {})
        assert caught.value.detail == "boom"


async def test_results_come_through_keep_alive_newlines() -> None:
    for path in ("py/wait_ok.json", "py/wait_interrupt.json", "py/wait_breakpoint.json"):
        value = fixture(path)
        async with talking(
            lambda _, value=value: httpx.Response(200, content=b"\n\n" + json.dumps(value).encode())
        ) as talk:
            assert await talk.client.join_result(THREAD, RUN) == value
            assert talk.last.extensions["timeout"]["read"] is None


async def test_a_busy_thread_is_a_conflict_on_every_server() -> None:
    python = fixture("py/multitask_reject_409.json")
    text = "Thread is already running a task. Wait for it to finish or choose a different multitask strategy."
    body = python.get("body", python) if isinstance(python, dict) else python
    for response in (httpx.Response(409, json=body), httpx.Response(422, text=text)):
        async with talking(lambda _, response=response: response) as talk:
            for call in (talk.client.create_run(THREAD, {}), talk.client.stream_run(THREAD, {}).__aenter__()):
                with pytest.raises(ConflictError) as caught:
                    await call
                assert "strategy" in caught.value.hint


async def test_run_paths_and_stateless_runs() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/stream"):
            return httpx.Response(200, headers={"content-type": "text/event-stream"})
        return httpx.Response(200, json=fixture("py/run_create.json"))

    async with talking(answer) as talk:
        await talk.client.create_run(None, {"assistant_id": "x"})
        await talk.client.create_run(THREAD, {"assistant_id": "x"})
        for stream in (talk.client.stream_run(None, {}), talk.client.stream_run(THREAD, {})):
            async with stream:
                pass
        await talk.client.run(THREAD, RUN)
        assert talk.paths() == [
            "POST /runs",
            f"POST {AT}/runs",
            "POST /runs/stream",
            f"POST {AT}/runs/stream",
            f"GET {AT}/runs/{RUN}",
        ]


async def test_a_join_asks_for_the_past_only_with_a_cursor() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"})

    async with talking(answer) as talk:
        async with talk.client.join_run(THREAD, RUN, last_event_id="-1", modes=["updates", "values"]) as stream:
            assert (stream.run_id, stream.thread_id) == (RUN, THREAD)
        assert talk.last.headers["last-event-id"] == "-1"
        assert talk.last.url.params["stream_mode"] == '["updates", "values"]'
        assert "cancel_on_disconnect" not in talk.last.url.params
        async with talk.client.join_run(THREAD, RUN, modes=["updates"]):
            pass
        assert "last-event-id" not in talk.last.headers
        assert talk.last.url.params["stream_mode"] == "updates"
        async with talk.client.join_run(THREAD, RUN):
            pass
        assert talk.last.url.query == b""


@pytest.mark.parametrize(
    "headers",
    [
        {"content-location": f"{AT}/runs/{RUN}", "location": f"{AT}/runs/{RUN}/stream"},
        {"content-location": f"{AT}/runs/{RUN}"},
        {"location": f"{AT}/runs/{RUN}/stream"},
        {"location": f"http://127.0.0.1:2024{AT}/runs/{RUN}/stream"},
    ],
)
async def test_the_run_id_is_taken_from_whichever_header_a_server_sends(headers: dict[str, str]) -> None:
    answer = {**headers, "content-type": "text/event-stream"}
    async with (
        talking(lambda _: httpx.Response(200, headers=answer)) as talk,
        talk.client.stream_run(None, {}) as stream,
    ):
        assert (stream.run_id, stream.thread_id) == (RUN, THREAD)


async def test_the_queue_explains_a_pending_run() -> None:
    async with talking({"GET /metrics": {"queue": {"n_pending": 2}, "workers": {"max": 1}}}) as talk:
        value: Any = await talk.client.queue()
        assert value["queue"]["n_pending"] == 2


# --- store and crons -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "query"), [(PY, "key=k&namespace=users.u1"), (AE, "key=k&namespace=users&namespace=u1")]
)
async def test_store_items_are_found_in_each_spelling(kind: ServerKind, query: str) -> None:
    async with talking({"GET /store/items": fixture("py/store_item.json")}, kind=kind) as talk:
        assert await talk.client.store_get(["users", "u1"], "k")
        assert talk.last.url.query.decode() == query


@pytest.mark.parametrize("response", [httpx.Response(200, text="null"), httpx.Response(404)])
async def test_a_missing_store_item_is_none_on_every_server(response: httpx.Response) -> None:
    async with talking(lambda _: response) as talk:
        assert await talk.client.store_get(["a"], "k") is None


async def test_store_search_always_names_a_prefix() -> None:
    async with talking(
        {
            "POST /store/items/search": fixture("py/store_search.json"),
            "POST /store/namespaces": fixture("py/store_namespaces.json"),
        }
    ) as talk:
        assert await talk.client.store_items()
        assert talk.body()["namespace_prefix"] == []
        assert all(isinstance(item, tuple) for item in await talk.client.store_namespaces(prefix=["users"]))
        assert talk.body()["prefix"] == ["users"]


async def test_store_writes_and_their_labels() -> None:
    async with talking(lambda _: httpx.Response(204)) as talk:
        await talk.client.store_put(["a", "b"], "k", {"v": 1})
        assert talk.body() == {"namespace": ["a", "b"], "key": "k", "value": {"v": 1}}
        await talk.client.store_delete(["a", "b"], "k")
        assert (talk.last.method, talk.body()) == ("DELETE", {"namespace": ["a", "b"], "key": "k"})
        for bad in ([], [""], ["a.b"]):
            with pytest.raises(UsageError):
                await talk.client.store_put(bad, "k", {})
        assert len(talk.requests) == 2


async def test_crons_are_listed_made_changed_and_deleted() -> None:
    cron = fixture("py/cron_create.json")
    async with talking(
        lambda request: httpx.Response(200, json=[cron] if "search" in request.url.path else cron)
    ) as talk:
        assert (await talk.client.crons(assistant_id="steps", thread_id=THREAD))[0]["cron_id"]
        assert "assistant_id" not in talk.body()
        assert talk.body()["thread_id"] == THREAD
        await talk.client.create_cron({"schedule": "* * * * *"})
        await talk.client.create_cron({"schedule": "* * * * *"}, thread_id=THREAD)
        await talk.client.update_cron(THREAD, {"enabled": False})
        await talk.client.delete_cron(THREAD)
        assert talk.paths()[1:] == [
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
            await talk.client.crons()
        assert await talk.client.cron_count() is None


async def test_a_missing_cron_and_a_bad_schedule_stay_what_they_are() -> None:
    async with talking(lambda _: httpx.Response(404)) as talk:
        with pytest.raises(NotFoundError):
            await talk.client.delete_cron(THREAD)
    async with talking(lambda _: httpx.Response(500, text="Internal Server Error")) as talk:
        with pytest.raises(ServerError):
            await talk.client.create_cron({})


# --- who is the server -----------------------------------------------------------------------------------------------

SPEC = {
    "paths": {key: {} for key in ["/threads/{thread_id}/stream", "/threads/prune", "/threads/{thread_id}/storage", "/runs/stream", "/store/items"]},
    "components": {
        "schemas": {
            "RunCreateStateful": {
                "properties": {"stream_mode": {"anyOf": [{"type": "array", "items": {"enum": ["values", "tasks"]}}]}}
            },
            "ThreadSearchRequest": {"properties": {"extract": {}}},
        }
    },
}
BASE: dict[str, Any] = {"POST /assistants/search": [], "POST /threads/count": 0, "POST /assistants/count": 0}
DOCUMENTED = ["crons", "store", "thread_stream", "threads_count", "assistants_count", "prune", "storage", "run_breakpoints", "input_null", "replay", "sticky_checkpoint", "resume_map", "stateless", "join", "tasks_mode", "extract"]


def lacking(answers: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        value = answers.get(f"{request.method} {request.url.path}", httpx.Response(404, json={"detail": "Not Found"}))
        return value if isinstance(value, httpx.Response) else httpx.Response(200, json=value)

    return answer


async def test_the_development_server_has_everything_and_lives_in_memory() -> None:
    answers = {
        **BASE,
        "GET /info": fixture("py/info.json"),
        "GET /openapi.json": SPEC,
        "GET /metrics": {"queue": {"n_pending": 0}, "workers": {}},
        "POST /runs/crons/count": 0,
    }
    async with talking(lacking(answers), kind=None) as talk:
        info = await talk.client.probe()
        assert (info.kind, info.version, info.library_version, info.in_memory) == (PY, "0.16.7", "1.2.22", True)
        assert info.latency is not None
        assert set(info.capabilities) == set(DOCUMENTED)
        lacks = {name for name, capability in info.capabilities.items() if not capability.works}
        assert lacks == {"sticky_checkpoint"}
        assert talk.client.kind is PY


async def test_a_server_with_a_database_is_not_in_memory() -> None:
    answers = {**BASE, "GET /info": fixture("py/info.json"), "GET /metrics": {"queue": {}, "postgres": {"pool_max": 9}}}
    async with talking(lacking(answers)) as talk:
        assert not (await talk.client.probe()).in_memory


@pytest.mark.parametrize(
    ("info", "extra", "kind", "in_memory", "lacks"),
    [
        ("js", {"GET /ok": {"ok": True}}, JS, True, {"crons", "thread_stream", "prune", "storage", "extract"}),
        (
            "aegra",
            {
                "GET /openapi.json": {"paths": {"/store/items": {}}},
                "POST /threads/count": httpx.Response(405),
                "POST /assistants/count": httpx.Response(404),
            },
            AE,
            False,
            {"crons", "thread_stream", "prune", "storage", "stateless", "threads_count", "assistants_count", "run_breakpoints",
             "input_null", "replay", "join", "sticky_checkpoint"},
        ),
        (
            "py-0.0.46",
            {
                "GET /openapi.json": {
                    "paths": {"/store/items": {}, "/runs/stream": {}},
                    "components": {
                        "schemas": {
                            "RunCreateStateful": {"properties": {"stream_mode": {"anyOf": [{"enum": ["values", "debug"]}]}}},
                            "ThreadSearchRequest": {"properties": {"limit": {}}},
                        }
                    },
                },
                "GET /metrics": {"queue": {}},
                "POST /threads/count": httpx.Response(405),
                "POST /assistants/count": httpx.Response(405),
            },
            OLD,
            True,
            {"crons", "thread_stream", "prune", "storage", "threads_count", "assistants_count", "resume_map", "tasks_mode",
             "extract"},
        ),
    ],
)  # fmt: skip
async def test_what_each_server_lacks_is_said_in_words(
    info: str, extra: dict[str, Any], kind: ServerKind, in_memory: bool, lacks: set[str]
) -> None:
    async with talking(lacking({**BASE, "GET /info": fixture(f"{info}/info.json"), **extra}), kind=None) as talk:
        found = await talk.client.probe()
    assert (found.kind, found.in_memory) == (kind, in_memory)
    assert {name for name, capability in found.capabilities.items() if not capability.works} == lacks
    for name, capability in found.capabilities.items():
        sticky = name == "sticky_checkpoint"
        assert bool(capability.reason) == (capability.works if sticky else not capability.works), name


async def test_a_failing_endpoint_costs_that_feature_only() -> None:
    answers = {**BASE, "GET /info": fixture("py/info.json"), "POST /threads/count": httpx.Response(500)}
    async with talking(lacking(answers)) as talk:
        info = await talk.client.probe()
    assert not info.can("threads_count").works
    assert "fails" in info.can("threads_count").reason
    assert info.can("assistants_count").works


async def test_ok_and_health_do_for_servers_without_info() -> None:
    for path, value in (("/ok", {"ok": True}), ("/health", {"status": "healthy"})):
        async with talking(lacking({**BASE, f"GET {path}": value})) as talk:
            assert (await talk.client.probe()).kind is ServerKind.UNKNOWN


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"GET /info": {"app": "something else"}},
        {"GET /info": httpx.Response(200, text="<html>hello</html>")},
        {"GET /info": httpx.Response(200, text="Hello")},
        {"GET /ok": {"ok": True}},
        {"GET /ok": "yes"},
    ],
)
async def test_anything_else_is_not_a_langgraph_server(answers: dict[str, Any]) -> None:
    async with talking(lacking(answers)) as talk:
        with pytest.raises(ConnectError) as caught:
            await talk.client.probe()
    assert "not a LangGraph server" in caught.value.title or "web page" in caught.value.title
    assert caught.value.hint


@pytest.mark.parametrize("status", [401, 403])
async def test_info_and_ok_do_not_prove_the_key(status: int) -> None:
    from studio_tui.errors import AuthError

    answers = {
        "GET /info": fixture("py/info.json"),
        "POST /assistants/search": httpx.Response(status, json={"detail": "no"}),
    }
    async with talking(lacking(answers)) as talk:
        with pytest.raises(AuthError):
            await talk.client.probe()


async def test_the_probe_works_in_read_only_mode() -> None:
    async with talking(lacking({**BASE, "GET /info": fixture("py/info.json")}), readonly=True) as talk:
        assert (await talk.client.probe()).kind is PY
