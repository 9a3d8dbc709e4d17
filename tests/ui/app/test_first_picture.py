"""The picture that stands before the UI does: what it shows, the first frame shows as well."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pyte
import pytest
from textual.app import App
from textual.color import Color

from studio_tui.cli import main, skeleton
from studio_tui.cli.skeleton import COLOURS, DEFAULT_THEME, cells, frames, picture
from studio_tui.config import load
from studio_tui.domain.server import ServerInfo
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.terminal.themes import app_role_variables, register_themes
from tests.ui.conftest import Start
from tests.ui.fakes import FakeStudio

SIZES = [(120, 36), (160, 40), (200, 60), (151, 29), (149, 50), (111, 37), (110, 16), (100, 30), (80, 31), (80, 24)]
SMALL = [(80, 19), (60, 16), (59, 20), (20, 5), (1, 1)]


class Silent(FakeStudio):
    """A studio whose server does not answer."""

    async def connect(self, target: Any, *, expected: str = "") -> ServerInfo:
        await asyncio.Event().wait()
        raise AssertionError


class Themed(App[None]):
    """Knows the themes, and nothing else."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return app_role_variables(self)


def _lines(size: tuple[int, int], *, is_ascii: bool = False) -> list[str]:
    return ["".join(char for char, _ink in row) for row in frames(*size, is_ascii=is_ascii)]


@pytest.mark.parametrize("size", [*SIZES, (80, 19), (60, 16), (59, 20)])
@pytest.mark.parametrize("is_ascii", [False, True])
async def test_nothing_moves_when_the_ui_comes(start: Start, size: tuple[int, int], is_ascii: bool) -> None:
    async with start(size=size, studio=Silent(), ready=False, ascii=is_ascii) as it:
        await it.until(lambda: any(words in it.screen for words in ("Type a message", "too small")), "a frame")
        shown = it.screen.split("\n")
    for made, seen in zip(_lines(size, is_ascii=is_ascii), shown, strict=False):
        # Words may stand on a line across.
        assert all(a in " ─-" or a == b for a, b in zip(made, seen.ljust(size[0]), strict=True)), f"{made}\n{seen}"


@pytest.mark.parametrize("size", [*SIZES, *SMALL])
@pytest.mark.parametrize("colours", [None, COLOURS[DEFAULT_THEME]])
def test_what_is_written_is_the_picture(size: tuple[int, int], colours: tuple[str, ...] | None) -> None:
    screen = pyte.Screen(*size)
    stream = pyte.Stream(screen)
    stream.feed("\x1b#8")  # full of other text
    stream.feed(picture(*size, colours))
    assert screen.display == _lines(size)
    if colours and size[0] > 1:
        backgrounds = {screen.buffer[y][x].bg for y in range(1, size[1] - 1) for x in range(size[0])}
        assert backgrounds <= {colours[0]}
        assert {screen.buffer[0][x].bg for x in range(size[0])} == {colours[1]}


@pytest.mark.parametrize("size", [*SIZES, *SMALL])
@pytest.mark.parametrize("theme", COLOURS)
def test_the_ui_knows_what_stands_there_cell_by_cell(size: tuple[int, int], theme: str) -> None:
    """What it believes to stand there it does not write again."""
    screen = pyte.Screen(*size)
    pyte.Stream(screen).feed("\x1b#8" + picture(*size, COLOURS[theme]))  # whose cells it knows once they are full
    stands = cells(*size, COLOURS[theme])
    assert (len(stands[0]), len(stands)) == size
    for y, row in enumerate(stands):
        for x, (char, codes) in enumerate(row):
            cell = screen.buffer[y][x]
            ink, paper = re.findall("8;2;([0-9]+);([0-9]+);([0-9]+)", codes)
            assert (cell.data, cell.bg) == (char, _hex(paper)), (x, y)
            assert char == " " or cell.fg == _hex(ink), (x, y)


def _hex(numbers: tuple[str, ...]) -> str:
    return "".join(f"{int(number):02x}" for number in numbers)


def test_it_is_small_enough_for_a_slow_link() -> None:
    assert len(picture(120, 36, COLOURS[DEFAULT_THEME]).encode()) < 3200


@pytest.mark.parametrize("theme", COLOURS)
def test_its_colours_are_those_of_the_theme(theme: str) -> None:
    app = Themed()
    register_themes(app)
    app.theme = theme
    variables = app.get_css_variables()
    names = ("background", "panel", "border-blurred", "border", "role-muted", "foreground")
    assert COLOURS[theme] == tuple(Color.parse(variables[name]).hex.lstrip("#").lower() for name in names)
    assert UiOptions().theme == DEFAULT_THEME


@pytest.mark.parametrize(
    ("words", "comes"),
    [
        ([], True),
        (["--base-url", "http://localhost:1", "--theme", "studio-light"], True),
        (["--base-url"], False),
        (["--base-url", " "], False),
        (["--base-url", "--ascii"], False),
        (["--ascii"], False),
        (["--help"], False),
        (["run", "agent"], False),
        (["--unknown", "x"], False),
    ],
)
def test_it_comes_before_the_command_line_is_read_only_where_that_cannot_fail(
    monkeypatch: pytest.MonkeyPatch, words: list[str], comes: bool
) -> None:
    """A complaint would stand on the screen that is left."""
    order: list[str] = []
    monkeypatch.setattr("studio_tui.cli.skeleton.guess", lambda *_: order.append("picture"))

    def understood(_words: object) -> int:
        order.append("words")
        return 0

    monkeypatch.setattr(main, "_understood", understood)
    monkeypatch.setattr(main, "_done", understood)
    main.main(words)
    assert order == ["picture", "words"][not comes :]


def test_the_words_that_switch_ascii_on_are_those_of_the_settings() -> None:
    assert set(skeleton._TRUE) == load._TRUE
