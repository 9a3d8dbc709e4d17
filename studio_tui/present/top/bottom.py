"""The row above the keys: constant things that stand open somewhere else, and the commands that lead there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.thread import ThreadStatus
from studio_tui.domain.thread_position import Standing
from studio_tui.present.top.row import host_of, joined
from studio_tui.text.fmt import count, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.segments import Segment, arranged
from studio_tui.text.spans import Line, Span, line_width

APART = Span("   ")


class Counts(Struct, frozen=True):
    """How many threads are listed, and how many of them wait for somebody."""

    threads: int = 0
    waiting: int = 0
    more: bool = False
    """The server has more than are listed."""


class BottomRow(Struct, frozen=True):
    """The row, and what a click there does: first cell, the one behind the last, command."""

    line: Line
    spots: tuple[tuple[int, int, str], ...]


def counted(app_state: AppState) -> Counts:
    """Count the listed threads; the open one counts as it stands, which its row may not know yet, while it is there."""
    items = app_state.threads.items
    waiting = sum(item.status is ThreadStatus.INTERRUPTED for item in items if item.thread_id != app_state.thread_id)
    is_there = app_state.thread_id is not None and not app_state.thread_gone
    waiting += is_there and app_state.position.standing in (Standing.ASKING, Standing.PAUSED)
    listed = len(items)
    if is_there and app_state.thread is None:
        listed += 1
    return Counts(listed, waiting, app_state.threads.has_more)


def bottom_row(
    app_state: AppState,
    width: int,
    counts: Counts,
    *,
    signs: Glyphs,
    keys: Mapping[str, str],
    rate: float | None = None,
) -> BottomRow:
    """Return the row in exactly `width` cells; `keys`: by command; `rate`: events a second of a live run."""
    named = list(_open_elsewhere(app_state, counts, signs, keys))
    left, right = arranged((tuple(segment for _, segment in named), tuple(_of_the_server(app_state, rate))), width)
    line, _ = joined(left, right, width)
    spots: list[tuple[int, int, str]] = []
    # What is given up is always the last of them.
    for part, (command, _) in zip(left, named, strict=False):
        begin = spots[-1][1] if spots else 0
        spots.append((begin, begin + line_width(part), command))
    return BottomRow(line, tuple(spots))


def _open_elsewhere(
    app_state: AppState, counts: Counts, signs: Glyphs, keys: Mapping[str, str]
) -> Iterator[tuple[str, Segment]]:
    more = "+" if counts.more else ""
    key = keys.get("go-threads", "")
    number = f" {count(counts.threads)}{more}" if counts.threads else ""
    spans: Line = (Span(f"{key} ", "key"), Span("Threads", "muted"), Span(number, "value"))
    yield "go-threads", Segment(90, spans, lead=APART)
    if counts.waiting:
        key = keys.get("inbox", "")
        words = f"{signs.paused} {count(counts.waiting)}{more} {'waits' if counts.waiting == 1 else 'wait'}"
        spans = (Span(words, "node-paused"), Span(f" ({key})" if key else "", "muted"))
        yield "inbox", Segment(80, spans, lead=APART)
    if marks := len(app_state.breakpoints):
        yield (
            "breakpoints",
            Segment(70, (Span(f"{signs.breakpoint} {plural(marks, 'breakpoint')}", "node-breakpoint"),), lead=APART),
        )


def _of_the_server(app_state: AppState, rate: float | None) -> Iterator[Segment]:
    run = app_state.run
    dot = Span(" · ", "muted")
    if run is not None and run.phase.is_live and rate is not None and run.event_count:
        yield Segment(40, (Span(f"{count(round(rate))} ev/s", "muted"),), lead=dot)
    if app_state.behind:
        yield Segment(84, (Span("may be old", "warn"),), lead=dot)
    if app_state.watched:
        yield Segment(20, (Span(clean(app_state.watched, 60), "muted"),), lead=dot)
    server = app_state.server
    if server is None:
        return
    # The top row gives its host up for what happens there; here it stays.
    if app_state.profile:
        yield Segment(35, (Span(clean(app_state.profile, 20), "value"),), lead=dot)
    yield Segment(88, (Span(host_of(server), "text"),), least=12, lead=dot)
    if server.in_memory:
        yield Segment(30, (Span("in memory", "muted"),), lead=dot)
