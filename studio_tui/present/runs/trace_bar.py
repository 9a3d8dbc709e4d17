"""Where a task lies on the time axis of its turn, as a bar of cells: `▕  ███▌  ▏`, in ASCII `[  ===  ]`."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from studio_tui.domain.run import elapsed
from studio_tui.text.glyphs import ASCII, Glyphs
from studio_tui.text.spans import Line, Span

PARTS = 8
"""Parts of a cell that a bar's end can fall on."""
_ENDS = " ▏▎▍▌▋▊▉█"
_LATE = "▐"
"""A cell of which a bar takes the right half."""
_SCALES = (8.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0)
"""Seconds that the axis of what still runs may show: its bars are drawn anew only when the next one is needed."""


class Axis(NamedTuple):
    """The seconds that bars of one run are drawn on: those of its turn, without the waits between runs."""

    start: float
    """Unix seconds of the run's start."""
    offset: float
    """Seconds that earlier runs of the turn took."""
    length: float
    grain: int = 1
    """Parts of a cell by which bars are told apart."""


LIVE_GRAIN = PARTS
"""While a run goes on its rows move up with each task: alike bars of neighbours are cells that need not be written."""


class Bar(NamedTuple):
    """A bar in parts of cells, from the left end of the axis."""

    first: int
    last: int
    sure: bool
    """Both ends were observed; else one is that of a checkpoint around it, or nobody told it."""


def scale(seconds: float) -> float:
    """Return how long an axis is that has to hold so many seconds and more to come."""
    place = bisect_left(_SCALES, seconds)
    if place < len(_SCALES):
        return _SCALES[place]
    hours = 2.0
    while hours * 3_600.0 < seconds:
        hours *= 2.0
    return hours * 3_600.0


def bar_of(axis: Axis, started: float | None, ended: float | None, cells: int, *, sure: bool = True) -> Bar | None:
    """Return the bar of what began and ended at these unix seconds; None where nobody knows when it began.

    An end before the start is none that is known.
    """
    if started is None or axis.length <= 0 or cells <= 0:
        return None
    if elapsed(started, ended) is None:
        ended = None
    most = cells * PARTS
    first = _place(axis, started, most)
    last = first if ended is None else _place(axis, ended, most)
    first = min(first, most - axis.grain)
    return Bar(first, max(last, first + axis.grain), sure and ended is not None)


def _place(axis: Axis, at: float, most: int) -> int:
    share = (axis.offset + at - axis.start) / axis.length
    return min(most, max(0, round(share * most / axis.grain) * axis.grain))


def bar_line(bar: Bar | None, cells: int, role: str, signs: Glyphs) -> Line:
    """Return the axis in `cells` cells and two for its ends, with the bar on it."""
    ascii = signs is ASCII
    left, right = ("[", "]") if ascii else ("▕", "▏")
    if bar is None:
        return (Span(left, "border"), Span(" " * cells), Span(right, "border"))
    start, stop = bar.first // PARTS, -(-bar.last // PARTS)
    if ascii:
        drawn = ("=" if bar.sure else "~") * (stop - start)
    elif not bar.sure:
        drawn = "▒" * (stop - start)
    else:
        drawn = _drawn(bar, start, stop)
    # Blanks have the bar's role: where it moves on, what changes is written in one go.
    inside = f"{' ' * start}{drawn}{' ' * (cells - stop)}"
    return (Span(left, "border"), Span(inside, role if bar.sure else "muted"), Span(right, "border"))


def _drawn(bar: Bar, start: int, stop: int) -> str:
    late = bar.first % PARTS >= PARTS // 2
    end = bar.last - (stop - 1) * PARTS
    if stop - start == 1:
        return _LATE if late else _ENDS[max(1, bar.last - bar.first)]
    first = _LATE if late else _ENDS[PARTS]
    return first + _ENDS[PARTS] * (stop - start - 2) + _ENDS[end]
