"""The decoder of server-sent events against the specification."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.client.sse import Event, SseDecoder
from studio_tui.errors import ProtocolError
from tests.stream.mock_server import FIXTURES


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
