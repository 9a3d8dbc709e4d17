"""The runs of the open thread that are followed: start, join, continue, stop, wait."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec.structs import replace

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.debugger.stepper import check_step, for_server, is_step, warn_of_breakpoints, watch_for
from studio_tui.core.debugger.subgraph_stops import SubgraphStop
from studio_tui.core.runs.after_run import show_end
from studio_tui.core.runs.lost_run import find_lost
from studio_tui.core.runs.request_body import Setting, build_body, reduced_modes
from studio_tui.core.runs.stopping import stop_run
from studio_tui.core.runstate.phases import enter
from studio_tui.core.state.app_state import Slice
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.run import Note, Phase, RunState
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import (
    ConflictError,
    NotFoundError,
    RejectedError,
    StudioError,
    UnsupportedError,
    UsageError,
)
from studio_tui.jsonkit.value import Json, JsonObject, is_list
from studio_tui.text.hint import Hint

if TYPE_CHECKING:  # streams and what folds them are imported with the first run
    from studio_tui.core.debugger.subgraph_stops import StopHit
    from studio_tui.core.runs.followed_run import FollowedRun
    from studio_tui.core.runstate.settle import Truth

BUSY_HINT = "Stop it, wait for it, or choose another double-texting strategy: enqueue, interrupt or rollback."
LISTED_RUNS = 50
"""The newest runs of the open thread that are read."""
KEPT_RUNS = 20
"""Runs of the open thread whose events stay on disk after a newer one has begun; each takes a file."""
NO_WATCH = SubgraphStop()


class RunController:
    """Owns the sessions of the open thread; the newest one is the current run."""

    def __init__(self, runtime: Runtime, history: ThreadHistory, threads: RecentThreads) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._history = history
        self._threads = threads
        self._sessions: list[FollowedRun] = []
        self._earlier: deque[FollowedRun] = deque()
        """Runs before the current one whose events are still on disk, and with them their tasks' inputs and results."""
        self._op_id = uuid4().hex
        self._idle = asyncio.Event()
        """Not set while a run is being started."""
        self._idle.set()
        self.started: set[RunId] = set()
        """Ids of the runs that were started here, of all threads."""
        self.on_thread: Callable[[ThreadId], None] = lambda _thread_id: None
        """Hears of the thread that a run's start has made."""

    @property
    def is_live(self) -> bool:
        """Whether a run of the open thread is followed, or being started."""
        return not self._idle.is_set() or any(not item.ended for item in self._sessions)

    async def follows(self, run_id: RunId) -> bool:
        """Whether this run was started or joined here; waits for the id of one that is just being started."""
        await self._idle.wait()
        known = any(run.run_id == run_id and not run.from_history for run in self._app_state.runs)
        return known or any(item.run.run_id == run_id for item in self._sessions)

    @property
    def current(self) -> FollowedRun | None:
        return self._sessions[-1] if self._sessions else None

    def body(self, request: RunRequest, head: Checkpoint | None = None) -> JsonObject:
        """The body that `request` becomes now; raises UnsupportedError or UsageError."""
        assistant = self._app_state.assistant
        if assistant is None:
            raise UsageError(
                "No assistant is selected", "A run needs one.", Hint("Pick an assistant first ({assistants}).")
            )
        marks, known = self._app_state.breakpoints, self._app_state.head
        info = self._runtime.connection.info
        setting = Setting(info, assistant.assistant_id, marks, head or known, self._op_id)
        return build_body(for_server(request, known, marks), setting)

    async def start(self, request: RunRequest) -> RunState:
        """Start a run; returns once its id is known. Nothing is ever sent twice."""
        if not self._idle.is_set():
            raise ConflictError("A run is just being started", "", "Wait for the server's answer.")
        self._idle.clear()
        try:
            await self._runtime.connection.settled()
            if is_step(request):
                check_step(request, self._app_state.head, self._runtime.connection.info)
            warn_of_breakpoints(self._app_state, self._runtime.connection.info, request)
            self.body(request)  # what cannot be sent should not leave a thread behind
            opened = self._app_state.thread_id
            thread_id = None if request.stateless else await self._thread()
            try:
                head = await self._fresh_head(thread_id)
                body = self.body(request, head)
                self._op_id = uuid4().hex
                watch = watch_for(request, self._app_state.head, self._app_state.breakpoints)
                run = await self._start(thread_id, body, request, watch)
            except StudioError:
                if thread_id != opened:  # the thread is there now, whatever became of its first run
                    self._runtime.background.replace(self._threads.refresh_quietly(), "threads")
                raise
        finally:
            self._idle.set()
        if run.run_id is not None:
            self.started.add(run.run_id)
        return run

    async def join(self, run_id: RunId, *, unasked: bool = False) -> RunState:
        """Follow a run of the open thread, with everything that the server still has of its stream.

        `unasked` is for a run of another client: the time cursor stays where it is, and a note says whose run it is.
        """
        thread_id = self._app_state.thread_id
        if thread_id is None:
            raise UsageError("No thread is open", "", "Open the run's thread first.")
        following = next((item for item in self._sessions if item.run.run_id == run_id and not item.ended), None)
        if following is not None:
            return following.run
        info = await self._runtime.connection.call(lambda client: client.run(thread_id, run_id))
        run = await self._join(thread_id, info, moves_cursor=not unasked)
        if unasked:
            self._mark_as_others(run)
        return run

    async def continue_run(
        self, command: Mapping[str, Json] | None = None, *, request: RunRequest | None = None
    ) -> RunState:
        """Continue the paused thread: as it is (`input: null`), or by a command.

        `request` gives the other options of the run (modes, breakpoints, config); its input and command do not count.
        """
        return await self.start(replace(request or RunRequest(), input=UNSET, command=command or None))

    async def stop(self, *, action: str = "interrupt") -> RunState:
        """Cancel the current run and verify it with the server (15 s at most)."""
        return await stop_run(self._runtime, self.current, action)

    async def wait(self) -> RunState:
        session = self.current
        if session is None:
            run = self._app_state.run
            if run is None:
                raise UsageError("There is no run to wait for", "", "Start one first.")
            return run
        return await session.wait()

    def link_is_up(self) -> None:
        for session in self._sessions:
            session.retry_now()
        newest = self.current
        if newest is not None and newest.ended and newest.run.phase is Phase.LOST and newest.run.run_id:
            self._runtime.background.replace(self._rejoin(newest.run.run_id), "rejoin")

    async def detach(self) -> None:
        """Stop following all runs; they go on at the server."""
        sessions, self._sessions = self._sessions, []
        self._earlier.clear()
        for session in sessions:
            await session.close()

    async def _start(
        self, thread_id: ThreadId | None, body: JsonObject, request: RunRequest, watch: SubgraphStop
    ) -> RunState:
        try:
            return await self._begin(thread_id, body, request, watch)
        except RejectedError as error:
            smaller = reduced_modes(body) if "stream_mode" in f"{error} {error.detail}" else None
            if smaller is None:
                raise
            self._app_state.tell("This server lacks some stream modes", hint="The run uses debug instead.", key="modes")
            return await self._begin(thread_id, smaller, request, watch)

    async def _begin(
        self, thread_id: ThreadId | None, body: JsonObject, request: RunRequest, watch: SubgraphStop
    ) -> RunState:
        run = self._new_run(thread_id, body)
        run.stepped = is_step(request)
        session = self._show(run, watch, body=body, create_only=request.background)
        try:
            await session.begin()
        except StudioError as error:
            self._drop(session)
            if error.ambiguous and thread_id is not None:
                found = await find_lost(self._runtime, thread_id, body, error)
                return await self._join(thread_id, found, watch)
            raise _busy(error) or error from None
        self._after_start()
        return run

    async def _join(
        self, thread_id: ThreadId, info: RunInfo, watch: SubgraphStop = NO_WATCH, *, moves_cursor: bool = True
    ) -> RunState:
        server = self._runtime.connection.info
        kept = server.dialect.keeps_streams or info.kwargs.get("resumable") is True
        replayed = kept and server.can("join").works
        named = (info.run_id, thread_id)  # one without a thread may have been lost, and be named on this one
        known = next((item for item in self._app_state.runs if (item.run_id, item.thread_id) == named), None)
        run = known if known is not None and not replayed else self._new_run(thread_id, info.kwargs)
        run.run_id, run.started_at = info.run_id, info.created_at or run.started_at
        run.assistant_id = info.assistant_id
        run.phase, run.from_history, run.ended_at = Phase.STARTING, False, None
        run.gap = run.gap or not replayed
        session = self._show(run, watch)
        try:
            await session.begin()
        except StudioError:
            run.phase = Phase.LOST
            raise
        if info.status == "running" and run.phase is Phase.QUEUED:
            enter(run, Phase.RUNNING, time.time())  # its stream may say nothing for long
        self._after_start(moves_cursor=moves_cursor)
        return run

    def _mark_as_others(self, run: RunState) -> None:
        """Say that another client started the run; where its stream tells no steps, read them from the history."""
        from studio_tui.core.runs.history_steps import HistorySteps, tells_steps

        modes = ", ".join(run.stream_modes) or "values"
        said = f"started by another client; it streams {modes}"
        if not tells_steps(run):
            said += ", so its steps are read from the history"
            if self.current is not None:
                steps = HistorySteps(self._runtime, self._history, run)
                self.current.heard = steps.heard
                steps.heard()
        run.timeline.append(Note("log", said, time.time()))
        self._app_state.touch(Slice.RUN, Slice.TASKS)

    async def _rejoin(self, run_id: RunId) -> None:
        try:
            await self.join(run_id)
        except NotFoundError as error:
            self._app_state.tell_error(error, key="rejoin")

    def _new_run(self, thread_id: ThreadId | None, body: JsonObject) -> RunState:
        assistant, head = self._app_state.assistant, self._app_state.head
        modes = body.get("stream_mode")
        return RunState(
            thread_id=thread_id,
            assistant_id=assistant.assistant_id if assistant is not None else "",
            graph_id=assistant.graph_id if assistant is not None else "",
            request=body,
            stream_modes=tuple(str(mode) for mode in modes) if is_list(modes) else (),
            started_at=time.time(),
            stateless=thread_id is None,
            base_id=head.checkpoint_id if head is not None and thread_id is not None else None,
        )

    def _show(
        self, run: RunState, watch: SubgraphStop, *, body: JsonObject | None = None, create_only: bool = False
    ) -> FollowedRun:
        """Make it the current run, which is followed once its session begins."""
        from studio_tui.core.runs.feed_items import FeedPlan
        from studio_tui.core.runs.followed_run import FollowedRun

        app_state, info, same = self._app_state, self._runtime.connection.info, run.run_id
        plan = FeedPlan(run.thread_id, info, self._runtime.timings, body, same, create_only)
        known = list(app_state.history.by_id) if run.thread_id is not None else []
        session = FollowedRun(self._runtime, run, plan, known=known, on_settled=self._settled)
        session.watch = watch
        if run.thread_id is not None and watch.looks_inside:
            session.on_hit = lambda session, hit: self._runtime.background.spawn(self._halt(session, hit), "halt")
        self._sessions.append(session)
        others = [item for item in app_state.runs if item is not run and (same is None or item.run_id != same)]
        app_state.runs = [*others, run]
        app_state.frames = session.frames
        app_state.touch(Slice.RUN, Slice.TASKS, Slice.MESSAGES, Slice.FRAMES)
        return session

    async def _halt(self, session: FollowedRun, hit: StopHit) -> None:
        try:
            await stop_run(self._runtime, session, "interrupt", f"{hit.when} {hit.node}")
        finally:
            if not session.ended:
                session.hit = None  # it goes on: a later end of it is none of this stop's

    def _drop(self, session: FollowedRun) -> None:
        self._sessions.remove(session)
        self._app_state.runs = [run for run in self._app_state.runs if run is not session.run]
        session.frames.close()
        if self.current is not None:
            self._app_state.frames = self.current.frames
        self._app_state.touch(Slice.RUN, Slice.TASKS, Slice.MESSAGES, Slice.FRAMES)

    def _after_start(self, *, moves_cursor: bool = True) -> None:
        """The server took the run: follow the head, and give up the frames of earlier runs that have ended."""
        for earlier in [item for item in self._sessions[:-1] if item.ended]:
            self._sessions.remove(earlier)
            self._earlier.append(earlier)
            earlier.frames.rest()
        while len(self._earlier) > KEPT_RUNS:
            self._earlier.popleft().let_go()
        if moves_cursor:
            self._history.follow_head()
        self._app_state.touch(Slice.RUN)
        self._runtime.background.replace(self._threads.refresh_quietly(), "threads")

    def _settled(self, session: FollowedRun, truth: Truth) -> None:
        if session not in self._sessions:
            return
        if session is not self.current:
            session.frames.rest()
        show_end(self._app_state, self._history, session.run, truth)
        self._runtime.background.replace(self._refresh(), "after run")

    async def _refresh(self) -> None:
        await self._threads.refresh_quietly()
        app_state, thread_id = self._app_state, self._app_state.thread_id
        if thread_id is None:
            return
        with suppress(StudioError):  # the list of runs is an extra; the link says the rest
            found = await self._runtime.connection.call(lambda client: client.runs(thread_id, limit=LISTED_RUNS))
            if app_state.thread_id == thread_id:
                app_state.thread_runs = found
                app_state.touch(Slice.RUN)

    async def _thread(self) -> ThreadId:
        """The open thread, created on the server if there is none. UnsupportedError where it has no threads."""
        if self._app_state.thread_id is not None:
            return self._app_state.thread_id
        info, assistant = self._runtime.connection.info, self._app_state.assistant
        threads = info.can("threads")
        if not threads.works:
            here = info.can("stateless").works
            hint = (
                Hint("Run without a thread: `stateless` of the run options ({run-options}), --stateless.")
                if here
                else ""
            )
            raise UnsupportedError(threads.reason, "It may be switched off in the server's langgraph.json.", hint)
        metadata = {"graph_id": assistant.graph_id} if assistant is not None else {}
        made = await self._runtime.connection.call(lambda client: client.create_thread(metadata=metadata))
        self._history.clear(made.thread_id)
        self._app_state.thread_id = made.thread_id
        self._app_state.touch(Slice.THREADS)
        self.on_thread(made.thread_id)
        return made.thread_id

    async def _fresh_head(self, thread_id: ThreadId | None) -> Checkpoint | None:
        """The newest head, where the server needs it to go on from."""
        dialect = self._runtime.connection.dialect
        if thread_id is None or not (dialect.head_with_every_run or dialect.head_with_null_input):
            return None
        return await self._runtime.connection.call(lambda client: client.state(thread_id))


def _busy(error: StudioError) -> StudioError | None:
    """The conflict behind an error that says that the thread is busy, with what can be done about it."""
    if isinstance(error, ConflictError) or (isinstance(error, RejectedError) and "already running" in str(error)):
        return ConflictError("The thread is busy with another run", error.detail or error.title, BUSY_HINT, status=409)
    return None
