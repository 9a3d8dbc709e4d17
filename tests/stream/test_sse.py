"""The decoder of server-sent events against the specification, and the stream of a run over real sockets."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.client.api import Client, Target
from studio_tui.client.sse import Event, SseDecoder
from studio_tui.errors import ConnectError, NotFoundError, ProtocolError
from tests.stream.mock_server import FIXTURES, RUN, THREAD
from tests.stream.raw_server import Connection, raw_server


def decode(data: bytes, *cuts: int) -> list[Event]:
    """Decode `data` cut at the given places."""
    decoder = SseDecoder()
    edges = [0, *sorted(cuts), len(data)]
    return [event for start, end in pairwise(edges) for event in decoder.feed(data[start:end])]


def reference(data: bytes) -> list[Event]:
    """The specification read aloud, on the whole text at once (HTML, "interpreting an event stream")."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found: list[Event] = []
    kind, buffer, own_id = "", "", ""
    for line in text.split("\n")[:-1]:
        if line == "":
            if buffer != "":
                found.append(Event(kind or "message", buffer[:-1], own_id))
            kind, buffer, own_id = "", "", ""
            continue
        if line[0] == ":":
            continue
        name, colon, value = line.partition(":")
        if colon and value[:1] == " ":
            value = value[1:]
        if name == "event":
            kind = value
        elif name == "data":
            buffer += value + "\n"
        elif name == "id" and "\x00" not in value:
            own_id = value
    return found


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\n", [("message", "a", "")]),
        (b"event: updates\r\ndata: {}\r\nid: 1-0\r\n\r\n", [("updates", "{}", "1-0")]),
        (b"data: a\rdata: b\r\r", [("message", "a\nb", "")]),
        (b"\xef\xbb\xbfdata: a\n\n", [("message", "a", "")]),
        (b"data:a\ndata:  b\n\n", [("message", "a\n b", "")]),
        (b"data\n\n", [("message", "", "")]),
        (b"data\ndata\n\n", [("message", "\n", "")]),
        (b"event: x\n\ndata: a\n\n", [("message", "a", "")]),
        (b": heartbeat\n\n: heartbeat\n\n", []),
        (b"id: 7\n\n: heartbeat\n\ndata: a\n\n", [("message", "a", "")]),
        (b"data: a\nid: b\0c\n\n", [("message", "a", "")]),
        (b"data: a\n\ndata: unfinished", [("message", "a", "")]),
        (b"data: a\n\ndata: unfinished\n", [("message", "a", "")]),
        (b"foo: x\ndata: a\nretry: 10\n\n", [("message", "a", "")]),
        ("data: ü€😀\n\n".encode(), [("message", "ü€😀", "")]),
        (b"data: \xff\xfe\n\n", [("message", "\ufffd\ufffd", "")]),
        (b"data: a\x85b\xe2\x80\xa8c\x0bd\n\n", [("message", "a\ufffdb\u2028c\x0bd", "")]),
        (b"data: null\n\n", [("message", "null", "")]),
        (b"\n\n\n", []),
        (b"", []),
    ],
)
def test_events_are_what_the_specification_says(data: bytes, events: list[tuple[str, str, str]]) -> None:
    assert decode(data) == events
    assert reference(data) == events


def test_every_split_of_every_byte_gives_the_same_events() -> None:
    data = "\ufeffevent: updates|ä:1\r\ndata: {\r\ndata: 😀}\rid: 5\r\r\n: beat\r\n\r\ndata: b\n\ndata: lost".encode()
    whole = decode(data)
    assert [event.data for event in whole] == ["{\n😀}", "b"]
    for cut in range(len(data)):
        assert decode(data, cut) == whole, cut
    assert decode(data, *range(len(data))) == whole


_LINES = st.lists(
    st.sampled_from(
        [
            *(b"data", b"data:", b"data: x", b"data:ab:c", b"event: e", b"event:", b"id: 1", b"id:", b"id: \0", b":c"),
            *(b"", b"", b"", b"retry: 5", b"x", b" data: x", b"data: \xc3"),
        ]
    ),
    max_size=30,
)


@settings(max_examples=600, deadline=None)
@given(
    lines=_LINES,
    ends=st.lists(st.sampled_from([b"\n", b"\r", b"\r\n"]), min_size=30, max_size=30),
    cuts=st.lists(st.integers(0, 400), max_size=12),
    bom=st.booleans(),
    complete=st.booleans(),
)
def test_random_streams_agree_with_a_reference(
    lines: list[bytes], ends: list[bytes], cuts: list[int], bom: bool, complete: bool
) -> None:
    data = b"\xef\xbb\xbf" * bom + b"".join(line + end for line, end in zip(lines, ends, strict=False))
    data = data if complete else data[:-1]
    # A stream cut between CR and LF shows the CR alone, which ends a line all the same.
    assert decode(data, *(cut for cut in cuts if cut < len(data))) == reference(data)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*.sse")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_recorded_streams_survive_any_chunking(path: Path) -> None:
    data = path.read_bytes()
    expected = reference(data)
    assert decode(data) == expected
    assert decode(data, *range(0, len(data), 7)) == expected


def test_last_event_id_and_retry_are_kept_apart_from_events() -> None:
    decoder = SseDecoder()
    decoder.feed(b"id: 4\nretry: 1500\n\n: beat\n\ndata: x\n\n")
    assert (decoder.last_event_id, decoder.retry_ms, decoder.comments) == ("4", 1500, 1)


def test_sixteen_megabytes_in_small_pieces_take_linear_time() -> None:
    def seconds(size: int) -> float:
        decoder = SseDecoder()
        piece = b"x" * 4096
        started = time.process_time()
        decoder.feed(b"data: ")
        for _ in range(size // len(piece)):
            assert decoder.feed(piece) == []
        (event,) = decoder.feed(b"\n\n")
        assert len(event.data) == size
        return time.process_time() - started

    seconds(1 << 20)
    small, large = min(seconds(2 << 20) for _ in range(3)), seconds(16 << 20)
    assert large < max(small, 0.005) * 8 * 6


@pytest.mark.parametrize("start", [b"data: ", b": ", b"data: a\ndata: "])
def test_an_endless_event_is_refused_in_words(start: bytes) -> None:
    decoder = SseDecoder(limit=1 << 20)
    decoder.feed(start)
    tracemalloc.start()

    def endless() -> None:
        for _ in range(10_000):
            decoder.feed(b"x" * 65_536)

    with pytest.raises(ProtocolError, match="larger than 1 MiB") as caught:
        endless()
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
    assert caught.value.hint


def test_many_small_events_never_reach_the_limit() -> None:
    decoder = SseDecoder(limit=1000)
    for _ in range(500):
        assert len(decoder.feed(b": heartbeat\n\ndata: 0123456789\n\n")) == 1


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
    assert found == [(0, "message", "1", "a"), (1, "e", "2", "")]


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
            assert stream.location == f"/threads/{THREAD}/runs/{RUN}/stream"
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
            assert (stream.run_id, stream.location) == (None, "")
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
