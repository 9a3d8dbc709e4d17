"""NO_COLOR: the colours of a theme as greys.

Textual's own make red the darkest of them on a dark background, and red is what failed.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome, monochrome_style

_RED = 0.6
"""Share of red that the other parts of a colour stay below in one that is called red."""


class Greys(Monochrome):
    """Textual's greys; what is red on dark is as light as its red part."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's
        return [Segment(text, _grey(style), None) for text, style, _ in segments]


@lru_cache(1024)
def _grey(style: Style) -> Style:
    grey = monochrome_style(style)
    if style.color is None or style.bgcolor is None or Color.from_rich_color(style.bgcolor).brightness > 0.5:
        return grey
    red, green, blue = Color.from_rich_color(style.color).rgb
    if max(green, blue) >= red * _RED:
        return grey
    return grey + Style.from_color(Color(red, red, red).rich_color)
