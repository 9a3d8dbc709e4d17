"""The checkpoints of a thread as a forest in lanes, like `git log --graph`: newest first, one row a checkpoint.

Pure: lineage is `parent_id` alone (PROTOCOL §5.4), ids tell the age. Knows no colours and no screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush

from msgspec import Struct

from studio_tui.domain.checkpoint import History
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
        self._seen: list[tuple[CheckpointId, CheckpointId | None]] = []
        self._names: dict[CheckpointId, str] = {}
        self._layout = _Layout()

    def update(self, history: History, names: Mapping[CheckpointId, str] | None = None) -> list[ForestRow]:
        """Return the rows of `history`; what was laid out before stays, where only older checkpoints came."""
        given = dict(names or {})
        items = [(item.checkpoint_id, item.parent_id) for item in history.items if item.checkpoint_id is not None]
        known = len(self._seen)
        if given != self._names or items[:known] != self._seen or self._reopened(items, known):
            self.rows, self._layout, known = [], _Layout(), 0
        self._seen, self._names = items, given
        loaded = history.by_id
        for checkpoint_id, parent_id in items[known:]:
            has_parent = parent_id is not None and parent_id in loaded and parent_id < checkpoint_id
            self.rows.append(self._layout.place(checkpoint_id, parent_id, has_parent, given.get(checkpoint_id, "")))
        return self.rows

    def _reopened(self, items: list[tuple[CheckpointId, CheckpointId | None]], known: int) -> bool:
        """Whether a checkpoint came that is the missing parent of a laid out one: its lane had been given up."""
        return any(checkpoint_id in self._layout.missing for checkpoint_id, _ in items[known:])


class _Layout:
    """Lanes while going from the newest checkpoint to older ones."""

    def __init__(self) -> None:
        self.missing: set[CheckpointId] = set()
        """Parents that were not loaded; used only to find out that they came."""
        self._wanted: list[CheckpointId | None] = []
        """For each lane the checkpoint that it leads down to; None is a free lane."""
        self._branches: list[int] = []
        """The branch that each lane draws."""
        self._free: list[int] = []
        """A heap of the free lanes; some may be beyond the last lane in use."""
        self._lanes_to: dict[CheckpointId, list[int]] = {}
        self._count = 0

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
        elif parent_id is not None:
            self.missing.add(parent_id)
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
