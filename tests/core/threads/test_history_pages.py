"""Older checkpoints come page by page: what a page costs does not grow with what is loaded already."""

from __future__ import annotations

from msgspec.structs import replace

from studio_tui.core.runstate.past_pages import PastRuns
from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import RunId, TaskId
from tests.core.fakes import THREAD, FakeClient, chain, serve
from tests.work import lines_run

COUNT, PAGE = 3000, 25


async def test_a_page_is_no_more_work_at_the_end_of_a_long_thread(studio: Studio, client: FakeClient) -> None:
    items = [item for run in range(COUNT // 10 - 1, -1, -1) for item in reversed(chain_of(run))]
    serve(client, THREAD, items[:1])
    await studio.threads.open(THREAD)
    assert studio.app_state.server is not None
    assert studio.app_state.server.dialect.hides_joins, "all that is known of hidden nodes is looked for as well"
    history, work, left = studio.history, list[int](), items[1:]

    def take(page: list[Checkpoint]) -> None:
        history.take_page(page, complete=False, alone=True)
        history.drop_values()

    while left:
        page, left = left[:PAGE], left[PAGE:]
        work.append(lines_run(lambda page=page: take(page)))  # type: ignore[misc]
    assert [item.checkpoint_id for item in studio.app_state.history.items] == [item.checkpoint_id for item in items]
    assert sum(item.values is not None for item in studio.app_state.history.items) == 50
    assert max(work[3:]) < 1.5 * work[3]


async def test_a_run_without_end_keeps_its_last_values_only(studio: Studio, client: FakeClient) -> None:
    items = [
        replace(item, tasks=(Task(TaskId(f"t{item.step}"), "a", result={"n": item.step}, has_result=True),))
        for item in chain(COUNT, run_id=RunId("run"))
    ]
    serve(client, THREAD, items[:1])
    await studio.threads.open(THREAD)
    history, past, work, left = studio.history, PastRuns(), list[int](), items[1:]

    def take(page: list[Checkpoint]) -> None:
        history.take_page(page, complete=False, alone=True)
        studio.app_state.runs = past.update(studio.app_state.history, [])
        history.drop_values()

    while left:
        page, left = left[:PAGE], left[PAGE:]
        work.append(lines_run(lambda page=page: take(page)))  # type: ignore[misc]
    assert sum(item.values is not None for item in studio.app_state.history.items) < 300
    [run] = studio.app_state.runs
    assert len(run.tasks) == COUNT
    assert all(task.result is not None and task.result.value() for task in run.tasks.values())
    assert max(work[20:-1]) < 1.5 * work[20]  # with the last one the run is whole and made anew


def chain_of(run: int) -> list[Checkpoint]:
    """The checkpoints of one run, oldest first."""
    whole = chain((run + 1) * 10, run_id=RunId(f"run-{run:04}"))
    return whole[9::-1]
