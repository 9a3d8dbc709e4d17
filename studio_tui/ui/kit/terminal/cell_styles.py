"""Styles of terminal cells as numbers: what of one shows on a blank, and the shortest codes from one to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

PLAIN = 0
"""The number of no style at all."""
_OFF = {
    "1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29",
    "21": "24", "51": "54", "52": "54", "53": "55",
}  # fmt: skip
"""The code of each attribute → the code that takes it away, together with others that share it."""
_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
"""Attributes that are seen on a space."""
_REVERSE = "7"
_MOST_CHANGES = 10_000


class _Style(NamedTuple):
    attributes: frozenset[str]
    ink: str
    """Codes of the colour of characters; empty: the terminal's own."""
    paper: str
    """The same of the background."""


class CellStyles:
    """Numbers for SGR codes as Rich writes them; as many as the themes in use have styles."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._styles: list[_Style] = []
        self._changes: dict[tuple[int | None, int], str] = {}
        self.on_blank: list[int] = []
        """Number of a style → number of what a space of it shows."""
        self.number("")

    def number(self, codes: str) -> int:
        """Return the number of `1;38;2;…`, the codes between `ESC [` and `m`; empty: no style."""
        known = self._numbers.get(codes)
        if known is not None:
            return known
        number = self._numbers[codes] = len(self._styles)
        style = _parsed(codes)
        self._styles.append(style)
        self.on_blank.append(number)
        seen = style.attributes & _ON_BLANKS
        # The ink of a space is that of its lines; reversed, it is the background.
        shown = (*sorted(seen), style.ink if seen else "", style.paper)
        self.on_blank[number] = self.number(";".join(code for code in shown if code))
        return number

    def is_paint(self, number: int) -> bool:
        """Whether a blank of this style is nothing but a background, as erasing leaves it."""
        return not self._styles[number].attributes

    def change(self, old: int | None, new: int) -> str:
        """Return what turns a terminal's pen from one style to another; `old` None: whatever it is."""
        if old == new:
            return ""
        known = self._changes.get((old, new))
        if known is None:
            if len(self._changes) >= _MOST_CHANGES:
                self._changes.clear()
            known = self._changes[old, new] = self._shortest(old, new)
        return known

    def _shortest(self, old: int | None, new: int) -> str:
        after = self._styles[new]
        anew = ";".join(code for code in ("0", *sorted(after.attributes), after.ink, after.paper) if code)
        whole = "\x1b[m" if anew == "0" else f"\x1b[{anew}m"
        if old is None:
            return whole
        before = self._styles[old]
        off = {_OFF[code] for code in before.attributes - after.attributes}
        on = {code for code in after.attributes if code not in before.attributes or _OFF[code] in off}
        codes = [*sorted(off), *sorted(on)]
        if after.ink != before.ink:
            codes.append(after.ink or "39")
        if after.paper != before.paper:
            codes.append(after.paper or "49")
        return min(whole, f"\x1b[{';'.join(codes)}m" if codes else "", key=len)


def _parsed(codes: str) -> _Style:
    attributes: set[str] = set()
    ink = paper = ""
    for code in _single(codes):
        if code in _OFF:
            attributes.add(code)
        elif code.startswith(("38", "3", "9")):
            ink = "" if code == "39" else code
        else:
            paper = "" if code == "49" else code
    return _Style(frozenset(attributes), ink, paper)


def _single(codes: str) -> Iterator[str]:
    """Yield each code, those of a colour in one: `38;2;r;g;b`, `48;5;n`."""
    rest = iter(codes.split(";") if codes else ())
    for code in rest:
        if code in ("38", "48"):
            kind = next(rest)
            yield ";".join((code, kind, *(next(rest) for _ in range(3 if kind == "2" else 1))))
        else:
            yield code
