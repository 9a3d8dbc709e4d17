"""What terminals make of colours, and the contrast of two of them."""

from __future__ import annotations

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.style import Style
from textual.color import Color

from studio_tui.ui.kit.terminal.few_colours import in_few, rgb_of
from studio_tui.ui.kit.terminal.theme_files import ThemeFile
from studio_tui.ui.kit.terminal.themes import palette_colour

_XTERM = "000000cd000000cd00cdcd000000eecd00cd00cdcde5e5e57f7f7fff000000ff00ffff005c5cffff00ff00ffffffffff"
_VGA = "000000aa000000aa00aa55000000aaaa00aa00aaaaaaaaaa555555ff555555ff55ffff555555ffff55ff55ffffffffff"
PALETTES = {"xterm": _XTERM, "VGA": _VGA}
"""The sixteen colours, as they come with the terminal."""


def ratio(one: Color, other: Color) -> float:
    """Return the contrast of WCAG 2: 1 (none) to 21."""

    def luminance(colour: Color) -> float:
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def numbered(number: int, palette: str) -> Color:
    """Return what colour `number` of 256 looks like; the first sixteen are the palette's."""
    if number < 16:
        return Color.parse("#" + PALETTES[palette][6 * number : 6 * number + 6])
    return Color(*rgb_of(number))


class Screen:
    """A terminal that shows a theme: in true colours, in 256, or in sixteen of a palette."""

    def __init__(self, palette: str, file: ThemeFile, count: int = 0) -> None:
        """`count`: 256 or 16, where the terminal has no more."""
        self._palette = palette if palette in PALETTES else "xterm"
        self._theme = file.theme
        self.count = count
        self._system = {256: ColorSystem.EIGHT_BIT, 16: ColorSystem.STANDARD}.get(count)
        self._chosen = file.few.get(count, {})

    def behind(self, surface: str) -> Style:
        return Style(bgcolor=palette_colour(self._theme, surface).rich_color)

    def colours(self, style: Style) -> tuple[Color, Color]:
        """Return the colours of the characters and of what is behind them, as they are seen."""
        front, back = (self.seen(style.color, ink=True), self.seen(style.bgcolor, ink=False))
        return (back, front) if style.reverse else (front, back)

    def seen(self, colour: RichColor | None, *, ink: bool) -> Color:
        if colour is not None and self._system is not None:
            colour = in_few(Style(color=colour), self._system, self._chosen).color
        if colour is None or colour.is_default:
            is_bright = ink is self._theme.dark
            return numbered((7 if self._theme.dark else 15) if is_bright else 0, self._palette)
        if colour.number is not None:
            return numbered(colour.number, self._palette)
        return Color.from_rich_color(colour)
