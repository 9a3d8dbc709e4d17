"""Crons as rows: on or off, schedule in words, when next, what runs where."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import ClassVar, NamedTuple

from studio_tui.core.crons import Cron, explain, zone_of
from studio_tui.domain.schedule import BadSchedule, describe, parse_schedule
from studio_tui.present.kit.columns import MEASURED, shared, widest
from studio_tui.present.kit.rows import Held, SortedRows
from studio_tui.text.cells import fit
from studio_tui.text.fmt import name_of, short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line


class CronRows(SortedRows[Cron]):
    """`Rows` over crons."""

    SORTS: ClassVar[tuple[str, ...]] = ("schedule", "assistant", "next")

    def __init__(self) -> None:
        super().__init__()
        self.assistants: Mapping[str, str] = {}
        self._laid_out: tuple[tuple[Hashable, ...], _Cells] = ((), _Cells(8, 8, 9, 0))

    def identity(self, item: Cron) -> Hashable:
        return item.cron_id

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        return (
            Held(item),
            item.cron_id in self.marked,
            self._assistant(item),
            self._next(item, long=True),
            *self._laid_out[1],
        )

    def line(self, index: int, width: int) -> Line:
        item, cells = self.items[index], self._layout(width)
        sign, role = (self.signs.running, "ok") if item.enabled else (self.signs.paused, "muted")
        spans = [
            self.mark_of(item),
            Span(f"{sign} ", role),
            Span(fit(clean(item.schedule[:60]), cells.schedule) + " ", "value" if item.enabled else "muted"),
            Span(fit(schedule_words(item.schedule), cells.words) + " ", "text" if item.enabled else "muted"),
            Span(fit(clean(self._assistant(item)[:80]), cells.assistant) + " ", "key"),
            Span(fit(clean(_where(item)), cells.where) + " " if cells.where else "", "muted"),
            Span(self._next(item, long=cells.long, brief=cells.brief), "accent" if item.enabled else "muted"),
        ]
        return fit_line(spans, width)

    def _layout(self, width: int) -> _Cells:
        """Give the columns what the longest of their cells take; what is too much is taken from all but the times."""
        made_of = (Held(self.items), len(self.items), int(self.now), width)
        if made_of != self._laid_out[0]:
            some = list(islice(self.items, MEASURED))
            whole = self._measured(width, some)
            self._laid_out = (
                made_of,
                self._measured(width, some, brief=True) if whole.cut and not whole.long else whole,
            )
        return self._laid_out[1]

    def _measured(self, width: int, some: list[Cron], *, brief: bool = False) -> _Cells:
        long = width >= _LONG
        following = widest("next", (self._next(item, long=long, brief=brief) for item in some))
        wants = [
            min(24, widest("schedule", (clean(item.schedule[:60]) for item in some))),
            widest("in words", (schedule_words(item.schedule) for item in some)),
            widest("assistant", (clean(self._assistant(item)[:80]) for item in some)),
        ]
        if width >= _WITH_THREAD:
            wants.append(widest("runs in", (clean(_where(item)) for item in some)))
        room = max(3 * 8, width - 3 - min(following, width // 2) - len(wants))
        cells = shared(room, wants, least=8)
        cells[1] += max(0, room - sum(cells))
        return _Cells(cells[0], cells[1], cells[2], cells[3] if len(cells) > 3 else 0, long, brief, sum(wants) > room)

    def _assistant(self, item: Cron) -> str:
        return name_of(item.assistant_id, self.assistants)

    def heading(self, width: int) -> Line:
        """Return the names of the columns; the list puts one cell before its rows."""
        cells = self._layout(width)
        text = "    " + fit("schedule", cells.schedule + 1) + fit("in words", cells.words + 1)
        text += fit("assistant", cells.assistant + 1) + (fit("runs in", cells.where + 1) if cells.where else "")
        return fit_line((Span(self.named(text + "next"), "muted"),), width + 1)

    def rank(self, item: Cron, column: str) -> object:
        if column == "next":  # what is paused fires never
            return item.next_run if item.enabled and item.next_run is not None else math.inf
        return (item.schedule if column == "schedule" else self._assistant(item)).lower()

    def text(self, index: int) -> str:
        item = self.items[index]
        when = (item.schedule, schedule_words(item.schedule), item.timezone)
        parts = (item.cron_id, *when, self._assistant(item), item.thread_id)
        return " ".join(clean(part) for part in parts if part)

    def _next(self, item: Cron, *, long: bool, brief: bool = False) -> str:
        """When it fires next, by the clock of its own time zone; how long that is away where there is room."""
        if not item.enabled:
            return "paused"
        if item.next_run is None:
            return "–"
        left = item.next_run - self.now
        if left < 0:
            return "due"
        told = clock_words(item.next_run, self.now, item.timezone, brief=brief)
        return told + (f" {self.signs.dot} {away(left)}" if long else "")


class _Cells(NamedTuple):
    """Cells of the columns; the last one takes the rest."""

    schedule: int
    words: int
    assistant: int
    where: int
    long: bool = False
    """Whether it is also said how far away the next time is."""
    brief: bool = False
    """Whether only the town of a time zone is named."""
    cut: bool = False
    """Whether something does not fit."""


_LONG, _WITH_THREAD = 105, 140
"""Cells from which on it is also said how far away the next time is, and which thread is run on."""


def _where(item: Cron) -> str:
    return f"thread {short_id(item.thread_id)}" if item.thread_id else "new thread each time"


def clock_words(moment: float, now: float, zone: str, *, brief: bool = False) -> str:
    """Return a time as people say it, in a time zone that the server names: `tomorrow 09:00 Europe/Berlin`; `brief`:
    `tomorrow 09:00 Berlin`."""
    try:
        there = zone_of(zone)
    except BadSchedule:  # a name that this machine does not know: the same moment by the clock of all
        there, zone = UTC, "UTC"
    at, today = datetime.fromtimestamp(moment, there), datetime.fromtimestamp(now, there).date()
    days = (at.date() - today).days
    named = {0: "today", 1: "tomorrow"}.get(days, f"{at:%a}" if 0 < days < 7 else f"{at:%d %b}")
    name = clean(zone.strip(), 40) or "UTC"
    town = name.rpartition("/")[2].replace("_", " ") or name
    return f"{named} {at:%H:%M} {town if brief else name}"


def away(seconds: float) -> str:
    """Return how far away a time is, in one number."""
    if seconds < 90:
        return f"in {seconds:.0f} s"
    if seconds < 5400:
        return f"in {seconds / 60:.0f} min"
    return f"in {seconds / 3600:.0f} h" if seconds < 72 * 3600 else f"in {seconds / 86400:.0f} days"


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
