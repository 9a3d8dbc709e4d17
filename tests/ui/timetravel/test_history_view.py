"""The history while a run is under way, whose checkpoints are read when it has ended."""

from __future__ import annotations

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId, RunId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.ui.timetravel.history_panel import HistoryView
from tests.ui.harness import wait_until
from tests.ui.kit.panel_host import PanelHost, redraw

THREAD = ThreadId("t")


async def test_an_open_history_says_how_many_steps_the_run_is_ahead() -> None:
    history = History(THREAD)
    history.merge([Checkpoint(THREAD, CheckpointId("1"), step=4, source="loop", created_at=1.0)])
    run = RunState(run_id=RunId("r"), phase=Phase.RUNNING, started_at=1.0, step=6)
    app_state, view = AppState(thread_id=THREAD, history=history, runs=[run]), HistoryView()
    async with PanelHost(view).run_test(size=(70, 10)) as pilot:
        redraw(view, app_state)
        await wait_until(pilot, lambda: "2 newer steps, 1 checkpoint" in str(view.border_subtitle), "the steps")
        run.step = 7
        view.draw(app_state, frozenset({Slice.RUN}))
        await wait_until(pilot, lambda: "3 newer steps" in str(view.border_subtitle), "one step more")
        run.phase, run.reconciled = Phase.DONE, True
        redraw(view, app_state)
        await wait_until(pilot, lambda: "newer" not in str(view.border_subtitle), "none")
