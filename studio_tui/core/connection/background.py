"""Owns background tasks: none outlives its owner, and no exception vanishes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("studio_tui.core")


class Background:
    """Starts tasks on the running loop and keeps them until they end."""

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[Any]] = set()
        self._exclusive: dict[str, asyncio.Task[Any]] = {}

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start `work`; a failure is reported to the owner's `on_error`."""
        task = asyncio.get_running_loop().create_task(work, name=f"studio:{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def replace(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start `work` in place of the earlier task of that name, which is cancelled."""
        self.cancel(name)
        task = self.spawn(work, name)
        self._exclusive[name] = task
        return task

    def cancel(self, name: str) -> None:
        """Cancel the task that `replace` started under this name, unless it is the one that asks."""
        task = self._exclusive.pop(name, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def aclose(self) -> None:
        """Cancel all tasks but the caller's and wait for them."""
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._exclusive.clear()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("background task %s failed", task.get_name(), exc_info=error)
            self._on_error(error)
