"""Breakpoints on disk, a private file per server and graph. Knows no run and no screen; calls block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio_tui.config.private_store import PrivateStore
from studio_tui.domain.breakpoint import Breakpoint, Breakpoints
from studio_tui.domain.ids import NodeId
from studio_tui.jsonkit.value import Json, as_list, as_object, as_str

LARGEST = 1_000_000
"""Bytes of one file; a larger one was not written here."""

Key = tuple[str, str]
"""Lasting name of the server, graph id."""


class BreakpointFiles:
    """The breakpoints of every graph met so far. Without a folder they last as long as the program."""

    def __init__(self, folder: Path | None) -> None:
        self._store = PrivateStore(folder, ".json", LARGEST)
        self._known: dict[Key, Breakpoints] = {}

    def of(self, server: str, graph_id: str) -> Breakpoints:
        """Return the breakpoints of a graph, the same object each time; an unreadable file counts as none."""
        key = (server, graph_id)
        if key not in self._known:
            self._known[key] = self._load(key)
        return self._known[key]

    def save(self, marks: Breakpoints) -> None:
        """Write the breakpoints that `of` returned. Raises OSError."""
        key = next((key for key, known in self._known.items() if known is marks), None)
        if key is None:
            return
        rows = [{"node": item.node, "when": item.when, "enabled": item.enabled} for item in marks.items()]
        if rows:
            self._store.file(*key).write({"v": 1, "server": key[0], "graph": key[1], "breakpoints": rows})
        else:
            self._store.file(*key).remove()

    def _load(self, key: Key) -> Breakpoints:
        marks = Breakpoints()
        data = self._store.file(*key).read()
        if (data.get("server"), data.get("graph")) != key:
            return marks
        for item in _read(data.get("breakpoints")):
            marks.remove(item.node, item.when)
            marks.toggle(item.node, item.when)
            marks.enable(item.node, item.when, item.enabled)
        return marks


def _read(rows: Json) -> Iterator[Breakpoint]:
    for row in as_list(rows):
        entry = as_object(row)
        node, when = as_str(entry.get("node")), entry.get("when")
        if node and when in ("before", "after"):
            yield Breakpoint(NodeId(node), "before" if when == "before" else "after", entry.get("enabled") is not False)
