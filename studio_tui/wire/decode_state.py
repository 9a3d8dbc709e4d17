"""ThreadState to `Checkpoint`, with its tasks, interrupts and nested subgraph states (PROTOCOL §5)."""

from __future__ import annotations

import json

from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import (
    ROOT,
    CheckpointId,
    Namespace,
    RunId,
    TaskId,
    ThreadId,
    join_namespace,
    parse_namespace,
)
from studio_tui.domain.thread import Thread
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

_MAX_NESTING = 40
"""Subgraphs inside subgraphs that are read; deeper ones stay in the raw answer."""


def checkpoint_of(value: Json, thread_id: ThreadId) -> Checkpoint:
    """Read a ThreadState. A thread that never ran, or an unknown checkpoint, has `checkpoint_id` or metadata empty."""
    return _checkpoint(value, thread_id, 0)


def interrupt_of(
    value: Json, *, task_id: TaskId | None = None, node: str = "", ns: Namespace = ROOT
) -> Interrupt | None:
    """Read an interrupt of any server version; None when it is no object."""
    if not is_object(value):
        return None
    place = as_strings(value.get("ns"))
    if place:  # old servers have no id, but say where the task is: `["outer:…", "ask:<task id>"]`
        node, _, task = place[-1].partition(":")
        task_id = TaskId(task) if task else task_id
        ns = place[:-1]
    interrupt_id = value.get("id", value.get("interrupt_id"))
    return Interrupt(
        id=interrupt_id if isinstance(interrupt_id, str) and interrupt_id else None,
        value=value.get("value"),
        response_schema=value.get("response_schema"),
        task_id=task_id,
        node=node,
        ns=ns,
    )


def interrupts_of_row(thread: Thread) -> tuple[Interrupt, ...]:
    """Read the questions of a row of the thread list: `{task: [interrupt]}`, or a list; nodes are rarely named."""
    value = thread.raw.get("interrupts")
    groups = value.items() if is_object(value) else [("", value)]
    found: dict[str, Interrupt] = {}
    for task_id, group in groups:
        for part in as_list(group):
            interrupt = interrupt_of(part, task_id=TaskId(task_id) if task_id else None)
            if interrupt is not None:
                found.setdefault(interrupt.key, interrupt)
    return tuple(found.values())


def _checkpoint(value: Json, thread_id: ThreadId, depth: int) -> Checkpoint:
    item = as_object(value)
    ref = _ref(item, "checkpoint", "config", "checkpoint_id")
    parent = _ref(item, "parent_checkpoint", "parent_config", "parent_checkpoint_id")
    metadata = as_object(item.get("metadata"))
    ns = parse_namespace(as_str(ref.get("checkpoint_ns")))
    tasks = (_task(task, thread_id, ns, depth) for task in as_list(item.get("tasks")))
    run_id = as_str(metadata.get("run_id"))
    return Checkpoint(
        thread_id=ThreadId(as_str(ref.get("thread_id"))) or thread_id,
        checkpoint_id=_checkpoint_id(ref),
        ns=ns,
        parent_id=_checkpoint_id(parent),
        values=item.get("values"),
        next=as_strings(item.get("next")),
        tasks=tuple(task for task in tasks if task is not None),
        source=as_str(metadata.get("source")),
        step=as_int(metadata.get("step")),
        run_id=RunId(run_id) if run_id else None,
        created_at=time_of(item.get("created_at")),
        metadata=metadata,
        ref=ref,
        raw=item,
    )


def _ref(item: JsonObject, name: str, config: str, plain: str) -> JsonObject:
    """The checkpoint object: whole, or from `config.configurable` (raw events), or from the deprecated id alone."""
    ref = item.get(name)
    if is_object(ref) and ref:
        return ref
    configurable = as_object(as_object(item.get(config)).get("configurable"))
    keys = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")
    if "checkpoint_id" in configurable:
        return {key: configurable[key] for key in keys if key in configurable}
    checkpoint_id = as_str(item.get(plain))
    return {"checkpoint_id": checkpoint_id, "checkpoint_ns": ""} if checkpoint_id else {}


def _checkpoint_id(ref: JsonObject) -> CheckpointId | None:
    checkpoint_id = as_str(ref.get("checkpoint_id"))
    return CheckpointId(checkpoint_id) if checkpoint_id else None


def _task(value: Json, thread_id: ThreadId, ns: Namespace, depth: int) -> Task | None:
    """Read a task of the checkpoint in namespace `ns`; None when it has neither id nor name."""
    item = as_object(value)
    name = as_str(item.get("name"))
    task_id = TaskId(as_str(item.get("id")) or name)
    if not task_id:
        return None
    interrupts = (interrupt_of(part, task_id=task_id, node=name, ns=ns) for part in as_list(item.get("interrupts")))
    path = item.get("path")
    nested, pointer = _nested(item, thread_id, depth)
    return Task(
        id=task_id,
        name=name,
        error=_error(item.get("error")),
        interrupts=tuple(interrupt for interrupt in interrupts if interrupt is not None),
        result=item.get("result"),
        has_result=item.get("result") is not None,
        path=tuple(path) if is_list(path) else (),
        subgraph=nested,
        subgraph_ns=pointer,
    )


def _nested(task: JsonObject, thread_id: ThreadId, depth: int) -> tuple[Checkpoint | None, str]:
    """The nested state of a task and the namespace of its subgraph, wherever the server put them."""
    state, pointer = as_object(task.get("state")), as_object(task.get("checkpoint"))
    if not pointer:
        pointer = as_object(state.get("configurable"))  # Aegra, and raw checkpoint events
    ns = as_str(pointer.get("checkpoint_ns"))
    is_state = "values" in state or "next" in state
    if not is_state or depth >= _MAX_NESTING:
        return None, ns
    nested = _checkpoint(state, thread_id, depth + 1)
    return nested, ns or join_namespace(nested.ns)


def error_words(error: JsonObject) -> str:
    """Return a failure that a server tells as an object as `Class: message`; empty where neither stands there."""
    kind = next((name for key in ("error", "name", "type") if (name := as_str(error.get(key)))), "")
    return ": ".join(part for part in (kind, as_str(error.get("message"))) if part)


def _error(value: Json) -> str | None:
    """The error text: a repr string, an object, or an object as a JSON string (JavaScript)."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return _error(inner) if is_object(inner) and isinstance(inner.get("message"), str) else value
    if is_object(value):
        return error_words(value) or json.dumps(value)
    return value if isinstance(value, str) and value else None
