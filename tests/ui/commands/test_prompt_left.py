"""The prompt when the focus goes elsewhere."""

from __future__ import annotations

from studio_tui.ui.kit.lists.line_view import LineView
from tests.ui.conftest import Start


async def test_esc_closes_a_prompt_that_was_left_by_a_click(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("colon")
        await it.type("the")
        it.app.studio_screen.panel("graph").focus()
        await it.pilot.pause()
        assert it.app.studio_screen.line.display
        await it.press("escape")
        await it.until(lambda: not it.app.studio_screen.line.display and it.app.studio_screen.keys.display, "the keys")


async def test_typing_replaces_an_older_search_and_esc_brings_it_back(start: Start) -> None:
    async with start() as it:
        await it.panels()
        threads = it.app.studio_screen.panel("threads")
        assert isinstance(threads, LineView)
        await it.press("1", "slash")
        await it.type("paris")
        await it.press("enter", "slash")
        await it.type("oslo")
        await it.until(lambda: threads.filter_text == "oslo" and "esc As before" in it.screen, "the new search alone")
        await it.press("escape")
        await it.until(lambda: threads.filter_text == "paris" and "esc Clear search" in it.screen, "the older search")
        await it.press("slash", "enter")
        await it.until(lambda: not it.app.studio_screen.line.display, "the keys")
        assert threads.filter_text == "paris", "it was taken as it stood"
