"""The prompt when the focus goes elsewhere."""

from __future__ import annotations

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
