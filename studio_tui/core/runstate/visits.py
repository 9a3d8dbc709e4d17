"""What the tasks of one node did, counted one after the other."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from studio_tui.domain.ids import TaskId, task_of
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


class Part(Struct, frozen=True):
    """How long a task ran in runs that did not end it: the run that takes its superstep up goes on with it."""

    seconds: float = 0.0
    rough: bool = False
    """Only checkpoints tell."""
    lacks: bool = False
    """Whether some of it is not known."""

    def and_then(self, task: TaskView) -> Part:
        """Return the part with what another run did of the task."""
        seconds, cached = task.duration, task.status is TaskStatus.CACHED
        rough = self.rough or (task.between_checkpoints and seconds is not None)
        return Part(self.seconds + (seconds or 0.0), rough, self.lacks or (seconds is None and not cached))


NO_PART = Part()


class Visits(Struct):
    """Tasks of one node, in order. A task that several runs went on with is one visit, with the times of all."""

    count: int = 0
    status: TaskStatus = TaskStatus.DONE
    """Of the last one; of those that ran in one superstep, the worst end counts."""
    at_most: bool = False
    """Only checkpoints tell of some: they took at most so long."""
    moment: object = None
    """Superstep of the last one (`moment_of`)."""
    together: int = 0
    """Tasks that ran in that superstep: more than one where the graph fanned out."""
    failed: int = 0
    """Those of them that failed."""
    longest: float | None = None
    """Seconds of the one of them that ran longest, of those that tell."""
    lacks: bool = False
    """Whether one of them does not tell when it ran."""
    rough: bool = False
    """Only checkpoints tell when one of them ran."""
    total: float = 0.0
    """Seconds of all that tell together."""
    timed: bool = False
    """Whether any tells."""
    untold: bool = False
    """Whether any does not."""

    @property
    def seconds(self) -> float | None:
        """`total`, None where none tells."""
        return self.total if self.timed else None

    @property
    def newest(self) -> float | None:
        """Seconds of the longest of those that ran last; None where one does not tell."""
        return None if self.lacks else self.longest

    def add(self, task: TaskView, moment: object, part: Part = NO_PART, *, again: bool = False) -> None:
        """Count a task that has ended, in its superstep `moment`, with its `part` in earlier runs; `again`: it was
        counted as it had ended there, and a later run replayed it."""
        together = self.count > 0 and moment is not None and moment == self.moment
        if not again:
            self.put(task.status, together=together)
            self.failed = (self.failed if together else 0) + (task.status is TaskStatus.ERROR)
            if not together:
                self.together, self.rough, self.lacks, self.longest = 0, False, False, None
            self.together += 1
            self.moment = moment
        whole = part.and_then(task)
        self.lacks, self.untold = self.lacks or whole.lacks, self.untold or whole.lacks
        if task.duration is None and part is NO_PART:
            return
        self.longest = max(whole.seconds, self.longest or 0.0)
        self.rough, self.at_most = self.rough or whole.rough, self.at_most or whole.rough
        self.total, self.timed = self.total + (task.duration or 0.0) + (0.0 if again else part.seconds), True

    def put(self, status: TaskStatus, *, together: bool) -> None:
        """Count one more, of which only its status matters; `together` with the one before."""
        if not together or _RANK[status] > _RANK[self.status]:
            self.status = status
        self.count += 1

    def put_before(self, older: Visits) -> None:
        """Count in what the node did before."""
        self.count += older.count
        self.total, self.timed = self.total + older.total, self.timed or older.timed
        self.at_most, self.untold = self.at_most or older.at_most, self.untold or older.untold


def moment_of(task: TaskView, find: Callable[[TaskId], TaskView | None]) -> object:
    """Return the superstep of a task, None where it is not known: inside a subgraph with those of the nodes around it,
    as a subgraph begins to count anew each time that it runs. `find` knows the tasks that run subgraphs."""
    if not task.ns or task.step is None:
        return task.step
    around = [find(task_of(segment)) for segment in task.ns]
    return (*(
        parent.step if parent is not None and parent.step is not None else segment
        for parent, segment in zip(around, task.ns, strict=True)
    ), task.step)  # fmt: skip
