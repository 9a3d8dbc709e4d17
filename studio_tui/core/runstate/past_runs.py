"""Rebuilds the runs of a thread from its checkpoints, so that an old thread shows its timeline. Pure: no I/O.

A task of checkpoint N ran in the superstep that ended with N's child; the child's `run_id` says which run that was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from studio_tui.core.runstate import merge
from studio_tui.core.runstate.settle import Ending, Truth, final_phase
from studio_tui.domain.checkpoint import Checkpoint, History, Task
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId
from studio_tui.domain.message.message import Message, total_usage
from studio_tui.domain.message.read import USAGE_FIELDS, usage_in, written_messages
from studio_tui.domain.position import paused_nodes
from studio_tui.domain.run import Note, Phase, RunError, RunState, TaskStatus, TaskView
from studio_tui.domain.thread import RunInfo
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import as_str
from studio_tui.wire.decode_error import parse_error


def is_partial(run: RunState, history: History) -> bool:
    first = next(iter(run.checkpoints), None)
    checkpoint = history.by_id.get(first) if first is not None else None
    return checkpoint is not None and checkpoint.parent_id is not None and checkpoint.parent_id not in history.by_id


def base_of(info: RunInfo, items: Iterable[Checkpoint]) -> Checkpoint | None:
    """The one of `items`, newest first, that a run which wrote none went on from; None while it may still write."""
    at = info.updated_at or info.created_at
    if info.is_live or at is None:
        return None
    return next((item for item in items if item.created_at is not None and item.created_at <= at), None)


def heirs_of(
    infos: Sequence[RunInfo], traceless: Mapping[RunId, Checkpoint | None], head: Checkpoint | None, dialect: Dialect
) -> list[RunInfo]:
    """The newest runs, oldest first, that went on from the head and wrote no checkpoint; none if others ran since.

    Questions and failures at the head are the last one's, not its maker's. A run with an input writes a checkpoint as
    soon as it begins, and one that was cancelled may never have begun.
    """
    if head is None or head.run_id is None:
        return []

    def went_on(info: RunInfo) -> bool:
        ended = info.status in ("success", "error", "timeout")
        asked = info.status == "interrupted" and dialect.asking_is_interrupted
        return (ended or asked) and info.kwargs.get("input") is None and traceless.get(info.run_id) is head

    ordered = sorted(infos, key=lambda info: info.created_at or 0.0)
    found = [info for info in ordered if went_on(info)]
    return found if found and found[-1] is ordered[-1] else []


def rebuilt(
    own: list[Checkpoint], info: RunInfo | None, history: History, dialect: Dialect, heirs: Sequence[RunInfo]
) -> RunState:
    first, last = own[0], own[-1]
    run = bare(info) if info is not None else RunState(run_id=first.run_id)
    run.thread_id, run.from_history = first.thread_id, True
    run.graph_id = as_str(first.metadata.get("graph_id"))
    run.assistant_id = run.assistant_id or as_str(first.metadata.get("assistant_id"))
    run.started_at = run.started_at or first.created_at
    run.ended_at = last.created_at
    merge.adopt_history(run, own, history.by_id)
    is_head = history.head is last and not heirs
    if history.head is last and heirs and heirs[0].kwargs and not heirs[0].kwargs.get("command"):
        # Its tasks had not begun, and nothing was asked yet that could be answered.
        last = replace(last, tasks=tuple(Task(task.id, task.name, path=task.path) for task in last.tasks))
    status = "success" if info is None else info.status
    if is_head or status in ("error", "interrupted", "timeout"):
        merge.adopt_pending(run, last)
        _cut_short(run, last, status)
    run.values = LazyJson.of(last.values)
    run.step = last.step
    _count_tokens(run, own, history.by_id)
    _end(run, info, last, dialect, is_head=is_head)
    return run


def bare(info: RunInfo) -> RunState:
    return RunState(
        run_id=info.run_id,
        thread_id=info.thread_id,
        assistant_id=info.assistant_id,
        request=info.kwargs,
        started_at=info.created_at,
        from_history=True,
    )


def without_checkpoints(info: RunInfo, dialect: Dialect, base: Checkpoint | None, *, at_head: bool) -> RunState:
    """A run that wrote no checkpoint; where something was next at `base`, what it succeeded to do is to pause there."""
    run = bare(info)
    run.ended_at = None if info.is_live else info.updated_at
    if base is not None and at_head and base.is_unfinished:
        merge.adopt_pending(run, base)
        _cut_short(run, base, info.status)
        run.values, run.step = LazyJson.of(base.values), base.step
        _end(run, info, base, dialect, is_head=True)
        return run
    run.error = parse_error(info.error) if info.error else None
    if info.is_live:
        run.phase = Phase.QUEUED if info.status == "pending" else Phase.RUNNING
    else:
        run.phase = final_phase(run, Truth(info), Ending(info.updated_at or 0.0, dialect))
    if run.phase is Phase.DONE and base is not None and base.is_unfinished:
        asked = any(task.interrupts for task in base.tasks)
        run.phase = Phase.INTERRUPT if asked else Phase.BREAKPOINT
    return run


def _cut_short(run: RunState, last: Checkpoint, status: str) -> None:
    if status not in ("interrupted", "error", "timeout"):
        return
    for task in merge.tasks_of(last):
        if task.id not in run.tasks:
            merge.adopt_finished(run, task, last).status = TaskStatus.CANCELLED


def _end(run: RunState, info: RunInfo | None, last: Checkpoint, dialect: Dialect, *, is_head: bool) -> None:
    """Decide the phase; only the newest state's questions are pending."""
    if info is not None and info.is_live:
        run.phase, run.ended_at = Phase.RUNNING, None
        return
    known = info or RunInfo(run.run_id or RunId(""), last.thread_id, AssistantId(""), status="success")
    texts = [*merge.error_texts(last), known.error] if known.status in ("error", "timeout") else [""]
    run.error = parse_error(texts[0]) if texts[0] else None
    run.phase = final_phase(run, Truth(known, head=last), Ending(last.created_at or 0.0, dialect))
    if run.phase is Phase.BREAKPOINT and not is_head and any(task.interrupts for task in last.tasks):
        run.phase = Phase.INTERRUPT
        merge.adopt_questions(run, last)
    if run.phase is Phase.FAILED and run.error is None:
        perhaps = "; it may have been cancelled" if dialect.error_may_be_cancel else ""
        run.error = RunError("Error", f"The server gave no reason{perhaps}.")
    elif run.phase is Phase.CANCELLED:
        run.error = None
    if run.phase is Phase.FAILED:
        merge.reach_failed_step(run)
    if run.phase is Phase.INTERRUPT and is_head:
        run.interrupts = {item.key: item for item in last.pending_interrupts}
    if run.phase in (Phase.FAILED, Phase.CANCELLED) and info is not None:
        run.ended_at = info.updated_at or run.ended_at
    merge.close_open_tasks(run, run.phase, run.ended_at or 0.0)
    if is_head and run.phase.is_paused:
        run.timeline.append(Note("paused", f"{run.phase.value}: {', '.join(paused_nodes(last))}", run.ended_at or 0.0))
    run.reconciled = True


