"""What one node did last on the open thread, up to the moment that is shown, and how sure it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Literal

from msgspec import Struct

from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.visits import moment_of
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint, History, Task
from studio_tui.domain.ids import CheckpointId, NodeId, TaskId, node_path, task_of
from studio_tui.domain.joins import led_to
from studio_tui.domain.run import GIVEN_BACK, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, as_object
from studio_tui.present.kit.rows import Held

_LONGEST_WAY = 10_000
"""Checkpoints that are gone back at most."""
_SENT = "__pregel_push"
"""What the path of a task begins with that was made by a Send."""
Truth = Literal["whole", "inferred", "unknown", "unread"]
"""Told as it was; follows from the state around it; nobody tells; the server has it and it is not read yet."""


class Known(Struct, frozen=True):
    """An input or an output, as far as it is known."""

    truth: Truth
    said: str = ""
    """Where it is from, or why it is not known."""
    value: LazyJson | None = None
    wanted: CheckpointId | None = None
    """The checkpoint that has it, where that is not read yet."""


class Visit(Struct, frozen=True):
    """One task of the node, with what is known around it."""

    task: TaskView
    run: RunState
    number: int
    """Of its run among those of the thread, from 1."""
    together: tuple[TaskView, ...]
    """All tasks of the node in that superstep."""
    holder: Checkpoint | None
    """The checkpoint that the superstep began from, where it is known."""
    told: Task | None
    """The task as that checkpoint tells it."""
    elsewhere: bool = False
    """It did not lead to what is shown: it ran on another branch."""


class NodeVisits:
    """Finds the last visit; goes through a run's tasks once, and then only through those that are new."""

    def __init__(self, node: NodeId) -> None:
        self._node = node
        self._last: list[tuple[RunState, tuple[object, ...], int, list[TaskView]]] = []
        """Of each run looked at: what it was like, how many tasks it had, and those of the node's newest superstep."""
        self._placed: tuple[object, ...] = ()
        self._place: tuple[Checkpoint | None, Task | None, bool] = (None, None, False)

    def last(self, app_state: AppState, graph_id: str = "") -> Visit | None:
        """Return the last visit up to the moment that is shown; runs of other graphs than `graph_id` do not count."""
        runs = [run for run in app_state.runs if not graph_id or run.graph_id in ("", graph_id)]
        self._last = [known for known in self._last if any(known[0] is run for run in runs)]
        if app_state.cursor is not None:
            return self._past(app_state, runs)
        for run in reversed(runs):
            together = self._of(run)
            if together:
                return self._visit(app_state, run, together)
        return None

    def _of(self, run: RunState) -> list[TaskView]:
        """Return the tasks of the node's newest superstep in a run, as far as they are in memory."""
        like = (run.epoch, run.older_count, run.earlier is None)
        place = next((place for place, known in enumerate(self._last) if known[0] is run), None)
        _, before, count, found = self._last[place] if place is not None else (run, (), 0, [])
        fresh = run.task_count - count
        goes_on = before == like and (not found or run.tasks.get(found[-1].id) is found[-1])
        if not goes_on or not 0 <= fresh <= len(run.tasks):
            found = self._newest(reversed(run.tasks.values()), run)
        elif fresh:
            newer = self._newest(islice(reversed(run.tasks.values()), fresh), run)
            found = [*found, *newer] if newer and found and _is_same_step(newer[0], found[0], run) else newer or found
        if place is None:
            self._last.append((run, like, run.task_count, found))
        else:
            self._last[place] = (run, like, run.task_count, found)
        return found

    def _newest(self, tasks: Iterable[TaskView], run: RunState) -> list[TaskView]:
        found: list[TaskView] = []
        for task in tasks:
            if task.name != self._node.rpartition(":")[2] or node_path(task.ns, task.name) != self._node:
                continue
            if found and not _is_same_step(task, found[0], run):
                break
            found.append(task)
        return found[::-1]

    def _past(self, app_state: AppState, runs: Sequence[RunState]) -> Visit | None:
        """Return the last one on the way to the checkpoint under the time cursor."""
        history, by_id = app_state.history, {run.run_id: run for run in runs}
        child = history.by_id.get(app_state.cursor) if app_state.cursor is not None else None
        for _ in range(_LONGEST_WAY):
            if child is None:
                return None
            parent = history.by_id.get(child.parent_id) if child.parent_id is not None else None
            run = by_id.get(child.run_id)
            if parent is not None and run is not None and child.source in ("loop", ""):
                together = self._in_step(run, parent)
                if together:
                    task = _shown(together)
                    told = next((item for item in parent.tasks if item.id == _root_of(task)), None)
                    return Visit(task, run, _number(app_state, run), tuple(together), parent, told)
            before = led_to(child, history)
            child = history.by_id.get(before) if before is not None else None
        return None

    def _in_step(self, run: RunState, parent: Checkpoint) -> list[TaskView]:
        """Return the node's tasks in the superstep that began from a checkpoint."""
        ids = {task.id for task in parent.tasks}
        if ":" not in self._node:
            views = (run.tasks.get(task.id) for task in parent.tasks if task.name == self._node)
            return [view for view in views if view is not None]
        inner = (task for task in run.tasks.values() if task.ns and _root_of(task) in ids)
        return self._newest(reversed([*inner]), run)

    def _visit(self, app_state: AppState, run: RunState, together: list[TaskView]) -> Visit:
        task, history = _shown(together), app_state.history
        key = (task.id, Held(history.items), Held(run))
        if key != self._placed:
            holder, told = _holder_of(history, _root_of(task))
            elsewhere = holder is not None and run is not app_state.head_run and history.leads_to_head(holder) is False
            self._placed, self._place = key, (holder, told, elsewhere)
        return Visit(task, run, _number(app_state, run), tuple(together), *self._place)


