"""The debugger's commands: breakpoints, a private file per server and graph, and runs that stop by themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from msgspec.structs import replace

from studio_tui.config.private_store import PrivateStore
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.breakpoint import Breakpoint, Breakpoints, When
from studio_tui.domain.ids import NodeId
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import UNSET, RunRequest, Step
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


class Debugger:
    """Sets breakpoints and steps."""

    def __init__(
        self, app_state: AppState, files: BreakpointFiles, start: Callable[[RunRequest], Awaitable[RunState]]
    ) -> None:
        self._app_state = app_state
        self._files = files
        self._start = start

    def toggle(self, node: NodeId, when: When) -> bool:
        """Set or remove a breakpoint; returns whether it is set now."""
        is_set = self._app_state.breakpoints.toggle(node, when)
        self._save()
        return is_set

    def enable(self, node: NodeId, when: When, enabled: bool) -> None:
        """Switch a breakpoint on or off without losing it."""
        self._app_state.breakpoints.enable(node, when, enabled)
        self._save()

    def remove(self, node: NodeId, when: When) -> None:
        """Remove a breakpoint, on or off."""
        self._app_state.breakpoints.remove(node, when)
        self._save()

    async def step(self, step: Step, request: RunRequest | None = None, *, until: str = "") -> RunState:
        """Start a run that stops by itself.

        `over`: after one superstep, of the root graph or of the subgraph that the thread is paused in. `into`: at the
        first task of the subgraph that comes next; without one, after a superstep. `out`: when the subgraph that the
        thread is paused in has finished. `until`: when this node is next, inside subgraphs when it begins; breakpoints
        on the way stop it too. A paused thread goes on without input, else `request` must have one. Raises StudioError,
        UsageError where nothing can be stepped.
        """
        paused = self._app_state.thread_id is not None and self._app_state.position.can_continue
        request = replace(request or RunRequest(input=UNSET), step=step, until=until)
        return await self._start(replace(request, input=UNSET) if paused else request)

    def _save(self) -> None:
        self._app_state.touch(Slice.BREAKPOINTS)
        try:
            self._files.save(self._app_state.breakpoints)
        except OSError as error:
            detail = f"They hold until you leave: {error.strerror or error}"
            self._app_state.tell("The breakpoints could not be saved", detail, severity="warning", key="breakpoints")
