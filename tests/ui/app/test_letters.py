"""A letter means one thing: `r` runs and nothing else, and `/` stands in the keys of every list."""

from __future__ import annotations

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.ui.app.catalog import build_registry
from tests.ui.conftest import Start
from tests.ui.fakes import THREADS

LISTS = ("threads", "assistants", "store", "crons", "http-log", "notices")


def test_r_runs_and_nothing_else() -> None:
    on_r = [command for command in build_registry() if "r" in command.keys]
    assert on_r
    assert [command.id for command in on_r if not command.title.startswith("Run")] == []


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_search_stands_in_the_keys_of_every_list(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        for command in LISTS:
            it.app.perform(command)
            await it.until(lambda: it.app.screen is not it.app.studio_screen, command)
            await it.until(lambda: "/ Search" in it.screen.split("\n")[-1], f"the search in the keys of {command}")
            it.app.pop_screen()
            await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")


async def test_no_letter_in_the_list_of_threads_runs_the_open_thread_and_one_renames_its_row(start: Start) -> None:
    async with start() as it:
        await it.type("an input")
        await it.panels()
        it.studio.app_state.threads.items = []
        it.studio.app_state.touch(Slice.THREADS)
        await it.press("1", "r")
        await it.sees("Run: from a panel of the thread or the composer (i).")
        it.studio.paused_at("tools")
        for key, word in (("n", "Step"), ("c", "Continue"), ("t", "Run to")):
            await it.press(key)
            await it.sees(f"{word}: from a panel of the thread")
        assert not {"n", "c"} & set(it.screen.split("\n")[-1].split())
        it.studio.asks("Go on?")
        it.studio.app_state.touch(Slice.STATE)
        await it.sees("c answer, asked by the open thread")
        assert not {"n", "c"} & set(it.screen.split("\n")[-1].split())
        it.studio.running()
        await it.press("s")
        await it.sees("Stop: in the list of threads with ^g.")
        assert not {name for name, _ in it.studio.calls} & {"start", "stop", "continue_run", "step_over"}
        it.studio.app_state.threads.items = list(THREADS)
        it.studio.app_state.touch(Slice.THREADS)
        await it.until(lambda: "R Rename" in it.screen.split("\n")[-1], "a row to rename")
        await it.press("g", "R")
        await it.sees("Rename the thread")
        await it.type(" too")
        await it.press("enter")
        await it.until(lambda: it.studio.called("rename_thread") == [(THREADS[0].thread_id, "too")])
