"""Where network coroutines run: on a thread and loop of their own, or (headless face, tests) on the caller's loop.

Owns the thread, its loop and the hand-over of work between loops; knows nothing of HTTP, runs or the app state.
A terminal that stops reading blocks the UI loop for seconds; streams, heartbeats and watchdogs must go on meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeAlias, TypeVar

from studio_tui.errors import ConnectError

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, T]]
"""Makes a coroutine; it is called on the network's loop, so that what it creates belongs there."""

QUEUE_ITEMS = 4096
QUEUE_BYTES = 16 * 1024 * 1024
CLOSE_SECONDS = 3.0
FINISH_SECONDS = 1.0
"""How long work that must not be broken off, such as closing connections, may take at the end."""
SWITCH_SECONDS = 0.0005
"""How long one thread may keep the other from Python. With Python's 5 ms a key, which takes a dozen turns of the UI's
loop, waits for a dozen pieces of a busy stream."""


class ThreadNetwork:
    """The network on a daemon thread with its own loop, started on first use."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._finishing: set[Future[None]] = set()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The thread's loop; starts the thread if need be. Raises ConnectError once closed."""
        if self._closed:
            raise ConnectError("The network is closed", "studio-tui is shutting down")
        if self._loop is None:
            sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_SECONDS))
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._serve, args=(self._loop,), name="studio-tui-network", daemon=True
            )
            self._thread.start()
        return self._loop

    async def call(self, work: Work[T]) -> T:
        """Run `work` on the thread's loop and return its result; exceptions come back, cancellation goes there."""
        loop = self.loop  # which may be closed: then no coroutine is made
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_started_there(work), loop))

    async def finish(self, work: Work[None]) -> None:
        """Run `work` there to its end, also when the caller is cancelled; a close waits FINISH_SECONDS for it."""
        loop = self.loop  # as above
        future: Future[None] = asyncio.run_coroutine_threadsafe(_started_there(work), loop)
        self._finishing.add(future)
        future.add_done_callback(self._finishing.discard)
        await asyncio.shield(asyncio.wrap_future(future))

    async def aclose(self) -> None:
        """Cancel everything there and join the thread (3 s at most, without blocking the caller's loop)."""
        if self._closed:
            return
        self._closed = True
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_stop_when_finished(tuple(self._finishing)), loop)
        await asyncio.to_thread(thread.join, CLOSE_SECONDS)

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(asyncio.wait(tasks, timeout=CLOSE_SECONDS))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()


class InlineNetwork:
    """The same on the loop of whoever asks."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    async def call(self, work: Work[T]) -> T:
        return await work()

    async def finish(self, work: Work[None]) -> None:
        """A caller that is cancelled meanwhile waits for it, FINISH_SECONDS at most."""
        task = asyncio.ensure_future(work())
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task], timeout=FINISH_SECONDS)
            raise

    async def aclose(self) -> None:
        return


Network: TypeAlias = ThreadNetwork | InlineNetwork


class Handover(Generic[T]):
    """A queue from the network's loop to the consumer's: bounded by items and bytes, one wake-up per batch.

    A full queue holds back the producing stream only; the network's loop goes on.
    """

    def __init__(
        self,
        producer: asyncio.AbstractEventLoop,
        *,
        consumer: asyncio.AbstractEventLoop | None = None,
        max_items: int = QUEUE_ITEMS,
        max_bytes: int = QUEUE_BYTES,
    ) -> None:
        self._producer = producer
        self._consumer = consumer or asyncio.get_running_loop()
        self._max_items, self._max_bytes = max_items, max_bytes
        self._lock = threading.Lock()
        self._items: list[T] = []
        self._bytes = 0
        self._woken = False
        self._ready = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, item: T, size: int = 0) -> None:
        """Add an item from the producer's loop; waits while the queue is full (one oversized item always fits)."""
        await self.put_all((item,), size)

    async def put_all(self, items: Sequence[T], size: int = 0) -> None:
        """Add items that came together, as one: they never wait for each other."""
        while True:
            with self._lock:
                if not self._items or (
                    len(self._items) + len(items) <= self._max_items and self._bytes + size <= self._max_bytes
                ):
                    self._append(items, size)
                    return
                self._room.clear()
            await self._room.wait()

    def put_now(self, item: T) -> None:
        """Add an item whether there is room or not; for the few that end a stream."""
        with self._lock:
            self._append((item,), 0)

    async def take(self) -> list[T]:
        """Wait on the consumer's loop until there is something, and return all of it."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            with self._lock:
                batch, self._items = self._items, []
                self._bytes = 0
                self._woken = False
            self._call(self._producer, self._room.set)
            if batch:
                return batch

    def _append(self, items: Sequence[T], size: int) -> None:
        self._items += items
        self._bytes += size
        if not self._woken:
            self._woken = True
            self._call(self._consumer, self._ready.set)

    @staticmethod
    def _call(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the other loop is already closed: nobody waits there
            loop.call_soon_threadsafe(callback)


async def _started_there(work: Work[T]) -> T:
    task = asyncio.current_task()
    assert task is not None
    task.add_done_callback(_looked_at)
    return await work()


def _looked_at(task: asyncio.Task[Any]) -> None:
    """Its failure goes to the caller, who may have left: then it is nobody's, and asyncio need not print it."""
    if not task.cancelled():
        task.exception()


async def _stop_when_finished(works: Sequence[Future[None]]) -> None:
    """Stop the running loop once these are done, after FINISH_SECONDS in any case."""
    if works:
        await asyncio.wait([asyncio.wrap_future(work) for work in works], timeout=FINISH_SECONDS)
    asyncio.get_running_loop().stop()
