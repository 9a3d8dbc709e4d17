"""What differs between two JSON values: objects by key, lists by common ends, then by message id, else by index.

Strict where Python is not (`1`, `1.0` and `true` differ) and bounded; `apply` turns the one value into the other.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from operator import eq, is_
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.msgpack import Encoder

from studio_tui.jsonkit.value import Path

Op = Literal["+", "-", "~"]

LIMIT = 5_000
"""Changes that one diff lists."""
DEEPEST = 150
"""Levels that are compared piece by piece; what differs below is one change."""
_STRIDE = 64
"""Items of two lists that are compared at once."""

_written = Encoder().encode
_FLOAT = b"\xcb"
"""What stands before each float, and seldom elsewhere, when they are written so."""


class Change(Struct, frozen=True):
    """One difference. `path` is a place in the new value; the last index of a removed list item, one in the old."""

    op: Op
    path: Path
    old: Any = None
    new: Any = None


class Diff(Struct, frozen=True):
    """All differences, in document order; `truncated` when there were more than the limit."""

    changes: list[Change] = field(default_factory=list)
    truncated: bool = False

    def count(self, op: Op) -> int:
        """Return how many changes are of one kind."""
        return sum(change.op == op for change in self.changes)


def diff(old: Any, new: Any, limit: int = LIMIT) -> Diff:
    """Return the differences between two JSON values, at most `limit` of them."""
    found = _Differences(limit)
    try:
        found.compare(old, new, ())
    except _EnoughError:
        return Diff(found.changes, truncated=True)
    return Diff(found.changes)


def apply(old: Any, changes: Sequence[Change]) -> Any:
    """Return `old` with all changes made; `old` itself is left alone. Not for truncated diffs."""
    return _apply(old, [(change.path, change) for change in changes])


def same(old: Any, new: Any) -> bool:
    """Tell quickly whether two values are surely the same; False may also mean another order of keys."""
    if _is_one(old, new):
        return True
    try:
        return bool(old == new) and _spelling(old) == _spelling(new)
    except (RecursionError, ValueError):
        return False


def _is_one(old: Any, new: Any) -> bool:
    """Tell whether two values are one object, as those of like states are (see `jsonkit.shared`). NaN is none."""
    return old is new and type(old) is not float


def _are_one(old: list[Any], new: list[Any]) -> bool:
    """Tell the same of the items of two short lists."""
    return all(map(is_, old, new)) and float not in map(type, old)


def _same_in_pieces(old: Any, new: Any) -> bool:
    """Tell the same, of lists a few items at a time: no other thread waits for all of them."""
    if not (isinstance(old, list) and isinstance(new, list)):
        return same(old, new)
    if len(old) != len(new):
        return False
    starts = range(0, len(old), _STRIDE)
    parts = ((old[at : at + _STRIDE], new[at : at + _STRIDE]) for at in starts)
    return all(_are_one(*pair) or same(*pair) for pair in parts)


def _same_states(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell the same of two states, whose values are compared one by one."""
    pairs = zip(old.values(), new.values(), strict=False)
    return list(old) == list(new) and all(old is new or _same_in_pieces(old, new) for old, new in pairs)


def _all_same(old: list[Any], new: list[Any]) -> bool:
    """Tell the same of the items of two short lists, as if each pair was asked about."""
    if _are_one(old, new):
        return True
    try:
        text = _spelling(old)
        # NaN is spelled alike and differs from itself.
        return text == _spelling(new) and (_FLOAT not in text or all(map(eq, old, new)))
    except (RecursionError, ValueError):
        return False


def _spelling(value: Any) -> bytes:
    """Return a value as bytes that tell 1 from 1.0 and from true, and the order of keys."""
    try:
        return _written(value)
    except (OverflowError, UnicodeEncodeError):  # integers beyond 64 bits, halves of surrogate pairs
        return _FLOAT + marshal.dumps(value, 0)


class _EnoughError(Exception):
    """The limit is reached."""


