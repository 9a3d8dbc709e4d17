"""What a layout says is no news for the next one, and a size that was laid out already is not laid out again."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual._compositor import Compositor
from textual.screen import Screen
from textual.widget import Widget

from studio_tui.ui.app import textual_patches
from tests.ui.app.test_same_screen import SESSION
from tests.ui.conftest import Start


def _places(screen: Screen[Any]) -> dict[Widget, object]:
    return {widget: (found.region, found.clip) for widget, found in screen._compositor.full_map.items()}


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_no_frame_of_a_session_owes_a_layout(start: Start, size: tuple[int, int]) -> None:
    """Once all is quiet another layout, by Textual itself, moves nothing."""
    async with start(size=size) as it:
        await it.panels()
        for step in (*SESSION, (60, 20), (160, 45), size):
            if isinstance(step, str):
                await it.press(step)
            else:
                await it.pilot.resize_terminal(*step)
            await it.pilot.pause()
            screen = it.app.screen
            shown = _places(screen)
            textual_patches._reflow(screen._compositor, screen, screen.size)
            assert _places(screen) == shown, step


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> list[Widget]:
    """Return a list that every layout adds its screen to."""
    screens: list[Widget] = []
    reflow = textual_patches._reflow

    def counted(self: Compositor, parent: Widget, size: Any) -> Any:
        screens.append(parent)
        return reflow(self, parent, size)

    monkeypatch.setattr(textual_patches, "_reflow", counted)
    return screens


async def test_the_same_size_is_laid_out_again_only_when_something_asked_for_it(
    start: Start, laid_out: list[Widget]
) -> None:
    async with start() as it:
        await it.panels()
        screen = it.app.screen
        await it.pilot.pause()
        laid_out.clear()
        screen.post_message(events.Resize(screen.size, screen.size))
        await it.pilot.pause()
        assert screen not in laid_out
        box = screen.query_one("#timeline")
        for thing, name, value in ((screen.query_one("#dock"), "display", True), (box, "display", False)):
            setattr(thing, name, value)
            screen._screen_resized(screen.size)
            assert laid_out.count(screen) == 1
            await it.pilot.pause()
            laid_out.clear()
        assert box not in screen._compositor.visible_widgets
