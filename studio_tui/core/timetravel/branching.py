"""Going on from a checkpoint: re-run, fork, undo and redo, copies of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgspec.structs import replace

from studio_tui.core.connection.ports import Caller, ServerClient
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.core.timetravel import state_writer
from studio_tui.core.timetravel.editing import StateEditor
from studio_tui.core.timetravel.edits import COPY, Direction, Edit, UndoStack, UndoStep
from studio_tui.core.timetravel.state_writer import StateWriter, Write, open_thread
from studio_tui.core.timetravel.successors import level_of
from studio_tui.core.timetravel.words import lost_in_edit, next_of, step_text, will_execute
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, ThreadId
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.errors import ConflictError, StudioError, UnsupportedError, UsageError
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.hint import Hint

Start = Callable[[RunRequest], Awaitable[RunState]]


class Branching:
    """Every method that writes, writes once; the old branch always stays in the thread's history."""

    def __init__(
        self, runtime: Runtime, history: ThreadHistory, writer: StateWriter, editing: StateEditor, undo: UndoStack,
        start: Start,
    ) -> None:  # fmt: skip
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._history = history
        self._writer = writer
        self._editing = editing
        self._undo = undo
        self._start = start

    def will_execute(self, checkpoint_id: CheckpointId | None) -> str:
        """Say what a run from a loaded checkpoint (None: the head) executes; empty when it is not loaded."""
        history = self._app_state.history
        found = history.head if checkpoint_id is None else history.by_id.get(checkpoint_id)
        if found is None:
            return ""
        can = self._runtime.connection.info.can("replay")
        if not can.works:
            return can.reason
        return will_execute(
            found, level_of(self._app_state.graph), asks_again=self._runtime.connection.dialect.asks_again,
            stops=self._app_state.breakpoints.compile("before") or (),
        )  # fmt: skip

    async def rerun(self, checkpoint_id: CheckpointId, *, request: RunRequest | None = None) -> RunState:
        """Run again from a checkpoint: its `next` executes, side effects included; with input a new turn starts.

        UsageError when nothing would run; UnsupportedError where the server cannot replay.
        """
        can = self._runtime.connection.info.can("replay")
        base = request or RunRequest(input=UNSET)
        takes_input = base.input is not UNSET
        if not can.works:
            verb = "send" if takes_input else "re-run"
            hint = Hint("Fork it first ({fork}), then send.") if takes_input else Hint("Fork it instead ({fork}).")
            raise UnsupportedError(f"This server cannot {verb} from an old checkpoint", can.reason, hint)
        origin = await self._history.load(checkpoint_id)
        if not origin.is_unfinished and not takes_input and base.command is None:
            raise UsageError("Nothing would run", "The graph had finished at this checkpoint.", "Pick an earlier one.")
        head = await self._writer.head()
        state = await self._start(replace(base, checkpoint=dict(origin.ref)))
        what = "the input sent" if takes_input else "the re-run"
        self._undo.record(origin.thread_id, UndoStep(f"{what} from {step_text(origin)}", dict(head.ref)))
        return state

    async def fork(
        self, checkpoint_id: CheckpointId, edit: Edit | None, *, run: bool, request: RunRequest | None = None
    ) -> Checkpoint:
        """Make a new branch at a checkpoint, edited or as it is, and return its first checkpoint; then run it, or not.

        Without edit and with `run` this is `rerun`, and returns the checkpoint itself.
        """
        can = self._runtime.connection.info.can("replay")
        if run and not can.works:
            raise UnsupportedError(
                "This server cannot run a fork", can.reason, "Fork without running, then send input."
            )
        if edit is None and run:
            await self.rerun(checkpoint_id, request=request)
            return await self._history.load(checkpoint_id)
        origin = await self._history.load(checkpoint_id)
        if edit is None:
            made = await self._copy(origin.ref, ROOT, f"the fork of {step_text(origin)}")
        else:
            if not edit.ns and edit.checkpoint_id != checkpoint_id:
                edit = replace(edit, checkpoint=dict(origin.ref))
            made = await self._editing.apply(edit, expected_head=None)
        if run:
            await self._start(request or RunRequest(input=UNSET))
        return made

    async def copy_thread_until(self, checkpoint_id: CheckpointId) -> ThreadId:
        """Copy the open thread and return the copy, whose head stands at a checkpoint.

        The copy keeps the whole history under the same checkpoint ids; later ones stay there as another branch.
        """
        thread_id = open_thread(self._app_state, "There is nothing to copy.")
        made, words = await copy_until(self._runtime.connection.call, thread_id, checkpoint_id)
        self._app_state.tell(f"Copied to thread {made}", words, key="copy")
        return made

    def cannot(self, direction: Direction) -> str:
        """Why nothing can be undone, or redone; empty when something can."""
        if self._app_state.thread_id is None:
            return "No thread is open."
        if self._undo.next(direction, self._app_state.thread_id) is None:
            return f"There is no edit or fork of this session to {direction}."
        run = self._app_state.run
        return "A run is going on: stop it, or wait for its end." if run is not None and run.phase.is_live else ""

    def next_step(self, direction: Direction) -> UndoStep | None:
        """Return what can be undone, or redone, on the open thread now."""
        return None if self.cannot(direction) else self._undo.next(direction, self._app_state.thread_id)

    async def restore(self, direction: Direction) -> str:
        """Take the newest edit or fork back, or make the newest undone one again; say so in words.

        Either forks where the thread stood.
        """
        step = self._undo.next(direction, self._app_state.thread_id)
        reason = self.cannot(direction)
        if step is None or reason:
            raise UsageError(f"Nothing can be {direction}ne now", reason, "")
        wanted = await self._editing.stored(step.target, step.ns)
        shown = self._app_state.history.head
        write = Write(step.target, step.ns, None, COPY, shown.checkpoint_id if shown is not None else None, step.what)
        written = await self._writer.write(write)
        self._undo.went(direction, written.thread_id, written.before)
        made = await self._writer.read_back(written)
        notes = lost_in_edit(wanted)
        if (made.values or {}) != (wanted.values or {}) or made.next != wanted.next:
            notes.insert(0, f"The server restored it differently: next was {next_of(wanted)}.")
        did = "Undid" if direction == "undo" else "Redid"
        stands = f"The thread stands at {step_text(made)}, next: {next_of(made)}."
        return " ".join([f"{did}: {step.what}.", stands, *notes])

    async def _copy(self, ref: JsonObject, ns: Namespace, what: str) -> Checkpoint:
        written = await self._writer.write(Write(ref, ns, None, COPY, what=what))
        self._undo.record(written.thread_id, UndoStep(what, written.before, ns))
        return await self._writer.read_back(written)


