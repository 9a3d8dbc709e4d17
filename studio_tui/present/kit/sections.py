"""A page in sections that fold: lines of words that wrap, and below them a JSON value as a tree."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from typing import Literal, cast

from msgspec import UNSET, Struct, UnsetType

from studio_tui.jsonkit.show import path_text, size_mark
from studio_tui.jsonkit.tree import JsonRow
from studio_tui.jsonkit.value import Json, Path
from studio_tui.present.kit.document import JsonRows, json_or_text
from studio_tui.present.kit.rows import Rows
from studio_tui.present.kit.wrapped import hanging
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.spans import Line, Span, plain

_INDENT = 2
WORDS, VALUE = 1, 2
"""Where in a section's part of `document` lines and value stand; 0 is the title."""


class Entry(Struct, frozen=True):
    """One line of words."""

    line: Line
    value: Json | UnsetType = UNSET
    """What it shows the beginning of: shown in full and copied in its place."""
    leads_to: str = ""
    """What enter goes to, by its name (raw text)."""


class Section(Struct, frozen=True):
    """What stands under one heading."""

    title: str
    """Safe text; no two sections of a page have the same."""
    entries: tuple[Entry, ...] = ()
    value: Json | UnsetType = UNSET
    note: Line = ()
    """What stands behind the title."""
    folded: bool = False
    """Whether it is until somebody opens it."""


Kind = Literal["title", "words", "value"]
Place = tuple[Kind, int, Path]
"""What a row shows: a title, a line of words by its number, or a place in the value."""


class _Laid:
    """One section with its rows."""

    def __init__(self, section: Section, tree: JsonRows | None, *, is_open: bool) -> None:
        self.section = section
        self.tree = tree
        self.is_open = is_open
        self.words: list[tuple[int, Line]] = []
        """Rows of its lines, each with the number of the line."""

    def lay_out(self, cells: int) -> None:
        room = max(1, cells - _INDENT)
        self.words = [(place, row) for place, entry in enumerate(self.section.entries)
                      for row in hanging(entry.line, room)]  # fmt: skip
        if self.tree is not None:
            self.tree.set_width(room)

    def __len__(self) -> int:
        below = len(self.words) + (len(self.tree) if self.tree is not None else 0)
        return 1 + (below if self.is_open else 0)


