"""What the app state says about each node right now. Pure: knows neither pictures nor widgets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.turns import begins_turn
from studio_tui.core.runstate.visits import Visits, moment_of
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.breakpoint import ALL, Breakpoints
from studio_tui.domain.checkpoint import History
from studio_tui.domain.graph import END, START, GraphSpec
from studio_tui.domain.ids import ROOT, CheckpointId, NodeId, TaskId, ancestors, node_path, task_of
from studio_tui.domain.joins import copied_from
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.thread_position import Standing
from studio_tui.jsonkit.value import as_object, as_str
from studio_tui.present.graph.mark import IDLE, NodeMark

_STATUS = {
    TaskStatus.RUNNING: "running",
    TaskStatus.DONE: "done",
    TaskStatus.CACHED: "done",
    TaskStatus.ERROR: "error",
    TaskStatus.INTERRUPTED: "paused",
    TaskStatus.CANCELLED: "cancelled",
    TaskStatus.UNKNOWN: "unknown",
}
_LATEST = 256
"""Tasks at the end of a run in which those of the newest superstep are looked for."""


def _mark(visits: Visits) -> NodeMark:
    return NodeMark(
        _STATUS[visits.status],
        visits.count,
        visits.together,
        visits.together,
        visits.failed,
        visits.newest,
        visits.rough,
        total=visits.seconds,
        total_at_most=visits.at_most,
    )


class Overlay(Struct):
    """Keeps a running tally of the current run, so that an update costs what changed and not what ran.

    What earlier runs did of the same turn, from its input to its end, is counted in once for each head.
    """

    _run: RunState | None = None
    _epoch: tuple[object, ...] = ()
    _done: dict[NodeId, Visits] = field(default_factory=dict)
    _open: dict[TaskId, None] = field(default_factory=dict)
    _taken: int = 0
    _turn_of: tuple[object, ...] = ()
    _turn: dict[NodeId, Visits] = field(default_factory=dict)

    def marks(self, app_state: AppState, spec: GraphSpec) -> dict[NodeId, NodeMark]:
        """Return the mark of every node that is not idle and unmarked."""
        found = {} if _is_other_graph(app_state) else self._progress(app_state)
        for node, (before, after) in _stops(app_state.breakpoints, spec).items():
            found[node] = replace(found.get(node, IDLE), before=before, after=after)
        return found

    def _progress(self, app_state: AppState) -> dict[NodeId, NodeMark]:
        run = app_state.head_run if app_state.cursor is None else None
        turn = self._earlier(app_state, run)
        found = self._with_turn(self._run_marks(run) if run is not None else {}, turn)
        if app_state.cursor is not None:
            _add_next(app_state, found)
        elif run is None or not run.stateless:
            _add_position(app_state, found)
        return found

    def _earlier(self, app_state: AppState, run: RunState | None) -> dict[NodeId, Visits]:
        """What runs other than `run` did of the turn that is shown."""
        if run is not None and (run.stateless or begins_turn(run)):
            return {}
        at = app_state.cursor or _stands_on(app_state, run)
        key = (at, app_state.history.items, app_state.runs, run)
        if len(self._turn_of) == len(key) and all(new is old for new, old in zip(key, self._turn_of, strict=True)):
            return self._turn
        self._turn_of, self._turn = key, _tally(app_state.history, app_state.runs, at, run)
        return self._turn

    @staticmethod
    def _with_turn(found: dict[NodeId, NodeMark], turn: dict[NodeId, Visits]) -> dict[NodeId, NodeMark]:
        for node, item in turn.items():
            mark = found.get(node)
            if mark is None:
                found[node] = _mark(item)
            else:
                known = [part for part in (mark.total, item.seconds) if part is not None]
                total, at_most = sum(known) if known else None, mark.total_at_most or item.at_most
                found[node] = replace(mark, visits=mark.visits + item.count, total=total, total_at_most=at_most)
        if turn:
            found.setdefault(START, NodeMark("done"))
        return found

    def _run_marks(self, run: RunState) -> dict[NodeId, NodeMark]:
        if not self._goes_back(run):
            earlier = run.earlier.tasks if run.earlier is not None else 0
            if run is not self._run or run.epoch != self._epoch or not earlier <= self._taken <= run.task_count:
                self._taken, self._done, self._open = earlier, _visits_earlier(run), {}
            self._run, self._epoch = run, run.epoch
        fresh = run.task_count - self._taken
        self._open.update(dict.fromkeys(reversed([*islice(reversed(run.tasks), fresh)])))
        self._taken = run.task_count
        now: dict[NodeId, Visits] = {}
        for task_id in list(self._open):
            task = run.tasks.get(task_id)
            if task is None or task.status.is_final:
                del self._open[task_id]
            if task is None:
                continue
            node = node_path(task.ns, task.name)
            if task.status.is_final:
                self._done.setdefault(node, Visits()).add(task, moment_of(task, run.tasks.get))
            else:
                _join(now, node, task, moment_of(task, run.tasks.get))
        found = {node: _mark(item) for node, item in self._done.items()}
        for node, item in now.items():
            before = self._done.get(node, Visits())
            together = before.moment == item.moment and item.moment is not None
            begun = [at for at in (item.first, before.first if together else None) if at is not None]
            ended, failed = (before.together, before.failed) if together else (0, 0)
            found[node] = NodeMark(
                _STATUS[item.status],
                before.count + item.count,
                ended + item.count,
                ended,
                failed,
                since=min(begun) if begun and not item.lacks else None,
                total=before.seconds,
                total_at_most=before.at_most,
            )
        self._add_waiting(run, found)
        if run.tasks:
            found.setdefault(START, NodeMark("done"))
        if run.phase is Phase.DONE:
            found.setdefault(END, NodeMark("done"))
        return found

    def _goes_back(self, run: RunState) -> bool:
        """Count in what was put before the tasks of the run; False where this is not all that changed."""
        known = self._run
        if known is None or run is known or run.ledger is not known.ledger or run.epoch != self._epoch:
            return False
        fresh = run.older_count - known.older_count
        if fresh <= 0 or len(run.tasks) != self._taken + fresh:
            return False
        older: dict[NodeId, Visits] = {}
        for task in islice(run.tasks.values(), fresh):
            if not task.status.is_final:
                return False
            older.setdefault(node_path(task.ns, task.name), Visits()).add(task, moment_of(task, run.tasks.get))
        for node, visits in older.items():
            if node in self._done:
                self._done[node].put_before(visits)
            else:
                self._done[node] = visits
        self._run, self._taken = run, len(run.tasks)
        return True

    def _add_waiting(self, run: RunState, found: dict[NodeId, NodeMark]) -> None:
        """Mark the nodes that come next: queued in a live run, paused where a breakpoint holds it."""
        status = "paused" if run.phase.is_paused else "queued" if run.phase.is_live else ""
        mark = next((item for item in reversed(run.checkpoints.values()) if item.ns == ROOT), None)
        if not status or mark is None or mark.step is None:
            return
        latest = islice(reversed(run.tasks.values()), _LATEST)
        started = {task.name for task in latest if task.ns == ROOT and (task.step or 0) > mark.step}
        if run.phase is Phase.BREAKPOINT:
            started.clear()
        for name in mark.next:
            old = found.get(NodeId(name), IDLE)
            if name not in started and old.status not in ("running", "paused"):
                found[NodeId(name)] = NodeMark(status, old.visits, total=old.total, total_at_most=old.total_at_most)


def _visits_earlier(run: RunState) -> dict[NodeId, Visits]:
    """What the tasks that are kept on disk did."""
    earlier = earlier_of(run)
    return {} if earlier is None else {node: replace(item) for node, item in earlier.visits.items()}


def _is_other_graph(app_state: AppState) -> bool:
    """Whether the thread was run with another graph than the one that is drawn: its nodes are not these."""
    run, head, assistant = app_state.head_run, app_state.state, app_state.assistant
    own = (run.graph_id if run is not None else "") or (as_str(head.metadata.get("graph_id")) if head else "")
    return bool(own) and assistant is not None and assistant.graph_id != own


def _stands_on(app_state: AppState, run: RunState | None) -> CheckpointId | None:
    """The checkpoint whose past is shown: what a run under way went on from, else the head."""
    if run is not None and (run.phase.is_live or not run.reconciled):
        wanted = as_str(as_object(run.request.get("checkpoint")).get("checkpoint_id"))
        return CheckpointId(wanted) if wanted else run.base_id
    return app_state.head.checkpoint_id if app_state.head is not None else None


def _tally(
    history: History, runs: Sequence[RunState], at: CheckpointId | None, apart: RunState | None
) -> dict[NodeId, Visits]:
    """Count the tasks that led from the turn's input to a checkpoint, whichever run they belong to but `apart`."""
    path: set[CheckpointId] = set()
    if all(run is apart or run.stateless for run in runs):
        return {}
    while at is not None and at in history.by_id and at not in path:
        path.add(at)
        item = history.by_id[at]
        # A copy stands beside what it copies: what led to the one led to the other, the last superstep included.
        copied = copied_from(item, history.items) if item.source == "fork" else None
        at = copied or (None if item.source == "input" else item.parent_id)
    found: dict[NodeId, Visits] = {}
    for run in runs:
        if run is apart or run.stateless:
            continue
        known = path & run.checkpoints.keys() if run.earlier is None else filter(run.checkpoints.__contains__, path)
        marks = [run.checkpoints[key] for key in known]
        steps = {mark.step for mark in marks if mark.source in ("loop", "")}
        for task in run.tasks.values() if steps else ():
            root = run.tasks.get(task_of(task.ns[0])) if task.ns else task
            if root is not None and root.step in steps:
                found.setdefault(node_path(task.ns, task.name), Visits()).add(task, moment_of(task, run.tasks.get))
    return found