def _is_same_step(one: TaskView, other: TaskView, run: RunState) -> bool:
    """Whether two tasks of a node ran in one superstep, inside of subgraphs with those of the nodes around it."""
    find = run.tasks.get
    return one.step == other.step and (one.ns == other.ns or moment_of(one, find) == moment_of(other, find))


def _shown(together: Sequence[TaskView]) -> TaskView:
    """Return the one of several that matters most: one that failed, that asks, that runs, else the last."""
    order = (TaskStatus.ERROR, TaskStatus.INTERRUPTED, TaskStatus.RUNNING)
    found = (task for status in order for task in reversed(together) if task.status is status)
    return next(found, together[-1])


def _root_of(task: TaskView) -> TaskId:
    return task_of(task.ns[0]) if task.ns else task.id


def _number(app_state: AppState, run: RunState) -> int:
    return next((number for number, one in enumerate(app_state.runs, 1) if one is run), 0)


def _holder_of(history: History, task_id: TaskId) -> tuple[Checkpoint | None, Task | None]:
    for item in history.items[:_LONGEST_WAY]:
        for task in item.tasks:
            if task.id == task_id:
                return item, task
    return None, None


def input_of(visit: Visit, read: Mapping[CheckpointId, Checkpoint]) -> Known:
    """Return what the node was given; `read` are checkpoints that were read for it, with their values."""
    task, holder = visit.task, visit.holder
    if task.input is not None and task.input is not GIVEN_BACK:
        return Known("whole", "", task.input)
    if task.ns:
        return Known("unknown", "no checkpoint of the thread tells what was given inside a subgraph")
    if holder is None or holder.checkpoint_id is None:
        return Known("unknown", "it was not streamed here, and its checkpoint is not known")
    if visit.told is not None and visit.told.path[:1] == (_SENT,):
        return Known("unknown", "it was sent (Send), which the checkpoint does not tell")
    whole = read.get(holder.checkpoint_id, holder)
    if whole.values is None and holder.checkpoint_id not in read:
        return Known("unread", wanted=holder.checkpoint_id)
    step = f" of step {holder.step}" if holder.step is not None else ""
    return Known("inferred", f"the state{step}, of which it may have been given a part", LazyJson.of(whole.values))


def output_of(visit: Visit, read: Mapping[CheckpointId, Checkpoint], history: History) -> Known:
    """Return what the node wrote, by channel."""
    task, holder = visit.task, visit.holder
    if task.result is not None and task.result is not GIVEN_BACK:
        return Known("whole", "as the updates told it" if task.derived else "", task.result)
    if task.status in (TaskStatus.RUNNING, TaskStatus.UNKNOWN):
        return Known("unknown", "it has not ended" if task.status is TaskStatus.RUNNING else "nobody told how it ended")
    if holder is not None and holder.checkpoint_id is not None and not task.ns:
        whole = read.get(holder.checkpoint_id, holder)
        told = next((item for item in whole.tasks if item.id == task.id), None)
        if told is not None and told.result is not None:
            return Known("whole", "", LazyJson.of(told.result))
        if (written := _written(history, holder, task)) is not None:
            return Known("whole", "", LazyJson.of(written))
        if task.result is GIVEN_BACK and holder.checkpoint_id not in read:
            return Known("unread", wanted=holder.checkpoint_id)
    if task.status is TaskStatus.ERROR:
        return Known("unknown", "it failed before it wrote anything")
    if task.status is TaskStatus.INTERRUPTED:
        return Known("unknown", "it waits")
    return Known("unknown", "no stream and no checkpoint tells it")


def _written(history: History, holder: Checkpoint, task: TaskView) -> Json:
    """Return what old servers tell of a task: its writes, in the metadata of the checkpoint after it."""
    for item in history.items:
        if item.parent_id == holder.checkpoint_id and item.source in ("loop", ""):
            writes = as_object(item.metadata.get("writes"))
            if task.name in writes:
                return writes[task.name]
    return None


def has_earlier(app_state: AppState, node: NodeId) -> bool:
    """Whether it ran so long ago in the newest run that only the disk has it."""
    earlier = earlier_of(app_state.run) if app_state.run is not None else None
    return earlier is not None and node in earlier.visits
