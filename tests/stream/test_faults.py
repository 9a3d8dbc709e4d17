"""Reads are tried once more, writes go out once, a lost answer is told as unknown (RELIABILITY G14)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from studio_tui.client.api import Client, Target
from studio_tui.errors import (
    ConnectError,
)
from tests.stream.mock_server import THREAD, fixture
from tests.stream.raw_server import Connection, raw_server


async def test_a_read_is_tried_once_more_on_a_fresh_connection_after_a_reset() -> None:
    requests: list[int] = []

    async def handler(connection: Connection) -> None:
        while True:
            await connection.request()
            requests.append(connection.number)
            if len(requests) == 2:
                return connection.reset()
            await connection.json('{"ok":true}')

    async with raw_server(handler) as url:
        client = Client(Target(url))
        await client.http.request("GET", "/ok")
        await client.http.request("GET", "/ok")
        await client.aclose()
    assert requests == [0, 0, 1]


async def test_a_read_is_not_tried_for_ever() -> None:
    requests: list[str] = []

    async def handler(connection: Connection) -> None:
        requests.append((await connection.request())[0])
        connection.reset()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ConnectError, match="broke") as caught:
            await client.threads()
        assert not caught.value.ambiguous
        await client.aclose()
    assert len(requests) == 2


@pytest.mark.parametrize("fault", ["reset", "close", "cut"])
@pytest.mark.parametrize("call", ["create_run", "update_state", "delete_thread", "stream_run"])
async def test_a_write_whose_answer_is_lost_is_sent_once_and_told_as_unknown(fault: str, call: str) -> None:
    requests: list[str] = []

    async def handler(connection: Connection) -> None:
        requests.append((await connection.request())[0])
        if fault == "reset":
            connection.reset()
        elif fault == "cut" and call != "stream_run":
            await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")

    async with raw_server(handler) as url:
        client = Client(Target(url))
        calls: dict[str, Any] = {
            "create_run": lambda: client.create_run(THREAD, {}),
            "update_state": lambda: client.update_state(THREAD, {"a": 1}),
            "delete_thread": lambda: client.delete_thread(THREAD),
            "stream_run": lambda: client.stream_run(THREAD, {}).__aenter__(),
        }
        with pytest.raises(ConnectError, match="may have been carried out") as caught:
            await calls[call]()
        assert caught.value.ambiguous
        await client.aclose()
    assert len(requests) == 1


async def test_a_write_never_uses_a_connection_that_was_used_before() -> None:
    numbers: list[int] = []

    async def handler(connection: Connection) -> None:
        while True:
            line, _, _ = await connection.request()
            numbers.append(connection.number)
            await connection.json(
                json.dumps(fixture("py/run_create.json" if "/runs" in line else "py/thread_chat.json"))
            )

    async with raw_server(handler) as url:
        client = Client(Target(url))
        await client.thread(THREAD)
        await client.create_run(THREAD, {})
        await client.create_run(THREAD, {})
        await client.thread(THREAD)
        await client.aclose()
    assert numbers == [0, 1, 2, 0]


async def test_a_refused_connection_is_never_an_ambiguous_write() -> None:
    async with raw_server(lambda _: asyncio.sleep(0)) as url:
        pass
    client = Client(Target(url))
    with pytest.raises(ConnectError, match="Nothing listens") as caught:
        await client.create_run(THREAD, {})
    assert not caught.value.ambiguous
    assert "langgraph dev" in caught.value.hint
    await client.aclose()