def _add_position(app_state: AppState, found: dict[NodeId, NodeMark]) -> None:
    position = app_state.position
    for node in position.nodes if position.is_paused else ():
        mark = found.get(node, IDLE)
        found[node] = replace(mark, status="paused", here=True, inferred=node in position.hidden and position.inferred)
        for around in ancestors(node):  # which are drawn while they are folded
            found[around] = replace(found.get(around, IDLE), status="paused")
    if position.standing is Standing.DONE and found:
        found.setdefault(END, NodeMark("done"))


def _add_next(app_state: AppState, found: dict[NodeId, NodeMark]) -> None:
    """Mark what comes next at the old checkpoint under the time cursor."""
    shown = app_state.history.by_id.get(app_state.cursor) if app_state.cursor is not None else None
    if shown is None:
        return
    for name in shown.next:
        old = found.get(NodeId(name), IDLE)
        found[NodeId(name)] = replace(old, status="next", comes=True, inferred=name in shown.hidden and shown.inferred)
    if not shown.is_unfinished:
        found[NodeId(END)] = NodeMark("done")


def _join(now: dict[NodeId, Visits], node: NodeId, task: TaskView, moment: object) -> None:
    """Count a task that has not ended, and when it started."""
    item = now.setdefault(node, Visits())
    item.put(task.status, together=item.count > 0)
    item.moment = moment
    if task.started_at is not None:
        item.first = task.started_at if item.first is None else min(item.first, task.started_at)
    elif task.status is TaskStatus.RUNNING:
        item.lacks = True


def _stops(breakpoints: Breakpoints, spec: GraphSpec) -> dict[NodeId, tuple[bool, bool]]:
    """Return the nodes that stop a run before or after them: by our breakpoints, or as compiled."""
    found: dict[NodeId, tuple[bool, bool]] = {}
    before_all, after_all = ALL in breakpoints.before, ALL in breakpoints.after
    for node in spec.nodes:
        real = node.id not in (START, END) and ":" not in node.id  # servers stop in the root graph only
        before = node.compiled_before or node.id in breakpoints.before or (before_all and real)
        after = node.compiled_after or node.id in breakpoints.after or (after_all and real)
        if before or after:
            found[node.id] = (before, after)
    return found
