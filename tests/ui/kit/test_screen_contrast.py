"""What stands on real screens can be read in every theme: every cell, also those that Textual's own widgets draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from textual.geometry import Region
from textual.screen import Screen

from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.graph.panel import GraphView
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog, PromptDialog
from studio_tui.ui.kit.dialogs.picker import MultiPickerDialog, PickerChoice, PickerDialog
from studio_tui.ui.kit.terminal.theme_files import bundled_folder, load_theme
from tests.ui.conftest import Start
from tests.ui.fakes import FakeStudio
from tests.ui.kit.palettes import Screen as Terminal
from tests.ui.kit.palettes import ratio
from tests.ui.timetravel.time_fakes import TimeStudio, at_history, in_editor

NAMES = sorted(path.stem for path in bundled_folder().glob("*.toml"))
CHOICES = [PickerChoice("a", "agent", "next: tools"), PickerChoice("b", "tools", current=True)]
SCREENS: dict[str, Callable[[], Screen[Any]] | None] = {
    "studio": None,
    "picker": lambda: PickerDialog("Node", CHOICES),
    "check boxes": lambda: MultiPickerDialog("Modes", CHOICES, ["a"]),
    "question": lambda: ConfirmDialog("Sure?", "It is gone then.", danger=True),
    "prompt": lambda: PromptDialog("Name", "Its name:", "typed"),
}
LINES = set("─│╭╮╰╯┌┐└┘├┤┬┴┼━┃┏┓┗┛┄┆▼▲►◄▐▁▂▃▄▅▆▇█▎▊▔▕▏")


def low_cells(app: StudioApp, name: str) -> list[str]:
    """Return what of the top screen is less clear than it has to be."""
    file = load_theme(bundled_folder() / f"{name}.toml")
    terminal = Terminal("xterm", file)
    found: Counter[str] = Counter()
    words = 7.0 if name == "high-contrast" else 4.5
    dialog = app.screen.query("#dialog")
    region = dialog.first().region if dialog else app.screen.region
    strips = app.screen._compositor.render_strips()[region.y : region.bottom]
    for strip in (whole.crop(region.x, region.right) for whole in strips):
        for text, style, _ in strip:
            if style is None or not text.strip():
                continue
            front, back = terminal.colours(style)
            clear = ratio(front, back)
            wanted = 3.0 if set(text.strip()) <= LINES else words
            if clear < wanted - 0.05:
                found[f"{text.strip()[:24]!r} {front.hex} on {back.hex} {clear:.2f}"] += 1
    return list(found)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shown", SCREENS)
async def test_everything_on_the_screen_can_be_read(start: Start, name: str, shown: str) -> None:
    async with start(theme=name) as it:
        await it.panels()
        if (make := SCREENS[shown]) is not None:
            it.app.push_screen(make())
        await it.pilot.pause(0.2)
        assert low_cells(it.app, name) == []


@pytest.mark.parametrize("name", NAMES)
async def test_numbers_of_lines_in_the_editor_can_be_read(start: Start, name: str) -> None:
    studio = TimeStudio()
    async with start(studio=studio, theme=name) as it:
        await at_history(it, studio)
        await in_editor(it, "whole")
        await it.sees("Nothing is changed yet")
        assert low_cells(it.app, name) == []


@pytest.mark.parametrize("name", NAMES)
async def test_the_scroll_bar_goes_on_beside_the_cursor(start: Start, name: str) -> None:
    studio = FakeStudio()
    studio.listed = [Thread(ThreadId(f"{n:08}"), ThreadStatus.IDLE, "agent", title=f"Talk {n}") for n in range(60)]
    async with start(studio=studio, theme=name) as it:
        await it.panels()
        for key in ("1", "j"):
            await it.press(key)
            strips = it.app.screen._compositor.render_strips()
            styles = [part.style for strip in strips for part in strip if part.text == "▐"]
            assert len(styles) > 3
            assert len(set(styles)) == 1


async def test_rows_painted_before_the_style_sheet_follows_a_theme_are_painted_again(start: Start) -> None:
    async with start(theme="studio-dark") as it:
        await it.panels()
        view = it.app.studio_screen.query_one("#messages")
        before = {part.style.bgcolor for part in view.render_line(1) if part.style is not None}
        it.app.theme = "studio-light"
        view._styles_cache.clear()
        view.render_lines(Region(0, 0, view.outer_size.width, view.outer_size.height))
        await it.pilot.pause(0.3)
        strips = it.app.screen._compositor.render_strips()
        assert not before & {part.style.bgcolor for strip in strips for part in strip if part.style is not None}


async def test_a_node_is_a_block_of_colour_only_where_keys_go(start: Start) -> None:
    async with start() as it:
        await it.panels()
        graph = it.app.studio_screen.graph
        await it.press("2")
        await it.until(lambda: graph.selected is not None and _is_block(graph), "the block of the selected node")
        await it.press("5")
        await it.until(lambda: not graph.has_focus and not _is_block(graph), "brackets or a colour")
        await it.press("2")
        await it.until(lambda: _is_block(graph), "the block again")


def _is_block(graph: GraphView) -> bool:
    lines = [graph.render_line(y) for y in range(graph.size.height)]
    return any(segment.style is not None and segment.style.reverse for line in lines for segment in line)
