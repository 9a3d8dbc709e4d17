"""Markdown read into pieces: texts, codes, tables and rules, each with the bullets and bars that stand before it.

Nothing is lost: what a reading would leave out (a cell too many, what lies too deep) makes it fail, and the source is
shown. Links and pictures are told with their addresses and followed by nobody; HTML is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct, field

from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span

MOST_CHARS = 32 * 1024
"""Longer texts are not read, their source is shown: the worst ones of this length take a fifth of a second."""
MOST_DELIMITERS = 2_000
"""The same for marks that a single paragraph may hold: reading them takes time by the square of their number."""
MOST_CELLS = 2_000
"""Of a table."""
_DELIMITERS = "*_~`[]!<"
_GAP = re.compile(r"\n\s*\n")
_UNSAID = re.compile(r"[\s!\"#'()*+\-.:<=>\[\\\]_`|~]+")
"""What markdown is written with."""
_DELIMITER_ROW = re.compile(r"^[ \t>]*\|?[ \t]*:?-[-:| \t]*$", re.MULTILINE)
_PIPE = re.compile(r"(?<!\\)\|")
_TASK = re.compile(r"\[([ xX])\] ")
_SAFE_SCHEMES = ("http:", "https:", "mailto:")
_HEADINGS = {"h1": "key bold underline", "h2": "key bold"}
_MARKS = {"strong": "bold", "em": "italic", "s": "strike"}

Align = Literal["left", "center", "right"]


class Piece(Struct):
    """Rows that are laid out together."""

    kind: Literal["text", "code", "table", "rule", "gap"]
    first: Line = ()
    """What stands before its first row: bullets, numbers, bars of quotes."""
    rest: Line = ()
    """The same before its other rows."""
    spans: Line = ()
    """Of a text, with line breaks in it."""
    code: str = ""
    name: str = ""
    """Of a code: the language that its fence names."""
    table: list[list[Line]] = field(default_factory=list)
    """Its rows, the head first, all of the same length."""
    aligns: list[Align] = field(default_factory=list)


class _Box(Struct):
    """A quote or a list item that is open."""

    first: Span
    rest: Span
    is_item: bool = False
    used: bool = False


def pieces_of(raw: str, signs: Glyphs) -> list[Piece] | None:
    """Return the pieces of a text as a server sent it; None where it is to be shown as its source."""
    if len(raw) > MOST_CHARS:
        return None
    source = clean_block(raw, MOST_CHARS)
    if any(_takes_long(part) for part in _GAP.split(source)):
        return None
    try:
        reader = _Reader(_PARSER.parse(source), source.split("\n"), signs)
        pieces = list(reader.pieces())
    except (ValueError, LookupError, RecursionError):
        return None
    return pieces if pieces and _bare("".join(reader.said)) == _bare(source) else None


def _takes_long(part: str) -> bool:
    """Whether a paragraph has too many marks, or a table to whose head too many short rows would be filled up."""
    if sum(map(part.count, _DELIMITERS)) > MOST_DELIMITERS:
        return True
    columns = max((row.count("|") for row in _DELIMITER_ROW.findall(part)), default=0)
    return columns * part.count("\n") > 2 * MOST_CELLS


def _bare(text: str) -> str:
    """What a text says besides the marks of markdown, which no reading of it may lose."""
    return _UNSAID.sub("", text)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Definitions of links would vanish, and entities come out as other characters than those that were sent.
    parser.disable(["reference", "entity", "html_block", "html_inline"])
    told_as_they_are: dict[str, Callable[[str], object]] = {
        "validateLink": lambda _url: True, "normalizeLink": lambda url: url, "normalizeLinkText": lambda link: link,
    }  # fmt: skip
    for name, told in told_as_they_are.items():
        setattr(parser, name, told)
    return parser


_PARSER = _parser()


class _Reader:
    """Turns one list of tokens into pieces."""

    def __init__(self, tokens: Sequence[Token], source: Sequence[str], signs: Glyphs) -> None:
        self.said: list[str] = []
        """All that was read of the source, in its order."""
        self._tokens = tokens
        self._source = source
        self._signs = signs
        self._boxes: list[_Box] = []
        self._lists: list[bool] = []
        """Of each open list, whether its items follow each other without gaps."""
        self._role = "text"
        self._gap = False
        """Whether a blank row comes before the next piece."""

    def pieces(self) -> Iterator[Piece]:
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            at += 1
            match token.type:
                case "blockquote_open":
                    yield from self._blank()
                    bar = Span(f"{self._signs.bar} ", "muted")
                    self._boxes.append(_Box(bar, bar))
                case "bullet_list_open" | "ordered_list_open":
                    self._lists.append(self._is_tight(at - 1))
                case "list_item_open":
                    self._open_item(token)
                case "list_item_close":
                    box = self._boxes.pop()
                    if not box.used:  # an item without content has its row
                        self._boxes.append(box)
                        yield from self._made(Piece("text"))
                        self._boxes.pop()
                    self._after(tight=self._lists[-1])
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                    self._after(tight=bool(self._lists) and self._lists[-1])
                case "blockquote_close":
                    self._boxes.pop()
                    self._after()
                case "heading_open":
                    self._role = _HEADINGS.get(token.tag, "title")
                case "inline":
                    yield from self._made(self._text(token))
                case "heading_close":
                    self._role, self._gap = "text", False
                case "paragraph_close":
                    self._after(tight=token.hidden)
                case "fence" | "code_block":
                    yield from self._made(self._code(token))
                    self._after()
                case "hr":
                    yield from self._made(Piece("rule"))
                    self._after()
                case "table_open":
                    end = next(i for i in range(at, len(self._tokens)) if self._tokens[i].type == "table_close")
                    yield from self._made(self._table(self._tokens[at:end]))
                    at = end + 1
                    self._after()
                case _:
                    pass

    def _is_tight(self, at: int) -> bool:
        """Whether the paragraphs right in the items of a list have no blank lines around."""
        level = self._tokens[at].level + 2
        for token in self._tokens[at + 1 :]:
            if token.level < level - 1:
                break
            if token.type == "paragraph_open" and token.level == level:
                return token.hidden
        return True

    def _after(self, *, tight: bool = False) -> None:
        self._gap = not tight

    def _open_item(self, token: Token) -> None:
        lead = f"{token.info}{token.markup} " if token.info else f"{self._signs.bullet} "
        self.said.append(token.info)
        self._boxes.append(_Box(Span(lead, "key"), Span(" " * len(lead)), is_item=True))

    def _blank(self) -> Iterator[Piece]:
        """The blank row before what comes, with the bars of quotes that go on."""
        if self._gap:
            yield Piece("gap", first=tuple(box.rest for box in self._boxes if box.used or not box.is_item))
        self._gap = False

    def _lead(self, *, rest: bool = False) -> Line:
        return tuple(box.rest if rest or box.used else box.first for box in self._boxes)

    def _made(self, piece: Piece) -> Iterator[Piece]:
        yield from self._blank()
        piece.first, piece.rest = self._lead(), self._lead(rest=True)
        for box in self._boxes:
            box.used = box.used or box.is_item
        yield piece

    # -- what is in a block -------------------------------------------------------------------------------------

    def _text(self, token: Token) -> Piece:
        spans = list(self._inline(token.children or (), self._role))
        box = self._boxes[-1] if self._boxes else None
        if box is not None and box.is_item and not box.used and spans:
            task = _TASK.match(spans[0].text)
            if task is not None:
                sign = Span(task[0], "muted" if task[1] == " " else "ok")
                spans[:1] = [sign, Span(spans[0].text[task.end() :], spans[0].role)]
        return Piece("text", spans=tuple(spans))

    def _inline(self, tokens: Sequence[Token], role: str) -> Iterator[Span]:
        marks: list[str] = []
        links: list[tuple[Token, int]] = []
        for token in tokens:
            kind, _, end = token.type.rpartition("_")
            if kind in _MARKS:
                if end == "open":
                    marks.append(_MARKS[kind])
                elif _MARKS[kind] in marks:
                    marks.remove(_MARKS[kind])
            elif token.type in ("softbreak", "hardbreak"):
                yield Span("\n", role)
            elif token.type == "link_open":
                links.append((token, len(self.said)))
            elif token.type == "link_close" and links:
                link, start = links.pop()
                yield from self._address(link, "href", "".join(self.said[start:]))
            elif token.type == "image":
                yield Span("image: ", "muted")
                yield from self._inline(token.children or (), "msg-tool")
                yield from self._address(token, "src", "")
            else:
                base = "info" if token.type == "code_inline" or links else role
                yield self._said(token.content, " ".join((base, *marks, *(["underline"] if links else []))))

    def _address(self, token: Token, key: str, told: str) -> Iterator[Span]:
        """Where a link leads, unless that is what it says."""
        url, title = str(token.attrs.get(key, "")), str(token.attrs.get("title", ""))
        if url == told and not title:
            return
        scheme = re.match(r"\s*[A-Za-z][\w+.-]*:", url)
        is_odd = scheme is not None and not url.lstrip().lower().startswith(_SAFE_SCHEMES)
        yield Span(" (", "muted")
        yield self._said(url, "warn" if is_odd else "muted")
        if title:
            yield Span(' "' if url else '"', "muted")
            yield self._said(title, "muted")
            yield Span('"', "muted")
        yield Span(")", "muted")

    def _said(self, text: str, role: str) -> Span:
        self.said.append(text)
        return Span(clean(text, MOST_CHARS), role)

    def _code(self, token: Token) -> Piece:
        name = token.info.strip()
        code = token.content.removesuffix("\n")
        self.said += [name, code]
        return Piece("code", code=clean_block(code, MOST_CHARS), name=clean(name))

    def _pipes(self, row: int) -> int:
        return len(_PIPE.findall(self._source[row]))

    def _table(self, tokens: Sequence[Token]) -> Piece:
        piece = Piece("table")
        if sum(token.type == "inline" for token in tokens) > MOST_CELLS:
            raise ValueError("a table of too many cells")
        for token in tokens:
            if token.type == "tr_open":
                piece.table.append([])
                if piece.aligns and token.map and self._pipes(token.map[0]) > len(piece.aligns) + 1:
                    raise ValueError("a row of more cells than its head has")
            elif token.type == "th_open":
                style = str(token.attrs.get("style", ""))
                piece.aligns.append("center" if "center" in style else "right" if "right" in style else "left")
            elif token.type == "inline":
                role = "title" if len(piece.table) == 1 else "text"
                piece.table[-1].append(tuple(self._inline(token.children or (), role)))
        return piece