def _count_tokens(run: RunState, own: list[Checkpoint], by_id: dict[CheckpointId, Checkpoint]) -> None:
    """Count the tokens of the messages that the run brought. They are not read here: a state may hold 100 000."""
    parent = by_id.get(own[0].parent_id) if own[0].parent_id is not None else None
    if parent is not None:
        run.ledger.inherited = {as_str(item.get("id")) for item in merge.message_objects(parent.values)}
    before = run.ledger.inherited
    told = merge.message_objects(own[-1].values, having=USAGE_FIELDS)
    run.usage = total_usage(filter(None, (usage_in(item) for item in told if as_str(item.get("id")) not in before)))


def written_by(run: RunState) -> dict[str, Message]:
    """Return, by message, who wrote those that tasks of a past run wrote; what they say stands in the state."""
    found: dict[str, Message] = {}
    for message_id, task in writers_of(run).items():
        if message_id and message_id not in run.ledger.inherited:
            found[message_id] = Message(message_id, "", node=task.name, ns=task.ns, task_id=task.id)
    return found


def writers_of(run: RunState) -> dict[str, TaskView]:
    """Return the tasks that wrote messages, by the ids of those."""
    return {
        as_str(item.get("id")): task
        for task in run.tasks.values()
        if task.result is not None
        for item in written_messages(task.result.value())
    }
