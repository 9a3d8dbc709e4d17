"""Panel 6: what changed between the selected checkpoint and its parent, or the marked one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import ClassVar

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.jsonkit.diff import Diff, diff
from studio_tui.present.timetravel.lacking import what_is_newer
from studio_tui.present.timetravel.state import compared, nothing_differs, older_first, other_base, unchanged
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.lists.diff_view import DiffView
from studio_tui.ui.screens.first_steps import run_first

OFF_LOOP_PARTS = 20_000
"""States with more values than this are compared in a thread."""

_OTHER = {"parent": "{diff} Against its parent", "mark": "{diff} Against the mark"}


class DiffPanel(DiffView):
    """Structural differences of `AppState.state` and `AppState.base`, from the older to the newer one."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.STATE, Slice.HISTORY, Slice.THREADS, Slice.RUN})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn: tuple[Checkpoint | None, Checkpoint | None, CheckpointId | None] | None = None
        self._problem = ""
        """Why there is no state to compare (safe text)."""
        self._newer = ""
        """That a run is ahead of the state that is compared."""
        self._waiting = False
        self._failed = False
        """Whether the comparison failed; a notice says why."""
        self._asked = 0
        """How often states were compared in a thread."""

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - identity tells what changed
        if (newer := what_is_newer(app_state)) != self._newer:
            self._newer = newer
            self._painter.write_border()
        state, base, mark = app_state.state, app_state.base, app_state.mark
        drawn = self._drawn
        told = self._problem == app_state.state_problem
        if told and drawn is not None and drawn[0] is state and drawn[1] is base and drawn[2] == mark:
            return
        self._drawn, self._problem = (state, base, mark), app_state.state_problem
        self._waiting = self._failed = False
        if state is None or base is None:
            self.clear()
            return
        self._words = compared(base, state, mark)
        if _has_more_parts(state.values, OFF_LOOP_PARTS) or _has_more_parts(base.values, OFF_LOOP_PARTS):
            self._compare_in_thread(state, base)
        else:
            found, same = _compared(base, state)
            self.show(self._words, found, nothing=nothing_differs(state, base), same=same)

    def let_go(self, app_state: AppState) -> None:
        drawn = self._drawn[0] if self._drawn is not None else None
        if drawn is not None and (app_state.state is None or app_state.state.thread_id != drawn.thread_id):
            self._drawn, self._waiting, self._failed = None, False, False
            self.clear()

    def border_parts(self) -> Iterator[str]:
        if self._newer and self._drawn is not None and self._drawn[0] is not None:
            yield self._newer
        yield from super().border_parts()
        drawn = self._drawn
        other = other_base(drawn[1], drawn[0], drawn[2]) if drawn is not None else ""
        if other:
            yield with_keys(self, _OTHER[other])

    def empty_text(self) -> str:
        if self._waiting:
            return "Comparing …"
        if self._failed:
            return "These states could not be compared."
        if self._drawn is not None and self._drawn[0] is not None:
            keys = with_keys(self, "Mark another one with {mark}.")
            return f"Nothing to compare with: this checkpoint has no parent. {keys}"
        if self._problem:
            return self._problem
        return run_first(self, "Nothing to compare: its changes come here.")

    def _compare_in_thread(self, state: Checkpoint, base: Checkpoint) -> None:
        self._waiting = True
        self._changes.clear()
        self.rows_changed(0)
        self._asked += 1
        asked, pair = self._asked, [(base, state)]  # taken out: a worker that is done holds what it knows
        nothing = nothing_differs(state, base)

        async def work() -> None:
            try:
                found, same = await asyncio.to_thread(lambda: _compared(*pair.pop()))
            except Exception:
                if asked == self._asked and self._waiting:
                    self._waiting, self._failed = False, True
                    self.rows_changed(0)
                raise
            if asked == self._asked and self._waiting and self._words is not None:
                self._waiting = False
                self.show(self._words, found, nothing=nothing, same=same)

        beside(self, work, "comparing the states", group="diff", exclusive=True)


def _compared(base: Checkpoint, state: Checkpoint) -> tuple[Diff, str]:
    older, newer = older_first(base, state)
    found = diff(older.values, newer.values)
    return found, unchanged(newer, found)


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
