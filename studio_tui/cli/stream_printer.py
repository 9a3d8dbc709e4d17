"""Prints a run while it streams, driven by the same store that the terminal UI draws."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from studio_tui.cli.output import Output
from studio_tui.core.state.app_state import Store
from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import Note, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.text.fmt import duration
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
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


class StreamPrinter:
    """Reads what is new in the store whenever it says that something changed."""

    def __init__(self, out: Output, store: Store) -> None:
        self._out = out
        self._store = store
        self._marks = glyphs(False)
        self._frames = 0
        self._parser = Parser()
        self._run: RunState | None = None
        self._seen = 0
        self._open: list[TaskId | Note] = []
        self._texts: dict[str, int] = {}
        self._message = ""
        self._scheduled = False

    def attach(self) -> None:
        """Print from now on, at the next turn of the event loop after each change."""
        self._store.on_dirty = self._wake
        self._wake()

    def flush(self) -> None:
        """Print what is new now."""
        self._scheduled = False
        self._store.drain()
        run = self._store.run
        if self._out.format == "json" or run is None:
            return
        if self._out.format == "jsonl":
            self._print_frames()
            return
        if run.from_history:
            return  # what the thread did before
        if run is not self._run:
            self._run, self._seen, self._open, self._texts, self._message = run, 0, [], {}, ""
        self._print_messages(run)
        self._print_tasks(run)

    def _wake(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _print_frames(self) -> None:
        frames = self._store.frames
        while self._frames < len(frames):
            for row in _rows(self._parser, frames[self._frames]):
                self._out.row(**row)
            self._frames += 1

    def _print_messages(self, run: RunState) -> None:
        for key, message in run.messages.items():
            if message.role != "ai":
                continue
            seen = self._texts.get(key, 0)
            text = message.text
            if len(text) <= seen:
                continue
            if self._message != key:
                self._out.line(Span(clean(message.node or message.name or "assistant"), "msg-ai"))
                self._message = key
            self._out.piece(text[seen:])
            self._texts[key] = len(text)

    def _print_tasks(self, run: RunState) -> None:
        fresh = run.timeline[self._seen :]
        self._seen += len(fresh)
        self._open.extend(fresh)
        waiting: list[TaskId | Note] = []
        for entry in self._open:
            if isinstance(entry, Note):
                self._print_note(entry)
            elif (task := run.tasks.get(entry)) is None or task.status is TaskStatus.RUNNING:
                waiting.append(entry)
            else:
                self._message = ""
                self._out.line(*self._task(task))
        self._open = waiting

    def _print_note(self, note: Note) -> None:
        if note.kind not in ("custom", "gap"):
            return
        text = note.text or (json.dumps(note.payload.value(), default=str) if note.payload is not None else "")
        self._out.line(Span(f"  {note.kind}  ", "muted"), clean(text))

    def _task(self, task: TaskView) -> list[Span | str]:
        kind, role = _STATUS.get(task.status, ("idle", "muted"))
        glyph = getattr(self._marks, kind)
        inside = "  " * len(task.ns)
        spans: list[Span | str] = [
            Span(f"{inside}{glyph} ", role),
            Span(clean(task.name), "bold"),
            Span(f"  {duration(task.duration)}", "muted"),
        ]
        if task.keys:
            spans.append(Span("  +" + clean(", ".join(task.keys)), "key"))
        if task.error:
            spans.append(Span(f"  {clean(task.error.splitlines()[0])}", "err"))
        return spans


def _rows(parser: Parser, frame: Frame) -> list[dict[str, Any]]:
    """Return the typed events of one frame as JSON rows; the type is the event's name in snake case."""
    rows = []
    for event in parser.feed(frame):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
        rows.append({"type": name, **{field.name: _plain(getattr(event, field.name)) for field in fields(event)}})
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, LazyJson):
        return value.value()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
