"""Where a run branches off: from which step of the past it went on, where that was not the thread's newest state."""

from __future__ import annotations

from bisect import bisect_left

from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import CheckpointMark, RunState
from studio_tui.domain.run_request import checkpoint_in
from studio_tui.present.runs.turn_lines import first_mark

_EDITS = 50
"""Edits and forks on top of each other that are gone through."""


class Origins:
    """The steps at which runs branch off; looked for again when more checkpoints are known, or the first of a run."""

    def __init__(self) -> None:
        self._history = History()
        self._items: object = None
        self._known: dict[int, tuple[RunState, CheckpointMark | None, int | None]] = {}

    def take(self, history: History) -> None:
        """Take over the checkpoints that are known now."""
        if history is not self._history or history.items is not self._items:
            self._history, self._items = history, history.items
            self._known.clear()

    def of(self, run: RunState) -> int | None:
        """Return the step at which a run branches off; None where it went on from the newest state, or nobody knows."""
        first, known = first_mark(run), self._known.get(id(run))
        if known is None or known[0] is not run or known[1] is not first:
            known = self._known[id(run)] = (run, first, branches_from(run, self._history))
        return known[2]


def branches_from(run: RunState, history: History) -> int | None:
    """Return the step at which `run` branches off, None where it did not or that is not known."""
    first = first_mark(run)
    if first is not None and first.checkpoint_id in history.by_id:
        return _left(history.by_id[first.checkpoint_id], history)
    wanted = checkpoint_in(run.request)
    if wanted is not None and wanted == run.base_id:
        return None
    if first is not None and first.source == "fork":
        return _copied(first.step)
    start = history.by_id.get(wanted or run.base_id or CheckpointId(""))
    if start is None:
        return None
    return start.step if wanted and run.base_id is not None else _left(start, history) if _is_made(start) else None


def _left(item: Checkpoint, history: History) -> int | None:
    """The step of the past after which `item` came, over edits and forks of what was the newest then."""
    for _ in range(_EDITS):
        parent = history.by_id.get(item.parent_id) if item.parent_id is not None else None
        if parent is None:
            return None
        newest = _newest_before(item, history)
        is_fork = item.source == "fork"
        if newest is None or (newest.checkpoint_id != parent.checkpoint_id and not (is_fork and _copies(item, newest))):
            return _copied(item.step) if is_fork else parent.step
        if not _is_made(newest):
            return None
        item = newest
    return None


def _newest_before(item: Checkpoint, history: History) -> Checkpoint | None:
    key = item.checkpoint_id or ""
    place = bisect_left(history.items, True, key=lambda other: (other.checkpoint_id or "") < key)
    return history.items[place] if place < len(history.items) else None


def _copies(fork: Checkpoint, newest: Checkpoint) -> bool:
    """Whether a fork stands beside `newest` as a copy of it."""
    return fork.parent_id == newest.parent_id and newest.step == _copied(fork.step)


def _is_made(item: Checkpoint) -> bool:
    """Whether somebody made it: no run did."""
    return item.source in ("update", "fork")


def _copied(step: int | None) -> int | None:
    """The step that a fork copies: it counts on from that."""
    return None if step is None else step - 1
