"""A search in a list of which pages are held: every row is reached, what holds no match is not kept, and it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.resources.sparse import PAGE
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.core.threads.seek import Sought, find_end, seek
from studio_tui.domain.thread import Thread
from studio_tui.wire.page import Page
from tests.core.threads.test_search import Rows, search_of

MANY = 3_482


async def opened(rows: Rows, **capabilities: bool) -> ThreadSearch:
    threads = search_of(rows, **capabilities)
    threads.take(await threads.read([0], counts=True))
    rows.asked.clear()
    return threads


async def look(threads: ThreadSearch, *titles: str, start: int = 0, step: int = 1, most: int = 1000) -> Sought:
    def matches(item: Thread) -> bool:
        return item.title in titles

    return await seek(threads, matches, start, step, told=lambda _: True, most_pages=most)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("start", [0, 50, 99, 1700])
@pytest.mark.parametrize("wanted", [0, 49, 50, 1699, 1700, 1701, MANY - 1])
async def test_every_row_is_found_from_everywhere(counts: bool, step: int, start: int, wanted: int) -> None:
    threads = await opened(Rows(MANY, counts), threads_count=counts)
    found = await look(threads, f"t{wanted}", start=start, step=step)
    assert found.row == wanted
    assert (item := threads.items[wanted]) is not None
    assert item.title == f"t{wanted}"


@pytest.mark.parametrize("step", [1, -1])
async def test_the_nearest_of_several_is_found(step: int) -> None:
    threads = await opened(Rows(MANY))
    assert (await look(threads, "t120", "t1900", "t1750", "t3000", start=1760, step=step)).row == (
        1900 if step > 0 else 1750
    )


@pytest.mark.parametrize("size", [1, 99, 100, 101, 700])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("step", [1, -1])
async def test_no_match_is_known_when_all_was_seen(size: int, counts: bool, step: int) -> None:
    rows = Rows(size, counts)
    threads = await opened(rows, threads_count=counts)
    before = len(list(threads.items.there()))
    found = await look(threads, "nowhere", start=min(size - 1, 30), step=step)
    assert (found.row, found.complete) == (None, True)
    assert found.looked >= size
    # what does not match is not kept
    assert len(list(threads.items.there())) <= max(before, PAGE) + (3 * PAGE if not counts else 0)


async def test_a_search_has_a_budget_and_says_how_far_it_came() -> None:
    rows = Rows(100_000)
    threads = await opened(rows)
    found = await look(threads, "t99999", most=5)
    assert found == Sought(None, 6 * PAGE, False, 6 * PAGE)
    assert len(rows.asked) == 5
    assert (await look(threads, "t900", start=found.looked, most=5)).row == 900


@pytest.mark.parametrize(("start", "step", "looked", "next_row"), [(150, 1, 550, 700), (50_010, -1, 511, 49_499)])
async def test_what_is_left_begins_where_a_search_stopped(start: int, step: int, looked: int, next_row: int) -> None:
    threads = await opened(Rows(100_000))
    found = await look(threads, "nowhere", start=start, step=step, most=6)
    assert found == Sought(None, looked, False, next_row)
    assert (await look(threads, f"t{next_row}", start=found.next_row, step=step, most=1)).row == next_row


async def test_a_search_ends_when_it_is_told_to() -> None:
    rows = Rows(100_000)
    threads = await opened(rows)
    found = await seek(threads, lambda _: False, 0, 1, told=lambda seen: seen < 300, most_pages=1000)
    assert (found.row, found.complete) == (None, False)
    assert len(rows.asked) == 2


@pytest.mark.parametrize("size", [1, 100, 101, 200, 3_482, 99_999])
async def test_the_end_of_a_list_that_is_not_counted_is_found_by_leaps(size: int) -> None:
    rows = Rows(size, counts=False)
    threads = await opened(rows, threads_count=False)
    await find_end(threads)
    assert (len(threads.items), threads.exact) == (size, True)
    assert len(rows.asked) <= 24


@dataclass
class Deaf(Rows):
    """A client whose server pays no heed to the offset, or makes threads up for ever."""

    endless: bool = False

    async def threads(self, *, limit: int, offset: int, **options: Any) -> Page[Thread]:
        page = await super().threads(limit=limit, offset=offset if self.endless else 0, **options)
        return replace(page, next_offset=offset + limit)


@pytest.mark.parametrize("endless", [False, True])
async def test_the_end_of_a_list_without_end_is_not_looked_for_for_ever(endless: bool) -> None:
    rows = Deaf(1 << 60 if endless else PAGE, counts=False, endless=endless)
    threads = await opened(rows, threads_count=False)
    await find_end(threads)
    assert len(rows.asked) < 40
    assert threads.exact is not endless
    if not endless:
        assert len(threads.items) == PAGE
