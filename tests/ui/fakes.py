"""A studio without a server: the same parts, their calls recorded, the state filled by hand.

The fakes are subclasses, so that mypy holds them to the signatures of what they stand for; what they do not override
has nothing to work with and fails at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from studio_tui.core.assistants.catalog import Ahead, Catalog
from studio_tui.core.assistants.versions import AssistantVersions
from studio_tui.core.connection.connection import Connection
from studio_tui.core.connection.right_of_way import RightOfWay
from studio_tui.core.debugger.debugger import Debugger
from studio_tui.core.interrupts.answers import Answers, InboxItem
from studio_tui.core.resources.resource import Listed
from studio_tui.core.runs.controller import RunController
from studio_tui.core.state.app_state import AppState, LinkState, Slice
from studio_tui.core.studio import Studio
from studio_tui.core.thread_opener import ThreadOpener
from studio_tui.core.threads.follower import ThreadFollower
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.core.threads.words import ThreadWords
from studio_tui.core.timetravel.branching import Branching
from studio_tui.core.timetravel.edits import Direction, UndoStep
from studio_tui.core.timetravel.time_travel import TimeTravel
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.breakpoint import When
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import UNSET, RunRequest, Step, Unset
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.errors import NotFoundError, ServerError, StudioError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.wire.page import Page

AGENT = Assistant(AssistantId("11111111-1111-4111-8111-111111111111"), "agent", "agent")
REVIEW = Assistant(AssistantId("22222222-2222-4222-8222-222222222222"), "review", "Careful reviewer", version=3)
GRAPH = GraphSpec(
    tuple(NodeSpec(NodeId(name), name) for name in (START, "agent", "tools", END)),
    (
        EdgeSpec(START, NodeId("agent")),
        EdgeSpec(NodeId("agent"), NodeId("tools"), conditional=True),
        EdgeSpec(NodeId("tools"), NodeId("agent")),
        EdgeSpec(NodeId("agent"), END, conditional=True),
    ),
)
CHAT = Schemas(
    "agent",
    input={
        "type": "object",
        "properties": {"messages": {"type": "array", "items": {"$ref": "#/$defs/Message"}}},
        "$defs": {"Message": {"type": "object", "properties": {"content": {"type": "string"}}}},
    },
)
THREADS = (
    Thread(ThreadId("aaaa0001-0000-4000-8000-000000000001"), ThreadStatus.IDLE, "agent", title="Weather"),
    Thread(ThreadId("bbbb0002-0000-4000-8000-000000000002"), ThreadStatus.INTERRUPTED, "review"),
)


def _no_assistants() -> AssistantVersions:
    """Versions on a server that knows no assistant."""

    async def call(_fn: Any) -> Any:
        raise NotFoundError("Not found: assistant")

    return AssistantVersions(call, Dialect)


class Calls:
    """What was called, in order; `fail` makes the named call raise its errors, one after the other."""

    def __init__(self, app_state: AppState) -> None:
        self.app_state = app_state
        self.calls: list[tuple[str, Any]] = []
        self.fail: dict[str, list[StudioError]] = {}

    def note(self, name: str, argument: object = None) -> None:
        self.calls.append((name, argument))
        errors = self.fail.get(name)
        if errors:
            raise errors.pop(0)

    def named(self, name: str) -> list[Any]:
        return [argument for called, argument in self.calls if called == name]

    def running(self, phase: Phase = Phase.RUNNING, **more: Any) -> RunState:
        """Put a run of this phase into the state."""
        thread_id = self.app_state.thread_id or THREADS[0].thread_id
        run = RunState(run_id=RunId("cccc"), thread_id=thread_id, phase=phase, started_at=1_700_000_000.0, **more)
        self.app_state.thread_id = thread_id
        self.app_state.runs = [run]
        self.app_state.touch(Slice.RUN, Slice.TASKS, Slice.THREADS)
        return run


class FakeConnection(Connection):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.target = None
        self.server: Any = None
        """What calls are made on; without one the server knows nothing."""

    async def call(self, fn: Any) -> Any:
        self.calls.note("call")
        if self.server is None:
            raise NotFoundError("Not found")
        return await fn(self.server)


class FakeCatalog(Catalog):
    def __init__(self, calls: Calls) -> None:
        Listed.__init__(self)
        self.schemas_known = asyncio.Event()
        """Set by a test when a chat is found among the graphs, where nobody named one."""
        self.calls, calls.app_state.assistants = calls, self

    async def select(self, key: str) -> Assistant:
        self.calls.note("select_assistant", key)
        found = self._named(key)
        app_state = self.calls.app_state
        app_state.assistant_id = found.assistant_id
        app_state.graph, app_state.schemas = GRAPH, CHAT
        app_state.touch(Slice.ASSISTANTS, Slice.GRAPH, Slice.SCHEMAS)
        return found

    async def find(self, key: str) -> Assistant:
        return self._named(key)

    def _named(self, key: str) -> Assistant:
        for item in self.calls.app_state.assistants.items:
            if key in (item.assistant_id, item.name, item.graph_id):
                return item
        raise NotFoundError(f"No assistant is called {key}", "Known: agent, Careful reviewer", "Pick one with a.")

    def forget_remembered(self) -> None:
        self.calls.app_state.remembered = None

    async def load_graph(self, *, xray: bool | None = None, ahead: Ahead | None = None) -> None:
        self.calls.note("load_graph", xray)
        app_state = self.calls.app_state
        app_state.xray = app_state.xray if xray is None else xray
        app_state.touch(Slice.GRAPH)

    def look_inside(self) -> None:
        if self.calls.app_state.graph is not None:
            self.calls.note("look_inside")

    async def load_inner_graph(self) -> None:
        self.calls.note("load_inner_graph")
        app_state = self.calls.app_state
        if app_state.assistant_id is not None and app_state.graph is not None:
            app_state.inner_graph = (app_state.assistant_id, app_state.graph)

    async def opened_graph(self) -> GraphSpec:
        self.calls.note("opened_graph")
        if self.calls.app_state.graph is None:
            raise ServerError("The server failed at it")
        return self.calls.app_state.graph

    async def prefer_chat(self, is_untouched: Callable[[], bool]) -> Assistant | None:
        self.calls.note("prefer_chat")
        await self.schemas_known.wait()
        return await self.select(REVIEW.assistant_id) if is_untouched() else None

    def read_subgraphs(self) -> None:
        self.calls.note("read_subgraphs")

    def load_schemas_again(self) -> None:
        self.calls.note("load_schemas_again")

    async def refresh(self, *, wanted: int = 0, head: bool = False) -> bool:
        self.calls.note("refresh_assistants")
        return True

    async def more(self) -> bool:
        self.calls.note("more_assistants")
        return False


class FakeRecent(RecentThreads):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    async def refresh(self, *, wanted: int = 0, head: bool = False) -> bool:
        self.calls.note("refresh_threads")
        return True

    async def set_filter(self, *, status: str = "", metadata: JsonObject | None = None) -> None:
        self.calls.note("set_thread_filter", status)

    async def rename(self, thread_id: ThreadId, title: str) -> Thread:
        self.calls.note("rename_thread", (thread_id, title))
        return Thread(thread_id, title=title)


class FakeWords(ThreadWords):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.known = calls.app_state.words

    async def read(self, threads: Iterable[Thread]) -> bool:
        self.calls.note("name_threads", [item.thread_id for item in threads])
        return False


class FakeOpener(ThreadOpener):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.on_opened = lambda: None

    async def open(self, thread_id: str, *, at: CheckpointId | None = None) -> None:
        self.calls.note("open_thread", thread_id)
        self.calls.app_state.thread_id = ThreadId(thread_id)
        self.calls.app_state.touch(Slice.THREADS)
        self.on_opened()

    go_to = open

    async def new(self) -> None:
        self.calls.note("new_thread")
        self.calls.app_state.thread_id = None
        self.calls.app_state.runs = []
        self.calls.app_state.touch(Slice.THREADS, Slice.RUN)

    async def delete(self, thread_id: ThreadId) -> None:
        self.calls.note("delete_thread", thread_id)

    async def more_history(self) -> None:
        self.calls.note("more_history")


class FakeRuns(RunController):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.started = set()

    async def start(self, request: RunRequest) -> RunState:
        self.calls.note("start", request)
        run = self.calls.running()
        self.started.add(RunId(run.run_id or ""))
        return run

    async def stop(self, *, action: str = "interrupt") -> RunState:
        self.calls.note("stop", action)
        return self.calls.running(Phase.CANCELLED)

    async def join(self, run_id: RunId, *, unasked: bool = False) -> RunState:
        self.calls.note("join", run_id)
        return self.calls.running()

    async def continue_run(
        self, command: Mapping[str, Json] | None = None, *, request: RunRequest | None = None
    ) -> RunState:
        self.calls.note("continue_run", {"command": command, "request": request})
        return self.calls.running()

    def body(self, request: RunRequest, head: Checkpoint | None = None) -> JsonObject:
        return (
            {"command": request.command}
            if request.command is not None
            else {"input": None if isinstance(request.input, Unset) else request.input}
        )


class FakeDebugger(Debugger):
    """The real one but for the steps and the files."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self._app_state = calls.app_state

    def toggle(self, node: NodeId, when: When) -> bool:
        self.calls.note("toggle_breakpoint", (node, when))
        return super().toggle(node, when)

    def enable(self, node: NodeId, when: When, enabled: bool) -> None:
        self.calls.note("enable_breakpoint", (node, when, enabled))
        super().enable(node, when, enabled)

    def remove(self, node: NodeId, when: When) -> None:
        self.calls.note("remove_breakpoint", (node, when))
        super().remove(node, when)

    def _save(self) -> None:
        self._app_state.touch(Slice.BREAKPOINTS)

    async def step(self, step: Step, request: RunRequest | None = None, *, until: str = "") -> RunState:
        self.calls.note("run_to" if until else f"step_{step}", (until, request) if until else request)
        return self.calls.running()


