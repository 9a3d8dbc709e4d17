"""The one way from another thread to a loop: the callback finds the context that it would have had on that loop.

A thread begins with an empty context, and `call_soon_threadsafe` takes the context of whoever calls it. A callback
that came this way could not ask which app it belongs to, nor could anything that it started, timers for instance.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable
from typing import TypeVarTuple

Args = TypeVarTuple("Args")


class Crossing:
    """Made on the loop that is to be called, in the context that callbacks are to find; used from any thread."""

    def __init__(self) -> None:
        """Raises RuntimeError without a running loop."""
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()

    def call(self, callback: Callable[[*Args], object], *args: *Args) -> None:
        """Have `callback` called on the loop soon. Once the loop is closed nobody waits there: nothing happens."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *args, context=self._context.copy())
