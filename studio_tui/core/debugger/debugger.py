"""The debugger's commands: breakpoints of the shown graph, kept on disk, and runs that stop by themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from studio_tui.core.debugger.breakpoint_files import BreakpointFiles
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.state.notices import tell
from studio_tui.domain.breakpoint import When
from studio_tui.domain.ids import NodeId
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import UNSET, RunRequest, Step


class Debugger:
    """Sets breakpoints and steps. Every step may raise StudioError; it starts one run."""

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

    async def step_over(self, request: RunRequest | None = None) -> RunState:
        """Run one superstep: of the root graph, or of the subgraph that the thread is paused in.

        A paused thread goes on without input; else `request` must have one. UsageError where nothing can be stepped.
        """
        return await self._step("over", request)

    async def step_into(self, request: RunRequest | None = None) -> RunState:
        """Run to the first task of the subgraph that comes next; without one, a superstep."""
        return await self._step("into", request)

    async def step_out(self, request: RunRequest | None = None) -> RunState:
        """Run until the subgraph that the thread is paused in has finished."""
        return await self._step("out", request)

    async def run_to(self, node: NodeId, request: RunRequest | None = None) -> RunState:
        """Run until `node` is next, inside subgraphs until it begins; breakpoints on the way stop it too."""
        return await self._start(replace(self._continued(request), until=node))

    async def _step(self, step: Step, request: RunRequest | None) -> RunState:
        return await self._start(replace(self._continued(request), step=step))

    def _continued(self, request: RunRequest | None) -> RunRequest:
        """The request without its input on a paused thread: a step goes on, it does not begin anew."""
        base = request or RunRequest(input=UNSET)
        paused = self._app_state.thread_id is not None and self._app_state.position.can_continue
        return replace(base, input=UNSET) if paused else base

    def _save(self) -> None:
        self._app_state.touch(Slice.BREAKPOINTS)
        try:
            self._files.save(self._app_state.breakpoints)
        except OSError as error:
            detail = f"They hold until you leave: {error.strerror or error}"
            tell(self._app_state, "The breakpoints could not be saved", detail, severity="warning", key="breakpoints")
