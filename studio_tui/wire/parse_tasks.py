"""Payloads of `updates`, `tasks`, `checkpoints`, `debug` and `state_update` to events."""

from __future__ import annotations

import json

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import CheckpointId, Namespace, TaskId
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import (
    Json,
    JsonObject,
    as_int,
    as_list,
    as_object,
    as_str,
    as_strings,
    is_list,
    is_object,
    time_of,
)
from studio_tui.wire.decode_state import error_words, interrupt_of
from studio_tui.wire.events import CheckpointSaved, Event, Interrupted, NodeUpdate, TaskFinished, TaskStarted
from studio_tui.wire.frames import FrameOrigin, UnexpectedShape, segments

_KEPT_WHOLE = 32 * 1024
"""Characters up to which a checkpoint's values stay parsed with their event."""

_HIDDEN = frozenset({"__start__", "__metadata__"})
"""Keys of an `updates` payload that are no nodes."""


def interrupts_in(value: Json, ns: Namespace, node: str = "", task_id: TaskId | None = None) -> tuple[Interrupt, ...]:
    """Read a list of interrupts; a bare value counts as one without id."""
    found: list[Interrupt] = []
    for item in as_list(value) if is_list(value) else [value]:
        interrupt = interrupt_of(item, task_id=task_id, node=node, ns=ns)
        found.append(interrupt or Interrupt(None, item, task_id=task_id, node=node, ns=ns))
    return tuple(found)


def update_events(origin: FrameOrigin, value: Json) -> list[Event]:
    """`updates`: one event per node that wrote, one for interrupts."""
    if not is_object(value):
        raise UnexpectedShape("updates that name no node")
    cached = as_object(value.get("__metadata__")).get("cached") is True
    events: list[Event] = []
    for name, update in value.items():
        if name in _HIDDEN:
            continue
        if name == "__interrupt__":
            found = interrupts_in(update, origin.ns)
            events.append(Interrupted(seq=origin.seq, at=origin.at, ns=origin.ns, part=len(events), interrupts=found))
            continue
        events.append(
            NodeUpdate(
                seq=origin.seq,
                at=origin.at,
                ns=origin.ns,
                part=len(events),
                node=name,
                update=update,
                cached=cached,
                payload=origin.part_of(name).primed(update),
            )
        )
    return events


def task_events(origin: FrameOrigin, value: Json) -> list[Event]:
    """`tasks`: a task begins (it has `input`) or ends."""
    return [_task(origin, value, (), None, None)]


def debug_events(origin: FrameOrigin, value: Json) -> list[Event]:
    """`debug`: the same facts as `tasks` and `checkpoints`, with step and server time."""
    envelope = as_object(value)
    payload, step = envelope.get("payload"), as_int(envelope.get("step"))
    kind = envelope.get("type")
    if kind in ("task", "task_result"):
        return [_task(origin, payload, ("payload",), step, time_of(envelope.get("timestamp")))]
    if kind == "checkpoint":
        return [_checkpoint(origin, payload, ("payload",), step)]
    raise UnexpectedShape(f"a debug event of type {kind!r:.40}")


def checkpoint_events(origin: FrameOrigin, value: Json) -> list[Event]:
    """`checkpoints`: a checkpoint was written."""
    return [_checkpoint(origin, value, (), None)]


def state_update_events(origin: FrameOrigin, value: Json) -> list[Event]:
    """`state_update` of a thread stream: somebody edited the state, which wrote a checkpoint."""
    state = as_object(as_object(value).get("state"))
    ns = segments(as_str(as_object(state.get("checkpoint")).get("checkpoint_ns")))
    return [_checkpoint(origin._replace(ns=ns), state, ("state",), None)]


