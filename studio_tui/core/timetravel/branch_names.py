"""Names that a user gave to branches, a private file per server and thread. Knows no screen; calls block."""

from __future__ import annotations

from pathlib import Path

from studio_tui.config.private_store import PrivateStore
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.jsonkit.value import as_object, as_str

LONGEST = 60
"""Characters of one name."""
_LIMIT = 1_000_000


class BranchNames:
    """The names of one folder; without a folder they last as long as the program."""

    def __init__(self, folder: Path | None) -> None:
        self._store = PrivateStore(folder, ".branches.json", _LIMIT)
        self._kept: dict[tuple[str, ThreadId], dict[CheckpointId, str]] = {}

    def of(self, server: str, thread_id: ThreadId) -> dict[CheckpointId, str]:
        """Return a thread's names by checkpoint; an unreadable file counts as none."""
        key = (server, thread_id)
        if key not in self._kept:
            named = as_object(self._store.file(*key).read().get("names"))
            self._kept[key] = {CheckpointId(place): as_str(name) for place, name in named.items() if as_str(name)}
        return dict(self._kept[key])

    def name(self, server: str, thread_id: ThreadId, checkpoint_id: CheckpointId, name: str) -> None:
        """Give a checkpoint a name; an empty one takes it away. Raises OSError, the name then holds until the end."""
        names = self.of(server, thread_id)
        wanted = name.strip()[:LONGEST]
        if wanted:
            names[checkpoint_id] = wanted
        else:
            names.pop(checkpoint_id, None)
        self._kept[server, thread_id] = names
        file = self._store.file(server, thread_id)
        if names:
            file.write({"v": 1, "names": names})
        else:
            file.remove()
