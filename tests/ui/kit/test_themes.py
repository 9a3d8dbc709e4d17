"""Themes: every bundled one is complete and readable; a bad file is one sentence and changes nothing."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import pytest
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.design import ColorSystem
from textual.style import Style as VisualStyle
from textual.theme import Theme

from studio_tui.config.kept_theme import read_theme
from studio_tui.text.spans import Span
from studio_tui.ui.kit.terminal.greys import Greys
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.terminal.theme_files import ROLES, ThemeError, bundled_folder, load_folders, load_theme
from studio_tui.ui.kit.terminal.themes import (
    ink_style,
    palette_colour,
    resolved,
    role_style,
    style_of,
    theme_names,
    theme_revision,
)
from tests.paths import ROOT
from tests.ui.conftest import Driven, Start

BUNDLED = ("ansi-16", "ansi-16-light", "high-contrast", "studio-dark", "studio-light")


def test_the_bundled_themes_load_without_a_complaint() -> None:
    themes, problems = load_folders([bundled_folder()])
    assert problems == []
    assert sorted(item.theme.name for item in themes) == sorted(BUNDLED)


@pytest.mark.parametrize("name", ["ansi-16", "ansi-16-light"])
def test_a_theme_of_sixteen_colours_uses_only_those(name: str) -> None:
    file = load_theme(bundled_folder() / f"{name}.toml")
    for spec in {**ROLES, **file.roles}.values():
        style = style_of(spec, file.theme)
        for colour in (style.color, style.bgcolor):
            assert colour is None or colour.is_default or (colour.number is not None and colour.number < 16)


def test_nine_lines_make_a_theme(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[palette]\nprimary = "#336699"\n')
    file = load_theme(path)
    for role in ROLES:
        assert resolved(file, role).color is not None, role


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[palette]\nprimary = "nocolour"\n', "palette.primary: 'nocolour' is no colour"),
        ("[palette]\n", "palette.primary is missing"),
        ('[palette]\nprimary = "red"\n[roles]\nnosuch = "red"\n', "unknown key roles.nosuch"),
        ('[palette]\nprimary = "red"\n[roles]\nok = "$nosuch"\n', "no palette colour is called '$nosuch'"),
        ("not toml", "bad.toml"),
        ('[palette]\nprimary = "red"\nextra = 1\n', "palette must be a table of strings"),
    ],
)
def test_a_bad_theme_says_file_key_and_reason(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ThemeError) as caught:
        load_theme(path)
    assert "bad.toml" in str(caught.value)
    assert says in str(caught.value)


async def test_a_bad_user_theme_is_a_toast_and_the_others_work(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "themes"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text("[palette]\n")
    (folder / "mine.toml").write_text('name = "mine"\n[palette]\nprimary = "#336699"\n')
    async with start(theme="mine") as it:
        assert it.app.theme == "mine"
        await it.sees("bad.toml: palette.primary is missing")


async def test_an_unknown_theme_falls_back_and_says_so(start: Start) -> None:
    async with start(theme="nosuch") as it:
        assert it.app.theme == "studio-dark"
        await it.sees("No theme is called nosuch")


async def test_a_theme_is_shown_while_the_list_is_gone_through_and_kept_when_chosen(start: Start) -> None:
    async with start(theme="studio-dark", theme_from="--theme") as it:
        kept = it.app.options.paths.theme_file
        await it.panels()
        await it.press("T")
        await it.sees("type to narrow")
        await it.type("high-con")
        await it.until(lambda: it.app.theme == "high-contrast", "seen at once")
        await it.press("escape")
        await it.until(lambda: it.app.theme == "studio-dark", "what it was")
        assert read_theme(kept) == ""
        await it.press("T")
        await it.sees("type to narrow")
        await it.type("gruvb")
        await it.press("enter")
        await it.until(lambda: read_theme(kept) == "gruvbox", "kept")
        assert it.app.theme == "gruvbox"
        await it.sees("--theme sets studio-dark at the start")


async def test_role_styles_follow_the_theme(start: Start) -> None:
    async with start() as it:
        widget = it.app.studio_screen.graph
        assert set(BUNDLED) <= set(theme_names(it.app))
        before, revision = role_style(widget, "accent bold"), theme_revision(it.app)
        it.app.theme = "studio-light"
        await it.pilot.pause()
        assert theme_revision(it.app) > revision
        assert role_style(widget, "accent bold") != before
        assert role_style(widget, "accent bold").bold
        assert role_style(widget, "no such role").color == role_style(widget, "").color


def test_the_colours_that_a_theme_leaves_out_are_derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a millisecond, and every role that names one asked for all of them again."""
    derived: list[Theme] = []
    derive = Theme.to_color_system

    def counted(theme: Theme) -> ColorSystem:
        derived.append(theme)
        return derive(theme)

    monkeypatch.setattr(Theme, "to_color_system", counted)
    lean = Theme(name="lean", primary="#ff0000")
    other = Theme(name="other", primary="#00ff00")
    colours = [[palette_colour(theme, name) for name in ("surface", "secondary", "surface")] for theme in (lean, other)]
    assert [theme.name for theme in derived] == ["lean", "other"]
    assert colours[0][0] == colours[0][2]
    assert colours[0][1] != colours[1][1]


