"""Whether an open stream still tells what happens: by its bytes, by asking for the run, by a look from beside it.

A stream may be silent for good reasons, so silence alone ends it only where heartbeats had come.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

from studio_tui.core.connection.ports import FrameStream, RunCalls
from studio_tui.core.runs.feed_items import FeedPlan
from studio_tui.core.runs.feed_replay import goes_on
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.errors import ConnectError, StudioError


class StreamWatch:
    """Watches one connection, on the network's loop."""

    def __init__(self, client: RunCalls, plan: FeedPlan) -> None:
        self._client = client
        self._timings = plan.timings
        self._plan = plan
        self._busy = False
        self.entered = False
        """Whether the server has answered."""
        self._events = 0
        self._alive_at = self._event_at = self._asked_at = time.monotonic()

    def opened(self) -> None:
        self.entered = True
        self._alive_at = self._event_at = self._asked_at = time.monotonic()

    @contextlib.contextmanager
    def events(self) -> Iterator[None]:
        """While events are handed on: a consumer that is behind is no dead server."""
        self._events += 1
        self._busy = True
        try:
            yield
        finally:
            self._busy = False
            self._alive_at = self._event_at = time.monotonic()

    def check_bytes(self, stream: FrameStream) -> None:
        """Raise ConnectError when no byte came for longer than this server is ever silent."""
        told = self._plan.server.dialect.heartbeats and stream.heartbeats
        if (not self.entered or told) and self._silence(stream) >= self._timings.dead_after:
            raise _dead(self._timings.dead_after)

    @property
    def is_quiet(self) -> bool:
        patience = min(self._timings.quiet_after, self._timings.dead_after * 2 / 3)
        return not self._busy and time.monotonic() - max(self._event_at, self._asked_at) >= patience

    async def ask(
        self, stream: FrameStream, reader: asyncio.Future[Any], thread_id: ThreadId, run_id: RunId, last_id: str
    ) -> None:
        """Raise ConnectError when the run is over, or goes on elsewhere than on this stream. `last_id` may be empty."""
        timings, events = self._timings, self._events
        try:
            async with asyncio.timeout(timings.dead_after / 3):
                info = await self._client.run(thread_id, run_id)
        except (ConnectError, TimeoutError):
            if not stream.heartbeats and self._silence(stream) >= timings.dead_after * 2 / 3:
                raise _dead(self._silence(stream)) from None
            return
        except StudioError:
            return  # it answers, though not this; the next question will tell
        finally:
            self._asked_at = time.monotonic()
        if not info.is_live:
            await asyncio.wait({reader}, timeout=timings.stream_close)
            why = "the stream stays open although the run is over"
        elif await self._is_overtaken(thread_id, run_id, last_id):
            why = "events no longer come on this connection"
        else:
            return
        if self._events == events and not self._busy and not reader.done():
            raise ConnectError("The link is dead", why)

    async def _is_overtaken(self, thread_id: ThreadId, run_id: RunId, last_id: str) -> bool:
        """Whether a second connection tells more than this one has."""
        if not self._plan.joinable or not last_id:
            return False
        more = False
        with contextlib.suppress(StudioError, TimeoutError):
            more = await goes_on(self._client, thread_id, run_id, last_id, self._timings.peek)
        if more:
            await asyncio.sleep(self._timings.peek / 3)  # it may be on its way here, too
        return more

    def _silence(self, stream: FrameStream) -> float:
        return 0.0 if self._busy else time.monotonic() - max(self._alive_at, stream.last_byte_at)


def _dead(seconds: float) -> ConnectError:
    return ConnectError("The link is dead", f"no byte came for {seconds:.3g} s")
