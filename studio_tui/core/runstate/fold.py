"""Folds events into a RunState: total, idempotent, tolerant of order. The only place that interprets events.

What the final phase is, a stream does not say: that is left to `core.runstate.settle`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

from msgspec.structs import replace

from studio_tui.core.runstate import fold_messages as messages
from studio_tui.core.runstate import fold_tasks as tasks
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunError, RunState, TaskStatus, nameless
from studio_tui.text.fmt import duration
from studio_tui.wire.decode_error import is_cancel_error
from studio_tui.wire.events import (
    CheckpointSaved,
    CustomEmitted,
    Event,
    Interrupted,
    MessageDelta,
    NodeUpdate,
    RunClosed,
    RunFailed,
    RunStarted,
    StreamGap,
    TaskFinished,
    TaskStarted,
    UnknownEvent,
    ValuesSnapshot,
)

NOTE_CHARS = 120
"""Characters of a custom event that its timeline row keeps; the payload brings back all."""
READ_FOR_A_ROW = 32 * 1024
"""Characters of a custom event up to which it is parsed for its row; of a larger one that shows the text as it came."""

_RECENT_MARKS = 256
"""How far back a checkpoint without an id is compared with those that have one."""

Slices = frozenset[Slice]

_NOTHING: Slices = frozenset()
_RUN: Slices = frozenset({Slice.RUN})
_TASKS: Slices = frozenset({Slice.RUN, Slice.TASKS})
_STATE: Slices = frozenset({Slice.RUN, Slice.STATE})
_HISTORY: Slices = frozenset({Slice.RUN, Slice.TASKS, Slice.HISTORY})
_MESSAGES: Slices = frozenset({Slice.RUN, Slice.MESSAGES})
_TASKS_MESSAGES: Slices = _TASKS | _MESSAGES
_STATE_MESSAGES: Slices = _STATE | _TASKS_MESSAGES

_GONE = re.compile(r"404: (?:Run|Thread)(?: with ID \S+)? not found")
"""What Python servers stream to a run that is deleted while it runs."""
_NO_SIGN_OF_LIFE = (RunStarted, RunFailed, RunClosed, StreamGap, UnknownEvent)
"""Events that do not prove that the graph does something; a start does if it is this run's."""
_WAITING = (Phase.STARTING, Phase.QUEUED, Phase.RECONNECTING)


def reduce(run: RunState, event: Event) -> Slices:
    """Fold `event` into `run` and return which parts changed; an event already folded changes nothing."""
    ledger = run.ledger
    if event.seq < run.watermark or (event.seq == run.watermark and event.part <= ledger.part):
        return _NOTHING
    run.event_count += event.seq != run.watermark
    run.watermark, ledger.part = event.seq, event.part
    run.rev += 1
    fold = _HANDLERS.get(type(event))
    try:
        if run.phase is not Phase.RUNNING and run.phase in _WAITING and not isinstance(event, _NO_SIGN_OF_LIFE):
            run.phase = Phase.RUNNING
        return fold(run, event) if fold is not None else _RUN
    except RecursionError:  # a payload as deep as the parser just allows
        run.unknown_count += 1
        return _RUN


def _run_started(run: RunState, event: RunStarted) -> Slices:
    if run.run_id is not None and event.run_id not in (None, run.run_id):
        return _RUN  # another run of the thread
    run.run_id = run.run_id or event.run_id
    if event.attempt > run.attempt:
        run.attempt = event.attempt
        run.error = None
        run.phase = run.phase if run.phase is Phase.STOPPING else Phase.RUNNING
        tasks.close_tasks(run, TaskStatus.CANCELLED, event.at)
        run.timeline.append(Note("phase", f"attempt {event.attempt}", event.at))
        messages.end_streaming(run)
    if run.phase in _WAITING:
        run.phase = Phase.RUNNING
    return _TASKS


def _task_started(run: RunState, event: TaskStarted) -> Slices:
    tasks.task_started(run, event)
    return _TASKS


def _task_finished(run: RunState, event: TaskFinished) -> Slices:
    if event.interrupts:
        tasks.remember_interrupts(run, event.interrupts)
    if not tasks.task_finished(run, event):
        return _TASKS
    changed = messages.fold_written(run, event.result, event.ns, event.task_id, event.name)
    if run.ledger.growing:
        changed |= messages.end_streaming(run, event.task_id)
    return _TASKS_MESSAGES if changed else _TASKS


def _node_update(run: RunState, event: NodeUpdate) -> Slices:
    task_id = tasks.node_update(run, event)
    changed = messages.fold_written(run, event.update, event.ns, task_id, event.node)
    if task_id is not None:
        changed |= messages.end_streaming(run, task_id)
    return _TASKS_MESSAGES if changed else _TASKS


def _values(run: RunState, event: ValuesSnapshot) -> Slices:
    if not event.ns:
        run.values = event.values
        run.ledger.checkpoint_values = False
    done = tasks.finish_derived(run, event.ns, event.at)
    changed = messages.fold_state(run, event.values, event.ns)
    if event.ns:
        event.values.forget()
    return _STATE_MESSAGES if done or changed else _STATE


