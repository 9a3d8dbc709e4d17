"""The whole stream of a run once more, after it has ended: exact where a rejoined one may lack or repeat events.

It is read until it is certain to be whole: it holds what was seen before, and it ends where the followed stream ended
or where a second reading ends as well. A proxy may cut it without a trace.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from msgspec import Struct, field

from studio_tui.client.resume import REPLAY_ALL
from studio_tui.core.connection.ports import FrameStream, RunCalls
from studio_tui.core.connection.timings import Patience, Timings
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.stream_mode import Tells, telling
from studio_tui.errors import ConnectError, StudioError
from studio_tui.jsonkit.value import as_digits
from studio_tui.wire.events import RunFailed
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser

TELLING = telling(Tells.CHECKPOINTS)
_UNKEPT = "messages/"
"""How the events of the older stream mode `messages` are called: the Python server keeps none of them to be read again.
"""
LOOKS = 3
READINGS = 8
"""How often a stream is read that ends elsewhere every time."""
_AGAIN = 10.0
"""How long the stream of a failed run may take to come again."""
_STAMPED_ID = re.compile(r"(\d{13})-\d+$")

Mark = tuple[str, int]
"""What tells an event from others without its data and its id, which proxies may take away."""


class Followed(Struct):
    """What was seen of a stream, as digests: bounded however long it is."""

    count: int = 0
    digest: int = 0
    first: Mark | None = None
    last: Mark | None = None
    before_last: Mark | None = None
    closed: bool = False
    """Whether its last connection was closed by the server, not cut."""
    kept: int = 0
    kept_digest: int = 0
    """The same as `count` and `digest`, without what servers may not keep."""

    def add(self, frame: Frame) -> None:
        mark = (frame.event, hash(frame.data))
        self.first = self.first or mark
        self.before_last, self.last = self.last, mark
        self.count += 1
        self.digest = hash((self.digest, mark))
        if not frame.event.startswith(_UNKEPT):
            self.kept += 1
            self.kept_digest = hash((self.kept_digest, mark))

    def add_all(self, frames: Sequence[Frame]) -> None:
        """The same as `add` for each."""
        if self.kept != self.count or any(frame.event.startswith(_UNKEPT) for frame in frames):
            for frame in frames:
                self.add(frame)
            return
        digest = self.digest
        marks = [(frame.event, hash(frame.data)) for frame in frames]
        for mark in marks:
            digest = hash((digest, mark))
        self.first = self.first or marks[0]
        self.before_last, self.last = ((self.last, *marks) if len(marks) == 1 else marks)[-2:]
        self.count += len(marks)
        self.kept += len(marks)
        self.digest = self.kept_digest = digest

    def is_kept_part_of(self, whole: Followed) -> bool:
        """Whether this is `whole` without the events that servers may not keep, and there are such events."""
        return self.count == self.kept == whole.kept < whole.count and self.kept_digest == whole.kept_digest


class Replay(Struct):
    """A reading of a run's whole stream. `log` belongs to whoever gets it."""

    log: FrameLog = field(default_factory=FrameLog)
    seen: Followed = field(default_factory=Followed)
    continues: bool = False
    """It begins with exactly what was followed, so only the rest is news."""
    holds: bool = False
    """It holds what was followed from its first event to its last, or to the one before: a cut may damage the last."""
    holds_last: bool = False
    tells_end: bool = False
    """Its last event is about the checkpoint that the run ended with."""
    problem: str = ""
    """Why it is not certain to be whole; then `log` is empty."""
    lacks_unkept: bool = False
    """It is what was followed, but for the events that this server keeps for nobody."""


async def read_whole(
    client: RunCalls,
    thread_id: ThreadId,
    run_id: RunId,
    known: Followed,
    timings: Timings,
    last_checkpoint: str = "",
) -> Replay:
    """Read the stream of an ended run until it is certain to be whole, or say in `problem` why it is not to be had.

    `last_checkpoint` is the id that the stream should end with, where it tells of checkpoints.
    """
    patience = Patience(timings)

    def reading() -> Awaitable[Replay]:
        stream = client.join_run(thread_id, run_id, last_event_id=REPLAY_ALL)
        return _read(stream, known, timings.replay_limit, last_checkpoint)

    before: tuple[int, int] | None = None
    alike = 0
    enough = 3 if last_checkpoint else 2
    for _ in range(READINGS):
        replay = await _patiently(reading, patience)
        if replay.problem:
            return replay
        ends = (replay.seen.count, replay.seen.digest)
        alike = alike + 1 if ends == before else 1
        before = ends
        if last_checkpoint:
            confirmed = replay.tells_end
        else:
            confirmed = known.closed and replay.holds_last and replay.seen.last == known.last
        if replay.holds and (confirmed or alike >= enough):
            return replay
        replay.log.close()
        if alike >= enough:
            if replay.seen.is_kept_part_of(known):
                return Replay(problem="this server keeps no events of the stream mode messages", lacks_unkept=True)
            break
        await asyncio.sleep(timings.backoff_first)
    return Replay(problem="the server does not have all of its events any more")


