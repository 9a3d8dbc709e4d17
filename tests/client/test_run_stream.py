"""The stream of a run over real sockets: where it is, how it ends, what is an error."""

from __future__ import annotations

import asyncio

import pytest

from studio_tui.client.api import Client
from studio_tui.client.target import Target
from studio_tui.errors import ConnectError, NotFoundError
from tests.client.mock_server import RUN, THREAD
from tests.client.raw_server import Connection, raw_server


async def stream_of(
    *pieces: bytes, extra: str = "", wait: asyncio.Event | None = None
) -> list[tuple[int, str, str, str]]:
    """What a client sees of a stream sent in these pieces."""

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream(extra)
        for piece in pieces:
            await connection.send(piece)

    async with raw_server(handler) as url:
        client = Client(Target(url))
        async with client.stream_run(THREAD, {"assistant_id": "x"}) as stream:
            found = [(frame.seq, frame.event, frame.data, frame.id) async for frame in stream]
        await client.aclose()
        return found


async def test_frames_are_counted_and_heartbeats_are_not_yielded() -> None:
    found = await stream_of(
        b": heartbeat\r\n\r\ndata: 1\r", b"\nid: a\r\n\r\n: heartbeat\r\n\r\n", b"event: e\ndata: 2\n\n"
    )
    assert found == [(0, "message", "1", "a"), (1, "e", "2", "a")]


async def test_an_unfinished_event_at_the_end_is_not_dispatched() -> None:
    assert await stream_of(b"data: 1\n\nevent: updates\ndata: {}\n") == [(0, "message", "1", "")]


async def test_the_run_is_known_from_the_headers_before_any_event() -> None:
    release = asyncio.Event()

    async def handler(connection: Connection) -> None:
        await connection.request()
        place = f"/threads/{THREAD}/runs/{RUN}"
        await connection.event_stream(f"content-location: {place}\r\nlocation: {place}/stream\r\n")
        await release.wait()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        async with client.stream_run(None, {"assistant_id": "x"}) as stream:
            assert (stream.thread_id, stream.run_id) == (THREAD, RUN)
            release.set()
        await client.aclose()


@pytest.mark.parametrize(
    "place", ["http://evil.example/threads/{t}/runs/{r}/stream", "//evil.example/threads/{t}/runs/{r}"]
)
async def test_a_location_at_another_origin_is_ignored(place: str) -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream(f"location: {place.format(t=THREAD, r=RUN)}\r\n")

    async with raw_server(handler) as url:
        client = Client(Target(url))
        async with client.stream_run(THREAD, {}) as stream:
            assert stream.run_id is None
        await client.aclose()


@pytest.mark.parametrize("how", ["reset", "cut"])
async def test_a_broken_connection_is_an_error_and_not_an_end(how: str) -> None:
    got = asyncio.Event()

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream("transfer-encoding: chunked\r\n" if how == "cut" else "")
        await connection.send(b"9\r\ndata: 1\n\n\r\n" if how == "cut" else b"data: 1\n\n")
        await got.wait()
        if how == "reset":
            connection.reset()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        frames: list[str] = []

        async def follow() -> None:
            async with client.join_run(THREAD, RUN, last_event_id="-1") as stream:
                async for frame in stream:
                    frames.append(frame.data)
                    got.set()

        with pytest.raises(ConnectError) as caught:
            await follow()
        assert frames == ["1"]
        assert not caught.value.ambiguous
        await client.aclose()


async def test_heartbeats_keep_the_stream_alive_in_last_byte_at() -> None:
    beat, more = asyncio.Event(), asyncio.Event()

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream()
        await beat.wait()
        await connection.send(b": heartbeat\r\n\r\n")
        await more.wait()
        await connection.send(b"data: 1\n\n")

    async with raw_server(handler) as url:
        client = Client(Target(url))
        async with client.join_run(THREAD, RUN) as stream:
            opened = stream.last_byte_at
            reading = asyncio.ensure_future(anext(aiter(stream)))
            beat.set()
            while stream.heartbeats == 0:
                await asyncio.wait({reading}, timeout=0.01)
            assert stream.last_byte_at > opened
            assert not reading.done()
            more.set()
            assert (await reading).data == "1"
        await client.aclose()


async def test_an_error_before_the_stream_is_an_error_of_its_kind() -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.json('{"detail":"Thread or assistant not found."}', "404 Not Found")

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(NotFoundError, match="Thread or assistant not found"):
            await client.stream_run(THREAD, {}).__aenter__()
        await client.aclose()


async def test_a_web_page_is_not_a_stream() -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        body = b"<html>log in</html>"
        await connection.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        )

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ConnectError, match="web page"):
            await client.stream_run(THREAD, {}).__aenter__()
        await client.aclose()


async def test_leaving_the_stream_early_closes_the_socket() -> None:
    gone = asyncio.Event()

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream()
        await connection.send(b"data: 1\n\n")
        try:
            await connection.request()
        except (EOFError, ConnectionError):
            gone.set()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        async with client.stream_run(THREAD, {}) as stream:
            async for _ in stream:
                break
        await asyncio.wait_for(gone.wait(), 5)
        await client.aclose()


@pytest.mark.parametrize("beats", [True, False])
async def test_a_buffered_stream_is_told_from_one_with_heartbeats(beats: bool) -> None:
    seen: list[str] = []

    async def handler(connection: Connection) -> None:
        seen.append((await connection.request())[0])
        await connection.event_stream()
        if beats:
            await connection.send(b": heartbeat\r\n\r\n")
        await connection.request()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        assert await client.heartbeat(THREAD, within=20 if beats else 0.1) is beats
        await client.aclose()
    assert seen == [f"GET /threads/{THREAD}/stream?stream_modes=lifecycle%2Cstate_update HTTP/1.1"]


async def test_a_stream_that_ends_at_once_has_no_heartbeat() -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        assert await client.heartbeat(THREAD, within=20) is False
        await client.aclose()


async def test_a_stream_that_breaks_while_waiting_for_a_heartbeat_is_an_error() -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream("transfer-encoding: chunked\r\n")

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ConnectError):
            await client.heartbeat(THREAD, within=20)
        await client.aclose()
