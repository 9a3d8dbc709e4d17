"""The runs of a thread's checkpoints, kept while older checkpoints come page by page: a page costs what is in it.

What comes out is what all checkpoints at once would give. Pure: no I/O.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import compress
from operator import is_not

from studio_tui.core.runstate import merge
from studio_tui.core.runstate.past_runs import (
    bare,
    base_of,
    heirs_of,
    rebuilt,
    without_checkpoints,
    writers_of,
)
from studio_tui.domain.checkpoint import Checkpoint, History, Task
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import CheckpointId, RunId
from studio_tui.domain.run import RunState
from studio_tui.domain.thread import RunInfo
from studio_tui.jsonkit.value import as_str

_Key = tuple[float, bool, str, int]
"""Where a run stands: by its start; of the same moment those with checkpoints first, by their oldest."""


class _Past:
    """A run with checkpoints, and what it was made of."""

    __slots__ = ("is_sure", "key", "own", "run")

    def __init__(self, own: list[Checkpoint]) -> None:
        self.own = own
        """Newest first."""
        self.run: RunState | None = None
        self.key: _Key | None = None
        self.is_sure = False
        """Whether checkpoints before its first one can only add to it."""


class PastRuns:
    """The runs of one history, oldest first, as far as its loaded checkpoints tell."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._history = History()
        self._items: list[Checkpoint] = []
        self._infos: list[RunInfo] = []
        self._by_id: dict[RunId, RunInfo] = {}
        self._dialect = Dialect()
        self._past: dict[RunId, _Past] = {}
        self._heirs: list[RunInfo] = []
        self._bases: dict[RunId, tuple[int, CheckpointId | None]] = {}
        """For runs that wrote no checkpoint how many were looked at for their base, and its id."""
        self._children: dict[CheckpointId, set[RunId]] = {}
        """The runs that went on from a checkpoint."""
        self._order: list[_Key] = []
        self._runs: list[RunState] = []
        self._traceless: list[_Key] = []

    def update(self, history: History, infos: Sequence[RunInfo], *, dialect: Dialect | None = None) -> list[RunState]:
        """Return the thread's runs, oldest first; `infos` in any order.

        Runs that left no checkpoint (failed at once, or wait in the queue) come from `infos` alone. Runs that nothing
        new is known of are the same objects as before.
        """
        dialect = dialect or Dialect()
        infos = list(infos)
        changed = self._changed(history)
        if changed is None or dialect != self._dialect or infos != self._infos:
            self._forget()
            changed = []
        before, self._history = len(self._items), history
        self._items, self._infos, self._dialect = history.items, infos, dialect
        self._by_id = {info.run_id: info for info in infos}
        anew: set[RunId] = set()
        for was, item in changed:
            past, affected = self._put(item), {*self._affected(item)}
            if past is not None and past.own[0] is not item and _only_lacks_values(was, item):
                affected.discard(item.run_id)  # of its values it needs the last ones alone
            anew.update(affected)
        grown = self._take(history.items[before:], anew)
        head = history.head
        traceless = {info.run_id: self._base(info) for info in infos if info.run_id not in self._past}
        heirs = heirs_of(infos, traceless, head, dialect)
        if heirs != self._heirs and head is not None and head.run_id in self._past:
            anew.add(head.run_id)
        self._heirs = heirs
        for run_id, count in grown.items():
            if run_id not in anew and not self._prolong(self._past[run_id], count):
                anew.add(run_id)
        for run_id in anew:
            self._build(run_id)
        self._add_traceless(traceless)
        return list(self._runs)

    def _changed(self, history: History) -> list[tuple[Checkpoint, Checkpoint]] | None:
        """Checkpoints that were here before, with their other copies; None where more than older ones is new."""
        old, now = self._items, history.items
        if history is not self._history or len(now) < len(old):
            return None
        others = list(compress(zip(old, now, strict=False), map(is_not, old, now)))
        same = all(
            (was.checkpoint_id, was.parent_id, was.run_id, was.source, was.created_at)
            == (item.checkpoint_id, item.parent_id, item.run_id, item.source, item.created_at)
            for was, item in others
        )
        return others if same else None

    def _put(self, item: Checkpoint) -> _Past | None:
        """Take another copy of a known checkpoint; return whose it is."""
        past = self._past.get(item.run_id) if item.run_id is not None and item.source != "update" else None
        if past is not None:
            key = item.checkpoint_id or ""
            place = bisect_left(past.own, True, key=lambda other: (other.checkpoint_id or "") <= key)
            past.own[place] = item
        return past

    def _affected(self, item: Checkpoint) -> Iterator[RunId]:
        """The runs that are made of a checkpoint: its own, and those whose first step its tasks are."""
        if item.checkpoint_id is not None:
            yield from self._children.get(item.checkpoint_id, ())
        if item.run_id is not None and item.source != "update":
            yield item.run_id

    def _take(self, page: Sequence[Checkpoint], anew: set[RunId]) -> dict[RunId, int]:
        """Give older checkpoints to their runs; return how many each got, those in `anew` are to be made anew."""
        grown: dict[RunId, int] = {}
        for item in page:
            run_id = item.run_id if item.source != "update" else None
            if item.checkpoint_id is not None:
                # Their tasks are known only now; a run's own earlier checkpoint just prolongs it.
                others = self._children.get(item.checkpoint_id, set())
                anew.update(other for other in others if other != run_id)
            if run_id is None:
                continue
            if run_id not in self._past:
                self._past[run_id] = _Past([])
                anew.add(run_id)
            self._past[run_id].own.append(item)
            grown[run_id] = grown.get(run_id, 0) + 1
            if item.parent_id is not None:
                self._children.setdefault(item.parent_id, set()).add(run_id)
        return grown

    def _base(self, info: RunInfo) -> Checkpoint | None:
        """The checkpoint that a run which wrote none went on from."""
        looked, found = self._bases.get(info.run_id, (0, None))
        if found is None:
            base = base_of(info, self._items[looked:])
            found = base.checkpoint_id if base is not None else None
            self._bases[info.run_id] = (len(self._items), found)
        return self._history.by_id[found] if found is not None else None

    def _build(self, run_id: RunId) -> None:
        """Make a run of all its checkpoints."""
        past, history = self._past[run_id], self._history
        info = self._by_id.get(run_id)
        own = past.own[::-1]
        past.run = rebuilt(own, info, history, self._dialect, self._heirs)
        parents = (history.by_id.get(item.parent_id) for item in own if item.parent_id is not None)
        holders = [*(item for item in parents if item is not None), own[-1]]
        is_open = own[0].parent_id not in history.by_id
        past.is_sure = is_open and self._are_joined(own[1:]) and _only_grows(past.run, info, holders)
        self._place(past)

    def _are_joined(self, items: Iterable[Checkpoint]) -> bool:
        """Whether the parents of all are loaded, so that their tasks are known."""
        return all(item.parent_id is None or item.parent_id in self._history.by_id for item in items)

    def _prolong(self, past: _Past, count: int) -> bool:
        """Put what a run's `count` oldest checkpoints tell before the rest; False where that is not all they change."""
        run, history = past.run, self._history
        if run is None or not past.is_sure:
            return False
        added, first = past.own[-count:][::-1], past.own[-count - 1]
        oldest, later = added[0], [*added[1:], first]
        if oldest.parent_id in history.by_id or not self._are_joined(later):
            return False
        info = self._by_id.get(oldest.run_id) if oldest.run_id is not None else None
        front = bare(info) if info is not None else RunState(run_id=oldest.run_id)
        front.started_at = front.started_at or oldest.created_at
        holders = [history.by_id[item.parent_id] for item in later if item.parent_id is not None]
        if not _only_grows(front, info, holders) or (front.started_at or 0.0) > (run.started_at or 0.0):
            return False
        merge.adopt_history(front, [*added, first], history.by_id)
        writers = writers_of(front)
        told_again = any(key in run.tasks for key in front.tasks) or any(
            task.id in front.tasks for task in _all_tasks(past.own[:1])
        )
        if told_again or "" in writers:
            return False
        past.run = run = copy(run)
        run.started_at = front.started_at
        run.graph_id = as_str(oldest.metadata.get("graph_id"))
        run.assistant_id = front.assistant_id or as_str(oldest.metadata.get("assistant_id"))
        run.tasks = {**front.tasks, **run.tasks}
        run.older_count += len(front.tasks)
        run.timeline = [*front.timeline, *run.timeline]
        run.checkpoints = {**front.checkpoints, **run.checkpoints}
        self._place(past)
        return True

    def _place(self, past: _Past) -> None:
        run = past.run
        assert run is not None
        if past.key is not None:
            self._remove(past.key)
        past.key = (run.started_at or 0.0, False, past.own[-1].checkpoint_id or "", 0)
        self._insert(past.key, run)

    def _add_traceless(self, bases: dict[RunId, Checkpoint | None]) -> None:
        for key in self._traceless:
            self._remove(key)
        self._traceless.clear()
        history = self._history
        oldest = history.items[-1].created_at if history.items and not history.complete else None
        heir = self._heirs[-1] if self._heirs else None
        for number, info in enumerate(self._infos):
            if info.run_id in bases and (oldest is None or (info.created_at or 0.0) >= oldest):
                run = without_checkpoints(info, self._dialect, bases[info.run_id], at_head=info is heir)
                key = (run.started_at or 0.0, True, "", number)
                self._insert(key, run)
                self._traceless.append(key)

    def _insert(self, key: _Key, run: RunState) -> None:
        place = bisect_left(self._order, key)
        self._order.insert(place, key)
        self._runs.insert(place, run)

    def _remove(self, key: _Key) -> None:
        place = bisect_left(self._order, key)
        del self._order[place], self._runs[place]


def _only_lacks_values(was: Checkpoint, item: Checkpoint) -> bool:
    """Whether a copy differs only in that its values were given back."""
    return item.values is None and item.tasks is was.tasks and item.next is was.next


def _only_grows(run: RunState, info: RunInfo | None, holders: Sequence[Checkpoint]) -> bool:
    """Whether what `holders` tell of their tasks is the same whatever the run did before.

    It is not where tasks stand for hidden ones, or may be taken to start with the run whose start is not known.
    """
    tasks = list(_all_tasks(holders))
    if any(task.hidden for task in tasks):
        return False
    if info is not None and info.created_at:
        return True
    inner = any(task.subgraph is not None for task in tasks)
    return not inner and all(item.created_at and item.created_at >= (run.started_at or 0.0) for item in holders)


def _all_tasks(holders: Iterable[Checkpoint]) -> Iterator[Task]:
    for item in holders:
        for task in item.tasks:
            yield task
            if task.subgraph is not None:
                yield from _all_tasks([task.subgraph])
