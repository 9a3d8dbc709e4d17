"""Bytes of a stream to server-sent events, by the piece that the socket gives.

Servers write all events of a stream alike. Where a piece holds nothing else, it is taken apart by columns: all names at
once, all data, all ids. Everything else goes line by line through the decoders of httpx-sse.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from itertools import repeat, takewhile

from httpx_sse._decoders import SSEDecoder, SSELineDecoder

from studio_tui.errors import ProtocolError

EVENT_LIMIT = 64 * 1024 * 1024
"""Bytes of one event; states of several megabytes on one line are legitimate (PROTOCOL §1.1)."""
COMPRESSED_EVENT_LIMIT = 8 * 1024 * 1024
"""The same for a stream that a proxy compressed: there a small body may hide a huge one."""

_BLANK = re.compile(r"\n\r?\n")
_FIELDS = ("event:", "data:", "id:")
_NAMES_KEPT = 1024


Told = tuple[str, str, str]
"""One event as the specification decodes it: its name, its data, and the newest id so far."""


class EventReader:
    """All events that a piece completes at once, and behind a guard.

    httpx-sse itself hands over one event at a time, buffers an endless line without bound, keeps a byte order mark as
    a part of the first field, makes events without data of heartbeats, and tells nothing of those.
    """

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self.heartbeats = 0
        """Comment lines so far."""
        self._limit = limit
        self._text = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._lines = SSELineDecoder()
        self._events = SSEDecoder()
        self._last_id = ""
        self._size = self._open = 0
        """Characters since the last blank line: of lines, and of the one that has not ended."""
        self._between = True
        """Whether nothing has come since the last blank line."""
        self._blank = "\n\n"
        """How the blank lines of this stream end."""
        self._names: dict[str, str] = {}
        """Names of events by the line that tells them: one object for each."""

    def feed(self, piece: bytes) -> list[Told]:
        """Return the events that end in this piece; ProtocolError when one outgrows the limit."""
        text = self._text.decode(piece)
        if not text:
            return []
        found: list[Told] = []
        start = 0
        if not self._between:
            blank = _BLANK.search(text)
            start = len(text) if blank is None else blank.end()
            found = self._by_line(text[:start])
            self._between = blank is not None
        if start < len(text):
            stop = self._last_blank(text, start)
            if stop > start:
                whole = text[start:stop]
                told = self._by_column(whole)
                found += self._by_line(whole) if told is None else told
            if stop < len(text):
                found += self._by_line(text[stop:])
                self._between = False
        if self._size + self._open > self._limit:
            error = ProtocolError(
                f"One event of the stream is larger than {self._limit // (1024 * 1024)} MiB",
                "Reading on could use up the memory.",
                "Stream fewer modes (leave out values and debug), or keep large data out of the state.",
            )
            error.final = True
            raise error
        return found

    def end(self) -> list[Told]:
        """Return what only the end of the stream completes; an event that was not ended is none."""
        rest = self._text.decode(b"", True)
        return self._told([*(self._lines.decode(rest) if rest else ()), *self._lines.flush()])

    def _last_blank(self, text: str, start: int) -> int:
        """Where the last blank line after `start` ends, by the line ends that this stream has; `start` without one."""
        for blank in (self._blank, "\n\r\n" if self._blank == "\n\n" else "\n\n"):
            place = text.rfind(blank, start)
            if place >= 0:
                self._blank = blank
                return place + len(blank)
        return start

    def _by_column(self, text: str) -> list[Told] | None:
        """Read whole events that are all written alike; None for any others."""
        lines = text.split("\n")
        lines.pop()  # what follows the last line feed
        end = "\r" if lines[-1] == "\r" else ""
        if lines[-1] != end or text.count("\r") != len(lines) * len(end) or "\0" in text:
            return None
        period = lines.index(end) + 1
        if len(lines) % period or lines[period - 1 :: period] != [end] * (len(lines) // period):
            return None
        columns: dict[str, list[str]] = {}
        for place in range(period - 1):
            field = lines[place].partition(" ")[0]
            column = columns[field] = lines[place::period]
            if field not in _FIELDS or not all(map(str.startswith, column, repeat(f"{field} "))):
                return None
            if end and not all(map(str.endswith, column, repeat(end))):
                return None
        if len(columns) < period - 1 or not {"event:", "data:"} <= columns.keys():
            return None
        stop = -1 if end else None
        data = [line[6:stop] for line in columns["data:"]]
        names = self._named(columns["event:"], stop)
        if not all(data) or not all(names):
            return None
        ids = [line[4:stop] for line in columns["id:"]] if "id:" in columns else [self._last_id] * len(data)
        if ids[-1] != self._last_id:
            self._last_id = ids[-1]
            self._events.decode(f"id: {ids[-1]}")
        return list(zip(names, data, ids, strict=True))

    def _named(self, lines: list[str], stop: int | None) -> list[str]:
        known = self._names
        for line in set(lines).difference(known):
            if len(known) >= _NAMES_KEPT:
                known.clear()
                return [line[7:stop] for line in lines]
            known[line] = line[7:stop]
        return [known[line] for line in lines]

    def _by_line(self, text: str) -> list[Told]:
        found = self._told(self._lines.decode(text))
        ended = max(text.rfind("\n"), text.rfind("\r")) + 1
        self._open = len(text) - ended if ended else self._open + len(text)
        return found

    def _told(self, lines: Sequence[str]) -> list[Told]:
        found: list[Told] = []
        decode = self._events.decode
        for line in lines:
            if line[:1] == ":":
                self.heartbeats += 1
            elif (event := decode(line)) is not None:
                self._last_id = event.id
                if event.data:
                    found.append((event.event, event.data, event.id))
            elif not line:  # nothing was told, not even an id earlier
                self._last_id = ""
        open_lines = list(takewhile(len, reversed(lines)))
        known = self._size if len(open_lines) == len(lines) else 0
        self._size = known + sum(map(len, open_lines)) + len(open_lines)
        return found
