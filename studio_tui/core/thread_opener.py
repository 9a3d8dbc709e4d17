"""Opens, leaves and deletes threads: state, history, runs, and the live run if there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from studio_tui.core.assistants.catalog import Catalog
from studio_tui.core.connection.ports import ServerClient, told_or
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.runs.controller import LISTED_RUNS, RunController
from studio_tui.core.runs.rebuilt import RebuiltRuns
from studio_tui.core.runstate.evidence import kept_values, row_of
from studio_tui.core.state.app_state import Slice
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.core.threads.history import PAGE, ThreadHistory
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, RunId, ThreadId, is_uuid
from studio_tui.domain.joins import waits_unnamed
from studio_tui.domain.run import Phase
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.errors import (
    ConnectError,
    GraphGoneError,
    NotFoundError,
    StudioError,
    TooLargeError,
    UnsupportedError,
    UsageError,
)
from studio_tui.jsonkit.value import as_str
from studio_tui.text.fmt import short_id
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean

T = TypeVar("T")


class ThreadOpener:
    """Keeps the open thread of the app state consistent; a thread left in mid-load never shows up in the next one."""

    def __init__(
        self, runtime: Runtime, catalog: Catalog, history: ThreadHistory, threads: RecentThreads, runs: RunController
    ) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._connection = runtime.connection
        self._catalog = catalog
        self._history = history
        self._threads = threads
        self._runs = runs
        self._rebuilt = RebuiltRuns(runtime)
        self._epoch = 0
        """Counts openings, so that a slow answer for an earlier thread is dropped."""
        self._whole = 0
        """The newest opening that came to its end: what is open is there in full when it is the newest of all."""
        self.on_thread: Callable[[ThreadId | None], None] = lambda _thread_id: None
        """Hears which thread is open now."""
        self.on_shown: Callable[[], Awaitable[None]] | None = None
        """Has the state of a thread shown before its history and runs are read: those are for later looks."""
        self.on_opened: Callable[[], None] = lambda: None
        """Called when a thread was opened."""
        self.on_large: Callable[[TooLargeError], Awaitable[bool]] | None = None
        """Asks whether a large state is to be read; without anybody to ask it is not."""

    async def open(self, thread_id: str, *, at: CheckpointId | None = None) -> None:
        """Open a thread: state, first page of history, runs; joins a live run. `at` selects a checkpoint.

        Raises NotFoundError and leaves what was open as it was.
        """
        before = self._app_state.thread_id, self._whole == self._epoch
        try:
            await self._open(thread_id, at)
        except StudioError:
            if before == (self._app_state.thread_id, True):
                self._whole = self._epoch  # what was open is as it was
            raise
        self.on_opened()

    async def go_to(self, thread_id: str) -> None:
        """Open a thread (see `open`); of the open one read what others changed: what its runs streamed stays."""
        app_state = self._app_state
        is_whole = self._whole == self._epoch and not (app_state.thread_problem or app_state.state_problem)
        if thread_id == app_state.thread_id and is_whole:
            await self.catch_up()
        else:
            await self.open(thread_id)

    async def _open(self, thread_id: str, at: CheckpointId | None) -> None:
        wanted = ThreadId(thread_id.strip())
        if not self._connection.dialect.any_thread_id and not is_uuid(wanted):
            raise NotFoundError(
                f"{clean(wanted, 80)} is no thread id", "Thread ids are UUIDs.", Hint("Pick one ({go-threads}).")
            )
        self._epoch += 1
        epoch = self._epoch
        gone: GraphGoneError | None = None
        problem = ""
        try:
            head, problem = await self._state(wanted)
        except GraphGoneError as error:
            gone, head = error, await self._connection.call(lambda client: kept_values(client, wanted))
        if epoch != self._epoch:
            return
        await self._runs.detach()
        if epoch != self._epoch:
            return
        self._show(wanted, head)
        self._app_state.state_problem = problem
        if self.on_shown is not None:
            await self.on_shown()
            if epoch != self._epoch:
                return
        self._history.compare()
        if gone is not None:
            await self._show_without_graph(gone, wanted, epoch)
            return
        # The head is here, in full; a server that pages need not send it a second time.
        before = head.checkpoint_id if head is not None and self._connection.dialect.pages_history else None
        limit = PAGE if before is None else PAGE - 1
        told, listed, row = await asyncio.gather(
            self._page(wanted, limit, before),
            self._told("runs", lambda client: client.runs(wanted, limit=LISTED_RUNS)),
            self._row(wanted),
        )
        if epoch != self._epoch:
            return
        self._app_state.thread_row = row
        page, infos = told or [], listed or []
        self._app_state.thread_runs = infos  # before the checkpoints: row and runs tell what waits at the head
        shown = self._app_state.state
        self._history.take_page(page, complete=told is not None and len(page) < limit)
        if shown is not None and self._app_state.cursor is None:
            self._history.take_head(shown)  # with its subgraphs, which a page has not
        self._rebuild()
        graph_id = _graph_of(head) or ("" if infos else await self._named_graph(wanted, row))
        if epoch != self._epoch:
            return
        await self._follow_assistant(infos[0].assistant_id if infos else "", graph_id, epoch)
        await self._join_live(infos, epoch)
        if at is not None and epoch == self._epoch:
            await self._history.select(at)
        self._whole = max(self._whole, epoch)
        await self._rebuilt.explain(wanted)

    async def _show_without_graph(self, error: GraphGoneError, thread_id: ThreadId, epoch: int) -> None:
        """The thread's graph is not served: show its runs and last values, to look at only."""
        self._app_state.history.complete = True
        self._look_only(error.title, "Its last values and runs can be looked at.", error.hint)
        infos = await self._told("runs", lambda client: client.runs(thread_id, limit=LISTED_RUNS))
        if epoch == self._epoch:
            self._app_state.thread_runs = infos or []
            self._rebuilt.rebuild()
            head, run = self._app_state.state, self._app_state.run
            if head is not None and head.unnamed and run is not None and run.phase is Phase.DONE:
                run.phase = Phase.INTERRUPT if head.pending_interrupts else Phase.BREAKPOINT

    async def new(self) -> None:
        self._epoch += 1
        self._whole = self._epoch
        await self._runs.detach()
        self._show(None, None)

    # -- what others did ----------------------------------------------------------------------------------------

    async def run_began(self, run_id: RunId) -> None:
        """A run of the open thread has begun: join it if another client started it and none of ours goes on."""
        epoch = self._epoch
        if await self._runs.follows(run_id) or epoch != self._epoch or self._runs.is_live:
            return
        try:
            run = await self._runs.join(run_id, unasked=True)
            await self._follow_assistant(str(run.assistant_id or ""), run.graph_id, epoch, unasked=True)
        except (NotFoundError, UsageError):
            await self.catch_up(run_id)  # it was taken away in this moment

    def knows(self, info: RunInfo) -> bool:
        """Whether this is how the run is shown, or one that is followed or just being started."""
        if self._runs.is_live:
            return True
        shown = next((item for item in self._app_state.thread_runs if item.run_id == info.run_id), None)
        return shown is not None and shown.status == info.status

    async def catch_up(self, run_id: RunId | None = None) -> None:
        """Read what others changed in the open thread; the cursor, drafts and what is streamed stay as they are.

        `run_id` is a run that has just ended: nothing is read if it was followed here. Raises ConnectError.
        """
        thread_id, epoch = self._app_state.thread_id, self._epoch
        if thread_id is None or (run_id is not None and await self._runs.follows(run_id)) or self._runs.is_live:
            return
        try:
            head = await self._connection.call(lambda client: client.state(thread_id, subgraphs=True))
            # None where it cannot be had, which was told when the thread was opened.
            infos = await told_or(self._connection.call(lambda client: client.runs(thread_id, limit=LISTED_RUNS)), None)
            shown = self._app_state.history.by_id.get(head.checkpoint_id) if head.checkpoint_id is not None else None
            runs_as_before = infos is None or infos == self._app_state.thread_runs
            if shown == head and shown is self._app_state.history.head and runs_as_before:
                return
            known = frozenset(self._app_state.history.by_id)
            from studio_tui.core.runstate.settle import read_history

            client_reads = partial(read_history, thread_id=thread_id, known=known, page=PAGE)
            items, connects = await self._connection.call(client_reads)
            row = await self._row(thread_id)
        except ConnectError:
            raise
        except GraphGoneError as error:
            if epoch == self._epoch:
                self._look_only(error.title, "What is shown was read before.", error.hint)
            return
        except NotFoundError:
            if epoch == self._epoch:
                why = "Another client deleted it, or the server was started again without it."
                hint = Hint(
                    "What is shown is what was read before. "
                    "Start a new thread ({thread-new}), or open another ({go-threads})."
                )
                self._look_only(f"thread {short_id(thread_id)} is not on the server any more", why, hint, key="gone")
            return
        except StudioError as error:
            self._app_state.tell_error(error, key="state")
            return
        if epoch != self._epoch or self._runs.is_live:
            return
        self._app_state.thread_problem, self._app_state.thread_gone = "", False
        self._app_state.thread_row = row or self._app_state.thread_row
        self._app_state.thread_runs = self._app_state.thread_runs if infos is None else infos
        self._history.take_others(items, connects=connects)
        self._history.take_head(head)
        self._rebuild()
        if infos and not runs_as_before:
            await self._follow_assistant(infos[0].assistant_id, _graph_of(head), epoch, unasked=True)
        await self._rebuilt.explain(thread_id)
        await self._join_live(infos or [], epoch, unasked=True)

    def _look_only(self, problem: str, words: str, hint: str, *, key: str = "") -> None:
        """Keep what is shown of the open thread, and say once why that is all there is."""
        if self._app_state.thread_problem != problem:
            self._app_state.thread_problem, self._app_state.thread_gone = problem, key == "gone"
            title = f"{problem[:1].upper()}{problem[1:]}"
            self._app_state.tell(title, words, hint, severity="warning", key=key)
            self._app_state.touch(Slice.STATE, Slice.THREADS, Slice.RUN)

    async def delete(self, thread_id: ThreadId) -> None:
        with suppress(NotFoundError):  # gone already is as good
            await self._connection.call(lambda client: client.delete_thread(thread_id))
        if thread_id == self._app_state.thread_id:
            await self.new()
        self._threads.drop(thread_id)

    async def more_history(self) -> None:
        """Load an older page of checkpoints and the runs that they belong to."""
        history = self._app_state.history
        if await self._history.more() and self._app_state.history is history:
            self._rebuilt.rebuild()
            self._history.drop_values()

    def take_graph(self) -> None:
        """The graph is known now: its edges may tell of nodes that the server left out."""
        if self._history.reveal():
            self._rebuilt.rebuild()
        self._look_inside()

    def _look_inside(self) -> None:
        """Where the thread waits in a subgraph behind a join, only the edges in there tell at which node."""
        app_state, head = self._app_state, self._app_state.history.head
        if head is None or app_state.graph is None or app_state.xray or not waits_unnamed(head):
            return
        if app_state.inner_graph is None or app_state.inner_graph[0] != app_state.assistant_id:
            self._runtime.background.replace(self._catalog.load_inner_graph(), "inner graph")

    def _show(self, thread_id: ThreadId | None, head: Checkpoint | None) -> None:
        app_state = self._app_state
        self._history.clear(thread_id)
        app_state.history.complete = thread_id is None
        app_state.thread_id = thread_id
        self.on_thread(thread_id)
        self._rebuilt.keep_times(app_state.runs)
        for run in app_state.runs:
            if not run.phase.is_live:
                run.values = None  # drawn rows, and with them their runs, are kept for a while; states are not
        app_state.runs, app_state.thread_runs = [], []
        self._rebuilt.clear()
        app_state.frames = FrameLog()
        self._history.take_head(head, compares=False)
        app_state.touch(Slice.THREADS, Slice.RUN, Slice.TASKS, Slice.MESSAGES, Slice.FRAMES)

    def _rebuild(self) -> None:
        self._rebuilt.rebuild()
        self._history.drop_values()
        self._look_inside()

    async def _state(self, thread_id: ThreadId) -> tuple[Checkpoint | None, str]:
        """The head with subgraphs; none, and why, for a thread that exists but whose state cannot be read."""
        try:
            return await self._wanted_state(thread_id), ""
        except (NotFoundError, UnsupportedError, UsageError):
            raise
        except StudioError as error:
            await self._connection.call(lambda client: client.thread(thread_id))  # NotFoundError
            self._app_state.tell_error(error, key="state")
            return None, clean(f"The state of this thread could not be read: {error}")

    async def _wanted_state(self, thread_id: ThreadId) -> Checkpoint:
        """The head; one that is larger than other answers may be is read only where the user wants it."""
        try:
            return await self._connection.call(lambda client: client.state(thread_id, subgraphs=True))
        except TooLargeError as error:
            if self.on_large is None:
                raise
            if not await self.on_large(error):
                why = "Its state was not read. What was open is as it was."
                raise UsageError("The thread was not opened", why) from None
        await self._connection.call(lambda client: client.take_large(thread_id))
        return await self._connection.call(lambda client: client.state(thread_id, subgraphs=True))

    async def _page(self, thread_id: ThreadId, limit: int, before: CheckpointId | None) -> list[Checkpoint] | None:
        """The newest checkpoints before one; None where they cannot be had, which is told."""
        history = self._app_state.history
        try:
            return await self._connection.call(lambda client: client.history(thread_id, limit=limit, before=before))
        except TooLargeError:
            self._history.end_early(history)
        except StudioError as error:
            self._app_state.tell_error(error, key="history")
        return None

    async def _told(self, what: str, read: Callable[[ServerClient], Awaitable[list[T]]]) -> list[T] | None:
        """What a list holds; None where it cannot be had, which is told."""
        try:
            return await self._connection.call(read)
        except StudioError as error:
            self._app_state.tell_error(error, key=what)
            return None

    async def _row(self, thread_id: ThreadId) -> Thread | None:
        dialect = self._connection.dialect
        try:
            return await self._connection.call(lambda client: row_of(client, thread_id, dialect))
        except StudioError:
            return None  # an extra; what fails here has failed beside it as well

    async def _follow_assistant(self, wanted: str, graph_id: str, epoch: int, *, unasked: bool = False) -> None:
        """Select the assistant that the thread was last run with: another graph would misread its history.

        Not once the thread was left, or another assistant was picked, while the server was asked for it.
        `unasked`: another client has just run it, which is told where it changes the graph.
        """
        app_state = self._app_state
        if unasked:
            graph_id = next(
                (item.graph_id for item in app_state.assistants.items if item.assistant_id == wanted), graph_id
            )
        current, picked = app_state.assistant, app_state.assistant_id
        if current is not None and (current.assistant_id == wanted or current.graph_id == graph_id):
            return
        if epoch != self._epoch or not (wanted or graph_id):
            return
        try:
            found = await self._catalog.find_of(wanted, graph_id)
        except NotFoundError as error:
            if epoch == self._epoch:
                app_state.tell_error(error, key="assistant")
            return
        if epoch != self._epoch or picked != app_state.assistant_id:
            return
        self._catalog.show(found)
        if unasked and current is not None:
            title = f"Another client runs this thread with {clean(found.graph_id)}"
            app_state.tell(title, f"It was shown with {clean(current.graph_id)}.", key="assistant")

    async def _named_graph(self, thread_id: ThreadId, row: Thread | None) -> str:
        row = row or self._app_state.thread
        if row is None:
            with suppress(StudioError):
                row = await self._connection.call(lambda client: client.thread(thread_id))
        return row.graph_id if row is not None else ""

    async def _join_live(self, infos: list[RunInfo], epoch: int, *, unasked: bool = False) -> None:
        """Follow the thread's running run, or the next one that waits."""
        live = [info for info in infos if info.is_live]
        running = next((info for info in live if info.status == "running"), live[-1] if live else None)
        if running is None or epoch != self._epoch:
            return
        try:
            await self._runs.join(running.run_id, unasked=unasked)
        except (NotFoundError, UsageError):
            return  # it ended, or the thread was left, in this moment
        except StudioError as error:
            self._app_state.tell_error(error, key="join")


def _graph_of(head: Checkpoint | None) -> str:
    """The graph whose run made a checkpoint, as far as it says so."""
    return as_str(head.metadata.get("graph_id")) if head is not None else ""
