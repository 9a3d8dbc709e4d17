"""Why checkpoints, or what is made of them, are not there; apart from their rows, which few sessions look at."""

from __future__ import annotations

from studio_tui.domain.checkpoint import History


def what_is_lacking(history: History) -> str:
    """Say why what is made of checkpoints does not tell of the thread's beginning, where none of that can come."""
    return "older states too large" if history.too_large else ""


def why_no_checkpoints(history: History, *, is_live: bool) -> str:
    """Say why there is none to look at, which need not mean that the server has none (safe text)."""
    if is_live:
        return "the checkpoints of this thread are read when its run has ended"
    return "this thread has no checkpoints yet" if history.complete else "no checkpoint of this thread is loaded"
