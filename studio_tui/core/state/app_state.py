"""All domain state in one place. Only the reducer, reconcile and the `Studio` facade write to it,
on one event loop, and say what changed with `touch`; faces read it when told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.assistant import Assistant, Schemas, SubgraphSchemas
from studio_tui.domain.breakpoint import Breakpoints
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.graph import GraphSpec, RememberedGraph
from studio_tui.domain.http_exchange import HttpExchange as HttpExchange
from studio_tui.domain.ids import AssistantId, CheckpointId, ThreadId
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import RunOptions, RunRequest
from studio_tui.domain.server import ServerInfo
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.domain.thread_position import ThreadPosition, ends_on, thread_position
from studio_tui.errors import StudioError
from studio_tui.jsonkit.value import Json, as_str
from studio_tui.text.hint import clean_words
from studio_tui.text.sanitize import clean


class Slice(Enum):
    """Parts of the app state that can change independently."""

    CONNECTION = auto()
    ASSISTANTS = auto()
    """The list, or which one is selected."""
    GRAPH = auto()
    SCHEMAS = auto()
    THREADS = auto()
    """The thread list, or which thread is open."""
    RUN = auto()
    """Phase, counts and request of the current run; the list of runs."""
    TASKS = auto()
    MESSAGES = auto()
    STATE = auto()
    """The selected checkpoint and its values."""
    HISTORY = auto()
    FRAMES = auto()
    HTTP_LOG = auto()
    BREAKPOINTS = auto()
    NOTICES = auto()
    SERVER_LOG = auto()
    NEXT_RUN = auto()
    """How the next runs are started."""


class LinkState(Enum):
    """The connection to the server."""

    NONE = "not connected"
    CONNECTING = "connecting"
    UP = "connected"
    DOWN = "connection lost"


class Notice(Struct, frozen=True):
    """Something to tell the user that is no data: severity information, warning or error."""

    severity: str
    title: str
    detail: str = ""
    hint: str = ""
    key: str = ""
    """Notices with the same key replace each other."""


class AppState(Struct):
    """All that is known of what is open. Selected things are ids; look them up here."""

    link: LinkState = LinkState.NONE
    server: ServerInfo | None = None
    profile: str = ""
    readonly: bool = False
    next_retry_in: float | None = None
    """Seconds until the next attempt to reconnect, while the link is down."""
    server_problem: str = ""
    """Why the development server that was started here does not serve, after a failed reload (safe text)."""
    watched: str = ""
    """How changes by others are noticed where the server does not tell of them, else empty (safe text)."""
    behind: bool = False
    """What others did to the open thread could not be read, though the server answers: what is shown may be old."""

    assistants: Listed[Assistant] = field(default_factory=Listed)
    assistant_id: AssistantId | None = None
    graph: GraphSpec | None = None
    graph_problem: str = ""
    """Why there is no graph (safe text)."""
    graph_unread: bool = False
    """Asking for it failed: whether the server has one, is not known."""
    remembered: RememberedGraph | None = None
    """The graph of an earlier session, until the server has told: shown as what it is, and nothing acts on it."""
    graph_fault: str = ""
    """What the graph's own code raised and where, by the log of a server that was started here (safe text)."""
    xray: bool = False
    inner_graph: tuple[AssistantId, GraphSpec] | None = None
    """The graph with its subgraphs opened: read where a thread waits inside one and no server says at which node, and
    when the graph is looked at, to tell which of its nodes can be opened."""
    schemas: Schemas | None = None
    subgraphs: SubgraphSchemas | None = None
    """Schemas of the graph's subgraphs, once somebody asked for them."""

    threads: Listed[Thread] = field(default_factory=Listed)
    """The newest threads as far as they are loaded."""
    thread_id: ThreadId | None = None
    words: dict[ThreadId, str] = field(default_factory=dict)
    """The first words of threads that were opened here, by id; the oldest are forgotten."""
    thread_row: Thread | None = None
    """The open thread's row as read with its head, where the head alone may not tell everything."""
    writers: dict[CheckpointId, str] = field(default_factory=dict)
    """The nodes in whose name edits of the open thread were written, as far as they were written here."""
    thread_runs: list[RunInfo] = field(default_factory=list)
    runs: list[RunState] = field(default_factory=list)
    """Runs of the open thread, oldest first; rebuilt from history where they were not streamed."""
    frames: FrameLog = field(default_factory=FrameLog)
    """Raw frames of the current run."""

    history: History = field(default_factory=History)
    cursor: CheckpointId | None = None
    """The checkpoint under the time cursor; None follows the head."""
    mark: CheckpointId | None = None
    news: int = 0
    """Checkpoints that came while the time cursor stood on an older one."""
    thread_problem: str = ""
    """Why the open thread can only be looked at, or empty (safe text)."""
    thread_gone: bool = False
    """Whether the server said that it does not have the open thread any more."""
    branch_names: dict[CheckpointId, str] = field(default_factory=dict)
    """Names that the user gave to checkpoints of the open thread."""
    state: Checkpoint | None = None
    """The selected checkpoint with its values (head or cursor)."""
    state_problem: str = ""
    base: Checkpoint | None = None
    """What Diff compares `state` with: its parent, or the marked checkpoint."""

    next_run: RunOptions = field(default_factory=RunOptions)
    """How the next runs of the selected assistant are started, whatever starts them."""
    options_of: dict[tuple[str, AssistantId | None], RunOptions] = field(default_factory=dict)
    """What was set for runs, by server and assistant: no other assistant's runs take it."""
    breakpoints: Breakpoints = field(default_factory=Breakpoints)
    http_log: deque[HttpExchange] = field(default_factory=lambda: deque(maxlen=1000))
    server_log: deque[str] = field(default_factory=lambda: deque(maxlen=5000))
    """Lines of the local development server, raw."""
    notices: deque[Notice] = field(default_factory=lambda: deque(maxlen=50))

    dirty: set[Slice] = field(default_factory=set)
    on_dirty: Callable[[], None] | None = None
    """Called once when the first slice becomes dirty."""

    @property
    def run(self) -> RunState | None:
        """The newest run of the open thread."""
        return self.runs[-1] if self.runs else None

    @property
    def assistant(self) -> Assistant | None:
        return next((item for item in self.assistants.items if item.assistant_id == self.assistant_id), None)

    @property
    def shown_graph(self) -> GraphSpec | None:
        """The graph to draw: the server's, else the remembered one. Who acts on a graph takes `graph`."""
        remembered = self.remembered
        return self.graph if self.graph is not None or remembered is None else remembered.graph

    @property
    def thread(self) -> Thread | None:
        """The open thread's row, when the list holds it."""
        return next((item for item in self.threads.items if item.thread_id == self.thread_id), None)

    @property
    def known_edges(self) -> GraphSpec | None:
        """The graph with the most that is known of its edges, whatever is drawn."""
        inner = self.inner_graph
        return inner[1] if inner is not None and inner[0] == self.assistant_id and not self.xray else self.graph

    @property
    def thread_graph(self) -> str:
        """The graph that the open thread belongs to; empty without a thread, and for one that never ran."""
        head, run = self.head, self.run
        told = as_str(head.metadata.get("graph_id")) if head is not None and self.thread_id is not None else ""
        row = self.thread_row or self.thread
        return told or (row.graph_id if row is not None else "") or (run.graph_id if run is not None else "")

    @property
    def head(self) -> Checkpoint | None:
        """The open thread's newest state, wherever the time cursor stands."""
        return self.state if self.cursor is None and self.state is not None else self.history.head

    @property
    def thread_run(self) -> RunState | None:
        """The newest run that belongs to the open thread: a stateless one does not."""
        return next((run for run in reversed(self.runs) if not run.stateless), None)

    @property
    def head_run(self) -> RunState | None:
        """The run that is live, or that left the thread's head; None after an edit, fork or undo on top of it."""
        run = self.run
        if run is None or run.phase.is_live or self.shows_stateless:
            return run
        run = self.thread_run
        return run if run is not None and ends_on(run, self.head) else None

    @property
    def shows_stateless(self) -> bool:
        """Whether the panels show a stateless run: while it is under way, and afterwards where no thread is open."""
        run = self.run
        if run is None or not run.stateless or self.cursor is not None:
            return False
        return run.phase.is_live or self.thread_id is None

    @property
    def position(self) -> ThreadPosition:
        """How the open thread stands and what is next: what every panel and command goes by."""
        run = self.run
        if run is not None and run.stateless and not run.phase.is_live:
            run = self.thread_run
        return thread_position(self.head, run)

    @property
    def sends_from(self) -> Checkpoint | None:
        """The old checkpoint that is on screen: what is sent now branches off there. None where it goes to the head."""
        if self.cursor is None or self.thread_id is None or self.next_run.stateless:
            return None
        head, shown = self.history.head, self.state
        if head is not None and head.checkpoint_id == self.cursor:
            return None
        if shown is None or shown.checkpoint_id != self.cursor:
            shown = self.history.by_id.get(self.cursor)
        ref = {"thread_id": self.thread_id, "checkpoint_ns": "", "checkpoint_id": self.cursor}
        return shown or Checkpoint(self.thread_id, self.cursor, ref=ref)

    def new_turn(self, value: Json, options: RunOptions | None = None) -> RunRequest:
        """Return the request for a run with new input that begins with what is on screen, as the next run is set."""
        origin = self.sends_from
        request = (options or self.next_run).request(value)
        return request if origin is None else replace(request, checkpoint=dict(origin.ref))

    def set_next_run(self, options: RunOptions) -> None:
        """Start the next runs of the selected assistant in this way."""
        self.next_run = self.options_of[self._place(self.assistant_id)] = options
        self.touch(Slice.NEXT_RUN)

    def turn_to(self, assistant_id: AssistantId | None) -> None:
        """Select an assistant, with the options that were set for its runs."""
        self.assistant_id = assistant_id
        self.next_run = self.options_of.get(self._place(assistant_id), RunOptions())
        self.touch(Slice.NEXT_RUN)

    def _place(self, assistant_id: AssistantId | None) -> tuple[str, AssistantId | None]:
        return self.server.lasting_name if self.server is not None else "", assistant_id

    def tell(
        self, title: str, detail: str = "", hint: str = "", *, severity: str = "information", key: str = ""
    ) -> None:
        """Add a notice; one with the same key takes the place of the earlier one."""
        if key:
            self.withdraw(key)
        self.notices.append(Notice(severity, clean(title), clean(detail), clean_words(hint), key))
        self.touch(Slice.NOTICES)

    def tell_error(self, error: BaseException, *, key: str = "") -> None:
        """Add an error as a notice; an unexpected one names its class and asks for a report."""
        if isinstance(error, StudioError):
            self.tell(error.title, error.detail, error.hint, severity="error", key=key)
            return
        hint = "The session goes on. The log (--log-file) has the details; please report it."
        detail = f"{type(error).__name__}: {error}"
        self.tell("Something unexpected happened", detail, hint, severity="error", key=key)

    def withdraw(self, key: str) -> None:
        """Take back the notice with this key, when it no longer holds."""
        for stale in [item for item in self.notices if item.key == key]:
            self.notices.remove(stale)
            self.touch(Slice.NOTICES)

    def touch(self, *slices: Slice) -> None:
        """Mark slices as changed and wake the frame clock."""
        was_clean = not self.dirty
        self.dirty.update(slices)
        if was_clean and self.dirty and self.on_dirty is not None:
            self.on_dirty()

    def drain(self) -> frozenset[Slice]:
        """Return what changed since the last call and start afresh."""
        changed = frozenset(self.dirty)
        self.dirty.clear()
        return changed
