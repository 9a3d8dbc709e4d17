"""Which moment of its thread a row of the timeline stands for."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from studio_tui.domain.ids import CheckpointId, NodeId, TaskId, node_path
from studio_tui.domain.run import CheckpointMark, RunState, TaskStatus, TaskView
from studio_tui.present.kit.outline import OutlineNode
from studio_tui.present.runs.fan_out import FanOut
from studio_tui.present.runs.timeline_parts import Item, Track, ended_in


class Moment(Struct, frozen=True):
    """What a row stands for in the other panels."""

    task_id: TaskId | None = None
    node: NodeId | None = None
    checkpoint_id: CheckpointId | None = None


def run_of(node: OutlineNode[Item]) -> RunState | None:
    """Return the run that an entry is of, or is."""
    while node.parent is not None:
        if isinstance(node.item, RunState):
            return node.item
        node = node.parent
    return None


def moment_of(node: OutlineNode[Item], tracks: Sequence[Track]) -> Moment:
    """Return task, drawn node and checkpoint that an entry stands for."""
    if isinstance(node.item, CheckpointMark):
        return Moment(checkpoint_id=node.item.checkpoint_id)
    task = node.item
    if isinstance(task, FanOut):
        return Moment(None, node_path(task.ns, task.name), _checkpoint(node, tracks))
    if not isinstance(task, TaskView):
        return Moment()
    return Moment(task.id, node_path(task.ns, task.name), _checkpoint(node, tracks))


def entry_at(checkpoint_id: CheckpointId, step: int | None, tracks: Sequence[Track]) -> OutlineNode[Item] | None:
    """Return the entry that stands for a checkpoint: its own, the first task of its superstep, or its run.

    The run stands for inputs, which no task led to, and for what is on disk. None where no run here wrote it.
    """
    for track in reversed(tracks):
        if step is None or ended_in(track, step) != checkpoint_id:
            continue
        for node in track.node.children:
            item = node.item
            if isinstance(item, CheckpointMark):
                if item.checkpoint_id == checkpoint_id:
                    return node
            elif isinstance(item, TaskView | FanOut) and item.step == step and node.lines:
                return node
        return track.node
    return None


def _checkpoint(node: OutlineNode[Item], tracks: Sequence[Track]) -> CheckpointId | None:
    """The checkpoint that the superstep around an entry ended in; if it did not, the one it started from."""
    while node.parent is not None and not isinstance(node.parent.item, RunState):
        node = node.parent
    task, run = node.item, run_of(node)
    if not isinstance(task, TaskView | FanOut) or task.step is None:
        return None
    if task.status is TaskStatus.RUNNING if isinstance(task, TaskView) else task.counts()[TaskStatus.RUNNING]:
        return None
    track = next(track for track in tracks if track.run is run)
    return ended_in(track, task.step) or ended_in(track, task.step - 1)
