"""Panel 8: the forest of checkpoints. Its cursor is the time cursor; moving it executes nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.checkpoint import History
from studio_tui.domain.ids import CheckpointId
from studio_tui.present.timetravel.history import HistoryRows
from studio_tui.present.timetravel.lacking import newer_steps, why_no_checkpoints
from studio_tui.text.fmt import count, plural
from studio_tui.ui.contracts.intents import DetailWanted, TaskPicked
from studio_tui.ui.screens.first_steps import run_first
from studio_tui.ui.screens.past_panel import PastPanel

AGE_SECONDS = 5.0
"""How often ages are brought up to date."""

_EVENTS = frozenset({Slice.RUN})
"""What a run does while its checkpoints are not read."""


class HistoryView(PastPanel):
    """The checkpoints of the open thread, newest first, in lanes like `git log --graph`."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.HISTORY, Slice.STATE, Slice.THREADS, Slice.RUN})
    NOUN: ClassVar[tuple[str, str]] = ("checkpoint", "checkpoints")

    def __init__(self, *, id: str | None = None) -> None:
        self.checkpoints = HistoryRows()
        super().__init__(self.checkpoints, id=id)
        self._head: CheckpointId | None = None
        self._problem = ""
        self._is_live = False
        self._newer = 0
        """Supersteps of the run under way that are not among the checkpoints yet."""

    def on_mount(self) -> None:
        self.set_interval(AGE_SECONDS, self.tick)

    def let_go(self, app_state: AppState) -> None:
        """Hold no checkpoint of a thread that was left: their values may be large."""
        if self._history.items and self._history.thread_id != app_state.history.thread_id:
            self.take_history(History())
            with self.keeping_place():
                self.checkpoints.update(self._history, {}, ())

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over new checkpoints, and go to where the time cursor was put."""
        rows = self.checkpoints
        newer = newer_steps(app_state)
        if changed == _EVENTS:
            if newer != self._newer:
                self._newer = newer
                self._painter.write_border()
            return
        self._newer = newer
        self._problem = app_state.state_problem
        self._is_live = app_state.run is not None and app_state.run.phase.is_live
        names: Mapping[CheckpointId, str] = app_state.branch_names
        self.take_history(app_state.history)
        rows.now, rows.mark = time.time(), app_state.mark
        follows = self._has_moved(app_state)
        with self.keeping_place() as change:
            change.arrived = False
            if not rows.update(app_state.history, names, app_state.runs):
                change.start = len(rows)
        if follows:
            rows.cursor = app_state.cursor
            self._go_to(app_state.cursor)
        self.pages_changed()
        self.repaint()

    def empty_text(self) -> str:
        if self._is_live and not self._problem:
            why = why_no_checkpoints(self._history, is_live=True)
            return f"{why[0].upper()}{why[1:]}."
        return self._problem or run_first(self, "No checkpoints yet: all steps come here.")

    def summary(self) -> str:
        at_the_end = self._history.complete or self._history.reaches_the_first
        more = "" if at_the_end else ", older ones follow" if not self._history.loading else ", loading"
        more = ", older ones are too large" if self._history.too_large else more
        newer = f"{plural(self._newer, 'newer step')}, " if self._newer else ""
        return f"{newer}{count(len(self.checkpoints))} {self.NOUN[len(self.checkpoints) != 1]}{more}"

    def row_moved(self, row: int | None) -> None:
        """Let every panel look at the checkpoint; the newest one means now."""
        super().row_moved(row)
        if len(self.checkpoints) == 0:
            return
        place = len(self.checkpoints) - 1 if row is None else row
        chosen = None if place == 0 else self.checkpoints.row(place).checkpoint_id
        self.checkpoints.cursor = chosen
        self._time.choose(chosen)
        self.repaint()
        self.post_message(TaskPicked(None, None, chosen))

    def open_row(self, row: int) -> None:
        item = self.checkpoints.checkpoint(row)
        self.row_moved(row)
        self.post_message(DetailWanted(f"Checkpoint {item.checkpoint_id}", item.raw or dict(item.ref)))

    def near_end(self) -> None:
        self.ask_once()

    def selected_row(self) -> tuple[None, None, str | None]:
        return (None, None, None if self.row is None else self.checkpoints.row(self.row).checkpoint_id)

    def yank(self) -> tuple[str, str] | None:
        return None if self.row is None else (self.checkpoints.row(self.row).checkpoint_id, "checkpoint id")

    def _has_moved(self, app_state: AppState) -> bool:
        """Tell whether the list must go to where the time cursor is: it was moved elsewhere, or now is later."""
        head = app_state.history.head.checkpoint_id if app_state.history.head is not None else None
        is_later = head != self._head and app_state.cursor is None and not self._time.is_ahead
        self._head = head
        return self._time.has_moved(app_state.cursor) or is_later

    def _go_to(self, checkpoint_id: CheckpointId | None) -> None:
        """Put the list's cursor on a checkpoint without telling anyone: the time cursor is there already."""
        row = 0 if checkpoint_id is None else self.checkpoints.row_of(checkpoint_id)
        if row is not None and len(self.checkpoints):
            self.port.follow = False
            self.port.move_to(self._filter.position(row))
            self._refresh_rows()
            self._look_for_ends()
