"""Interrupted threads as rows: age, graph, node, thread, and what is asked."""

from __future__ import annotations

from collections.abc import Hashable

from studio_tui.core.interrupts.answers import InboxItem
from studio_tui.present.interrupts.question import hidden_in, preview_of
from studio_tui.present.kit.rows import Held, ListedRows
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, plural, short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line

WITH_ID = 100
"""Cells from which on the thread's id has a column."""


class InboxRows(ListedRows[InboxItem]):
    """`Rows` over interrupted threads."""

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
        )

    def line(self, index: int, width: int) -> Line:
        item, asked = self.items[index].thread, self.items[index].interrupts
        name = clean(_name(self.items[index])[:100]) or clean(short_id(item.thread_id))
        cells = max(8, min(20, width // 6))
        spans = [
            Span(f"{age(item.updated_at, self.now):>4} ", "muted"),
            Span(f"{self.signs.interrupt if asked else self.signs.paused} ", "node-paused" if asked else "muted"),
            Span(fit(clean(item.graph_id[:60]), cells) + " ", "key"),
            Span(fit(clean(asked[0].node[:60]) if asked else "", cells) + " ", "accent"),
        ]
        if width >= WITH_ID:
            spans.append(Span(fit(name, 20) + " ", "muted"))
        if not asked:
            return fit_line((*spans, Span("paused; nothing is asked", "muted")), width)
        if len(asked) > 1:
            spans.append(Span(f"{plural(len(asked), 'question')}: ", "info"))
        if hidden_in(asked[0].value):
            spans.append(Span(f"{self.signs.warning} hidden characters ", "warn"))
        spans.append(Span(clean(preview_of(asked[0])), "text"))
        return fit_line(spans, width)

    def text(self, index: int) -> str:
        item = self.items[index]
        parts = [item.thread.thread_id, _name(item), item.thread.graph_id]
        for question in item.interrupts:
            parts += [question.node, preview_of(question)]
        return " ".join(clean(part) for part in parts if part)


def _name(item: InboxItem) -> str:
    return item.thread.label or item.words
