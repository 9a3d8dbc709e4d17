"""Time travel for the open thread, in one piece: edits, forks, undo, drafts, names. What `Studio.time` is."""

from __future__ import annotations

from pathlib import Path

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.core.timetravel.branch_names import BranchNames
from studio_tui.core.timetravel.branching import Branching, Start
from studio_tui.core.timetravel.editing import StateEditor
from studio_tui.core.timetravel.edits import UndoStack
from studio_tui.core.timetravel.state_edit import EditDrafts
from studio_tui.core.timetravel.state_writer import StateWriter
from studio_tui.core.timetravel.successors import Successors, level_of
from studio_tui.domain.ids import Namespace


class TimeTravel:
    """Holds the parts together; each part says what it does."""

    def __init__(
        self, runtime: Runtime, history: ThreadHistory, threads: RecentThreads, start: Start, state_dir: Path | None
    ) -> None:
        self._app_state = runtime.app_state
        undo = UndoStack()

        def server() -> str:
            return runtime.connection.info.lasting_name

        writer = StateWriter(runtime, history, threads)
        self.editing = StateEditor(runtime, history, writer, undo)
        self.branching = Branching(runtime, history, writer, self.editing, undo, start)
        self.names = BranchNames(self._app_state, state_dir and state_dir / "branches", server)
        self.drafts = EditDrafts(state_dir and state_dir / "drafts", server)

    def nodes(self, ns: Namespace = ()) -> tuple[str, ...]:
        """Return the nodes that an edit in `ns` can count as a write of, the special ones last."""
        level = level_of(self._app_state.graph, ns)
        return (*(level.nodes if level is not None else ()), "__start__", "__end__")

    def successors(self, as_node: str, ns: Namespace = ()) -> Successors | None:
        """Return what comes after a node, and whether it is sure; None where the graph does not tell."""
        if as_node == "__end__":
            return Successors((), True)
        level = level_of(self._app_state.graph, ns)
        return level.successors(as_node) if level is not None else None
