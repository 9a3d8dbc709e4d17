"""Writes one checkpoint: once, only onto the head that was meant, and looked up where the answer was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec import Struct

from studio_tui.core.connection.ports import Caller, ServerClient
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.core.timetravel.edits import COPY, find_namespace, id_of
from studio_tui.core.timetravel.words import moved_on
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, ThreadId, join_namespace
from studio_tui.domain.thread import ThreadStatus
from studio_tui.errors import ConflictError, ConnectError, ServerError, StudioError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject, as_object
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean

LOOKS = (0.0, 0.5, 1.5)
"""Seconds to wait before each look for a write whose answer was lost."""
_RECENT = 20
NOTHING_SENT = "Nothing was written."
_REBASE = "Rebase the edit onto the new head, or apply it as a fork of the old checkpoint."
_REFRESH = Hint("Refresh the thread ({refresh}), look at what came, then try again.")


class Write(Struct, frozen=True):
    """One checkpoint to write."""

    checkpoint: JsonObject
    """What it comes out of (or, for a copy, what it is a copy of)."""
    ns: Namespace = ROOT
    values: Json = None
    as_node: str | None = None
    expected_head: CheckpointId | None = None
    """The root head that is meant; None writes wherever the head is."""
    what: str = "the edit"


class Written(Struct, frozen=True):
    """A write that the server has carried out."""

    write: Write
    thread_id: ThreadId
    before: JsonObject
    """The newest checkpoint of the namespace before the write."""
    ref: JsonObject
    """The checkpoint that was written."""
    was_lost: bool
    """The answer did not arrive; the checkpoint was found in the history."""


class StateWriter:
    """The one way to write state; no two writes at the same time."""

    def __init__(self, runtime: Runtime, history: ThreadHistory, threads: RecentThreads) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._call: Caller[ServerClient] = runtime.connection.call
        self._history = history
        self._threads = threads
        self._is_writing = False

    async def write(self, write: Write) -> Written:
        """Send `write` once. ConflictError (nothing written) when the head moved or the thread is busy."""
        thread_id = open_thread(self._app_state, "There is no state to change.")
        if self._is_writing:
            raise ConflictError("Another change is just being written", "", "Wait for the server's answer.")
        self._is_writing = True
        try:
            root = await self._call(lambda client: client.state(thread_id, subgraphs=bool(write.ns)))
            newest = find_namespace(root, write.ns) or root
            check_head(root, write.expected_head, _REFRESH if write.as_node == COPY else _REBASE)
            self._check_place(write, newest)
            await self._check_idle(thread_id)
            ref, was_lost = await self._send(thread_id, write, newest.checkpoint_id)
            return Written(write, thread_id, dict(newest.ref), ref, was_lost)
        finally:
            self._is_writing = False

    async def read_back(self, written: Written) -> Checkpoint:
        """Return what was written as the server holds it, and show it as the thread's head."""
        ns, as_node = written.write.ns, written.write.as_node
        try:
            root = await self.head(written.thread_id)
            found = find_namespace(root, ns)
            if found is None or found.checkpoint_id != id_of(written.ref):
                found = await self._call(lambda client: client.state(written.thread_id, checkpoint=written.ref))
            if not ns and as_node not in (None, COPY) and found.checkpoint_id is not None:
                self._app_state.writers[found.checkpoint_id] = as_node
            await self._show(root)
            found = self._history.as_known(found) if not ns else found
        except StudioError as error:
            raise ConnectError(
                "The change was written, but the new state could not be read",
                error.detail or error.title,
                Hint("Refresh the thread ({refresh}); do not write it again."),
            ) from error
        return found

    async def head(self, thread_id: ThreadId | None = None) -> Checkpoint:
        """Return the head of the thread (None: the open one) as the server has it now, with its subgraphs."""
        thread_id = thread_id or open_thread(self._app_state)
        return await self._call(lambda client: client.state(thread_id, subgraphs=True))

    def _check_place(self, write: Write, newest: Checkpoint) -> None:
        """Inside a subgraph, its own head must be the edited one, when a head was expected at all."""
        if (
            write.ns
            and write.as_node != COPY
            and write.expected_head is not None
            and newest.checkpoint_id != id_of(write.checkpoint)
        ):
            raise ConflictError(
                "The subgraph has moved on", f"{moved_on(newest)} {NOTHING_SENT}", "Begin the edit again."
            )

    async def _check_idle(self, thread_id: ThreadId) -> None:
        """Refuse to write into a busy thread where the server would allow it (PROTOCOL §5.5)."""
        if not self._runtime.connection.dialect.writes_while_busy:
            return
        row = await self._call(lambda client: client.thread(thread_id))
        if row.status is ThreadStatus.BUSY:
            raise _busy()

    async def _send(self, thread_id: ThreadId, write: Write, newest: CheckpointId | None) -> tuple[JsonObject, bool]:
        try:
            answer = await self._call(
                lambda client: client.update_state(
                    thread_id, write.values, as_node=write.as_node, checkpoint=write.checkpoint
                )
            )
        except ConflictError:
            raise _busy() from None
        except StudioError as error:
            if error.ambiguous:
                return await self._find_lost(thread_id, write, newest, error), True
            if isinstance(error, ServerError) and write.as_node not in (None, COPY):
                node = clean(write.as_node or "", 60)
                detail = f"Some servers answer so when there is no node {node}. {error.detail}"
                raise ServerError(error.title, detail, error.hint, status=error.status) from error
            raise
        return as_object(answer.get("checkpoint")), False

    async def _find_lost(
        self, thread_id: ThreadId, write: Write, newest: CheckpointId | None, error: StudioError
    ) -> JsonObject:
        """The answer was lost: look for the checkpoint by its parent and source, and never send again."""
        why = "The history shows no trace of it so far."
        place: Mapping[str, Json] | None = {"checkpoint_ns": join_namespace(write.ns)} if write.ns else None
        try:
            for pause in LOOKS:
                await asyncio.sleep(pause)
                items = await self._call(lambda client: client.history(thread_id, limit=_RECENT, checkpoint=place))
                found = next((item for item in items if _is_it(item, write, items, newest)), None)
                if found is not None:
                    return found.ref
        except StudioError as problem:
            why = f"The history could not be read: {problem}"
        hint = "Refresh the history before you write it again: the server may have taken it."
        unknown = ConnectError(f"It is unknown whether {write.what} was written", f"{error} {why}", hint)
        unknown.ambiguous = True  # a gateway may still hold the request
        raise unknown from error

    async def _show(self, root: Checkpoint) -> None:
        from studio_tui.core.runstate.settle import read_history  # not wanted at start

        app_state = self._app_state
        if app_state.thread_id != root.thread_id:
            return
        known = frozenset(app_state.history.by_id)
        items, connects = await self._call(lambda client: read_history(client, root.thread_id, known))
        if app_state.thread_id != root.thread_id:
            return
        app_state.cursor = None
        self._history.take_end(items, root, connects=connects)
        app_state.touch(Slice.RUN)
        self._runtime.background.replace(self._threads.refresh_quietly(), "threads")


