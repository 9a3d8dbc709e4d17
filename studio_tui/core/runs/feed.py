"""One run's stream on the network's side: opens it, notices a dead link, rejoins without loss, asks how the run ended.

Hands over what comes; it never touches the app state or a RunState, which live on the other loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from studio_tui.client.resume import REPLAY_ALL, Resumer
from studio_tui.core.connection.network import Handover
from studio_tui.core.connection.ports import FrameStream, ServerClient
from studio_tui.core.connection.right_of_way import RightOfWay
from studio_tui.core.connection.timings import Patience, is_refusal
from studio_tui.core.runs.feed_items import Arrived, Dropped, Ended, FeedItem, FeedPlan, Gap, Opened, Rejoined
from studio_tui.core.runs.feed_replay import Followed, server_time
from studio_tui.core.runs.feed_watch import StreamWatch
from studio_tui.core.runs.lost_run import mark_in, marked_run
from studio_tui.domain.ids import RunId
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import ConnectError, NotFoundError, ProtocolError, StudioError
from studio_tui.wire.events import RunStarted
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser

_CLOSED_EARLY = "the server closed the stream while the run goes on"


class RunFeed:
    """Follows one run until it has ended or is given up. `run()` belongs on the network's loop."""

    def __init__(
        self,
        client: ServerClient,
        plan: FeedPlan,
        out: Handover[FeedItem],
        way: RightOfWay,
        may_vanish: Callable[[], bool],
    ) -> None:
        """`may_vanish`: the run is being rolled back, so that the server does not know it is an end and no fault."""
        self._client = client
        self._plan = plan
        self._timings = plan.timings
        self._out = out
        self._way = way
        self._may_vanish = may_vanish
        self._resumer = Resumer()
        self._parser = Parser()
        self._run_id = plan.run_id
        self._thread_id = plan.thread_id
        self._joins = plan.joinable and not plan.create_only
        """Whether a lost stream is joined again; else the run is only asked for its end."""
        self._opened = False
        self._named = False
        self._followed = Followed()
        self._cut_at: float | None = None
        """When the link was lost, while it is."""
        whole = plan.body is not None or plan.server.dialect.joins_from_start
        self._doubt = "" if whole else "the stream was joined in the middle"
        """Why a reading of the whole stream after the end is needed."""
        self._hole_told = False
        self._joining = Patience(plan.timings)
        self._asking = Patience(plan.timings)
        self._looked_at = 0.0
        self._wake = asyncio.Event()

    def retry_now(self) -> None:
        """Cut the present waiting short; call it on the network's loop."""
        self._wake.set()

    async def run(self) -> None:
        """Follow the run; the last item handed over is always `Ended`, unless this is cancelled."""
        try:
            ended = await self._follow()
        except StudioError as error:
            ended = self._end(time.time(), error=error)
        except Exception as error:  # anything else would leave the run on screen as running for ever
            hint = "What had come stays on screen; the run itself goes on at the server. Please report this."
            unread = ProtocolError("The stream could not be read", f"{type(error).__name__}: {error}", hint)
            ended = self._end(time.time(), error=unread)
        self._out.put_now(ended)

    def _end(self, at: float, info: RunInfo | None = None, error: StudioError | None = None) -> Ended:
        doubt = "" if self._resumer.certain and self._followed.closed else self._doubt
        if self._plan.create_only or not self._opened:
            doubt = ""
        return Ended(at, info, error, doubt, self._followed if self._plan.joinable else None, self._resumer.last_id)

    def left(self) -> Ended:
        """The last item for a run that somebody else knows to be over, while its stream is still open."""
        self._doubt = self._doubt or "its stream stayed open"
        return self._end(time.time())

    async def _follow(self) -> Ended:
        await self._begin()
        if self._thread_id is None:
            return self._end(time.time())
        if self._run_id is None:
            await self._find_name()
        while True:
            closed_at = time.time()
            info = await self._ask_end()
            if not info.is_live:
                return self._end(closed_at, info)
            if self._joins:
                await self._rejoin()
            else:
                await self._pause(self._timings.poll)

    async def _begin(self) -> None:
        plan = self._plan
        if plan.create_only:
            info = await self._client.create_run(plan.thread_id, plan.body or {})
            self._thread_id = info.thread_id
            await self._name(info.run_id)
            return
        if plan.body is not None:
            stream = self._client.stream_run(plan.thread_id, plan.body)
        else:
            assert plan.run_id is not None
            assert plan.thread_id is not None
            await self._name(plan.run_id)
            if not plan.joinable:
                return
            self._resumer.reconnected()
            stream = self._client.join_run(plan.thread_id, plan.run_id, last_event_id=REPLAY_ALL)
        try:
            await self._pump(stream)
        except StudioError as error:
            if (plan.body is not None and not self._opened) or self._thread_id is None:
                raise
            await self._lose_link(error)

    async def _rejoin(self) -> None:
        assert self._run_id is not None
        assert self._thread_id is not None
        if self._cut_at is None:
            await self._drop(_CLOSED_EARLY, 0.0)
        cursor = self._resumer.cursor()
        self._resumer.reconnected()
        before = self._followed.count
        try:
            await self._pump(self._client.join_run(self._thread_id, self._run_id, last_event_id=cursor), rejoined=True)
        except StudioError as error:
            await self._lose_link(error)
            return
        if self._followed.count == before:  # it closed without a word although the run lives: do not hammer the server
            await self._drop(_CLOSED_EARLY, self._joining.failed())

    async def _lose_link(self, error: StudioError) -> None:
        """The stream broke off or could not be joined; it is left for good when that will not get better."""
        delay = self._joining.failed(error)
        if self._joining.is_over(error):
            self._joins = False
            await self._tell_hole()
        await self._drop(error.detail or error.title, delay)

    async def _pump(self, stream: FrameStream, *, rejoined: bool = False) -> None:
        """Read one connection to its end; raises ConnectError when it does not tell any more what happens."""
        watch = StreamWatch(self._client, self._plan)
        self._followed.closed = False
        reader = asyncio.ensure_future(self._read(stream, watch, rejoined))
        try:
            while not reader.done():
                await asyncio.wait({reader}, timeout=min(self._timings.dead_after / 15, self._timings.quiet_after / 8))
                if not reader.done():
                    await self._check_alive(stream, watch, reader)
            reader.result()
            self._followed.closed = True
        finally:
            if not reader.done():
                reader.cancel()
                await asyncio.wait({reader})
            if not reader.cancelled():
                reader.exception()

    async def _check_alive(self, stream: FrameStream, watch: StreamWatch, reader: asyncio.Future[None]) -> None:
        """Raise ConnectError when the stream is silent although the run is not."""
        try:
            watch.check_bytes(stream)
        except ConnectError as error:
            error.ambiguous = not self._opened and self._plan.body is not None
            raise
        if not watch.entered or self._thread_id is None:
            return
        if self._run_id is None:
            await self._look_for_name()
        elif watch.is_quiet:
            last_id = self._resumer.last_id or ("" if self._followed.count else REPLAY_ALL)
            await watch.ask(stream, reader, self._thread_id, self._run_id, last_id)

    async def _read(self, stream: FrameStream, watch: StreamWatch, rejoined: bool) -> None:
        async with stream:
            watch.opened()
            self._opened = True
            if self._thread_id is None or stream.run_id is not None:
                await self._name(stream.run_id)
            if rejoined:
                self._joining.answered()
                now = time.time()
                seconds, self._cut_at = now - (self._cut_at or now), None
                lines_up = bool(self._resumer.last_id) or not self._followed.count
                await self._out.put(Rejoined(now, seconds, lines_up))
            replayed = rejoined or self._plan.body is None
            async for frames in stream.batches():
                with watch.events():
                    await self._accept(frames, replayed)

    async def _accept(self, frames: Sequence[Frame], replayed: bool) -> None:
        """Hand over what is new of the frames, all at once but where something is to be told before one of them."""
        if self._way.taken:
            await self._way.heed()
        resumer, followed, parse = self._resumer, self._followed, self._parser.feed
        arrived: list[FeedItem] = []
        is_plain = not replayed and self._run_id is not None and frames[0].seq == followed.count
        if is_plain and resumer.take_all(frames):  # as nearly always
            followed.add_all(frames)
            arrived += [Arrived(frame, tuple(parse(frame))) for frame in frames]
            await self._hand_over(arrived, sum([len(frame.data) for frame in frames]))
            return
        size = 0
        for came in frames:
            is_new = resumer.feed(came)
            if resumer.gap and not self._hole_told:
                arrived, size = await self._hand_over(arrived, size)
                await self._tell_hole()
            if not is_new:
                continue
            at = server_time(came) if replayed else came.at
            same = came.seq == followed.count and came.at == at
            frame = came if same else Frame(followed.count, at, came.event, came.data, came.id)
            followed.add(frame)
            events = tuple(parse(frame))
            if self._run_id is None:
                named = next((event for event in events if isinstance(event, RunStarted)), None)
                if named is not None:
                    arrived, size = await self._hand_over(arrived, size)
                    await self._name(named.run_id)
            arrived.append(Arrived(frame, events))
            size += len(frame.data)
        await self._hand_over(arrived, size)

    async def _hand_over(self, arrived: list[FeedItem], size: int) -> tuple[list[FeedItem], int]:
        if arrived:
            self._joining.worked()
            await self._out.put_all(arrived, size)
        return [], 0

    async def _tell_hole(self) -> None:
        if not self._hole_told:
            self._hole_told = True
            self._doubt = self._doubt or "the stream could not be followed to its end"
            await self._out.put(Gap(time.time()))

    async def _name(self, run_id: RunId | None) -> None:
        self._run_id = self._run_id or run_id
        if not self._named and (self._run_id is not None or self._thread_id is None):
            self._named = True
            await self._out.put(Opened(self._run_id, self._thread_id))

    async def _look_for_name(self) -> None:
        """The server took the run without naming it: look for our own mark in the thread's list, now and then."""
        if time.monotonic() - self._looked_at < self._timings.look[-1]:
            return
        with contextlib.suppress(StudioError):
            await self._name(await self._marked_run())
        self._looked_at = time.monotonic()

    async def _find_name(self) -> None:
        """The stream is over and never named the run: it exists, so it must be found or left alone, not sent again."""
        why = "It named no run, and its list of runs shows none with our mark."
        for pause in self._timings.look:
            try:
                await self._name(await self._marked_run())
            except StudioError as failure:
                why = failure.title
            if self._run_id is not None:
                return
            await self._pause(pause)
        hint = "Look at the thread's runs before you start it again."
        error = ConnectError("The server took the run, but it cannot be found", why, hint)
        error.ambiguous = True
        raise error

    async def _marked_run(self) -> RunId | None:
        assert self._thread_id is not None
        info = await marked_run(self._client, self._thread_id, mark_in(self._plan.body or {}))
        return info.run_id if info is not None else None

    async def _drop(self, reason: str, delay: float) -> None:
        """Tell that the link is lost, then wait before the next attempt."""
        now = time.time()
        self._doubt = self._doubt or reason
        first = self._cut_at is None
        self._cut_at = now if self._cut_at is None else self._cut_at
        attempt = 1 if first else max(self._joining.failures, self._asking.failures, 2)
        self._out.put_now(Dropped(now, reason, attempt))
        await self._pause(delay)

    async def _pause(self, seconds: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _ask_end(self) -> RunInfo:
        """Ask how the run stands; one whose stream closed a moment before it is booked as ended gets that moment."""
        info = await self._ask()
        for pause in self._timings.settle:
            if not info.is_live or self._cut_at is not None or self._plan.create_only:
                break
            await self._pause(pause)
            info = await self._ask()
        return info

    async def _ask(self) -> RunInfo:
        """Ask for the run until there is an answer; raises what the server says once it has said so often enough."""
        assert self._run_id is not None
        assert self._thread_id is not None
        while True:
            try:
                info = await self._client.run(self._thread_id, self._run_id)
            except StudioError as error:
                if self._may_vanish() and isinstance(error, NotFoundError):
                    raise
                delay = self._asking.failed(error)
                if self._asking.is_over(error):
                    raise self._given_up(error) from None
                await self._drop(error.detail or error.title, delay)
            else:
                self._asking.worked()
                return info

    def _given_up(self, error: StudioError) -> StudioError:
        if is_refusal(error) or error.final:
            return error
        reason = f"{error.detail or error.title}; tried for {self._asking.seconds:.0f} s"
        hint = "What had come stays on screen. Join the run again when the server is back."
        return ConnectError("The run cannot be followed any more", reason, hint)
