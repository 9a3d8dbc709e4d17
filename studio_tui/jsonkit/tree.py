"""A JSON value as a flat list of rows that are made when somebody expands them. Keeps what is expanded by path.

Rows have previews of bounded length; long texts expand to wrapped lines; long lists show a page at a time.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import islice
from typing import Literal

from studio_tui.jsonkit.show import DEEPEST, label_text, preview, size_mark
from studio_tui.jsonkit.value import Path
from studio_tui.text.cells import wrap
from studio_tui.text.fmt import count
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean_block
from studio_tui.text.spans import Line, Span

PAGE = 500
"""Entries of one container that appear at once."""
_LONG = 60
"""Characters from which on a text can be expanded."""
_OPEN = Hint(" ({list-open-row})")
"""The key that shows more."""


class JsonRow:
    """One row: an entry of a container, a line of an expanded text, or the offer of more entries."""

    __slots__ = ("_look", "depth", "is_open", "kind", "label", "parent", "shown", "value")

    def __init__(
        self, parent: JsonRow | None, label: str | int, value: object, kind: Literal["value", "text", "more"] = "value"
    ) -> None:
        self.parent = parent
        self.label = label
        self.value = value
        self.kind = kind
        self.depth: int = parent.depth + 1 if parent else 0
        self.is_open = False
        self.shown = 0
        """Entries of an open container that have rows."""
        self._look: Line | None = None

    @property
    def path(self) -> Path:
        """Where the value stands in the document."""
        parts: list[str | int] = []
        row: JsonRow | None = self if self.kind == "value" else self.parent
        while row is not None:
            parts.append(row.label)
            row = row.parent
        return tuple(reversed(parts))

    @property
    def look(self) -> Line:
        """What the closed row shows behind its label; computed once."""
        if self._look is None:
            self._look = preview(self.value) if self.kind == "value" else (Span(str(self.value), "string"),)
        return self._look

    @property
    def can_open(self) -> bool:
        """Whether there is something to expand."""
        if self.kind != "value" or self.depth >= DEEPEST:
            return False
        if isinstance(self.value, str):
            return len(self.value) > _LONG or "\n" in self.value
        return isinstance(self.value, dict | list) and bool(self.value)


class FlatJson:
    """`Rows` over one JSON value. The entries of the outermost object are the top rows."""

    def __init__(self, value: object = None) -> None:
        self.signs = UNICODE
        self.cells = 80
        """Width for which expanded texts are wrapped."""
        self.value = value
        self._rows: list[JsonRow] = []
        self._open: dict[Path, int] = {}
        """Paths that are expanded and how many entries of each are shown; survives another value."""
        self.set_value(value)

    def set_value(self, value: object) -> None:
        """Show another value; what was expanded is expanded again where it still exists."""
        self.value = value
        if isinstance(value, dict | list) and value:
            self._rows = [JsonRow(None, label, item) for label, item in _entries(value, 0, len(value))]
        else:
            self._rows = [] if value is None else [JsonRow(None, "value", value)]
        if self._open:
            self._restore()

    def set_width(self, cells: int) -> bool:
        """Take another width; return whether rows were laid out anew."""
        if cells == self.cells:
            return False
        self.cells = cells
        self.set_value(self.value)
        return True

    def set_open_paths(self, paths: dict[Path, int]) -> None:
        """Expand exactly these paths (with the number of entries shown in each; 0: one page)."""
        self._open = dict(paths)
        self.set_value(self.value)

    def row(self, index: int) -> JsonRow:
        """Return row `index`."""
        return self._rows[index]

    def expand(self, index: int) -> int:
        """Expand a row, or show the next page of a container; return how many rows were put in."""
        row = self._rows[index]
        if row.kind == "more" and row.parent is not None:
            return self._next_page(index, row.parent)
        if row.is_open or not row.can_open:
            return 0
        fresh = self._children(row, max(PAGE, self._open.get(row.path, 0)))
        row.is_open = True
        self._open[row.path] = row.shown
        self._rows[index + 1 : index + 1] = fresh
        return len(fresh)

    def collapse(self, index: int) -> int:
        """Collapse a row; return how many rows were taken out."""
        row = self._rows[index]
        if not row.is_open:
            return 0
        end = index + 1
        while end < len(self._rows) and self._rows[end].depth > row.depth:
            end += 1
        del self._rows[index + 1 : end]
        row.is_open = False
        self._open.pop(row.path, None)
        return end - index - 1

    def parent_index(self, index: int) -> int | None:
        """Return the row that the row at `index` belongs to, or None at the top."""
        parent = self._rows[index].parent
        while index > 0 and parent is not None:
            index -= 1
            if self._rows[index] is parent:
                return index
        return None

    def index_of(self, path: Path) -> int | None:
        """Return the row of `path` if it is shown."""
        start = 0
        for depth, label in enumerate(path):
            found = self._find_label(start, depth, label)
            if found is None:
                return None
            start = found + 1
        return start - 1 if path else None

    def reveal(self, path: Path) -> int | None:
        """Expand everything around `path` and return its row, or None if there is no such path."""
        for depth in range(1, len(path)):
            index = self._reveal_one(path[:depth])
            if index is None:
                return None
            self.expand(index)
        return self._reveal_one(path)

    def _reveal_one(self, path: Path) -> int | None:
        index = self.index_of(path)
        while index is None and len(path) > 1:
            above = self.index_of(path[:-1])
            more = None if above is None else self._find_more(above)
            if more is None:
                return None
            self.expand(more)
            index = self.index_of(path)
        return index

    def _find_label(self, start: int, depth: int, label: str | int) -> int | None:
        for index in range(start, len(self._rows)):
            row = self._rows[index]
            if row.depth < depth:
                return None
            if row.depth == depth and row.kind == "value" and row.label == label:
                return index
        return None

    def _find_more(self, above: int) -> int | None:
        parent = self._rows[above]
        for index in range(above + 1, len(self._rows)):
            row = self._rows[index]
            if row.depth <= parent.depth:
                return None
            if row.kind == "more" and row.parent is parent:
                return index
        return None

    def _children(self, row: JsonRow, limit: int) -> list[JsonRow]:
        value = row.value
        if isinstance(value, str):
            lines = wrap(clean_block(value), max(8, self.cells - 2 * row.depth - 4))
            return [JsonRow(row, number, line, "text") for number, line in enumerate(lines)]
        if not isinstance(value, dict | list):
            return []
        row.shown = min(len(value), limit)
        rows = [JsonRow(row, label, item) for label, item in _entries(value, 0, row.shown)]
        return [*rows, *self._offer(row, len(value))]

    def _next_page(self, index: int, parent: JsonRow) -> int:
        value = parent.value
        if not isinstance(value, dict | list):
            return 0
        end = min(len(value), parent.shown + PAGE)
        fresh = [JsonRow(parent, label, item) for label, item in _entries(value, parent.shown, end)]
        parent.shown = self._open[parent.path] = end
        fresh.extend(self._offer(parent, len(value)))
        self._rows[index : index + 1] = fresh
        return len(fresh) - 1

    @staticmethod
    def _offer(row: JsonRow, total: int) -> list[JsonRow]:
        left = total - row.shown
        return [JsonRow(row, "…", f"{count(left)} more: show the next {min(PAGE, left)}", "more")] if left else []

    def _restore(self) -> None:
        """Expand again what is in `_open`, in one pass."""
        out: list[JsonRow] = []
        todo = list(reversed(self._rows))
        known = self._open
        while todo:
            row = todo.pop()
            out.append(row)
            if row.kind == "value" and row.can_open and (shown := known.get(row.path)) is not None:
                row.is_open = True
                todo.extend(reversed(self._children(row, max(PAGE, shown))))
        self._rows = out

    # -- rows ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, index: int) -> Hashable:
        """Return all that a row shows."""
        row = self._rows[index]
        return (row.depth, row.label, row.kind, row.is_open, row.can_open, row.look)

    def line(self, index: int, width: int) -> Line:
        """Return one row; the indent gives way on narrow screens."""
        row = self._rows[index]
        indent = Span(" " * min(2 * row.depth, max(0, width // 2)))
        if row.kind == "more":
            return (indent, Span(f"  {self.signs.ellipsis} {row.value}", "muted"), Span(_OPEN, "muted"))
        if row.kind == "text":
            return (indent, Span(f"{self.signs.bar} ", "muted"), *row.look)
        fold = (self.signs.open if row.is_open else self.signs.closed) if row.can_open else " "
        role = "muted" if isinstance(row.label, int) else "key"
        lead = (indent, Span(f"{fold} ", "muted"), Span(label_text(row.label), role), Span("  "))
        if not row.is_open:
            return (*lead, *row.look)
        if isinstance(row.value, str):
            return (*lead, Span(f"{count(len(row.value))} characters", "muted"))
        return (*lead, Span(size_mark(row.value), "muted"))

    def text(self, index: int) -> str:
        """Return label and value of a row, long texts in full up to the sanitising limit."""
        row = self._rows[index]
        if row.kind != "value":
            return "".join(span.text for span in row.look)
        value = clean_block(row.value) if isinstance(row.value, str) else "".join(span.text for span in row.look)
        return f"{label_text(row.label)}: {value}"


def _entries(value: dict[str, object] | list[object], start: int, end: int) -> list[tuple[str | int, object]]:
    if isinstance(value, list):
        return [(start + offset, item) for offset, item in enumerate(value[start:end])]
    return list(islice(value.items(), start, end))
