"""One run's stream on the network's side: opens it, notices a dead link, rejoins without loss, asks how the run ended.

Hands over what comes; it never touches the store or a RunState, which live on the other loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable

from studio_tui.core.connection.network import Handover
from studio_tui.core.connection.ports import FrameStream, ServerClient
from studio_tui.core.runs.feed_items import (
    Arrived,
    Dropped,
    Ended,
    FeedItem,
    FeedPlan,
    Hole,
    Opened,
    Parsing,
    Rejoined,
    Resuming,
)
from studio_tui.core.runs.feed_replay import REPLAY_ALL, read_replay, server_time
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import ConnectError, ProtocolError, ServerError, StudioError
from studio_tui.wire.frames import Frame

REPLAY_ATTEMPTS = 3
_CLOSED_EARLY = "the server closed the stream while the run goes on"


class RunFeed:
    """Follows one run until it has ended or is given up. `run()` belongs on the network's loop."""

    def __init__(
        self,
        client: ServerClient,
        plan: FeedPlan,
        out: Handover[FeedItem],
        *,
        resumer: Resuming,
        parser: Callable[[], Parsing],
    ) -> None:
        self._client = client
        self._plan = plan
        self._pace = plan.pace
        self._out = out
        self._resumer = resumer
        self._make_parser = parser
        self._parser = parser()
        self._run_id = plan.run_id
        self._thread_id = plan.thread_id
        self._joinable = plan.joinable
        self._opened = False
        self._entered = False
        self._first: Frame | None = None
        self._seq = 0
        self._had_ids = False
        self._cut_at: float | None = None
        """When the link was lost, while it is."""
        self._doubtful = plan.body is None
        """A rejoined stream may repeat or lack events; one replay after the end makes it exact."""
        self._hole_told = False
        self._attempt = 0
        self._handing_over = False
        self._alive_at = 0.0
        self._wake = asyncio.Event()

    def retry_now(self) -> None:
        """Cut the present waiting short; call it on the network's loop."""
        self._wake.set()

    async def run(self) -> None:
        """Follow the run; the last item handed over is always `Ended`, unless this is cancelled."""
        try:
            ended = await self._follow()
        except StudioError as error:
            ended = Ended(time.time(), error=error)
        except Exception as error:  # anything else would leave the run on screen as running for ever
            ended = Ended(time.time(), error=_unexpected(error))
        self._out.put_now(ended)

    async def _follow(self) -> Ended:
        await self._begin()
        if self._run_id is None or self._thread_id is None:
            return Ended(time.time())
        while True:
            closed_at = time.time()
            info = await self._ask_end()
            if not info.is_live:
                return Ended(closed_at, info, replay=await self._replay())
            if self._joinable and not self._plan.create_only:
                await self._rejoin()
            else:
                await self._pause(self._pace.poll)

    async def _begin(self) -> None:
        """Start the run, or join it for the first time, and read its stream to the end or to a cut."""
        plan = self._plan
        if plan.create_only:
            info = await self._client.create_run(plan.thread_id, plan.body or {})
            self._run_id, self._thread_id = info.run_id, info.thread_id
            await self._hand(Opened(info.run_id, info.thread_id))
            return
        if plan.body is not None:
            stream = self._client.stream_run(plan.thread_id, plan.body)
        elif plan.run_id is not None and not plan.joinable:
            await self._hand(Opened(plan.run_id, plan.thread_id))
            return
        elif plan.run_id is not None and plan.thread_id is not None:
            self._resumer.reconnected()
            stream = self._client.join_run(plan.thread_id, plan.run_id, last_event_id=REPLAY_ALL)
        else:
            raise ValueError("a feed needs a body or a run to join")
        try:
            await self._pump(stream)
        except (ConnectError, ServerError, ProtocolError) as error:
            if not self._opened or self._thread_id is None:
                raise
            await self._lose_link(error)

    async def _rejoin(self) -> None:
        """Join the running run again, from where the last connection ended."""
        assert self._run_id is not None
        assert self._thread_id is not None
        if self._cut_at is None:
            await self._drop(_CLOSED_EARLY, 0.0)
        cursor = self._resumer.cursor() if self._had_ids or not self._seq else None
        self._resumer.reconnected()
        before = self._seq
        try:
            await self._pump(self._client.join_run(self._thread_id, self._run_id, last_event_id=cursor), rejoined=True)
        except (ConnectError, ServerError, ProtocolError) as error:
            await self._lose_link(error)
            return
        if self._seq == before:  # it closed without a word although the run lives: do not hammer the server
            await self._drop(_CLOSED_EARLY, None)

    async def _lose_link(self, error: StudioError) -> None:
        # What cannot be read would not become readable by asking for it again.
        self._joinable = self._joinable and not isinstance(error, ProtocolError)
        await self._drop(error.detail or error.title, error.retry_after)

    async def _pump(self, stream: FrameStream, *, rejoined: bool = False) -> None:
        """Read one connection to its end; raises ConnectError when no byte came for too long."""
        self._entered = False
        self._alive_at = time.monotonic()
        reader = asyncio.ensure_future(self._read(stream, rejoined))
        try:
            while not reader.done():
                await asyncio.wait({reader}, timeout=self._pace.dead_after / 15)
                if not reader.done():
                    await self._check_alive(stream)
            reader.result()
        finally:
            if not reader.done():
                reader.cancel()
                await asyncio.wait({reader})
                if not reader.cancelled():
                    reader.exception()

    async def _check_alive(self, stream: FrameStream) -> None:
        """Raise ConnectError when the stream has been silent for longer than this server ever is."""
        if self._entered and not self._plan.heartbeats:
            return
        silence, patience = self._silence(stream), self._pace.dead_after
        if self._entered and not stream.heartbeats and self._run_id and self._thread_id:
            # Never a heartbeat: a proxy may strip them. Then only an answer to a question proves the link.
            if silence < patience * 2 / 3:
                return
            with contextlib.suppress(StudioError, TimeoutError):
                async with asyncio.timeout(patience / 3):
                    await self._client.run(self._thread_id, self._run_id)
                self._alive_at = time.monotonic()
                return
        elif silence < patience:
            return
        error = ConnectError("The link is dead", f"no byte came for {self._pace.dead_after:g} s")
        error.ambiguous = not self._opened and self._plan.body is not None
        raise error

    async def _read(self, stream: FrameStream, rejoined: bool) -> None:
        async with stream:
            self._entered = True
            if not self._opened:
                self._opened = True
                self._run_id = stream.run_id or self._run_id
                if self._run_id is not None:
                    await self._hand(Opened(self._run_id, self._thread_id))
            if rejoined:
                await self._say_rejoined()
            replayed = rejoined or self._plan.body is None
            async for frame in stream:
                await self._accept(frame, replayed)

    async def _accept(self, frame: Frame, replayed: bool) -> None:
        is_new = self._resumer.feed(frame)
        if self._resumer.gap and not self._hole_told:
            self._hole_told = True
            await self._hand(Hole(time.time()))
        if not is_new:
            return
        self._attempt = 0
        self._had_ids = self._had_ids or bool(frame.id)
        stamped = frame._replace(seq=self._seq, at=server_time(frame) if replayed else frame.at)
        self._first = self._first or stamped
        self._seq += 1
        await self._hand(Arrived(stamped, tuple(self._parser.feed(stamped))), len(frame.data))

    async def _hand(self, item: FeedItem, size: int = 0) -> None:
        self._handing_over = True  # a consumer that is behind is not a dead server
        try:
            await self._out.put(item, size)
        finally:
            self._handing_over = False
            self._alive_at = time.monotonic()

    def _silence(self, stream: FrameStream) -> float:
        if self._handing_over:
            return 0.0
        return time.monotonic() - max(self._alive_at, stream.last_byte_at)

    async def _say_rejoined(self) -> None:
        now = time.time()
        seconds = now - (self._cut_at if self._cut_at is not None else now)
        self._cut_at = None
        await self._hand(Rejoined(now, seconds, self._had_ids or not self._seq))

    async def _drop(self, reason: str, retry_after: float | None) -> None:
        """Tell that the link is lost, then wait before the next attempt; raises ConnectError after too long."""
        now = time.time()
        self._doubtful = True
        self._cut_at = self._cut_at if self._cut_at is not None else now
        lost_for = now - self._cut_at
        if lost_for > self._pace.give_up_after:
            hint = "What had come stays on screen. Join the run again when the server is back."
            raise ConnectError("The run cannot be followed any more", f"{reason}; tried for {lost_for:.0f} s", hint)
        delay = self._delay(retry_after)
        self._attempt += 1
        self._out.put_now(Dropped(now, reason, self._attempt, delay))
        await self._pause(delay)

    def _delay(self, retry_after: float | None) -> float:
        if retry_after is not None:
            return min(retry_after, self._pace.retry_after_cap)
        backoff: float = min(self._pace.backoff_first * 2**self._attempt, self._pace.backoff_cap)
        return backoff * random.uniform(0.75, 1.25)

    async def _pause(self, seconds: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _ask_end(self) -> RunInfo:
        """Ask how the run stands; one whose stream closed a moment before it is booked as ended gets that moment."""
        info = await self._ask()
        for pause in self._pace.settle:
            if not info.is_live or self._cut_at is not None or self._plan.create_only:
                break
            await self._pause(pause)
            info = await self._ask()
        return info

    async def _ask(self) -> RunInfo:
        assert self._run_id is not None
        assert self._thread_id is not None
        while True:
            try:
                return await self._client.run(self._thread_id, self._run_id)
            except (ConnectError, ServerError) as error:
                await self._drop(error.detail or error.title, error.retry_after)

    async def _replay(self) -> tuple[Arrived, ...]:
        """Read the whole stream once more, or return nothing when that is needless or the server has it no longer."""
        if not (self._doubtful and self._had_ids and self._joinable) or self._first is None:
            return ()
        assert self._run_id is not None
        assert self._thread_id is not None
        client, thread_id, run_id = self._client, self._thread_id, self._run_id
        for attempt in range(REPLAY_ATTEMPTS):
            try:
                async with asyncio.timeout(self._pace.replay_limit):
                    return await read_replay(client, thread_id, run_id, self._first, self._make_parser)
            except ConnectError:
                await self._pause(self._pace.backoff_first * 2**attempt)
            except (StudioError, TimeoutError):
                break
        return ()


def _unexpected(error: Exception) -> StudioError:
    return ProtocolError(
        "The stream could not be read",
        f"{type(error).__name__}: {error}",
        "What had come stays on screen; the run itself goes on at the server. Please report this.",
    )
