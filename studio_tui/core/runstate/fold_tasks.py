"""Folds what a stream tells of tasks: begun, ended, guessed from updates, messages or checkpoints (PROTOCOL §9.3).

Total, and tolerant of order: an end may come before its start, the same fact may come by several modes.
"""

from __future__ import annotations

import sys
from functools import lru_cache

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import Namespace, TaskId, join_namespace, node_path, task_of
from studio_tui.domain.message.read import written_keys, written_messages
from studio_tui.domain.run import Place, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.wire.events import CheckpointSaved, MessageDelta, NodeUpdate, TaskFinished, TaskStarted

_ENDED = (TaskStatus.DONE, TaskStatus.CACHED, TaskStatus.ERROR, TaskStatus.INTERRUPTED)


def task_started(run: RunState, event: TaskStarted) -> None:
    """Add the task, or fill in what a derived or early-ended one lacks."""
    view = run.tasks.get(event.task_id) or _claim_cached(run, event)
    if view is None:
        view = _add(run, event.task_id, event.name, event.ns, event.at)
        view.derived = event.derived
    else:
        if view.status in (TaskStatus.UNKNOWN, TaskStatus.CANCELLED):
            _reopen(run, view)
        if view.started_at is None and (view.ended_at is None or event.at <= view.ended_at):
            view.started_at = event.at
        view.derived = view.derived and event.derived
    view.server_started_at = view.server_started_at if event.server_at is None else event.server_at
    view.triggers = view.triggers or _shared(event.triggers)
    if view.input is None:
        view.input = event.payload or LazyJson.of(event.input)
    _set_step(run, view, event.step)
    view.rev += 1


def task_finished(run: RunState, event: TaskFinished) -> bool:
    """Close the task; return False when nothing new is told."""
    view = run.tasks.get(event.task_id) or claim_guess(run, event.ns, event.name, event.task_id)
    if view is None:
        view = _add(run, event.task_id, event.name, event.ns, None)
        view.derived = event.derived
    elif event.derived and not view.derived:
        return False  # `tasks` will say more
    _set_step(run, view, event.step)
    if event.server_at is not None:
        _take_server_time(view, event)
    if view.status is not TaskStatus.RUNNING and view.status in _ENDED and not (view.derived and not event.derived):
        return False
    view.derived = event.derived
    view.error = event.error or ""
    view.interrupts = event.interrupts
    view.keys = _shared(written_keys(event.result)) or view.keys
    view.result = event.payload or LazyJson.of(event.result)
    status = TaskStatus.ERROR if event.error is not None else TaskStatus.DONE
    status = TaskStatus.INTERRUPTED if event.interrupts and event.error is None else status
    _close(run, view, status, event.at)
    if event.server_at is not None:
        _take_server_time(view, event)
    if status is TaskStatus.DONE:
        _count(run.ledger.unmatched, (event.ns, event.name), 1)
    return True


def node_update(run: RunState, event: NodeUpdate) -> TaskId | None:
    """Close the task that wrote, or make one up when nothing else tells of tasks; return it where it is certain."""
    place = (event.ns, event.node)
    view = _writer(run, event)
    if view is not None and not view.derived and not event.cached:
        _count(run.ledger.unmatched, place, -1)  # its end follows, and says more
        return None
    if view is None:
        if run.ledger.unmatched.get(place, 0) > 0 and not event.cached:
            _count(run.ledger.unmatched, place, -1)
            return None
        view = _add(run, _next_id(run, place), event.node, event.ns, None)
        view.derived = True
        _set_step(run, view, None)
    if view.derived or view.result is None:
        view.keys = _shared(written_keys(event.update))
        view.result = event.payload or LazyJson.of(event.update)
    _close(run, view, TaskStatus.CACHED if event.cached else TaskStatus.DONE, event.at)
    return view.id


def message_task(run: RunState, event: MessageDelta) -> TaskView | None:
    """Return the task that a message comes from, made up from its metadata if need be."""
    if event.task_id is None or not event.node or event.node.startswith("__"):
        return None
    view = run.tasks.get(event.task_id)
    if view is None:
        if event.step is not None:
            finish_derived(run, event.ns, event.at, before=event.step)
        view = _add(run, event.task_id, event.node, event.ns, event.at)
        view.derived = True
    elif view.status is TaskStatus.UNKNOWN or (view.derived and view.status is TaskStatus.DONE and not event.replaces):
        _reopen(run, view)
    if view.step is None:
        _set_step(run, view, event.step)
    return view


