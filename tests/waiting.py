"""Waiting for a condition, and for how long: a patience that only a failure uses up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 45.0
"""Seconds that a condition which does come may take on a machine with other work."""


async def until(condition: Callable[[], object], within: float = PATIENCE) -> None:
    """Let others work until the condition holds; fails when it never does."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition was never met"
        await asyncio.sleep(0.001)
