"""Answers and events beyond reason are refused in words (RELIABILITY G7)."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib

import httpx
import pytest

from studio_tui.client.api import Client
from studio_tui.client.target import Target
from studio_tui.errors import (
    ProtocolError,
)
from tests.client.mock_server import RUN, THREAD, Once, fixture, talking
from tests.client.raw_server import Connection, raw_server


async def test_an_answer_that_announces_too_much_is_not_read() -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n[")
        await connection.request()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await client.thread(THREAD)
        await client.aclose()


async def endless(connection: Connection, body: bytes, head: str) -> None:
    await connection.request()
    await connection.send(f"HTTP/1.1 200 OK\r\n{head}connection: close\r\n\r\n".encode())
    while True:
        await connection.send(body)


async def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server(lambda connection: endless(connection, b" " * 65_536, "")) as url:
        client = Client(Target(url))
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await client.thread(THREAD)
        await client.aclose()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_an_inflate_bomb_is_refused_without_unfolding(encoding: str) -> None:
    packed = gzip.compress(bytes(64 << 20)) if encoding == "gzip" else zlib.compress(bytes(64 << 20))

    async def handler(connection: Connection) -> None:
        await connection.request()
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {len(packed)}\r\n\r\n"
        await connection.send(head.encode() + packed)

    async with raw_server(handler) as url:
        client = Client(Target(url))
        tracemalloc.start()
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await client.thread(THREAD)
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
        tracemalloc.stop()
        await client.aclose()


async def test_a_compressed_stream_has_a_small_limit_per_event() -> None:
    packed = gzip.compress(b"data: " + bytes(64 << 20))

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream("content-encoding: gzip\r\n")
        await connection.send(packed)

    async with raw_server(handler) as url:
        client = Client(Target(url))
        async with client.join_run(THREAD, RUN) as stream:
            with pytest.raises(ProtocolError, match="larger than 8 MiB"):
                await anext(aiter(stream))
        await client.aclose()


async def test_a_proxy_that_compresses_is_understood_and_other_encodings_are_refused() -> None:
    body = gzip.compress(json.dumps(fixture("py/thread_chat.json")).encode())

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        kind = "gzip" if request.url.path.endswith(THREAD) else "br"
        return httpx.Response(200, headers={"content-encoding": kind}, stream=Once(body))

    async with talking(answer) as talk:
        assert (await talk.client.thread(THREAD)).thread_id
        with pytest.raises(ProtocolError, match="compressed with br"):
            await talk.client.thread(RUN)
