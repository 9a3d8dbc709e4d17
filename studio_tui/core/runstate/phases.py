"""The phase machine of a run: which step may follow which, and the timeline row that each step leaves."""

from __future__ import annotations

import logging

from studio_tui.domain.run import Note, NoteKind, Phase, RunState

log = logging.getLogger("studio_tui.core")

_ENDS = frozenset({Phase.BREAKPOINT, Phase.INTERRUPT, Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.LOST})

FOLLOWERS: dict[Phase, frozenset[Phase]] = {
    Phase.STARTING: frozenset({Phase.QUEUED, Phase.RUNNING, Phase.RECONNECTING, Phase.STOPPING}) | _ENDS,
    Phase.QUEUED: frozenset({Phase.RUNNING, Phase.RECONNECTING, Phase.STOPPING}) | _ENDS,
    Phase.RUNNING: frozenset({Phase.RECONNECTING, Phase.STOPPING}) | _ENDS,
    Phase.RECONNECTING: frozenset({Phase.QUEUED, Phase.RUNNING, Phase.STOPPING}) | _ENDS,
    # A stop that the server does not confirm leaves the run as it was.
    Phase.STOPPING: frozenset({Phase.QUEUED, Phase.RUNNING, Phase.RECONNECTING}) | _ENDS,
    # The link came back after all: the run may be found alive or ended.
    Phase.LOST: frozenset({Phase.RECONNECTING}) | _ENDS,
    Phase.BREAKPOINT: frozenset(),
    Phase.INTERRUPT: frozenset(),
    Phase.DONE: frozenset(),
    # These two a stream can claim; the run itself may say the other.
    Phase.FAILED: frozenset({Phase.CANCELLED}),
    # A cancel that was a breakpoint's doing leaves the thread paused.
    Phase.CANCELLED: frozenset({Phase.FAILED, Phase.DONE, Phase.BREAKPOINT, Phase.INTERRUPT}),
}


def may_follow(phase: Phase, following: Phase) -> bool:
    return following in FOLLOWERS[phase]


def enter(run: RunState, phase: Phase, at: float, why: str = "") -> bool:
    """Put `run` into `phase` and return whether that changed it (`at` in unix seconds).

    The timeline gets a row, unless the run only begins.

    An impossible step is logged and left out: a wrong label must not end a session.
    """
    if run.phase is phase:
        return False
    if not may_follow(run.phase, phase):
        log.error("run %s cannot go from %s to %s", run.run_id, run.phase.value, phase.value)
        return False
    quiet = phase is Phase.QUEUED or (phase is Phase.RUNNING and run.phase in (Phase.STARTING, Phase.QUEUED))
    run.phase = phase
    run.rev += 1
    if not quiet:
        kind: NoteKind = "paused" if phase.is_paused else "phase"
        run.timeline.append(Note(kind, f"{phase.value}: {why}" if why else phase.value, at))
    return True
