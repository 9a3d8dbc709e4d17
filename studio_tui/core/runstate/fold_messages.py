"""Folds chunks and whole messages into a run's messages, and counts their tokens (PROTOCOL §10)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice

from studio_tui.domain.ids import Namespace, TaskId
from studio_tui.domain.message.message import NO_ID, REMOVE_ALL, Message, Usage
from studio_tui.domain.message.read import (
    flat_message,
    merge_chunk,
    message_keys,
    replace_message,
    role_of,
    settle,
    written_messages,
)
from studio_tui.domain.run import RunState, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_object
from studio_tui.wire.events import MessageDelta

FOLDED = 32 * 1024
"""Characters up to which every state is searched for messages."""
FOLDED_ALONE = 1024 * 1024
"""The same where no other mode tells of messages."""
_NEWEST = 64
"""Messages among which one without an id is looked for that was told before."""


def message_delta(run: RunState, event: MessageDelta, task: TaskView | None) -> bool:
    """Merge a chunk, or take a whole message; return whether anything changed."""
    message_id = as_str(event.message.get("id"))
    if role_of(event.message) == "remove":
        return _remove(run, message_id)
    key = message_id or f"{NO_ID}{event.task_id or event.node}"
    known = run.messages.get(key)
    if event.replaces:
        if known is not None and event.source == "events" and not known.streaming:
            return False
        changed = _take(run, key, event.message, event.ns, task, partial=event.partial)
        message = run.messages[key]
        if changed and event.partial:
            message.chunk_count += 1
    else:
        message = known or _new(run, key, event.message, event.ns)
        before = message.usage
        changed = merge_chunk(message, event.message, event.source)
        if changed:
            _count_usage(run, message, before, task)
    if changed:
        _place(run, message, event, task)
    return changed


def _place(run: RunState, message: Message, event: MessageDelta, task: TaskView | None) -> None:
    message.node = message.node or event.node
    message.task_id = message.task_id or event.task_id
    message.first_at = event.at if message.first_at is None else message.first_at
    message.last_at = event.at
    if message.streaming:
        run.ledger.growing[message.id] = None
    else:
        run.ledger.growing.pop(message.id, None)
    if task is not None:
        task.chunk_count += 1
        task.rev += 1


def fold_written(run: RunState, update: Json, ns: Namespace, task_id: TaskId | None, node: str) -> bool:
    """Take the whole messages that a node wrote; they replace what was streamed."""
    changed = False
    for position, item in enumerate(written_messages(update)):
        message_id = as_str(item.get("id"))
        if role_of(item) == "remove":
            changed |= _remove(run, message_id)
            continue
        key = message_id or f"{NO_ID}{task_id}#{position}"
        if not message_id and task_id is None and _is_told(run, item, ns, node):
            continue  # the task's end told it, and its `updates` does not name the task
        if not message_id and run.ledger.snapshot_ids:
            run.ledger.unplaced.setdefault(ns, {})[key] = (item, task_id, node)
            continue  # the state shows it, at its place
        changed |= _take_written(run, key, item, ns, task_id, node)
    return changed


def _is_told(run: RunState, item: JsonObject, ns: Namespace, node: str) -> bool:
    if any(by == node and told == item for told, _task, by in run.ledger.unplaced.get(ns, {}).values()):
        return True
    newest = islice(reversed(run.messages.items()), _NEWEST)
    return any(key.startswith(NO_ID) and told.node == node and told.raw == item for key, told in newest)


def _take_written(run: RunState, key: str, item: JsonObject, ns: Namespace, task_id: TaskId | None, node: str) -> bool:
    before = run.messages.get(key)  # most that are known were only passed on by this node
    said = before.text if before is not None and not before.streaming and before.ns == ns else ""
    changed = _take(run, key, item, ns, run.tasks.get(task_id) if task_id is not None else None)
    message = run.messages[key]
    if before is None or (said and said != message.text and node):  # new, or other words instead of those
        message.node, message.task_id = node, task_id
    return changed


def fold_state(run: RunState, values: LazyJson, ns: Namespace) -> bool:
    """Take the messages of a whole state, and let go of those that it does not hold any more."""
    unplaced = run.ledger.unplaced.pop(ns, {})
    limit = FOLDED if run.tasks and not unplaced else FOLDED_ALONE
    if values.size > limit:
        for key, (item, task_id, node) in unplaced.items():
            _take_written(run, key, item, ns, task_id, node)
        return bool(unplaced)
    state = values.value()
    found = dict(_state_messages(state, ns))
    if values.size > FOLDED:
        values.forget()
    ledger = run.ledger
    before = ledger.snapshot_ids.get(ns)
    changed = False
    if before is not None:
        for key in before - found.keys():
            changed |= _remove(run, key)
    for key, item in found.items():
        if before is None and key not in run.messages:
            ledger.inherited.add(key)
        changed |= _take(run, key, item, ns, None)
    ledger.snapshot_ids[ns] = frozenset(found)
    return changed


def _state_messages(state: Json, ns: Namespace) -> Iterable[tuple[str, JsonObject]]:
    for name in message_keys(state):
        for position, item in enumerate(as_list(as_object(state).get(name))):
            if is_object(item):
                message = flat_message(item)
            else:  # no message: shown as it is, without a role
                message = {"content": item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)}
            yield as_str(message.get("id")) or f"{NO_ID}{'|'.join(ns)}/{name}#{position}", message


def end_streaming(run: RunState, task_id: TaskId | None = None) -> bool:
    """End the streaming of a task's messages, or of all; return whether there was any."""
    growing = run.ledger.growing
    changed = False
    for key in [key for key in growing if task_id is None or run.messages[key].task_id == task_id]:
        del growing[key]
        changed |= settle(run.messages[key])
    return changed


def _new(run: RunState, key: str, item: JsonObject, ns: Namespace) -> Message:
    message = Message(key, role_of(item), ns=ns)
    run.messages[key] = message
    return message


def _take(
    run: RunState, key: str, item: JsonObject, ns: Namespace, task: TaskView | None, *, partial: bool = False
) -> bool:
    message = run.messages.get(key) or _new(run, key, item, ns)
    before = message.usage
    if not replace_message(message, item, partial=partial):
        return False
    _count_usage(run, message, before, task)
    if not partial:
        run.ledger.growing.pop(key, None)
    return True


def _remove(run: RunState, message_id: str) -> bool:
    if message_id == REMOVE_ALL:
        changed = bool(run.messages)
        run.messages.clear()
        run.ledger.growing.clear()
        return changed
    run.ledger.growing.pop(message_id, None)
    return run.messages.pop(message_id, None) is not None


def _count_usage(run: RunState, message: Message, before: Usage | None, task: TaskView | None) -> None:
    """Count the tokens that this run spent; messages that were there before spent theirs earlier."""
    if message.usage is None or message.usage == before or message.id in run.ledger.inherited:
        return
    change = message.usage if before is None else message.usage - before
    run.usage = run.usage + change
    owner = task or (run.tasks.get(message.task_id) if message.task_id is not None else None)
    if owner is not None:
        owner.usage = change if owner.usage is None else owner.usage + change
