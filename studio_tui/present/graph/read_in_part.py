"""Whether the turn that is shown is read only in part: then its nodes ran at least as often as is counted. Pure."""

from __future__ import annotations

from msgspec import Struct

from studio_tui.core.runstate.turns import begins_turn
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import History
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.joins import led_to
from studio_tui.domain.run import RunState
from studio_tui.present.kit.rows import Held


class ReadInPart(Struct):
    """Looks for the turn's input among the checkpoints that are read, once for each head."""

    _key: tuple[object, ...] = ()
    _is_cut: bool = False

    def of(self, app_state: AppState, run: RunState | None) -> bool:
        """Return whether checkpoints between the turn's input and what is shown are not read; `run`: the one that is
        shown as it goes on, none where an older checkpoint is."""
        if run is not None and (run.stateless or begins_turn(run)):
            return False
        at = app_state.cursor or _stands_on(app_state, run)
        key = (at, Held(app_state.history.items), len(app_state.history.items), Held(app_state.history))
        if key != self._key:
            self._key, self._is_cut = key, _is_cut(app_state.history, at)
        return self._is_cut


def is_read_in_part(app_state: AppState) -> bool:
    return ReadInPart().of(app_state, app_state.head_run if app_state.cursor is None else None)


def _stands_on(app_state: AppState, run: RunState | None) -> CheckpointId | None:
    if run is not None and (run.phase.is_live or not run.reconciled) and not run.from_history:
        return run.began_at
    return app_state.head.checkpoint_id if app_state.head is not None else None


def _is_cut(history: History, at: CheckpointId | None) -> bool:
    seen: set[CheckpointId] = set()
    while at is not None and at not in seen:
        seen.add(at)
        item = history.by_id.get(at)
        if item is None:
            return True
        if item.source == "input":
            return False
        at = led_to(item, history)
    return False
