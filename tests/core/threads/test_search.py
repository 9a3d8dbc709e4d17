"""A search of threads over a client in memory: pages, lengths, marks; bulk actions and their account; saved views."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from studio_tui.core.resources.bulk import Bulk, account
from studio_tui.core.resources.sparse import KEPT, PAGE
from studio_tui.core.threads.saved_views import BUILT_IN, SavedViews
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import Capability, ServerInfo
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.domain.thread_query import ThreadQuery
from studio_tui.errors import ConnectError, NotFoundError, ServerError, UsageError
from studio_tui.wire.page import Page

T = TypeVar("T")


@dataclass
class Rows:
    """A client that has `size` threads."""

    size: int
    counts: bool = True
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def threads(self, *, limit: int, offset: int, **options: Any) -> Page[Thread]:
        self.asked.append({"limit": limit, "offset": offset, **options})
        rows = [_thread(number) for number in range(offset, min(self.size, offset + limit))]
        return Page(rows, offset + limit if offset + limit < self.size else None)

    async def thread_count(self, *, status: str = "", metadata: Any = None) -> int | None:
        return self.size if not status else 0

    async def patch_thread(self, thread_id: str, metadata: dict[str, Any]) -> Thread:
        return replace(_thread(int(thread_id)), title=metadata.get("title", ""))

    async def call(self, fn: Callable[[Any], Awaitable[Any]], /) -> Any:
        return await fn(self)


def _thread(number: int) -> Thread:
    return Thread(ThreadId(str(number)), ThreadStatus.IDLE, "g", title=f"t{number}")


def search_of(rows: Rows, **capabilities: bool) -> ThreadSearch:
    table = {name: Capability(works, "" if works else "not here") for name, works in capabilities.items()}
    return ThreadSearch(rows.call, ServerInfo("http://x", capabilities=table))


async def test_a_hundred_thousand_threads_are_read_where_they_are_looked_at() -> None:
    rows = Rows(100_000)
    threads = search_of(rows)
    threads.take(await threads.read([0], counts=True))
    assert len(threads.items) == 100_000
    assert threads.exact
    for top in range(0, 100_000, 900):
        threads.take(await threads.read(threads.items.missing(top, top + 40)))
        found = threads.items[top]
        assert found is not None
        assert found.thread_id == str(top)
    assert len(list(threads.items.there())) <= KEPT * PAGE
    assert max(item["limit"] for item in rows.asked) == PAGE
    assert ThreadId("0") not in [item.thread_id for _row, item in threads.items.there()]
    threads.take(await threads.read(threads.items.missing(0, 40)))
    assert threads.items[0] is not None
    assert threads.index_of(ThreadId("99999")) == 99_999


async def test_where_nobody_counts_the_list_grows_as_it_is_read() -> None:
    threads = search_of(Rows(250), threads_count=False)
    threads.take(await threads.read([0], counts=True))
    assert (len(threads.items), threads.exact, threads.counts) == (PAGE + 1, False, {})
    threads.take(await threads.read(threads.items.missing(PAGE, PAGE + 5)))
    threads.take(await threads.read(threads.items.missing(2 * PAGE, 2 * PAGE + 5)))
    assert (len(threads.items), threads.exact) == (250, True)


async def test_a_list_that_became_shorter_is_told_so_by_its_last_page() -> None:
    rows = Rows(250)
    threads = search_of(rows)
    threads.take(await threads.read([0], counts=True))
    rows.size = 240
    threads.take(await threads.read([2]))
    assert len(threads.items) == 240
    rows.size = 0
    await threads.refresh()
    assert (len(threads.items), len(list(threads.items.there()))) == (0, 0)


async def test_an_answer_to_an_older_query_is_dropped() -> None:
    threads = search_of(Rows(10))
    reading = await threads.read([0])
    await threads.show_query(ThreadQuery(status="error"))
    assert not threads.take(reading)


@dataclass
class Slow(Rows):
    """A client whose answers come when a test gives them, in any order."""

    waiting: list[tuple[dict[str, Any], asyncio.Future[None]]] = field(default_factory=list)

    async def threads(self, *, limit: int, offset: int, **options: Any) -> Page[Thread]:
        page = await super().threads(limit=limit, offset=offset, **options)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((self.asked[-1], future))
        await future
        return page

    async def answer(self, index: int = 0, error: Exception | None = None) -> None:
        future = self.waiting.pop(index)[1]
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
        await turns()


async def turns() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


async def begun(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    await turns()
    return task


async def slow_book(size: int = 10) -> tuple[Slow, ThreadSearch]:
    rows = Slow(size)
    threads = search_of(rows)
    task = await begun(threads.refresh())
    await rows.answer()
    await task
    return rows, threads


async def test_an_answer_that_comes_after_that_of_a_newer_reading_brings_no_deleted_thread_back() -> None:
    rows, threads = await slow_book()
    by_itself = await begun(threads.refresh_quietly())
    rows.size = 9
    after_the_deletion = await begun(threads.refresh())
    await rows.answer(1)
    assert await after_the_deletion
    await rows.answer()
    await by_itself
    assert len(threads.items) == 9


async def test_a_reading_that_fails_after_a_newer_one_was_answered_says_nothing() -> None:
    rows, threads = await slow_book()
    by_itself, newer = await begun(threads.refresh_quietly()), await begun(threads.refresh())
    await rows.answer(1)
    await rows.answer(0, ServerError("late"))
    await asyncio.gather(by_itself, newer)
    assert threads.problem == ""
    by_itself = await begun(threads.refresh_quietly())
    await rows.answer(0, ServerError("now"))
    await by_itself
    assert (threads.problem, len(threads.items)) == ("now", 10)


@pytest.mark.parametrize("end", ["fails", "is given up"])
async def test_a_filter_that_cannot_be_read_is_not_said_to_be_what_is_shown(end: str) -> None:
    rows, threads = await slow_book()
    task = await begun(threads.show_query(ThreadQuery(status="busy")))
    if end == "fails":
        await rows.answer(0, ServerError("no"))
    else:
        task.cancel()
    with pytest.raises((ServerError, asyncio.CancelledError)):
        await task
    assert (threads.query, len(threads.items), threads.exact) == (ThreadQuery(), 10, True)


async def test_a_filter_that_fails_late_does_not_take_the_place_of_a_newer_one() -> None:
    rows, threads = await slow_book()
    first = await begun(threads.show_query(ThreadQuery(status="busy")))
    second = await begun(threads.show_query(ThreadQuery(status="error")))
    await rows.answer(1)
    await rows.answer(0, ServerError("late"))
    await asyncio.gather(first, second)
    assert threads.query == ThreadQuery(status="error")


async def test_a_page_of_the_new_filter_is_not_put_between_the_rows_of_the_old_one() -> None:
    rows, threads = await slow_book(3 * PAGE)
    threads.sight = (PAGE, PAGE + 20)
    task = await begun(threads.show_query(ThreadQuery(status="busy")))
    assert await threads.fill() is False
    assert len(rows.waiting) == 1
    await rows.answer()
    await task
    filling = await begun(threads.fill())
    await rows.answer()
    assert await filling


async def test_a_page_that_fails_says_why_and_leaves_what_is_there() -> None:
    rows, threads = await slow_book(3 * PAGE)
    threads.sight = (PAGE, PAGE + 20)
    filling = await begun(threads.fill())
    await rows.answer(0, ServerError("no \x1b[31m"))
    assert await filling is False
    assert threads.problem.startswith("no ")
    assert "\x1b" not in threads.problem
    assert (threads.items[0] is None, threads.items[PAGE]) == (False, None)
    filling = await begun(threads.fill())
    await rows.answer()
    assert await filling
    assert threads.problem == ""


@pytest.mark.parametrize(("extract", "with_values"), [(True, False), (False, True)])
async def test_columns_come_whole_only_where_the_server_cannot_extract(extract: bool, with_values: bool) -> None:
    rows = Rows(3)
    threads = search_of(rows, extract=extract)
    await threads.read([0])
    threads.query = ThreadQuery(columns=("values.n",))
    await threads.read([0])
    assert [item["with_values"] for item in rows.asked] == [False, with_values]


async def test_marks_and_titles_outlive_pages() -> None:
    rows = Rows(PAGE * 3)
    threads = search_of(rows)
    threads.take(await threads.read([0]))
    first = threads.items[0]
    assert first is not None
    threads.toggle_mark(first)
    await threads.tag(first.thread_id, "title", "new")
    renamed = threads.items[0]
    assert renamed is not None
    assert (renamed.title, threads.marked) == ("new", {first.thread_id: "new"})
    assert await threads.mark_all() == PAGE * 3
    threads.toggle_mark(first)
    assert len(threads.marked) == PAGE * 3 - 1


# -- bulk -----------------------------------------------------------------------------------------------------------


async def test_stopping_finishes_what_was_sent_and_tells_exactly_what_was_not() -> None:
    sent: list[int] = []
    gate = asyncio.Event()

    async def act(thing: int) -> None:
        sent.append(thing)
        if len(sent) > 20:
            gate.set()
            await asyncio.sleep(0)

    bulk: Bulk[int] = Bulk(list(range(50)), act)
    running = asyncio.ensure_future(bulk.run())
    await gate.wait()
    bulk.stop()
    await running
    assert sorted(bulk.done) == sorted(sent)
    assert 20 < len(sent) < 50
    assert sorted([*bulk.done, *bulk.left]) == list(range(50))
    lines = account(bulk, "deleted", "threads", str)
    assert lines == [
        f"{len(sent)} of 50 threads deleted.", f"{50 - len(sent)} not touched: you stopped before them.",
    ]  # fmt: skip


async def test_a_lost_answer_is_looked_into_and_failures_have_their_reason() -> None:
    lost = ConnectError("no answer")
    lost.ambiguous = True
    outcomes: dict[int, Exception | None] = {
        1: None, 2: lost, 3: lost, 4: ServerError("boom \x1b[31m"), 5: NotFoundError("gone"),
    }  # fmt: skip

    async def act(thing: int) -> None:
        if error := outcomes[thing]:
            raise error

    async def happened(thing: int) -> bool:
        return thing in (2, 5)

    bulk: Bulk[int] = Bulk(list(outcomes), act, happened)
    await bulk.run()
    assert sorted(bulk.done) == [1, 2, 5]
    assert sorted(bulk.failed) == [3, 4]
    assert bulk.left == []
    text = "\n".join(account(bulk, "deleted", "threads", lambda thing: f"thread {thing}"))
    assert "3 of 5 threads deleted." in text
    assert "thread 4: boom ␛[31m" in text


# -- views ----------------------------------------------------------------------------------------------------------


def test_views_are_kept_and_a_damaged_file_is_no_reason_to_fail(tmp_path: Path) -> None:
    path = tmp_path / "views.json"
    query = ThreadQuery("error", {"user": {"n": 1}}, ("a",), "created_at", False, ("values.x",))
    SavedViews(path).save(" mine ", query)
    assert SavedViews(path).all() == {"mine": query}
    assert path.stat().st_mode & 0o077 == 0
    views = SavedViews(path)
    views.delete("mine")
    assert SavedViews(path).all() == {}
    for name in ("", "All threads"):
        assert name == "" or name in BUILT_IN
        with pytest.raises(UsageError):
            views.save(name, query)
    path.write_text('{"views": {"odd": {"status": "x", "sort_by": 3, "columns": [1, "values.y"]}, "no": 7}}')
    assert SavedViews(path).all() == {"odd": ThreadQuery(columns=("values.y",)), "no": ThreadQuery()}
    path.write_text("{")
    assert SavedViews(path).all() == {}
