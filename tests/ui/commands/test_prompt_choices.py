"""The `:` prompt shows what could be meant in rows above its line; a search stays in sight after enter."""

from __future__ import annotations

from studio_tui.core.resources.resource import State
from tests.ui.conftest import Driven, Start


async def prompt(it: Driven) -> None:
    """Open it."""
    await it.press("colon")
    await it.sees("tab Complete")


async def test_commands_stand_above_the_line_with_what_they_take_and_do(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it)
        assert "Stream modes" not in it.screen
        await it.sees("tab Complete  up down Choose  esc Close")
        await it.type("break")
        await it.sees("break-after NODE [off]")
        lines = it.screen.splitlines()
        rows = [line for line in lines if "break" in line and "Stop runs" in line]
        assert [row.split()[0] for row in rows] == ["break-after", "break-before"]
        assert lines.index(rows[-1]) < len(lines) - 2
        assert lines[-1].startswith(" :break"), "one cell stays free, as in every row"
        assert lines[-1].endswith(" esc Close")


async def test_nothing_moves_when_the_choices_come_and_go(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it)
        composer = it.app.studio_screen.composer.region
        await it.type("g")
        await it.sees("go-graph")
        assert it.app.studio_screen.composer.region == composer
        await it.press("backspace")
        await it.until(lambda: "go-graph" not in it.screen)


async def test_arrows_choose_tab_takes_and_enter_runs(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it)
        await it.type("go-")
        await it.press("down", "down", "tab")
        await it.sees(":go-graph ")
        await it.press(*["backspace"] * 6)
        await it.press("down", "down", "down")
        await it.press("enter")
        await it.until(lambda: not it.app.studio_screen.line.display)
        assert it.app.studio_screen.active == "messages"


async def test_what_takes_an_argument_is_not_run_without_it(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it)
        await it.type("run-t")
        await it.press("up", "enter")
        await it.sees(":run-to ")
        assert it.app.studio_screen.line.display


async def test_what_cannot_be_done_now_says_so_before_it_is_chosen(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it)
        await it.type("sto")
        await it.sees("not now: no run is under way")


async def test_arrows_on_an_empty_line_bring_back_older_ones_and_go_on_through_them(start: Start) -> None:
    async with start() as it:
        await it.panels()
        for line in ("zoom on", "zoom off"):
            await prompt(it)
            await it.type(line)
            await it.press("enter")
            await it.until(lambda: not it.app.studio_screen.line.display)
        await prompt(it)
        await it.press("up")
        await it.sees(":zoom off")
        await it.press("up")
        await it.sees(":zoom on")


async def test_a_search_stays_in_sight_after_enter_and_esc_clears_it(start: Start) -> None:
    async with start() as it:
        await it.until(lambda: it.app.app_state.threads.state is State.READY)
        await it.panels()
        await it.press("1", "slash")
        await it.sees("!text Hides")
        await it.type("aaaa")
        await it.press("enter")
        await it.sees("/aaaa ")
        await it.sees("esc Clear search")
        await it.press("escape")
        await it.until(lambda: "/aaaa" not in it.screen)


async def test_threads_are_offered_with_what_they_are_called(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it)
        await it.type("thread aaaa")
        await it.until(
            lambda: any("aaaa0001-" in row and " Weather" in row for row in it.screen.splitlines()), "id and name"
        )
