"""A screen that ends takes nothing else with it, and ends once."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from studio_tui.ui.kit.dialogs.dialogs import Dialog
from tests.ui.conftest import Start
from tests.ui.harness import wait_until


class Box(Dialog[str]):
    def parts(self) -> ComposeResult:
        yield Static("box")


async def test_a_dialog_that_ends_under_another_leaves_that_one_and_goes_when_it_is_gone(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async with start() as it:
        below, above = Box(), Box()
        told: list[str | None] = []
        it.app.push_screen(below, told.append)
        await it.until(lambda: it.app.screen is below, "the first")
        it.app.push_screen(above)
        await it.until(lambda: it.app.screen is above, "the second")
        below.dismiss("done")
        await it.pilot.pause()
        assert (it.app.screen, told) == (above, [])
        below.dismiss("done")  # whoever asks again
        above.dismiss(None)
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
        assert told == ["done"]
        below.dismiss("late")
        await it.pilot.pause()
        assert it.app.screen is it.app.studio_screen
        assert not caplog.records


async def test_a_dialog_whose_waiter_was_broken_off_can_be_closed(start: Start) -> None:
    async with start() as it:
        box = Box()
        it.app.push_screen(box)
        await wait_until(it.pilot, lambda: it.app.screen is box)
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        future.cancel()
        box._result_callbacks[-1].future = future
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
