"""One action on many things, a few at a time: can be stopped, and says exactly what was done and what was not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from studio_tui.errors import NotFoundError, StudioError
from studio_tui.text.fmt import count
from studio_tui.text.sanitize import clean

K = TypeVar("K", bound=Hashable)

AT_ONCE = 4
"""Requests under way at the same time."""
SHOWN_FAILURES = 8


@dataclass(eq=False)
class Bulk(Generic[K]):
    """The account of one action. Every thing is in exactly one of `done`, `failed` and `left`.

    Stopping never breaks off a request that was sent: it ends, is counted, and nothing further is sent.
    """

    things: Sequence[K]
    act: Callable[[K], Awaitable[None]]
    happened: Callable[[K], Awaitable[bool]] | None = None
    """Finds out whether an action was carried out whose answer was lost."""
    on_change: Callable[[], None] = lambda: None
    done: list[K] = field(default_factory=list)
    failed: dict[K, str] = field(default_factory=dict)
    """Why, in words (safe text)."""
    stopping: bool = False
    running: bool = False

    @property
    def total(self) -> int:
        return len(self.things)

    @property
    def left(self) -> list[K]:
        over = {*self.done, *self.failed}
        return [thing for thing in self.things if thing not in over]

    def stop(self) -> None:
        """Send nothing further."""
        self.stopping = True
        self.on_change()

    async def run(self) -> None:
        """Act on all things; returns when all requests have ended. A lost connection stops the rest."""
        self.running = True
        waiting = iter(self.things)
        try:
            await asyncio.gather(*(self._work(waiting) for _ in range(min(AT_ONCE, self.total))))
        finally:
            self.running = False
            self.on_change()

    async def _work(self, waiting: Iterator[K]) -> None:
        for thing in waiting:
            if self.stopping:
                return
            await self._one(thing)
            self.on_change()

    async def _one(self, thing: K) -> None:
        try:
            await self.act(thing)
        except StudioError as error:
            if not await self._was_done(thing, error):
                self.failed[thing] = clean(str(error), 300)
                return
        self.done.append(thing)

    async def _was_done(self, thing: K, error: StudioError) -> bool:
        """An answer that was lost, or a thing that is gone, may mean that all is as it should be: look."""
        if self.happened is None or not (error.ambiguous or isinstance(error, NotFoundError)):
            return False
        try:
            return await self.happened(thing)
        except StudioError:
            return False


def account(bulk: Bulk[K], verb: str, noun: str, name: Callable[[K], str]) -> list[str]:
    """Return in sentences what was done, what failed and why, and what was not tried (`deleted`, `threads`)."""
    lines = [f"{count(len(bulk.done))} of {count(bulk.total)} {noun} {verb}."]
    if bulk.failed:
        lines.append(f"{count(len(bulk.failed))} failed:")
        lines += [f"  {clean(name(thing), 60)}: {why}" for thing, why in list(bulk.failed.items())[:SHOWN_FAILURES]]
        if len(bulk.failed) > SHOWN_FAILURES:
            lines.append(f"  and {count(len(bulk.failed) - SHOWN_FAILURES)} more")
    if left := len(bulk.left):
        lines.append(f"{count(left)} not touched: you stopped before them.")
    return lines
