"""Prints a run while it streams, driven by the same `AppState` that the terminal UI draws."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from studio_tui.cli.output.stdout import Output
from studio_tui.cli.runs.event_rows import line_of, lines_of
from studio_tui.cli.runs.stream_text import StreamText, Writer
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.core.studio import Studio
from studio_tui.domain.ids import Namespace, TaskId
from studio_tui.domain.message.read import role_of, written_messages
from studio_tui.domain.run import Note, RunState, TaskStatus, TaskView
from studio_tui.domain.stream_mode import Tells, telling
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.value import Json, as_str
from studio_tui.text.fmt import duration
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.wire.decode_error import MASKED
from studio_tui.wire.events import CheckpointSaved, Event, MessageDelta, NodeUpdate, TaskFinished, ValuesSnapshot
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser

_STATUS = {
    TaskStatus.DONE: ("done", "node-done"),
    TaskStatus.CACHED: ("done", "muted"),
    TaskStatus.ERROR: ("error", "node-error"),
    TaskStatus.INTERRUPTED: ("interrupt", "node-paused"),
    TaskStatus.CANCELLED: ("cancelled", "warn"),
    TaskStatus.UNKNOWN: ("idle", "muted"),
}

_NEWEST = 32
"""Entries at the end of a timeline in which a task is looked for that began after another one failed."""
_PIECE = 128
"""Frames that nobody was told of whose lines are written at once."""
_HEARD = 4096
"""Frames whose lines may wait; of a longer piece they are made when they are written."""


class StreamPrinter:
    """Text follows the events one by one; JSON lines are the frames; one JSON document needs nothing of either."""

    def __init__(
        self, out: Output, studio: Studio, *, known: Json = None, sent: Json = None, ascii: bool = False
    ) -> None:
        """`known` is the state before the run, `sent` its input: neither is printed back."""
        self._out = out
        self._app_state = studio.app_state
        self._studio = studio
        self._marks = glyphs(ascii)
        self._frames = 0
        self._log: FrameLog | None = None
        self._heard: list[str] = []
        """The lines of frames of the open run that are not written yet, of each frame in turn."""
        self._heard_from = 0
        """The number of the first of these frames."""
        self._heard_of: FrameLog | None = None
        self._parser = Parser()
        """For frames that nobody was told of."""
        self._run: RunState | None = None
        self._text = StreamText(out)
        self._text.know(known)
        self._text.sent(sent)
        self._seen = 0
        self._open: list[TaskView] = []
        self._told: set[TaskId] = set()
        """Tasks that have a line; also those under a made-up id that got a true one since."""
        self._told_views: dict[int, TaskView] = {}
        """By `id`; held, so that no other task gets the number of one that was told."""
        self._now = 0.0
        self._scheduled = False
        self._over = False
        """The run has ended, and what the server says of it is known."""
        self._failed = asyncio.Event()
        self._failure: OSError | None = None

    def attach(self) -> None:
        """Print from now on, at the next turn of the event loop after each change."""
        before = self._studio.runtime.on_frame
        hear = self._hear if self._out.is_text else self._keep if self._out.format == "jsonl" else None
        if hear is not None:
            self._studio.runtime.on_frame = hear if before is None else _both(before, hear)
        self._app_state.on_dirty = self._wake
        self._wake()

    def flush(self) -> None:
        """Print what is new now."""
        self._scheduled = False
        self._app_state.drain()
        if self._out.format == "jsonl" and self._app_state.run is not None:
            self._print_frames()
        elif self._out.is_text and self._run is not None:
            self._text.pump(self._run, self._now)

    async def unwritable(self) -> NoReturn:
        """Wait until the output cannot be written to, then raise the OSError."""
        await self._failed.wait()
        raise self._failure or OSError("the output cannot be written")

    def finish(self) -> None:
        """Print what is left, and what only the state read after the end tells. Raises OSError."""
        if self._failure is not None:
            raise self._failure  # else what can be written again would hide that something is missing
        self.flush()
        run = self._app_state.run
        if not self._out.is_text or run is None or run.from_history:
            return
        self._over = True
        self._follow(run)
        self._text.changed(run)
        self._open = [run.tasks[entry] for entry in run.timeline if not isinstance(entry, Note)]
        self._take_tasks(run)
        self._text.pump(run, None)

    def _wake(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """`flush` as the event loop calls it, which would tell an error of it in a trace of its own each time."""
        if self._failure is not None:
            return
        try:
            self.flush()
        except OSError as error:
            self._failure = error
            self._failed.set()

    def _print_frames(self) -> None:
        frames = self._app_state.frames
        if frames is not self._log:
            # A reading of the whole stream took its place. Rows up to here stand; those after it were incomplete.
            if self._log is not None and frames.restarts_at < self._frames:
                self._out.row(type="stream_restarted", seq=frames.restarts_at)
            self._frames = min(self._frames, frames.restarts_at) if self._log is not None else self._frames
            self._log = frames if len(frames) else self._log
        if self._heard_of is not frames:
            self._heard.clear()
        while (first := self._frames) < len(frames):
            if self._heard and self._heard_from == first:
                lines, self._heard = self._heard, []
            else:
                stop = self._heard_from if self._heard and self._heard_from > first else len(frames)
                lines = [lines_of(self._parser.feed(frames[at])) for at in range(first, min(first + _PIECE, stop))]
            self._out.ready("".join(lines))
            self._frames = first + len(lines)
        self._heard.clear()

    def _keep(self, run: RunState, frame: Frame, events: tuple[Event, ...]) -> None:
        """Make the rows of a frame of what is parsed just now; they are written at the next turn of the loop."""
        app_state = self._app_state
        if not app_state.runs or run is not app_state.runs[-1]:
            return
        if self._heard_of is not app_state.frames:
            self._heard_of = app_state.frames
            self._heard.clear()
        if frame.event.startswith("messages/metadata"):
            self._parser.feed(frame)  # later frames, which it may have to read, refer to it
        heard, number = self._heard, frame.seq
        count = len(heard)
        if not count:
            self._heard_from = number
        if number == self._heard_from + count and count < _HEARD:
            heard.append(line_of(events[0]) if len(events) == 1 else lines_of(events))

    def _follow(self, run: RunState) -> None:
        if run is not self._run:
            self._run, self._seen, self._open = run, 0, []
            self._told, self._told_views = set(), {}

    def _hear(self, run: RunState, _: Frame, events: tuple[Event, ...]) -> None:
        """Take what one frame changed, before the next one changes it again."""
        self._follow(run)
        text = self._text
        chunks_only = True
        for event in events:
            self._now = max(self._now, event.at)
            if isinstance(event, MessageDelta):
                if role_of(event.message) == "remove":
                    text.gone(run)
                    continue
                key = as_str(event.message.get("id")) or f"~{event.task_id or event.node}"
                text.wrote(run, key, Writer(event.node, event.task_id))
                continue
            chunks_only = False
            if isinstance(event, NodeUpdate):
                self._written(run, event.update, event.node, _only_open(run, event.ns, event.node))
            elif isinstance(event, TaskFinished):
                self._written(run, event.result, event.name, event.task_id)
            elif isinstance(event, ValuesSnapshot | CheckpointSaved):
                text.inherit(run)
                text.changed(run)
                # Where nodes tell what they remove, a state that lacks a message only means another id for it.
                text.gone(run, tell=not telling(Tells.WRITES) & set(run.stream_modes))
        if not chunks_only:
            self._take_tasks(run)

    def _written(self, run: RunState, update: Json, node: str, task_id: TaskId | None) -> None:
        written = written_messages(update)
        if not written:
            return
        for key in self._text.keys_of(run, written):
            self._text.wrote(run, key, Writer(node, task_id))
        if any(role_of(item) == "remove" for item in written):
            self._text.gone(run)

    def _take_tasks(self, run: RunState) -> None:
        """Queue the lines of tasks that have ended, those inside a subgraph before the task that ran it."""
        fresh = run.entries_since(self._seen)
        self._seen = run.entry_count
        for entry in fresh:
            if isinstance(entry, Note):
                self._take_note(entry)
            elif entry in run.tasks:
                self._open.append(run.tasks[entry])
        waiting = [task for task in self._open if task.status is TaskStatus.RUNNING]
        held = {task.parent_id for task in waiting}
        for task in _inner_first([task for task in self._open if task.status is not TaskStatus.RUNNING]):
            if task.id in held or (not self._over and self._may_be_told(run, task)):
                held.add(task.parent_id)
                waiting.append(task)
            elif task.id not in self._told and id(task) not in self._told_views:
                self._told.add(task.id)
                self._told_views[id(task)] = task
                self._text.then(partial(self._out.line, *self._task(task)))
        self._open = waiting

    @staticmethod
    def _may_be_told(run: RunState, task: TaskView) -> bool:
        """Whether the reason of a failure, which the stream hides, will likely be known soon: nothing goes on after it.

        Then its line waits; it is the last one but those of the tasks around it.
        """
        if MASKED not in task.error:
            return False
        newest = (run.tasks.get(entry) for entry in reversed(run.timeline[-_NEWEST:]) if not isinstance(entry, Note))
        return not any(other is not None and (other.started_at or 0.0) > (task.ended_at or 0.0) for other in newest)

    def _take_note(self, note: Note) -> None:
        if note.kind not in ("custom", "gap"):
            return
        value = note.payload.value() if note.payload is not None else note.text
        text = value if isinstance(value, str) else json.dumps(shortened(value), ensure_ascii=False, default=str)
        self._text.then(lambda: self._text.note(note.kind, clean(text)))

    def _task(self, task: TaskView) -> list[Span | str]:
        kind, role = _STATUS.get(task.status, ("idle", "muted"))
        glyph = getattr(self._marks, kind)
        inside = "  " * len(task.ns)
        bound = self._marks.at_most if task.between_checkpoints and task.duration is not None else ""
        spans: list[Span | str] = [
            Span(f"{inside}{glyph} ", role),
            Span(clean(task.name), "bold"),
            Span(f"  {bound}{duration(task.duration)}", "muted"),
        ]
        if task.keys:
            spans.append(Span("  +" + clean(", ".join(task.keys)), "key"))
        if task.error:
            told = task.error.splitlines()[0].replace(MASKED, "the server hides the reason")
            spans.append(Span(f"  {clean(told)}", "err"))
        return spans


def _both(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
    def hear(run: RunState, frame: Frame, events: tuple[Event, ...]) -> None:
        first(run, frame, events)
        second(run, frame, events)

    return hear


def _only_open(run: RunState, ns: Namespace, node: str) -> TaskId | None:
    """The task of this node that is under way, where there is only one."""
    tasks = run.ledger.open.get((ns, node), {})
    return next(iter(tasks)) if len(tasks) == 1 else None


def _inner_first(tasks: list[TaskView]) -> list[TaskView]:
    """Tasks in the order in which they ended; at the same moment, and whatever the times say, parents come last."""
    left = {task.id: task for task in tasks}
    children: dict[TaskId, list[TaskView]] = {}
    for task in tasks:
        if task.parent_id is not None and task.parent_id in left:
            children.setdefault(task.parent_id, []).append(task)
    ordered: list[TaskView] = []

    def put(task: TaskView) -> None:
        if left.pop(task.id, None) is None:
            return
        for child in children.get(task.id, ()):
            put(child)
        ordered.append(task)

    for task in tasks:
        put(task)
    return ordered
