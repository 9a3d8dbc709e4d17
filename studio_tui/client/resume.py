"""Following one stream over several connections, so that no event is lost and none is told twice.

In-memory servers stamp events `<milliseconds>-0`, so several share an id, and "everything after this id" skips the
rest of that millisecond. A live join also sends again what it queued between subscribing and replaying. Therefore:
resume one millisecond early, drop the known tail by position (equal events may both be real), and drop a block that
jumps back in time up to where it left off. Servers that number events 0, 1, 2 … need none of that. Where a proxy took
the ids away, everything is asked for again, and as many events as are known are dropped if they prove to be the same.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, cast

from msgspec import Struct

from studio_tui.domain.stream_mode import MODES
from studio_tui.jsonkit.value import as_digits
from studio_tui.wire.frames import Frame

REPLAY_ALL = "-1"
"""As `Last-Event-ID`: everything that the server still has of a resumable run."""

_KEPT = 20_000
"""Fingerprints kept of a connection and of the tail: about 2 MB."""
_TOKEN_MODES = tuple(mode for mode in MODES if mode.is_tokens)


class _Print(NamedTuple):
    """What identifies an event, without keeping its data."""

    id: str
    event: str
    digest: int
    size: int


_print = cast("Callable[[tuple[str, str, int, int]], _Print]", partial(tuple.__new__, _Print))
"""What `_Print(*fields)` does, in a third of the time."""
_STAMPED = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")


class _Chain(Struct):
    """How many events there were, and a digest of them in their order."""

    count: int = 0
    digest: int = 0

    def add(self, event: str, data_digest: int) -> None:
        self.count += 1
        self.digest = hash((self.digest, event, data_digest))


class Resumer:
    """Feed it every frame of every connection of one run; call `reconnected` between connections."""

    def __init__(self) -> None:
        self.gap = False
        """True once events are known or suspected to be missing: reload the state and say so."""
        self._any = False
        self._last = ""
        """The newest wire id accepted."""
        self._recent: deque[_Print] = deque(maxlen=_KEPT)
        """Accepted events with time stamps, for finding the tail."""
        self._tail: deque[_Print] = deque()
        """Events that the server is expected to repeat first."""
        self._seen: list[_Print] = []
        """What came on this connection, kept while a repeated block may still follow."""
        self._where: dict[_Print, int] = {}
        """The newest position of each in `_seen`."""
        self._repeat = 0
        """Position in `_seen` of the next expected repeat, 0 when none is expected."""
        self._watching = False
        self._nameless = _Chain()
        """The events without an id, while none has one."""
        self._again: _Chain | None = None
        """The same for the connection that tells them again; None when it tells nothing known."""
        self._first: tuple[str, int] | None = None

    @property
    def last_id(self) -> str:
        """The newest wire id accepted, empty while there is none."""
        return self._last

    @property
    def certain(self) -> bool:
        """Whether nothing can have been lost or doubled so far: the server counts its events, and none is missing."""
        return self._last.isascii() and self._last.isdigit() and not self.gap

    def cursor(self) -> str:
        """Return the `Last-Event-ID` for the next connection."""
        stamp = _stamp(self._last)
        if stamp is not None:
            return f"{stamp[0] - 1}-0"
        return self._last or REPLAY_ALL

    def reconnected(self) -> None:
        """A new connection was opened with `cursor()`."""
        if self._any and not self._last:
            self.gap = True  # until the server proves to tell everything again
            self._again = _Chain()
        edge = _stamp(self.cursor())
        self._tail = deque(item for item in self._recent if edge and (_stamp(item.id) or edge) > edge)
        self._seen = []
        self._where = {}
        self._repeat = 0
        self._watching = True

    def take_all(self, frames: Sequence[Frame]) -> bool:
        """Take the next frames where all can only be new: on the first connection, with time stamps. Else take none."""
        if self._watching or self._tail or self._repeat or self.gap or not frames:
            return False
        _, _, events, data, ids = zip(*frames, strict=True)
        if not all(map(_STAMPED.fullmatch, ids)):
            return False
        self._any = True
        self._last = ids[-1]
        self._recent.extend(map(_print, zip(ids, events, map(hash, data), map(len, data), strict=True)))
        return True

    def feed(self, frame: Frame) -> bool:
        """Take the next frame; return whether it is new."""
        number = as_digits(frame.id)
        if number is not None:
            return self._numbered(number, frame.id)
        stamp = _stamp(frame.id)
        if stamp is None:
            self._any = True
            self._last = frame.id or self._last
            return bool(self._last) or self._is_new_nameless(frame)
        item = _Print(frame.id, frame.event, hash(frame.data), len(frame.data))
        if not (self._watching or self._tail or self._repeat):  # as nearly always: the connection is the first one
            self._accept(item)
            return True
        if self._expected(item) or self._continues_repeat(item) or self._starts_repeat(item, stamp):
            return False
        self._remember(item)
        self._accept(item)
        return True

    def _is_new_nameless(self, frame: Frame) -> bool:
        item = (frame.event, hash(frame.data))
        self._first = self._first or item
        if self._again is None:
            self._nameless.add(*item)
            return True
        if not self._again.count and item != self._first:
            self._again = None  # the server keeps nothing: what was sent meanwhile is gone
            self._nameless.add(*item)
            return True
        self._again.add(*item)
        if self._again.count == self._nameless.count:
            self.gap = self._again != self._nameless
            self._again = None
        return False

    def _numbered(self, number: int, wire_id: str) -> bool:
        last = as_digits(self._last)
        if last is not None and number <= last:
            return False
        if self._watching:
            self.gap = self.gap or number != (0 if last is None else last + 1)
            self._watching = False
        self._any = True
        self._last = wire_id
        return True

    def _expected(self, item: _Print) -> bool:
        """Whether `item` is the next event of the known tail."""
        if not self._tail:
            return False
        if self._tail.popleft() == item:
            self._remember(item)
            return True
        self.gap = True
        self._tail.clear()
        return False

    def _continues_repeat(self, item: _Print) -> bool:
        if not self._repeat:
            return False
        if self._repeat < len(self._seen) and self._seen[self._repeat] == item:
            self._repeat += 1
            if self._repeat == len(self._seen):
                self._repeat = 0
                self._stop_watching()
            return True
        self._repeat = 0
        return False

    def _starts_repeat(self, item: _Print, stamp: tuple[int, int]) -> bool:
        """Whether `item` begins the block that a live join sends twice."""
        if not self._watching or not self._seen:
            return False
        back = stamp < (_stamp(self._seen[-1].id) or stamp)
        # Tokens may repeat within one millisecond; other events are the same only when they are repeats.
        if not back and item.event.startswith(_TOKEN_MODES):
            return False
        place = self._where.get(item)
        if place is None:
            self.gap = self.gap or back
            return False
        self._repeat = place + 1 if place + 1 < len(self._seen) else 0
        return True

    def _remember(self, item: _Print) -> None:
        if self._watching:
            self._where[item] = len(self._seen)
            self._seen.append(item)
            if len(self._seen) > _KEPT:
                self._stop_watching()

    def _stop_watching(self) -> None:
        self._watching = False
        self._seen = []
        self._where = {}

    def _accept(self, item: _Print) -> None:
        self._any = True
        self._last = item.id
        self._recent.append(item)


def _stamp(wire_id: str) -> tuple[int, int] | None:
    """Read `<milliseconds>-<n>`; None for any other id."""
    first, _, second = wire_id.partition("-")
    stamp, place = as_digits(first), as_digits(second)
    return None if stamp is None or place is None else (stamp, place)
