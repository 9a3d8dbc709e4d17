"""Runs rebuilt from the checkpoints of recorded threads, forks and old servers included."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.runstate.past_pages import PastRuns
from studio_tui.core.runstate.past_runs import is_partial, written_by
from studio_tui.domain.checkpoint import Checkpoint, History, Interrupt, Task
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId, TaskId
from studio_tui.domain.run import GIVEN_BACK, Phase, RunError, RunState, TaskStatus
from studio_tui.domain.thread import RunInfo
from studio_tui.present.runs.timeline_lines import task_duration
from studio_tui.text.glyphs import UNICODE
from studio_tui.ui.runs.timeline_panel import _task_detail
from studio_tui.wire.decode_state import checkpoint_of
from tests.core.fakes import RUN, THREAD
from tests.paths import FIXTURES

OTHER = RunId("0199aaaa-0000-7000-8000-000000000002")


def runs_from_history(history: History, infos: list[RunInfo], *, dialect: Dialect | None = None) -> list[RunState]:
    return PastRuns().update(history, infos, dialect=dialect)


def history(name: str) -> History:
    items = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    made = History(THREAD)
    made.merge([checkpoint_of(item, THREAD) for item in items])
    return made


def of(*items: Checkpoint, complete: bool = True) -> History:
    made = History(THREAD, complete=complete)
    made.merge(list(items))
    return made


def point(number: int, parent: int | None, run_id: RunId | None = RUN, **fields: Any) -> Checkpoint:
    ids = [CheckpointId(f"1f{value:04}") if value is not None else None for value in (number, parent)]
    fields = {"source": "loop", "step": number, "created_at": float(number), **fields}
    return Checkpoint(THREAD, ids[0], parent_id=ids[1], run_id=run_id, **fields)


def task(name: str, result: Any = None, **fields: Any) -> Task:
    return Task(TaskId(f"{name}-id"), name, result=result, has_result=result is not None, **fields)


def info(run_id: RunId = RUN, status: str = "success", at: float = 0.0, **fields: Any) -> RunInfo:
    return RunInfo(run_id, THREAD, AssistantId("a"), status, created_at=at, **fields)


def test_forked_thread_gives_each_run_its_own_tasks() -> None:
    runs = runs_from_history(history("py/history_forked"), [])
    names = [[view.name for view in run.tasks.values()] for run in runs]
    assert names == [["a", "b", "c"], ["b", "c"], ["b", "c"], ["a", "b", "c"], ["b", "c"]]
    assert all(run.phase is Phase.DONE and run.from_history for run in runs)
    assert [view.step for view in runs[0].tasks.values()] == [1, 2, 3]
    assert [view.keys for view in runs[0].tasks.values()] == [("x", "log[1]")] * 3
    assert runs[0].tasks[next(iter(runs[0].tasks))].duration == pytest.approx(0.0024, abs=0.0005)
    first = next(iter(runs[0].tasks.values()))
    assert task_duration(first, 0.0, UNICODE) == "≤2ms"  # the queue and the checkpoint before it are in it
    assert runs[0].values is not None
    assert runs[0].values.value() == {"x": 3, "log": ["a@0", "b@1", "c@2"]}


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("py/history_steps", [["a", "b", "c"]]),
        ("js/history", [["a", "b", "c"], ["b", "c"], ["b", "c"]]),
        ("aegra/history", [["a", "b", "c"], ["a", "b", "c"]]),
        ("py-0.5.42/history", [["a", "b", "c"], ["b", "c"], ["b", "c"]]),
        ("py-0.0.46/history", [["a", "b", "c"], ["b", "c"], ["b", "c"]]),
    ],
)
def test_every_servers_history_gives_runs(name: str, names: list[list[str]]) -> None:
    runs = runs_from_history(history(name), [])
    assert [[view.name for view in run.tasks.values()] for run in runs] == names
    assert [run.phase for run in runs] == [Phase.DONE] * len(names)


def test_answered_question_stays_visible_where_it_was_asked() -> None:
    asked = task("review", "approved", interrupts=(Interrupt("q", "ok?"),))
    start = point(1, None, source="input", step=-1, next=("__start__",))
    paused = point(2, 1, tasks=(asked, task("side", {"x": 1})), next=("review",))
    runs = runs_from_history(of(start, paused, point(3, 2, OTHER)), [info(at=0.0), info(OTHER, at=2.5)])
    assert [run.phase for run in runs] == [Phase.INTERRUPT, Phase.DONE]
    assert [(view.name, view.status) for view in runs[0].tasks.values()] == [("review", TaskStatus.INTERRUPTED)]
    assert not runs[0].interrupts
    answered = runs[1].tasks[TaskId("review-id")]
    assert (answered.status, answered.started_at, answered.ended_at) == (TaskStatus.DONE, 2.5, 3.0)


def test_open_question_of_the_head_is_pending() -> None:
    asked = task("review", interrupts=(Interrupt("q", "ok?"),))
    (run,) = runs_from_history(of(point(1, None), point(2, 1, tasks=(asked,), next=("review",))), [info()])
    assert run.phase is Phase.INTERRUPT
    assert [item.value for item in run.interrupts.values()] == ["ok?"]


def test_failed_run_has_its_error_and_cancelled_siblings() -> None:
    tasks = (task("bad", error="ValueError('boom')"), task("slow", error="CancelledError()"), task("good", {"x": 1}))
    head = point(2, 1, tasks=tasks, next=("bad", "slow"))
    (run,) = runs_from_history(of(point(1, None), head), [info(status="error", updated_at=9.0)])
    assert run.phase is Phase.FAILED
    assert run.error == RunError("ValueError", "boom")
    found = {view.name: view.status for view in run.tasks.values()}
    assert found == {"bad": TaskStatus.ERROR, "slow": TaskStatus.CANCELLED, "good": TaskStatus.DONE}
    assert run.ended_at == 9.0
    assert run.step == 3, "the step that failed, which no checkpoint followed"


def test_cancelled_run_shows_the_task_that_was_cut() -> None:
    head = point(2, 1, tasks=(task("slow"),), next=("slow",))
    (run,) = runs_from_history(of(point(1, None), head), [info(status="interrupted", updated_at=5.0)])
    assert run.phase is Phase.CANCELLED
    assert [(view.name, view.status) for view in run.tasks.values()] == [("slow", TaskStatus.CANCELLED)]


def test_running_run_is_live_and_shows_what_is_done() -> None:
    items = (point(1, None, tasks=(task("a", 1),)), point(2, 1, tasks=(task("b"),), next=("b",)))
    (run,) = runs_from_history(of(*items), [info(status="running")])
    assert run.phase is Phase.RUNNING
    assert run.ended_at is None
    assert run.tasks[TaskId("a-id")].status is TaskStatus.DONE


def test_runs_without_checkpoints_come_from_the_list_of_runs() -> None:
    infos = [
        info(OTHER, "pending", at=20.0),
        info(RunId("broken"), "error", at=10.0, updated_at=11.0, error="KeyError('x')"),
        info(at=0.0),
    ]
    runs = runs_from_history(of(point(1, None)), infos)
    assert [run.run_id for run in runs] == [RUN, "broken", OTHER]
    assert [run.phase for run in runs] == [Phase.DONE, Phase.FAILED, Phase.QUEUED]
    assert runs[1].error == RunError("KeyError", "x")


def test_run_older_than_the_loaded_pages_is_not_made_up() -> None:
    loaded = of(point(8, 7), point(9, 8), complete=False)
    runs = runs_from_history(loaded, [info(at=7.5), info(OTHER, at=1.0)])
    assert [run.run_id for run in runs] == [RUN]
    assert is_partial(runs[0], loaded)
    loaded.merge([point(7, None)])
    assert not is_partial(runs_from_history(loaded, [info(at=7.5)])[0], loaded)


def test_messages_and_their_tokens_go_to_the_run_that_made_them() -> None:
    def said(*texts: str) -> dict[str, Any]:
        kinds = ("human", "ai")
        return {
            "messages": [
                {"type": kinds[i % 2], "id": f"m{i}", "content": t, "usage_metadata": {"total_tokens": 10**i}}
                for i, t in enumerate(texts)
            ]
        }

    first = point(2, 1, values=said("hi", "hello"))
    items = (
        point(1, None, values=said("hi"), tasks=(task("agent", {"messages": said("", "hello")["messages"][1:]}),)),
        first,
        point(3, 2, OTHER, source="input", values=said("hi", "hello", "bye")),
        point(4, 3, OTHER, values=said("hi", "hello", "bye", "ciao")),
    )
    runs = runs_from_history(of(*items), [info(), info(OTHER, at=2.5)])
    assert [run.usage.total_tokens for run in runs] == [11, 1100]
    assert [(message.id, message.node) for message in written_by(runs[0]).values()] == [("m1", "agent")]
    assert not any(run.messages for run in runs)  # they did not stream; a state may hold 100 000


def test_a_result_that_was_given_back_is_no_null() -> None:
    done = task("agent", {"x": 1})
    items = (point(1, None, tasks=(replace(done, result=None),)), point(2, 1))
    (run,) = runs_from_history(of(*items), [info()])
    (view,) = run.tasks.values()
    assert view.result is GIVEN_BACK
    assert "result" not in _task_detail(view)


def test_nothing_loaded_gives_no_runs() -> None:
    assert runs_from_history(History(THREAD), []) == []
    edited = replace(point(1, None, None), source="update")
    assert runs_from_history(of(edited), []) == []


def test_run_that_asked_at_once_and_wrote_no_checkpoint_waits_and_not_the_one_before_it() -> None:
    head = point(2, 1, next=("b",), tasks=(task("b", interrupts=(Interrupt("q", "ok?"),)),))
    stepped = info(OTHER, at=3.0, updated_at=4.0, kwargs={"input": None})
    first, second = runs_from_history(of(point(1, None), head), [info(updated_at=2.5), stepped])
    assert (first.phase, first.interrupts) == (Phase.BREAKPOINT, {})
    assert not [view for view in first.tasks.values() if view.status is TaskStatus.INTERRUPTED]
    assert (second.run_id, second.phase, list(second.interrupts)) == (OTHER, Phase.INTERRUPT, ["q"])
    half = info(RunId("third"), at=5.0, updated_at=6.0, kwargs={"input": None, "command": {"resume": {"p": 1}}})
    runs = runs_from_history(of(point(1, None), head), [info(updated_at=2.5), stepped, half])
    assert [run.phase for run in runs] == [Phase.BREAKPOINT, Phase.INTERRUPT, Phase.INTERRUPT]
    assert [list(run.interrupts) for run in runs] == [[], [], ["q"]]
    answered = replace(stepped, kwargs={"input": None, "command": {"resume": {"p": 1}}})
    first, second = runs_from_history(of(point(1, None), head), [info(updated_at=2.5), answered])
    assert (first.phase, first.interrupts, second.phase) == (Phase.INTERRUPT, {}, Phase.INTERRUPT)


def test_run_that_failed_at_once_has_the_failure_and_not_the_one_before_it() -> None:
    head = point(2, 1, next=("b",), tasks=(task("b", error="ValueError('no')"),))
    failed = info(OTHER, "error", at=3.0, updated_at=4.0, kwargs={"input": None})
    first, second = runs_from_history(of(point(1, None), head), [info(updated_at=2.5), failed])
    assert (first.phase, first.error) == (Phase.BREAKPOINT, None)
    assert (second.phase, second.error) == (Phase.FAILED, RunError("ValueError", "no"))


def test_past_run_that_asked_without_a_checkpoint_is_not_called_done() -> None:
    asked = task("b", "yes", interrupts=(Interrupt("q", "ok?"),))
    items = [point(1, None), point(2, 1, next=("b",), tasks=(asked,)), point(3, 2, RunId("third"))]
    infos = [info(), info(OTHER, at=2.2, updated_at=2.5), info(RunId("third"), at=2.7, updated_at=3.5)]
    assert [run.phase for run in runs_from_history(of(*items), infos)][1:] == [Phase.INTERRUPT, Phase.DONE]
    done = [info(updated_at=1.5), info(OTHER, at=2.2, updated_at=2.5)]  # nothing was next: it had nothing to do
    assert runs_from_history(of(point(1, None)), done)[1].phase is Phase.DONE


@pytest.mark.parametrize(
    ("status", "kwargs"), [("interrupted", {"input": None}), ("error", {"input": {"x": 1}}), ("error", {"input": []})]
)
def test_run_that_never_began_takes_no_question_from_the_one_that_asked(status: str, kwargs: dict[str, Any]) -> None:
    head = point(2, 1, next=("b",), tasks=(task("b", interrupts=(Interrupt("q", "ok?"),)),))
    idle = info(OTHER, status, at=3.0, updated_at=4.0, kwargs=kwargs)
    first, second = runs_from_history(of(point(1, None), head), [info(updated_at=2.5), idle])
    assert (first.phase, list(first.interrupts)) == (Phase.INTERRUPT, ["q"])
    assert not second.tasks