async def _patiently(reading: Callable[[], Awaitable[Replay]], patience: Patience) -> Replay:
    while True:
        try:
            replay = await reading()
        except (StudioError, TimeoutError) as failure:
            error = failure if isinstance(failure, StudioError) else ConnectError("The link is dead")
            delay = patience.failed(error)
            if patience.is_over(error):
                return Replay(problem=f"reading it again failed {patience.failures} times: {error.title}")
            await asyncio.sleep(delay)
        else:
            patience.worked()
            return replay


async def _read(stream: FrameStream, known: Followed, limit: float, last_checkpoint: str) -> Replay:
    """Read one connection to its end; TimeoutError when nothing comes for `limit` seconds."""
    replay = Replay(continues=known.count == 0, holds_last=known.last is None)
    seen, loop = replay.seen, asyncio.get_running_loop()
    has_nearly_last = known.before_last is None
    try:
        async with asyncio.timeout(limit) as idle, stream:
            async for frames in stream.batches():
                idle.reschedule(loop.time() + limit)
                for frame in frames:
                    replay.log.append(Frame(seen.count, server_time(frame), frame.event, frame.data, frame.id))
                    seen.add(frame)
                    replay.tells_end = frame.mode in TELLING and last_checkpoint in frame.data
                    replay.holds_last = replay.holds_last or seen.last == known.last
                    has_nearly_last = has_nearly_last or seen.last == known.before_last
                    if seen.count == known.count:
                        replay.continues = seen.digest == known.digest
    except BaseException:
        replay.log.close()
        raise
    holds_end = replay.holds_last or (has_nearly_last and not known.closed)
    replay.holds = seen.count > 0 and holds_end and (known.first is None or seen.first == known.first)
    return replay


async def goes_on(client: RunCalls, thread_id: ThreadId, run_id: RunId, last_id: str, seconds: float) -> bool:
    """Whether another connection tells of anything after `last_id`. Raises StudioError, TimeoutError."""
    async with asyncio.timeout(seconds), client.join_run(thread_id, run_id, last_event_id=last_id) as stream:
        async for _frame in stream:
            return True
    return False


async def tells_more(client: RunCalls, thread_id: ThreadId, run_id: RunId, last_id: str, timings: Timings) -> bool:
    """Whether the stream of an ended run goes on after `last_id`; False where that cannot be found out."""
    nothing = 0
    for _ in range(LOOKS):
        try:
            if await goes_on(client, thread_id, run_id, last_id, timings.replay_limit):
                return True
            nothing += 1
            if nothing > 1:  # one empty answer may be cut as well
                return False
        except (StudioError, TimeoutError):
            await asyncio.sleep(timings.backoff_first)
    return False


async def streamed_error(client: RunCalls, thread_id: ThreadId, run_id: RunId) -> str:
    """Return the error that an ended run's stream closed with, as `Class: message`; empty when it is not kept.

    JavaScript servers keep the events of ended runs in memory, and neither run nor thread says there whether an
    `error` was a failure or a cancel.
    """
    parser, found = Parser(), ""
    with suppress(StudioError, TimeoutError):
        async with (
            asyncio.timeout(_AGAIN),
            client.join_run(thread_id, run_id, last_event_id=REPLAY_ALL) as stream,
        ):
            async for frame in stream:
                if frame.mode == "error":
                    failed = [event for event in parser.feed(frame) if isinstance(event, RunFailed)]
                    found = f"{failed[0].kind}: {failed[0].message}" if failed else found
    return found


def server_time(frame: Frame) -> float:
    """When a replayed frame happened: its id tells, on servers whose ids are milliseconds; else when it came."""
    match = _STAMPED_ID.match(frame.id)
    stamp = as_digits(match.group(1)) if match else None
    return min(stamp / 1000, frame.at) if stamp is not None else frame.at
