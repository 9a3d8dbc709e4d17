"""Why checkpoints, or what is made of them, are not there, or not the newest; apart from their rows, which few sessions
look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.domain.checkpoint import History
from studio_tui.domain.thread_position import is_ahead
from studio_tui.text.fmt import plural

if TYPE_CHECKING:
    from studio_tui.core.state.app_state import AppState


def what_is_lacking(history: History) -> str:
    """Say why what is made of checkpoints does not tell of the thread's beginning, where none of that can come."""
    return "older states too large" if history.too_large else ""


def why_no_checkpoints(history: History, *, is_live: bool) -> str:
    """Say why there is none to look at, which need not mean that the server has none (safe text)."""
    if is_live:
        return "the checkpoints of this thread are read when its run has ended"
    return "this thread has no checkpoints yet" if history.complete else "no checkpoint of this thread is loaded"


def newer_steps(app_state: AppState) -> int:
    """How many supersteps the thread's run is ahead of the newest checkpoint that was read."""
    run, head = app_state.run, app_state.history.head or app_state.head
    if run is None or head is None or run.stateless or run.step is None:
        return 0
    return max(0, run.step - (head.step or 0)) if run.phase.is_live or is_ahead(run, head) else 0


def what_is_newer(app_state: AppState) -> str:
    """Say that what is shown as the newest state was read before what a run did since; empty in the past, and else."""
    newer = newer_steps(app_state) if app_state.cursor is None else 0
    return plural(newer, "newer step") if newer else ""