class FakeAnswers(Answers):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.inbox: Sequence[InboxItem] = ()

    async def answer(
        self, answers: Mapping[str, Json], *, asked: Sequence[Interrupt] = (), request: RunRequest | None = None
    ) -> RunState:
        self.calls.note("answer", dict(answers))
        assert {item.key for item in asked} >= set(answers)
        assert request is not None
        assert request.input is UNSET
        return self.calls.running()

    async def reask(self, *, request: RunRequest | None = None) -> RunState:
        self.calls.note("reask", request)
        return self.calls.running()

    async def command(self, command: Mapping[str, Json], *, request: RunRequest | None = None) -> RunState:
        self.calls.note("send_command", dict(command))
        assert request is not None
        return self.calls.running()

    async def interrupted_threads(self, offset: int, limit: int) -> Page[InboxItem]:
        self.calls.note("interrupted_threads", offset)
        rows = self.inbox[offset : offset + limit]
        return Page(rows, offset + limit if offset + limit < len(self.inbox) else None)

    async def head_of(self, thread_id: ThreadId) -> Checkpoint:
        self.calls.note("head_of", thread_id)
        asked = next(item.interrupts for item in self.inbox if item.thread.thread_id == thread_id)
        tasks = (Task(TaskId("asks"), asked[0].node if asked else "", interrupts=asked),)
        return Checkpoint(thread_id, None, tasks=tasks)


