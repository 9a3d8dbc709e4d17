"""How keys are told, in every footer, dialog and picker: `key Word  key Word`, whole entries only, the way back last.

A template is read by `read_hints`: entries two blanks apart, each a key and a word. A key is the id of a command in
braces, as in `Registry.hint`, or one that has no command (`enter`); several may stand before one word:
`{page-next} {page-previous} Matches  {page-back} Back`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.contracts.registry import Registry

_ENTRY = re.compile(r"(?P<keys>\S+(?: \{[^}]+\})*) (?P<word>\S.*)")


class KeyHint(Struct, frozen=True):
    """One key, or several, and what it does."""

    keys: str
    """As people read them."""
    word: str
    able: bool = True
    """Whether it does anything now; else it is dim."""
    id: str = ""
    """The command that a click runs; empty for none."""

    @property
    def line(self) -> Line:
        role, words = ("key bold", "text") if self.able else ("muted", "muted")
        return Span(self.keys, role), Span(f" {self.word}", words)


def read_hints(registry: Registry, template: str) -> list[KeyHint]:
    """Return the entries of a template. Raises ValueError where one has no word."""
    found: list[KeyHint] = []
    for entry in re.split(r" {2,}", template.strip()):
        if not entry:
            continue
        parts = _ENTRY.fullmatch(entry)
        if parts is None:
            raise ValueError(f"no key and word: {entry}")
        keys = parts["keys"]
        only = re.fullmatch(r"\{\^?([a-z-]+)\}", keys)
        shown = registry.hint(re.sub(r"\{\^?", "{^", keys))
        found.append(KeyHint(shown, parts["word"], id=only[1] if only else ""))
    return found


def key_line(
    left: Sequence[KeyHint], width: int, right: Sequence[KeyHint] = (), *, keep_last: bool = False
) -> tuple[Line, list[tuple[int, int, str]]]:
    """Return a row of exactly `width` cells and the cells of each entry in it, with its command.

    What does not fit is left out, from the end; `keep_last`: the last of the left is the way back, which stays.
    """
    room = width - sum(_cells(hint) for hint in right)
    shown: list[KeyHint] = []
    last = left[-1:] if keep_last and left and _cells(left[-1]) <= room else []
    used = sum(map(_cells, last))
    for hint in left[: len(left) - 1] if keep_last else left:
        cells = _cells(hint)
        if used + cells > room:
            break
        shown.append(hint)
        used += cells
    spans: list[Span] = []
    spots: list[tuple[int, int, str]] = []
    at = 0
    for hints, blanks in (((*shown, *last), max(0, room - used)), (right, 0)):
        for hint in hints:
            if hint.id:
                spots.append((at, at + _cells(hint), hint.id))
            spans += [Span(" "), *hint.line, Span(" ")]
            at += _cells(hint)
        spans.append(Span(" " * blanks))
        at += blanks
    return tuple(span for span in spans if span.text), spots


def key_rows(hints: Iterable[KeyHint], width: int) -> list[Line]:
    """Return the entries in as many rows of at most `width` cells as they need; none is broken."""
    rows: list[list[Span]] = []
    used = 0
    for hint in hints:
        cells = line_width(hint.line)
        if not rows or used + 2 + cells > width:
            rows.append([*hint.line])
            used = cells
        else:
            rows[-1] += [Span("  "), *hint.line]
            used += 2 + cells
    return [tuple(row) for row in rows]


def _cells(hint: KeyHint) -> int:
    """Cells of an entry in a row, with a blank on both sides."""
    return line_width(hint.line) + 2
