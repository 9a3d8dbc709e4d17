"""Frames to typed events: every stream mode of every server, in one place. Never raises, drops nothing.

The namespace suffix of an event name (`values|tools:069f…`) is split here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from studio_tui.domain.ids import Namespace, RunId
from studio_tui.jsonkit.lazy import AllBut, LazyJson
from studio_tui.jsonkit.quick import loads
from studio_tui.jsonkit.value import Json, as_int, as_str, is_object
from studio_tui.wire.events import (
    CustomEmitted,
    Event,
    Interrupted,
    RunClosed,
    RunFailed,
    RunStarted,
    UnknownEvent,
    ValuesSnapshot,
)
from studio_tui.wire.frames import Frame, FrameOrigin, UnexpectedShape, segments
from studio_tui.wire.parse_messages import MessagePlaces, message_list_events, message_pair_events, trace_events
from studio_tui.wire.parse_quick import MOST, QUICK
from studio_tui.wire.parse_tasks import (
    checkpoint_events,
    debug_events,
    interrupts_in,
    state_update_events,
    task_events,
    update_events,
)

LARGE = 32 * 1024
"""Characters from which a `values` payload is kept as text and not parsed here."""

_INTERRUPT = "__interrupt__"
_ALL_BUT_INTERRUPT = AllBut(_INTERRUPT)
_NAMES_KEPT = 4096


_Name = tuple[str, Namespace, Callable[[Frame, Namespace], Event | None] | None]
"""What the name of an event tells: mode, namespace, and what reads such frames quickly."""


class _Undecodable(NamedTuple):
    reason: str


class Parser:
    """Interprets the frames of one run in order. It remembers only what legacy `messages/metadata` announced."""

    def __init__(self) -> None:
        self._places = MessagePlaces()
        self._names: dict[str, _Name] = {}
        self._modes: dict[str, Callable[[FrameOrigin, Json], list[Event]]] = {
            "metadata": _metadata,
            "updates": update_events,
            "tasks": task_events,
            "checkpoints": checkpoint_events,
            "debug": debug_events,
            "error": _error,
            "events": trace_events,
            "state_update": state_update_events,
            "messages": message_pair_events,
            "messages/metadata": self._places.announce,
            "messages/partial": self._message_list,
            "messages/complete": self._message_list,
        }

    def feed(self, frame: Frame) -> list[Event]:
        """Return what `frame` says: usually one event, none for empty frames; UnknownEvent for what no rule covers."""
        known = self._names.get(frame.event)
        if known is not None and known[2] is not None and len(frame.data) <= MOST:
            try:
                event = known[2](frame, known[1])
                if event is not None:
                    return [event]
            except (ValueError, RecursionError):
                pass
        try:
            return self._feed(frame)
        except RecursionError:
            return [_unknown(frame, "nested too deeply")]

    def _feed(self, frame: Frame) -> list[Event]:
        mode, ns, _ = self._split(frame.event)
        origin = FrameOrigin(frame.seq, frame.at, ns, mode, frame.data)
        if mode == "values":
            return self._values(origin, frame)
        if mode == "custom":
            return [CustomEmitted(seq=frame.seq, at=frame.at, ns=ns, payload=LazyJson(frame.data))]
        if mode == "end":
            return [RunClosed(seq=frame.seq, at=frame.at)]
        handle = self._modes.get(mode)
        if handle is None:
            if not frame.data and mode in ("", "message"):
                return []
            return [_unknown(frame, "no stream mode of this name is known")]
        value = _decode(frame.data)
        if isinstance(value, _Undecodable):
            if mode == "error":
                return [RunFailed(seq=frame.seq, at=frame.at, ns=ns, kind="Error", message=frame.data)]
            return [_unknown(frame, value.reason)]
        if _is_envelope(value):
            return [_unknown(frame, "an event of protocol v2, which was not asked for")]
        try:
            return handle(origin, value)
        except UnexpectedShape as odd:
            return [_unknown(frame, str(odd))]

    def _split(self, name: str) -> _Name:
        known = self._names.get(name)
        if known is None:
            mode, _, path = name.partition("|")
            known = (mode, segments(path), QUICK.get(mode))
            if len(self._names) < _NAMES_KEPT:
                self._names[name] = known
        return known

    def _values(self, origin: FrameOrigin, frame: Frame) -> list[Event]:
        data = frame.data
        if len(data) > LARGE and _INTERRUPT not in data and not data.startswith('{"type":"event"'):
            return [ValuesSnapshot(seq=origin.seq, at=origin.at, ns=origin.ns, values=LazyJson(data))]
        value = _decode(data)
        if isinstance(value, _Undecodable):
            return [_unknown(frame, value.reason)]
        if _is_envelope(value):
            return [_unknown(frame, "an event of protocol v2, which was not asked for")]
        if not is_object(value) or _INTERRUPT not in value:
            lazy = LazyJson(data).primed(value)
            return [ValuesSnapshot(seq=origin.seq, at=origin.at, ns=origin.ns, values=lazy)]
        found = interrupts_in(value[_INTERRUPT], origin.ns)
        asked = Interrupted(seq=origin.seq, at=origin.at, ns=origin.ns, part=1, interrupts=found)
        rest = {key: item for key, item in value.items() if key != _INTERRUPT}
        if not rest:  # JavaScript: this is no state
            return [Interrupted(seq=origin.seq, at=origin.at, ns=origin.ns, interrupts=found)]
        lazy = LazyJson(data, _ALL_BUT_INTERRUPT)
        if len(data) <= LARGE:
            lazy.primed(rest)
        return [ValuesSnapshot(seq=origin.seq, at=origin.at, ns=origin.ns, values=lazy), asked]

    def _message_list(self, origin: FrameOrigin, value: Json) -> list[Event]:
        return message_list_events(origin, value, self._places)


def _metadata(origin: FrameOrigin, value: Json) -> list[Event]:
    """`metadata`: the run begins; on a thread stream also that it is done."""
    if not is_object(value):
        raise UnexpectedShape("metadata that names no run")
    if value.get("status") == "run_done":
        return [RunClosed(seq=origin.seq, at=origin.at)]
    run_id = as_str(value.get("run_id"))
    attempt = as_int(value.get("attempt")) or 1
    return [RunStarted(seq=origin.seq, at=origin.at, run_id=RunId(run_id) if run_id else None, attempt=attempt)]


def _error(origin: FrameOrigin, value: Json) -> list[Event]:
    """`error`: class and message, or (JavaScript, joining an unknown run) a bare string."""
    if is_object(value):
        kind = as_str(value.get("error")) or as_str(value.get("name")) or "Error"
        message = as_str(value.get("message")) or as_str(value.get("detail"))
    else:
        kind, message = "Error", value if isinstance(value, str) else json.dumps(value)
    return [RunFailed(seq=origin.seq, at=origin.at, ns=origin.ns, kind=kind, message=message)]


def _decode(text: str) -> Json | _Undecodable:
    try:
        decoded: Json = loads(text)
    except ValueError as error:
        return _Undecodable(f"no JSON: {error}")
    return decoded


def _is_envelope(value: Json) -> bool:
    return is_object(value) and value.get("type") == "event" and "event_id" in value and "params" in value


def _unknown(frame: Frame, reason: str) -> UnknownEvent:
    return UnknownEvent(seq=frame.seq, at=frame.at, event=frame.event, reason=reason, data=frame.data)
