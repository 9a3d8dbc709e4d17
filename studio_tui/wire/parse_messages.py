"""Payloads of `messages*` and `events` to events: chunks, whole messages, traces of LangChain runs."""

from __future__ import annotations

from studio_tui.domain.message.read import flat_message, is_chunk
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, as_strings, is_list, is_object
from studio_tui.wire.events import Event, LangChainEvent, MessageDelta, TaskFinished, TaskStarted
from studio_tui.wire.frames import FrameOrigin, TaskPlace, UnexpectedShape, task_place

_PLACES_KEPT = 4096
_SILENT_TAGS = frozenset({"nostream", "langsmith:nostream", "langsmith:hidden"})


class MessagePlaces:
    """Which task each message of legacy `messages` mode belongs to; announced once, before the message."""

    def __init__(self) -> None:
        self._known: dict[str, TaskPlace] = {}

    def announce(self, origin: FrameOrigin, value: Json) -> list[Event]:
        """Take a `messages/metadata` payload; it makes no event of its own."""
        if not is_object(value):
            raise UnexpectedShape("message metadata that names no message")
        for message_id, entry in value.items():
            if len(self._known) >= _PLACES_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[message_id] = task_place(as_object(as_object(entry).get("metadata")), origin.ns)
        return []

    def of(self, message: JsonObject, origin: FrameOrigin) -> TaskPlace:
        """Return where `message` belongs, as far as it was announced."""
        return self._known.get(as_str(message.get("id"))) or TaskPlace(origin.ns, "", None, None)


def message_pair_events(origin: FrameOrigin, value: Json) -> list[Event]:
    """`messages-tuple`: a chunk or a whole message, with metadata."""
    if not is_list(value) or not value or not is_object(value[0]):
        raise UnexpectedShape("a message event without a message")
    metadata = as_object(value[1]) if len(value) > 1 else {}
    message = flat_message(value[0])
    return [_delta(origin, 0, message, task_place(metadata, origin.ns), replaces=not is_chunk(message))]


def message_list_events(origin: FrameOrigin, value: Json, places: MessagePlaces) -> list[Event]:
    """Legacy `messages/partial` and `messages/complete`: whole messages, the former still growing."""
    messages = [flat_message(item) for item in as_list(value) if is_object(item)]
    if not messages and value != []:
        raise UnexpectedShape("a message event without a message")
    partial = origin.mode == "messages/partial"
    return [
        _delta(origin, part, message, places.of(message, origin), replaces=True, partial=partial)
        for part, message in enumerate(messages)
    ]


def trace_events(origin: FrameOrigin, value: Json) -> list[Event]:
    """`events`: the trace event itself, and the task or message that it tells of."""
    item = as_object(value)
    kind = as_str(item.get("event"))
    if not kind:
        raise UnexpectedShape("a trace event without a kind")
    where = task_place(as_object(item.get("metadata")), origin.ns)
    trace = LangChainEvent(
        seq=origin.seq,
        at=origin.at,
        ns=where.ns,
        name=as_str(item.get("name")),
        kind=kind,
        payload=origin.part_of(),
        node=where.node,
        task_id=where.task_id,
        step=where.step,
    )
    meaning = _meaning(origin, trace, item, where) if where.node and where.task_id else None
    return [trace] if meaning is None else [trace, meaning]


def _meaning(origin: FrameOrigin, trace: LangChainEvent, item: JsonObject, where: TaskPlace) -> Event | None:
    data = as_object(item.get("data"))
    tags = as_strings(item.get("tags"))
    if trace.kind in ("on_chain_start", "on_chain_end"):
        is_task = trace.name == where.node and any(tag.startswith("graph:step:") for tag in tags)
        return _task(origin, trace, data, where) if is_task else None
    if not _SILENT_TAGS.isdisjoint(tags):
        return None
    chunk, output = data.get("chunk"), data.get("output")
    if trace.kind == "on_chat_model_stream" and is_object(chunk):
        return _delta(origin, 1, flat_message(chunk), where, replaces=False, source="events")
    if trace.kind in ("on_chat_model_end", "on_tool_end") and is_object(output):
        message = flat_message(output)
        return _delta(origin, 1, message, where, replaces=True, source="events") if message.get("id") else None
    return None


def _task(origin: FrameOrigin, trace: LangChainEvent, data: JsonObject, where: TaskPlace) -> Event | None:
    if where.task_id is None:
        return None
    if trace.kind == "on_chain_start":
        return TaskStarted(
            seq=origin.seq,
            at=origin.at,
            ns=where.ns,
            part=1,
            task_id=where.task_id,
            name=where.node,
            input=data.get("input"),
            step=where.step,
            payload=origin.part_of("data", "input"),
            derived=True,
        )
    return TaskFinished(
        seq=origin.seq,
        at=origin.at,
        ns=where.ns,
        part=1,
        task_id=where.task_id,
        name=where.node,
        result=data.get("output"),
        step=where.step,
        payload=origin.part_of("data", "output"),
        derived=True,
    )


def _delta(
    origin: FrameOrigin,
    part: int,
    message: JsonObject,
    where: TaskPlace,
    *,
    replaces: bool,
    partial: bool = False,
    source: str = "messages",
) -> MessageDelta:
    return MessageDelta(
        seq=origin.seq,
        at=origin.at,
        ns=where.ns,
        part=part,
        message=message,
        replaces=replaces,
        partial=partial,
        source=source,
        node=where.node,
        task_id=where.task_id,
        step=where.step,
    )
