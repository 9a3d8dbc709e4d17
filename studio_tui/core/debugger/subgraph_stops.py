"""Stops inside subgraphs. Servers know breakpoints of the root graph only, so the run is cancelled as soon as the
stream tells that the task has begun; what the server then says of the thread is the position, not what was meant."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.breakpoint import When
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import ROOT, Namespace, NodeId, TaskId, node_path
from studio_tui.domain.position import Pending, paused_nodes, pending_tasks
from studio_tui.domain.run import Phase, RunState, TaskStatus

if TYPE_CHECKING:
    from studio_tui.wire.events import Event, TaskStarted

_KEY = "halt"
_UNRELIABLE = (
    "Servers stop only at nodes of the root graph by themselves; inside subgraphs quick nodes can slip through."
)


class StopHit(Struct, frozen=True):
    """The event that a stop waited for."""

    node: NodeId
    task_id: TaskId
    ns: Namespace
    when: When
    at: float
    """Unix seconds."""


@dataclasses.dataclass(frozen=True, slots=True)
class SubgraphStop:
    """What in a run's stream makes the studio stop it."""

    before: frozenset[NodeId] = frozenset()
    """Nodes of subgraphs to stop at when they begin."""
    after: frozenset[NodeId] = frozenset()
    """Nodes of subgraphs to stop at when they have finished."""
    frame: Namespace = ROOT
    """Stop at the next task of this namespace, or of one around it but the root (where the server stops)."""
    inside: bool = False
    """Stop at the first task of any subgraph."""
    goal: NodeId | None = None
    """The node that the user wants to get to."""
    seen: frozenset[TaskId] = frozenset()
    """Tasks that the thread was paused at: they begin again, and that is no reason to stop again."""
    waiting: frozenset[tuple[Namespace, NodeId]] = frozenset()
    """The same for nodes behind a join, whose tasks no server tells: their first task is the one."""
    _begun: dict[tuple[Namespace, NodeId], TaskId] = dataclasses.field(default_factory=dict, init=False, compare=False)

    @property
    def looks_inside(self) -> bool:
        """Whether it needs the stream to tell of tasks."""
        return bool(self.before or self.after or self.frame or self.inside)

    def hit(self, event: Event) -> StopHit | None:
        """Return what `event` is the sign of, or None."""
        from studio_tui.wire.events import TaskFinished, TaskStarted

        if isinstance(event, TaskStarted):
            return self._started(event)
        if isinstance(event, TaskFinished) and event.error is None and not event.interrupts:
            node = node_path(event.ns, event.name)
            if node in self.after:
                return StopHit(node, event.task_id, event.ns, "after", event.at)
        return None

    def _started(self, event: TaskStarted) -> StopHit | None:
        if event.task_id in self.seen or not event.ns:
            return None
        node = node_path(event.ns, event.name)
        place = (event.ns, node)
        if place in self.waiting and self._begun.setdefault(place, event.task_id) == event.task_id:
            return None
        in_frame = self.frame[: len(event.ns)] == event.ns
        if self.inside or in_frame or node in self.before:
            return StopHit(node, event.task_id, event.ns, "before", event.at)
        return None


def show_cut(run: RunState, head: Checkpoint) -> None:
    """Show the tasks that a paused thread goes on with as paused: a cancel that cut them off is no failure."""
    for pending in pending_tasks(head):
        for view in run.tasks.values():
            cut = pending.is_task(view.id, view.ns, view.name) and view.status is not TaskStatus.DONE
            if cut and not pending.failed:
                view.status, view.error = TaskStatus.INTERRUPTED, ""
                view.rev += 1
                run.rev += 1


def report(
    app_state: AppState, run: RunState, watch: SubgraphStop, hit: StopHit | None, head: Checkpoint | None
) -> None:
    """Tell where the run stopped, wherever that is not simply where it was meant to."""
    nodes = paused_nodes(head) if head is not None else ()
    if hit is not None:
        _report_hit(app_state, run, hit, head, nodes)
    elif watch.goal is not None and run.phase is Phase.DONE:
        app_state.tell(f"The run ended without reaching {watch.goal}", severity="warning", key=_KEY)
    elif watch.goal is not None and run.phase is Phase.BREAKPOINT and watch.goal not in nodes:
        app_state.tell(f"Paused at {_list(nodes)}, on the way to {watch.goal}", key=_KEY)


def _report_hit(
    app_state: AppState, run: RunState, hit: StopHit, head: Checkpoint | None, nodes: tuple[NodeId, ...]
) -> None:
    say, warn = partial(app_state.tell, key=_KEY), partial(app_state.tell, severity="warning", key=_KEY)
    around, _, name = hit.node.rpartition(":")
    if run.phase is Phase.DONE:
        warn(f"The run ended before it could be stopped {hit.when} {hit.node}", "", _UNRELIABLE)
    elif run.phase is Phase.INTERRUPT and hit.node not in nodes:
        late = f"It got there before it could be stopped {hit.when} {hit.node}."
        say(f"The graph asks a question at {_list(nodes)}", late)
    elif run.phase is not Phase.BREAKPOINT or head is None:
        return
    elif _is_late(run, hit, pending_tasks(head)):
        what = name if hit.when == "before" else f"more than {name}"
        warn(f"Stopped too late: {what} had already finished", f"The thread is paused at {_list(nodes)}.", _UNRELIABLE)
    else:
        begun = [node for node in nodes if _begun(run, node)]
        inside = hit.when == "before" or any(node.startswith(f"{around}:") for node in nodes)
        title = f"Paused inside {around}" if inside else f"Paused at {_list(nodes)}"
        ends = "was cut off, and runs" if len(begun) == 1 else "were cut off, and run"
        cut = f"{_list(begun)} had begun, {ends} again when you continue." if begun else ""
        say(f"{title}, {hit.when} {name}", cut)


def _is_late(run: RunState, hit: StopHit, pending: list[Pending]) -> bool:
    """Whether something finished that was not to run any more."""
    if hit.when == "after":
        return any(
            task.id != hit.task_id and (task.started_at or 0.0) >= hit.at and task.status is TaskStatus.DONE
            for task in run.tasks.values()
        )
    name = hit.node.rpartition(":")[2]
    if not any(item.is_task(hit.task_id, hit.ns, name) for item in pending):
        return True
    own = f":{hit.task_id}"
    return any(
        task.status is TaskStatus.DONE and any(segment.endswith(own) for segment in task.ns)
        for task in run.tasks.values()
    )


def _begun(run: RunState, node: NodeId) -> bool:
    return any(
        task.status is TaskStatus.INTERRUPTED and node_path(task.ns, task.name) == node for task in run.tasks.values()
    )


def _list(nodes: list[NodeId] | tuple[NodeId, ...]) -> str:
    if not nodes:
        return "no node"
    return nodes[0] if len(nodes) == 1 else f"{', '.join(nodes[:-1])} and {nodes[-1]}"
