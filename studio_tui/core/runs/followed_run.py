"""One run's life on the loop of the app state: starts its feed, folds what comes, and reconciles when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from studio_tui.core.connection.network import Handover
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.debugger.subgraph_stops import StopHit, SubgraphStop, report, show_cut
from studio_tui.core.runs.exact_stream import (
    SLICE_SECONDS,
    common_length,
    doubt_of_end,
    folded_afresh,
    gently,
    put_in_place,
    stow,
    tells_last_message,
)
from studio_tui.core.runs.feed import RunFeed
from studio_tui.core.runs.feed_items import Arrived, Dropped, Ended, FeedItem, FeedPlan, Gap, Opened, Rejoined
from studio_tui.core.runs.feed_replay import TELLING, Followed, Replay, read_whole
from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.evidence import reveal_items
from studio_tui.core.runstate.fold import reduce
from studio_tui.core.runstate.phases import enter, may_follow
from studio_tui.core.runstate.put_away import KEPT, PAGE, put_away
from studio_tui.core.runstate.settle import Ending, Truth, fetch_truth, settle, why_it_ended
from studio_tui.core.state.app_state import Slice
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.position import paused_nodes
from studio_tui.domain.run import Note, Phase, RunState
from studio_tui.errors import ConnectError, StudioError
from studio_tui.wire.events import RunClosed, StreamGap
from studio_tui.wire.parse import Parser

RECONCILE_ATTEMPTS = 6

_FRAMES = frozenset({Slice.FRAMES})
_TASKS = frozenset({Slice.RUN, Slice.TASKS})
_NOTHING: frozenset[Slice] = frozenset()

log = logging.getLogger("studio_tui.core")

OnSettled = Callable[["FollowedRun", Truth], None]


class FollowedRun:
    """Follows one run. Owned by the studio; `close` stops following, the run itself goes on at the server."""

    def __init__(
        self, runtime: Runtime, run: RunState, plan: FeedPlan, *, known: Iterable[CheckpointId], on_settled: OnSettled
    ) -> None:
        self.run = run
        self.stop_asked = False
        """Set by whoever cancels it; a clean close is then a cancellation."""
        self.watch = SubgraphStop()
        self.on_hit: Callable[[FollowedRun, StopHit], object] | None = None
        """Called once, when the stream tells what `watch` waits for."""
        self.hit: StopHit | None = None
        self.cut_off = False
        """The stream was lost and is not joined again yet."""
        self.heard: Callable[[], None] | None = None
        """Called after each batch of events."""
        self.frames = FrameLog()
        self._told_problem = False
        """The timeline says that the disk does not take the frames."""
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._way = runtime.right_of_way
        self._plan = plan
        self._known = frozenset(known)
        self._on_settled = on_settled
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Whoever waited for the run to open may be gone: nobody else may see its exception.
        self._opened.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._put_away_at = KEPT + PAGE
        """Entries of the timeline in memory from which on older ones may be put away."""
        self._settled = asyncio.Event()
        self._stream_over = asyncio.Event()
        self._feed: RunFeed | None = None
        self._pump: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether the run has ended and was reconciled, or is not followed any more."""
        return self._settled.is_set()

    async def begin(self) -> None:
        """Start following; returns once the run id is known. Raises StudioError when the server refuses the run."""
        self._task = self._runtime.background.spawn(self._live(), f"run {self.run.run_id or 'new'}")
        await asyncio.shield(self._opened)

    async def wait(self) -> RunState:
        await self._settled.wait()
        return self.run

    async def stream_over(self, seconds: float) -> bool:
        """Wait for the stream to end, `seconds` at most; tell whether it did."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stream_over.wait(), seconds)
        return self._stream_over.is_set()

    def retry_now(self) -> None:
        if self._feed is not None and not self._stream_over.is_set():
            self._runtime.connection.network.loop.call_soon_threadsafe(self._feed.retry_now)

    def cut_short(self) -> None:
        """The server says that the run is over although its stream is still open: stop reading and reconcile."""
        if self._pump is not None:
            self._pump.cancel()

    async def close(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
        self._settled.set()
        self.frames.close()

    def let_go(self) -> None:
        """Give back the disk space of a run that has ended; its tasks stay, without input and result."""
        for task in self.run.tasks.values():
            task.input = task.input if task.input is None or not task.input.is_stowed else None
            task.result = task.result if task.result is None or not task.result.is_stowed else None
        for entry in self.run.timeline:
            if isinstance(entry, Note):
                entry.payload = None
        earlier = earlier_of(self.run)
        if earlier is not None:
            earlier.close()
        self.run.rev += 1
        self.frames.close()

    async def _live(self) -> None:
        try:
            ended = await self._follow()
            if not self._opened.done():
                refused = ConnectError("The server did not take the run", "It closed without an answer.")
                self._opened.set_exception(ended.error or refused)
                return
            self._stream_over.set()
            await self._finish(ended)
        finally:
            self._stream_over.set()
            self._settled.set()
            if not self._opened.done():
                self._opened.cancel()

    async def _follow(self) -> Ended:
        network = self._runtime.connection.network
        out: Handover[FeedItem] = Handover(network.loop)
        feed = RunFeed(self._runtime.connection.client, self._plan, out, self._way, lambda: self.stop_asked)
        self._feed = feed
        self._pump = asyncio.get_running_loop().create_task(network.call(feed.run))
        self._pump.add_done_callback(lambda _: out.put_now(feed.left()))
        try:
            return await self._fold(out)
        finally:
            self._pump.cancel()
            await asyncio.wait({self._pump})

    async def _fold(self, out: Handover[FeedItem]) -> Ended:
        while True:
            batch = await out.take()
            await self._way.heed()
            began = time.perf_counter()
            changed: set[frozenset[Slice]] = set()
            for item in batch:
                if isinstance(item, Arrived):
                    changed.add(_FRAMES)
                    changed.add(self._arrived(item))
                elif isinstance(item, Ended):
                    self._app_state.touch(*_NOTHING.union(*changed))
                    return item
                else:
                    changed.add(self._apply(item))
                if time.perf_counter() - began > SLICE_SECONDS:
                    self._app_state.touch(*_NOTHING.union(*changed))
                    changed.clear()
                    await self._way.heed()
                    began = time.perf_counter()
            self._app_state.touch(*_NOTHING.union(*changed))
            if self.heard is not None:
                self.heard()

    def _apply(self, item: Opened | Dropped | Rejoined | Gap) -> frozenset[Slice]:
        run = self.run
        if isinstance(item, Opened):
            run.run_id, run.thread_id = item.run_id or run.run_id, item.thread_id
            enter(run, Phase.QUEUED, time.time())
            if not self._opened.done():
                self._opened.set_result(None)
        elif isinstance(item, Dropped):
            self.cut_off = True
            if item.attempt == 1 and self._may_reconnect():
                enter(run, Phase.RECONNECTING, item.at, item.reason)
            self._runtime.connection.suspect()
        elif isinstance(item, Rejoined):
            self.cut_off = False
            if run.phase is Phase.RECONNECTING:
                enter(run, Phase.RUNNING if run.watermark >= 0 else Phase.QUEUED, item.at, "joined again")
            return self._gap(item.at, item.seconds, item.recovered)
        elif isinstance(item, Gap):
            return self._gap(item.at, 0.0, False)
        return _TASKS

    def _may_reconnect(self) -> bool:
        """Whether a lost stream shows as the run's phase: a stop that is under way says more."""
        return self.run.phase is not Phase.STOPPING and may_follow(self.run.phase, Phase.RECONNECTING)

    def _arrived(self, item: Arrived) -> frozenset[Slice]:
        """Take one frame; return what has changed beside the frames."""
        changed, frames, run = _NOTHING, self.frames, self.run
        frames.append(item.frame)
        if frames.problem and not self._told_problem:
            self._told_problem = True
            words = f"the events of this run cannot be kept on disk and stay in memory: {frames.problem}"
            run.timeline.append(Note("log", words, item.frame.at))
        for event in item.events:
            told = reduce(run, event)
            changed = changed | told if changed else told
            if self.hit is None and self.on_hit is not None:
                self.hit = self.watch.hit(event)
                if self.hit is not None:
                    self.on_hit(self, self.hit)
        if self._runtime.on_frame is not None:
            self._runtime.on_frame(run, item.frame, item.events)
        for event in item.events:
            stow(event, frames)
        if len(run.timeline) >= self._put_away_at:
            self._put_away_at = put_away(run, frames)
        return changed

    def _gap(self, at: float, seconds: float, recovered: bool) -> frozenset[Slice]:
        run = self.run
        part = run.ledger.part + 1  # belongs to no frame: it comes after the last one's events
        event = StreamGap(seq=run.watermark, part=part, at=at, seconds=seconds, recovered=recovered)
        return reduce(run, event)

    async def _finish(self, ended: Ended) -> None:
        run = self.run
        truth = await self._ask(ended)
        await self._make_exact(ended, truth)
        if not self._plan.create_only or run.tasks:
            closing = RunClosed(seq=run.watermark, part=run.ledger.part + 1, at=ended.at)
            self._app_state.touch(*reduce(run, closing))
        ending = Ending(
            ended.at,
            self._runtime.connection.dialect,
            stop_asked=self.stop_asked,
            halted=self.hit is not None,
            error=ended.error or truth.problem,
            stateless=self._plan.thread_id is None,
        )
        phase = settle(run, truth, ending)
        last = truth.last(run.run_id)
        why = why_it_ended(run, truth, ending, phase)
        if phase.is_paused and last is not None:
            why = ", ".join(paused_nodes(last))
            show_cut(run, last)
        enter(run, phase, ended.at, why)
        report(self._app_state, run, self.watch, self.hit, last)
        if ended.error is not None and phase is not Phase.LOST and not run.deleted:
            run.timeline.append(Note("log", f"the stream was left early: {ended.error}", ended.at))
        self._app_state.touch(Slice.RUN, Slice.TASKS, Slice.MESSAGES, Slice.STATE)
        self._on_settled(self, truth)

    async def _ask(self, ended: Ended) -> Truth:
        """Fetch the truth, with patience for a link that is down; what cannot be had becomes a problem."""
        thread_id = self._plan.thread_id
        if thread_id is None:
            return Truth()
        run_id, info, known, dialect = self.run.run_id, ended.info, self._known, self._runtime.connection.dialect
        for attempt in range(RECONCILE_ATTEMPTS):
            try:
                truth = await self._runtime.connection.call(
                    lambda client: fetch_truth(client, thread_id, run_id, info=info, known=known, dialect=dialect)
                )
                return self._revealed(truth)
            except ConnectError as error:
                failure: StudioError = error
                if ended.error is not None:
                    break  # the feed has already been patient
                await asyncio.sleep(self._runtime.timings.backoff(attempt))
            except StudioError as error:
                failure = error
                break
        return Truth(info, problem=failure)

    def _revealed(self, truth: Truth) -> Truth:
        """The truth with the nodes that the server leaves out of its states."""
        head = truth.head
        if head is None:
            return truth
        history = self._app_state.history
        items = dict(history.by_id) if history.thread_id == head.thread_id else {}
        items.update((item.checkpoint_id, item) for item in (*truth.history, head) if item.checkpoint_id is not None)
        infos = [truth.info] if truth.info is not None else []
        found = reveal_items(self._app_state, items.values(), head, row=truth.row, infos=infos, run=self.run)
        shown = tuple(found.get(item.checkpoint_id or CheckpointId(""), item) for item in truth.history)
        return replace(truth, head=found.get(head.checkpoint_id or CheckpointId(""), head), history=shown)

    async def _make_exact(self, ended: Ended, truth: Truth) -> None:
        """Where events may be missing or doubled, read the whole stream once more; what cannot be settled is told."""
        run, thread_id, run_id = self.run, self.run.thread_id, self.run.run_id
        if thread_id is None or run_id is None or truth.info is None or ended.error is not None:
            return
        doubt = ended.doubt or await doubt_of_end(self._runtime, run, ended, truth)
        if not doubt:
            return
        known, timings = ended.followed, self._runtime.timings
        own = truth.own(run_id) if TELLING & set(run.stream_modes) else []
        last = own[-1].checkpoint_id or "" if own else ""
        client = self._runtime.connection.client
        if known is None:
            self._tell_doubt(doubt, "this server cannot send a stream again")
            return
        reading = asyncio.ensure_future(
            self._runtime.connection.network.call(lambda: read_whole(client, thread_id, run_id, known, timings, last))
        )
        try:
            await asyncio.wait({reading}, timeout=timings.poll)
            if not reading.done() and run.phase.is_live and self._may_reconnect():
                enter(run, Phase.RECONNECTING, time.time(), "its stream is read once more")
                self._app_state.touch(Slice.RUN, Slice.TASKS)
            replay = await reading
        finally:
            reading.cancel()
        if replay.lacks_unkept and not ended.doubt and tells_last_message(run, truth):
            return
        if replay.problem:
            self._tell_doubt(doubt, replay.problem)
        else:
            await self._adopt(replay, known)

    def _tell_doubt(self, doubt: str, problem: str) -> None:
        run = self.run
        run.gap, run.gap_reason = True, f"{doubt.rstrip('.')}; {problem.rstrip('.')}"
        text = f"events may be missing or told twice: {run.gap_reason}; state and results come from the history"
        run.timeline.append(Note("gap", text, time.time()))
        self._app_state.touch(Slice.RUN, Slice.TASKS)

    async def _adopt(self, replay: Replay, known: Followed) -> None:
        """Take over the whole stream: its rest where it goes on from what is there, else all of it afresh."""
        run, old_log = self.run, self.frames
        told_gap = run.gap
        if replay.continues and len(old_log) == known.count:
            if len(replay.log) > known.count:  # else there is no rest, for which all before it is parsed once more
                parser = Parser()
                async for frame in gently(replay.log):
                    events = tuple(parser.feed(frame))
                    if frame.seq >= known.count:
                        self._app_state.touch(*_FRAMES, *self._arrived(Arrived(frame, events)))
            replay.log.close()
        else:
            replay.log.restarts_at = await common_length(old_log, replay.log)
            self.frames = replay.log
            put_in_place(run, await folded_afresh(run, replay.log))
            if self._app_state.frames is old_log:
                self._app_state.frames = replay.log
            old_log.close()
            await self._tell_again(replay.log)
        run.gap, run.gap_reason = False, ""
        if told_gap:
            run.timeline.append(Note("gap", "the whole stream was read again: nothing is missing", time.time()))
        self._app_state.touch(Slice.FRAMES, Slice.RUN, Slice.TASKS, Slice.MESSAGES, Slice.STATE)

    async def _tell_again(self, log: FrameLog) -> None:
        """Whoever listens to frames hears those that were missing or doubled, under their true numbers."""
        parser = Parser()
        async for frame in gently(log):
            events = tuple(parser.feed(frame))
            if self._runtime.on_frame is not None and frame.seq >= log.restarts_at:
                self._runtime.on_frame(self.run, frame, events)
