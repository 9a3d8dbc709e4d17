"""What the tasks of one node did, counted one after the other."""

from __future__ import annotations

from msgspec import Struct

from studio_tui.domain.run import TaskStatus, TaskView

_RANK = {
    TaskStatus.RUNNING: 5,
    TaskStatus.INTERRUPTED: 4,
    TaskStatus.ERROR: 3,
    TaskStatus.UNKNOWN: 1,
    TaskStatus.CANCELLED: 1,
    TaskStatus.DONE: 0,
    TaskStatus.CACHED: 0,
}
"""What counts of tasks that ran together: the highest."""


class Visits(Struct):
    """Tasks of one node, in order."""

    count: int = 0
    status: TaskStatus = TaskStatus.DONE
    """Of the last one; of those that ran in one superstep, the worst end counts."""
    at_most: bool = False
    """Only checkpoints tell of some: they took at most so long."""
    step: int | None = None
    """Superstep of the last one."""
    together: int = 0
    """Tasks that ran in that superstep: more than one where the graph fanned out."""
    failed: int = 0
    """Those of them that failed."""
    total: float = 0.0
    """Seconds of all that tell together."""
    timed: bool = False
    """Whether any tells."""

    @property
    def seconds(self) -> float | None:
        """`total`, None where none tells."""
        return self.total if self.timed else None

    def add(self, task: TaskView) -> None:
        together = self.count > 0 and task.step is not None and task.step == self.step
        self.put(task.status, together=together)
        self.step = task.step
        self.together = self.together + 1 if together else 1
        self.failed = (self.failed if together else 0) + (task.status is TaskStatus.ERROR)
        seconds = task.duration
        if seconds is not None:
            self.at_most = self.at_most or task.between_checkpoints
            self.total, self.timed = self.total + seconds, True

    def put(self, status: TaskStatus, *, together: bool) -> None:
        """Count one more, of which only its status matters; `together` with the one before."""
        if not together or _RANK[status] > _RANK[self.status]:
            self.status = status
        self.count += 1

    def put_before(self, older: Visits) -> None:
        """Count in what the node did before."""
        self.count += older.count
        self.total, self.timed = self.total + older.total, self.timed or older.timed
        self.at_most = self.at_most or older.at_most
