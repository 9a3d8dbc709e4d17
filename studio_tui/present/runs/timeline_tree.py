"""Runs of a thread as a tree: tasks under their run, subgraph tasks under the task that runs the subgraph, notes and
checkpoints between them. Grows with the runs: what is there is never put in again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import cast

from msgspec import Struct, field

from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, NodeId, TaskId, node_path
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.stream_mode import MODES, Tells, telling
from studio_tui.present.kit.outline import Outline, OutlineNode
from studio_tui.present.runs.fan_out import FOLDED_FROM, FanOut

Item = RunState | TaskView | FanOut | Note | CheckpointMark | None
"""What an entry shows: the thing itself, since a task may get its true id late. None is the invisible root."""


class Moment(Struct, frozen=True):
    """What a row stands for in the other panels."""

    task_id: TaskId | None = None
    node: NodeId | None = None
    checkpoint_id: CheckpointId | None = None


_Alike = tuple[Namespace, int | None, str]
"""What the tasks of one fan-out have in common: namespace, superstep, node."""


class _Track(Struct):
    """How much of one run is in the tree."""

    run: RunState
    node: OutlineNode[Item]
    timeline: list[TaskId | Note]
    """The list that entries were taken from; a reconcile that rewrites the run's puts another one there."""
    entries: int = 0
    marks: int = 0
    nodes: dict[int, OutlineNode[Item]] = field(default_factory=dict)
    """Entries by the identity of what they show."""
    checkpoint_of_step: dict[int, CheckpointId] = field(default_factory=dict)
    alike: dict[_Alike, list[OutlineNode[Item]]] = field(default_factory=dict)
    """Entries of one node in one superstep, as long as they are too few to be folded."""
    folds: dict[_Alike, OutlineNode[Item]] = field(default_factory=dict)
    unfolded: set[_Alike] = field(default_factory=set)
    """Folds that were open before the run was put in anew."""


_MODES_WITHOUT_TASKS = frozenset(MODES) - telling(Tells.ROWS)
"""A run that streams only these shows its checkpoints, because nothing else tells its steps."""


