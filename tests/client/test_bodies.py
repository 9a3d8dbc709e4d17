"""Bodies and the HTTP log: tolerant reading, exact sending, every request reported (RELIABILITY G5)."""

from __future__ import annotations

import json
from typing import Any

import httpcore
import httpx
import pytest

from studio_tui.client import answer, sending
from studio_tui.errors import (
    NotFoundError,
    ProtocolError,
    RejectedError,
)
from studio_tui.text.sanitize import is_safe
from tests.client.mock_server import RUN, THREAD, Once, fixture, talking


async def test_every_request_is_reported_once_with_its_figures() -> None:
    async with talking({"POST /threads/search": []}) as talk:
        await talk.client.threads()
        with pytest.raises(NotFoundError):
            await talk.client.thread(THREAD)
        first, second = talk.exchanges
    assert (first.method, first.url, first.status) == ("POST", "http://127.0.0.1:2024/threads/search", 200)
    assert (first.sent, first.received, first.response_head) == (len(talk.requests[0].content), 2, "[]")
    assert json.loads(first.request_body)["limit"] == 50
    assert first.seconds is not None
    assert (second.seq, second.status) == (first.seq + 1, 404)
    assert "Not found" in second.error


async def test_a_stream_is_reported_when_it_opens_and_when_it_ends() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Once(b"data: 1\n\n"))

    async with talking(answer) as talk:
        async with talk.client.stream_run(THREAD, {"assistant_id": "x"}) as stream:
            assert [frame.data async for frame in stream] == ["1"]
        opened, ended = talk.exchanges
    assert opened.seq == ended.seq
    assert (opened.received, ended.received) == (0, 9)


async def test_every_post_carries_a_body() -> None:
    async with talking(lambda _: httpx.Response(200, json=fixture("py/thread_chat.json"))) as talk:
        await talk.client.copy_thread(THREAD)
        await talk.client.cancel_run(THREAD, RUN)
        writes = [request for request in talk.requests if "search" not in request.url.path]
        assert [request.content for request in writes] == [b"{}", b"{}"]


async def test_lone_surrogates_and_big_integers_are_sent_unharmed() -> None:
    async with talking({f"POST /threads/{THREAD}/state": {"checkpoint": {}}}) as talk:
        await talk.client.update_state(THREAD, {"a": "\ud800", "n": 2**70})
        assert talk.body()["values"] == {"a": "\ud800", "n": 2**70}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_what_no_json_can_hold_is_refused_before_sending(value: float) -> None:
    async with talking({}) as talk:
        with pytest.raises(RejectedError, match="cannot be sent"):
            await talk.client.update_state(THREAD, {"a": value})
        assert talk.requests == []


async def test_numbers_and_damaged_bytes_are_read_tolerantly() -> None:
    body = (
        b'\xef\xbb\xbf{"n":18446744073709551617,"x":NaN,"s":"\\ud800","t":"\xff","c":"a\x01b","big":'
        + b"9" * 5000
        + b"}"
    )
    async with talking(lambda _: httpx.Response(200, content=body)) as talk:
        value: Any = (await talk.client.http.request("GET", "/x")).json()
    assert value["n"] == 18446744073709551617
    assert value["x"] != value["x"]
    assert (value["s"], value["t"], value["c"]) == ("\ud800", "\ufffd", "a\x01b")
    assert value["big"] == "9" * 5000


@pytest.mark.parametrize("before", [b"", b'{"n":' + b"9" * 5000 + b',"a":'])
async def test_hopeless_nesting_is_an_error_and_no_crash(before: bytes) -> None:
    async with talking(lambda _: httpx.Response(200, content=before + b'{"a":' * 100_000)) as talk:
        with pytest.raises(ProtocolError, match="nested too deeply"):
            await talk.client.thread(THREAD)


@pytest.mark.parametrize(
    "poison",
    [
        b"[" * 5000 + b"]" * 5000,
        b'{"thread_id":"x","metadata":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b'{"thread_id": nonsense}',
        b"null",
        b"7",
        b'"text, with [brackets} and \\"quotes\\""',
        b'{"no_id":1}',
        b'{"thread_id":{"a":1}}',
        b'{"thread_id":"\\ud800\xff","status":5,"metadata":[1],"interrupts":"x","created_at":1e400}',
        b"{}",
    ],
)
async def test_one_poisoned_record_never_hides_the_others(poison: bytes) -> None:
    rows = [json.dumps({"thread_id": f"t{n}", "status": "idle", "metadata": {}}).encode() for n in range(19)]
    body = b"[" + b",".join([*rows[:7], poison, *rows[7:]]) + b"]"
    async with talking(lambda _: httpx.Response(200, content=body)) as talk:
        page = await talk.client.threads(limit=20)
    assert [item.thread_id for item in page.items if item.thread_id.startswith("t")] == [f"t{n}" for n in range(19)]
    assert len(page.items) + len(page.problems) == 20
    assert all(is_safe(problem) for problem in page.problems)
    assert page.next_offset == 20


def test_limits_are_what_the_words_say() -> None:
    assert answer.RESPONSE_LIMIT == 16 << 20


async def test_a_large_answer_is_taken_from_its_socket_in_large_pieces() -> None:
    asked: set[int] = set()

    class Stream(httpcore.AsyncMockStream):
        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            asked.add(max_bytes)
            return await super().read(max_bytes, timeout)

    class Network(httpcore.AsyncMockBackend):
        async def connect_tcp(self, *_given: Any, **_more: Any) -> httpcore.AsyncNetworkStream:
            return Stream([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"{}"])

    async with httpcore.AsyncConnectionPool(network_backend=Network([])) as pool:
        got = await pool.request("GET", "http://server.invalid/")
    assert (got.content, asked) == (b"{}", {sending._READ_BYTES})
