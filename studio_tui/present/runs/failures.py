"""What tells why a run failed: some of its tasks, or nothing but the run itself."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from studio_tui.domain.run import Phase, RunState, TaskView

_OPENED = 8
"""Errors of one failed run that open by themselves."""


class Failure(Struct, frozen=True):
    """Where a failure is told."""

    tasks: tuple[TaskView, ...] = ()
    """The last tasks of a failed run that tell their errors."""
    of_run: bool = False
    """The run has an error, and none of its tasks tells it."""


_NONE = Failure()


class Failures:
    """Looked up by the places of runs in their thread's list, and looked for when a run has changed."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[RunState, int, object, Failure]] = {}

    def forget_others(self, runs: Sequence[RunState]) -> None:
        """Let go of all runs but these, which a thread that was left would hold in memory."""
        known = self._known.items()
        self._known = {place: found for place, found in known if place < len(runs) and found[0] is runs[place]}

    def of(self, place: int, run: RunState) -> Failure:
        if run.error is None and run.phase is not Phase.FAILED:
            return _NONE
        known = self._known.get(place)
        if known is None or known[0] is not run or known[1] != run.rev or known[2] is not run.error:
            tasks = [task for task in run.tasks.values() if task.error]
            of_run = run.error is not None and not run.failed_earlier and not tasks
            failed = tasks[-_OPENED:] if run.phase is Phase.FAILED else []
            known = self._known[place] = (run, run.rev, run.error, Failure(tuple(failed), of_run))
        return known[3]
