"""A studio without a server: the same methods, the calls recorded, the store filled by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from studio_tui.core.assistants.versions import AssistantVersions
from studio_tui.core.interrupts.answers import InboxItem, InboxPage
from studio_tui.core.state.app_state import AppState, LinkState, Slice
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.breakpoint import When
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import UNSET, RunRequest, Unset
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.errors import NotFoundError, ServerError, StudioError
from studio_tui.jsonkit.value import Json, JsonObject

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
    """A book on a server that knows no assistant."""

    async def call(_fn: Any) -> Any:
        raise NotFoundError("Not found: assistant")

    return AssistantVersions(call, Dialect)


@dataclass
class FakeStudio:
    """Records calls as `(name, argument)`; `fail` makes the named method raise its error once or more."""

    app_state: AppState = field(default_factory=AppState)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    fail: dict[str, list[StudioError]] = field(default_factory=dict)
    threads: Sequence[Thread] = THREADS
    assistants: AssistantVersions = field(default_factory=_no_assistants)
    can_undo: str = "There is no edit or fork of this session to undo."
    can_redo: str = "There is no edit or fork of this session to redo."
    inbox: Sequence[InboxItem] = ()

    def _called(self, name: str, argument: object = None) -> None:
        self.calls.append((name, argument))
        errors = self.fail.get(name)
        if errors:
            raise errors.pop(0)

    def called(self, name: str) -> list[Any]:
        """Return the arguments of all calls of a method."""
        return [argument for called, argument in self.calls if called == name]

    async def connect(self, target: Any) -> ServerInfo:
        self._called("connect", target)
        info = ServerInfo(target.base_url, ServerKind.PYTHON, "0.16.7", in_memory=True, place=target.place)
        app_state = self.app_state
        app_state.server, app_state.link = info, LinkState.UP
        app_state.readonly, app_state.profile = target.readonly, target.profile
        app_state.assistants = [AGENT, REVIEW]
        app_state.threads.items = list(self.threads)
        app_state.touch(Slice.CONNECTION, Slice.ASSISTANTS, Slice.THREADS)
        return info

    async def disconnect(self) -> None:
        self._called("disconnect")

    async def call(self, fn: Any) -> Any:
        self._called("call")
        raise NotFoundError("Not found")

    @property
    def watches_others(self) -> bool:
        return bool(self.called("watch_others")) and bool(self.called("watch_others")[-1])

    def watch_others(self, on: bool) -> None:
        self._called("watch_others", on)

    def look(self, looking: bool) -> None:
        self._called("look", looking)

    def load_schemas_again(self) -> None:
        self._called("load_schemas_again")

    async def aclose(self) -> None:
        self._called("aclose")

    async def select_assistant(self, key: str) -> Assistant:
        self._called("select_assistant", key)
        for item in self.app_state.assistants:
            if key in (item.assistant_id, item.name, item.graph_id):
                self.app_state.assistant_id = item.assistant_id
                self.app_state.graph, self.app_state.schemas = GRAPH, CHAT
                self.app_state.touch(Slice.ASSISTANTS, Slice.GRAPH, Slice.SCHEMAS)
                return item
        raise NotFoundError(f"No assistant is called {key}", "Known: agent, Careful reviewer", "Pick one with a.")

    async def find_assistant(self, key: str) -> Assistant:
        for item in self.app_state.assistants:
            if key in (item.assistant_id, item.name, item.graph_id):
                return item
        raise NotFoundError(f"No assistant is called {key}", "Known: agent, Careful reviewer", "Pick one with a.")

    async def load_graph(self, *, xray: bool | None = None) -> None:
        self._called("load_graph", xray)
        self.app_state.xray = self.app_state.xray if xray is None else xray
        self.app_state.touch(Slice.GRAPH)

    async def refresh_assistants(self) -> None:
        self._called("refresh_assistants")

    async def more_assistants(self) -> None:
        self._called("more_assistants")

    async def refresh_threads(self) -> None:
        self._called("refresh_threads")

    async def load_more_threads(self) -> None:
        self._called("load_more_threads")

    async def set_thread_filter(self, *, status: str = "", metadata: JsonObject | None = None) -> None:
        self._called("set_thread_filter", status)

    async def open_thread(self, thread_id: str, *, at: CheckpointId | None = None) -> None:
        self._called("open_thread", thread_id)
        self.app_state.thread_id = ThreadId(thread_id)
        self.app_state.touch(Slice.THREADS)

    async def new_thread(self) -> None:
        self._called("new_thread")
        self.app_state.thread_id = None
        self.app_state.runs = []
        self.app_state.touch(Slice.THREADS, Slice.RUN)

    async def delete_thread(self, thread_id: ThreadId) -> None:
        self._called("delete_thread", thread_id)

    def running(self, phase: Phase = Phase.RUNNING, **more: Any) -> RunState:
        """Put a run of this phase into the store."""
        thread_id = self.app_state.thread_id or THREADS[0].thread_id
        run = RunState(run_id=RunId("cccc"), thread_id=thread_id, phase=phase, started_at=1_700_000_000.0, **more)
        self.app_state.thread_id = thread_id
        self.app_state.runs = [run]
        self.app_state.touch(Slice.RUN, Slice.TASKS, Slice.THREADS)
        return run

    def asks(self, *values: Json | Interrupt) -> RunState:
        """Put a run that waits for answers into the store."""
        run = self.running(Phase.INTERRUPT)
        for number, value in enumerate(values, 1):
            question = value if isinstance(value, Interrupt) else Interrupt(f"q{number}", value, node="review")
            run.interrupts[question.key] = question
        return run

    async def start(self, request: RunRequest) -> RunState:
        self._called("start", request)
        return self.running()

    async def stop(self, *, action: str = "interrupt") -> RunState:
        self._called("stop", action)
        return self.running(Phase.CANCELLED)

    async def join(self, run_id: RunId) -> RunState:
        self._called("join", run_id)
        return self.running()

    async def continue_run(
        self,
        *,
        resume: Json | Unset = UNSET,
        answers: Mapping[str, Json] | None = None,
        request: RunRequest | None = None,
        **_more: Any,
    ) -> RunState:
        self._called("continue_run", {"resume": resume, "answers": answers, "request": request})
        return self.running()

    async def step_over(self, request: RunRequest | None = None) -> RunState:
        self._called("step_over", request)
        return self.running()

    async def step_into(self, request: RunRequest | None = None) -> RunState:
        self._called("step_into", request)
        return self.running()

    async def step_out(self, request: RunRequest | None = None) -> RunState:
        self._called("step_out", request)
        return self.running()

    async def run_to(self, node: NodeId, request: RunRequest | None = None) -> RunState:
        self._called("run_to", (node, request))
        return self.running()

    async def answer(
        self, answers: Mapping[str, Json], *, asked: Sequence[Interrupt] = (), request: RunRequest | None = None
    ) -> RunState:
        self._called("answer", dict(answers))
        assert {item.key for item in asked} >= set(answers)
        assert request is not None
        assert not request.has_input
        return self.running()

    async def reask(self, *, request: RunRequest | None = None) -> RunState:
        self._called("reask", request)
        return self.running()

    async def send_command(self, command: Mapping[str, Json], *, request: RunRequest | None = None) -> RunState:
        self._called("send_command", dict(command))
        assert request is not None
        return self.running()

    async def interrupted_threads(self, limit: int = 25, offset: int = 0) -> InboxPage:
        self._called("interrupted_threads", offset)
        rows = self.inbox[offset : offset + limit]
        return InboxPage(tuple(rows), offset + limit if offset + limit < len(self.inbox) else None)

    async def head_of(self, thread_id: ThreadId) -> Checkpoint:
        self._called("head_of", thread_id)
        asked = next(item.interrupts for item in self.inbox if item.thread.thread_id == thread_id)
        tasks = (Task(TaskId("asks"), asked[0].node if asked else "", interrupts=asked),)
        return Checkpoint(thread_id, None, tasks=tasks)

    async def name_threads(self, threads: Sequence[Thread]) -> None:
        self._called("name_threads", [item.thread_id for item in threads])

    async def more_history(self) -> None:
        self._called("more_history")

    async def select_checkpoint(self, checkpoint_id: CheckpointId | None) -> None:
        self._called("select_checkpoint", checkpoint_id)
        self.app_state.cursor = checkpoint_id

    def move_cursor(self, delta: int) -> None:
        self._called("move_cursor", delta)

    async def set_mark(self) -> None:
        self._called("set_mark")
        self.app_state.mark = self.app_state.cursor

    async def opened_graph(self) -> GraphSpec:
        self._called("opened_graph")
        if self.app_state.graph is None:
            raise ServerError("The server failed at it")
        return self.app_state.graph

    def toggle_breakpoint(self, node: NodeId, when: When) -> bool:
        self._called("toggle_breakpoint", (node, when))
        is_set = self.app_state.breakpoints.toggle(node, when)
        self.app_state.touch(Slice.BREAKPOINTS)
        return is_set

    def enable_breakpoint(self, node: NodeId, when: When, enabled: bool) -> None:
        self._called("enable_breakpoint", (node, when, enabled))
        self.app_state.breakpoints.enable(node, when, enabled)
        self.app_state.touch(Slice.BREAKPOINTS)

    def remove_breakpoint(self, node: NodeId, when: When) -> None:
        self._called("remove_breakpoint", (node, when))
        self.app_state.breakpoints.remove(node, when)
        self.app_state.touch(Slice.BREAKPOINTS)

    def request_body(self, request: RunRequest) -> JsonObject:
        return {"command": request.command} if request.command is not None else {"input": request.input}

    def on_server_log(self, line: str) -> None:
        self.app_state.server_log.append(line)
        self.app_state.touch(Slice.SERVER_LOG)

    def paused_at(self, *nodes: str) -> None:
        """Put a head that waits before these nodes into the store."""
        self.running(Phase.BREAKPOINT, reconciled=True)
        self.app_state.state = Checkpoint(self.app_state.thread_id or ThreadId(""), CheckpointId("1f0"), next=nodes)
        self.app_state.history.merge([self.app_state.state])
        self.app_state.touch(Slice.STATE, Slice.HISTORY)


def as_studio(fake: FakeStudio) -> Studio:
    """Return the fake as what it stands for."""
    return cast("Studio", fake)
