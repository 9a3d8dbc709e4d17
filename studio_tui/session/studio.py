"""The facade of the application core: what both faces call. Lives on one event loop, owns every background task.

It knows no screen and no HTTP: it decides, calls the client on the network's loop, and writes the store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from studio_tui.model.assistant import Assistant
from studio_tui.model.ids import CheckpointId, NodeId, RunId, ThreadId
from studio_tui.model.json import Json, JsonObject
from studio_tui.model.run import RunState
from studio_tui.model.server import ServerInfo
from studio_tui.session.breakpoints import When
from studio_tui.session.requests import UNSET, RunRequest, Unset
from studio_tui.session.store import Store

if TYPE_CHECKING:
    from studio_tui.client.api import Client
    from studio_tui.client.target import Target

T = TypeVar("T")


class Studio:
    """Connects, selects, runs, stops, looks back. Every method may raise StudioError; nothing is written twice."""

    store: Store

    def __init__(self, *, client_factory: Callable[..., Client] | None = None, threaded: bool = True) -> None:
        self.store = Store()

    async def connect(self, target: Target) -> ServerInfo:
        """Probe the server, load its assistants and threads; raises StudioError and leaves the link NONE."""
        raise NotImplementedError

    async def disconnect(self) -> None:
        """Leave the server: stop following its run, forget what it told."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Cancel every background task, close the client and the network."""
        raise NotImplementedError

    async def select_assistant(self, key: str) -> Assistant:
        """Select by id, name or graph id; graph and schemas follow in the background. NotFoundError lists names."""
        raise NotImplementedError

    async def load_graph(self, *, xray: bool | None = None) -> None:
        """Load the selected assistant's graph; failures become `store.graph_problem`."""
        raise NotImplementedError

    async def refresh_assistants(self) -> None:
        """Read the list of assistants again."""
        raise NotImplementedError

    async def refresh_threads(self) -> None:
        """Read the first page of threads again."""
        raise NotImplementedError

    async def load_more_threads(self) -> None:
        """Read the next page of threads, if there is one."""
        raise NotImplementedError

    async def set_thread_filter(self, *, status: str = "", metadata: JsonObject | None = None) -> None:
        """Show only threads with this status and metadata."""
        raise NotImplementedError

    async def open_thread(self, thread_id: str, *, at: CheckpointId | None = None) -> None:
        """Open a thread: state, first page of history, runs; joins a live run. `at` selects a checkpoint."""
        raise NotImplementedError

    async def new_thread(self) -> ThreadId | None:
        """Clear the open thread; the next run creates one on the server."""
        raise NotImplementedError

    async def delete_thread(self, thread_id: ThreadId) -> None:
        """Delete a thread on the server (the face has asked before)."""
        raise NotImplementedError

    async def start(self, request: RunRequest) -> RunState:
        """Start a run on the open thread; returns once the run id is known, the stream goes on by itself."""
        raise NotImplementedError

    async def stop(self, *, action: str = "interrupt") -> RunState:
        """Cancel the current run and verify it with the server (15 s at most)."""
        raise NotImplementedError

    async def join(self, run_id: RunId) -> RunState:
        """Follow a run of the open thread that is already going on, with everything streamed so far."""
        raise NotImplementedError

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
        raise NotImplementedError

    async def wait(self) -> RunState:
        """Wait until the current run has ended and is reconciled; returns it."""
        raise NotImplementedError

    async def more_history(self) -> None:
        """Load the next older page of checkpoints, if there is one."""
        raise NotImplementedError

    async def select_checkpoint(self, checkpoint_id: CheckpointId | None) -> None:
        """Put the time cursor on a checkpoint and load its values; None follows the head."""
        raise NotImplementedError

    def move_cursor(self, delta: int) -> None:
        """Move the time cursor along the branch: negative is older, positive newer. Nothing executes."""
        raise NotImplementedError

    async def set_mark(self) -> None:
        """Mark the selected checkpoint for comparison; marking it again takes the mark away."""
        raise NotImplementedError

    def toggle_breakpoint(self, node: NodeId, when: When) -> bool:
        """Set or remove a breakpoint; returns whether it is set now."""
        raise NotImplementedError

    def request_body(self, request: RunRequest) -> JsonObject:
        """Return exactly the body that `start(request)` will send now."""
        raise NotImplementedError

    def on_server_log(self, line: str) -> None:
        """Take a log line of the local server; may be called from any thread."""
        raise NotImplementedError

    async def call(self, fn: Callable[[Client], Awaitable[T]]) -> T:
        """Run any client call on the network's loop and return its answer."""
        raise NotImplementedError
