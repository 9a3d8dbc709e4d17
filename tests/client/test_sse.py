"""Server-sent events, as they come out behind the guard, against the specification."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterable
from itertools import chain, pairwise, repeat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.client.event_reader import EVENT_LIMIT, EventReader
from studio_tui.client.event_reader import Told as Event
from studio_tui.errors import ProtocolError
from tests.paths import FIXTURES


def decode(data: bytes, *cuts: int) -> list[Event]:
    """Decode `data` cut at the given places."""
    edges = [0, *sorted(cuts), len(data)]
    return read([data[start:end] for start, end in pairwise(edges)])[0]


def read(pieces: Iterable[bytes], limit: int = EVENT_LIMIT) -> tuple[list[Event], EventReader]:
    """Read a stream that comes in `pieces`."""
    reader = EventReader(limit)
    events = [event for piece in pieces for event in reader.feed(piece)]
    return events + reader.end(), reader


def reference(data: bytes) -> list[Event]:
    """The specification read aloud, on the whole text at once (HTML, "interpreting an event stream").

    One rule is ours: an event without any data is none. No server sends one on purpose.
    """
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found: list[Event] = []
    kind, buffer, last_id = "", "", ""
    for line in text.split("\n")[:-1]:
        if line == "":
            if buffer[:-1] != "":
                found.append((kind or "message", buffer[:-1], last_id))
            kind, buffer = "", ""
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
            last_id = value
    return found


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\n", [("message", "a", "")]),
        (b"event: updates\r\ndata: {}\r\nid: 1-0\r\n\r\n", [("updates", "{}", "1-0")]),
        (b"data: a\rdata: b\r\r", [("message", "a\nb", "")]),
        (b"\xef\xbb\xbfdata: a\n\n", [("message", "a", "")]),
        (b"data:a\ndata:  b\n\n", [("message", "a\n b", "")]),
        (b"data\n\n", []),
        (b"data\ndata\n\n", [("message", "\n", "")]),
        (b"event: x\n\ndata: a\n\n", [("message", "a", "")]),
        (b": heartbeat\n\n: heartbeat\n\n", []),
        (b"id: 7\n\n: heartbeat\n\ndata: a\n\n", [("message", "a", "7")]),
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
    assert [data for _, data, _ in whole] == ["{\n😀}", "b"]
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


LAYOUTS = (
    "event: {0}\ndata: {1}\nid: {2}\n\n",
    "event: {0}\ndata: {1}\n\n",
    "id: {2}\nevent: {0}\ndata: {1}\n\n",
)
ODD = (
    ": heartbeat\n\n", "id:\n\n", "event: x\n\n", "data: a\ndata: b\n\n", "event: e\ndata: d\nid: 7\nretry: 1\n\n",
    "event: e\nevent: f\ndata: d\n\n", "data: alone\n\n", "id: 9\n\n",
    "event:e\ndata:d\nid:8\n\n", "x: y\n: c\nz: \n\n", "\n",
)  # fmt: skip


@settings(max_examples=400)
@given(
    st.sampled_from(LAYOUTS),
    st.lists(
        st.tuples(
            st.sampled_from(["tasks", "values|a:1", "", " ", "ü"]),
            st.sampled_from(["{}", "[1]", "", " x", "ü€", "\u2028", "\x85\x0b", "a\rb", "\r", "\0", ": "]),
            st.sampled_from(["1-0", "2-0", "", " 3", "4\0", "\r"]),
            st.sampled_from(["", "", "", *ODD]),
        ),
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n", "\r", "mixed"]),
    st.lists(st.integers(0, 400), max_size=3),
)
def test_events_that_are_all_written_alike_are_read_as_any_others(
    layout: str, told: list[tuple[str, str, str, str]], end: str, cuts: list[int]
) -> None:
    text = "".join(layout.format(*fields) + odd for *fields, odd in told)
    if end == "mixed":
        text = "".join(line + ("\r\n" if number % 3 else "\n") for number, line in enumerate(text.split("\n")[:-1]))
    else:
        text = text.replace("\n", end)
    data = text.encode()
    assert decode(data, *(cut % (len(data) + 1) for cut in cuts)) == reference(data)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*.sse")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_recorded_streams_survive_any_chunking(path: Path) -> None:
    data = path.read_bytes()
    expected = reference(data)
    assert decode(data) == expected
    assert decode(data, *range(0, len(data), 7)) == expected


def test_heartbeats_are_counted_wherever_the_stream_is_cut() -> None:
    data = b'id: 4\r\n\r\n: beat\r\n\r\ndata: {"a":1}\r\n\r\n: beat\r\n\r\n'
    for cut in range(len(data)):
        events, reader = read([data[:cut], data[cut:]])
        assert ([wire_id for _, _, wire_id in events], reader.heartbeats) == (["4"], 2), cut


def test_sixteen_megabytes_in_small_pieces_take_linear_time() -> None:
    def seconds(size: int) -> float:
        started = time.process_time()
        ((_, data, _),), _ = read([b"data: ", *[b"x" * 4096] * (size // 4096), b"\n\n"])
        assert len(data) == size
        return time.process_time() - started

    seconds(1 << 20)
    small, large = min(seconds(2 << 20) for _ in range(3)), seconds(16 << 20)
    assert large < max(small, 0.005) * 8 * 6


@pytest.mark.parametrize("start", [b"data: ", b": ", b"data: a\ndata: "])
def test_an_endless_event_is_refused_in_words(start: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(ProtocolError, match="larger than 1 MiB") as caught:
        read(chain([start], repeat(b"x" * 65_536, 10_000)), limit=1 << 20)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
    assert caught.value.hint


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_many_small_events_never_reach_the_limit(end: bytes) -> None:
    block = b": heartbeat" + end * 2 + b"data: 0123456789" + end * 2
    stream = block * 500
    pieces = [stream[start : start + 7] for start in range(0, len(stream), 7)]
    assert len(read(pieces, limit=1000)[0]) == 500


def test_events_that_are_written_alike_have_the_newest_id_that_counts() -> None:
    first, second = "event: a\ndata: 1\nid: 1\n\n", "event: a\ndata: 2\nid: 2\0\n\n"
    for text in (first + second, first + "event: a\ndata: 2\n\n"):
        for pieces in ([text], [first, text.removeprefix(first)]):
            events, _ = read([piece.encode() for piece in pieces])
            assert events == [("a", "1", "1"), ("a", "2", "1")]
