"""The first picture: the frames of the panels, written before anything large is imported.

It shows nothing that the first frame of the UI does not show in the same place, in the same colours. It stands in the
way of nothing: the UI's first frame is written whole, whatever stands there.
"""

from __future__ import annotations

import os
import sys

from studio_tui.config.kept_theme import read_theme
from studio_tui.terminal import EARLY, refusal

TYPE_CHECKING = False  # as type checkers know it
if TYPE_CHECKING:
    from collections.abc import Mapping

    from studio_tui.terminal import Cells

DEFAULT_THEME = "studio-dark"
_BACKGROUND, _PANEL, _BORDER, _IN_USE, _NAME, _TEXT = range(6)
"""The places of the colours of a theme."""
COLOURS = {
    "studio-dark": ("14161f", "232735", "646b85", "7aa2f7", "9b9fad", "d5daea"),
    "studio-light": ("fbfbfd", "e7e9f1", "858da3", "1f4fbf", "5a6174", "1d2130"),
    "high-contrast": ("000000", "1c1c1c", "7a7a7a", "ffe066", "c8c8c8", "ffffff"),
}
"""Of the themes that are there; a test compares them. Of any other theme only the lines are shown, without colours."""
_WORTH_JUMPING = 4
"""Blanks that are more to write than a move of the cursor."""
_TRUE = ("1", "true", "yes", "on")


def guess(theme: str | None, is_ascii: bool | None, environ: Mapping[str, str]) -> None:
    """Show the first picture before the settings are read, unless they seem to say something of it."""
    folder = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
    if os.path.exists(f"{folder}/studio-tui/config.toml") or os.path.exists(".studio-tui.toml"):
        return
    ascii_wanted = is_ascii or environ.get("STUDIO_TUI_ASCII", "").lower() in _TRUE
    theme = theme or environ.get("STUDIO_TUI_THEME") or read_theme(f"{_state_folder(environ)}/studio-tui/theme")
    show(theme or DEFAULT_THEME, ascii_wanted, environ)


def _state_folder(environ: Mapping[str, str]) -> str:
    """Return it by the XDG rules: a relative path is none."""
    folder = environ.get("XDG_STATE_HOME", "")
    return folder if folder.startswith("/") else f"{environ.get('HOME', '')}/.local/state"


def show(theme: str, is_ascii: bool, environ: Mapping[str, str]) -> None:
    """Show the first picture where the UI can be shown."""
    if refusal(environ, sys.stdin, sys.stdout):
        return
    # Where Textual draws: on standard error, unless that is no terminal.
    stream = sys.__stderr__ if sys.__stderr__ is not None and sys.__stderr__.isatty() else sys.__stdout__
    try:
        size = os.get_terminal_size(stream.fileno())  # type: ignore[union-attr]
    except OSError:
        return
    is_rich = environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit") and not environ.get("NO_COLOR")
    colours = COLOURS.get(theme) if is_rich else None
    width, height = size
    # GNU screen erases with its own background, whatever the pen has.
    is_known = colours is not None and not environ.get("TERM", "").startswith("screen")
    EARLY.show(
        picture(width, height, colours, is_ascii=is_ascii),
        stream.fileno(),  # type: ignore[union-attr]
        (lambda: cells(width, height, colours, is_ascii=is_ascii)) if colours and is_known else None,
    )


def picture(width: int, height: int, colours: tuple[str, ...] | None, *, is_ascii: bool = False) -> str:
    """Return what draws the frames on an empty screen of this size."""
    pen = _NAME, _BACKGROUND
    out = ["\x1b[?25l", _paint(colours, *pen), "\x1b[2J"]
    for y, row in enumerate(frames(width, height, is_ascii=is_ascii)):
        paper = _paper(y, height)
        if colours and paper == _PANEL:
            pen = _TEXT, paper
            out.append(f"\x1b[{y + 1}H{_paint(colours, *pen)}\x1b[K")
        at = -1
        for x, (char, ink) in enumerate(row):
            if char == " ":
                continue
            if at < 0:
                out.append(f"\x1b[{y + 1};{x + 1}H")
            elif x > at:
                out.append(" " * (x - at) if x - at < _WORTH_JUMPING else f"\x1b[{x - at}C")
            if (ink, paper) != pen:
                out.append(_paint(colours, ink, None if paper == pen[1] else paper))
                pen = ink, paper
            out.append(char)
            at = x + 1
    return "".join(out) + "\x1b[H"


