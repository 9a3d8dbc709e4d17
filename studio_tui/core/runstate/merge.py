"""Merges what checkpoints say into a run's tasks and messages. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from studio_tui.core.runstate.fold_tasks import claim_guess
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import CheckpointId, Namespace, TaskId
from studio_tui.domain.message.read import flat_message, message_keys, replace_message, settle, written_keys
from studio_tui.domain.run import GIVEN_BACK, CheckpointMark, Note, Phase, RunState, TaskStatus, TaskView, nameless
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_object
from studio_tui.wire.decode_error import MASKED, is_killed


def tasks_of(checkpoint: Checkpoint) -> list[Task]:
    """Return a checkpoint's tasks without the one that takes in the input: nobody sees it run."""
    return [task for task in checkpoint.tasks if task.name != "__start__"]


def adopt_history(run: RunState, own: Sequence[Checkpoint], by_id: Mapping[CheckpointId, Checkpoint]) -> None:
    """Correct the tasks that led to the run's `own` checkpoints (oldest first) and add those that were missed."""
    for checkpoint in own:
        note_checkpoint(run, checkpoint)
        parent = by_id.get(checkpoint.parent_id) if checkpoint.parent_id is not None else None
        if parent is None or checkpoint.source not in ("loop", ""):
            continue
        for task in tasks_of(parent):
            adopt_finished(run, task, parent, checkpoint.created_at)


def adopt_pending(run: RunState, last: Checkpoint) -> None:
    """Correct the tasks of the run's last state: failed, asking, or finished beside such a one."""
    for task in tasks_of(last):
        if task.error or task.interrupts or task.has_result or task.id in run.tasks:
            _adopt(run, task, last)
        if task.subgraph is not None:
            adopt_pending(run, task.subgraph)


def adopt_running(run: RunState, last: Checkpoint) -> None:
    """Add the tasks that the run's newest checkpoint began and that have not ended, as far as nobody told of them."""
    for task in tasks_of(last):
        if not (task.id in run.tasks or task.error or task.interrupts or task.has_result):
            _view(run, task, last)


def place_missed(run: RunState, told: Collection[TaskView]) -> None:
    """Move the tasks that the stream had not `told` before the first one of a later superstep; steps are known now.

    Views are compared, not ids: a task that the stream could only guess has its true id by now.
    """
    seen = {id(view) for view in told}
    missed = [entry for entry in run.timeline if not isinstance(entry, Note) and id(run.tasks[entry]) not in seen]
    if not seen or not missed:
        return
    out = set(missed)
    run.timeline = [entry for entry in run.timeline if isinstance(entry, Note) or entry not in out]
    for task_id in missed:
        view = run.tasks[task_id]
        places = (place for place, entry in enumerate(run.timeline) if _is_later(run, entry, view))
        run.timeline.insert(next(places, len(run.timeline)), task_id)


def _is_later(run: RunState, entry: TaskId | Note, view: TaskView) -> bool:
    other = run.tasks.get(entry) if not isinstance(entry, Note) else None
    if other is None or other.ns != view.ns or other.step is None or view.step is None:
        return False
    return other.step > view.step


def adopt_questions(run: RunState, last: Checkpoint) -> None:
    """Show the tasks that asked a human at the end of a past run, whether or not they were answered since."""
    for task in last.tasks:
        if task.interrupts:
            view = _view(run, task, last)
            view.status, view.interrupts = TaskStatus.INTERRUPTED, task.interrupts


def adopt_values(run: RunState, last: Checkpoint) -> None:
    run.values = LazyJson.of(last.values)
    run.step = last.step if last.step is not None else run.step
    for whole in message_objects(last.values):
        streamed = run.messages.get(as_str(whole.get("id")))
        if streamed is not None:
            replace_message(streamed, whole)
            streamed.in_checkpoint = True


def message_objects(values: Json, having: frozenset[str] = frozenset()) -> Iterator[JsonObject]:
    """Yield the messages of a state as plain fields; with `having` only those with one of these fields."""
    for key in message_keys(values):
        for item in as_list(as_object(values).get(key)):
            if is_object(item) and not (having and having.isdisjoint(item) and item.get("type") != "constructor"):
                yield flat_message(item)


def reach_failed_step(run: RunState) -> None:
    """Let a failed run stand at the superstep that failed: no checkpoint tells of it."""
    failed = (task.step for task in run.tasks.values() if task.status is TaskStatus.ERROR and not task.ns)
    run.step = max((step for step in (run.step, *failed) if step is not None), default=None)


def mark_unsaved(run: RunState, last: Checkpoint | None, phase: Phase) -> None:
    """End all streaming, and mark the text that was lost with its task; needs `close_open_tasks` before."""
    saved = {as_str(item.get("id")) for item in message_objects(last.values)} if last is not None else set()
    for message in run.messages.values():
        settle(message)
        if last is None or not message.chunk_count:
            continue
        task = run.tasks.get(message.task_id) if message.task_id is not None else None
        # A task that finished made of its model's words what the graph wants; only those of others are lost.
        finished = task.status in (TaskStatus.DONE, TaskStatus.CACHED) if task is not None else phase is Phase.DONE
        kept = finished or message.id in saved
        if message.in_checkpoint != kept:
            message.in_checkpoint = kept
            message.rev += 1


