"""Where the graph's cursor stands as long as nobody has put it anywhere on the open thread."""

from __future__ import annotations

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import NodeId, ThreadId


class Unchosen:
    """Follows which node the cursor got by itself: on a thread that waits it goes on to the node that does."""

    def __init__(self) -> None:
        self.node: NodeId | None = None
        """Where it stands by itself; None or another one than the cursor's: somebody has chosen that."""
        self._thread: ThreadId | None = None

    def goes_to(self, app_state: AppState, selected: NodeId | None, busy: NodeId | None) -> NodeId | None:
        """Return where the cursor, now on `selected`, goes by itself, if it does; `busy`: a node that runs or waits."""
        if app_state.thread_id != self._thread:
            if self._thread is not None:  # else it has just got its name, or is the first one
                self.node = selected
            self._thread = app_state.thread_id
        waits = app_state.cursor is None and app_state.position.is_paused
        if not waits or busy is None or selected is None or selected != self.node or busy == selected:
            return None
        self.node = busy
        return busy
