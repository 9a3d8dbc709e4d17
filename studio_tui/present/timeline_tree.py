"""Runs of a thread as a tree: tasks under their run, subgraph tasks under the task that runs the subgraph, notes and
checkpoints between them. Grows with the runs: what is there is never put in again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import cast

from studio_tui.model.ids import ROOT, CheckpointId, Namespace, NodeId, TaskId, node_path
from studio_tui.model.run import CheckpointMark, Note, RunState, TaskStatus, TaskView
from studio_tui.present.outline import Node, Outline

Item = RunState | TaskId | Note | CheckpointMark | None
"""What an entry shows; a plain string is the id of a task. None is the invisible root."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a row stands for in the other panels."""

    task_id: TaskId | None = None
    node: NodeId | None = None
    checkpoint_id: CheckpointId | None = None


@dataclass(slots=True)
class _Track:
    """How much of one run is in the tree."""

    run: RunState
    node: Node[Item]
    entries: int = 0
    marks: int = 0
    last_entry: TaskId | Note | None = None
    tasks: dict[TaskId, Node[Item]] = field(default_factory=dict)
    checkpoint_of_step: dict[int, CheckpointId] = field(default_factory=dict)


class TimelineTree:
    """The tree and how much of the store's runs it has taken over."""

    def __init__(self) -> None:
        self.outline: Outline[Item] = Outline(None)
        self._tracks: list[_Track] = []

    def update(self, runs: Sequence[RunState]) -> int:
        """Take over what is new in `runs`; return the first row that may be another one than before."""
        start, kept = len(self.outline), 0
        while kept < min(len(runs), len(self._tracks)) and self._tracks[kept].run is runs[kept]:
            kept += 1
        if kept < len(self._tracks):
            start = self.outline.row_of(self._tracks[kept].node)
            self.outline.cut(None, kept)
            del self._tracks[kept:]
        for run in runs[kept:]:
            self._tracks.append(_Track(run, self.outline.append(None, run)))
        for track in self._tracks:
            start = min(start, self._extend(track))
        return start

    def is_here(self, node: Node[Item]) -> bool:
        """Tell whether `node` is still part of the tree."""
        while node.parent is not None:
            siblings = node.parent.children
            if node.slot >= len(siblings) or siblings[node.slot] is not node:
                return False
            node = node.parent
        return node is self.outline.root

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row of what `outline.at` once returned, or None if that entry is gone."""
        node, sub = cast("tuple[Node[Item], int]", anchor)
        return self.outline.row_of(node) + min(sub, node.lines - 1) if self.is_here(node) else None

    def task(self, node: Node[Item]) -> TaskView | None:
        """Return the task that an entry shows, or None if it shows something else."""
        run = self.run(node) if isinstance(node.item, str) else None
        return run.tasks.get(cast(TaskId, node.item)) if run else None

    def run(self, node: Node[Item]) -> RunState | None:
        """Return the run that an entry belongs to."""
        while node.parent is not None:
            if isinstance(node.item, RunState):
                return node.item
            node = node.parent
        return None

    def moment(self, node: Node[Item]) -> Moment:
        """Return task, drawn node and checkpoint that an entry stands for."""
        if isinstance(node.item, CheckpointMark):
            return Moment(checkpoint_id=node.item.checkpoint_id)
        task = self.task(node)
        if task is None:
            return Moment()
        return Moment(task.id, node_path(task.ns, task.name), self._checkpoint(node))

    def _checkpoint(self, node: Node[Item]) -> CheckpointId | None:
        """The checkpoint that the superstep around an entry ended in; if it did not, the one it started from."""
        while node.parent is not None and not isinstance(node.parent.item, RunState):
            node = node.parent
        task, run = self.task(node), self.run(node)
        if task is None or task.step is None or task.status is TaskStatus.RUNNING:
            return None
        steps = next(track.checkpoint_of_step for track in self._tracks if track.run is run)
        return steps.get(task.step) or steps.get(task.step - 1)

    def _extend(self, track: _Track) -> int:
        run, start = track.run, len(self.outline)
        if not _continues(track):
            start = self.outline.row_of(track.node)
            self.outline.clear(track.node)
            track.entries = track.marks = 0
            track.tasks.clear()
            track.checkpoint_of_step.clear()
        fresh_marks = len(run.checkpoints) - track.marks
        if track.entries == len(run.timeline) and not fresh_marks:
            return start
        if track is not self._tracks[-1]:
            start = min(start, self.outline.row_of(track.node))
        inside: set[Node[Item]] = set()
        for entry in _merged(track, fresh_marks):
            parent = self._append(track, entry)
            if parent is not track.node:
                inside.add(parent)
        for parent in inside:
            start = min(start, self.outline.row_of(parent))
        track.entries, track.marks = len(run.timeline), len(run.checkpoints)
        track.last_entry = run.timeline[-1] if run.timeline else None
        return start

    def _append(self, track: _Track, entry: TaskId | Note | CheckpointMark) -> Node[Item]:
        """Put one entry where it belongs; return what it was put under."""
        if isinstance(entry, CheckpointMark):
            if entry.step is not None:
                track.checkpoint_of_step[entry.step] = entry.checkpoint_id
            parent = track.node
        elif isinstance(entry, Note):
            parent = _parent(track, entry.ns)
        else:
            task = track.run.tasks.get(entry)
            parent = _parent(track, task.ns if task else ROOT)
        node = self.outline.append(parent, entry)
        if isinstance(entry, str):
            track.tasks[entry] = node
        return parent


def _continues(track: _Track) -> bool:
    """Tell whether the run's lists still begin with what was taken over (a reconcile may rewrite them)."""
    known, timeline = track.entries, track.run.timeline
    if len(timeline) < known or len(track.run.checkpoints) < track.marks:
        return False
    return known == 0 or timeline[known - 1] is track.last_entry or timeline[known - 1] == track.last_entry


def _merged(track: _Track, fresh_marks: int) -> list[TaskId | Note | CheckpointMark]:
    """Return the new entries and root checkpoints of a run in the order in which they happened."""
    run, out = track.run, list[TaskId | Note | CheckpointMark]()
    entries, index = run.timeline[track.entries :], 0
    newest = reversed(run.checkpoints.values())
    for mark in reversed([next(newest) for _ in range(fresh_marks)]):
        if mark.ns != ROOT:
            continue
        while index < len(entries) and not _comes_after(entries[index], mark, run):
            out.append(entries[index])
            index += 1
        out.append(mark)
    out.extend(entries[index:])
    return out


def _parent(track: _Track, ns: Namespace) -> Node[Item]:
    """Return the entry of the innermost known task whose subgraph `ns` is."""
    for segment in reversed(ns):
        found = track.tasks.get(TaskId(segment.rpartition(":")[2]))
        if found is not None:
            return found
    return track.node


def _comes_after(entry: TaskId | Note, mark: CheckpointMark, run: RunState) -> bool:
    """Tell whether `entry` belongs behind the checkpoint: a later superstep, or else a later time."""
    if isinstance(entry, Note):
        return entry.at > mark.at
    task = run.tasks.get(entry)
    if task is None:
        return True
    if task.ns == ROOT and task.step is not None and mark.step is not None:
        return task.step > mark.step
    return task.started_at is not None and task.started_at > mark.at
