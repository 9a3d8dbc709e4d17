"""What the runs of a turn did together: from its input over pauses, answers and new tries to what is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.core.runstate.turns import begins_turn
from studio_tui.core.runstate.visits import NO_PART, Part, Visits, moment_of
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import History
from studio_tui.domain.ids import CheckpointId, NodeId, TaskId, node_path, task_of
from studio_tui.domain.joins import led_to
from studio_tui.domain.run import RunState, TaskStatus, TaskView
from studio_tui.present.kit.rows import Held

_WELL = (TaskStatus.DONE, TaskStatus.CACHED)


class Turn(Struct):
    """What runs other than the one that is followed now did of a turn."""

    visits: dict[NodeId, Visits] = field(default_factory=dict)
    parts: dict[TaskId, Part] = field(default_factory=dict)
    """How long tasks ran in runs that left their superstep unfinished: the run that took it up goes on with them."""
    counted: set[TaskId] = field(default_factory=set)
    """Those of such tasks that had ended well, and so are among `visits`: a later run may replay them."""

    def take(self, task: TaskView, moment: object, *, left: bool) -> None:
        """Count a task; `left`: its run left the superstep, so that only what ended well is a visit by now."""
        part = self.parts.get(task.id, NO_PART)
        if not left or task.status in _WELL:
            node, again = node_path(task.ns, task.name), task.id in self.counted
            self.visits.setdefault(node, Visits()).add(task, moment, part, again=again)
        if left:
            self.parts[task.id] = part.and_then(task)
            if task.status in _WELL:
                self.counted.add(task.id)


NO_TURN = Turn()


class TurnBefore(Struct):
    """Finds what was done of the turn before the run that is followed, once for each head."""

    _key: tuple[object, ...] = ()
    _turn: Turn = field(default_factory=lambda: NO_TURN)

    def of(self, app_state: AppState, run: RunState | None) -> Turn:
        """Return what runs other than `run` did of the turn that is shown; the same object while that is the same."""
        if run is not None and (run.stateless or begins_turn(run)):
            return NO_TURN
        key = (_tip(app_state, run), Held(app_state.history.items), Held(app_state.runs), Held(run))
        if key != self._key:
            self._key, turn = key, Turn()
            for one, tasks in _tasks(app_state, run):
                for task, left in tasks:
                    turn.take(task, moment_of(task, one.tasks.get), left=left)
            if turn != self._turn:
                self._turn = turn
        return self._turn


def turn_runs(app_state: AppState) -> list[tuple[RunState, list[TaskView] | None]]:
    """Return the runs of the turn that is shown, each with its tasks that belong to it; None: all of them."""
    run = app_state.head_run if app_state.cursor is None else None
    own: list[tuple[RunState, list[TaskView] | None]] = [(run, None)] if run is not None else []
    if run is not None and (run.stateless or begins_turn(run)):
        return own
    return [*((one, [task for task, _ in tasks]) for one, tasks in _tasks(app_state, run)), *own]


def with_more(seed: Mapping[NodeId, Visits], later: Mapping[NodeId, Visits]) -> dict[NodeId, Visits]:
    """Return copies of visits, those of `later` with what was before."""
    found = {node: replace(item) for node, item in seed.items()}
    for node, item in later.items():
        now = replace(item)
        if node in found:
            now.put_before(found[node])
        found[node] = now
    return found


def _tip(app_state: AppState, run: RunState | None) -> CheckpointId | None:
    """The checkpoint whose past is shown."""
    if app_state.cursor is not None:
        return app_state.cursor
    if run is not None and (run.phase.is_live or not run.reconciled):
        return run.began_at
    return app_state.head.checkpoint_id if app_state.head is not None else None


def _tasks(app_state: AppState, apart: RunState | None) -> Iterator[tuple[RunState, list[tuple[TaskView, bool]]]]:
    """Yield each run but `apart` with its tasks that led to what is shown, and whether their superstep was left by it
    and taken up by another run."""
    runs: Sequence[RunState] = [run for run in app_state.runs if run is not apart and not run.stateless]
    path = _path(app_state.history, _tip(app_state, apart), goes_on=apart is not None) if runs else {}
    for run in runs:
        passed = run.checkpoints
        known = path.keys() & passed.keys() if run.earlier is None else filter(passed.__contains__, path)
        marks = [passed[key] for key in known]
        steps = {mark.step for mark in marks if mark.source in ("loop", "")}
        newest = next((mark for mark in reversed(run.checkpoints.values()) if not mark.ns), None)
        begun = newest.checkpoint_id if newest is not None else run.began_at
        ended = newest.step if newest is not None else None
        goes_on = begun is not None and path.get(begun, False)
        found = []
        for task in run.tasks.values() if steps or goes_on else ():
            root = run.tasks.get(task_of(task.ns[0])) if task.ns else task
            if root is None:
                continue
            left = goes_on and (ended is None or (root.step is not None and root.step > ended))
            if left or root.step in steps:
                found.append((task, left))
        if found:
            yield run, found


def _path(history: History, at: CheckpointId | None, *, goes_on: bool) -> dict[CheckpointId, bool]:
    """Return the checkpoints from the turn's input to `at`, and whether the superstep that began at each is on the way;
    `goes_on`: that after `at` is."""
    path: dict[CheckpointId, bool] = {}
    while at is not None and at in history.by_id and at not in path:
        path[at] = goes_on
        item = history.by_id[at]
        goes_on = item.source in ("loop", "")
        at = None if item.source == "input" else led_to(item, history)
    return path