def close_open_tasks(run: RunState, phase: Phase, at: float) -> None:
    """Give every task that never reported its end a status that follows from the rest."""
    asking = [task.ns for task in run.tasks.values() if task.status is TaskStatus.INTERRUPTED]
    for task in run.tasks.values():
        if task.status not in (TaskStatus.RUNNING, TaskStatus.UNKNOWN):
            continue
        inner: Namespace = (*task.ns, f"{task.name}:{task.id}")
        if any(ns[: len(inner)] == inner for ns in asking):
            task.status = TaskStatus.INTERRUPTED
        elif phase in (Phase.CANCELLED, Phase.FAILED):
            task.status = TaskStatus.CANCELLED
            if task.ended_at is None:
                task.ended_at, task.between_checkpoints = at, True  # nobody told when: it was not later than this
        else:
            parent = run.tasks.get(task.parent_id) if task.parent_id is not None else None
            finished = parent is not None and parent.status in (TaskStatus.DONE, TaskStatus.CACHED)
            task.status = TaskStatus.DONE if finished else TaskStatus.UNKNOWN
        task.rev += 1


def note_checkpoint(run: RunState, checkpoint: Checkpoint) -> None:
    if checkpoint.checkpoint_id is None or checkpoint.checkpoint_id in run.checkpoints:
        return
    if run.checkpoints.pop(nameless(checkpoint.ns, checkpoint.step), None) is not None:
        run.timeline = list(run.timeline)  # its row is another one now
    run.checkpoints[checkpoint.checkpoint_id] = CheckpointMark(
        checkpoint.checkpoint_id,
        checkpoint.ns,
        checkpoint.step,
        checkpoint.source,
        checkpoint.created_at or 0.0,
        checkpoint.next,
    )


def tell_error(run: RunState) -> None:
    """Let every place that shows the run's error say what it is, where the stream had only a masked text."""
    error = run.error
    if error is None or error.message == MASKED:
        return
    hidden = f"{error.kind}: {MASKED}"
    told = f"{error.kind}: {error.message}"
    for entry in run.timeline:
        if isinstance(entry, Note):
            if entry.kind == "error" and entry.text == hidden:
                entry.text = told
        elif run.tasks[entry].error == hidden:
            run.tasks[entry].error = told
            run.tasks[entry].rev += 1


def error_texts(checkpoint: Checkpoint) -> list[str]:
    """The true error texts of a state's failed tasks, the innermost first, without those that were only killed."""
    found: list[str] = []
    for task in checkpoint.tasks:
        if task.subgraph is not None:
            found.extend(error_texts(task.subgraph))
        if task.error and not is_killed(task.error):
            found.append(task.error)
    return found


def adopt_finished(run: RunState, task: Task, holder: Checkpoint, ended: float | None = None) -> TaskView:
    """Take over a task of `holder` that a later checkpoint, of the unix time `ended`, proves finished."""
    view = _view(run, task, holder)
    if task.error and not is_killed(task.error):
        return _adopt(run, task, holder)
    view.error = ""  # an earlier run of it may have been cut off
    if view.status is not TaskStatus.CACHED:
        view.status = TaskStatus.DONE
    if task.has_result and task.result is None:
        view.result = view.result or GIVEN_BACK
    elif task.has_result:
        view.result = LazyJson.of(task.result)
        view.keys = written_keys(task.result) or view.keys
    view.interrupts = ()
    if view.ended_at is None and ended is not None:
        view.ended_at, view.between_checkpoints = ended, True
    view.rev += 1
    return view


def _adopt(run: RunState, task: Task, holder: Checkpoint) -> TaskView:
    if task.has_result and not task.error:
        return adopt_finished(run, task, holder)
    view = _view(run, task, holder)
    if task.error and not (is_killed(task.error) and task.interrupts):
        view.status = TaskStatus.CANCELLED if is_killed(task.error) else TaskStatus.ERROR
        view.error = task.error
    elif task.interrupts:
        view.status = TaskStatus.INTERRUPTED
        view.interrupts = task.interrupts
    view.rev += 1
    return view


def _view(run: RunState, task: Task, holder: Checkpoint) -> TaskView:
    step = holder.step + 1 if holder.step is not None else None
    view = run.tasks.get(task.id) or (_told(run, task, holder.ns, step) if task.hidden else None)
    view = view or claim_guess(run, holder.ns, task.name, task.id)
    if view is None:
        view = TaskView(task.id, task.name, holder.ns, step)
        run.tasks[view.id] = view
        run.timeline.append(view.id)
    view.step = view.step if view.step is not None else step
    started = max(filter(None, (holder.created_at, run.started_at)), default=None)
    if view.started_at is None and started is not None:
        view.started_at, view.between_checkpoints = started, True
    return view


def _told(run: RunState, task: Task, ns: Namespace, step: int | None) -> TaskView | None:
    """The task that stands, under its true id, for one that the server left out of its state."""
    same = (view for view in run.tasks.values() if view.ns == ns and view.name == task.name and view.step == step)
    return next(same, None)
