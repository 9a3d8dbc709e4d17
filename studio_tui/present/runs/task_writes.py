"""What tasks wrote, read from their results for the rows in sight, and kept for the last few."""

from __future__ import annotations

from collections import OrderedDict

from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import GIVEN_BACK, RunState, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.written import Written, message_words, written
from studio_tui.text.glyphs import Glyphs

_RESULT, _INPUT = 64 * 1024, 16 * 1024
"""Characters up to which results are read for a row, and inputs to tell new keys from others."""
_KEPT = 256
"""Tasks whose writes stay read."""
_NOTHING = Written()


class TaskWrites:
    """Reads at most what fits a row, and leaves documents in memory as they were."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[TaskId, int, str], Written] = OrderedDict()

    def of(self, run: RunState | None, task: TaskView, signs: Glyphs) -> Written:
        """Return what a task of `run` wrote, or is writing."""
        if task.result is GIVEN_BACK or run is None:
            return _NOTHING
        if task.result is None:
            return _being_written(run, task, signs) if task.chunk_count else _NOTHING
        key = (task.id, task.rev, signs.arrow)
        found = self._known.get(key)
        if found is None:
            before = _read(task.input, _INPUT) if task.input is not None else None
            found = self._known[key] = written(_read(task.result, _RESULT), before, signs)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found


def _read(document: LazyJson, limit: int) -> Json:
    """Return a document's value; None where it is too large for a row."""
    if document.is_parsed:
        return document.value()  # type: ignore[no-any-return]
    if document.size > limit:
        return None
    value: Json = document.value()
    document.forget()
    return value


def _being_written(run: RunState, task: TaskView, signs: Glyphs) -> Written:
    """The newest of the messages that a task streams."""
    for message_id in reversed(run.ledger.growing):
        message = run.messages.get(message_id)
        if message is not None and message.task_id == task.id:
            return Written((message_words(message, signs),))
    return _NOTHING
