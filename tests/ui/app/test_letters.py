"""A letter means one thing: `r` runs and nothing else, and `/` stands in the keys of every list."""

from __future__ import annotations

import pytest

from studio_tui.ui.app.catalog import build_registry
from tests.ui.conftest import Start

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
