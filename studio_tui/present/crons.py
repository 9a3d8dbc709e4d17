"""Crons as rows: on or off, schedule in words, when next, what runs where."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime

from studio_tui.core.crons import Cron, explain
from studio_tui.domain.schedule import BadSchedule, describe, parse_schedule
from studio_tui.present.kit.rows import Held, ListedRows
from studio_tui.text.cells import fit
from studio_tui.text.fmt import duration, name_of, short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, spread


class CronRows(ListedRows[Cron]):
    """`Rows` over crons."""

    def __init__(self) -> None:
        super().__init__()
        self.assistants: Mapping[str, str] = {}

    def identity(self, item: Cron) -> Hashable:
        return item.cron_id

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        return (Held(item), self._assistant(item), self._next(item))

    def line(self, index: int, width: int) -> Line:
        item = self.items[index]
        sign, role = (self.signs.running, "ok") if item.enabled else (self.signs.paused, "muted")
        name = self._assistant(item)
        words = schedule_words(item.schedule) + (f" ({item.timezone})" if item.timezone else "")
        where = f"thread {short_id(item.thread_id)}" if item.thread_id else "new thread each time"
        spans = [
            Span(f" {sign} ", role),
            Span(fit(clean(item.schedule[:60]), 15) + " ", "value" if item.enabled else "muted"),
            Span(fit(clean(words), max(16, width // 3)) + " ", "text" if item.enabled else "muted"),
            Span(fit(clean(name[:80]), max(10, min(24, width // 6))) + " ", "key"),
        ]
        if width >= 96:
            spans.append(Span(clean(where), "muted"))
        return spread(spans, (Span(f" {self._next(item)}", "accent" if item.enabled else "muted"),), width)

    def _assistant(self, item: Cron) -> str:
        return name_of(item.assistant_id, self.assistants)

    def heading(self, width: int) -> Line:
        text = "    " + fit("schedule", 16) + fit("in words", max(16, width // 3) + 1)
        text += fit("assistant", max(10, min(24, width // 6)) + 1) + ("runs in" if width >= 96 else "")
        return spread((Span(text, "muted"),), (Span("next", "muted"),), width + 1)

    def text(self, index: int) -> str:
        item = self.items[index]
        when = (item.schedule, schedule_words(item.schedule), item.timezone)
        parts = (item.cron_id, *when, self._assistant(item), item.thread_id)
        return " ".join(clean(part) for part in parts if part)

    def _next(self, item: Cron) -> str:
        if not item.enabled:
            return "paused"
        if item.next_run is None:
            return "–"
        left = item.next_run - self.now
        return f"in {duration(left)}" if left >= 0 else "due"


def schedule_words(schedule: str) -> str:
    """Return a schedule in words, or that it cannot be explained."""
    try:
        return describe(parse_schedule(schedule))
    except BadSchedule:
        return "a schedule that only the server understands"


def explained(words: str, times: Sequence[datetime], zone: str) -> list[Line]:
    """Return what a schedule means: its words, and its next times in its time zone."""
    lines: list[Line] = [(Span(words[:1].upper() + words[1:], "text bold"),)]
    name = clean(zone.strip(), 40) or "UTC"
    lines.append((Span(f"Next in {name}: ", "muted"),) if times else (Span("It never fires.", "warn"),))
    lines += [(Span(f"  {moment:%a %d %b %Y %H:%M}", "value"),) for moment in times]
    return lines


def detail_of(item: Cron, now: datetime) -> dict[str, object]:
    """Return a cron in full, with its next times; `now` is aware."""
    detail: dict[str, object] = {"schedule": item.schedule}
    try:
        words, times = explain(item.schedule, item.timezone, now)
    except BadSchedule:
        words, times = schedule_words(item.schedule), []
    detail["in_words"] = words
    detail["next_times"] = [f"{moment:%a %d %b %Y %H:%M %Z}" for moment in times]
    return {**detail, **item.raw}
