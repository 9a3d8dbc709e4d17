"""What the tree of a timeline is made of: how much of a run is in it, and pages that stand for what is on disk."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from msgspec import Struct, field

from studio_tui.core.runstate.earlier import Entry, earlier_of
from studio_tui.core.runstate.earlier_marks import marks_since
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, TaskId
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.stream_mode import MODES, Tells, telling
from studio_tui.present.kit.outline import Outline, OutlineNode
from studio_tui.present.runs.fan_out import FanOut

_LOOK_BACK = 8
"""Rows above a task that may stand between it and the first task of its superstep."""
_LONG = 100
"""A superstep from which on its number fills its column."""
_MODES_WITHOUT_TASKS = frozenset(MODES) - telling(Tells.ROWS)
"""A run that streams only these shows its checkpoints, because nothing else tells its steps."""


class EarlierPage:
    """Entries of a run that are on disk, as one entry of the tree: the rows of a tree of their own."""

    __slots__ = ("number", "opened", "rows", "run", "unfolded")

    def __init__(self, run: RunState, number: int, rows: int, unfolded: int) -> None:
        self.run, self.number = run, number
        self.rows, self.unfolded = rows, unfolded
        """How many rows it has, and how many where fan-outs are open."""
        self.opened: weakref.ref[OpenedPage] | None = None


class OpenedPage:
    """The tree of a page that was read; its outline's root holds it."""

    __slots__ = ("__weakref__", "node", "order", "outline", "track")

    def __init__(self, node: OutlineNode[Item], run: RunState, entries: Sequence[Entry]) -> None:
        self.node = node
        """The entry that stands for it."""
        self.outline: Outline[Item] = Outline(self)
        above, around = self.outline.root, list[Item]()
        holder: OutlineNode[Item] | None = node.parent
        while holder is not None and holder.parent is not None:
            around.insert(0, holder.item)
            holder = holder.parent
        for item in around:
            above = self.outline.append(above, item, lines=0)
        own = {entry.id: entry for entry in entries if isinstance(entry, TaskView)}
        self.track = Track(run, above, [], outline=self.outline, own=own)
        self.order = entries

    def like(self, old: OutlineNode[Item]) -> OutlineNode[Item] | None:
        """What shows the same in a page that was read anew."""
        if isinstance(old.item, FanOut):
            return self.track.folds.get(old.item.key)
        if isinstance(old.item, TaskView):
            task = self.track.own.get(old.item.id) if self.track.own is not None else None
            return self.track.nodes.get(id(task))
        same = (entry for entry in self.order if isinstance(entry, Note) and _is_same(entry, old.item))
        return self.track.nodes.get(id(next(same, None)))


Item = RunState | TaskView | FanOut | Note | CheckpointMark | EarlierPage | OpenedPage | None
"""What an entry shows: the thing itself, since a task may get its true id late. None is the invisible root."""


Alike = tuple[Namespace, int | None, str]
"""What the tasks of one fan-out have in common: namespace, superstep, node."""


