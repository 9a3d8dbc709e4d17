"""What a state is drawn in: every theme, no colours at all, and only ASCII."""

from __future__ import annotations

from textual.filter import Monochrome

from studio_tui.ui.kit.terminal.theme_files import bundled_folder
from studio_tui.ui.kit.terminal.themes import DEFAULT_THEME
from tests.shots.drive import Stage

THEMES = tuple(sorted(path.stem for path in bundled_folder().glob("*.toml")))
NO_COLOR, ASCII = "no-color", "ascii"
COLOURS = (*THEMES, NO_COLOR)
"""Drawn from one run of a state, one after the other: without colours comes last, there is no way back."""
LOOKS = (*COLOURS, ASCII)


async def put_on(stage: Stage, look: str) -> None:
    """Show the app in a theme; or as NO_COLOR shows the usual one, which Textual looks for only when an app is made."""
    app = stage.app
    if look == ASCII:
        return
    if look == NO_COLOR:
        app.no_color = True
        app._filters.append(Monochrome())
        app.theme = next(theme for theme in THEMES if theme not in (app.theme, DEFAULT_THEME))
    app.theme = look if look in THEMES else DEFAULT_THEME
    await stage.rest(0.15)
