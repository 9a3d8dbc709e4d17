"""Stops a run and believes only the server that it has stopped."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from studio_tui.core.connection.ports import ServerClient
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.connection.timings import Timings
from studio_tui.core.runstate.phases import enter
from studio_tui.core.state.app_state import Slice
from studio_tui.core.state.notices import tell
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.thread import ThreadStatus
from studio_tui.errors import NotFoundError, StudioError, UsageError

if TYPE_CHECKING:
    from studio_tui.core.runs.followed_run import FollowedRun

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0


async def stop_run(runtime: Runtime, session: FollowedRun | None, action: str, why: str = "") -> RunState:
    """Cancel the session's run and wait until the server confirms; returns the run in its final phase.

    `why` stands in the timeline.

    A run that ended by itself meanwhile says so. Raises StudioError when the cancel cannot even be asked for.
    """
    if session is None:
        raise UsageError("No run is going on", "", "There is nothing to stop.")
    run = session.run
    if run.phase is Phase.LOST:
        hint = "Open its thread again to join it, then stop it."
        raise UsageError("The run is not followed any more", "Its connection was given up.", hint)
    if session.ended or run.run_id is None:
        tell(runtime.app_state, "The run has already ended", key="stop")
        return run
    if run.thread_id is None:
        raise UsageError("A run without a thread cannot be stopped", "The server keeps no handle on it.", "")
    before = run.phase
    session.stop_asked = True
    if before.is_live:
        enter(run, Phase.STOPPING, time.time(), why)
    runtime.app_state.touch(Slice.RUN, Slice.TASKS)
    thread_id, run_id = run.thread_id, run.run_id
    try:
        await _ask(runtime, thread_id, run_id, action)
    except StudioError:
        _resume(runtime, session, before, "not stopped")
        raise
    goes = action == "rollback"
    if not await runtime.connection.call(
        lambda client: _confirmed(client, thread_id, run_id, runtime.timings, goes=goes)
    ):
        return _unconfirmed(runtime, session)
    if not await session.stream_over(runtime.timings.stream_close):
        session.cut_short()
    await session.wait()
    if run.phase is Phase.DONE and not why:
        tell(runtime.app_state, "The run had already finished", "It was done before the stop reached it.", key="stop")
    return run


async def _ask(runtime: Runtime, thread_id: ThreadId, run_id: RunId, action: str) -> None:
    try:
        await runtime.connection.call(lambda client: client.cancel_run(thread_id, run_id, action=action))
    except NotFoundError:
        return  # it has ended meanwhile, or somebody else stopped it: the check that follows tells
    except StudioError as error:
        if not error.ambiguous:  # else the server may have been asked: the same check tells
            raise


async def _confirmed(client: ServerClient, thread_id: ThreadId, run_id: RunId, timings: Timings, *, goes: bool) -> bool:
    """Poll the run, then its thread, until neither is busy with it; one that `goes` is deleted a moment after its end.

    Not every server deletes what it was told to roll back: that is waited for as long as for the thread.
    """
    deadline = time.monotonic() + timings.confirm
    booked_by = 0.0
    wait = _FIRST_PAUSE
    while time.monotonic() < deadline:
        try:
            live, there = (await client.run(thread_id, run_id)).is_live, True
        except NotFoundError:
            live = there = False  # a rollback deletes the run
        if not live:
            booked_by = booked_by or time.monotonic() + timings.booking
            if time.monotonic() >= booked_by or not ((goes and there) or await _busy_with_it(client, thread_id)):
                return True
        await asyncio.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_PAUSE)
    return False


async def _busy_with_it(client: ServerClient, thread_id: ThreadId) -> bool:
    """Whether the thread still counts as busy although none of its runs is: then it is just being put down."""
    try:
        page = await client.threads(ids=[thread_id], limit=1)
        row = next((item for item in page.items if item.thread_id == thread_id), None)
        if row is None or row.status is not ThreadStatus.BUSY:
            return False
        return not any(info.is_live for info in await client.runs(thread_id, limit=5))
    except StudioError:
        return False  # the run's own word is enough


def _unconfirmed(runtime: Runtime, session: FollowedRun) -> RunState:
    _resume(runtime, session, Phase.RUNNING, "the stop was not confirmed")
    tell(
        runtime.app_state,
        "The server has not confirmed the stop",
        f"After {runtime.timings.confirm:.0f} s the run still counts as running; its node may not be interruptible.",
        "Stop it again, or wait: what it streams goes on here.",
        severity="warning",
        key="stop",
    )
    return session.run


def _resume(runtime: Runtime, session: FollowedRun, before: Phase, why: str) -> None:
    """The run goes on: show it as it was, unless it has ended in between."""
    session.stop_asked = False
    if session.run.phase is Phase.STOPPING:
        enter(session.run, before if before is Phase.QUEUED else Phase.RUNNING, time.time(), why)
    runtime.app_state.touch(Slice.RUN, Slice.TASKS)
