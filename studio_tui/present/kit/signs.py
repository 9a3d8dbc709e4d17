"""How a phase, a task or a thread looks at a glance: one sign, one role, one word."""

from __future__ import annotations

from studio_tui.domain.run import Phase, RunState, TaskStatus
from studio_tui.domain.thread import ThreadStatus
from studio_tui.text.glyphs import Glyphs

_PHASES = {
    Phase.STARTING: ("queued", "node-queued", "starting"),
    Phase.QUEUED: ("queued", "node-queued", "queued"),
    Phase.RUNNING: ("running", "node-running", "running"),
    Phase.RECONNECTING: ("warning", "warn", "reconnecting"),
    Phase.STOPPING: ("cancelled", "warn", "stopping"),
    Phase.BREAKPOINT: ("paused", "node-paused", "paused"),
    Phase.INTERRUPT: ("interrupt", "node-paused", "asks"),
    Phase.DONE: ("done", "ok", "done"),
    Phase.FAILED: ("error", "err", "failed"),
    Phase.CANCELLED: ("cancelled", "warn", "stopped"),
    Phase.LOST: ("warning", "err", "lost"),
}
_TASKS = {
    TaskStatus.RUNNING: ("running", "node-running"),
    TaskStatus.DONE: ("done", "node-done"),
    TaskStatus.CACHED: ("done", "muted"),
    TaskStatus.ERROR: ("error", "node-error"),
    TaskStatus.INTERRUPTED: ("paused", "node-paused"),
    TaskStatus.CANCELLED: ("cancelled", "warn"),
    TaskStatus.UNKNOWN: ("unknown", "muted"),
}
_THREADS = {
    ThreadStatus.IDLE: ("done", "ok", "idle"),
    ThreadStatus.BUSY: ("running", "node-running", "running"),
    ThreadStatus.INTERRUPTED: ("paused", "node-paused", "waits"),
    ThreadStatus.ERROR: ("error", "err", "error"),
    ThreadStatus.UNKNOWN: ("unknown", "muted", ""),
}


def phase_sign(phase: Phase, signs: Glyphs) -> tuple[str, str]:
    name, role, _ = _PHASES[phase]
    return str(getattr(signs, name)), role


def phase_word(run: RunState, *, is_now: bool = True, is_short: bool = False) -> str:
    """Return a run's phase in words, `is_short` in one; not `is_now`: what was asked waits no more."""
    phase = run.phase
    if phase is Phase.INTERRUPT and not is_now:
        return "asked"
    word = _paused(run) if phase is Phase.BREAKPOINT else _PHASES[phase][2]
    return word.partition(" ")[0] if is_short else word


def _paused(run: RunState) -> str:
    """Say what a run that paused was paused by, as far as is known."""
    if run.stepped:
        return "paused after a step"
    stops = (run.request.get("interrupt_before"), run.request.get("interrupt_after"))
    # What stops after each node may have been a step; of a run of the past it is often not known what it was asked.
    return "paused" if not run.request or "*" in stops else "paused at a breakpoint"


def task_sign(status: TaskStatus, signs: Glyphs) -> tuple[str, str]:
    name, role = _TASKS[status]
    return str(getattr(signs, name)), role


def thread_sign(status: ThreadStatus, signs: Glyphs, questions: int | None = None) -> tuple[str, str, str]:
    """Return the sign of a thread's status, its role and its word.

    `questions`: how many it asks, where that is all that is known: one that asks nothing may be paused at a breakpoint
    or was cut off, which a list does not tell. It waits too, but calls for nobody.
    """
    name, role, word = _THREADS[status]
    if status is ThreadStatus.INTERRUPTED and questions == 0:
        role = "muted"
    return str(getattr(signs, name)), role, word


def asked_or(word: str, questions: int) -> str:
    """Return the word of a thread's status, or how many questions it asks."""
    return word if not questions else f"asks {questions}" if questions > 1 else "asks"


def made_words(source: str, step: int | None, signs: Glyphs) -> str:
    """Return how a checkpoint that somebody made is named: an edit, or a fork, of the step that it copies: it counts on
    from that. `step`: None where that does not hold, or is not known."""
    if source == "update":
        return f"{signs.edit} edit"
    if source == "fork":
        return f"{signs.fork} fork" + (f" of {step - 1}" if step is not None else "")
    return ""