def _task(origin: FrameOrigin, value: Json, path: tuple[str, ...], step: int | None, server_at: float | None) -> Event:
    item = as_object(value)
    task_id, name = TaskId(as_str(item.get("id"))), as_str(item.get("name"))
    if not task_id:
        raise UnexpectedShape("a task without an id")
    if "input" in item:
        return TaskStarted(
            seq=origin.seq,
            at=origin.at,
            ns=origin.ns,
            task_id=task_id,
            name=name,
            input=item["input"],
            triggers=as_strings(item.get("triggers")),
            step=step,
            server_at=server_at,
            payload=origin.part_of(*path, "input").primed(item["input"]),
        )
    if not item.keys() & {"result", "error", "interrupts"}:
        raise UnexpectedShape("a task that neither begins nor ends")
    return TaskFinished(
        seq=origin.seq,
        at=origin.at,
        ns=origin.ns,
        task_id=task_id,
        name=name,
        result=writes(item.get("result")),
        error=_error_text(item.get("error")),
        interrupts=interrupts_in(item.get("interrupts") or [], origin.ns, name, task_id),
        step=step,
        server_at=server_at,
        payload=origin.part_of(*path, "result").primed(item.get("result")),
    )


def writes(result: Json) -> Json:
    """Old servers list a result as `[[key, value], …]`."""
    pairs = [item for item in as_list(result) if is_list(item) and len(item) == 2 and isinstance(item[0], str)]
    if is_list(result) and len(pairs) == len(result):
        return {str(key): item for key, item in pairs}
    return result


def _error_text(value: Json) -> str | None:
    """Return an error as `Class: message`, None when there is none: object, or text."""
    if value is None or isinstance(value, str):
        return value
    return error_words(as_object(value)) or json.dumps(value)[:4096]


def _checkpoint(origin: FrameOrigin, value: Json, path: tuple[str, ...], step: int | None) -> Event:
    item = as_object(value)
    checkpoint_id = _checkpoint_id(item, "checkpoint", "config")
    if checkpoint_id is None and _is_envelope(item):
        return _announced(origin, item)
    metadata = as_object(item.get("metadata"))
    if checkpoint_id is None and not ("values" in item and metadata):
        raise UnexpectedShape("a checkpoint without an id")
    own_step = as_int(metadata.get("step"))
    values = origin.part_of(*path, "values")
    small = len(origin.data) <= _KEPT_WHOLE
    return CheckpointSaved(
        seq=origin.seq,
        at=origin.at,
        ns=origin.ns,
        checkpoint_id=checkpoint_id,
        parent_id=_checkpoint_id(item, "parent_checkpoint", "parent_config"),
        values=_primed(values, item, small) if "values" in item else None,
        next=as_strings(item.get("next")),
        step=own_step if own_step is not None else step,
        source=as_str(metadata.get("source")),
        tasks=_planned(item.get("tasks")),
    )


def _is_envelope(item: JsonObject) -> bool:
    return bool(as_str(item.get("id"))) and "step" in item and "values" not in item


def _announced(origin: FrameOrigin, item: JsonObject) -> Event:
    """The short form `{id, parent_id, step, source}` that JavaScript servers send ahead of `values`."""
    parent = as_str(item.get("parent_id"))
    return CheckpointSaved(
        seq=origin.seq,
        at=origin.at,
        ns=origin.ns,
        checkpoint_id=CheckpointId(as_str(item.get("id"))),
        parent_id=CheckpointId(parent) if parent else None,
        values=None,
        step=as_int(item.get("step")),
        source=as_str(item.get("source")),
    )


def _primed(values: LazyJson, item: JsonObject, small: bool) -> LazyJson:
    return values.primed(item["values"]) if small else values


def _checkpoint_id(item: JsonObject, ref: str, config: str) -> CheckpointId | None:
    for holder in (as_object(item.get(ref)), as_object(as_object(item.get(config)).get("configurable"))):
        checkpoint_id = as_str(holder.get("checkpoint_id"))
        if checkpoint_id:
            return CheckpointId(checkpoint_id)
    return None


def _planned(value: Json) -> tuple[tuple[TaskId, str], ...]:
    tasks = [as_object(item) for item in as_list(value)]
    named = [(TaskId(as_str(item.get("id"))), as_str(item.get("name"))) for item in tasks]
    return tuple((task_id, name) for task_id, name in named if task_id and name not in ("", "__start__"))