def open_thread(app_state: AppState, without: str = "") -> ThreadId:
    """Return the open thread. Raises UsageError, which says what there is `without` one."""
    if app_state.thread_id is None:
        raise UsageError("No thread is open", without, Hint("Open a thread first ({go-threads})."))
    return app_state.thread_id


def check_head(root: Checkpoint, expected: CheckpointId | None, hint: str) -> None:
    if expected is None or root.checkpoint_id == expected:
        return
    raise ConflictError("The thread has moved on", f"{moved_on(root)} {NOTHING_SENT}", hint)


def _is_it(item: Checkpoint, write: Write, items: list[Checkpoint], newest: CheckpointId | None) -> bool:
    """Whether a checkpoint that came after `newest` is the one that `write` makes."""
    if item.checkpoint_id is None or (newest is not None and item.checkpoint_id <= newest):
        return False
    target = id_of(write.checkpoint)
    if write.as_node != COPY:
        return item.source == "update" and item.parent_id == target
    copied = next((other for other in items if other.checkpoint_id == target), None)
    return item.source == "fork" and (copied is None or item.parent_id == copied.parent_id)


def _busy() -> ConflictError:
    return ConflictError(
        "The thread is busy with a run",
        NOTHING_SENT,
        Hint("Stop the run ({stop}) or wait for its end, then apply it again."),
        status=409,
    )
