"""Markdown that is still being written: each line is drawn by its own marks, nearly as all of it will be at the end.

Nothing heavy is imported, and what arrives costs only itself. What a single line does not tell (tables, loose lists,
marks over several lines) is drawn as it is sent, and put right when the text has ended.
"""

from __future__ import annotations

import re
from typing import Literal

from studio_tui.present.kit.growing_text import GrowingText
from studio_tui.present.kit.markdown.wrapping import MarkdownRows, wrapped
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean_block
from studio_tui.text.spans import Line, Span, line_width

_Kind = Literal["", "para", "item", "heading", "code", "quote", "other"]
LONG = 600
"""Characters from which on a line that is not finished is shown as it is sent."""
LONGEST = 4_000
"""Characters from which on a finished one is."""
_LEAST = 8
"""Cells that are left for a text however deep it lies."""
_HEADINGS = ("key bold underline", "key bold")
_FENCE = re.compile(r" {0,3}(`{3,}+|~{3,}+)([^`\n]*+)$")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)$")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|(\d{1,9}[.)]))[ \t]+(?=\S)")
_QUOTE = re.compile(r" {0,3}>[ \t]?")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_BEGINNING = re.compile(r"[ \t]*(?:[-*+>#`~_]{0,6}|\d{1,9}[.)]?)[ \t]*$")
"""A line that has no words yet: what it will be is not known."""
_INLINE = re.compile(
    r"(?P<code>(?<!`)`(?P<a>[^`\n]{1,400})`(?!`))"
    r"|(?P<strong>(?<!\*)\*\*(?=[^\s*])(?P<b>[^*\n]{1,400})(?<=[^\s*])\*\*(?!\*))"
    r"|(?P<em>(?<!\*)\*(?=[^\s*])(?P<c>[^*\n]{1,400})(?<=[^\s*])\*(?!\*))"
    r"|(?P<under>(?<!\w)_(?=[^\s_])(?P<e>[^_\n]{1,400})(?<=[^\s_])_(?!\w))"
    r"|(?P<link>(?<!!)\[(?P<d>[^\]\[\n]{1,200})\]\((?P<url>https?://[^\s()<>\"]{1,400})\))"
)


