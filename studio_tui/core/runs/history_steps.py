"""The supersteps of a run whose stream tells none: other clients often ask for `values` only."""

from __future__ import annotations

import asyncio

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.runstate import merge
from studio_tui.core.state.app_state import Slice
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.domain.checkpoint import by_ids
from studio_tui.domain.run import RunState
from studio_tui.domain.stream_mode import Tells, telling
from studio_tui.errors import StudioError

NEWEST = 5
"""Checkpoints read at a time."""
PAUSE = 0.25
"""Seconds between two readings at least."""


def tells_steps(run: RunState) -> bool:
    return bool(telling(Tells.NODES) & set(run.stream_modes))


class HistorySteps:
    """Reads the newest checkpoints of a run while its stream goes on, and makes tasks of them."""

    def __init__(self, runtime: Runtime, history: ThreadHistory, run: RunState) -> None:
        self._runtime = runtime
        self._history = history
        self._run = run
        self._wanted = False
        """A superstep may have ended since the last reading began."""
        self._reading = False

    def heard(self) -> None:
        """Something was streamed: a superstep may have ended. What comes during a reading is read after it."""
        self._wanted = self._run.phase.is_live
        if self._wanted and not self._reading:
            self._reading = True
            self._runtime.background.replace(self._read_on(), "history steps")

    async def _read_on(self) -> None:
        try:
            while self._wanted:
                await asyncio.sleep(PAUSE)
                self._wanted = False
                await self._read()
        finally:
            self._reading = False

    async def _read(self) -> None:
        run, app_state = self._run, self._runtime.app_state
        thread_id = run.thread_id
        if thread_id is None or thread_id != app_state.thread_id or not run.phase.is_live:
            return
        try:
            items = await self._runtime.connection.call(lambda client: client.history(thread_id, limit=NEWEST))
        except StudioError:
            return  # the end of the run reads it all again
        if thread_id != app_state.thread_id or not run.phase.is_live or run not in app_state.runs:
            return
        own = [item for item in reversed(items) if item.run_id == run.run_id and item.source != "update"]
        merge.adopt_history(run, own, {**app_state.history.by_id, **by_ids(items)})
        if own:
            merge.adopt_running(run, own[-1])
            run.step = own[-1].step
        run.rev += 1
        known = any(item.checkpoint_id in app_state.history.by_id for item in items)
        if known or len(items) < NEWEST:  # else they leave a hole, which the end of the run will fill
            self._history.take_others(items, connects=True)
        app_state.touch(Slice.RUN, Slice.TASKS)
