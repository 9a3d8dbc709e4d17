"""The checkpoints of a thread as a forest in lanes, like `git log --graph`: newest first, one row a checkpoint.

Pure: lineage is `parent_id` alone (PROTOCOL §5.4), ids tell the age. Knows no colours and no screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import compress
from operator import is_not, itemgetter

from msgspec import Struct

from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId

EMPTY, LINE, NODE, DASH, CROSS = " ", "│", "●", "─", "┼"
JOIN_UP, JOIN_END = "┴", "╯"
MOST_LANES = 64
"""Lanes that are drawn; what stands farther out is drawn in the last one, `ForestRow.lane` stays true."""


class ForestRow(Struct, frozen=True):
    """One checkpoint and the lanes beside it.

    `lanes` has one glyph a lane: `●` this checkpoint, `│` a branch passing by, `╯` or `┴` a branch that ends here
    because it came out of this checkpoint, `─` the way there, `┼` that way crossing a branch, a space for nothing.
    """

    checkpoint_id: CheckpointId
    lane: int
    lanes: tuple[str, ...]
    is_head: bool
    branch: int
    """Number of its branch: 0 is the head's; the others count by age of their tips, newest first."""
    branch_name: str
    """The name given to this checkpoint, or empty."""
    is_open: bool = False
    """Its parent exists but is not loaded."""
    is_tip: bool = False
    """Nothing came out of it."""


class Forest:
    """Rows of one history, kept as far as they are laid out: a page of older checkpoints only adds rows."""

    def __init__(self) -> None:
        self.rows: list[ForestRow] = []
        self.kept = 0
        """How many rows the last update left as they were; those after them are new."""
        self._items: list[Checkpoint] = []
        self._names: dict[CheckpointId, str] = {}
        self._layout = _Layout()
        self._before: dict[CheckpointId, tuple[int, _Layout]] = {}
        """For each parent that is not loaded the first row that misses it, and the lanes as they were before that."""

    def update(self, history: History, names: Mapping[CheckpointId, str] | None = None) -> list[ForestRow]:
        """Return the rows of `history`; what was laid out before stays, where only older checkpoints came.

        A lane whose parent was not loaded had been given up: from there on it is laid out anew when the parent comes.
        """
        given = dict(names or {})
        items = history.items
        known = len(self._items)
        if given != self._names or known > len(items) or not _same_lineage(self._items, items):
            self.rows, self._layout, known = [], _Layout(), 0
            self._before.clear()
        known = self._go_back(items, known)
        self._items, self._names, self.kept = items, given, known
        loaded = history.by_id
        for place in range(known, len(items)):
            checkpoint_id, parent_id = items[place].checkpoint_id, items[place].parent_id
            if checkpoint_id is None:
                continue
            has_parent = parent_id is not None and parent_id in loaded and parent_id < checkpoint_id
            if parent_id is not None and not has_parent and parent_id not in self._before:
                self._before[parent_id] = (place, self._layout.copy())
            self.rows.append(self._layout.place(checkpoint_id, parent_id, has_parent, given.get(checkpoint_id, "")))
        return self.rows

    def _go_back(self, items: list[Checkpoint], known: int) -> int:
        """Undo the rows from the first one whose parent has come; return how many are left."""
        came = [self._before[key] for item in items[known:] if (key := item.checkpoint_id) in self._before]
        if not came:
            return known
        first, self._layout = min(came, key=itemgetter(0))
        self._before = {parent: kept for parent, kept in self._before.items() if kept[0] < first}
        del self.rows[first:]
        return first


def _same_lineage(before: list[Checkpoint], now: list[Checkpoint]) -> bool:
    """Whether `now` begins with the checkpoints `before`; their values may have been given back since."""
    others = compress(zip(before, now, strict=False), map(is_not, before, now))
    return all(old.checkpoint_id == new.checkpoint_id and old.parent_id == new.parent_id for old, new in others)


class _Layout:
    """Lanes while going from the newest checkpoint to older ones."""

    def __init__(self) -> None:
        self._wanted: list[CheckpointId | None] = []
        """For each lane the checkpoint that it leads down to; None is a free lane."""
        self._branches: list[int] = []
        """The branch that each lane draws."""
        self._free: list[int] = []
        """A heap of the free lanes; some may be beyond the last lane in use."""
        self._lanes_to: dict[CheckpointId, list[int]] = {}
        self._count = 0

    def copy(self) -> _Layout:
        other = _Layout()
        other._wanted, other._branches, other._free = list(self._wanted), list(self._branches), list(self._free)
        other._lanes_to = {parent: list(lanes) for parent, lanes in self._lanes_to.items()}
        other._count = self._count
        return other

    def place(
        self, checkpoint_id: CheckpointId, parent_id: CheckpointId | None, has_parent: bool, name: str
    ) -> ForestRow:
        """Lay out the next older checkpoint; it keeps the leftmost of the lanes that lead to it."""
        coming = self._lanes_to.pop(checkpoint_id, [])
        is_tip = not coming
        if is_tip:
            lane = self._free_lane()
            self._branches[lane] = self._count
            self._count += 1
        else:
            lane = min(coming)
        row = ForestRow(
            checkpoint_id,
            lane,
            self._glyphs(lane, coming),
            is_head=self._count == 1 and is_tip,
            branch=self._branches[lane],
            branch_name=name,
            is_open=parent_id is not None and not has_parent,
            is_tip=is_tip,
        )
        self._close({*coming, lane})
        if has_parent and parent_id is not None:
            self._wanted[lane] = parent_id
            self._lanes_to.setdefault(parent_id, []).append(lane)
        for ended in {*coming, lane}:
            if self._wanted[ended] is None:
                heappush(self._free, ended)
        return row

    def _close(self, lanes: set[int]) -> None:
        for lane in lanes:
            self._wanted[lane] = None

    def _free_lane(self) -> int:
        if self._free:
            return heappop(self._free)
        self._wanted.append(None)
        self._branches.append(0)
        return len(self._wanted) - 1

    def _glyphs(self, lane: int, coming: list[int]) -> tuple[str, ...]:
        ends = {min(end, MOST_LANES - 1) for end in coming} - {lane}
        shown = min(lane, MOST_LANES - 1)
        last = max(ends, default=shown)
        cells = [EMPTY if wanted is None else LINE for wanted in self._wanted[:MOST_LANES]]
        for place in range(shown + 1, last + 1):
            if place in ends:
                cells[place] = JOIN_END if place == last else JOIN_UP
            else:
                cells[place] = DASH if cells[place] == EMPTY else CROSS
        cells[shown] = NODE
        while cells[-1] == EMPTY:
            cells.pop()
        return tuple(cells)


def forest_rows(history: History) -> list[ForestRow]:
    """Return the rows of `history`, newest first, in linear time; `Forest` does it page by page."""
    return Forest().update(history)