class SectionRows(Rows):
    """Rows of a page; what somebody folded or opened stays so by the section's title, and inside values by path."""

    def __init__(self) -> None:
        self.cells = 80
        self._laid: list[_Laid] = []
        self._starts: list[int] = []
        self._open: dict[str, bool] = {}
        self._trees: dict[str, JsonRows] = {}

    # -- content ------------------------------------------------------------------------------------------------

    def show(self, sections: Sequence[Section]) -> None:
        """Show other sections."""
        laid = []
        for section in sections:
            tree = self._tree(section)
            one = _Laid(section, tree, is_open=self._open.get(section.title, not section.folded))
            one.lay_out(self.cells)
            laid.append(one)
        self._laid = laid
        self._count()

    def _tree(self, section: Section) -> JsonRows | None:
        if section.value is UNSET:
            return None
        tree = self._trees.get(section.title)
        if tree is None:
            tree = self._trees[section.title] = JsonRows()
        tree.signs = self.signs
        if tree.value is not section.value:
            tree.set_value(section.value)
        return tree

    def lay_out_anew(self) -> bool:
        for one in self._laid:
            one.lay_out(self.cells)
        self._count()
        return True

    def take_signs(self, signs: Glyphs) -> None:
        """Draw with other signs, in the values too."""
        self.signs = signs
        for tree in self._trees.values():
            tree.signs = signs

    def _count(self) -> None:
        self._starts, total = [], 0
        for one in self._laid:
            self._starts.append(total)
            total += len(one)
        self._total = total

    _total = 0

    @property
    def document(self) -> list[Json]:
        """All that can be found, folded or not: of each section the title, the lines of words, and the value."""
        return [
            cast("Json", [
                one.section.title,
                [plain(entry.line) for entry in one.section.entries],
                *([] if one.section.value is UNSET else [one.section.value]),
            ])
            for one in self._laid
        ]  # fmt: skip

    # -- rows ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._total

    def _at(self, index: int) -> tuple[_Laid, int]:
        if not 0 <= index < self._total:
            raise IndexError(index)
        place = bisect_right(self._starts, index) - 1
        return self._laid[place], index - self._starts[place] - 1

    def place(self, index: int) -> tuple[Section, Place]:
        """Return what a row shows, and of which section."""
        one, inside = self._at(index)
        if inside < 0:
            return one.section, ("title", 0, ())
        if inside < len(one.words):
            return one.section, ("words", one.words[inside][0], ())
        assert one.tree is not None
        return one.section, ("value", 0, one.tree.row(inside - len(one.words)).path)

    def tree_row(self, index: int) -> tuple[JsonRows, int, JsonRow] | None:
        """Return the tree that a row belongs to, and which of its rows it is; None for words and titles."""
        one, inside = self._at(index)
        inside -= len(one.words)
        return None if one.tree is None or inside < 0 else (one.tree, inside, one.tree.row(inside))

    def line(self, index: int, width: int) -> Line:
        one, inside = self._at(index)
        if inside < 0:
            sign = self.signs.open if one.is_open else self.signs.closed
            more = _size(one.section) if not one.is_open else ""
            return (
                Span(f"{sign} ", "muted"),
                Span(one.section.title, "accent bold"),
                *((Span(f"  {more}", "muted"),) if more else ()),
                *((Span("  "), *one.section.note) if one.section.note else ()),
            )
        lead = Span(" " * _INDENT)
        if inside < len(one.words):
            return (lead, *one.words[inside][1])
        assert one.tree is not None
        return (lead, *one.tree.line(inside - len(one.words), max(1, width - _INDENT)))

    def key(self, index: int) -> Hashable:
        one, inside = self._at(index)
        if inside < 0:
            return ("title", one.section.title, one.is_open, one.section.note, _size(one.section))
        if inside < len(one.words):
            return ("words", one.words[inside][1])
        assert one.tree is not None
        return ("value", one.tree.key(inside - len(one.words)))

    def text(self, index: int) -> str:
        one, inside = self._at(index)
        if inside < 0:
            return " ".join(filter(None, (one.section.title, plain(one.section.note))))
        if inside < len(one.words):
            return plain(one.words[inside][1]).strip()
        assert one.tree is not None
        return one.tree.text(inside - len(one.words))

    def anchor(self, index: int) -> Hashable:
        section, place = self.place(index)
        one, inside = self._at(index)
        if place[0] == "words":
            first = next(row for row, (entry, _) in enumerate(one.words) if entry == place[1])
            return section.title, place, inside - first
        return section.title, place, 0

    def row_of(self, anchor: Hashable) -> int | None:
        title, (kind, entry, path), inside = cast("tuple[str, Place, int]", anchor)
        number = next((at for at, one in enumerate(self._laid) if one.section.title == title), None)
        if number is None:
            return None
        found = self._row_in(number, kind, entry, path)
        return found + inside if found is not None and kind == "words" and inside else found

    def _row_in(self, number: int, kind: Kind, entry: int, path: Path) -> int | None:
        one, start = self._laid[number], self._starts[number]
        if kind == "title" or not one.is_open:
            return start
        if kind == "words":
            rows = [row for row, (place, _) in enumerate(one.words) if place == entry]
            return start + 1 + rows[0] if rows else None
        inside = one.tree.index_of(path) if one.tree is not None else None
        return None if inside is None else start + 1 + len(one.words) + inside

    def is_open(self, index: int) -> bool | None:
        one, inside = self._at(index)
        if inside < 0:
            return one.is_open
        found = self.tree_row(index)
        return found[2].is_open if found is not None and found[2].can_open else None

    # -- folding ------------------------------------------------------------------------------------------------

    def can_toggle(self, index: int) -> bool:
        """Whether there is anything to fold or open, or more of it to show."""
        found = self.tree_row(index)
        return self.is_open(index) is not None or (found is not None and found[2].kind == "more")

    def toggle(self, index: int) -> None:
        """Fold or open what a row is of, or show more of it."""
        one, inside = self._at(index)
        if inside < 0:
            one.is_open = self._open[one.section.title] = not one.is_open
        elif (found := self.tree_row(index)) is not None:
            tree, row, entry = found
            if entry.is_open:
                tree.collapse(row)
            else:
                tree.expand(row)
        self._count()

    def unfold(self, most: int) -> None:
        """Open what the values hold, the last section's first, as far as there are `most` rows at most."""
        for number in range(len(self._laid) - 1, -1, -1):
            one = self._laid[number]
            if one.tree is None or one.section.folded or not one.is_open:
                continue
            row = 0
            while row < len(one.tree):
                entry = one.tree.row(row)
                if entry.depth == 0 and entry.can_open and not entry.is_open:
                    before = len(one)
                    one.tree.expand(row)
                    if self._total + len(one) - before > most:
                        one.tree.collapse(row)
                    self._count()
                row += 1

    def parent(self, index: int) -> int:
        """Return the row that a row belongs to: its container in the value, else the title."""
        found = self.tree_row(index)
        above = found[0].parent_index(found[1]) if found is not None else None
        if found is not None and above is not None:
            return index - found[1] + above
        return self._starts[bisect_right(self._starts, index) - 1]

    def path_in_document(self, index: int) -> Path:
        """Return where in `document` stands what a row shows."""
        number = bisect_right(self._starts, index) - 1
        _, (kind, entry, path) = self.place(index)
        if kind == "title":
            return number, 0
        value = self._laid[number].section.value
        # A value that is no container, or an empty one, is a row under the name "value".
        inner = path if isinstance(value, dict | list) and value else ()
        return (number, WORDS, entry) if kind == "words" else (number, VALUE, *inner)

    def reveal(self, found: Path) -> int | None:
        """Open what is around a place in `document`, and return its row."""
        number, part, *inside = cast("tuple[int, ...]", found)
        one = self._laid[number]
        if part == 0:
            return self._starts[number]
        if not one.is_open:
            one.is_open = self._open[one.section.title] = True
        if part == VALUE and one.tree is not None and inside:
            one.tree.reveal(tuple(inside))
        self._count()
        kind: Kind = "words" if part == WORDS else "value"
        path: Path = tuple(inside) or ("value",)
        return self._row_in(number, kind, inside[0] if part == WORDS else 0, path)

    # -- copying ------------------------------------------------------------------------------------------------

    def copied(self, index: int) -> tuple[Json, str]:
        """Return what a row stands for, raw, and what it is called (safe text); words are a text."""
        section, (kind, number, path) = self.place(index)
        if kind == "value":
            found = self.tree_row(index)
            assert found is not None
            row = found[2]
            value = row.value if row.kind == "value" or row.parent is None else row.parent.value
            return cast("Json", value), f"{section.title}: {path_text(path)}"
        if kind == "words":
            entry = section.entries[number]
            return (plain(entry.line).strip() if entry.value is UNSET else entry.value), section.title
        if section.value is not UNSET:
            return section.value, section.title
        return _written(section.entries), section.title

    def as_text(self, index: int) -> str:
        """Return what a row is copied as."""
        return json_or_text(self.copied(index)[0])


def _written(entries: Iterable[Entry]) -> str:
    return "\n".join(plain(entry.line).rstrip() for entry in entries)


def _size(section: Section) -> str:
    """Say how much is folded away."""
    if section.value is not UNSET and isinstance(section.value, dict | list):
        return size_mark(section.value)
    return f"[{len(section.entries)}]" if section.entries else ""
