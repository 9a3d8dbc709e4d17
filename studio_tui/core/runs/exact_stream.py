"""What makes a followed run exact after its stream was cut: when to doubt it, how the whole stream takes its place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import fields

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.runs.feed_items import Ended
from studio_tui.core.runs.feed_replay import tells_more
from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.fold import reduce
from studio_tui.core.runstate.put_away import KEPT, PAGE, put_away
from studio_tui.core.runstate.settle import Truth
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.ids import TaskId
from studio_tui.domain.message.read import message_keys, messages_in
from studio_tui.domain.run import Note, RunState
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.wire.events import Event
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser

SLICE_SECONDS = 0.002
"""Work without a break: keys and paints come in between. For so long a key may have to wait; what follows heeds it."""


async def doubt_of_end(runtime: Runtime, run: RunState, ended: Ended, truth: Truth) -> str:
    """A stream may be cut without a trace: unless it told of the last checkpoint, see whether there is more."""
    thread_id, run_id = run.thread_id, run.run_id
    own = truth.own(run_id)
    if ended.followed is None or not own or run.error is not None or not ended.last_id:
        return ""
    if own[-1].checkpoint_id in run.checkpoints:
        return ""
    if not ended.last_id.isdigit():  # servers that count their events may not name checkpoints in them
        return "the stream does not tell of the run's last checkpoint"
    assert thread_id is not None
    assert run_id is not None
    client, timings = runtime.connection.client, runtime.timings
    more = await runtime.connection.network.call(lambda: tells_more(client, thread_id, run_id, ended.last_id, timings))
    return "the stream ended before the run did" if more else ""


def tells_last_message(run: RunState, truth: Truth) -> bool:
    """Whether the stream told the last message of the run's last state as it stands; a human's is not streamed."""
    last = truth.last(run.run_id)
    values = last.values if last is not None else None
    found = [message for key in message_keys(values) for message in messages_in(values, key)[-1:]]
    for message in found:
        told = run.messages.get(message.id)
        same = told is not None and told.text == message.text and len(told.tool_calls) == len(message.tool_calls)
        if not same and message.role != "human":
            return False
    return bool(found)


async def folded_afresh(old: RunState, log: FrameLog) -> RunState:
    """Fold a whole stream into a run that is otherwise as `old` was when it began."""
    parser = Parser()
    fresh = RunState(
        run_id=old.run_id,
        thread_id=old.thread_id,
        assistant_id=old.assistant_id,
        graph_id=old.graph_id,
        request=old.request,
        stream_modes=old.stream_modes,
        started_at=old.started_at,
        stateless=old.stateless,
        stepped=old.stepped,
        base_id=old.base_id,
    )
    look_at = KEPT + PAGE
    async for frame in gently(log):
        for event in parser.feed(frame):
            reduce(fresh, event)
            stow(event, log, frame.seq)
        if len(fresh.timeline) >= look_at:
            look_at = put_away(fresh, log)
    return fresh


def put_in_place(old: RunState, fresh: RunState) -> None:
    """Let the run that everybody holds read as `fresh`, with the notes of how it was followed."""
    earlier = earlier_of(old)
    notes = [entry for entry in old.timeline if isinstance(entry, Note) and entry.of_following]
    notes[:0] = earlier.of_following if earlier is not None else ()
    fresh.timeline = _merged(fresh, notes)
    fresh.phase = old.phase if old.phase.is_live else fresh.phase
    fresh.rev = old.rev + 1
    for item_field in fields(RunState):
        setattr(old, item_field.name, getattr(fresh, item_field.name))


def stow(event: Event, log: FrameLog, index: int | None = None) -> None:
    """Let the log keep what the event carries, once all who are to hear of it have: what is folded holds no payload."""
    payload = getattr(event, "payload", None)
    if payload is not None and isinstance(payload, LazyJson):
        payload.stow(log, len(log) - 1 if index is None else index)


async def gently(log: FrameLog) -> AsyncIterator[Frame]:
    """The frames of a log, with room for keys and paints in between."""
    began = time.perf_counter()
    for index in range(len(log)):
        yield log[index]
        if time.perf_counter() - began > SLICE_SECONDS:
            await asyncio.sleep(0)
            began = time.perf_counter()


async def common_length(one: FrameLog, other: FrameLog) -> int:
    shared = 0
    async for frame in gently(one):
        if shared >= len(other) or (frame.event, frame.data) != (other[shared].event, other[shared].data):
            break
        shared += 1
    return shared


def _merged(run: RunState, notes: list[Note]) -> list[TaskId | Note]:
    entries = list(run.timeline)
    for note in notes:
        places = (index for index, entry in enumerate(entries) if (_time_of(run, entry) or 0.0) > note.at)
        entries.insert(next(places, len(entries)), note)
    return entries


def _time_of(run: RunState, entry: TaskId | Note) -> float | None:
    if isinstance(entry, Note):
        return entry.at
    task = run.tasks[entry]
    return task.started_at if task.started_at is not None else task.ended_at
