"""Where a thread stands: the newest of what its state and its run say."""

from __future__ import annotations

from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.thread_position import Standing, thread_position

THREAD, RUN = ThreadId("t"), RunId("r")


def head(*tasks: Task) -> Checkpoint:
    return Checkpoint(THREAD, CheckpointId("1f01"), run_id=RUN, tasks=tasks, next=tuple(task.name for task in tasks))


def test_a_question_that_waits_is_more_than_that_its_run_failed() -> None:
    asked = Interrupt("q", "May I?", node="a")
    failed = RunState(RUN, THREAD, phase=Phase.FAILED, reconciled=True)
    waiting = head(Task(TaskId("1"), "a", interrupts=(asked,)), Task(TaskId("2"), "b"))
    position = thread_position(waiting, failed)
    assert (position.standing, position.questions) == (Standing.ASKING, (asked,))
    assert thread_position(head(Task(TaskId("2"), "b")), failed).standing is Standing.FAILED
