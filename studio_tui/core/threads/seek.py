"""The next thread that a search means, in a list of which only some pages are held: page by page, around the ends."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from studio_tui.core.resources.sparse import PAGE
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread

FARTHEST = 1 << 24
"""Page behind which no end is looked for: no server has so many threads."""


class Sought(Struct, frozen=True):
    """What a search came to."""

    row: int | None
    """The row of the match; None when there is none among what was looked through."""
    looked: int
    """Rows looked through."""
    complete: bool
    """Whether that was the whole list."""
    next_row: int = 0
    """The first row, in the direction of the search, that was not looked at."""


async def seek(
    threads: ThreadSearch,
    matches: Callable[[Thread], bool],
    start: int,
    step: int,
    *,
    told: Callable[[int], bool],
    most_pages: int,
) -> Sought:
    """Return the first match from row `start` on in the direction of `step` (1 or -1).

    Pages that hold no match are read and let go; the one with the match is taken over. At most `most_pages` are
    read. `told` hears how many rows were looked through, and ends the search by returning False. Raises StudioError.
    """
    if step < 0 and not threads.exact:
        await find_end(threads)
    number = first = start // PAGE
    last = max(0, len(threads.items) - 1) // PAGE
    looked, turned = 0, False
    while told(looked):
        items, reading = threads.items.pages.get(number), None
        if items is None:
            if most_pages <= 0:
                break
            most_pages -= 1
            reading = await threads.read([number])
            items = reading.pages.get(number, [])
            last = max(last, number + 1) if reading.more else last
        found = _match(items, matches, None if turned or number != first else start - first * PAGE, step)
        if found is not None:
            if reading is not None:
                threads.take(reading)
            return Sought(number * PAGE + found, looked, False)
        looked += len(items) if turned or number != first else _passed(len(items), start - first * PAGE, step)
        ends = number == 0 if step < 0 else len(items) < PAGE or number >= last
        if turned and (ends or number == first):
            return Sought(None, min(looked, len(threads.items)) if threads.exact else looked, True)
        number += step
        if ends:
            number, turned = (0 if step > 0 else last), True
    return Sought(None, looked, False, number * PAGE + (0 if step > 0 else PAGE - 1))


def _passed(items: int, start: int, step: int) -> int:
    return max(0, items - start if step > 0 else min(items, start + 1))


def _match(items: list[Thread], matches: Callable[[Thread], bool], start: int | None, step: int) -> int | None:
    """The first match in a page, from place `start` on where that is given."""
    places = range(len(items))[::step]
    wanted = (place for place in places if start is None or (place - start) * step >= 0)
    return next((place for place in wanted if matches(items[place])), None)


async def find_end(threads: ThreadSearch) -> None:
    """Find out how long a list is whose server does not count: by leaps, then by halves. Raises StudioError.

    A server that gives its first page wherever it is asked has no other.
    """
    query, low, leap = threads.query, max(0, len(threads.items) - 1) // PAGE, 1
    empty: int | None = None
    while not threads.exact and threads.query is query:
        if empty is not None and empty - low <= 1:
            last = await threads.read([low])
            if threads.take(last):
                threads.ends_at(low * PAGE + len(last.pages[low]))
            continue
        number = low + leap if empty is None else (low + empty) // 2
        if number > FARTHEST:
            return
        reading = await threads.read([number])
        items, first = reading.pages.get(number), threads.items.pages.get(0)
        if items and first and number and _ids(items) == _ids(first):
            threads.ends_at(len(first))
            return
        if items:
            low, leap = number, leap * 2
            threads.take(reading)
        else:
            empty = number


def _ids(items: list[Thread]) -> list[ThreadId]:
    return [item.thread_id for item in items]
