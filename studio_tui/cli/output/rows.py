"""Rows of lists that several commands print."""

from __future__ import annotations

import time

from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.present.kit.signs import thread_sign
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, duration, plural
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_RUN_WORDS = {"interrupted": "cancelled", "success": "success", "pending": "queued"}


def thread_row(thread: Thread, *, ascii: bool) -> Line:
    """Return a thread: status, id, age, graph, title, how many questions wait."""
    sign, role, word = thread_sign(thread.status, glyphs(ascii), thread.interrupt_count)
    asked = f"  {plural(thread.interrupt_count, 'question')}" if thread.interrupt_count else ""
    return (
        Span(f"{sign} ", role),
        Span(f"{clean(thread.thread_id)}  "),
        Span(fit(word or thread.status, 12), role),
        Span(fit(age(thread.updated_at, time.time()), 5), "muted"),
        Span(fit(clean(thread.graph_id) or "–", 18), "accent"),
        Span(clean(thread.label) + asked),
    )


def run_row(run: RunInfo) -> Line:
    """Return a run: id, status, age, how long it took, its error."""
    took = "" if run.is_live else duration(run.seconds)
    role = "err" if run.status in ("error", "timeout") else "muted"
    return (
        Span(f"{clean(run.run_id)}  "),
        Span(fit(clean(_RUN_WORDS.get(run.status, run.status)), 12), role),
        Span(fit(age(run.created_at, time.time()), 5), "muted"),
        Span(took, "muted"),
        Span(f"  {clean(run.error)}" if run.error else "", "err"),
    )
