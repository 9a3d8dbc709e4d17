"""Keeps Python's garbage collector from stopping the screen: a full collection in a long run takes 100 ms."""

from __future__ import annotations

import gc

YOUNG = 50_000
"""New objects between two collections of the youngest generation."""


def calm() -> None:
    """Set aside everything that start-up made, and collect seldom. Call once, when the first screen stands.

    Nothing is collected first: that would stop the screen for 60 ms to free next to nothing.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 1000)
    gc.enable()
