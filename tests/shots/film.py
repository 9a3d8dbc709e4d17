"""Screens of one app, one after the other, as one SVG that plays by itself: what stays is drawn once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.strip import Strip

WIDE, HIGH, SIZE = 8.4, 17.0, 14
"""Of a cell and of its characters, in pixels."""
_EDGE = 10
_WORDS = re.compile(r"\S+(?: \S+)*")
"""What is drawn in one piece: words with single blanks between them."""
_FONTS = "ui-monospace, 'DejaVu Sans Mono', 'Fira Code', Menlo, Consolas, monospace"


@dataclass
class Film:
    """Takes pictures of an app; `svg` is the film."""

    app: App[Any]
    _frames: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    """Seconds that a screen stands, and what it is made of."""
    _styles: dict[str, str] = field(default_factory=dict)
    _size: tuple[int, int] = (0, 0)
    _back: str = ""

    @property
    def seconds(self) -> float:
        return sum(seconds for seconds, _ in self._frames)

    def take(self, seconds: float) -> None:
        """Take the screen as it is now, to be shown for so long."""
        strips = self.app.screen._compositor.render_strips()
        self._size = (self.app.size.width, len(strips))
        theme = self.app.ansi_theme
        self._back = self._back or self.app.theme_variables["background"]
        parts = tuple(part for y, strip in enumerate(strips) for part in self._parts(y, strip, theme))
        if self._frames and self._frames[-1][1] == parts:
            before, _ = self._frames.pop()
            seconds += before
        self._frames.append((seconds, parts))

    def svg(self) -> str:
        width, height = self._size[0] * WIDE + 2 * _EDGE, self._size[1] * HIGH + 2 * _EDGE
        shown = self._spans()
        names = {span: f"s{at}" for at, span in enumerate(sorted(shown))}
        styles = [
            f"text{{font:{SIZE}px {_FONTS};white-space:pre}}",
            *(f".{name}{{{rule}}}" for rule, name in self._styles.items()),
            *(self._showing(name, *span) for span, name in names.items()),
        ]
        # What is behind comes first.
        drawn = [
            f'<g class="{names[span]}">{"".join(part for part in parts if part.startswith(kind))}</g>'
            for kind in ("<rect", "<text")
            for span, parts in sorted(shown.items())
        ]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="{width:g}" '
            f'viewBox="0 0 {width:g} {height:g}"><style>{"".join(styles)}</style>'
            f'<rect width="100%" height="100%" rx="8" fill="{self._back}"/>'
            f'<g transform="translate({_EDGE} {_EDGE})">{"".join(drawn)}</g></svg>\n'
        )

    def _spans(self) -> dict[tuple[int, int], list[str]]:
        """Return what the screens are made of by when it is seen: from which frame on, and until which."""
        found: dict[tuple[int, int], list[str]] = {}
        since: dict[str, int] = {}
        for at in range(len(self._frames) + 1):
            now = dict.fromkeys(self._frames[at][1] if at < len(self._frames) else ())
            for part in [part for part in since if part not in now]:
                found.setdefault((since.pop(part), at), []).append(part)
            for part in now:
                since.setdefault(part, at)
        return found

    def _showing(self, name: str, first: int, last: int) -> str:
        if (first, last) == (0, len(self._frames)):
            return ""
        total = self.seconds
        start, end = (100 * sum(part for part, _ in self._frames[:at]) / total for at in (first, last))
        steps = [(0.0, "hidden" if first else "visible"), (start, "visible"), (end, "hidden")]
        keys = "".join(f"{at:.3f}%{{visibility:{seen}}}" for at, seen in steps if at < 100)
        return f"@keyframes {name}{{{keys}}}.{name}{{animation:{name} {total:g}s step-end infinite}}"

    def _parts(self, y: int, strip: Strip, theme: TerminalTheme) -> Iterator[str]:
        """Yield the backgrounds and the words of a row, each where it stands."""
        x = 0
        for text, style, _ in Segment.simplify(strip):
            cells = Segment(text).cell_length
            front, back, rule = _look(style or Style(), theme)
            if back != self._back:
                place = f'x="{x * WIDE:g}" y="{y * HIGH:g}" width="{cells * WIDE:g}"'
                yield f'<rect {place} height="{HIGH:g}" fill="{back}"/>'
            for found in _WORDS.finditer(text):
                at, wide = x + Segment(text[: found.start()]).cell_length, Segment(found[0]).cell_length
                name = self._styles.setdefault(f"fill:{front}{rule}", f"c{len(self._styles)}")
                place = f'x="{at * WIDE:g}" y="{(y + 0.76) * HIGH:g}" textLength="{wide * WIDE:g}"'
                yield f'<text class="{name}" {place}>{escape(found[0], quote=False)}</text>'
            x += cells


def _look(style: Style, theme: TerminalTheme) -> tuple[str, str, str]:
    """Return the colours of characters and of what is behind them, and further rules."""
    front, back = _hex(style.color, theme, front=True), _hex(style.bgcolor, theme, front=False)
    if style.reverse:
        front, back = back, front
    rules = (";font-weight:bold" if style.bold else "", ";font-style:italic" if style.italic else "")
    return front, back, "".join((*rules, ";text-decoration:underline" if style.underline else ""))


def _hex(colour: Color | None, theme: TerminalTheme, *, front: bool) -> str:
    return (colour or Color.default()).get_truecolor(theme, foreground=front).hex