def _interrupted(run: RunState, event: Interrupted) -> Slices:
    tasks.remember_interrupts(run, event.interrupts)
    run.stopped = run.stopped or not (event.interrupts or event.ns)
    return _TASKS


def _checkpoint(run: RunState, event: CheckpointSaved) -> Slices:
    known = run.checkpoints.get(event.checkpoint_id) if event.checkpoint_id is not None else _same_step(run, event)
    if known is not None and (known.next or not event.next):
        return _RUN
    mark = CheckpointMark(event.checkpoint_id, event.ns, event.step, event.source, event.at, event.next, streamed=True)
    if known is not None:  # announced before in short, without what comes next
        run.checkpoints[known.checkpoint_id or nameless(event.ns, event.step)] = replace(known, next=event.next)
    elif event.checkpoint_id is None:
        run.checkpoints[nameless(event.ns, event.step)] = mark
    else:
        before = run.checkpoints.pop(nameless(event.ns, event.step), mark)
        run.checkpoints[event.checkpoint_id] = replace(mark, next=mark.next or before.next)
    tasks.checkpoint_tasks(run, event)
    values = event.values
    if values is None:
        return _HISTORY
    if event.ns:
        values.forget()
    elif run.values is None or run.ledger.checkpoint_values:
        run.values, run.ledger.checkpoint_values = values, True
        return _HISTORY | _STATE_MESSAGES if messages.fold_state(run, values, event.ns) else _HISTORY | _STATE
    return _HISTORY


def _same_step(run: RunState, event: CheckpointSaved) -> CheckpointMark | None:
    """What is known already of a checkpoint that comes without its id."""
    known = run.checkpoints.get(nameless(event.ns, event.step))
    if known is not None or run.ledger.steps.get(event.ns) != event.step:
        return known
    recent = islice(reversed(run.checkpoints.values()), _RECENT_MARKS)
    return next((mark for mark in recent if (mark.ns, mark.step) == (event.ns, event.step)), None)


def _message(run: RunState, event: MessageDelta) -> Slices:
    task = tasks.message_task(run, event)
    return _TASKS_MESSAGES if messages.message_delta(run, event, task) else _TASKS


def _custom(run: RunState, event: CustomEmitted) -> Slices:
    if event.payload.size > READ_FOR_A_ROW:
        text = event.payload.text
    else:
        value = event.payload.value()
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    run.timeline.append(Note("custom", text[:NOTE_CHARS], event.at, event.ns, event.payload))
    return _TASKS


def _failed(run: RunState, event: RunFailed) -> Slices:
    if run.tasks and event.kind == "HTTPException" and _GONE.fullmatch(event.message):
        # No error of the graph, as it seems: the run or its thread was deleted under it. Whoever settles it asks.
        run.timeline.append(Note("log", f"the server says: {event.message}", event.at, event.ns))
        return _TASKS
    messages.end_streaming(run)
    run.error = RunError(event.kind, event.message)
    run.ended_at = event.at
    # Where a cancel has no class of its own (JavaScript), its words may as well be those of a task that failed.
    has_failed = any(task.status is TaskStatus.ERROR for task in run.tasks.values())
    doubtful = event.kind == "Error" and (has_failed or run.failed_earlier)
    if doubtful or not is_cancel_error(run.error):
        tasks.fail_tasks(run, f"{event.kind}: {event.message}", event.at)
        run.phase = Phase.FAILED
        run.timeline.append(Note("error", f"{event.kind}: {event.message}", event.at, event.ns))
        return _TASKS_MESSAGES
    tasks.close_tasks(run, TaskStatus.CANCELLED, event.at)
    if run.phase is not Phase.STOPPING:  # our own stop is booked once the server confirms it
        run.phase = Phase.CANCELLED
        run.timeline.append(Note("phase", run.phase.value, event.at, event.ns))
    return _TASKS_MESSAGES


def _closed(run: RunState, event: RunClosed) -> Slices:
    messages.end_streaming(run)
    stopped = run.phase in (Phase.STOPPING, Phase.CANCELLED)
    tasks.close_tasks(run, TaskStatus.CANCELLED if stopped else TaskStatus.UNKNOWN, event.at)
    run.ended_at = run.ended_at if run.ended_at is not None else event.at
    return _TASKS_MESSAGES


def _gap(run: RunState, event: StreamGap) -> Slices:
    run.gap = run.gap or not event.recovered
    loss = "nothing was lost" if event.recovered else "events may be missing"
    run.timeline.append(Note("gap", f"no connection for {duration(event.seconds)}, {loss}", event.at))
    return _TASKS


def _unknown(run: RunState, _event: UnknownEvent) -> Slices:
    run.unknown_count += 1
    return _RUN


_HANDLERS: dict[type[Event], Callable[[RunState, Any], Slices]] = {
    RunStarted: _run_started,
    TaskStarted: _task_started,
    TaskFinished: _task_finished,
    NodeUpdate: _node_update,
    ValuesSnapshot: _values,
    Interrupted: _interrupted,
    CheckpointSaved: _checkpoint,
    MessageDelta: _message,
    CustomEmitted: _custom,
    RunFailed: _failed,
    RunClosed: _closed,
    StreamGap: _gap,
    UnknownEvent: _unknown,
}
