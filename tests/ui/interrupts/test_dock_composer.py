"""A question arrives while somebody writes in the composer."""

from __future__ import annotations

import pytest
from textual import events

from studio_tui.client.target import Target
from tests.ui.conftest import Start


@pytest.mark.parametrize(
    ("size", "looks_away"), [((60, 16), False), ((80, 24), False), ((120, 36), False), ((160, 45), True)]
)
async def test_a_question_takes_no_composer_from_whoever_is_there(
    start: Start, size: tuple[int, int], *, looks_away: bool
) -> None:
    """Nor where the focus comes back later, from another window or to another form: nobody saw what had it then."""
    async with start(size=size, target=Target("http://127.0.0.1:4711")) as it:
        screen = it.app.studio_screen
        await it.until(lambda: screen.area == "composer")
        if looks_away:
            it.app.post_message(events.AppBlur())
            await it.until(lambda: screen.focused is None)
        it.studio.asks("First?")
        await it.until(lambda: screen.dock.display)
        if looks_away:
            it.app.post_message(events.AppFocus())
            await it.until(lambda: screen.area == "composer")
        assert screen.composer.display
        assert screen.area == "composer", "a letter typed now is text, however long one waited"
        await it.type("draft")
        await it.until(lambda: screen.composer.state.text() == "draft")
        await it.press(*["backspace"] * 5)
        await it.panels()
        await it.until(lambda: not screen.composer.display)
        assert not it.studio.called("answer")