def cells(width: int, height: int, colours: tuple[str, ...], *, is_ascii: bool = False) -> Cells:
    """Return what `picture` shows: every character, and its colours as SGR codes."""
    papers = (_PANEL, _BACKGROUND)
    codes = {(ink, paper): _codes(colours, ink, paper) for ink in range(len(colours)) for paper in papers}
    return [
        [(char, codes[ink, _paper(y, height)]) for char, ink in row]
        for y, row in enumerate(frames(width, height, is_ascii=is_ascii))
    ]


def _paper(y: int, height: int) -> int:
    return _PANEL if y in (0, height - 1) else _BACKGROUND


def _paint(colours: tuple[str, ...] | None, ink: int, paper: int | None) -> str:
    """Take a pen; without `paper` the one at hand stays."""
    return "" if colours is None else f"\x1b[{_codes(colours, ink, paper)}m"


def _codes(colours: tuple[str, ...], ink: int, paper: int | None) -> str:
    behind = "" if paper is None else f";48;2;{_numbers(colours[paper])}"
    return f"38;2;{_numbers(colours[ink])}{behind}"


def _numbers(colour: str) -> str:
    return ";".join(str(int(colour[at : at + 2], 16)) for at in (0, 2, 4))


def frames(width: int, height: int, *, is_ascii: bool = False) -> list[list[tuple[str, int]]]:
    """Return every cell of the screen, by lines: its character, and the place of its colour in those of a theme."""
    screen = [[(" ", _BORDER)] * width for _ in range(height)]

    def write(x: int, y: int, text: str, ink: int) -> None:
        for at, char in enumerate(text, x):
            if at < width:
                screen[y][at] = (char, ink)

    def frame(x: int, y: int, columns: int, lines: int, name: str, ink: int = _BORDER) -> None:
        corners, across, down = ("++++", "-", "|") if is_ascii else ("╭╮╰╯", "─", "│")
        for at, left, right in ((y, *corners[:2]), (y + lines - 1, *corners[2:])):
            write(x, at, left + across * (columns - 2) + right, ink)
        for at in range(y + 1, y + lines - 1):
            write(x, at, down, ink)
            write(x + columns - 1, at, down, ink)
        write(x + 2, y, f" {name.replace('·', '-') if is_ascii else name} ", _TEXT if ink == _IN_USE else _NAME)

    if width < 60 or height < 16:
        return screen
    write(1, 0, "studio-tui", _TEXT)
    # As `plan` and `places` of the Studio screen put it: a top row, the body, a row of what else is open, the keys.
    if width < 110:
        frame(0, 2, width, height - 7, "5 Messages")
        frame(0, height - 5, width, 3, "Message", _IN_USE)
        return screen
    lines = height - 3
    left = min(width * 9 // 20, 54)
    begin = 34 if width >= 190 else 0
    is_ultra = width - begin - left >= 100
    spare = width - begin - left - 100 if is_ultra else 0
    if begin:
        for_titles = min(14, spare // 3)
        begin += for_titles
        spare -= for_titles
        frame(0, 1, begin, lines, "1 Threads")
    left += spare // 4
    right = begin + left
    frame(begin, 1, left, lines, "2 Graph")  # what stands below it comes with the graph, whose rows nobody knows yet
    if is_ultra:
        beside = 50 + (spare + 2) // 4
        frame(right, 1, beside, lines, "4 State ·  6 Diff  7 Raw")
        right += beside
        frame(right, 1, width - right, lines - 3, "5 Messages")
    else:
        frame(right, 1, width - right, lines - 3, "5 Messages ·  4 State  6 Diff  7 Raw")
    frame(right, height - 5, width - right, 3, "Message", _IN_USE)
    return screen
