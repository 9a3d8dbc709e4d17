"""Waiting times: when a link counts as dead, how often it is tried again or looked at, when it is given up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """All waiting times, in seconds."""

    dead_after: float = 15.0
    """Silence, heartbeats included, after which a link counts as dead."""
    quiet_after: float = 8.0
    """Silence, heartbeats left out, after which the run is asked whether it is still going on; asked again as often."""
    peek: float = 1.5
    """How long a second connection is read to find out whether the first one leaves events out."""
    backoff_first: float = 0.5
    backoff_cap: float = 8.0
    retry_after_cap: float = 120.0
    give_up_after: float = 180.0
    settle: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8)
    """Pauses while a run whose stream closed still reads as running, before it is joined again."""
    poll: float = 2.0
    """Between questions for a run that cannot be joined."""
    refusals: int = 5
    """How often in a row the server may refuse (401, 403, 404) before that is believed."""
    replay_limit: float = 20.0
    """Silence after which the final reading of a whole stream is tried again."""
    look: tuple[float, ...] = (0.2, 0.8, 2.0)
    """Pauses before each look for a run that the server took without naming it."""
    confirm: float = 15.0
    """How long a stop may take to be confirmed by the server."""
    booking: float = 3.0
    """How long a thread may still read as busy after its run is over."""
    stream_close: float = 3.0
    """How long a stream may stay open after its run is over."""
    watch_poll: float = 10.0
    """Between looks at the open thread, where the server does not tell of changes by itself."""
    watch_poll_soon: float = 2.0
    """The same for a while (`watch_soon_for`) after something has changed."""
    watch_soon_for: float = 60.0
    watch_list: float = 15.0
    """Between readings of the list of threads."""
    watch_debounce: float = 0.15
    """What happens at once is read once."""
    watch_reread: float = 120.0
    """Least time between two full readings because a quiet stream was closed, with the server there all the time."""
