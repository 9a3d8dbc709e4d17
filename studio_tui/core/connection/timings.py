"""The waiting times of a run: when a link counts as dead, how often it is tried again, when it is given up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """All waiting times of a run, in seconds."""

    dead_after: float = 15.0
    backoff_first: float = 0.5
    backoff_cap: float = 8.0
    retry_after_cap: float = 120.0
    give_up_after: float = 180.0
    settle: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8)
    """Pauses while a run whose stream closed still reads as running, before it is joined again."""
    poll: float = 2.0
    """Between questions for a run that cannot be joined."""
    replay_limit: float = 20.0
    confirm: float = 15.0
    """How long a stop may take to be confirmed by the server."""
    booking: float = 3.0
    """How long a thread may still read as busy after its run is over."""
    stream_close: float = 3.0
    """How long a stream may stay open after its run is over."""
