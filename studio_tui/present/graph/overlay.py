"""What the app state says about each node right now. Pure: knows neither pictures nor widgets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.visits import NO_PART, Part, Visits, moment_of
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.breakpoint import Breakpoints
from studio_tui.domain.graph import END, START, GraphSpec
from studio_tui.domain.ids import ROOT, NodeId, TaskId, ancestors, node_path
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.thread_position import Standing, waits_after
from studio_tui.graphs.topology.scene import clusters_of
from studio_tui.jsonkit.value import as_str
from studio_tui.present.graph.mark import IDLE, NodeMark
from studio_tui.present.graph.read_in_part import ReadInPart
from studio_tui.present.graph.turn import NO_TURN, Turn, TurnBefore, with_more

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
        total_at_least=visits.untold,
    )


def _marks(visits: Mapping[NodeId, Visits]) -> dict[NodeId, NodeMark]:
    return {node: _mark(item) for node, item in visits.items()}


class _Now(Struct):
    """Tasks of a node that have not ended."""

    visits: Visits = field(default_factory=Visits)
    again: int = 0
    """Those that had ended in a run before."""
    since: float | None = None
    """When the one that ran longest started, without what it waited between runs."""

    def join(self, task: TaskView, moment: object, part: Part, *, again: bool) -> None:
        visits = self.visits
        visits.put(task.status, together=visits.count > 0)
        visits.moment, self.again = moment, self.again + again
        if task.started_at is not None:
            began = task.started_at - part.seconds
            self.since = began if self.since is None else min(self.since, began)
        visits.lacks = visits.lacks or part.lacks or (task.started_at is None and task.status is TaskStatus.RUNNING)

    def mark(self, before: Visits) -> NodeMark:
        """Return the node's mark; `before`: what it did that has ended."""
        visits, together = self.visits, before.moment == self.visits.moment and before.moment is not None
        ended, failed = (before.together - self.again, before.failed) if together else (0, 0)
        return NodeMark(
            _STATUS[visits.status],
            before.count + visits.count - self.again,
            ended + visits.count,
            ended,
            failed,
            seconds=before.longest if together and visits.status is TaskStatus.RUNNING else None,
            since=None if visits.lacks else self.since,
            total=before.seconds,
            total_at_most=before.at_most,
            total_at_least=before.untold,
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
    _before: TurnBefore = field(default_factory=TurnBefore)
    _turn: Turn = field(default_factory=lambda: NO_TURN)
    in_part: bool = False
    """The turn is not read back to its input: what has no mark may have run as well."""
    _reading: ReadInPart = field(default_factory=ReadInPart)

    def marks(self, app_state: AppState, spec: GraphSpec) -> dict[NodeId, NodeMark]:
        """Return the mark of every node that is not idle and unmarked."""
        found = {} if _is_other_graph(app_state) else self._progress(app_state)
        run = app_state.head_run if app_state.cursor is None else None
        self.in_part = bool(found) and self._reading.of(app_state, run)
        if self.in_part:
            found = {node: replace(mark, in_part=True) for node, mark in found.items()}
        for node, (before, after) in _stops(app_state.breakpoints, spec).items():
            found[node] = replace(found.get(node, IDLE), before=before, after=after)
        return found

    def _progress(self, app_state: AppState) -> dict[NodeId, NodeMark]:
        run = app_state.head_run if app_state.cursor is None else None
        turn = self._before.of(app_state, run)
        found = self._run_marks(run, turn) if run is not None else _marks(turn.visits)
        if turn.visits:
            found.setdefault(START, NodeMark("done"))
        if app_state.cursor is not None:
            _add_next(app_state, found)
        elif run is None or not run.stateless:
            _add_position(app_state, found)
        return found

    def _run_marks(self, run: RunState, turn: Turn) -> dict[NodeId, NodeMark]:
        if turn is not self._turn or not self._goes_back(run):
            earlier = run.earlier.tasks if run.earlier is not None else 0
            is_same = run is self._run and turn is self._turn and run.epoch == self._epoch
            if not is_same or not earlier <= self._taken <= run.task_count:
                self._taken, self._open = earlier, {}
                self._done = with_more(turn.visits, _visits_earlier(run))
            self._run, self._epoch, self._turn = run, run.epoch, turn
        fresh = run.task_count - self._taken
        self._open.update(dict.fromkeys(reversed([*islice(reversed(run.tasks), fresh)])))
        self._taken = run.task_count
        now: dict[NodeId, _Now] = {}
        for task_id in list(self._open):
            task = run.tasks.get(task_id)
            if task is None or task.status.is_final:
                del self._open[task_id]
            if task is None:
                continue
            node, part, again = node_path(task.ns, task.name), turn.parts.get(task_id, NO_PART), task_id in turn.counted
            moment = moment_of(task, run.tasks.get)
            if task.status.is_final:
                self._done.setdefault(node, Visits()).add(task, moment, part, again=again)
            else:
                now.setdefault(node, _Now()).join(task, moment, part, again=again)
        found = _marks(self._done)
        for node, item in now.items():
            found[node] = item.mark(self._done.get(node, Visits()))
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
                found[NodeId(name)] = NodeMark(
                    status,
                    old.visits,
                    total=old.total,
                    total_at_most=old.total_at_most,
                    total_at_least=old.total_at_least,
                )


def _visits_earlier(run: RunState) -> dict[NodeId, Visits]:
    """What the tasks that are kept on disk did."""
    earlier = earlier_of(run)
    return {} if earlier is None else {node: replace(item) for node, item in earlier.visits.items()}


def _is_other_graph(app_state: AppState) -> bool:
    """Whether the thread was run with another graph than the one that is drawn: its nodes are not these."""
    run, head, assistant = app_state.head_run, app_state.state, app_state.assistant
    own = (run.graph_id if run is not None else "") or (as_str(head.metadata.get("graph_id")) if head else "")
    return bool(own) and assistant is not None and assistant.graph_id != own


def _add_position(app_state: AppState, found: dict[NodeId, NodeMark]) -> None:
    position = app_state.position
    run = app_state.head_run
    stopped = run is not None and waits_after(run, position)
    asking = {node_path(item.ns, item.node) for item in position.questions if item.node}
    for node in position.nodes if position.is_paused else ():
        mark, inferred = found.get(node, IDLE), node in position.hidden and position.inferred
        asks = node in asking if asking else position.standing is Standing.ASKING  # old servers do not say who asks
        status = "cancelled" if stopped and not asks else "paused"
        found[node] = replace(mark, status=status, here=True, inferred=inferred, asks=asks)
        for around in ancestors(node):  # which are drawn while they are folded
            outer = found.get(around, IDLE)
            found[around] = replace(outer, status=status, here=False, asks=asks or outer.asks)
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


def _stops(breakpoints: Breakpoints, spec: GraphSpec) -> dict[NodeId, tuple[bool, bool]]:
    """Return the nodes that stop a run before or after them: by our breakpoints, or as compiled."""
    found: dict[NodeId, tuple[bool, bool]] = {}
    for node in spec.nodes:
        before, after = breakpoints.at(node.id)
        if before or after or node.compiled_before or node.compiled_after:
            found[node.id] = (before or node.compiled_before, after or node.compiled_after)
    for around in clusters_of(spec):  # they are boxes while they are folded
        if any(stops := breakpoints.at(around)):
            found.setdefault(around, stops)
    return found
