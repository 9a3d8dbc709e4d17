"""Names that a user gave to branches, a private file per server and thread. Knows no screen; calls block."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from studio_tui.config.paths import write_private
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.jsonkit.value import as_object, as_str

LONGEST = 60
"""Characters of one name."""
_LARGEST = 1_000_000


class BranchNames:
    """The names of one folder; without a folder they last as long as the program."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[tuple[str, ThreadId], dict[CheckpointId, str]] = {}

    def of(self, server: str, thread_id: ThreadId) -> dict[CheckpointId, str]:
        """Return a thread's names by checkpoint; an unreadable file counts as none."""
        key = (server, thread_id)
        if key not in self._kept:
            self._kept[key] = self._load(server, thread_id)
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
        path = self._path(server, thread_id)
        if path is None:
            return
        if names:
            write_private(path, json.dumps({"v": 1, "names": names}))
        else:
            path.unlink(missing_ok=True)

    def _load(self, server: str, thread_id: ThreadId) -> dict[CheckpointId, str]:
        path = self._path(server, thread_id)
        try:
            if path is None or path.stat().st_size > _LARGEST:
                return {}
            data = as_object(json.loads(path.read_text(encoding="utf-8", errors="surrogatepass")))
        except (OSError, ValueError, RecursionError):
            return {}
        named = as_object(data.get("names"))
        return {CheckpointId(key): as_str(name) for key, name in named.items() if as_str(name)}

    def _path(self, server: str, thread_id: ThreadId) -> Path | None:
        if self._folder is None:
            return None
        digest = hashlib.sha256(f"{server}\0{thread_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._folder / f"{digest}.branches.json"
