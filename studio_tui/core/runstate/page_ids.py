"""In which page of what a long run did earlier something is found by its id."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from studio_tui.core.state.unnamed_file import UnnamedFile

_SEGMENT = 16_384
"""Ids that are sorted and written together."""
_PARTS = 6
"""Powers of two: in so many parts of the range of keys ids are sorted. The newest wait for it by part."""
_PARTS_AT_ONCE = 8
"""Parts that are sorted each time that ids come: all of a segment in one go would keep keys waiting for 10 ms."""
_NEAR = 256
"""Ids around the place where one is expected that are read to find it."""
_FIRST_BITS = 1 << 22
"""Size of the first filter; the second has twice, each later one four times as many."""
_BITS_EACH = 16
_PROBES = 5
"""Bits of a filter that are set for an id (in `add` one by one): with 16 bits each, one id of 700 that were never here
is looked for."""
_KEY = (1 << 63) - 1
"""Ids are known by that much of their hash."""
_SHIFT = 63 - _PARTS


class PageIds:
    """In memory are filters, which tell nearly always that an id was never here, and the newest ids."""

    def __init__(self, file: UnnamedFile) -> None:
        self._file = file
        self._filters: list[bytearray] = []
        """Bloom filters; the first ones are smaller."""
        self._room = 0
        """Ids that the last filter still takes."""
        self._fresh: dict[int, int] = {}
        """Pages of the newest ids."""
        self._parts: list[list[int]] = [[] for _ in range(1 << _PARTS)]
        """The same ids by the part of the range in which they are."""
        self._full: dict[int, int] = {}
        """Pages of the ids of a segment that is being written."""
        self._waiting: list[list[int]] = []
        """Parts of it that are still to be sorted, the first one last."""
        self._sorted = (array("Q"), array("I"))
        """Its ids so far, and their pages."""
        self._segments: list[tuple[int, int]] = []
        """Where sorted ids begin in the file, and how many there are."""

    def add(self, ids: Sequence[str], page: int) -> None:
        """Remember in which page these are."""
        if self._room < len(ids):
            bits = _FIRST_BITS << min(len(self._filters), 2)
            self._filters.append(bytearray(bits >> 3))
            self._room = max(len(ids), bits // _BITS_EACH)
        self._room -= len(ids)
        newest, fresh, parts = self._filters[-1], self._fresh, self._parts
        mask = (len(newest) << 3) - 1
        for item in ids:
            key = hash(item) & _KEY
            place, step = key & mask, (key >> 32) | 1
            newest[place >> 3] |= 1 << (place & 7)
            place = (place + step) & mask
            newest[place >> 3] |= 1 << (place & 7)
            place = (place + step) & mask
            newest[place >> 3] |= 1 << (place & 7)
            place = (place + step) & mask
            newest[place >> 3] |= 1 << (place & 7)
            place = (place + step) & mask
            newest[place >> 3] |= 1 << (place & 7)
            parts[key >> _SHIFT].append(key)
            fresh[key] = page
        if self._waiting:
            self._sort_on()
        elif len(fresh) >= _SEGMENT:
            self._full, self._fresh = fresh, {}
            self._waiting = parts[::-1]
            self._parts = [[] for _ in parts]

    def _sort_on(self) -> None:
        """Sort some more of a full segment; write it when all of it is sorted."""
        keys, pages = self._sorted
        for _ in range(min(_PARTS_AT_ONCE, len(self._waiting))):
            part = sorted(self._waiting.pop())
            keys.extend(part)
            pages.extend(map(self._full.__getitem__, part))
        if self._waiting:
            return
        try:
            self._segments.append((self._file.append(keys.tobytes() + pages.tobytes()), len(keys)))
        except OSError:  # they go on waiting
            for key in keys:
                self._parts[key >> _SHIFT].append(key)
            self._fresh = {**self._full, **self._fresh}
        self._full, self._sorted = {}, (array("Q"), array("I"))

    def may_have(self, item: str) -> bool:
        """Whether an id may be here; False is certain, and told without reading anything."""
        key = hash(item) & _KEY
        step = (key >> 32) | 1
        for bits in self._filters:
            mask = (len(bits) << 3) - 1
            place = key & mask
            if bits[place >> 3] & 1 << (place & 7):
                for _ in range(_PROBES - 1):
                    place = (place + step) & mask
                    if not bits[place >> 3] & 1 << (place & 7):
                        break
                else:
                    return True
        return False

    def pages_of(self, item: str) -> Iterable[int]:
        """The pages in which it may be: ids with the same hash are not told apart."""
        key = hash(item) & _KEY
        for newest in (self._fresh, self._full):
            if key in newest:
                yield newest[key]
        for start, count in self._segments:
            place = self._place(start, count, key)
            if place is not None:
                yield from array("I", self._bytes(start + 8 * count + 4 * place, 4))

    def _place(self, start: int, count: int, key: int) -> int | None:
        """Find a key among sorted ones, which are spread evenly."""
        first = max(0, min(count - 1, key * count >> 63) - _NEAR)
        keys = array("Q", self._bytes(start + 8 * first, 8 * min(2 * _NEAR, count - first)))
        if (keys and not (first == 0 or keys[0] <= key)) or not (first + len(keys) == count or key <= keys[-1]):
            first, keys = 0, array("Q", self._bytes(start, 8 * count))
        near = bisect_left(keys, key)
        return first + near if near < len(keys) and keys[near] == key else None

    def _bytes(self, start: int, size: int) -> bytes:
        try:
            data = self._file.read(start, size)
        except OSError:
            return b""
        return data if len(data) == size else b""
