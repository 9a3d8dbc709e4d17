"""Colours for terminals that show 256 of them, or sixteen: the ones that look nearest, and those that a theme chose.

Nearest is measured in OKLab, where equal distances look equal. Rich rounds each of red, green and blue by itself, by
which a dark blue-grey becomes navy.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import atan2, degrees, hypot

from rich.color import Color, ColorSystem
from rich.style import Style

Lab = tuple[float, float, float]
"""Lightness 0 to 1, and two axes of hue."""

COUNTS = {ColorSystem.STANDARD: 16, ColorSystem.EIGHT_BIT: 256}
"""How many colours a terminal shows."""
_STEPS = (0, 95, 135, 175, 215, 255)
"""Of red, green and blue in the cube of 216."""
GREY = 0.045
"""What has less colour than this is a grey."""
_BRIGHT = 0.62
"""Lightness from which on the bright one of two colours of sixteen is nearer."""
_HUES = {1: 29, 3: 110, 2: 142, 6: 195, 4: 264, 5: 328}
"""Colours of sixteen → their hue in degrees."""
_GREYS = ((0.33, 0), (0.5, 8), (0.87, 7), (2.0, 15))


def in_few(style: Style, system: ColorSystem, chosen: Mapping[str, int]) -> Style:
    """Return `style` in the colours that such a terminal has; `chosen`: `#rrggbb` → a number, where a theme says it."""
    front, back = (_in_few(colour, COUNTS[system], chosen) for colour in (style.color, style.bgcolor))
    return style + Style(color=front, bgcolor=back)


def _in_few(colour: Color | None, count: int, chosen: Mapping[str, int]) -> Color | None:
    if colour is None or colour.triplet is None or colour.number is not None:
        return colour
    number = chosen.get(colour.triplet.hex)
    if number is None:
        number = (_of_sixteen if count == 16 else _of_256)(*colour.triplet)
    return Color.from_ansi(number)


def lab(red: int, green: int, blue: int) -> Lab:
    """Return a colour of sRGB in OKLab."""
    r, g, b = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (red / 255, green / 255, blue / 255)
    )
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def difference(one: Lab, other: Lab) -> float:
    """Return how different two colours look; 0.02 is just seen side by side."""
    return hypot(*(a - b for a, b in zip(one, other, strict=True)))


@lru_cache(maxsize=1024)
def _of_256(red: int, green: int, blue: int) -> int:
    wanted = lab(red, green, blue)
    grey = round((0.2126 * red + 0.7152 * green + 0.0722 * blue - 8) / 10)
    numbers = {232 + min(23, max(0, near)) for near in range(grey - 2, grey + 3)} | {16, 231}
    if hypot(*wanted[1:]) >= GREY:
        ways = [_near_steps(part) for part in (red, green, blue)]
        numbers |= {16 + 36 * r + 6 * g + b for r in ways[0] for g in ways[1] for b in ways[2]}
    return min(sorted(numbers), key=lambda number: difference(lab(*rgb_of(number)), wanted))


def _near_steps(part: int) -> list[int]:
    """Return the steps of the cube on both sides of a part, and one more, as what is near is not so by its parts."""
    return sorted(range(6), key=lambda step: abs(_STEPS[step] - part))[:3]


def rgb_of(number: int) -> tuple[int, int, int]:
    """Return what colour `number` looks like, from 16 on; the others are each terminal's own."""
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    red, rest = divmod(number - 16, 36)
    return _STEPS[red], _STEPS[rest // 6], _STEPS[rest % 6]


@lru_cache(maxsize=1024)
def _of_sixteen(red: int, green: int, blue: int) -> int:
    light, a, b = lab(red, green, blue)
    if hypot(a, b) < GREY:
        return next(number for below, number in _GREYS if light < below)
    hue = degrees(atan2(b, a)) % 360
    base = min(_HUES, key=lambda number: abs((_HUES[number] - hue + 180) % 360 - 180))
    return base + 8 if light > _BRIGHT else base