class StreamedMarkdown:
    """Rows of a text that grows at its end. `set` takes all of it each time."""

    def __init__(self, cells: int, first: int, signs: Glyphs) -> None:
        self.first = first
        """Cells of the first row."""
        self._cells, self._signs = max(1, cells), signs
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.rows = MarkdownRows()
        """As many as there are now: the same object, as long as the text grows."""
        self._raw = ""
        self._fed = 0
        """Characters whose lines are finished."""
        self._settled = 0
        """Their rows."""
        self._fence = ""
        """The marks that end the code in which the next line stands."""
        self._gap = False
        """A blank row comes before what follows."""
        self._last: _Kind = ""
        """What the line before was; empty before the first one."""
        self._indents: list[int] = []
        """Of the list items around the next line, where their bullets stand."""
        self._lead = ""
        """What stands before the rows of the innermost one."""
        self._growing: GrowingText | None = None
        self._grown = 0
        """Its lines that cannot change any more, whose rows are there."""

    def set(self, raw: str) -> None:
        """Show `raw`; only what it has more than before is looked at."""
        if raw is self._raw:
            return
        if not raw.startswith(self._raw):
            self._begin_anew()
        self._raw, rows = raw, self.rows
        self._cut(self._settled + self._grown)
        while (end := raw.find("\n", self._fed)) >= 0:
            self._cut(self._settled)
            for line in clean_block(raw[self._fed : end].removesuffix("\r")).split("\n"):
                self._add(line)
            self._fed, self._settled, self._growing, self._grown = end + 1, len(rows.lines), None, 0
        if self._fed < len(raw):
            self._add_unfinished(raw[self._fed :])

    def _cut(self, kept: int) -> None:
        del self.rows.lines[kept:], self.rows.joints[kept:], self.rows.margins[kept:]

    def _add_unfinished(self, raw: str) -> None:
        """Add the rows of the line that grows; what it does to the lines after it is not known yet."""
        if len(raw) > LONG:
            growing = self._growing = self._growing or GrowingText(self._cells, self._room)
            growing.set(raw)
            for number in range(self._grown, len(growing)):
                self.rows.add((Span(growing[number], "text"),), growing.joint(number))
            self._grown = growing.finished
            return
        kept = (self._fence, self._gap, self._last, self._indents[:], self._lead)
        line = clean_block(raw)
        if self._fence or not _BEGINNING.match(line):
            for part in line.split("\n"):
                self._add(part)
        self._fence, self._gap, self._last, self._indents, self._lead = kept

    # -- one line -----------------------------------------------------------------------------------------------

    def _add(self, line: str) -> None:
        if self._fence:
            self._add_code(line)
        elif len(line) > LONGEST:
            self._begin("para")
            self._put((), (Span(line, "text"),), ())
        elif not line.strip():
            self._gap = self._gap or self._last not in ("", "heading")
        elif fence := _FENCE.match(line):
            self._begin("code")
            self._fence = fence[1]
            if name := fence[2].strip():
                self._put(self._bar(), (Span(name, "muted"),), self._bar())
        elif heading := _HEADING.match(line):
            self._begin("heading")
            role = _HEADINGS[len(heading[1]) - 1] if len(heading[1]) <= len(_HEADINGS) else "title"
            self._put((), _inline(_title(heading[2]), role), ())
        elif _RULE.match(line):
            if self._last != "para" or self._gap:  # else it makes a heading of the line before
                self._begin("other")
                self._put((), (Span(self._signs.rule * self._cells, "muted"),), ())
        elif item := _ITEM.match(line):
            self._add_item(item[1], f"{item[2] or self._signs.bullet} ", line[item.end() :])
        elif quote := _QUOTE.match(line):
            self._begin("quote")
            bar = (Span(f"{self._signs.bar} ", "muted"),)
            self._put(bar, _inline(line[quote.end() :], "text"), bar)
        else:
            self._add_text(line)

    def _begin(self, kind: _Kind) -> None:
        """Put the blank row that stands before another kind of block, and leave the lists."""
        if self._last and self._last != "heading" and (self._gap or kind != self._last):
            self.rows.add(())
        self._gap, self._last = False, kind
        self._indents.clear()
        self._lead = ""

    def _add_item(self, blanks: str, lead: str, text: str) -> None:
        indent = len(blanks.expandtabs(4))
        if self._last != "item":
            self._begin("item")
        elif self._gap:
            self.rows.add(())
            self._gap = False
        while self._indents and indent <= self._indents[-1]:
            self._indents.pop()
            self._lead = self._lead[: 2 * len(self._indents)]
        around = (Span(self._lead),) if self._lead else ()
        self._indents.append(indent)
        self._put((*around, Span(lead, "key")), _inline(text, "text"), (*around, Span(" " * len(lead))))
        self._lead += " " * len(lead)

    def _add_text(self, line: str) -> None:
        text = line.strip(" \t")
        if self._last == "item" and (not self._gap or line[:1] in (" ", "\t")):  # it goes on with the item
            if self._gap:
                self.rows.add(())
                self._gap = False
            before = (Span(self._lead),)
            self._put(before, _inline(text, "text"), before)
            return
        self._begin("para")
        self._put((), _inline(text, "text"), ())

    def _add_code(self, line: str) -> None:
        if line.strip().startswith(self._fence) and not line.strip().strip(self._fence[0]):
            self._fence, self._gap = "", True
            return
        self._put(self._bar(), (Span(line, "value"),), self._bar())

    def _bar(self) -> Line:
        return (Span(f"{self._signs.bar} ", "muted"),) if self._cells > _LEAST else ()

    @property
    def _room(self) -> int:
        return self._cells if self.rows.lines else self.first

    def _put(self, before: Line, spans: Line, rest: Line) -> None:
        """Add a text in rows, `before` before the first of them and `rest` before the others."""
        while rest and self._cells - line_width(rest) < _LEAST:  # too deep
            before, rest = before[1:], rest[1:]
        cells = max(1, self._cells - line_width(rest) - (2 if self._last == "code" and rest else 0))
        first = cells if self.rows.lines else max(1, min(cells, self.first - line_width(before)))
        for number, (line, joint) in enumerate(wrapped(spans, cells, first)):
            is_first = number == 0
            margin = 0 if is_first and self._last != "code" else line_width(rest)
            self.rows.add((*(before if is_first else rest), *line), joint, margin)


def _title(text: str) -> str:
    """Return what a heading says, without the signs that may close it."""
    text = text.rstrip(" \t")
    open_end = text.rstrip("#")
    return open_end.rstrip(" \t") if open_end[-1:] in ("", " ", "\t") else text


def _inline(text: str, role: str) -> Line:
    """A text with its emphasis, codes and links drawn, as far as a line tells them."""
    if not any(mark in text for mark in "*_`["):
        return (Span(text, role),)
    spans: list[Span] = []
    at = 0
    for found in _INLINE.finditer(text):
        spans.append(Span(text[at : found.start()], role))
        at = found.end()
        if found["code"]:
            spans.append(Span(found["a"], "info"))
        elif found["strong"]:
            spans.append(Span(found["b"], f"{role} bold"))
        elif found["em"] or found["under"]:
            spans.append(Span(found["c"] or found["e"], f"{role} italic"))
        else:
            spans += (Span(found["d"], "info underline"), Span(f" ({found['url']})", "muted"))
    spans.append(Span(text[at:], role))
    return tuple(span for span in spans if span.text)
