"""Who goes first: a key that somebody has pressed goes before what streams in.

A key takes a dozen turns of the UI's loop until its effect is drawn. With a busy stream every one of them waits for a
piece of folding, and for Python's lock, which the network's thread has most of the time.
"""

from __future__ import annotations

import asyncio
import time

from studio_tui.crossing import Crossing

LONGEST = 0.3
"""Seconds until a key that nothing came of has lost it."""
PIECE = 0.05
"""Seconds that a stream waits at most until it has a piece done: keys that never end only slow it down."""


class RightOfWay:
    """Taken and given back by a face, in any thread; heeded by whatever handles streams, on its own loop."""

    def __init__(self) -> None:
        self._until = 0.0
        self._waiting: list[tuple[Crossing, asyncio.Event]] = []

    @property
    def taken(self) -> bool:
        return self._until > time.monotonic()

    def take(self) -> None:
        self._until = time.monotonic() + LONGEST

    def give(self) -> None:
        self._until = 0.0
        for crossing, given in tuple(self._waiting):
            crossing.call(given.set)

    async def heed(self) -> None:
        """Let others have their turn; while a key has the right of way, until it has had its effect."""
        await asyncio.sleep(0)
        left = self._until - time.monotonic()
        if left <= 0:
            return
        waiter = Crossing(), asyncio.Event()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(min(left, PIECE)):
                await waiter[1].wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.remove(waiter)
