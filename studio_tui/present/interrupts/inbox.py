"""Interrupted threads as rows: age, graph, node, thread, and what is asked."""

from __future__ import annotations

from collections.abc import Hashable

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.present.interrupts.question import hidden_in, preview_of
from studio_tui.present.kit.rows import Held
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, plural, short_id
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line

WITH_ID = 100
"""Cells from which on the thread's id has a column."""


class InboxRows:
    """`Rows` over interrupted threads, whose questions may become known later."""

    def __init__(self, signs: Glyphs = UNICODE) -> None:
        self.signs = signs
        self.threads: list[Thread] = []
        self.questions: dict[ThreadId, tuple[Interrupt, ...]] = {}
        self.words: dict[ThreadId, str] = {}
        """First words of threads that the list does not name, from their states; raw."""
        self.now = 0.0
        """Unix seconds for which ages are told."""

    def __len__(self) -> int:
        return len(self.threads)

    def asked(self, index: int) -> tuple[Interrupt, ...]:
        """Return what a thread asks, as far as it is known."""
        return self.questions.get(self.threads[index].thread_id, ())

    def key(self, index: int) -> Hashable:
        """Return all that a row shows."""
        item = self.threads[index]
        return (
            item.thread_id,
            age(item.updated_at, self.now),
            item.graph_id,
            self._name(item),
            Held(self.asked(index)),
        )

    def line(self, index: int, width: int) -> Line:
        """Return one row."""
        item, asked = self.threads[index], self.asked(index)
        name = clean(self._name(item)[:100]) or clean(short_id(item.thread_id))
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
        """Return thread, graph, nodes and questions."""
        item = self.threads[index]
        parts = [item.thread_id, self._name(item), item.graph_id]
        for question in self.asked(index):
            parts += [question.node, preview_of(question)]
        return " ".join(clean(part) for part in parts if part)

    def _name(self, item: Thread) -> str:
        return item.label or self.words.get(item.thread_id, "")

    def row_of(self, thread_id: Hashable) -> int | None:
        """Return the row of a thread, or None."""
        return next((row for row, item in enumerate(self.threads) if item.thread_id == thread_id), None)
