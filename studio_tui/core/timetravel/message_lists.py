"""Lists of messages: how they combine by id, and when two spellings of a message mean the same. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from studio_tui.domain.message.message import REMOVE_ALL
from studio_tui.domain.message.read import is_message, message_of
from studio_tui.jsonkit.value import Json, as_list, as_object, as_str, is_list

_SHORT = ("human", "user", "ai", "assistant", "system", "developer", "tool")


def add_messages(before: Sequence[Json], written: Sequence[Json]) -> list[Json]:
    """Combine messages by id as LangGraph does: known ids replace, `remove` removes, the rest is appended."""
    cleared = [place for place, item in enumerate(written) if _removes(item) == REMOVE_ALL]
    if cleared:
        return list(written[cleared[-1] + 1 :])
    found: list[Json | None] = list(before)
    places = {_id(item): place for place, item in enumerate(before) if _id(item)}
    for item in written:
        gone = _removes(item)
        if gone is not None:
            if gone in places:
                found[places[gone]] = None
            continue
        place = places.get(_id(item)) if _id(item) else None
        if place is None:
            places[_id(item)] = len(found)
            found.append(item)
        else:
            found[place] = item
    return [item for item in found if item is not None]


def unknown_removals(before: Json, written: Json) -> list[str]:
    """Return the ids that `written` removes although no message has them; servers refuse the whole edit then."""
    known = {_id(item) for item in as_list(before)} | {REMOVE_ALL}
    return [gone for item in message_items(written) if (gone := _removes(item)) is not None and gone not in known]


def message_items(value: Json) -> list[Json]:
    """Return what is written as messages, as a list; `["human", "hi"]` is one message."""
    if not is_list(value):
        return [value]
    if len(value) == 2 and all(isinstance(part, str) for part in value) and value[0] in _SHORT:
        return [value]
    return value


def can_be_messages(value: Json) -> bool:
    """Tell whether `value` is a message, or a list of messages, in any spelling that servers take."""
    return all(isinstance(item, str) or is_message(item) or _is_short(item) for item in message_items(value))


def _is_short(item: Json) -> bool:
    return is_list(item) and len(item) == 2 and item[0] in _SHORT


def alike(written: Json, stored: Json) -> bool:
    """Tell whether a written value reads the same as the stored one: messages may have gained fields, like an id."""
    if is_list(written) and is_list(stored):
        return len(written) == len(stored) and all(map(alike, written, stored))
    if is_message(stored) and (is_message(written) or _is_short(written) or isinstance(written, str)):
        return (not _id(written) or _id(written) == _id(stored)) and gist(written) == gist(stored)
    return canonical(written) == canonical(stored)


def gist(item: Json) -> str:
    """Return role, text and tool calls of a message in any spelling, as text to compare."""
    if isinstance(item, str):
        return canonical(["human", item, []])
    if _is_short(item):
        role, text = as_list(item)
        return gist({"role": role, "content": text})
    message = message_of(item)
    calls: list[Json] = [[call.id, call.name, call.parsed] for call in message.tool_calls]
    return canonical([message.role, message.text, calls])


def _id(item: Json) -> str:
    return as_str(as_object(item).get("id"))


def _removes(item: Json) -> str | None:
    """The id that a message removes, or None when it is none that removes."""
    found = as_object(item)
    kind = as_str(found.get("type")) or as_str(found.get("role"))
    return _id(item) if kind in ("remove", "RemoveMessage") else None


def canonical(value: Json) -> str:
    """Return JSON text that is the same for the same value, whatever the order of its keys."""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except RecursionError:
        return f"too deep to compare: {id(value)}"
