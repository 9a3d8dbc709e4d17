"""Reads recorded streams for tests, independently of the client: bytes in any pieces to frames, by the SSE rules."""

from __future__ import annotations

import codecs
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from msgspec import Struct

from studio_tui.core.runstate.fold import reduce
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, as_object
from studio_tui.wire.events import Event, RunClosed
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.paths import FIXTURES

SERVERS = ("py", "js", "js-1.5.1", "aegra", "aegra-0.11.0", "py-0.5.42", "py-0.0.46")
T0 = 1_700_000_000.0
"""Arrival of the first frame; each later one comes 10 ms after the one before."""


class SseReader:
    """Incremental decoder of the event stream format: CR, LF or CRLF, comments, several data lines."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._event = ""
        self._data: list[str] = []
        self._id = ""
        self._seq = 0

    def feed(self, piece: bytes) -> Iterator[Frame]:
        """Yield the frames that end in `piece`."""
        self._rest += self._decoder.decode(piece)
        while True:
            ends = [index for index in (self._rest.find("\n"), self._rest.find("\r")) if index >= 0]
            if not ends:
                return
            end = min(ends)
            if self._rest[end] == "\r" and end + 1 == len(self._rest):
                return  # a line feed may follow in the next piece
            line, size = self._rest[:end], 2 if self._rest[end : end + 2] == "\r\n" else 1
            self._rest = self._rest[end + size :]
            yield from self._line(line)

    def _line(self, line: str) -> Iterator[Frame]:
        if not line:
            if self._event or self._data:
                yield Frame(self._seq, T0 + self._seq / 100, self._event, "\n".join(self._data), self._id)
                self._seq += 1
            self._event, self._data, self._id = "", [], ""
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value


def read_frames(path: Path, cuts: Sequence[int] = ()) -> list[Frame]:
    """Return the frames of a recording, read in pieces that end at the offsets `cuts`."""
    raw = path.read_bytes()
    if not raw.endswith((b"\n\n", b"\r\n\r\n")):
        raw += b"\n\n"
    reader = SseReader()
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    return [frame for start, end in itertools.pairwise(edges) for frame in reader.feed(raw[start:end])]


def parse_all(frames: Iterable[Frame]) -> list[Event]:
    """Return all events of `frames`, in order, by one parser."""
    parser = Parser()
    return [event for frame in frames for event in parser.feed(frame)]


def fold(events: Iterable[Event], run: RunState | None = None) -> RunState:
    """Fold events into a run."""
    run = run if run is not None else RunState()
    for event in events:
        reduce(run, event)
    return run


def fold_recording(name: str, *, close: bool = True) -> RunState:
    """Return the run that the recording `server/name` tells of, with the clean end of the stream."""
    frames = read_frames(FIXTURES / f"{name}.sse")
    run = fold(parse_all(frames))
    if close and frames:
        reduce(run, RunClosed(seq=frames[-1].seq + 1, at=frames[-1].at + 0.01))
    return run


def recordings() -> list[str]:
    """Return the names `server/name` of all recorded streams of runs that were followed from their start."""
    found = (path for path in FIXTURES.glob("*/*.sse") if path.parent.name != "js-live")
    return sorted(str(path.relative_to(FIXTURES))[: -len(".sse")] for path in found)


def told(run: RunState) -> object:
    """Return everything that a run holds as plain values, to compare two of them."""
    return _plain(run)


def _plain(value: object) -> object:
    if isinstance(value, LazyJson):
        return _plain(value.value())
    if isinstance(value, Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def recorded_schema(server: str, graph: str, which: str = "input_schema") -> Json:
    """Return a schema as a server gave it."""
    data = json.loads((FIXTURES / server / f"schemas_{graph}.json").read_text())
    return as_object(data.get("body", data)).get(which)
