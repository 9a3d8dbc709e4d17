"""Where a thread stands: the tasks that run next, innermost subgraphs included. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.graph import START
from studio_tui.domain.ids import ROOT, Namespace, NodeId, TaskId, node_path, parse_namespace

CUT_OFF = ("CancelledError", "UserInterrupt")
"""What servers note as the error of a task that a cancel cut off."""


class Pending(Struct, frozen=True):
    """A task that runs, or runs again, when the thread is continued."""

    id: TaskId
    node: NodeId
    ns: Namespace = ROOT
    is_leaf: bool = True
    """False where a subgraph of it is under way: the thread stands in there."""
    failed: bool = False
    hidden: bool = False
    """Whether it waits behind a join and no server tells its task: `id` is made up, node and namespace are true."""

    def is_task(self, task_id: TaskId, ns: Namespace, name: str) -> bool:
        """Tell whether a task of a stream is this one."""
        if self.hidden:
            return ns == self.ns and node_path(ns, name) == self.node
        return task_id == self.id


def has_failed(task: Task) -> bool:
    """Tell whether a task failed by itself: one that a cancel cut off has an error, too."""
    return bool(task.error) and not str(task.error).startswith(CUT_OFF)


def pending_tasks(head: Checkpoint) -> list[Pending]:
    """Return what runs next from `head`, outer tasks before those of their subgraphs."""
    return list(_pending(head, ROOT))


def paused_nodes(head: Checkpoint) -> tuple[NodeId, ...]:
    """Return the drawn nodes at which a thread with this head stands, each once; failed ones are not paused.

    Where all tasks of the superstep are done and it only lacks its checkpoint, these are its nodes.
    """
    pending = pending_tasks(head)
    leaves = [item.node for item in pending if item.is_leaf and not item.failed]
    if not pending:
        leaves = [NodeId(task.name) for task in head.tasks]
    return tuple(dict.fromkeys(node for node in leaves if node not in (START, "")))


def innermost(head: Checkpoint) -> Namespace:
    """Return the namespace that a debugger stands in: the deepest one that has a task to run, the first of several."""
    leaves = [item.ns for item in pending_tasks(head) if item.is_leaf]
    return max(leaves, key=len, default=ROOT)


def _pending(state: Checkpoint, ns: Namespace) -> Iterator[Pending]:
    if not state.tasks:
        for name in state.next:
            yield Pending(TaskId(""), node_path(ns, name), ns)
    for task in state.tasks:
        if task.has_result:
            continue
        inner = list(_pending(task.subgraph, _inner_ns(task, ns))) if task.subgraph is not None else []
        failed = has_failed(task)
        yield Pending(task.id, node_path(ns, task.name), ns, not inner, failed, task.hidden)
        yield from inner


def _inner_ns(task: Task, ns: Namespace) -> Namespace:
    return parse_namespace(task.subgraph_ns) or (*ns, f"{task.name}:{task.id}")
