"""How fast the demo graphs pretend to work; knows nothing of graphs or models."""

from __future__ import annotations

import asyncio
import os

PACE_VARIABLE = "STUDIO_TUI_DEMO_PACE"
"""Factor on every delay: 1 is a human pace, 0 removes all waiting."""


def pace() -> float:
    """Return the factor on all delays; anything that is not a number ≥ 0 counts as 1."""
    try:
        return max(0.0, float(os.environ.get(PACE_VARIABLE, "1")))
    except ValueError:
        return 1.0


async def pause(seconds: float) -> None:
    """Wait `seconds`, scaled by the pace; always gives other tasks a turn."""
    await asyncio.sleep(seconds * pace())
