"""What rows in sight lack is read for them: once at a time, until they lack nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

SETTLE = 0.04
"""Seconds that scrolling rests before anything is asked for."""


class InSight:
    """Readings for the rows that somebody looks at."""

    def __init__(
        self,
        read: Callable[[], Awaitable[bool]],
        start: Callable[[Coroutine[Any, Any, None]], object],
        *,
        settle: float = SETTLE,
    ) -> None:
        """`read` reads some of what is lacking now; False: nothing is, or to ask at once again would not help.

        `start` runs a coroutine in the background.
        """
        self._read, self._start, self._settle = read, start, settle
        self.under_way = False

    def wanted(self) -> None:
        if not self.under_way:
            self.under_way = True
            self._start(self._run())

    async def _run(self) -> None:
        try:
            await asyncio.sleep(self._settle)
            while await self._read():  # noqa: ASYNC110 - nothing is waited for, others only have their turn
                await asyncio.sleep(0)  # an answer from memory must not keep the loop from drawing it
        finally:
            self.under_way = False
