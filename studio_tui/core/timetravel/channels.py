"""How each key of a graph's state combines what nodes write, found out from what a thread's own history shows.

Pure. A server does not say which reducers a graph has; the checkpoint before, the writes and the checkpoint after do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct, field

from studio_tui.core.timetravel.message_lists import (
    add_messages,
    alike,
    can_be_messages,
    canonical,
    gist,
    message_items,
)
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.message.read import is_message
from studio_tui.jsonkit.value import Json, as_list, as_object, as_str, is_list, is_number, is_object


class RuleKind(StrEnum):
    """Ways to combine the old value of a key with a written one."""

    REPLACE = "replace"
    APPEND = "append"
    MESSAGES = "messages"
    MERGE = "merge"
    ADD = "add"
    UNKNOWN = "unknown"
    """None of the others fits what was seen: a reducer of the graph's own."""


ENOUGH = 24
"""Writes of one key that are looked at; states may be large."""
_ALL = frozenset(RuleKind) - {RuleKind.UNKNOWN}
_MESSAGE_TYPE = re.compile(r"Message(Chunk)?(<|$)")


class ChannelRule(Struct, frozen=True):
    """What is thought of one key; `certain` when the thread's history leaves no other choice."""

    kind: RuleKind
    certain: bool


class Evidence(Struct):
    """What was seen of one key so far."""

    possible: frozenset[RuleKind] = _ALL
    seen: int = 0
    """Writes that were seen."""
    is_odd: bool = False
    """Some write fits no known kind, or the value changed without one."""
    is_message_list: bool = False

    def add(self, before: Json, writes: Sequence[Json], after: Json, *, was_set: bool) -> None:
        """Take one superstep into account: the value before (`was_set`: whether there was one), writes, after."""
        fits = frozenset(kind for kind in _ALL if _fits(kind, before if was_set else None, writes, after))
        self.seen += 1
        self.is_odd = self.is_odd or not self.possible & fits
        self.possible &= fits
        if RuleKind.MESSAGES in fits and is_list(after) and after and all(is_message(item) for item in after):
            self.is_message_list = True


class Channels(Struct):
    """What a thread (and edits that were read back) showed of each key."""

    keys: dict[str, Evidence] = field(default_factory=dict)
    message_keys: frozenset[str] = frozenset()
    """Keys that hold messages, by the graph's schema."""

    def of(self, key: str, value: Json) -> ChannelRule:
        """Return how `key`, whose value is `value`, combines."""
        evidence = self.keys.get(key, Evidence())
        if evidence.is_odd:
            return ChannelRule(RuleKind.UNKNOWN, False)
        possible = evidence.possible & _kinds_for(value)
        if self._holds_messages(key, value, evidence) and RuleKind.MESSAGES in possible:
            return ChannelRule(RuleKind.MESSAGES, RuleKind.REPLACE not in possible)
        possible -= {RuleKind.MESSAGES}
        if RuleKind.REPLACE in possible or not possible:
            return ChannelRule(RuleKind.REPLACE, possible == {RuleKind.REPLACE} and evidence.seen > 0)
        kind = next(
            kind for kind in (RuleKind.APPEND, RuleKind.MERGE, RuleKind.ADD, RuleKind.MESSAGES) if kind in possible
        )
        return ChannelRule(kind, len(possible) == 1)

    def learn(self, items: Iterable[Checkpoint], keys: Collection[str]) -> None:
        """Take checkpoints of one namespace into account, in any order, for the given keys."""
        known = {item.checkpoint_id: item for item in items if item.checkpoint_id is not None}
        for parent, writes, child in _supersteps(known.values()):
            before, after = as_object(parent.values), as_object(child.values)
            for key in keys:
                evidence = self.keys.setdefault(key, Evidence())
                if key in writes and evidence.seen < ENOUGH:
                    evidence.add(before.get(key), writes[key], after.get(key), was_set=key in before)
        for item in known.values():
            if item.parent_id is None and item.next == ("__start__",) and item.source in ("input", ""):
                for key in keys:
                    value = as_object(item.values).get(key)
                    if not value and not isinstance(value, bool) and value is not None:
                        # An empty value before anything was written: only keys with a reducer have one.
                        self.keys.setdefault(key, Evidence()).possible -= {RuleKind.REPLACE}

    def _holds_messages(self, key: str, value: Json, evidence: Evidence) -> bool:
        if is_list(value) and value:
            return all(is_message(item) for item in value)
        return evidence.is_message_list or key in self.message_keys


def reduce_value(kind: RuleKind, before: Json, written: Json) -> Json:
    """Return what `written` makes of `before` (None: not set); a value that cannot combine replaces."""
    if _is_overwrite(written) and kind not in (RuleKind.REPLACE, RuleKind.UNKNOWN):
        return as_object(written).get("__overwrite__")
    if kind is RuleKind.MESSAGES:
        return add_messages(as_list(before), message_items(written))
    if kind is RuleKind.APPEND and is_list(written) and (before is None or is_list(before)):
        return [*as_list(before), *written]
    if kind is RuleKind.MERGE and is_object(written) and (before is None or is_object(before)):
        return {**as_object(before), **written}
    if kind is RuleKind.ADD:
        return _added(before, written)
    return written


