"""One text or JSON value as lines, coloured by what the parts are: the whole of it, or folded."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable

from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.tree import FlatJson
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.rows import LineRows, Rows
from studio_tui.text.cells import width
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b')
_LEAD = re.compile(r' *(?:"(?:[^"\\]|\\.)*": )?"?')
"""What stands before the value of a line, and the quotation mark with which a string begins."""
_LONGEST_LEAD = 400
SHOWN_CHARS = 4_000_000
"""Characters of one document that are shown; the clipboard and the editor get all."""


class DocumentRows:
    """Rows of a whole text, or of a value as indented JSON in which encoded data is shortened."""

    def __init__(self, value: Json) -> None:
        self.is_text = isinstance(value, str)
        self._value = value
        shown = value if isinstance(value, str) else shortened(value, told_apart=True)
        self.is_shortened = shown is not value
        """Data in it is shown by its beginning and its size only."""
        self._lines = clean_block(shown if isinstance(shown, str) else dump(shown), SHOWN_CHARS).split("\n")

    @property
    def source(self) -> str:
        """The whole document, unsanitised and with all its data, for copying."""
        return self._value if isinstance(self._value, str) else dump(self._value)

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        return self.part(index, 0, width * 2)

    def part(self, index: int, start: int, end: int) -> Line:
        text = self._lines[index][start:end]
        if self.is_text:
            return (Span(text, "text"),)
        # Only a text is so long that a row begins inside it.
        return (Span(text, "string"),) if start else tuple(coloured(text))

    def hang(self, index: int) -> int:
        """Return where the value of a line of JSON begins; 0 in a text."""
        found = None if self.is_text else _LEAD.match(self._lines[index], 0, _LONGEST_LEAD)
        return width(found.group()) if found is not None else 0

    def key(self, index: int) -> Hashable:
        return index

    def text(self, index: int) -> str:
        return self._lines[index]


class JsonRows(FlatJson, Rows):
    """`Rows` over one JSON value of which parts are folded."""

    def anchor(self, index: int) -> Hashable:
        return self.row(index).path, self.row(index).kind

    def row_of(self, anchor: Hashable) -> int | None:
        return self.index_of(anchor[0]) if isinstance(anchor, tuple) else super().row_of(anchor)


class TextRows(LineRows):
    """Lines that are given as spans already, such as a help page; any part of one can be shown."""

    def part(self, index: int, start: int, end: int) -> Line:
        out: list[Span] = []
        at = 0
        for text, role in self.lines[index]:
            shown = text[max(0, start - at) : max(0, end - at)]
            if shown:
                out.append(Span(shown, role))
            at += len(text)
        return tuple(out)

    def hang(self, index: int) -> int:
        """Return where the value of a line begins, behind its name."""
        line = self.lines[index]
        name = width(line[0].text) if line and line[0].text.endswith(" ") else 0
        found = _LEAD.match(self.text(index), 0, _LONGEST_LEAD)
        return max(name, width(found.group()) if found is not None else 0)


def dump(value: Json) -> str:
    """Return a value as indented JSON; what JSON cannot hold is written as text."""
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    except (RecursionError, ValueError) as error:
        return f"cannot be written as JSON: {clean(str(error))}"


def json_or_text(value: Json) -> str:
    """Return a text as itself, anything else as indented JSON."""
    return value if isinstance(value, str) else dump(value)


def coloured(text: str) -> Iterable[Span]:
    """Return one line of JSON as spans by kind of token."""
    at = 0
    for match in _TOKEN.finditer(text):
        if match.start() > at:
            yield Span(text[at : match.start()], "muted")
        string, colon, number, _word = match.groups()
        if colon is not None:
            yield Span(string, "key")
            yield Span(colon, "muted")
        elif string is not None:
            yield Span(string, "string")
        else:
            yield Span(match.group(), "number" if number is not None else "null")
        at = match.end()
    if at < len(text):
        yield Span(text[at:], "string" if '"' in text[at:] else "muted")
