"""Threads as rows: status, name, graph, age. The open one is marked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.present.kit.rows import ListedRows
from studio_tui.present.kit.signs import thread_sign
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, plural, short_id
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, spread

WITH_GRAPH = 44
"""Cells from which on the graph has a column."""
WITH_WORD = 30


class ThreadRows(ListedRows[Thread]):
    """`Rows` over the loaded part of the thread list."""

    def __init__(self, signs: Glyphs = UNICODE) -> None:
        super().__init__(signs)
        self.open_id: ThreadId | None = None
        self.words: Mapping[ThreadId, str] = {}
        """First words of threads that were opened, where the list does not bring them."""

    def identity(self, item: Thread) -> Hashable:
        return item.thread_id

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        shown = (item.thread_id, item.status, self._name(item), item.graph_id, item.interrupt_count)
        return (*shown, age(item.updated_at, self.now), item.thread_id == self.open_id)

    def line(self, index: int, width: int) -> Line:
        item = self.items[index]
        sign, role, word = thread_sign(item.status, self.signs)
        is_open = item.thread_id == self.open_id
        mark = Span(f"{self.signs.mark} " if is_open else "  ", "mark")
        identifier = clean(short_id(item.thread_id))
        name_text = self._name(item)
        name = Span(clean(name_text[:200]) or identifier, "mark" if is_open else "text")
        left = [mark, Span(f"{sign} ", role), name]
        if name_text and width >= WITH_GRAPH:
            left.append(Span(f"  {identifier}", "muted"))
        elif not name_text and width < WITH_GRAPH:
            left.append(Span(f" {clean(item.graph_id[:40])}", "muted"))
        right = [Span(f" {age(item.updated_at, self.now):>3}", "muted")]
        if width >= WITH_GRAPH:
            right.insert(0, Span(" " + fit(clean(item.graph_id[:100]), min(20, width // 4)), "muted"))
        if item.interrupt_count:
            question = plural(item.interrupt_count, "question") if width >= WITH_WORD else self.signs.interrupt
            right.insert(0, Span(f" {question}", "node-paused"))
        elif width >= WITH_WORD and word not in ("", "idle"):
            right.insert(0, Span(f" {word}", role))
        return spread(left, right, width)

    def text(self, index: int) -> str:
        item = self.items[index]
        _, _, word = thread_sign(item.status, self.signs)
        return " ".join(clean(part) for part in (item.thread_id, self._name(item), word, item.graph_id) if part)

    def _name(self, item: Thread) -> str:
        return item.label or self.words.get(item.thread_id, "")
