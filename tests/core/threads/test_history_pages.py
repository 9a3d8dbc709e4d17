"""Older checkpoints come page by page: what a page costs does not grow with what is loaded already."""

from __future__ import annotations

from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import RunId
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


def chain_of(run: int) -> list[Checkpoint]:
    """The checkpoints of one run, oldest first."""
    whole = chain((run + 1) * 10, run_id=RunId(f"run-{run:04}"))
    return whole[9::-1]
