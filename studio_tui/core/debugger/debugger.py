"""The debugger's commands: breakpoints of the shown graph, kept on disk, and runs that stop by themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from studio_tui.core.debugger.breakpoint_files import BreakpointFiles
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.breakpoint import When
from studio_tui.domain.ids import NodeId
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import UNSET, RunRequest, Step


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
