"""Choosing from a list: the nearest name first, and enter takes what the letters typed before it say."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from rich.style import Style
from textual import events
from textual.app import App
from textual.widgets import Input

from studio_tui.core.inputs.drafts import Unsaved
from studio_tui.text.cells import width, wrap
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.kit.dialogs.pick_list import PickList
from studio_tui.ui.kit.dialogs.picker import MultiPickerDialog, PickerChoice, PickerDialog
from studio_tui.ui.kit.terminal.theme_files import bundled_folder
from studio_tui.ui.kit.terminal.themes import register_themes, role_style
from tests.ui.conftest import Start
from tests.ui.harness import wait_until

NODES = [
    PickerChoice("agent", "agent", "next: end or action or ask_human"),
    PickerChoice("ask_human_twice", "ask_human_twice"),
    PickerChoice("ask_human", "ask_human", "next: agent"),
]


class PickerApp(App[None]):
    """Opens the dialog at once and keeps its answer."""

    answer: str | None = None
    services = SimpleNamespace(commands=build_registry(), unsaved=Unsaved())

    def on_mount(self) -> None:
        register_themes(self)
        self.push_screen(PickerDialog("Node", NODES), self._answered)

    def _answered(self, value: str | None) -> None:
        self.answer = value


async def test_letters_and_enter_in_one_burst_take_the_name_that_was_typed() -> None:
    async with PickerApp().run_test() as pilot:
        app = pilot.app
        assert isinstance(app, PickerApp)
        await wait_until(pilot, lambda: bool(app.screen.query("#dialog-list")), "the list")
        driver = app._driver
        assert driver is not None
        for char in "ask_human":
            driver.send_message(events.Key("underscore" if char == "_" else char, char))
        driver.send_message(events.Key("enter", "\r"))
        await wait_until(pilot, lambda: app.answer is not None, "the answer")
        assert app.answer == "ask_human"


THEMES = sorted(path.stem for path in bundled_folder().glob("*.toml"))
MANY = [PickerChoice(f"{at}", f"place {at}", "火" * 90, right="replace") for at in range(60)]


def _look(style: Style | None) -> tuple[object, object, bool]:
    assert style is not None
    return style.color, style.bgcolor, bool(style.reverse)


def _seen(style: Style | None, theme: str) -> tuple[str, str]:
    """Text and what is behind it, as a terminal shows them whose own colours are those of the theme."""
    assert style is not None
    own = ("7", "0") if theme == "ansi-16" else ("0", "15")
    colours = [
        str(colour.number if colour.number is not None else colour.triplet)
        if colour and not colour.is_default
        else usual
        for colour, usual in zip((style.color, style.bgcolor), own, strict=True)
    ]
    return (colours[1], colours[0]) if style.reverse else (colours[0], colours[1])


@pytest.mark.parametrize("theme", THEMES)
async def test_the_place_where_one_writes_is_seen_in_every_theme(start: Start, theme: str) -> None:
    async with start(theme=theme) as it:
        await it.until(lambda: it.app.studio_screen.area == "composer")
        line = it.app.studio_screen.composer.editors.line.render_line(0)
        assert len({_seen(segment.style, theme) for segment in line}) == 2
        await it.panels()
        it.app.push_screen(PickerDialog("Node", NODES))
        await it.sees("ask_human_twice")
        field = it.app.screen.query_one(Input).render_line(0)
        assert len({_seen(segment.style, theme) for segment in field if segment.text.strip()}) == 2


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("several", [False, True])
async def test_the_whole_row_is_lit_words_as_well(start: Start, theme: str, several: bool) -> None:
    async with start(theme=theme) as it:
        await it.panels()
        it.app.push_screen(MultiPickerDialog("Nodes", NODES, ()) if several else PickerDialog("Node", NODES))
        await it.sees("ask_human_twice")
        chosen = it.app.screen.query_one(PickList)
        lit = {_look(segment.style) for segment in chosen.render_line(0)}
        others = {_look(segment.style) for segment in chosen.render_line(1)}
        assert lit == {_look(role_style(chosen, "cursor"))}
        assert not lit & others
        assert chosen.render_line(0).text.startswith("▌")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_keys_are_seen_below_a_long_list_whose_rows_are_cut_by_cells(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        it.app.push_screen(PickerDialog("Place", MANY))
        await it.sees("place 3")
        await it.type("pl")
        await it.until(lambda: re.search(r"\bpl\b", it.screen) is not None, "what was typed")
        lines = it.screen.split("\n")
        top = next(y for y, line in enumerate(lines) if "─ Place ─" in line)
        left = width(lines[top][: lines[top].index("╭─ Place")])
        bottom = next(y for y, line in enumerate(lines) if line[left] == "╰" and y > top)
        keys = next(line for line in lines[bottom - 2 : bottom] if "enter" in line)
        rows = [line for line in lines if "…  replace" in line]
        assert len(rows) >= 3
        assert all(it.app.screen.query_one(PickList).render_line(row).text.endswith(" ") for row in (0, 1))
        assert len({width(row[: row.index("replace")]) for row in rows}) == 1
        told = wrap(it.app.screen.query_one(PickList).whole(0, 24), 22)
        assert (len(told), told[1][-1]) == (2, "…"), "what does not fit below either says so"
        assert width(keys[: keys.index("enter")]) == width(rows[0][: rows[0].index("place")])


@pytest.mark.parametrize(
    "keys", [("G", "g"), ("end", "home"), ("pagedown", "pageup"), ("ctrl+d", "ctrl+u"), ("j", "k")]
)
async def test_a_list_with_the_focus_moves_by_the_keys_of_all_lists(start: Start, keys: tuple[str, str]) -> None:
    async with start() as it:
        await it.panels()
        it.app.push_screen(MultiPickerDialog("Places", MANY, ()))
        await it.sees("place 3")
        chosen = it.app.screen.query_one(PickList)
        await it.press(keys[0])
        await it.until(lambda: (chosen.highlighted or 0) > 0, "further down")
        await it.press(keys[1])
        await it.until(lambda: chosen.highlighted == 0, "the first one")
