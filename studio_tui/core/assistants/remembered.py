"""The graph that was shown last on each server, kept on disk: the next start shows it until the server has told.

What one key saw is not for another: there is a file for each server and each who asks there. No key enters it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from studio_tui.config.private_store import PrivateStore
from studio_tui.crossing import off_the_loop
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.graph import RememberedGraph
from studio_tui.graphs.topology.spec import graph_spec
from studio_tui.jsonkit.value import JsonObject, as_object, as_str

if TYPE_CHECKING:
    from studio_tui.client.target import Target

log = logging.getLogger("studio_tui.core")

_LIMIT = 256 * 1024
_MOST = 50
"""Graphs that are kept, for all servers together."""
_PATIENCE = 1.0
"""Seconds for a disk to answer; by then the server has told."""
_VERSION = 1


class RememberedGraphs:
    """One file for a server, by its lasting name, and who asks there. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._store = PrivateStore(folder, ".graph.json", _LIMIT) if folder is not None else None
        self._held: tuple[Target, JsonObject] | None = None
        """What is known to be in the file of a server."""
        self._writing = Lock()

    async def read(self, target: Target, assistant: str) -> RememberedGraph | None:
        """Return the graph that was kept there, where it is that of `assistant` (id, name, or graph of a default)."""
        store = self._store
        if store is None or not assistant:
            return None
        try:
            data = await off_the_loop(lambda: store.file(*_key(target)).read(), _PATIENCE)
        except TimeoutError:
            return None
        if data.get("version") != _VERSION:
            return None
        self._held = (target, data)
        names = [as_str(data.get("assistant")), as_str(data.get("name"))]
        if data.get("default") is True:
            names.append(as_str(data.get("graph_id")))
        graph = graph_spec(as_object(data.get("graph")))
        if assistant not in names or not graph.nodes:
            return None
        return RememberedGraph(names[0], names[1], graph)

    async def keep(self, target: Target, assistant: Assistant, graph: JsonObject) -> None:
        """Keep the graph that a server told, instead of the one before; nothing is written where that is the same."""
        store = self._store
        if store is None:
            return
        data: JsonObject = {
            "version": _VERSION,
            "assistant": assistant.assistant_id,
            "name": assistant.label,
            "graph_id": assistant.graph_id,
            "default": assistant.is_default,
            "graph": {part: graph.get(part) for part in ("nodes", "edges")},
        }
        if self._holds(target, data):
            return
        held = self._held = (target, data)

        def write() -> None:
            file = store.file(*_key(target))
            with self._writing:
                if self._held is not held:
                    return  # there is a newer one
                try:
                    if target.keys and _repeats(json.dumps(data), target.keys):
                        file.remove()  # a server that repeats a key brings it into no file
                        return
                    file.write(data)
                except (OSError, RecursionError):
                    file.remove()  # what is there is of another time
                    raise
                store.prune(_MOST)

        try:
            await off_the_loop(write)
        except (OSError, RecursionError) as error:
            log.warning("the graph could not be kept for the next start: %s", error)

    def _holds(self, target: Target, data: JsonObject) -> bool:
        try:
            return self._held == (target, data)
        except RecursionError:
            return False


def _repeats(text: str, keys: Iterable[str]) -> bool:
    """Whether one of the keys is in a JSON text, where a quote in it is written with a backslash."""
    return any(json.dumps(key)[1:-1] in text for key in keys)


def _key(target: Target) -> tuple[str, str]:
    return target.lasting_name, target.identity()
