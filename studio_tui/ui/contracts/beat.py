"""The beat at which everything on the screen shows that time goes on."""

from __future__ import annotations

import time

BEAT = 0.5
"""Seconds between repaints of what changes with time alone while a run is live: all at the same moments, one frame."""


def on_beat(now: float, beat: float = BEAT) -> float:
    """Return the last beat, to which running times are counted: whoever draws before the next writes no new digits."""
    return now // beat * beat


def until_beat(beat: float = BEAT) -> float:
    """Return the seconds to the next beat."""
    return beat - time.time() % beat