class FakeHistory(ThreadHistory):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    async def select(self, checkpoint_id: CheckpointId | None) -> None:
        self.calls.note("select_checkpoint", checkpoint_id)
        self.calls.app_state.cursor = checkpoint_id

    def move(self, delta: int) -> None:
        self.calls.note("move_cursor", delta)

    async def set_mark(self) -> None:
        self.calls.note("set_mark")
        self.calls.app_state.mark = self.calls.app_state.cursor


class FakeBranching(Branching):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def cannot(self, direction: Direction) -> str:
        return f"There is no edit or fork of this session to {direction}."

    def next_step(self, direction: Direction) -> UndoStep | None:
        return None


class FakeTime(TimeTravel):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.branching = FakeBranching(calls)


class FakeOthers(ThreadFollower):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.looking = asyncio.Event()


class FakeStudio(Studio):
    """A studio of fake parts; the names in `calls` are what is done, not who does it."""

    connection: FakeConnection
    interrupts: FakeAnswers

    def __init__(self) -> None:
        self.app_state = AppState()
        self.right_of_way = RightOfWay()
        self.record = calls = Calls(self.app_state)
        self.listed: Sequence[Thread] = THREADS
        """The threads of the server."""
        self.connection = FakeConnection(calls)
        self.assistants = FakeCatalog(calls)
        self.versions = _no_assistants()
        self.recent = FakeRecent(calls)
        self.words = FakeWords(calls)
        self.threads = FakeOpener(calls)
        self.runs = FakeRuns(calls)
        self.debugger = FakeDebugger(calls)
        self.interrupts = FakeAnswers(calls)
        self.history = FakeHistory(calls)
        self.time = FakeTime(calls)
        self.others = FakeOthers(calls)

    @property
    def calls(self) -> list[tuple[str, Any]]:
        """Every call and its argument, in order."""
        return self.record.calls

    @property
    def fail(self) -> dict[str, list[StudioError]]:
        """Errors that calls raise, by name."""
        return self.record.fail

    def called(self, name: str) -> list[Any]:
        """Return the arguments of all calls of a name."""
        return self.record.named(name)

    async def connect(self, target: Any, *, expected: str = "") -> ServerInfo:
        self.connection.target = target
        self.record.note("connect", target)
        info = ServerInfo(target.base_url, ServerKind.PYTHON, "0.16.7", in_memory=True, place=target.place)
        app_state = self.app_state
        app_state.server, app_state.link = info, LinkState.UP
        app_state.readonly, app_state.profile = target.readonly, target.profile
        app_state.assistants.items = [AGENT, REVIEW]
        app_state.threads.items = list(self.listed)
        app_state.touch(Slice.CONNECTION, Slice.ASSISTANTS, Slice.THREADS)
        return info

    async def disconnect(self) -> None:
        self.record.note("disconnect")

    def watch_others(self, on: bool) -> None:
        self.watches_others = on
        self.record.note("watch_others", on)

    async def aclose(self) -> None:
        self.record.note("aclose")

    def running(self, phase: Phase = Phase.RUNNING, **more: Any) -> RunState:
        """Put a run of this phase into the state."""
        return self.record.running(phase, **more)

    def asks(self, *values: Json | Interrupt) -> RunState:
        """Put a run that waits for answers into the state."""
        run = self.running(Phase.INTERRUPT)
        for number, value in enumerate(values, 1):
            question = value if isinstance(value, Interrupt) else Interrupt(f"q{number}", value, node="review")
            run.interrupts[question.key] = question
        return run

    def paused_at(self, *nodes: str) -> None:
        """Put a head that waits before these nodes into the state."""
        self.running(Phase.BREAKPOINT, reconciled=True)
        self.app_state.state = Checkpoint(self.app_state.thread_id or ThreadId(""), CheckpointId("1f0"), next=nodes)
        self.app_state.history.merge([self.app_state.state])
        self.app_state.touch(Slice.STATE, Slice.HISTORY)
