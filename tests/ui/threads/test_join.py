"""`:join` follows a run by the beginning of its id."""

from __future__ import annotations

from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.thread import RunInfo
from tests.ui.commands.test_commands import prompt
from tests.ui.conftest import Start
from tests.ui.fakes import AGENT


async def test_join_asks_which_run_is_meant_where_several_begin_so(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.app_state.thread_id = ThreadId("t")
        runs = [RunInfo(RunId(name), ThreadId("t"), AGENT.assistant_id, "running") for name in ("0199-b", "0199-a")]
        it.studio.app_state.thread_runs = runs
        await prompt(it, "join 0199")
        await it.sees("▌0199-b")
        assert not it.studio.called("join")
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.app.studio_screen, "none is chosen")
        await prompt(it, "join 0199-a")
        await it.until(lambda: it.studio.called("join") == ["0199-a"])
