"""Terminals of 256 and of sixteen colours: what is shown there looks like what was meant."""

from __future__ import annotations

import re
from math import hypot
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from studio_tui.ui.kit.terminal.few_colours import GREY, difference, in_few, lab, rgb_of
from studio_tui.ui.kit.terminal.picture import Picture
from studio_tui.ui.kit.terminal.theme_files import ThemeError, bundled_folder, load_theme
from studio_tui.ui.kit.text_inputs import TextField
from tests.ui.conftest import Start

NAMES = sorted(path.stem for path in bundled_folder().glob("*.toml") if not path.stem.startswith("ansi"))
NEAR = 0.12
"""In OKLab: as far as a chosen colour may be from the true one. Navy for a dark blue-grey is 0.15 away."""


def _colours(name: str) -> list[str]:
    """Return every colour that a theme file names."""
    text = (bundled_folder() / f"{name}.toml").read_text()
    return sorted(set(re.findall(r"#[0-9a-f]{6}\b", text.partition("[colours-")[0])))


def _shown(colour: str, system: ColorSystem, chosen: dict[str, int] | None = None) -> int:
    shown = in_few(Style.parse(colour), system, chosen or {}).color
    assert shown is not None
    assert shown.number is not None
    return shown.number


@pytest.mark.parametrize("name", NAMES)
def test_every_colour_of_a_theme_has_a_neighbour_among_256(name: str) -> None:
    chosen = dict(load_theme(bundled_folder() / f"{name}.toml").few[256])
    for colour in _colours(name):
        triplet = RichColor.parse(colour).triplet
        assert triplet is not None
        wanted = lab(*triplet)
        number = _shown(colour, ColorSystem.EIGHT_BIT, chosen)
        assert difference(lab(*rgb_of(number)), wanted) < NEAR, (colour, number)
        if hypot(*wanted[1:]) < GREY:
            assert number >= 231 or number == 16, f"{colour} is a grey, and {number} is none"


@pytest.mark.parametrize(("colour", "number"), [("#232735", 235), ("#2b3350", 236), ("#14161f", 233), ("#ffffff", 231)])
def test_dark_greys_stay_greys(colour: str, number: int) -> None:
    """Rich made navy and teal of the first two."""
    assert _shown(colour, ColorSystem.EIGHT_BIT) == number


@pytest.mark.parametrize(
    ("colour", "number"),
    [("#ff5d62", 9), ("#b3202f", 1), ("#8fd19e", 10), ("#1c6b34", 2), ("#ffe066", 11), ("#2a56b8", 4), ("#ff9cff", 13)],
)
def test_sixteen_colours_keep_hue_and_brightness(colour: str, number: int) -> None:
    assert _shown(colour, ColorSystem.STANDARD) == number


def test_what_a_theme_says_wins() -> None:
    assert _shown("#232735", ColorSystem.EIGHT_BIT, {"#232735": 60}) == 60


@pytest.mark.parametrize("system", [ColorSystem.STANDARD, ColorSystem.EIGHT_BIT])
def test_the_terminals_own_colours_stay(system: ColorSystem) -> None:
    for style in (Style(color="default", bgcolor="default"), Style(color="cyan", bgcolor="color(200)", bold=True)):
        assert in_few(style, system, {}) == style


def test_the_picture_is_written_in_those_colours() -> None:
    picture = Picture()
    picture.resize(4, 1)
    picture._color_system = ColorSystem.EIGHT_BIT
    picture.draw(0, 0, Strip([Segment("word", Style.parse("#d5daea on #232735"))], 4))
    assert picture.styles.number("38;5;253;48;5;235") == picture.rows[0][0][1]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('[colours-16]\n"#101010" = 16\n', "colours-16.#101010 must be a number from 0 to 15"),
        ('[colours-256]\n"nocolour" = 1\n', "colours-256.nocolour: 'nocolour' is no colour"),
        ('[colours-256]\n"#101010" = "grey"\n', "colours-256.#101010 must be a number from 0 to 255"),
    ],
)
def test_a_wrong_table_is_told(tmp_path: Path, table: str, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'[palette]\nprimary = "#336699"\n{table}')
    with pytest.raises(ThemeError, match=re.escape(says)):
        load_theme(path)


@pytest.mark.parametrize(("theme", "is_ruled"), [("ansi-16", True), ("ansi-16-light", True), ("studio-dark", False)])
async def test_a_field_is_seen_in_the_terminals_own_colours(start: Start, theme: str, is_ruled: bool) -> None:
    async with start(size=(80, 24)) as it:
        it.app.theme = theme
        await it.press("ctrl+o")
        await it.until(lambda: bool(it.app.screen.query("FieldRow TextField")), "its fields")
        await it.pilot.pause()
        field = it.app.screen.query("FieldRow TextField").first(TextField)
        row = field.render_line(0)
        assert all(bool(part.style and part.style.underline) is is_ruled for part in row)
        assert row.cell_length == field.size.width or not is_ruled
        line = it.app.studio_screen.composer.editors.line.render_line(0)
        assert not any(part.style and part.style.underline for part in line)
