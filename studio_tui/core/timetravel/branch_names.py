"""Names that a user gave to branches, a private file per server and thread. Calls block."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio_tui.config.private_store import PrivateStore
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.timetravel.state_writer import open_thread
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.jsonkit.value import as_object, as_str

LONGEST = 60
"""Characters of one name."""
_LIMIT = 1_000_000


class BranchNames:
    """The names of one folder; without a folder they last as long as the program."""

    def __init__(self, app_state: AppState, folder: Path | None, server: Callable[[], str]) -> None:
        self._app_state = app_state
        self._server = server
        self._store = PrivateStore(folder, ".branches.json", _LIMIT)
        self._kept: dict[tuple[str, ThreadId], dict[CheckpointId, str]] = {}

    def show(self) -> None:
        thread_id = self._app_state.thread_id
        self._app_state.branch_names = dict(self.of(thread_id)) if thread_id is not None else {}
        self._app_state.touch(Slice.HISTORY)

    def give(self, checkpoint_id: CheckpointId, name: str) -> None:
        """Name a checkpoint, and the branch that it is on; an empty name takes it away. Kept for the next session."""
        thread_id = open_thread(self._app_state, "There is no branch to name.")
        names = self.of(thread_id)
        names[checkpoint_id] = name.strip()[:LONGEST]
        if not names[checkpoint_id]:
            del names[checkpoint_id]
        file = self._store.file(self._server(), thread_id)
        try:
            if names:
                file.write({"v": 1, "names": names})
            else:
                file.remove()
        except OSError as error:
            self._app_state.tell("The name is not kept", str(error), "It holds until you leave.", severity="warning")
        self.show()

    def of(self, thread_id: ThreadId) -> dict[CheckpointId, str]:
        """Return a thread's names by checkpoint; an unreadable file counts as none."""
        key = (self._server(), thread_id)
        if key not in self._kept:
            named = as_object(self._store.file(*key).read().get("names"))
            self._kept[key] = {CheckpointId(place): as_str(name) for place, name in named.items() if as_str(name)}
        return self._kept[key]
