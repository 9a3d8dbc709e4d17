"""Row 0 stays where it is on every screen: server, thread, READONLY, and what happens."""

from __future__ import annotations

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import Phase, RunError, TaskStatus, TaskView
from studio_tui.text.spans import plain
from tests.ui.conftest import Driven, Start
from tests.ui.harness import grid

SCREENS = ("threads", "assistants", "store", "crons", "inbox", "http-log", "help", "runs")


def _row(it: Driven) -> str:
    return next(iter(grid(it.app)), "")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_screen_keeps_where_one_is_and_that_nothing_is_written(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size, thread="aaaa0001-0000-4000-8000-000000000001") as it:
        await it.panels()
        it.studio.app_state.readonly = True
        it.studio.running(step=3)
        await it.until(lambda: "RUNNING" in _row(it))
        badge = _row(it).index(" READONLY ")
        for command in SCREENS:
            it.app.perform(command)
            await it.until(lambda: it.app.screen is not it.app.studio_screen, command)
            await it.until(lambda: "RUNNING" in _row(it), f"the phase over {command}")
            assert _row(it).index(" READONLY ") == badge
            it.app.pop_screen()


async def test_a_failed_run_says_why_in_row_0_and_the_key_there_shows_all_of_it(start: Start) -> None:
    message = "validate stopped: " + "a long story " * 40 + "THE END"
    async with start() as it:
        await it.panels()
        run = it.studio.running(Phase.FAILED)
        run.error = RunError("ValueError", message)
        run.tasks[TaskId("t")] = TaskView(TaskId("t"), "validate", status=TaskStatus.ERROR, error=message)
        it.studio.app_state.touch(Slice.RUN, Slice.TASKS)
        await it.until(lambda: "FAILED in validate · validate stopped" in _row(it))
        assert "E whole error" in _row(it)
        rows = it.app.studio_screen.graph.region
        await it.press("E")
        await it.sees("THE END")
        assert "Error in validate" in _row(it)
        await it.press("escape")
        assert it.app.studio_screen.graph.region == rows


async def test_an_error_with_escaped_lines_is_shown_with_its_lines_and_copied_as_it_came(start: Start) -> None:
    raw = "KeyError(\"stopped at row 401\\n  column 'amount'\\nFix it\")"
    async with start() as it:
        await it.panels()
        run = it.studio.running(Phase.FAILED)
        run.tasks[TaskId("t")] = TaskView(TaskId("t"), "validate", status=TaskStatus.ERROR, error=raw)
        it.studio.app_state.touch(Slice.RUN, Slice.TASKS)
        await it.until(lambda: "FAILED in validate · KeyError: stopped at row 401 · E whole error" in _row(it))
        await it.press("E")
        await it.sees("Error in validate")
        lines = [line.strip("│▌ ") for line in it.screen.splitlines()]
        assert lines[2:5] == ["KeyError: stopped at row 401", "column 'amount'", "Fix it"]
        await it.press("Y")
        await it.until(lambda: it.app.clipboard == raw)


async def test_a_pause_and_its_end_move_nothing(start: Start) -> None:
    async with start() as it:
        await it.panels()
        before = it.app.studio_screen.graph.region
        it.studio.paused_at("tools")
        await it.until(lambda: "PAUSED before tools · n step · c continue" in _row(it))
        assert it.app.studio_screen.graph.region == before


async def test_the_row_is_painted_only_when_it_says_something_else(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        await it.panels()
        it.studio.running(step=3)
        await it.until(lambda: "RUNNING" in _row(it))
        status, painted = it.app.studio_screen.status, []
        await it.until(lambda: not it.app.work.shown)
        moment = it.app.now()
        monkeypatch.setattr(it.app, "now", lambda: moment)  # else the seconds of the run go on
        status.look()
        await it.pilot.pause()
        monkeypatch.setattr(status, "refresh", lambda *regions, **_more: painted.append(regions))

        async def drawn() -> None:
            it.studio.app_state.touch(*Slice)
            frames = it.app.clock.frames
            await it.until(lambda: it.app.clock.frames > frames)

        said = plain(status.line())
        for _ in range(3):
            await drawn()
        assert plain(status.line()) == said
        assert painted == []
        it.studio.app_state.readonly = True
        await drawn()
        assert " READONLY " in plain(status.line())
        assert painted  # as often as it is looked at before the frame: `refresh` paints nothing here
