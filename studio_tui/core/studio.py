"""The facade of the application core: what both faces call. Lives on one event loop, owns every background task.

It knows no screen and no HTTP: it decides, calls the client on the network's loop, and writes the store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from studio_tui.core.assistants.catalog import Catalog
from studio_tui.core.assistants.versions import AssistantVersions
from studio_tui.core.connection.runtime import FrameHook, Runtime
from studio_tui.core.connection.timings import Timings
from studio_tui.core.debugger.breakpoint_files import BreakpointFiles
from studio_tui.core.interrupts.answers import Answers, InboxPage
from studio_tui.core.runs.controller import RunController
from studio_tui.core.runs.stopping import stop_run
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.state.notices import tell
from studio_tui.core.thread_opener import ThreadOpener
from studio_tui.core.threads.follower import ThreadFollower
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.core.threads.words import ThreadWords
from studio_tui.core.timetravel.time_travel import TimeTravel
from studio_tui.crossing import Crossing
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.breakpoint import When
from studio_tui.domain.checkpoint import Checkpoint, Interrupt
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import CheckpointId, NodeId, RunId, ThreadId
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import UNSET, RunRequest, Step, Unset
from studio_tui.domain.server import ServerInfo
from studio_tui.domain.thread import Thread
from studio_tui.errors import StudioError
from studio_tui.jsonkit.value import Json, JsonObject

if TYPE_CHECKING:
    from studio_tui.client.api import Client
    from studio_tui.client.target import Target

T = TypeVar("T")


class Studio:
    """Connects, selects, runs, stops, looks back. Every method may raise StudioError; nothing is written twice."""

    def __init__(
        self,
        *,
        client_factory: Callable[..., Any] | None = None,
        threaded: bool = True,
        timings: Timings | None = None,
        state_dir: Path | None = None,
    ) -> None:
        """`state_dir` is where breakpoints, drafts and names are kept; without it they end with the program."""
        self._runtime = Runtime(client_factory=client_factory, threaded=threaded, timings=timings)
        self.app_state: AppState = self._runtime.app_state
        self._connection = self._runtime.connection
        self._breakpoints = BreakpointFiles(state_dir / "breakpoints" if state_dir is not None else None)
        self._catalog = Catalog(self._runtime, self._breakpoints)
        self.assistants = AssistantVersions(
            self.call, lambda: self._connection.info.dialect, put=self._catalog.put, gone=self._catalog.gone
        )
        """Versions, create, edit, current version, delete, duplicate."""
        self._threads = RecentThreads(self._runtime)
        self.words = ThreadWords(self.call, self.app_state.words)
        """What threads without a title are called."""
        self._history = ThreadHistory(self._runtime)
        self._runs = RunController(self._runtime, self._history, self._threads)
        self._open = ThreadOpener(self._runtime, self._catalog, self._history, self._threads, self._runs)
        self.others = ThreadFollower(self._runtime, self._threads, self._open, self.server_returned)
        """Notices what other clients do; off until `start`, and with every new connection on again."""
        self._catalog.on_graph = self._open.take_graph
        self._open.on_thread = self.others.watch
        self._runs.on_thread = self.others.watch
        self._answers = Answers(self._runtime, self._history, self._runs)
        self._connection.on_up = self._link_is_up
        self.time = TimeTravel(self._runtime, self._history, self._threads, self._runs.start, state_dir)
        """Drafts, branch names, what follows a node; its most used calls are here too."""
        self.preview_edit = self.time.editing.preview
        self.apply_edit = self.time.editing.apply
        self.next_for = self.time.next_for
        self.will_execute = self.time.branching.will_execute
        self.rerun = self.time.branching.rerun
        self.fork = self.time.branching.fork
        self.undo = self.time.branching.undo
        self.redo = self.time.branching.redo
        self.copy_thread_until = self.time.branching.copy_thread_until
        self.set_base = self.time.branching.set_base
        self.name_branch = self.time.branching.name_branch
        self._crossing: Crossing | None = None
        self._watches_others = False

    @property
    def on_frame(self) -> FrameHook | None:
        """Hears of every frame of the followed run and its events, in order; for recording and printing."""
        return self._runtime.on_frame

    @on_frame.setter
    def on_frame(self, hook: FrameHook | None) -> None:
        self._runtime.on_frame = hook

    @property
    def target(self) -> Target | None:
        """The server that was last connected to."""
        return self._connection.target

    @property
    def can_undo(self) -> str:
        """Why no edit or fork can be undone now, or empty when one can."""
        return self.time.branching.can_undo

    @property
    def can_redo(self) -> str:
        """Why nothing undone can be made again now, or empty when something can."""
        return self.time.branching.can_redo

    async def connect(self, target: Target) -> ServerInfo:
        """Probe the server, load its assistants and threads; raises StudioError and leaves the link NONE."""
        self._crossing = Crossing()
        await self.disconnect()
        info = await self._connection.open(target)
        try:
            await self._catalog.refresh()
        except StudioError:
            await self._connection.close()
            raise
        # The list of threads is optional: a failure is shown in its panel only.
        self._runtime.background.replace(self._threads.refresh_quietly(), "threads")
        if self._watches_others:
            self.others.start()
        return info

    @property
    def watches_others(self) -> bool:
        """Whether what other clients do is noticed."""
        return self._watches_others

    def watch_others(self, on: bool) -> None:
        """Notice what other clients do, now and after every connection, or no more."""
        self._watches_others = on
        if on and self.app_state.server is not None:
            self.others.start()
        elif not on:
            self.others.stop()

    def look(self, looking: bool) -> None:
        """Tell whether anybody looks at the screen; while nobody does, servers are asked less."""
        self.others.look(looking)

    async def disconnect(self) -> None:
        """Leave the server: stop following its run, forget what it told."""
        self.others.stop()
        self.app_state.server_problem = ""
        await self._runs.detach()
        await self._open.new()
        await self._connection.close()
        self._catalog.clear()
        self._threads.clear()

    async def aclose(self) -> None:
        """Cancel every background task, close the client and the network."""
        await self._runs.detach()
        await self._runtime.background.aclose()
        await self._connection.aclose()

    async def select_assistant(self, key: str) -> Assistant:
        """Select by id, name or graph id; graph and schemas follow in the background. NotFoundError lists names."""
        return await self._catalog.select(key)

    async def find_assistant(self, key: str) -> Assistant:
        """Return what `select_assistant` would select, with the same errors; nothing changes."""
        return await self._catalog.find(key)

    async def load_graph(self, *, xray: bool | None = None) -> None:
        """Load the selected assistant's graph; failures become `store.graph_problem`."""
        await self._catalog.load_graph(xray=xray)

    async def opened_graph(self) -> GraphSpec:
        """Return the selected assistant's graph with its subgraphs, to check names against; nothing is shown."""
        return await self._catalog.opened_graph()

    async def load_schemas(self) -> None:
        """Load the selected assistant's schemas; a failure becomes their `problem`."""
        await self._catalog.load_schemas()

    def load_schemas_again(self) -> None:
        """Try now to read the schemas that could not be read; it is tried again by itself, too."""
        self._catalog.load_schemas_again()

    async def refresh_assistants(self) -> None:
        """Read the list of assistants again."""
        await self._catalog.refresh()

    async def more_assistants(self) -> None:
        """Read the next assistants, if the list is not complete."""
        await self._catalog.more()

    async def refresh_threads(self) -> None:
        """Read the first page of threads again."""
        await self._threads.refresh()

    async def load_more_threads(self) -> None:
        """Read the next page of threads, if there is one."""
        await self._threads.more()

    async def set_thread_filter(self, *, status: str = "", metadata: JsonObject | None = None) -> None:
        """Show only threads with this status and metadata."""
        await self._threads.set_filter(status=status, metadata=metadata)

    async def open_thread(self, thread_id: str, *, at: CheckpointId | None = None) -> None:
        """Open a thread: state, first page of history, runs; joins a live run. `at` selects a checkpoint."""
        await self._open.open(thread_id, at)
        self.time.branching.show_names()

    async def new_thread(self) -> ThreadId | None:
        """Clear the open thread; the next run creates one on the server."""
        await self._open.new()
        return None

    async def delete_thread(self, thread_id: ThreadId) -> None:
        """Delete a thread on the server (the face has asked before)."""
        await self._open.delete(thread_id)

    async def start(self, request: RunRequest) -> RunState:
        """Start a run on the open thread; returns once the run id is known, the stream goes on by itself."""
        return await self._runs.start(request)

    async def stop(self, *, action: str = "interrupt") -> RunState:
        """Cancel the current run and verify it with the server (15 s at most)."""
        return await stop_run(self._runtime, self._runs.current, action)

    async def join(self, run_id: RunId) -> RunState:
        """Follow a run of the open thread that is already going on, with everything streamed so far."""
        return await self._runs.join(run_id)

    async def continue_run(
        self,
        *,
        resume: Json | Unset = UNSET,
        answers: Mapping[str, Json] | None = None,
        update: JsonObject | None = None,
        goto: Sequence[str] = (),
        request: RunRequest | None = None,
    ) -> RunState:
        """Continue the paused thread: with an answer, answers by interrupt id, or nothing (`input: null`).

        `request` gives the other options of the run (modes, breakpoints, config).
        """
        return await self._runs.continue_run(
            resume=None if resume is UNSET else resume,
            has_resume=resume is not UNSET,
            answers=answers,
            update=update,
            goto=goto,
            request=request,
        )

    async def answer(
        self,
        answers: Mapping[str, Json],
        *,
        asked: Sequence[Interrupt] = (),
        request: RunRequest | None = None,
    ) -> RunState:
        """Answer pending questions of the open thread by their keys, all or some; sent once.

        `asked` are the questions as they were shown. ConflictError tells what changed when they are outdated.
        """
        return await self._answers.answer(answers, asked, request)

    async def reask(self, *, request: RunRequest | None = None) -> RunState:
        """Run the waiting nodes again, so that they ask with the state as it is now."""
        return await self._answers.reask(request)

    async def send_command(self, command: Mapping[str, Json], *, request: RunRequest | None = None) -> RunState:
        """Send a command of resume, update and goto as it is; answers by id are checked as in `answer`."""
        return await self._answers.command(command, request)

    async def interrupted_threads(self, limit: int = 25, offset: int = 0) -> InboxPage:
        """Return one page of the server's interrupted threads with their questions."""
        return await self._answers.interrupted_threads(limit, offset)

    async def head_of(self, thread_id: ThreadId) -> Checkpoint:
        """Return the head of any thread: its questions with the nodes that ask, and its values."""
        return await self._answers.head_of(thread_id)

    async def name_threads(self, threads: Sequence[Thread]) -> None:
        """Read the first words of those of a few threads that nothing else names, into `store.words`."""
        if await self.words.read(threads):
            self.app_state.touch(Slice.THREADS)

    async def step_over(self, request: RunRequest | None = None) -> RunState:
        """Run one superstep: of the root graph, or of the subgraph that the thread is paused in.

        A paused thread goes on without input; else `request` must have one. UsageError where nothing can be stepped.
        """
        return await self._step("over", request)

    async def step_into(self, request: RunRequest | None = None) -> RunState:
        """Run to the first task of the subgraph that comes next; without one, a superstep."""
        return await self._step("into", request)

    async def step_out(self, request: RunRequest | None = None) -> RunState:
        """Run until the subgraph that the thread is paused in has finished."""
        return await self._step("out", request)

    async def run_to(self, node: NodeId, request: RunRequest | None = None) -> RunState:
        """Run until `node` is next, inside subgraphs until it begins; breakpoints on the way stop it too."""
        return await self._runs.start(replace(self._stepped(request), until=node))

    async def wait(self) -> RunState:
        """Wait until the current run has ended and is reconciled; returns it."""
        return await self._runs.wait()

    async def more_history(self) -> None:
        """Load the next older page of checkpoints, if there is one."""
        await self._open.more_history()

    async def select_checkpoint(self, checkpoint_id: CheckpointId | None) -> None:
        """Put the time cursor on a checkpoint and load its values; None follows the head."""
        await self._history.select(checkpoint_id)

    def move_cursor(self, delta: int) -> None:
        """Move the time cursor along the branch: negative is older, positive newer. Nothing executes."""
        self._history.move(delta)

    async def set_mark(self) -> None:
        """Mark the selected checkpoint for comparison; marking it again takes the mark away."""
        await self._history.set_mark()

    async def toggle_base(self) -> str:
        """With a mark set, compare with the parent instead, or with the mark again; return which."""
        return await self._history.toggle_base()

    def toggle_breakpoint(self, node: NodeId, when: When) -> bool:
        """Set or remove a breakpoint; returns whether it is set now."""
        is_set = self.app_state.breakpoints.toggle(node, when)
        self._keep_breakpoints()
        return is_set

    def enable_breakpoint(self, node: NodeId, when: When, enabled: bool) -> None:
        """Switch a breakpoint on or off without losing it."""
        self.app_state.breakpoints.enable(node, when, enabled)
        self._keep_breakpoints()

    def remove_breakpoint(self, node: NodeId, when: When) -> None:
        """Remove a breakpoint, on or off."""
        self.app_state.breakpoints.remove(node, when)
        self._keep_breakpoints()

    def request_body(self, request: RunRequest) -> JsonObject:
        """Return exactly the body that `start(request)` will send now."""
        return self._runs.body(request)

    def on_server_log(self, line: str) -> None:
        """Take a log line of the local server; may be called from any thread."""
        if self._crossing is None:
            try:
                self._crossing = Crossing()  # a server that is still starting writes on the loop, before `connect`
            except RuntimeError:
                self.app_state.server_log.append(line)
                return
        self._crossing.call(self._log_line, line)

    def server_reloaded(self, problem: str) -> None:
        """The local server was loaded again; `problem` (safe text) is why it could not be, or empty."""
        self.app_state.server_problem = problem
        self.app_state.touch(Slice.CONNECTION)
        if not problem and self.app_state.server is not None:
            self._runtime.background.replace(self.server_returned(), "returned")

    def graph_raised(self, fault: str) -> None:
        """The log of the local server tells what the selected graph's own code raised, and where (safe text)."""
        self.app_state.graph_fault = fault
        self.app_state.touch(Slice.GRAPH)

    async def call(self, fn: Callable[[Client], Awaitable[T]]) -> T:
        """Run any client call on the network's loop and return its answer."""
        return await self._connection.call(fn)

    async def _step(self, step: Step, request: RunRequest | None) -> RunState:
        return await self._runs.start(replace(self._stepped(request), step=step))

    def _stepped(self, request: RunRequest | None) -> RunRequest:
        """The request without its input on a paused thread: a step goes on, it does not begin anew."""
        base = request or RunRequest(has_input=False)
        paused = self.app_state.thread_id is not None and self.app_state.position.can_continue
        return replace(base, input=None, has_input=False) if paused else base

    def _keep_breakpoints(self) -> None:
        self.app_state.touch(Slice.BREAKPOINTS)
        try:
            self._breakpoints.save(self.app_state.breakpoints)
        except OSError as error:
            detail = f"They hold until you leave: {error.strerror or error}"
            tell(self.app_state, "The breakpoints could not be saved", detail, severity="warning", key="breakpoints")

    def _log_line(self, line: str) -> None:
        self.app_state.server_log.append(line)
        self.app_state.touch(Slice.SERVER_LOG)

    def _link_is_up(self) -> None:
        self._runs.link_is_up()
        self.others.link_is_up()
        self._runtime.background.replace(self.server_returned(), "returned")

    async def server_returned(self) -> bool:
        """The server may be another than before (restarted, reloaded): read again what it tells of itself.

        Returns whether all of it could be read; a server that has just come back may well fail once more.
        """
        await self._threads.refresh_quietly()
        if not self._watches_others:
            return True
        try:
            await self._catalog.reread()
            await self._open.catch_up()
        except StudioError:
            return False
        return True
