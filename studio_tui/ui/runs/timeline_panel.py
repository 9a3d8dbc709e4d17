"""Panel 3: runs, supersteps and tasks as they happen. Moving in it moves the other panels to that moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual.timer import Timer

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.checkpoint import History
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.domain.run import GIVEN_BACK, Note, RunState, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.present.kit.outline import OutlineNode
from studio_tui.present.runs.timeline import TimelineRows
from studio_tui.present.runs.timeline_parts import Item
from studio_tui.present.timetravel.lacking import what_is_lacking
from studio_tui.text.fmt import plural
from studio_tui.ui.contracts.beat import on_beat
from studio_tui.ui.contracts.intents import DetailWanted, TaskPicked
from studio_tui.ui.kit.lists.line_view import SCAN_PAUSE
from studio_tui.ui.screens.first_steps import written_first
from studio_tui.ui.screens.past_panel import PastPanel

_MADE = 20
"""Edits and forks on top of each other that have no row."""


class TimelinePanel(PastPanel):
    """The runs of the open thread; follows the newest until the user scrolls up."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.TASKS, Slice.RUN, Slice.STATE, Slice.HISTORY})
    COUNTED: ClassVar[str] = "checkpoints"
    FOLLOWS: ClassVar[bool] = True
    MORE_KEY: ClassVar[str] = "{list-first-row}"
    NOUN: ClassVar[tuple[str, str]] = ("row", "rows")

    def __init__(self, *, id: str | None = None) -> None:
        self._timeline = TimelineRows()
        super().__init__(self._timeline, id=id)
        self._run: RunState | None = None
        self._drawn_thread: ThreadId | None = None
        self._looked_at = ""
        """What of the past is shown, in words."""
        self._reading: Timer | None = None
        """Until more of what is on disk is read."""
        self._searched: list[OutlineNode[Item]] = []
        """Fan-outs that a search has unfolded."""

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the runs tell what is new
        if app_state.thread_id != self._drawn_thread:
            self.port.to_end()  # of another thread the end is looked at, and nothing of it is new
        self._run, self._drawn_thread = app_state.run, app_state.thread_id
        self._looked_at = _looked_at(app_state)
        self.following = self._looked_at or type(self).following
        self.take_history(app_state.history)
        with self.keeping_place() as change:
            asked = frozenset(question.key for question in app_state.position.questions)
            now, history = on_beat(time.time()), app_state.history
            change.start = self._timeline.update(app_state.runs, now, _paused_here(app_state), asked, history)
        self._follow_time(app_state)
        self.pages_changed()
        if self._timeline.is_behind and self._reading is None:
            self._reading = self.set_timer(SCAN_PAUSE, partial(self._read_on, app_state))

    def let_go(self, app_state: AppState) -> None:
        """Hold no run of a thread that was left; what is kept of it may be large."""
        held = self._run
        if held is not None and all(run is not held for run in app_state.runs):
            self._run = None
            self.take_history(History())
            with self.keeping_place():
                self._timeline.update((), on_beat(time.time()), history=self._history)

    def _follow_time(self, app_state: AppState) -> None:
        """Go where the time cursor was put elsewhere: to the step that is shown, at now to the end."""
        if not self._time.has_moved(app_state.cursor):
            return
        if app_state.cursor is None:
            self.port.to_end()
        elif (row := self._row_of_state(app_state.cursor)) is not None and row != self.row:
            self.port.follow = False
            self.port.move_to(self._filter.position(row))
        self._refresh_rows()

    def _row_of_state(self, checkpoint_id: CheckpointId) -> int | None:
        """The row of a checkpoint; of what no run wrote (an edit, a fork) that of the checkpoint before it."""
        here = self._timeline.moment(self.row).checkpoint_id if self.row is not None else None
        if here == checkpoint_id:
            return self.row  # one of several rows that stand for it
        item = self._history.by_id.get(checkpoint_id)
        for _ in range(_MADE):
            if item is None or item.checkpoint_id is None:
                break
            if (row := self._timeline.row_at(item.checkpoint_id, item.step)) is not None:
                return row
            item = self._history.by_id.get(item.parent_id) if item.parent_id is not None else None
        return None

    def _read_on(self, app_state: AppState) -> None:
        self._reading = None
        self.draw(app_state, self.slices)

    def empty_text(self) -> str:
        if lacks := what_is_lacking(self._history):
            return f"No runs are shown: {lacks}."
        return written_first(self, "No runs yet.")

    def summary(self) -> str:
        events = self._run.event_count if self._run else 0
        if self._timeline.is_behind:
            return f"{plural(events, 'event')}, reading the earlier ones"
        text = plural(events, "event") if events else super().summary()
        return ", ".join(filter(None, (text, what_is_lacking(self._history))))

    def border_parts(self) -> Iterator[str]:
        if len(self.rows) and self._looked_at and not self.port.follow:
            yield self._looked_at
        yield from super().border_parts()

    def action_last_row(self) -> None:
        """Go to the newest row: what is not loaded is older."""
        self._go_to_end()

    def action_first_row(self) -> None:
        """Go to the oldest row, and on to the thread's beginning."""
        self._go_to_start()
        if self.loaded().has_more:
            self._pursue("start", asked=self._asked_at == self.loaded().rows)

    def row_moved(self, row: int | None) -> None:
        """Tell the screen which moment is looked at; the followed end is no moment."""
        if self._goal == "start" and self.port.cursor > 0:
            self.stop_loading()
        if row is None:
            self._time.choose(None)
            self.post_message(TaskPicked(None, None, None))
            return
        moment = self._timeline.moment(row)
        shown = moment.checkpoint_id
        head = self._history.head
        if head is not None and shown == head.checkpoint_id and not (self._run and self._run.phase.is_live):
            shown = None  # the newest one is now
        self._time.choose(shown)
        self.post_message(TaskPicked(moment.task_id, moment.node, shown))
        if row < self.port.height:
            self.ask_once()

    def open_row(self, row: int) -> None:
        """Expand a failed task or a run; show any other task, or a note's payload, in full."""
        item = self._timeline.item(row)
        # Under a search the rows of an expanded error would be hidden: they do not hold what is searched.
        failed = isinstance(item, TaskView) and item.error and not self.filter_text
        if isinstance(item, TaskView) and not failed:
            self.post_message(DetailWanted(item.name, _task_detail(item)))
        elif isinstance(item, Note):
            value = item.payload.value() if item.payload else item.text
            self.post_message(DetailWanted(item.kind, value))
        else:
            self.toggle_row(row)

    def set_filter(self, text: str) -> None:
        """Search in folded fan-outs, too: they are open as long as something is searched."""
        with self.keeping_place() as change:
            change.arrived = False
            if text and not self.filter_text:
                self._searched = self._timeline.open_folds(True)
            elif not text:
                self._timeline.open_folds(False, self._searched)
                self._searched = []
        super().set_filter(text)

    def toggle_row(self, row: int) -> None:
        self.port.follow = False
        with self.keeping_place() as change:
            change.arrived = False
            change.start = row
            self._timeline.toggle(row)

    def fold_row(self, row: int) -> None:
        if self._timeline.is_open(row):
            self.toggle_row(row)
        elif (parent := self._timeline.parent_row(row)) is not None:
            self.move_to_row(parent)

    def selected_row(self) -> tuple[None, RunState | None, str | None]:
        if self.row is None:
            return (None, None, None)
        return (None, self._timeline.run_of(self.row), self._timeline.moment(self.row).checkpoint_id)


