"""Stops a run and believes only the server that it has stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio_tui.core.connection.ports import ServerClient
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.connection.timings import Timings
from studio_tui.core.runstate.phases import enter
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.thread import RunInfo, ThreadStatus
from studio_tui.errors import ConflictError, NotFoundError, StudioError, UsageError

if TYPE_CHECKING:
    from studio_tui.core.runs.followed_run import FollowedRun

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
GONE = "gone: rolled back or deleted"
"""Said of a run that the server does not know any more."""


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
        runtime.app_state.tell("The run has already ended", key="stop")
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
        await runtime.connection.call(lambda client: ask_to_stop(client, thread_id, run_id, action))
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
        runtime.app_state.tell("The run had already finished", "It was done before the stop reached it.", key="stop")
    return run


async def ask_to_stop(
    client: ServerClient,
    thread_id: ThreadId,
    run_id: RunId,
    action: str,
    on_doubt: Callable[[StudioError], None] = lambda _error: None,
) -> None:
    """Ask the server to cancel a run. Whether it has ended is for `wait_ended` to find out.

    A run that has ended meanwhile is no error, nor is a lost answer, of which `on_doubt` hears: it may have been asked.
    """
    try:
        await client.cancel_run(thread_id, run_id, action=action)
    except NotFoundError:
        return
    except StudioError as error:
        if not error.ambiguous:
            raise
        on_doubt(error)


async def wait_ended(
    client: ServerClient,
    thread_id: ThreadId,
    run_id: RunId,
    timings: Timings,
    *,
    goes: bool = False,
    on_look: Callable[[RunInfo], None] = lambda _run: None,
) -> RunInfo | None:
    """Look at a run until the server says that it has ended. ConflictError when it has not after `timings.confirm`.

    None when the server does not know it any more. One that `goes` (is rolled back) is deleted a moment after its end,
    not by every server: that is waited for, for `timings.booking`. `on_look` hears of every look that found it live.
    """
    deadline, gone_by, wait = time.monotonic() + timings.confirm, 0.0, _FIRST_PAUSE
    while True:
        try:
            run = await client.run(thread_id, run_id)
        except NotFoundError:
            return None
        now = time.monotonic()
        if not run.is_live:
            gone_by = gone_by or now + timings.booking
            if not goes or now >= gone_by:
                return run
        elif now >= deadline:
            hint = "Look at it again, or stop it again; its node may not be interruptible."
            raise ConflictError(f"Run {run_id} has not ended yet", "The server took the cancellation.", hint)
        else:
            on_look(run)
        await asyncio.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_PAUSE)


async def _confirmed(client: ServerClient, thread_id: ThreadId, run_id: RunId, timings: Timings, *, goes: bool) -> bool:
    """Wait until the run has ended, then until its thread is not busy with it any more."""
    try:
        await wait_ended(client, thread_id, run_id, timings, goes=goes)
    except ConflictError:
        return False
    free_by = time.monotonic() + timings.booking
    while time.monotonic() < free_by and await _busy_with_it(client, thread_id):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(_FIRST_PAUSE)
    return True


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
    runtime.app_state.tell(
        "The server has not confirmed the stop",
        f"After {runtime.timings.confirm:.0f} s the run still counts as running; its node may not be interruptible.",
        "Stop it again, or wait: what it streams goes on here.",
        severity="warning",
        key="stop",
    )
    return session.run


def _resume(runtime: Runtime, session: FollowedRun, before: Phase, why: str) -> None:
    """The run goes on: show it as it was, unless it has ended or its stream was lost in between."""
    session.stop_asked = False
    if session.run.phase is Phase.STOPPING:
        runs = Phase.QUEUED if before is Phase.QUEUED else Phase.RUNNING
        enter(session.run, Phase.RECONNECTING if session.cut_off else runs, time.time(), why)
    runtime.app_state.touch(Slice.RUN, Slice.TASKS)
