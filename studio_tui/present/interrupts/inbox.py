"""Interrupted threads as rows: age, graph, node, thread, and what is asked."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from studio_tui.core.interrupts.answers import InboxItem
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.interrupts.question_words import preview_of
from studio_tui.present.interrupts.question import hidden_in, place_of, question_lines
from studio_tui.present.kit.rows import Held, LineRows, ListedRows
from studio_tui.text.cells import fit
from studio_tui.text.cells import width as cells_of
from studio_tui.text.fmt import age, plural, short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line

_MEASURED = 200
"""Threads whose names are measured."""
WITH_ID = 100
"""Cells from which on the thread's id has a column."""


class InboxRows(ListedRows[InboxItem]):
    """`Rows` over interrupted threads."""

    def __init__(self) -> None:
        super().__init__()
        self._measured: tuple[tuple[Hashable, ...], tuple[int, int]] = ((), (0, 0))

    def identity(self, item: InboxItem) -> Hashable:
        return item.thread.thread_id

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        thread = item.thread
        return (
            thread.thread_id,
            age(thread.updated_at, self.now),
            thread.graph_id,
            _name(item),
            Held(item.interrupts),
            self._longest(),
        )

    def line(self, index: int, width: int) -> Line:
        item, asked = self.items[index].thread, self.items[index].interrupts
        name = clean(_name(self.items[index])[:100]) or clean(short_id(item.thread_id))
        graph, node = self._columns(width)
        spans = [
            Span(f"{age(item.updated_at, self.now):>4} ", "muted"),
            Span(f"{self.signs.interrupt if asked else self.signs.paused} ", "node-paused" if asked else "muted"),
            Span(fit(clean(item.graph_id[:60]), graph) + " ", "key"),
            Span(fit(clean(asked[0].node[:60]) if asked else "", node) + " ", "accent"),
        ]
        if width >= WITH_ID:
            spans.append(Span(fit(name, 20) + " ", "muted"))
        if not asked:
            return fit_line((*spans, Span("waits; nothing is asked", "muted")), width)
        if len(asked) > 1:
            spans.append(Span(f"{plural(len(asked), 'question')}: ", "info"))
        if hidden_in(asked[0].value):
            spans.append(Span(f"{self.signs.warning} hidden characters ", "warn"))
        spans.append(Span(clean(preview_of(asked[0])), "text"))
        return fit_line(spans, width)

    def _columns(self, width: int) -> tuple[int, int]:
        """Return the cells of the columns of graphs and nodes: what their names need, as long as the question keeps
        two fifths of the row."""
        graph, node = self._longest()
        room = max(16, width - 8 - width * 2 // 5)
        return min(graph, max(room // 2, room - node)), min(node, max(room // 2, room - graph))

    def _longest(self) -> tuple[int, int]:
        """Cells of the longest names of graphs and nodes."""
        made_of = (Held(self.items), len(self.items))
        if made_of != self._measured[0]:
            some = self.items[:_MEASURED]
            graph = max((cells_of(clean(item.thread.graph_id[:60])) for item in some), default=0)
            node = max((cells_of(clean(asked.node[:60])) for item in some for asked in item.interrupts[:1]), default=0)
            self._measured = (made_of, (graph, node))
        return self._measured[1]

    def text(self, index: int) -> str:
        item = self.items[index]
        parts = [item.thread.thread_id, _name(item), item.thread.graph_id]
        for question in item.interrupts:
            parts += [question.node, preview_of(question)]
        return " ".join(clean(part) for part in parts if part)


class AskedRows(LineRows):
    """`Rows` over all that one thread asks, whole, laid out for a width."""

    def __init__(self) -> None:
        super().__init__()
        self._item: InboxItem | None = None

    def show(self, item: InboxItem | None) -> bool:
        """Show what a thread asks; return whether that is something else than before."""
        was = self._item
        if item is was or (item and was and (item.thread, item.interrupts) == (was.thread, was.interrupts)):
            return False
        self._item = item
        return self.lay_out_anew()

    def lay_out_anew(self) -> bool:
        self.lines = list(self._laid_out(self.cells)) if self.cells > 0 else []
        return True

    def _laid_out(self, cells: int) -> Iterator[Line]:
        asked = self._item.interrupts if self._item is not None else ()
        if self._item is not None and not asked:
            yield (Span("Nothing is asked: the thread waits to go on.", "muted"),)
        for number, question in enumerate(asked, start=1):
            if number > 1:
                yield ()
            if len(asked) > 1 or question.node:
                yield fit_line((Span(asker_of(question, number, len(asked), self.signs.dot), "node-paused"),), cells)
            if hidden := hidden_in(question.value):
                words = f"{self.signs.warning} {plural(hidden, 'hidden character')}, shown as <U+…>"
                yield (Span(words, "warn"),)
            yield from question_lines(question, cells)


def asker_of(question: Interrupt, number: int, count: int, dot: str) -> str:
    """Return which node asks, where, and which question of how many this is (safe text)."""
    place = place_of(question)
    who = f"{clean(question.node, 60) or 'the graph'} asks" + (f" in {place}" if place else "")
    return who + (f" {dot} {number} of {count}" if count > 1 else "")


def _name(item: InboxItem) -> str:
    return item.thread.label or item.words