def _task_detail(task: TaskView) -> JsonObject:
    detail: dict[str, Json] = {"id": task.id, "name": task.name, "status": task.status.value, "step": task.step}
    if task.ns:
        detail["namespace"] = list(task.ns)
    for name, payload in (("input", task.input), ("result", task.result)):
        if payload is GIVEN_BACK:
            detail[f"{name} not kept"] = "Its checkpoint in the history has it."
        elif isinstance(payload, LazyJson):
            detail[name] = payload.value()
    if task.error:
        detail["error"] = task.error
    if task.triggers:
        detail["triggers"] = list(task.triggers)
    if task.interrupts:
        detail["interrupts"] = [{"id": item.id, "value": item.value} for item in task.interrupts]
    return detail


def _looked_at(app_state: AppState) -> str:
    """The step of the past that is shown, which no row has the cursor for while the list stays at its end."""
    if app_state.cursor is None:
        return ""
    item = app_state.history.by_id.get(app_state.cursor) or app_state.state
    return f"at step {item.step}" if item is not None and item.step is not None else "in the past"


def _paused_here(app_state: AppState) -> tuple[str, ...]:
    """The nodes where the newest run left the thread paused; none once somebody edited or forked since."""
    position = app_state.position
    own = app_state.run is not None and app_state.head_run is app_state.run
    return position.places if own and position.is_paused else ()
