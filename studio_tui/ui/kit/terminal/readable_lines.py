"""Lines that can be seen: a theme whose borders are (almost) the colour of what lies behind them gets others."""

from __future__ import annotations

from collections.abc import Mapping

from textual.color import Color
from textual.theme import Theme

STRUCTURE = 3.0
"""Contrast of WCAG 2 that a line which tells something must have."""
APART = 1.8
"""Contrast of the border in use with the others; with less it is heavy."""
_STEPS = 20
_LINES = {
    "border": ("background", "surface"),
    "border-blurred": ("background", "surface"),
    "scrollbar": ("scrollbar-background",),
    "scrollbar-hover": ("scrollbar-background-hover",),
    "scrollbar-active": ("scrollbar-background-active",),
}
"""CSS variables of lines → those of what lies behind them."""


def readable_lines(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the CSS variables of lines that have to be others for `theme` to be readable, with what they become.

    A line keeps its hue as far as that can be: it is mixed with the colour of words until it can be seen. In a theme of
    the terminal's own colours, which nobody here knows, a border is the colour of words.
    """
    changed: dict[str, str] = {}
    if theme.ansi:
        if variables["border-blurred"] in ("ansi_black", "ansi_white", "ansi_bright_white"):
            changed["border-blurred"] = "ansi_default"
    else:
        words = Color.parse(variables["foreground"])
        for name, surfaces in _LINES.items():
            line = _on(variables[name], variables[surfaces[0]])
            seen = readable(line, words, [Color.parse(variables[surface]) for surface in surfaces])
            if seen != line:
                changed[name] = seen.hex
    if "border-in-use" not in theme.variables and not _are_apart(theme, {**variables, **changed}):
        changed["border-in-use"] = "heavy"
    return changed


def readable(line: Color, words: Color, surfaces: list[Color], wanted: float = STRUCTURE) -> Color:
    """Return `line`, mixed with the colour of `words` as far as a contrast of `wanted` on all `surfaces` takes.

    Where the words themselves have less, it is theirs.
    """
    for step in range(_STEPS + 1):
        mixed = line.blend(words, step / _STEPS, 1.0)
        if all(contrast(mixed, surface) >= wanted for surface in surfaces):
            return mixed
    return words


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of WCAG 2: 1 (none) to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _are_apart(theme: Theme, variables: Mapping[str, str]) -> bool:
    lines = [Color.parse(variables[name]) for name in ("border", "border-blurred")]
    return not theme.ansi and contrast(*lines) >= APART


def _on(spec: str, surface: str) -> Color:
    """Return a colour as it is seen on what lies behind it."""
    return Color.parse(surface) + Color.parse(spec)


def _luminance(colour: Color) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
