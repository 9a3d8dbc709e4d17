"""Panel 6: what changed between the selected checkpoint and its parent, or the marked one."""

from __future__ import annotations

import asyncio
import json
from typing import ClassVar

from textual.worker import Worker

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.jsonkit.diff import Diff, diff
from studio_tui.jsonkit.show import path_text
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.diff_rows import DiffRows, totals
from studio_tui.present.timetravel.diff import compared
from studio_tui.ui.contracts.intents import DetailWanted
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.safe import set_title

OFF_LOOP_PARTS = 20_000
"""States with more values than this are compared in a thread."""


class DiffPanel(LineView):
    """Structural differences of `store.state` against `store.base`."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.STATE, Slice.HISTORY, Slice.THREADS})
    NOUN: ClassVar[tuple[str, str]] = ("row", "rows")
    TITLE: ClassVar[str] = "6 Diff"

    def __init__(self, *, id: str | None = None) -> None:
        self._changes = DiffRows()
        super().__init__(self._changes, id=id)
        self._drawn: tuple[Checkpoint | None, Checkpoint | None] | None = None
        self._words: str | None = None
        self._waiting = False

    def on_mount(self) -> None:
        """Name the panel."""
        self._changes.signs = self.glyphs
        set_title(self, self.TITLE)

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - identity tells what changed
        """Compare again when one of the two checkpoints is another one."""
        state, base = app_state.state, app_state.base
        if self._drawn is not None and self._drawn[0] is state and self._drawn[1] is base:
            return
        self._drawn = (state, base)
        self._words = None
        if state is None or base is None:
            self._changes.clear()
            self.rows_changed(0)
            return
        self._words = compared(base, state)
        if _has_more_parts(state.values, OFF_LOOP_PARTS) or _has_more_parts(base.values, OFF_LOOP_PARTS):
            self._compare_in_thread(state, base, self._drawn)
        else:
            self._show(self._words, diff(base.values, state.values))

    def empty_text(self) -> str:
        """Say what is missing for a comparison."""
        if self._waiting:
            return "Comparing …"
        if self._drawn is not None and self._drawn[0] is not None:
            return "Nothing to compare with: this checkpoint has no parent. Mark another one with m."
        return "Nothing to compare yet. Run the graph, or open a thread."

    def summary(self) -> str:
        """Return how much changed."""
        return totals(self._changes.diff)

    def resized(self) -> None:
        """Wrap for the new width."""
        if self._changes.cells != self.text_width:
            self._changes.cells = self.text_width
            if self._words is not None and not self._waiting:
                self._show(self._words, self._changes.diff)

    def open_row(self, row: int) -> None:
        """Expand a change; once expanded, show its values in full."""
        change = self._changes.change(row)
        if change is None:
            return
        if not self._changes.is_open(row):
            self.toggle_row(row)
            return
        value: Json = change.new if change.op == "+" else change.old
        if change.op == "~":
            value = {"before": change.old, "after": change.new}
        self.post_message(DetailWanted(path_text(change.path), value))

    def toggle_row(self, row: int) -> None:
        """Expand or collapse a change."""
        first = self._changes.toggle(row)
        if first is not None:
            self._port.place(first)
            self.rows_changed(first)

    def fold_row(self, row: int) -> None:
        """Collapse a change."""
        if self._changes.is_open(row):
            self.toggle_row(row)

    def unfold_row(self, row: int) -> None:
        """Expand a change."""
        if self._changes.is_open(row) is False:
            self.toggle_row(row)

    def yank(self) -> tuple[str, str] | None:
        """Return the value that a change led to (removed: the old one) as JSON."""
        change = None if self.row is None else self._changes.change(self.row)
        if change is None:
            return super().yank()
        value = change.old if change.op == "-" else change.new
        return json.dumps(value, indent=2, ensure_ascii=False, default=str), path_text(change.path)

    def _compare_in_thread(self, state: Checkpoint, base: Checkpoint, asked: object) -> None:
        self._changes.clear()
        self._waiting = True
        self.rows_changed(0)

        async def work() -> None:
            found = await asyncio.to_thread(diff, base.values, state.values)
            if asked is self._drawn and self._words is not None:
                self._show(self._words, found)

        _worker: Worker[None] = self.run_worker(work, exclusive=True, group="diff", exit_on_error=False)

    def _show(self, words: str, found: Diff) -> None:
        self._waiting = False
        self._changes.cells = self.text_width
        self._changes.show(words, found)
        self.rows_changed(0)


def _has_more_parts(value: object, limit: int) -> bool:
    """Tell whether a value holds more than `limit` values, without looking at more than that."""
    todo = [value]
    seen = 0
    while todo and seen <= limit:
        item = todo.pop()
        seen += 1
        if isinstance(item, dict):
            seen += len(item) if len(item) > limit else 0
            todo.extend(item.values() if len(item) <= limit else ())
        elif isinstance(item, list):
            seen += len(item) if len(item) > limit else 0
            todo.extend(item if len(item) <= limit else ())
    return seen > limit