async def copy_until(
    call: Caller[ServerClient], thread_id: ThreadId, checkpoint_id: CheckpointId
) -> tuple[ThreadId, str]:
    """Copy a thread and put the copy's head at a checkpoint; return the copy and what it holds, in words."""
    origin = await call(lambda client: client.state(thread_id, checkpoint_id=checkpoint_id))
    copied = await call(lambda client: client.copy_thread(thread_id))
    made: ThreadId = copied.thread_id
    head = await call(lambda client: client.state(made))
    if head.checkpoint_id == checkpoint_id:
        return made, f"It stands at {step_text(origin)}, like the original."
    ref = {**origin.ref, "thread_id": made} if "thread_id" in origin.ref else origin.ref
    try:
        await call(lambda client: client.update_state(made, None, as_node=COPY, checkpoint=ref))
    except StudioError as error:
        if not error.ambiguous or not await _was_moved(call, made, head.checkpoint_id):
            hint = f"The copy is thread {made}; fork it at {step_text(origin)} to go on from there."
            what = "its head may not have been" if error.ambiguous else "its head was not"
            raise ConflictError(f"The thread was copied, but {what} moved", str(error), hint) from error
    return made, (
        f"Its head is a fork of {step_text(origin)}, next: {next_of(origin)}. "
        "Later checkpoints are still in its history, as another branch."
    )


async def _was_moved(call: Caller[ServerClient], copied: ThreadId, before: CheckpointId | None) -> bool:
    """Whether a write onto a copy, of which nobody else knows, was carried out although its answer was lost."""
    for pause in state_writer.LOOKS:
        await asyncio.sleep(pause)
        with suppress(StudioError):
            head = await call(lambda client: client.state(copied))
            if head.checkpoint_id != before:
                return True
    return False
