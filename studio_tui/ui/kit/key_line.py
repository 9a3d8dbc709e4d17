"""How keys are told, in every footer, dialog and picker: `key Word  key Word`, whole entries only, the way back last.

The search and the way back stay where others find no room.

A template is read by `read_hints`: entries two blanks apart, each a key and a word. A key is the id of a command in
braces, as in `Registry.hint`, or one that has no command (`enter`); several may stand before one word:
`{page-next} {page-previous} Matches  {page-back} Back`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from studio_tui.text.cells import width as text_width
from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.contracts.registry import Registry

_SEARCHES = ("filter", "page-search")
LEAVES = ("back", "leave", "close", "cancel")
"""How the names of commands end that lead back."""
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
    last_id: str = ""
    """The command of the last of several keys, which a click on that runs."""

    @property
    def stays(self) -> bool:
        """Whether others give way to it where not all find room."""
        return self.id in _SEARCHES or self.id.rpartition("-")[2] in LEAVES

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
        only = re.fullmatch(r"\{~?([a-z-]+)\}", keys)
        shown = registry.hint(keys)
        found.append(KeyHint(shown, parts["word"], id=only[1] if only else ""))
    return found


def key_line(
    left: Sequence[KeyHint], width: int, right: Sequence[KeyHint] = ()
) -> tuple[Line, list[tuple[int, int, str]]]:
    """Return a row of exactly `width` cells and the cells of each entry in it, with its command.

    What does not fit is left out, from the end, and of those that stay the way back last of all. What stands at the
    right ends at the edge.
    """
    room = width - sum(map(_cells, right)) + bool(right)
    shown: list[int] = []
    for index in sorted(range(len(left)), key=lambda at: (not left[at].stays, -at if left[at].stays else at)):
        cells = _cells(left[index])
        if cells <= room:
            shown.append(index)
            room -= cells
        elif not left[index].stays:
            break
    spans: list[Span] = []
    spots: list[tuple[int, int, str]] = []
    at = 0
    for hints, blanks in (([left[index] for index in sorted(shown)], max(0, room)), (right, 0)):
        for hint in hints:
            spots += _spots(hint, at)
            spans += [Span(" "), *hint.line, Span(" ")]
            at += _cells(hint)
        spans.append(Span(" " * blanks))
        at += blanks
    if right:
        del spans[-2:]  # the blank behind the last one
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


def _spots(hint: KeyHint, at: int) -> list[tuple[int, int, str]]:
    """Return where a click runs what, for an entry that begins at `at`."""
    end = at + _cells(hint)
    if not hint.last_id:
        return [(at, end, hint.id)] if hint.id else []
    last = at + 1 + text_width(hint.keys.rpartition(" ")[0]) + 1
    return [(at, last, hint.id), (last, end, hint.last_id)]


def _cells(hint: KeyHint) -> int:
    """Cells of an entry in a row, with a blank on both sides."""
    return line_width(hint.line) + 2