def checkpoint_tasks(run: RunState, event: CheckpointSaved) -> None:
    """Take the superstep and the tasks to come; those planned before have run, if nothing told of them."""
    ledger = run.ledger
    before = ledger.steps.get(event.ns)
    if event.source == "loop" and before is not None and event.step == before + 1:
        finish_derived(run, event.ns, event.at, before=event.step + 1)
        for task_id, name in ledger.planned.get(event.ns, {}).items():
            if task_id not in run.tasks and not ledger.guessed.get((event.ns, name)):
                view = _add(run, task_id, name, event.ns, ledger.planned_at.get(event.ns))
                view.derived = True
                _set_step(run, view, event.step)
                _close(run, view, TaskStatus.DONE, event.at)
    if event.step is not None:
        ledger.steps[event.ns] = event.step
        if not event.ns:
            run.step = event.step
    ledger.planned[event.ns] = dict(event.tasks)
    ledger.planned_at[event.ns] = event.at


def finish_derived(run: RunState, ns: Namespace, at: float, *, before: int | None = None) -> bool:
    """Close the derived tasks of a namespace (of supersteps before `before`): the next superstep has begun."""
    found = [
        run.tasks[task_id]
        for place, tasks in run.ledger.open.items()
        if place[0] == ns
        for task_id in tasks
        if run.tasks[task_id].derived
    ]
    due = [view for view in found if before is None or view.step is None or view.step < before]
    for view in due:
        _close(run, view, TaskStatus.DONE, at)
    return bool(due)


def claim_guess(run: RunState, ns: Namespace, name: str, task_id: TaskId) -> TaskView | None:
    """Give the oldest task that was made up for this node its true id, now that it is known; None without one."""
    guessed = run.ledger.guessed.get((ns, name))
    if not guessed:
        return None
    made_up = guessed.pop(0)
    view = run.tasks.pop(made_up)
    view.id = task_id
    run.tasks[task_id] = view
    for index in range(len(run.timeline) - 1, -1, -1):
        if run.timeline[index] == made_up:
            run.timeline[index] = task_id
            break
    return view


def _claim_cached(run: RunState, event: TaskStarted) -> TaskView | None:
    """A replayed sibling whose `updates` came before its start."""
    guessed = run.ledger.guessed.get((event.ns, event.name))
    if not guessed or run.tasks[guessed[0]].status is not TaskStatus.CACHED:
        return None
    return claim_guess(run, event.ns, event.name, event.task_id)


def open_tasks(run: RunState) -> list[TaskView]:
    return [run.tasks[task_id] for tasks in run.ledger.open.values() for task_id in tasks if task_id in run.tasks]


def close_tasks(run: RunState, status: TaskStatus, at: float) -> None:
    """Give every open task the same end; but with UNKNOWN, those that a question stopped are INTERRUPTED."""
    asking = {interrupt.task_id for interrupt in run.interrupts.values()}
    asking |= {task_of(segment) for interrupt in run.interrupts.values() for segment in interrupt.ns}
    for view in open_tasks(run):
        if status is not TaskStatus.UNKNOWN:
            _close(run, view, status, at)
        elif view.id in asking:
            _close(run, view, TaskStatus.INTERRUPTED, at)
        else:
            _close(run, view, status, None)


def fail_tasks(run: RunState, text: str, at: float) -> None:
    """Close the open tasks of a failed run: the one that failed, where that is certain, and those it took along."""
    views = open_tasks(run)
    parents = {view.parent_id for view in views}
    leaves = [view for view in views if view.id not in parents]
    culprits = {view.id for view in run.tasks.values() if view.status is TaskStatus.ERROR}
    if not culprits and not run.failed_earlier and len(leaves) == 1:
        leaves[0].error = leaves[0].error or text
        culprits = {leaves[0].id}
    guilty = culprits | {task_of(segment) for task in culprits for segment in run.tasks[task].ns}
    for view in views:
        if not culprits and not run.failed_earlier:
            _close(run, view, TaskStatus.UNKNOWN, None)
        else:
            _close(run, view, TaskStatus.ERROR if view.id in guilty else TaskStatus.CANCELLED, at)


