"""Runs: order, cancelling, joining, results that are failures (PROTOCOL §6, §13, §14)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from studio_tui.domain.ids import default_assistant_id
from studio_tui.domain.server import ServerKind
from studio_tui.errors import (
    ConflictError,
    NotFoundError,
    RunFailedError,
)
from tests.client.mock_server import GRAPH_ID, RUN, THREAD, fixture, talking

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON
ASSISTANT = default_assistant_id(GRAPH_ID)
AT = f"/threads/{THREAD}"


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


async def test_cancel_says_wait_with_a_digit() -> None:
    async with talking({f"POST {AT}/runs/{RUN}/cancel": httpx.Response(202)}) as talk:
        await talk.client.cancel_run(THREAD, RUN, action="rollback")
        assert dict(talk.last.url.params) == {"wait": "0", "action": "rollback"}


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
            await talk.client.join_result(THREAD, RUN)
        assert caught.value.detail == "boom"


def answering(status: int, body: bytes) -> Callable[[httpx.Request], httpx.Response]:
    """The same answer to every request."""
    return lambda _: httpx.Response(status, content=body)


async def test_results_come_through_keep_alive_newlines() -> None:
    for path in ("py/wait_ok.json", "py/wait_interrupt.json", "py/wait_breakpoint.json"):
        value = fixture(path)
        async with talking(answering(200, b"\n\n" + json.dumps(value).encode())) as talk:
            assert await talk.client.join_result(THREAD, RUN) == value
            assert talk.last.extensions["timeout"]["read"] is None


async def test_a_busy_thread_is_a_conflict_on_every_server() -> None:
    python = fixture("py/multitask_reject_409.json")
    text = "Thread is already running a task. Wait for it to finish or choose a different multitask strategy."
    body = python.get("body", python) if isinstance(python, dict) else python
    for answer in (answering(409, json.dumps(body).encode()), answering(422, text.encode())):
        async with talking(answer) as talk:
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
        async with talk.client.join_run(THREAD, RUN, last_event_id="-1") as stream:
            assert (stream.run_id, stream.thread_id) == (RUN, THREAD)
        assert talk.last.headers["last-event-id"] == "-1"
        async with talk.client.join_run(THREAD, RUN):
            pass
        assert "last-event-id" not in talk.last.headers
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


async def test_the_location_of_a_stateless_run_is_dead_and_not_offered() -> None:
    headers = {
        "content-location": f"/runs/{RUN}",
        "location": f"/runs/{RUN}/stream",
        "content-type": "text/event-stream",
    }
    async with (
        talking(lambda _: httpx.Response(200, headers=headers)) as talk,
        talk.client.stream_run(None, {}) as stream,
    ):
        assert (stream.run_id, stream.thread_id) == (RUN, None)


async def test_the_queue_explains_a_pending_run() -> None:
    async with talking({"GET /metrics": {"queue": {"n_pending": 2}, "workers": {"max": 1}}}) as talk:
        value: Any = await talk.client.queue()
        assert value["queue"]["n_pending"] == 2
