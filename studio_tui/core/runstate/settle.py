"""The truth about a run that ended: asks run, state and history, decides the phase, corrects what was streamed.

The stream is a hint (PROTOCOL §7, §9): a clean close is no success, interrupts hide in some modes, errors are masked.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from studio_tui.core.connection.ports import ServerClient
from studio_tui.core.runstate import merge
from studio_tui.core.runstate.evidence import may_hide, row_of
from studio_tui.domain.checkpoint import Checkpoint, by_ids
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import CheckpointId, RunId, ThreadId
from studio_tui.domain.run import Phase, RunError, RunState
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.domain.thread_position import last_told
from studio_tui.errors import ConnectError, NotFoundError, StudioError
from studio_tui.wire.decode_error import is_cancel_error, is_masked, parse_error, thread_error

PAGE = 50
MAX_PAGES = 8
"""At most 400 checkpoints are read after one run; older ones come when somebody scrolls there."""

_UNNAMED = RunError("Error", "The server gave no reason.")


class Truth(Struct, frozen=True):
    """What the server says of a run after its stream ended."""

    info: RunInfo | None = None
    """None when the server does not know the run (any more)."""
    head: Checkpoint | None = None
    """The thread's newest state, subgraphs included."""
    history: tuple[Checkpoint, ...] = ()
    """The newest checkpoints of the root namespace, newest first."""
    connects: bool = True
    """Whether `history` goes back, without a hole, to a checkpoint known before or to the first one."""
    error: RunError | None = None
    """What the thread's row says about a failed run."""
    row: Thread | None = None
    """The thread's row, where the head alone may not tell everything."""
    problem: StudioError | None = None
    """Why state or history could not be had, if so."""
    unread: str = ""
    """Which of the two that was."""

    def own(self, run_id: RunId | None) -> list[Checkpoint]:
        """The checkpoints that the run made, oldest first; old servers put its id on later edits of the state too."""
        mine = (item for item in reversed(self.history) if item.source != "update")
        return [item for item in mine if run_id is not None and item.run_id == run_id]

    def last(self, run_id: RunId | None) -> Checkpoint | None:
        """The run's last state: the head with its subgraphs, or an older one when others went on since."""
        own = self.own(run_id)
        if self.head is not None and (not own or own[-1].checkpoint_id == self.head.checkpoint_id):
            return self.head
        return own[-1] if own else None


class Ending(Struct, frozen=True):
    """How the end came about, as far as this side knows."""

    at: float
    dialect: Dialect = field(default_factory=Dialect)
    stop_asked: bool = False
    """We cancelled the run."""
    halted: bool = False
    """We cancelled it because it had reached a stop inside a subgraph: it is paused, not given up."""
    error: StudioError | None = None
    """Why it could not be followed to its end."""
    stateless: bool = False
    """No thread was kept: nothing can be asked."""


async def fetch_truth(
    client: ServerClient,
    thread_id: ThreadId,
    run_id: RunId | None,
    *,
    info: RunInfo | None = None,
    known: Iterable[CheckpointId] = (),
    dialect: Dialect | None = None,
) -> Truth:
    """Ask for the run (unless `info` is given), the state and the history down to a known checkpoint.

    Where this server may hide what waits (`dialect`), the thread's row is read as well.

    Raises ConnectError when the server cannot be reached; other failures become `problem`.
    """
    if info is None and run_id is not None:
        try:
            info = await client.run(thread_id, run_id)
        except NotFoundError:
            info = None
    head: Checkpoint | None = None
    error: RunError | None = None
    row: Thread | None = None
    unread = "the thread's row"
    try:
        if info is not None and info.status in ("error", "timeout"):
            row = await client.thread(thread_id)
            error = thread_error(row.raw.get("error"))
        unread = "the thread's state"
        head = await client.state(thread_id, subgraphs=True)
        if row is None and dialect is not None and may_hide(head):
            row = await row_of(client, thread_id, dialect)
        unread = "the thread's history"
        history, connects = await read_history(client, thread_id, frozenset(known))
    except ConnectError:
        raise
    except StudioError as problem:
        return Truth(info, head, (), False, error, row, problem, unread)
    return Truth(info, head, tuple(history), connects, error, row)


async def read_history(
    client: ServerClient, thread_id: ThreadId, known: frozenset[CheckpointId], *, page: int = PAGE
) -> tuple[list[Checkpoint], bool]:
    """Read the newest checkpoints until one is known, at most 400; the flag tells whether there is no hole left."""
    found: list[Checkpoint] = []
    for _ in range(MAX_PAGES):
        before = found[-1].checkpoint_id if found else None
        items = await client.history(thread_id, limit=page, before=before)
        fresh = [item for item in items if item.checkpoint_id not in {old.checkpoint_id for old in found}]
        found.extend(fresh)
        if len(items) < page or not fresh or any(item.checkpoint_id in known for item in fresh):
            return found, True
    return found, False


