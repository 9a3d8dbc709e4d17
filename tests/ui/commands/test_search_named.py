"""`/` is named in the bottom row of every list and page, at 80 columns as at 120."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, get_args

import pytest
from textual.screen import Screen

from studio_tui.domain.run import Phase
from studio_tui.text.spans import plain
from studio_tui.ui.app.help import HelpScreen
from studio_tui.ui.assistants.assistants_screen import AssistantsScreen
from studio_tui.ui.commands.bars import Situation, State, bar, words
from studio_tui.ui.commands.key_bar import always, key_hints
from studio_tui.ui.connection.log_screens import HttpLogScreen
from studio_tui.ui.crons.crons_screen import CronsScreen
from studio_tui.ui.interrupts.inbox_screen import InboxScreen
from studio_tui.ui.kit.key_line import key_line
from studio_tui.ui.runs.runs_screen import RunsScreen
from studio_tui.ui.screens.over import OverScreen
from studio_tui.ui.store.store_screen import StoreScreen
from studio_tui.ui.studio.panels import PANELS
from studio_tui.ui.threads.threads_screen import ThreadsScreen
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import THREADS

SIZES = [(80, 24), (120, 36)]
SCREENS: dict[str, tuple[Callable[[], Screen[Any]], str]] = {
    "threads": (ThreadsScreen, "enter Open  R Rename  D Delete"),
    "runs": (lambda: RunsScreen(THREADS[0].thread_id), "enter Details  space Mark"),
    "store": (StoreScreen, "s By meaning  f Filter"),
    "crons": (CronsScreen, "enter Details"),
    "inbox": (InboxScreen, "enter Open"),
    "assistants": (AssistantsScreen, "enter Use"),
    "log": (HttpLogScreen, ""),
    "help": (lambda: HelpScreen("graph", ()), ""),
}
"""Screens that are searched, and what their bottom row begins with: letters that elsewhere mean something else."""


def _foot(it: Driven) -> str:
    return it.screen.splitlines()[-1]


async def test_every_panel_names_its_search_in_every_state(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        it.studio.running(Phase.RUNNING)
        ctx = it.app.context()
        for columns, panel, state in product((80, 120), (panel.id for panel in PANELS), get_args(State)):
            for now in (Situation(state), Situation(state, zoomed=True), Situation(state, search=True)):
                line, _ = key_line(key_hints(ctx, bar(panel, now), words(panel, now)), columns, always(ctx))
                assert " / Search " in plain(line), (columns, panel, now)


@pytest.mark.parametrize("size", SIZES)
async def test_panels_on_the_screen_name_it(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        for key in "12345678":
            await it.press(key)
            await it.until(lambda: " / Search " in _foot(it), f"the search of {key}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
async def test_screens_name_it_and_first_of_all_letters_that_are_others_elsewhere(
    start: Start, size: tuple[int, int], name: str
) -> None:
    made, first = SCREENS[name]
    async with start(size=size) as it:
        await it.panels()
        screen = made()
        assert isinstance(screen, OverScreen)
        it.app.push_screen(screen)
        await it.until(lambda: it.app.screen.id == screen.id and screen.is_built, "the screen")
        await it.until(lambda: " / Search " in _foot(it), "the search")
        assert _foot(it).startswith(f" {first}")
        if isinstance(screen, StoreScreen):
            screen.store.filter = {"a": 1}
            screen.keys.look()
            await it.until(lambda: " esc Clear filter" in _foot(it), "what esc does first")
