"""The dock's keys stay in sight, however long the question is."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Start
from tests.ui.harness import widget_text


@pytest.mark.parametrize("size", [(120, 36), (100, 30), (80, 24)])
async def test_a_long_question_hides_no_key(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        it.studio.asks("one more line\n" * 120)
        dock = it.app.studio_screen.dock
        await it.until(lambda: dock.display and "one more line" in widget_text(dock), "the dock")
        await it.until(lambda: "c answer" in widget_text(dock), "its key while the focus is elsewhere")
        await it.press("c")
        await it.until(lambda: "y approve" in widget_text(dock), "its keys")


async def test_the_way_to_the_questions_begins_where_the_focus_is(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        await it.press("h", "i")
        it.studio.asks("May I?")
        dock = it.app.studio_screen.dock
        await it.until(lambda: "esc c answer" in widget_text(dock), "the way out of the composer")
        await it.press("escape")
        await it.until(lambda: "esc c" not in widget_text(dock) and "c answer" in widget_text(dock), "the key alone")
        await it.press("i")
        await it.until(lambda: "esc c answer" in widget_text(dock), "the way out of the composer again")