def settle(run: RunState, truth: Truth, ending: Ending) -> Phase:
    """Merge the truth into `run` and return the phase that it ended in; the caller enters it.

    Idempotent. Task states, results and errors, messages, interrupts and values are the server's afterwards.
    """
    phase = final_phase(run, truth, ending)
    run.deleted = phase is Phase.CANCELLED and is_deleted(run, truth, ending)
    last = None if run.deleted else truth.last(run.run_id)
    told = list(run.tasks.values())
    merge.adopt_history(run, truth.own(run.run_id), by_ids(truth.history))
    if last is not None:
        merge.adopt_pending(run, last)
        merge.adopt_values(run, last)
    merge.place_missed(run, told)
    if phase is Phase.FAILED:
        run.error = _true_error(run, truth, last)
        merge.reach_failed_step(run)
        merge.tell_error(run)
    elif phase in (Phase.CANCELLED, Phase.DONE) or ending.halted:
        run.error = None
    pending = last.pending_interrupts if last is not None and phase is Phase.INTERRUPT else ()
    if last is not None:
        run.interrupts = {item.key: item for item in pending}
    merge.close_open_tasks(run, phase, ending.at)
    merge.mark_unsaved(run, last, phase)
    run.ended_at = run.ended_at or ending.at
    run.reconciled = truth.head is not None
    run.rev += 1
    return phase


def final_phase(run: RunState, truth: Truth, ending: Ending) -> Phase:
    info = truth.info
    if info is None:
        return _phase_without_run(run, truth, ending)
    if not info.is_known:
        return Phase.FAILED if run.error is not None else Phase.LOST
    if info.is_live:
        return Phase.LOST
    if _was_cancelled(run, info, truth, ending):
        last = truth.last(run.run_id) if ending.halted else None
        if last is None or not last.is_unfinished:
            return Phase.CANCELLED
        return Phase.INTERRUPT if last.pending_interrupts else Phase.BREAKPOINT
    if info.status in ("error", "timeout") or (run.error is not None and info.status != "interrupted"):
        return Phase.FAILED
    last = truth.last(run.run_id)
    return _phase_of_state(last) if last is not None else _phase_of_stream(run)


def is_deleted(run: RunState, truth: Truth, ending: Ending) -> bool:
    """Whether the server has deleted the run and what it did, as a rollback does: its thread is there without both."""
    return truth.info is None and truth.head is not None and not ending.stateless and not truth.own(run.run_id)


def _phase_without_run(run: RunState, truth: Truth, ending: Ending) -> Phase:
    gone = ending.error is None or isinstance(ending.error, NotFoundError)
    if gone and is_deleted(run, truth, ending):
        return Phase.CANCELLED
    if ending.stop_asked and ending.error is None:
        return Phase.CANCELLED  # a rollback deletes the run
    if _is_gone_with_its_thread(run, truth, ending):
        return Phase.LOST
    if run.error is not None:
        return Phase.CANCELLED if is_cancel_error(run.error) else Phase.FAILED
    if ending.stateless and ending.error is None:
        return _phase_of_stream(run)
    return Phase.CANCELLED if ending.stop_asked and isinstance(ending.error, NotFoundError) else Phase.LOST


def _is_gone_with_its_thread(run: RunState, truth: Truth, ending: Ending) -> bool:
    gone = truth.info is None and truth.head is None and isinstance(truth.problem, NotFoundError)
    return gone and run.error is None and not ending.stateless


def why_it_ended(run: RunState, truth: Truth, ending: Ending, phase: Phase) -> str:
    """Return what the end of a run needs said, raw; empty where its phase says it all."""
    if run.deleted:
        by = "rolled back" if ending.stop_asked else "rolled back or deleted, or lost at a restart of the server"
        return f"{by}; nothing of it is kept"
    if phase is not Phase.LOST:
        return run.dead_end(phase)
    if _is_gone_with_its_thread(run, truth, ending):
        return "its thread is not on the server any more: deleted, or lost at a restart of the server"
    if truth.info is not None and not truth.info.is_known:
        return f"the server calls its status {truth.info.status}, which is not known"
    return str(ending.error) if ending.error is not None else ""


def _was_cancelled(run: RunState, info: RunInfo, truth: Truth, ending: Ending) -> bool:
    if info.status == "interrupted":
        asked = ending.dialect.asking_is_interrupted and not ending.stop_asked
        last = truth.last(run.run_id) if asked else None
        # With nothing left to run it ended, whatever it was told to stop after.
        return last is None or (not last.next and bool(last.tasks))
    if info.status != "error":
        return False
    error = run.error or truth.error
    if error is None:
        return ending.stop_asked
    return is_cancel_error(error) and (ending.stop_asked or ending.dialect.cancel_is_error)


def _phase_of_state(last: Checkpoint) -> Phase:
    if last.pending_interrupts:
        return Phase.INTERRUPT
    return Phase.BREAKPOINT if last.next or last.unnamed else Phase.DONE


def _phase_of_stream(run: RunState) -> Phase:
    """How a run ended that succeeded and whose state is not there or cannot be read: what its stream said last."""
    if run.interrupts:
        return Phase.INTERRUPT
    told = last_told(run)
    return Phase.BREAKPOINT if run.stopped or (told is not None and told.next) else Phase.DONE


def _true_error(run: RunState, truth: Truth, last: Checkpoint | None) -> RunError:
    """The most telling error text: the task's own, else the stream's, else what run or thread say."""
    texts = merge.error_texts(last) if last is not None else []
    streamed = run.error
    if texts and (streamed is None or is_masked(streamed)):
        return parse_error(texts[0])
    if streamed is not None:
        return streamed
    if truth.error is not None:
        return truth.error
    info = truth.info
    if info is not None and info.error:
        return parse_error(info.error)
    if info is not None and info.status == "timeout":
        return RunError("TimeoutError", "The run took longer than the server allows.")
    return _UNNAMED
