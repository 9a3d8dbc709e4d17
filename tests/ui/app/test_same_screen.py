"""Sessions of the app: after every frame the terminal shows, cell by cell, what Textual alone would have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen

from studio_tui.ui.kit.terminal.cell_writer import CellWriter
from studio_tui.ui.kit.terminal.frame_output import FrameOutput, Taken
from studio_tui.ui.kit.terminal.picture import Picture
from tests.ui.conftest import Start
from tests.ui.kit.emulated import Emulated


class Compared:
    """Two terminals: what Textual writes goes to one, what the cells write to the other."""

    def __init__(self) -> None:
        self.picture = Picture()
        self.writer = CellWriter(self.picture)
        self.size = (0, 0)
        self.frames = 0
        self.bytes = {"ours": 0, "theirs": 0}

    def take(self, app: App[Any], screen: Screen[Any], update: CompositorUpdate) -> None:
        assert isinstance(update, LayoutUpdate | ChopsUpdate)
        if screen.outer_size != self.size:
            self.size = (width, height) = screen.outer_size
            self.picture.resize(width, height)
            self.writer.forget()
            self.ours, self.theirs = Emulated(width, height), Emulated(width, height)
        app.console._color_system = ColorSystem.TRUECOLOR  # fewer colours are chosen otherwise than Rich does
        theirs = update.render_segments(app.console)
        self.picture.take(update, ColorSystem.TRUECOLOR)
        ours = self.writer.difference((0, 0))
        self.theirs.feed(theirs + "\x1b[1;1H")
        self.ours.feed(ours)
        self.frames += 1
        self.bytes["ours"] += len(ours)
        self.bytes["theirs"] += len(theirs)
        assert self.ours.different(self.theirs)[:3] == []


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    both = Compared()
    display: Callable[..., None] = App._display

    def taken(app: App[Any], screen: Screen[Any], update: Any) -> None:
        if isinstance(update, CompositorUpdate) and not app._batch_count:
            both.take(app, screen, update)
        display(app, screen, update)

    monkeypatch.setattr(App, "_display", taken)
    return both


SESSION = (
    "1", "2", "3", "4", "5", "6", "7", "tab", "z", "z", "question_mark", "j", "G", "escape", "a", "escape", "colon",
    *"the", "escape", "w", "escape", "T", "escape", "ctrl+p", "escape", "i", *"hi", "ctrl+t", "ctrl+t", "escape",
)  # fmt: skip


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_keys_through_all_panels_and_pages(compared: Compared, start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        for key in SESSION:
            await it.press(key)
        for columns, rows in ((60, 20), (160, 45), (30, 8), size):
            await it.pilot.resize_terminal(columns, rows)
            await it.pilot.pause()
        for theme in list(it.app.available_themes)[:4]:
            it.app.theme = theme
            await it.pilot.pause()
    assert compared.frames > 40
    assert compared.bytes["ours"] * 5 < compared.bytes["theirs"]


async def test_only_in_a_field_the_cursor_of_the_terminal_follows_what_is_typed(start: Start) -> None:
    frames = FrameOutput(lambda _: None, lambda: 0)
    async with start() as it:
        update = it.app.screen._compositor.render_update(full=True)
        assert isinstance(update, LayoutUpdate)

        def types() -> bool:
            Taken(update, frames, it.app, it.app.screen.outer_size).render_segments(it.app.console)
            return frames.in_field

        await it.until(lambda: it.app.studio_screen.area == "composer")
        assert types()
        await it.panels()
        assert not types()
        await it.press("colon")
        assert types()