class _Differences:
    """Collects changes up to a limit."""

    def __init__(self, limit: int) -> None:
        self.changes: list[Change] = []
        self._limit = limit

    def compare(self, old: Any, new: Any, path: Path) -> None:
        """Add how `new` differs from `old`, both standing at `path`."""
        are_states = not path and isinstance(old, dict) and isinstance(new, dict)
        if _same_states(old, new) if are_states else _same_in_pieces(old, new):
            return
        if isinstance(old, dict) and isinstance(new, dict) and len(path) < DEEPEST:
            self._objects(old, new, path)
        elif isinstance(old, list) and isinstance(new, list) and len(path) < DEEPEST:
            self._lists(old, new, path)
        elif type(old) is not type(new) or isinstance(old, dict | list) or old != new:
            self._add("~", path, old, new)

    def _add(self, op: Op, path: Path, old: Any = None, new: Any = None) -> None:
        if len(self.changes) >= self._limit:
            raise _EnoughError
        self.changes.append(Change(op, path, old, new))

    def _objects(self, old: Mapping[str, Any], new: Mapping[str, Any], path: Path) -> None:
        for key, value in old.items():
            if key in new:
                self.compare(value, new[key], (*path, key))
            else:
                self._add("-", (*path, key), old=value)
        for key, value in new.items():
            if key not in old:
                self._add("+", (*path, key), new=value)

    def _lists(self, old: list[Any], new: list[Any], path: Path) -> None:
        start = _common(old, new)
        end = _common(old[start:][::-1], new[start:][::-1])
        left = list(range(start, len(old) - end))
        right = list(range(start, len(new) - end))
        pairs = _pairs_by_id(old, new, left, right)
        if pairs is None:
            pairs = list(zip(left, right, strict=False))
        self._paired(old, new, pairs, (left, right), path)

    def _paired(
        self,
        old: list[Any],
        new: list[Any],
        pairs: list[tuple[int, int]],
        ranges: tuple[list[int], list[int]],
        path: Path,
    ) -> None:
        kept_old, kept_new = {index for index, _ in pairs}, {index for _, index in pairs}
        for index in ranges[0]:
            if index not in kept_old:
                self._add("-", (*path, index), old=old[index])
        for before, after in pairs:
            if not _is_one(old[before], new[after]):
                self.compare(old[before], new[after], (*path, after))
        for index in ranges[1]:
            if index not in kept_new:
                self._add("+", (*path, index), new=new[index])


def _common(old: list[Any], new: list[Any]) -> int:
    """Return with how many of the same items two lists begin."""
    shortest, start = min(len(old), len(new)), 0
    while start < shortest:
        end = min(start + _STRIDE, shortest)
        if not _all_same(old[start:end], new[start:end]):
            break
        start = end
    while start < shortest and same(old[start], new[start]):
        start += 1
    return start


def _pairs_by_id(old: list[Any], new: list[Any], left: list[int], right: list[int]) -> list[tuple[int, int]] | None:
    """Pair items that carry the same id; None unless all have one of their own and none changed places."""
    before, after = _ids(old, left), _ids(new, right)
    if not before or not after:
        return None
    pairs = [(index, after[name]) for name, index in before.items() if name in after]
    places = [place for _, place in pairs]
    return pairs if places == sorted(places) else None


def _ids(items: list[Any], places: list[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place in places:
        name = items[place].get("id") if isinstance(items[place], dict) else None
        if not isinstance(name, str) or name in found:
            return {}
        found[name] = place
    return found


def _apply(old: Any, changes: list[tuple[Path, Change]]) -> Any:
    """Make changes whose paths are relative to `old`."""
    if not changes:
        return old
    if not changes[0][0]:
        return changes[0][1].new
    below: dict[str | int, list[tuple[Path, Change]]] = {}
    removed: set[str | int] = set()
    added: dict[str | int, Any] = {}
    for (head, *rest), change in changes:
        if rest or change.op == "~":
            below.setdefault(head, []).append((tuple(rest), change))
        elif change.op == "-":
            removed.add(head)
        else:
            added[head] = change.new
    if isinstance(old, dict):
        kept = {key: _apply(value, below.get(key, [])) for key, value in old.items() if key not in removed}
        return {**kept, **added}
    survivors = iter([item for index, item in enumerate(old) if index not in removed])
    size = len(old) - len(removed) + len(added)
    return [added[index] if index in added else _apply(next(survivors), below.get(index, [])) for index in range(size)]
