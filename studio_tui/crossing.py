"""The one way from another thread to a loop, and to a thread and back: callbacks find the context they had on it.

A thread begins with an empty context, and `call_soon_threadsafe` takes the context of whoever calls it. A callback
that came this way could not ask which app it belongs to, nor could anything that it started, timers for instance.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
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


async def off_the_loop(work: Callable[[], T], within: float | None = None) -> T:
    """Return what `work` returns, or raise what it raises; for files, which may hang (a lost network disk).

    It runs in a thread of its own that neither the loop nor the end of the program waits for. TimeoutError after
    `within` seconds; the thread is then left to itself.
    """
    crossing = Crossing()
    done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = work()
        except BaseException as problem:
            error = problem
        crossing.call(tell, result, error)

    threading.Thread(target=run, name="files", daemon=True).start()
    async with asyncio.timeout(within):
        return await done