@pytest.mark.parametrize("name", ["ansi-16", "ansi-16-light"])
async def test_a_theme_of_sixteen_colours_is_written_in_those_from_the_start(start: Start, name: str) -> None:
    """The terminal decides what they look like, and what its background is."""
    async with start(theme=name) as it:
        assert _kinds(it) <= {ColorType.DEFAULT, ColorType.STANDARD}
        it.app.theme = "studio-dark"
        await it.until(lambda: ColorType.TRUECOLOR in _kinds(it), "other colours")
        it.app.theme = name
        await it.until(lambda: ColorType.TRUECOLOR not in _kinds(it), "the terminal's own")


@pytest.mark.parametrize("name", BUNDLED)
async def test_without_colours_there_are_greys_and_a_cursor(
    start: Start, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.ui.conftest.in_colour", nullcontext)
    async with start(theme=name) as it:
        assert it.app.no_color
        await it.panels()
        await it.press("1")
        await it.sees("▌")
        seen = [colour for style in _styles(it) for colour in (style.color, style.bgcolor) if colour is not None]
        greys = {colour.triplet for colour in seen if colour.triplet is not None}
        assert all(grey.red == grey.green == grey.blue for grey in greys)
        assert all(colour.is_default or colour.triplet is not None for colour in seen)


def test_without_colours_what_failed_is_not_the_darkest_thing() -> None:
    dark, light = Style.parse("#ff7a8a on #14161f"), Style.parse("#b3202f on #ffffff")
    failed, on_light = Greys().apply([Segment("x", dark), Segment("x", light)], Color(0, 0, 0))
    assert failed.style == Style.parse("#ffffff on #161616")
    assert on_light.style is not None
    assert on_light.style.color is not None
    assert on_light.style.color.get_truecolor().red < 0x60


async def test_words_that_stand_take_the_colours_of_another_theme(start: Start) -> None:
    """Labels of a form keep no patch of the theme in which they were made."""
    async with start() as it:
        await it.panels()
        words = PlainStatic()
        await it.app.screen.mount(words)
        words.set_lines([(Span("key ", "key"), Span("word", "muted"))])
        it.app.theme = "studio-light"
        wanted = [ink_style(it.app, role).color for role in ("key", "muted")]
        content = words.content
        assert isinstance(content, Content)
        await it.until(lambda: _inks(words) == wanted, "the colours of the other theme")
        assert all(isinstance(span.style, VisualStyle) and not span.style.background for span in content.spans)


def _inks(words: PlainStatic) -> list[object]:
    content = words.content
    assert isinstance(content, Content)
    return [span.style.rich_style.color for span in content.spans if isinstance(span.style, VisualStyle)]


def _styles(it: Driven) -> list[Style]:
    strips = it.app.screen._compositor.render_strips()
    return [style for strip in strips for _, style, _ in strip if style is not None]


def _kinds(it: Driven) -> set[ColorType]:
    return {colour.type for style in _styles(it) for colour in (style.color, style.bgcolor) if colour is not None}


def test_every_box_in_use_writes_its_title_in_the_same_colour() -> None:
    """Where a sheet makes a title bold and names no colour, it takes the border's, which the others do not."""
    sheets = [path.read_text(encoding="utf-8") for path in (ROOT / "studio_tui" / "ui").rglob("*.tcss")]
    bold = [rule for sheet in sheets for rule in re.findall(r"[^{}]*border-title-style: bold[^{}]*", sheet)]
    assert bold
    assert [rule for rule in bold if "border-title-color" not in rule] == []
