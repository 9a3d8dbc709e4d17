"""What a state is drawn in: every theme, no colours at all, and only ASCII."""

from __future__ import annotations

import io

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from studio_tui.ui.kit.terminal.greys import Greys
from studio_tui.ui.kit.terminal.theme_files import bundled_folder
from studio_tui.ui.kit.terminal.themes import DEFAULT_THEME
from tests.shots.drive import Stage, without_fonts

THEMES = tuple(sorted(path.stem for path in bundled_folder().glob("*.toml")))
NO_COLOR, ASCII = "no-color", "ascii"
COLOURS = (*THEMES, NO_COLOR)
"""Drawn from one run of a state, one after the other: without colours comes last, there is no way back."""
LOOKS = (*COLOURS, ASCII)

_PALETTE = [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229,) * 3]
_BRIGHT = [(127,) * 3, (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255), (255,) * 3]
"""Of xterm, which gives themes of sixteen colours the least help."""
_TERMINALS = {
    "ansi-16": TerminalTheme((0, 0, 0), (229, 229, 229), _PALETTE, _BRIGHT),
    "ansi-16-light": TerminalTheme((255, 255, 255), (0, 0, 0), _PALETTE, _BRIGHT),
}


async def put_on(stage: Stage, look: str) -> None:
    """Show the app in a theme; or as NO_COLOR shows the usual one, which Textual looks for only when an app is made."""
    app = stage.app
    if look == ASCII:
        return
    if look == NO_COLOR:
        app.no_color = True
        app._filters.append(Greys())
        app.theme = next(theme for theme in THEMES if theme not in (app.theme, DEFAULT_THEME))
    app.theme = look if look in THEMES else DEFAULT_THEME
    await stage.rest(0.15)


def picture(stage: Stage, look: str) -> str:
    """Return the screen as SVG; one that is written in the terminal's own colours in those of a terminal for it."""
    terminal = _TERMINALS.get(look)
    if terminal is None:
        return stage.picture()
    app = stage.app
    console = Console(
        width=app.size.width,
        height=app.size.height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
    )
    console.print(app.screen._compositor.render_update(full=True, screen_stack=app._background_screens))
    return without_fonts(console.export_svg(title="studio-tui", theme=terminal))
