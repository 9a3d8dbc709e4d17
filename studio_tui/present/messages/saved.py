"""The messages that a state holds, in the lists where it holds them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from studio_tui.domain.message.message import Message
from studio_tui.domain.message.read import USUAL_KEY, message_keys, messages_in
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.value import Json, as_object, is_list


class SavedMessages(Struct, eq=False):
    """The messages of one list, and those in the others."""

    keys: list[str] = field(default_factory=list)
    """The keys of all lists of messages."""
    key: str = USUAL_KEY
    messages: list[Message] = field(default_factory=list)
    elsewhere: list[Message] = field(default_factory=list)
    before: int = 0
    """Items of the list that stand before `messages` and are not read yet."""
    run: RunState | None = None
    """The past run whose tasks wrote some of them."""
    written: dict[str, Message] = field(default_factory=dict)
    """Who wrote those, by message."""


def longest_list(values: Json) -> int:
    """Return how many items the longest list of a state has."""
    return max((len(value) for value in as_object(values).values() if is_list(value)), default=0)


def read_messages(values: Json, wanted: str, known: Sequence[Message] = ()) -> SavedMessages:
    """Read the list under the `wanted` key, or else the usual one; those that are `known` stay the same objects."""
    keys = message_keys(values)
    key = wanted if wanted in keys else USUAL_KEY if USUAL_KEY in keys or not keys else keys[0]
    elsewhere = [item for other in keys if other != key for item in messages_in(values, other)]
    messages = messages_in(values, key)
    for place, (old, new) in enumerate(zip(known, messages, strict=False)):
        if old == new:
            messages[place] = old
    return SavedMessages(keys, key, messages, elsewhere)


def read_last_messages(values: Json, wanted: str, most: int) -> SavedMessages:
    """Read no more than the last items of each list."""
    lists = as_object(values)
    read = read_messages({key: value[-most:] if is_list(value) else value for key, value in lists.items()}, wanted)
    whole = lists.get(read.key)
    read.before = len(whole) - len(read.messages) if is_list(whole) else 0
    return read