def _combined(kind: RuleKind, before: Json, writes: Sequence[Json]) -> Json:
    for write in writes:
        before = reduce_value(kind, before, write)
    return before


def schema_message_keys(schema: Json) -> frozenset[str]:
    properties = as_object(as_object(schema).get("properties"))
    return frozenset(key for key, value in properties.items() if _names_messages(as_object(value).get("items")))


def schema_keys(schema: Json) -> frozenset[str]:
    return frozenset(as_object(as_object(schema).get("properties")))


def _supersteps(
    items: Iterable[Checkpoint],
) -> Iterator[tuple[Checkpoint, dict[str, list[Json]], Checkpoint]]:
    """Yield parent, writes by key and child of supersteps whose tasks surely made the child."""
    items = list(items)
    by_id = {item.checkpoint_id: item for item in items}
    # A replay may put several steps under one parent, whose tasks then tell of the last one only.
    children = Counter(item.parent_id for item in items if item.source not in ("update", "fork"))
    for child in items:
        parent = by_id.get(child.parent_id) if child.parent_id is not None else None
        if parent is None or children[child.parent_id] != 1 or child.source in ("update", "fork"):
            continue
        if not is_object(parent.values) or not is_object(child.values):
            continue
        writes: dict[str, list[Json]] = {}
        for task in parent.tasks:
            for part in as_list(task.result) if is_list(task.result) else [task.result]:
                for key, value in as_object(part).items():
                    writes.setdefault(key, []).extend(_each_write(value))
        if all(task.has_result for task in parent.tasks):
            yield parent, writes, child


def _each_write(value: Json) -> list[Json]:
    """Several writes of one task to the same key come wrapped."""
    wrapped = as_object(value).get("$writes")
    return wrapped if is_list(wrapped) else [value]


def _fits(kind: RuleKind, before: Json, writes: Sequence[Json], after: Json) -> bool:
    if any(_is_overwrite(write) for write in writes):
        return kind is not RuleKind.REPLACE
    return _FITS[kind](before, writes, after)


def _fits_replace(_before: Json, writes: Sequence[Json], after: Json) -> bool:
    return canonical(writes[-1]) == canonical(after) or alike(writes[-1], after)


def _fits_append(before: Json, writes: Sequence[Json], after: Json) -> bool:
    start = [] if before is None else before
    if not is_list(start) or not is_list(after) or not all(is_list(write) for write in writes):
        return False
    tail = after[len(start) :]
    added = [item for write in writes for item in as_list(write)]
    if canonical(after[: len(start)]) != canonical(start) or len(tail) != len(added):
        return False
    # Tasks of one superstep are applied in an order of the server's own.
    return Counter(map(canonical, tail)) == Counter(map(canonical, added)) or all(map(alike, added, tail))


def _fits_messages(before: Json, writes: Sequence[Json], after: Json) -> bool:
    if not is_list(after) or not (before is None or is_list(before)):
        return False
    if not all(can_be_messages(write) for write in writes):
        return False
    expected = as_list(_combined(RuleKind.MESSAGES, before, writes))
    if len(expected) != len(after):
        return False
    if all(map(alike, expected, after)):
        return True
    return len(writes) > 1 and Counter(map(gist, expected)) == Counter(map(gist, after))


def _fits_merge(before: Json, writes: Sequence[Json], after: Json) -> bool:
    if not (before is None or is_object(before)) or not all(is_object(write) for write in writes):
        return False
    return canonical(_combined(RuleKind.MERGE, before, writes)) == canonical(after)


def _fits_add(before: Json, writes: Sequence[Json], after: Json) -> bool:
    if not all(is_number(write) or isinstance(write, str) for write in writes):
        return False
    result = _combined(RuleKind.ADD, before, writes)
    return type(result) is type(after) and result == after


_FITS: dict[RuleKind, Callable[[Json, Sequence[Json], Json], bool]] = {
    RuleKind.REPLACE: _fits_replace,
    RuleKind.APPEND: _fits_append,
    RuleKind.MESSAGES: _fits_messages,
    RuleKind.MERGE: _fits_merge,
    RuleKind.ADD: _fits_add,
}


def _kinds_for(value: Json) -> frozenset[RuleKind]:
    if value is None:
        return _ALL
    if is_list(value):
        return frozenset({RuleKind.REPLACE, RuleKind.APPEND, RuleKind.MESSAGES})
    if is_object(value):
        return frozenset({RuleKind.REPLACE, RuleKind.MERGE})
    if isinstance(value, bool):
        return frozenset({RuleKind.REPLACE})
    return frozenset({RuleKind.REPLACE, RuleKind.ADD})


def _added(before: Json, written: Json) -> Json:
    if is_number(before) and is_number(written):
        return before + written
    if isinstance(before, str) and isinstance(written, str):
        return before + written
    return written


def _is_overwrite(value: Json) -> bool:
    item = as_object(value)
    return list(item) == ["__overwrite__"] or (item.get("type") == "__overwrite__" and "value" in item)


def _names_messages(items: Json) -> bool:
    choice = as_object(items)
    options = [choice, *as_list(choice.get("anyOf")), *as_list(choice.get("oneOf"))]
    names = [as_str(as_object(option).get("$ref")).rpartition("/")[2] for option in options]
    return any(_MESSAGE_TYPE.search(name) for name in names)
