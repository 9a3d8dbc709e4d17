"""Runs of a thread as rows: status, assistant, start, how long, what they were started with."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar

from studio_tui.core.runstate.error_text import error_text
from studio_tui.domain.run import elapsed
from studio_tui.domain.thread import RunInfo
from studio_tui.jsonkit.value import as_object
from studio_tui.present.kit.columns import MEASURED, widest
from studio_tui.present.kit.rows import Held, SortedRows
from studio_tui.present.kit.written import written
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, clock, duration, name_of, short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line, plain

_STATUS = {
    "pending": ("queued", "node-queued", "queued"),
    "running": ("running", "node-running", "running"),
    "success": ("done", "ok", "done"),
    "error": ("error", "err", "failed"),
    "timeout": ("error", "err", "timed out"),
    "interrupted": ("cancelled", "warn", "stopped"),
}
_WITH_ASSISTANT, _WITH_START = 70, 110
"""Cells from which on a row says with which assistant, and at what time, a run was started."""


class RunRows(SortedRows[RunInfo]):
    """`Rows` over runs."""

    SORTS: ClassVar[tuple[str, ...]] = ("status", "age", "took", "assistant")

    def __init__(self) -> None:
        super().__init__()
        self.assistants: Mapping[str, str] = {}
        self._status, self._called = 6, 9
        """Cells that the longest status and the longest name of an assistant take."""

    def take(self, items: Sequence[RunInfo], now: float) -> None:
        super().take(items, now)
        some = self.items[:MEASURED]
        self._status = widest("status", (" ".join(self._told(item)[::2]) for item in some))
        self._called = widest("assistant", (clean(self._assistant(item)[:80]) for item in some))

    def identity(self, item: RunInfo) -> Hashable:
        return item.run_id

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        return (
            Held(item),
            item.run_id in self.marked,
            self._age(item),
            self._took(item),
            self._assistant(item),
            self._widths,
        )

    def line(self, index: int, width: int) -> Line:
        item = self.items[index]
        sign, role, word = self._told(item)
        spans = [
            self.mark_of(item),
            Span(fit(f"{sign} {word}", self._status) + " ", role),
            Span(fit(clean(short_id(item.run_id)), 9) + " ", "muted"),
            Span(f"{self._age(item):>4}  ", "muted"),
            Span(f"{self._took(item):>6}  ", "value"),
        ]
        if width >= _WITH_ASSISTANT:
            spans.append(Span(fit(clean(self._assistant(item)[:80]), min(self._called, width // 4)) + " ", "key"))
        if width >= _WITH_START:
            spans.insert(4, Span(fit(clock(item.created_at), 12) + "  ", "muted"))
        summary, summary_role = self._summary(item)
        spans.append(Span(clean(summary[:400]), summary_role))
        return fit_line(spans, width)

    def heading(self, width: int) -> Line:
        text = "  " + fit("status", self._status + 1) + fit("run", 10) + " age  "
        text += fit("started", 14) if width >= _WITH_START else ""
        text += "  took  "
        text += fit("assistant", min(self._called, width // 4) + 1) if width >= _WITH_ASSISTANT else ""
        return fit_line((Span(self.named(text + "error or input"), "muted"),), width)

    @property
    def _widths(self) -> tuple[int, int]:
        return self._status, self._called

    def _told(self, item: RunInfo) -> tuple[str, str, str]:
        """Return the sign, the role and the word of a run's status."""
        name, role, word = _STATUS.get(item.status, ("unknown", "muted", clean(item.status, 20)))
        return str(getattr(self.signs, name)), role, word

    def rank(self, item: RunInfo, column: str) -> object:
        if column == "age":
            return -(item.created_at or 0.0)
        if column == "took":
            return elapsed(item.created_at, item.updated_at) or 0.0
        return (item.status if column == "status" else self._assistant(item)).lower()

    def text(self, index: int) -> str:
        item = self.items[index]
        parts = (item.run_id, item.status, self.assistants.get(item.assistant_id, ""), self._summary(item)[0])
        return " ".join(clean(part, 2000) for part in parts if part)

    def _summary(self, item: RunInfo) -> tuple[str, str]:
        if item.error:
            return error_text(item.error).first_line, "err"
        kwargs = as_object(item.kwargs)
        for name in ("command", "input"):
            if kwargs.get(name) is not None:
                words = plain(written(kwargs[name]).line) if name == "input" else ""
                value = words or json.dumps(kwargs[name], ensure_ascii=False, default=str)[:400]
                return (f"{name} {value}" if name == "command" else value), "muted"
        return "goes on without input" if kwargs else "", "muted"

    def _assistant(self, item: RunInfo) -> str:
        return name_of(item.assistant_id, self.assistants)

    def _age(self, item: RunInfo) -> str:
        return age(item.created_at, self.now)

    def _took(self, item: RunInfo) -> str:
        if item.created_at is None:
            return ""
        if item.is_live:
            return duration(self.now - item.created_at)
        return duration(item.seconds) if item.updated_at is not None else ""
