"""Whether the graph's picture goes along with what runs, and with the moment that is looked at."""

from __future__ import annotations

from collections.abc import Collection

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.domain.run import RunState


class Following:
    """Off from when the user looks elsewhere until a run starts, or the user goes to another moment."""

    def __init__(self) -> None:
        self.is_on = True
        self._run: RunState | None = None
        self._cursor: CheckpointId | None = None

    def goes_to(self, app_state: AppState, began: Collection[NodeId], busy: NodeId | None) -> NodeId | None:
        """Return what is to be brought in sight, if anything; `began`: nodes that just started to run or to wait,
        `busy`: one that does, or that failed."""
        moved = app_state.cursor != self._cursor
        self.is_on = self.is_on or moved or app_state.run is not self._run
        self._run, self._cursor = app_state.run, app_state.cursor
        if not self.is_on:
            return None
        return busy if moved else min(began, default=None)
