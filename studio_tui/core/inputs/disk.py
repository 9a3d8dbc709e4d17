"""Work on files that may hang (a lost network disk), in a thread that neither the loop nor the end waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from studio_tui.crossing import Crossing

T = TypeVar("T")


async def off_the_loop(work: Callable[[], T], within: float | None = None) -> T:
    """Return what `work` returns, or raise what it raises; it runs in a thread of its own.

    TimeoutError after `within` seconds; the thread is then left to itself.
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
