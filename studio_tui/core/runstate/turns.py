"""Which runs make up one turn: from an input to the end of what it began, over pauses, answers and new tries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from studio_tui.core.runstate.earlier_marks import FIRST_MARKS
from studio_tui.domain.run import CheckpointMark, Phase, RunState
from studio_tui.domain.run_request import checkpoint_in


def begins_turn(run: RunState) -> bool:
    """Whether a run took in new input, and so did not go on with the turn before."""
    if any(mark.source == "input" for mark in _first_marks(run)):
        return True
    return not run.checkpoints and run.request.get("input") is not None  # its first checkpoint is still to come


def continues(run: RunState, before: RunState) -> bool:
    """Whether `run` went on with what `before`, the run ahead of it on its thread, had left unfinished."""
    if run.stateless or before.stateless or before.phase is Phase.DONE or before.phase.is_live or begins_turn(run):
        return False
    marks = _first_marks(run)
    if any(mark.source == "fork" for mark in marks):
        return False  # it ran again from an older checkpoint
    request = run.request
    if not marks and not request:
        return False  # nobody knows yet what it was given
    if not marks:
        wanted = checkpoint_in(request)
        left = next((mark.checkpoint_id for mark in reversed(before.checkpoints.values()) if not mark.ns), None)
        return not wanted or wanted in (left, run.base_id)
    first = next((mark.step for mark in marks if mark.step is not None), None)
    return first is None or before.step is None or first >= before.step


def is_from_edit(run: RunState, before: RunState) -> bool:
    """Whether a run that continues `before` went on from a state that somebody wrote after it, as far as is known."""
    left = next((mark for mark in reversed(before.checkpoints.values()) if not mark.ns), None)
    marks = _first_marks(run)
    if any(mark.source == "update" for mark in marks[:1]):
        return True
    if left is None or left.checkpoint_id is None:
        return False
    if run.base_id is not None:
        return before.reconciled and run.base_id not in before.checkpoints
    first = next((mark.step for mark in marks if mark.step is not None), None)
    # Steps count on by one: the one that is missing is the edit's.
    return first is not None and left.step is not None and first > left.step + 1


def failures_of(runs: Sequence[RunState], run: RunState) -> tuple[int, bool]:
    """Return how often in a row what `run` was given has failed now, `run` included, and whether that is all of it: the
    run that took the input in is among `runs`, which are in the order in which they began."""
    count = 0
    for item in reversed(runs[: next((at for at, one in enumerate(runs, start=1) if one is run), 0)]):
        if item.stateless or item.thread_id != run.thread_id:
            continue
        if item.phase is not Phase.FAILED:
            return count, True
        count += 1
        if begins_turn(item):
            return count, True
    return count, False


def _first_marks(run: RunState) -> list[CheckpointMark]:
    return [mark for mark in islice(run.checkpoints.values(), FIRST_MARKS) if not mark.ns]