class TimelineTree:
    """The tree and how much of the app state's runs it has taken over."""

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
            self._tracks.append(_Track(run, self.outline.append(None, run), run.timeline))
        for track in self._tracks:
            start = min(start, self._extend(track))
        return start

    def is_here(self, node: OutlineNode[Item]) -> bool:
        """Tell whether `node` is still part of the tree."""
        while node.parent is not None:
            siblings = node.parent.children
            if node.slot >= len(siblings) or siblings[node.slot] is not node:
                return False
            node = node.parent
        return node is self.outline.root

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row of what `outline.at` once returned, or None if that entry is gone."""
        old, sub = cast("tuple[OutlineNode[Item], int]", anchor)
        node = self.find(old)
        return None if node is None else self.outline.row_of(node) + min(sub, node.lines - 1)

    def find(self, node: OutlineNode[Item]) -> OutlineNode[Item] | None:
        """Return `node`, or the entry that shows the same thing after its run was put in anew, or None."""
        if self.is_here(node):
            return node
        for track in self._tracks:
            if track.run is node.item:
                return track.node
            if isinstance(node.item, FanOut) and node.item.run is track.run:
                return track.folds.get(node.item.key)
            if id(node.item) in track.nodes:
                return track.nodes[id(node.item)]
        return None

    def run(self, node: OutlineNode[Item]) -> RunState | None:
        while node.parent is not None:
            if isinstance(node.item, RunState):
                return node.item
            node = node.parent
        return None

    def moment(self, node: OutlineNode[Item]) -> Moment:
        """Return task, drawn node and checkpoint that an entry stands for."""
        if isinstance(node.item, CheckpointMark):
            return Moment(checkpoint_id=node.item.checkpoint_id)
        task = node.item
        if isinstance(task, FanOut):
            return Moment(None, node_path(task.ns, task.name), self._checkpoint(node))
        if not isinstance(task, TaskView):
            return Moment()
        return Moment(task.id, node_path(task.ns, task.name), self._checkpoint(node))

    def _checkpoint(self, node: OutlineNode[Item]) -> CheckpointId | None:
        """The checkpoint that the superstep around an entry ended in; if it did not, the one it started from."""
        while node.parent is not None and not isinstance(node.parent.item, RunState):
            node = node.parent
        task, run = node.item, self.run(node)
        if not isinstance(task, TaskView | FanOut) or task.step is None:
            return None
        if task.status is TaskStatus.RUNNING if isinstance(task, TaskView) else task.counts()[TaskStatus.RUNNING]:
            return None
        steps = next(track.checkpoint_of_step for track in self._tracks if track.run is run)
        return steps.get(task.step) or steps.get(task.step - 1)

    def _extend(self, track: _Track) -> int:
        run, start, closed = track.run, len(self.outline), set[int]()
        if (
            track.timeline is not run.timeline
            or len(run.timeline) < track.entries
            or len(run.checkpoints) < track.marks
        ):
            start = self.outline.row_of(track.node)
            closed = {key for key, node in track.nodes.items() if not node.open}
            self._start_over(track)
        fresh_marks = len(run.checkpoints) - track.marks
        if track.entries == len(run.timeline) and not fresh_marks:
            return start
        if track is not self._tracks[-1]:
            start = min(start, self.outline.row_of(track.node))
        inside: set[OutlineNode[Item]] = set()
        for entry in _merged(track, fresh_marks):
            folds = len(track.folds)
            parent = self._append(track, entry)
            if parent is not track.node:
                inside.add(parent)
            if len(track.folds) > folds:
                inside.add(track.node)
        for parent in inside:
            start = min(start, self.outline.row_of(parent))
        track.entries, track.marks = len(run.timeline), len(run.checkpoints)
        for key in closed & track.nodes.keys():
            self.outline.set_open(track.nodes[key], False)
        return start

    def _start_over(self, track: _Track) -> None:
        self.outline.clear(track.node)
        track.timeline, track.entries, track.marks = track.run.timeline, 0, 0
        track.unfolded = {key for key, node in track.folds.items() if node.open}
        track.nodes.clear()
        track.alike.clear()
        track.folds.clear()
        track.checkpoint_of_step.clear()

    def _append(self, track: _Track, item: TaskView | Note | CheckpointMark) -> OutlineNode[Item]:
        """Put one entry where it belongs; return what it was put under."""
        parent = track.node
        if not isinstance(item, CheckpointMark):
            parent = _parent(track, item.ns)
        elif item.step is not None and item.checkpoint_id is not None:
            track.checkpoint_of_step[item.step] = item.checkpoint_id
        if not _has_a_row(track.run, item):
            return parent
        if isinstance(item, TaskView):
            return self._append_task(track, parent, item)
        track.nodes[id(item)] = self.outline.append(parent, item)
        return parent

    def _append_task(self, track: _Track, parent: OutlineNode[Item], task: TaskView) -> OutlineNode[Item]:
        """Put a task in its place; many of one node in one superstep are folded into one entry."""
        key = (task.ns, task.step, task.name)
        fold = track.folds.get(key)
        node = track.nodes[id(task)] = self.outline.append(fold or parent, task)
        if fold is not None and isinstance(fold.item, FanOut):
            fold.item.tasks.append(task)
            return fold
        if task.step is None:
            return parent
        alike = track.alike.setdefault(key, [])
        alike.append(node)
        if len(alike) < FOLDED_FROM or any(entry.parent is not node.parent for entry in alike):
            return parent
        fan_out = FanOut(track.run, task)
        fan_out.tasks.extend(entry.item for entry in alike if isinstance(entry.item, TaskView))
        fold = track.folds[key] = self.outline.gather(track.alike.pop(key), fan_out)
        if key in track.unfolded:
            self.outline.set_open(fold, True)
        return fold

    def open_folds(self, is_open: bool, only: Sequence[OutlineNode[Item]] | None = None) -> list[OutlineNode[Item]]:
        """Open or close folds (all, or `only` those that are still there); return which were changed."""
        folds = [node for track in self._tracks for node in track.folds.values()]
        wanted = folds if only is None else [node for node in (self.find(item) for item in only) if node is not None]
        changed = [node for node in wanted if node.open is not is_open]
        for node in changed:
            self.outline.set_open(node, is_open)
        return changed


def _merged(track: _Track, fresh_marks: int) -> list[TaskView | Note | CheckpointMark]:
    """Return the new entries and root checkpoints of a run in the order in which they happened."""
    run, out = track.run, list[TaskView | Note | CheckpointMark]()
    entries = [_item(run, entry) for entry in run.timeline[track.entries :]]
    index = 0
    newest = reversed(run.checkpoints.values())
    for mark in reversed([next(newest) for _ in range(fresh_marks)]):
        if mark.ns != ROOT:
            continue
        while index < len(entries) and not _comes_after(entries[index], mark):
            out.append(entries[index])
            index += 1
        out.append(mark)
    out.extend(entries[index:])
    return out


def _has_a_row(run: RunState, item: TaskView | Note | CheckpointMark) -> bool:
    """Leave out what other rows say: the end that stands in the run's head, checkpoints between tasks."""
    if isinstance(item, Note):
        return item.kind != "phase" or item.text != Phase.DONE
    if isinstance(item, CheckpointMark):
        return item.source in ("update", "fork") or _MODES_WITHOUT_TASKS.issuperset(run.stream_modes or ("tasks",))
    return True


def _item(run: RunState, entry: TaskId | Note) -> TaskView | Note:
    if isinstance(entry, Note):
        return entry
    return run.tasks.get(entry) or TaskView(entry, "unknown task", status=TaskStatus.UNKNOWN)


def _parent(track: _Track, ns: Namespace) -> OutlineNode[Item]:
    """Return the entry of the innermost known task whose subgraph `ns` is."""
    for segment in reversed(ns):
        view = track.run.tasks.get(TaskId(segment.rpartition(":")[2]))
        found = track.nodes.get(id(view)) if view is not None else None
        if found is not None:
            return found
    return track.node


def _comes_after(item: TaskView | Note, mark: CheckpointMark) -> bool:
    """Tell whether `item` belongs behind the checkpoint: a later superstep, or else a later time."""
    if isinstance(item, Note):
        return item.at > mark.at
    if item.ns == ROOT and item.step is not None and mark.step is not None:
        return item.step > mark.step
    return item.started_at is not None and item.started_at > mark.at
