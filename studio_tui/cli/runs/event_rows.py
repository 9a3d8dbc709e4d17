"""Events as JSON lines: all that an event holds, under its name in snake case.

Of the events that a stream has thousands of, the lines are put together by hand: what repeats is spelt once. They are,
byte for byte, those that `dump` makes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from studio_tui.cli.output.stdout import VERSION, dump, encode, printable
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.wire.events import Event, MessageDelta, TaskFinished, TaskStarted

_TYPES: dict[type[Any], str] = {}
_JSON = frozenset({str, int, float, bool, type(None), dict, list})


def row_of(event: Event) -> dict[str, Any]:
    """Return an event as a JSON row; its type is the event's name in snake case."""
    kind = type(event)
    name = _TYPES.get(kind)
    if name is None:
        name = _TYPES[kind] = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    return {"type": name, **_fields(event)}


def lines_of(events: Iterable[Event]) -> str:
    """Return the versioned JSON lines of events."""
    return "".join([line_of(event) for event in events])


def line_of(event: Event) -> str:
    """Return the versioned JSON line of an event."""
    write = _WRITERS.get(type(event))
    if write is not None:
        try:
            return printable(write(event))
        except ValueError:  # a number that JSON does not have
            pass
    return dump({"v": VERSION, **row_of(event)}, None) + "\n"


def _begin(name: str, event: Event) -> str:
    at = _moment(event.at) if event.at else _number(event.at)  # to a cache nothing and minus nothing are the same
    ns = _texts(event.ns) if event.ns else "[]"
    return f'{{"v": {VERSION}, "type": "{name}", "seq": {event.seq}, "at": {at}, "ns": {ns}, "part": {event.part}'


def _task_started(event: TaskStarted) -> str:
    given, payload = encode(event.input), event.payload
    kept = None if payload is None else payload.value()
    return (
        f'{_begin("task_started", event)}, "task_id": {encode_basestring(event.task_id)}, '
        f'"name": {encode_basestring(event.name)}, "input": {given}, "triggers": {_texts(event.triggers)}, '
        f'"step": {_number(event.step)}, "server_at": {_number(event.server_at)}, '
        f'"payload": {given if kept is event.input else encode(kept)}, "derived": {_yes(event.derived)}}}\n'
    )


def _task_finished(event: TaskFinished) -> str:
    made, payload = encode(event.result), event.payload
    kept = None if payload is None else payload.value()
    error = "null" if event.error is None else encode_basestring(event.error)
    asked = encode(_plain(event.interrupts)) if event.interrupts else "[]"
    return (
        f'{_begin("task_finished", event)}, "task_id": {encode_basestring(event.task_id)}, '
        f'"name": {encode_basestring(event.name)}, "result": {made}, "error": {error}, "interrupts": {asked}, '
        f'"step": {_number(event.step)}, "server_at": {_number(event.server_at)}, '
        f'"payload": {made if kept is event.result else encode(kept)}, "derived": {_yes(event.derived)}}}\n'
    )


def _message(event: MessageDelta) -> str:
    task_id = "null" if event.task_id is None else encode_basestring(event.task_id)
    return (
        f'{_begin("message_delta", event)}, "message": {encode(event.message)}, "replaces": {_yes(event.replaces)}, '
        f'"partial": {_yes(event.partial)}, "source": {encode_basestring(event.source)}, '
        f'"node": {encode_basestring(event.node)}, "task_id": {task_id}, "step": {_number(event.step)}}}\n'
    )


_WRITERS: dict[type[Any], Callable[[Any], str]] = {
    TaskStarted: _task_started,
    TaskFinished: _task_finished,
    MessageDelta: _message,
}


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _number(value: float | None) -> str:
    if value is None:
        return "null"
    if not math.isfinite(value):
        raise ValueError(value)
    return repr(value)


_moment = lru_cache(maxsize=8, typed=True)(_number)
"""A time as text: events that came together have the same one."""


@lru_cache(maxsize=1024)
def _texts(words: tuple[str, ...]) -> str:
    return json.dumps(words, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, LazyJson):
        return value.value()
    if isinstance(value, tuple):
        return [item if type(item) in _JSON else _plain(item) for item in value]
    if isinstance(value, Struct) or (is_dataclass(value) and not isinstance(value, type)):
        return _fields(value)
    return value


def _fields(value: Any) -> dict[str, Any]:
    """Not `to_builtins`: it follows the server's own values, too, which may be nested deeper than it can go."""
    if isinstance(value, Struct):
        found = asdict(value)
    else:
        found = {field.name: getattr(value, field.name) for field in fields(value)}
    for name, item in found.items():
        if type(item) not in _JSON:
            found[name] = _plain(item)
    return found
