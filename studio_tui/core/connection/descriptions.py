"""What servers said of themselves in their OpenAPI files, kept on disk: it is large, and the same at every start."""

from __future__ import annotations

import logging
from pathlib import Path

from studio_tui.config.private_store import PrivateStore
from studio_tui.crossing import off_the_loop
from studio_tui.domain.server import NOTHING, Description
from studio_tui.jsonkit.value import as_object, as_str, as_strings

log = logging.getLogger("studio_tui.core")

_LIMIT = 256 * 1024
_MOST = 50
"""Servers that are remembered."""
_PATIENCE = 1.0
"""Seconds for a disk to answer; a start does not wait for a lost one."""


class Descriptions:
    """One file a server, by its lasting name, with the version that said so. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._store = PrivateStore(folder, ".json", _LIMIT) if folder is not None else None

    async def read(self, server: str) -> Description:
        if self._store is None:
            return NOTHING
        try:
            data = await off_the_loop(self._store.file(server).read, _PATIENCE)
        except TimeoutError:
            return NOTHING
        return Description(
            as_str(data.get("version")),
            as_str(data.get("library")),
            as_object(data.get("spec")),
            as_strings(data.get("questions")),
        )

    async def write(self, server: str, said: Description) -> None:
        """A full disk is no reason to disturb: it is asked for again."""
        store = self._store
        if store is None or not said.spec:
            return

        def write() -> None:
            store.file(server).write(
                {
                    "version": said.version,
                    "library": said.library_version,
                    "spec": said.spec,
                    "questions": list(said.questions),
                }
            )
            store.prune(_MOST)

        try:
            await off_the_loop(write)
        except OSError as error:
            log.warning("what a server says of itself could not be kept: %s", error)
