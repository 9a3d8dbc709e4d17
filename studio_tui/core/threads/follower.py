"""Notices what others do: to the open thread, to the list of threads, and whether the server is there while all is
quiet.

Servers with a thread stream tell at once and are asked nothing; others are asked now and then while somebody looks.
The stream only says that something happened: what happened is read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from studio_tui.core.connection.ports import ServerClient, told_or
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.state.app_state import LinkState, Slice
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.crossing import Crossing
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.thread import RunInfo, ThreadStatus
from studio_tui.errors import ConnectError, ProtocolError, StudioError, UnsupportedError
from studio_tui.text.hint import Hint
from studio_tui.wire.thread_stream import Changed, RunBegan, meaning

NO_THREAD = ThreadId("00000000-0000-4000-8000-000000000000")
"""Followed while no thread is open: servers let that stream stand, and its end tells that they went away."""
SHORT = 5.0
"""Seconds below which a stream was closed at once."""
SHORT_STREAMS = 4
"""After so many of them in a row the server is asked instead."""
_BEHIND_NOTICE = "behind"
AWAY = 4
"""How many times less often lists are read while nobody looks."""


class Reader(Protocol):
    """Who reads what others did."""

    async def run_began(self, run_id: RunId) -> None:
        """A run has begun; it may be one of ours."""

    async def catch_up(self, run_id: RunId | None = None) -> None:
        """Something has changed."""

    def knows(self, info: RunInfo) -> bool:
        """Whether this is what is shown of a run, or it is being followed."""


class ThreadFollower:
    """Follows the open thread, whatever it is; `start` and `stop` are for the whole connection."""

    def __init__(
        self,
        runtime: Runtime,
        threads: RecentThreads,
        reader: Reader,
        returned: Callable[[], Awaitable[bool]],
    ) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._threads = threads
        self._reader = reader
        self._returned = returned
        """Called when the server may have been restarted without a failed request: all of it may be different."""
        self._sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self._now: Callable[[], float] = time.monotonic
        self._on = False
        self._thread_id: ThreadId | None = None
        self._mute = False
        """The server has no thread stream, whatever it says of itself."""
        self._soon_until = 0.0
        self._returned_at: float | None = None
        self._row: tuple[ThreadStatus, float | None] | None = None
        self.looking = asyncio.Event()
        """Set while somebody looks at the screen: else servers are asked rarely or not at all."""
        self.looking.set()
        self.link_is_up = asyncio.Event()
        """To be set when the server answers again."""
        self._pending: list[RunBegan | Changed] = []
        self._told = asyncio.Event()

    def start(self) -> None:
        self._on, self._mute = True, False
        background = self._runtime.background
        background.replace(self._keep_list(), "watch list")
        background.replace(self._read_told(), "watch reader")
        self.watch(self._app_state.thread_id)

    def stop(self) -> None:
        self._on = False
        for name in ("watch", "watch list", "watch reader"):
            self._runtime.background.cancel(name)
        self._say("")
        self._set_behind(False)

    def watch(self, thread_id: ThreadId | None) -> None:
        self._thread_id, self._row = thread_id, None
        self._pending.clear()
        self._set_behind(False)
        if self._on:
            self._runtime.background.replace(self._follow(thread_id), "watch")

    # -- the open thread ----------------------------------------------------------------------------------------

    async def _follow(self, thread_id: ThreadId | None) -> None:
        short, first = 0, True
        if thread_id is None:
            await self._sleep(self._runtime.timings.watch_quiet)  # it was there a moment ago: others are in a hurry
        while self._on:
            if self._mute or not self._runtime.connection.info.can("thread_stream").works:
                await self._poll(thread_id)
                return
            began = self._now()
            try:
                with suppress(ConnectError):
                    await self._listen(thread_id or NO_THREAD, first=first)
            except StudioError:
                if thread_id is None:
                    return  # it only lacks a thread to follow; the list tells whether the server is there
                self._mute = True
                continue
            short = short + 1 if self._now() - began < SHORT else 0
            if short >= SHORT_STREAMS:
                self._mute = True
            first = False
            await self._reconnect(short)

    async def _reconnect(self, short: int) -> None:
        """The stream has ended: find out whether the server is there, and wait until it is."""
        timings = self._runtime.timings
        self.link_is_up.clear()
        if await self._runtime.connection.look():
            await self._sleep(timings.backoff(short))
            if self._returned_at is None or self._now() - self._returned_at > timings.watch_reread:
                self._returned_at = self._now()
                if await self._returned():
                    self._set_behind(False)
                else:
                    self._returned_at = None  # not everything could be read: when it breaks next, once more
        if self._app_state.link is LinkState.DOWN:
            await self.link_is_up.wait()

    async def _listen(self, thread_id: ThreadId, *, first: bool) -> None:
        """Follow the thread's stream to its end. Raises ConnectError, and others where there is no such stream."""
        self._say("")
        if not first:
            self._take(thread_id, Changed())
        crossing = Crossing()
        client, dead_after = self._runtime.connection.client, self._runtime.timings.dead_after

        def heard(said: RunBegan | Changed | None) -> None:
            crossing.call(self._take, thread_id, said)

        await self._runtime.connection.network.call(
            partial(follow_stream, client, thread_id, heard, dead_after=dead_after)
        )

    def _take(self, thread_id: ThreadId, said: RunBegan | Changed | None) -> None:
        if said is not None and thread_id == self._thread_id:
            self._pending.append(said)
            self._told.set()

    async def _read_told(self) -> None:
        """Read what was told of, a little later: an edit is one bell, a run with all its ends a handful."""
        while True:
            await self._told.wait()
            self._told.clear()
            began = [item.run_id for item in self._pending if isinstance(item, RunBegan)]
            if not began:
                await self._sleep(self._runtime.timings.watch_debounce)
            changes = [item for item in self._pending if isinstance(item, Changed)]
            thread_id, taken = self._thread_id, [*self._pending]
            self._pending.clear()
            try:
                if began:
                    await self._reader.run_began(began[-1])
                if changes:
                    await self._reader.catch_up(changes[-1].run_id)
            except ConnectError as error:
                if self._tell_missed(error):
                    await self._sleep(self._runtime.timings.watch_poll)
                    if thread_id == self._thread_id:
                        self._pending[:0] = taken
                        self._told.set()
            else:
                self._set_behind(False)

    def _tell_missed(self, error: ConnectError) -> bool:
        """Say that what others did could not be read; return whether it must be tried again.

        Not where the link is lost: the top row says that, and all is read again when the server is back.
        """
        if self._runtime.connection.is_lost(error):
            return False
        if not self._app_state.behind:
            hint = Hint("What is shown of this thread may be old. It is tried again, also by you ({refresh}).")
            title = "What others changed could not be read"
            self._app_state.tell(title, error.detail or error.title, hint, severity="warning", key=_BEHIND_NOTICE)
        self._set_behind(True)
        return True

    def _set_behind(self, behind: bool) -> None:
        if self._app_state.behind == behind:
            return
        self._app_state.behind = behind
        self._app_state.touch(Slice.CONNECTION)
        if not behind:
            self._app_state.withdraw(_BEHIND_NOTICE)

    # -- servers that must be asked -----------------------------------------------------------------------------

    async def _poll(self, thread_id: ThreadId | None) -> None:
        timings = self._runtime.timings
        if thread_id is None:
            self._say("")
            return
        self._say(f"checked every {timings.watch_poll:.0f} s")
        while self._on:
            soon = self._now() < self._soon_until
            await self._sleep(timings.watch_poll_soon if soon else timings.watch_poll)
            await self.looking.wait()
            if self._app_state.link is not LinkState.UP:
                continue
            try:
                if await self._look_at(thread_id):
                    self._soon_until = self._now() + timings.watch_soon_for
            except ConnectError as error:
                self._read_later(thread_id, error)

    async def _look_at(self, thread_id: ThreadId) -> bool:
        """Ask for the newest run of the thread; tell whether anything was different."""
        infos = await told_or(self._runtime.connection.call(lambda client: client.runs(thread_id, limit=1)), [])
        if thread_id != self._thread_id:
            return False
        row = self._app_state.thread
        stands = (row.status, row.updated_at) if row is not None else None
        moved = self._row is not None and stands is not None and stands != self._row
        self._row = stands or self._row
        newest = infos[0] if infos else None
        if newest is not None and not self._reader.knows(newest):
            read = self._reader.run_began if newest.is_live else self._reader.catch_up
            await read(newest.run_id)
            return True
        if moved:
            await self._reader.catch_up()
        return moved

    # -- the list -----------------------------------------------------------------------------------------------

    async def _keep_list(self) -> None:
        """Read the list of threads now and then, more rarely while nobody looks."""
        while True:
            for _ in range(AWAY):
                await self._sleep(self._runtime.timings.watch_list)
                if self.looking.is_set():
                    break
            if self._app_state.link is not LinkState.UP or self._app_state.threads.reading:
                continue
            listed = self._app_state.thread is not None
            await self._threads.refresh_quietly()
            if listed and self._app_state.thread is None and self._app_state.thread_id is not None:
                try:
                    await self._reader.catch_up()  # it may have been deleted
                except ConnectError as error:
                    self._read_later(self._app_state.thread_id, error)

    def _read_later(self, thread_id: ThreadId, error: ConnectError) -> None:
        """Something could not be read while the server answers: it has not been seen, and is read as what is told."""
        if self._tell_missed(error):
            self._take(thread_id, Changed())

    def _say(self, words: str) -> None:
        if self._app_state.watched != words:
            self._app_state.watched = words
            self._app_state.touch(Slice.CONNECTION)


async def follow_stream(
    client: ServerClient,
    thread_id: ThreadId,
    heard: Callable[[RunBegan | Changed | None], None],
    *,
    dead_after: float,
) -> None:
    """Read a thread's stream to its end, on the network's loop; raises ConnectError when it falls silent.

    A stream that brings no heartbeats is of no use: something in between holds them back, and would hold back the
    rest. That is an UnsupportedError.
    """
    async with client.follow_thread(thread_id) as stream:

        async def read() -> None:
            async for frame in stream:
                if frame.event == "error":
                    raise ProtocolError("The thread cannot be followed", "The server's stream says so.")
                heard(meaning(frame))

        reader = asyncio.ensure_future(read())
        try:
            while not reader.done():
                await asyncio.wait({reader}, timeout=dead_after / 5)
                silent = time.monotonic() - stream.last_byte_at
                if reader.done() or silent < dead_after:
                    continue
                if not stream.heartbeats:
                    raise UnsupportedError("The thread's stream is held back", f"Nothing came for {silent:.0f} s.")
                raise ConnectError("The link is dead", f"no byte came for {dead_after:g} s")
            reader.result()
        finally:
            reader.cancel()
            await asyncio.wait({reader})
