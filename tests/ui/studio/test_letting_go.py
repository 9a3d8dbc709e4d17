"""Panels that are hidden hold nothing of a thread that was left: what is kept of it may be large."""

from __future__ import annotations

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import History
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from studio_tui.ui.timetravel.history_panel import HistoryView
from tests.ui.conftest import Driven, Start
from tests.ui.studio.activities import running
from tests.ui.timetravel.time_fakes import TimeStudio, at_history


async def _leave(it: Driven) -> None:
    app_state = it.studio.app_state
    app_state.thread_id, app_state.runs, app_state.state = None, [], None
    app_state.history, app_state.cursor = History(), None
    app_state.touch(*Slice)
    await it.pilot.pause()


async def test_a_hidden_timeline_holds_no_run_of_the_thread_before(start: Start) -> None:
    async with start() as it:
        await running(it)
        timeline = it.app.studio_screen.part(TimelinePanel)
        await it.until(lambda: len(timeline.rows) > 1, "the run")
        await it.panels()
        await it.press("5", "z")
        await it.until(lambda: not timeline.display, "hidden")
        assert len(timeline.rows) > 1, "as long as the thread is open"
        it.studio.app_state.touch(Slice.STATE)
        await it.pilot.pause()
        assert len(timeline.rows) > 1
        await _leave(it)
        await it.until(lambda: not len(timeline.rows), "nothing")


async def test_a_hidden_history_holds_no_checkpoint_of_the_thread_before(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        history = it.app.studio_screen.part(HistoryView)
        assert len(history.rows) > 1
        await it.press("3")
        await it.until(lambda: not history.display, "hidden")
        studio.app_state.touch(Slice.STATE)
        await it.pilot.pause()
        assert len(history.rows) > 1
        await _leave(it)
        await it.until(lambda: not len(history.rows), "nothing")
        await it.press("8")
        await it.sees("No checkpoints")