class Track(Struct):
    """How much of one run is in the tree."""

    run: RunState
    node: OutlineNode[Item]
    timeline: list[TaskId | Note]
    """The list that entries were taken from; a reconcile that rewrites the run's puts another one there."""
    outline: Outline[Item]
    own: dict[TaskId, TaskView] | None = None
    """The tasks among which parents are looked for, where those are not the run's."""
    pages: list[OutlineNode[Item]] = field(default_factory=list)
    """What stands for the run's entries on disk."""
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Rows of each of these as it is read, and where its fan-outs are open."""
    entries: int = 0
    held: int = 0
    """Entries in memory that come before the newest page."""
    marks: int = 0
    nodes: dict[int, OutlineNode[Item]] = field(default_factory=dict)
    """Entries by the identity of what they show."""
    checkpoint_of_step: dict[int, CheckpointId] = field(default_factory=dict)
    alike: dict[Alike, list[OutlineNode[Item]]] = field(default_factory=dict)
    """Entries of one node in one superstep, as long as they are too few to be folded."""
    folds: dict[Alike, OutlineNode[Item]] = field(default_factory=dict)
    unfolded: set[Alike] = field(default_factory=set)
    """Folds that were open before the run was put in anew."""

    @property
    def is_complete(self) -> bool:
        """Whether all that the run has is in the tree."""
        run = self.run
        if self.timeline is not run.timeline or self.entries != run.entry_count or self.marks != run.mark_count:
            return False
        earlier = earlier_of(run)
        return earlier is None or len(self.pages) >= earlier.pages


def page_of(node: OutlineNode[Item]) -> OpenedPage | None:
    """The page that an entry is in, None where it is in memory."""
    while node.parent is not None:
        node = node.parent
    return node.item if isinstance(node.item, OpenedPage) else None


def below(node: OutlineNode[Item], above: OutlineNode[Item]) -> OutlineNode[Item] | None:
    """The child of `above` that `node` is, or is in."""
    while node.parent is not None and node.parent is not above:
        node = node.parent
    return node if node.parent is above else None


def _is_same(one: Note, other: Item) -> bool:
    return isinstance(other, Note) and (one.at, one.kind, one.text) == (other.at, other.kind, other.text)


def item_of(run: RunState, entry: TaskId | Note) -> TaskView | Note:
    if isinstance(entry, Note):
        return entry
    return run.tasks.get(entry) or TaskView(entry, "unknown task", status=TaskStatus.UNKNOWN)


def comes_after(item: TaskView | Note, mark: CheckpointMark) -> bool:
    """Tell whether `item` belongs behind the checkpoint: a later superstep, or else a later time."""
    if isinstance(item, Note):
        return item.at > mark.at
    if item.ns == ROOT and item.step is not None and mark.step is not None:
        return item.step > mark.step
    return item.started_at is not None and item.started_at > mark.at


def ended_in(track: Track, step: int) -> CheckpointId | None:
    """The checkpoint that a superstep of the run's own graph ended in."""
    earlier = earlier_of(track.run)
    known = track.checkpoint_of_step.get(step)
    return earlier.marks.of_step(step) if known is None and earlier is not None else known


def has_a_row(run: RunState, item: TaskView | Note | CheckpointMark) -> bool:
    """Leave out what other rows say: the end that stands in the run's head, checkpoints between tasks."""
    if isinstance(item, Note):
        return item.kind != "phase" or item.text != Phase.DONE
    if isinstance(item, CheckpointMark):
        return item.source in ("update", "fork") or _MODES_WITHOUT_TASKS.issuperset(run.stream_modes or ("tasks",))
    return True


def merged(track: Track) -> list[TaskView | Note | CheckpointMark]:
    """Return the new entries and root checkpoints of a run in the order in which they happened."""
    run, out = track.run, list[TaskView | Note | CheckpointMark]()
    entries = [item_of(run, entry) for entry in run.entries_since(track.entries)]
    index = 0
    for mark in marks_since(run, track.marks):
        if mark.ns != ROOT:
            continue
        while index < len(entries) and not comes_after(entries[index], mark):
            out.append(entries[index])
            index += 1
        out.append(mark)
    out.extend(entries[index:])
    return out


def label_of(node: OutlineNode[Item], task: TaskView) -> tuple[str, str] | None:
    """Return what tells a folded task from its siblings: its number, and its own part of the input."""
    above = node.parent.item if node.parent is not None else None
    return above.label(task, node.slot) if isinstance(above, FanOut) else None


def identity(node: OutlineNode[Item]) -> object:
    """What an entry is known by, also after its run was put in anew."""
    item = node.item
    return item.id if isinstance(item, TaskView) else item.run_id if isinstance(item, RunState) else id(item)


def step_number(task: TaskView | FanOut) -> str:
    return "" if task.step is None else f"{task.step} "


def first_of_step(node: OutlineNode[Item], task: TaskView | FanOut) -> str:
    """Return the superstep's number, but only in the row of its first task; with a point before one of a subgraph."""
    if task.step is None or node.parent is None or isinstance(node.parent.item, FanOut):
        return ""
    number = f".{task.step}" if task.ns and task.step < _LONG else str(task.step)
    siblings = node.parent.children
    for slot in range(node.slot - 1, max(-1, node.slot - 1 - _LOOK_BACK), -1):
        before = siblings[slot].item
        if isinstance(before, TaskView | FanOut):
            return "" if before.step == task.step else number
    return number


def error_of(node: OutlineNode[Item]) -> str:
    item = node.item
    if isinstance(item, RunState):
        return f"{item.error.kind}: {item.error.message}" if item.error else ""
    return item.error if isinstance(item, TaskView) else ""