def remember_interrupts(run: RunState, interrupts: tuple[Interrupt, ...]) -> bool:
    """Add questions by key; of several tellings of one the innermost and fullest stays. Return whether any is new."""
    changed = False
    for interrupt in interrupts:
        known = run.interrupts.get(interrupt.key)
        if known is None or (len(known.ns), known.node != "") < (len(interrupt.ns), interrupt.node != ""):
            run.interrupts[interrupt.key] = interrupt
            changed = True
    return changed


def _writer(run: RunState, event: NodeUpdate) -> TaskView | None:
    """The open task that an update belongs to: the one that streamed its messages, else the oldest."""
    tasks = run.ledger.open.get((event.ns, event.node))
    if not tasks:
        return None
    if len(tasks) > 1:
        for message in written_messages(event.update):
            streamed = run.messages.get(str(message.get("id")))
            if streamed is not None and streamed.task_id in tasks:
                return run.tasks[streamed.task_id]
    return run.tasks[next(iter(tasks))]


def _next_id(run: RunState, place: Place) -> TaskId:
    """The id that a checkpoint announced for this node, else a made-up one."""
    ns, node = place
    for task_id, name in run.ledger.planned.get(ns, {}).items():
        if name == node and task_id not in run.tasks:
            return task_id
    guessed = TaskId(f"~{join_namespace(ns)}/{node}#{run.task_count}")
    run.ledger.guessed.setdefault(place, []).append(guessed)
    return guessed


def _add(run: RunState, task_id: TaskId, name: str, ns: Namespace, started_at: float | None) -> TaskView:
    _add_parent(run, ns, started_at)
    view = TaskView(task_id, sys.intern(name), ns, started_at=started_at)
    run.tasks[task_id] = view
    run.timeline.append(task_id)
    run.ledger.open.setdefault((ns, name), {})[task_id] = None
    source = run.ledger.last_node.get(ns)
    if source is None and (ns or (run.request.get("command") is None and run.request.get("input", True) is not None)):
        source = "__start__"
    if source is not None:
        run.last_edge = (node_path(ns, source), node_path(ns, name))
    return view


def _add_parent(run: RunState, ns: Namespace, started_at: float | None) -> None:
    """Make up the task that runs a subgraph, when its inside is told and it is not."""
    if not ns:
        return
    name, _, task_id = ns[-1].partition(":")
    if task_id and TaskId(task_id) not in run.tasks:
        parent = _add(run, TaskId(task_id), name, ns[:-1], started_at)
        parent.derived = True
        _set_step(run, parent, None)


def _reopen(run: RunState, view: TaskView) -> None:
    view.status, view.ended_at = TaskStatus.RUNNING, None
    run.ledger.open.setdefault((view.ns, view.name), {})[view.id] = None


def _close(run: RunState, view: TaskView, status: TaskStatus, at: float | None) -> None:
    place = (view.ns, view.name)
    tasks = run.ledger.open.get(place)
    if tasks is not None:
        tasks.pop(view.id, None)
        if not tasks:
            del run.ledger.open[place]
    view.status = status
    if view.ended_at is None or status is not TaskStatus.UNKNOWN:
        view.ended_at = at
    if status is TaskStatus.DONE:
        run.ledger.last_node[view.ns] = view.name
    view.rev += 1


def _set_step(run: RunState, view: TaskView, step: int | None) -> None:
    if step is None and view.step is None:
        known = run.ledger.steps.get(view.ns)
        step = None if known is None else known + 1
    if step is not None:
        view.step = step
        if not view.ns and (run.step is None or step > run.step):
            run.step = step


def _take_server_time(view: TaskView, event: TaskFinished) -> None:
    """The server's own duration is exact; its clock is not ours, so only the difference counts."""
    if event.server_at is not None and view.server_started_at is not None and view.started_at is not None:
        view.ended_at = view.started_at + max(0.0, event.server_at - view.server_started_at)


@lru_cache(maxsize=1024)
def _shared(words: tuple[str, ...]) -> tuple[str, ...]:
    """The same words as one object: thousands of tasks are triggered by, and write, the same few things."""
    return words


def _count(counts: dict[Place, int], place: Place, change: int) -> None:
    total = counts.get(place, 0) + change
    if total:
        counts[place] = total
    else:
        counts.pop(place, None)
