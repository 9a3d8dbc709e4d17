"""The phase machine of a run: which step may follow which, and the timeline row that each step leaves."""

from __future__ import annotations

import logging

from studio_tui.model.run import Note, Phase, RunState

log = logging.getLogger("studio_tui.session")

_ENDS = frozenset({Phase.BREAKPOINT, Phase.INTERRUPT, Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.LOST})

FOLLOWERS: dict[Phase, frozenset[Phase]] = {
    Phase.STARTING: frozenset({Phase.QUEUED, Phase.RUNNING, Phase.RECONNECTING, Phase.STOPPING}) | _ENDS,
    Phase.QUEUED: frozenset({Phase.RUNNING, Phase.RECONNECTING, Phase.STOPPING}) | _ENDS,
    Phase.RUNNING: frozenset({Phase.RECONNECTING, Phase.STOPPING}) | _ENDS,
    Phase.RECONNECTING: frozenset({Phase.QUEUED, Phase.RUNNING, Phase.STOPPING}) | _ENDS,
    # A stop that the server does not confirm leaves the run as it was.
    Phase.STOPPING: frozenset({Phase.QUEUED, Phase.RUNNING}) | _ENDS,
    # The link came back after all: the run may be found alive or ended.
    Phase.LOST: frozenset({Phase.RECONNECTING}) | _ENDS,
    Phase.BREAKPOINT: frozenset(),
    Phase.INTERRUPT: frozenset(),
    Phase.DONE: frozenset(),
    Phase.FAILED: frozenset(),
    Phase.CANCELLED: frozenset(),
}


def may_follow(phase: Phase, following: Phase) -> bool:
    """Tell whether a run in `phase` may enter `following`."""
    return following in FOLLOWERS[phase]


def enter(run: RunState, phase: Phase, at: float, why: str = "") -> bool:
    """Put `run` into `phase` and note it in the timeline (`at` is unix seconds); return whether it changed.

    An impossible step is logged and left out: a wrong label must not end a session.
    """
    if run.phase is phase:
        return False
    if not may_follow(run.phase, phase):
        log.error("run %s cannot go from %s to %s", run.run_id, run.phase.value, phase.value)
        return False
    run.phase = phase
    run.timeline.append(Note("phase", f"{phase.value}: {why}" if why else phase.value, at))
    run.rev += 1
    return True
