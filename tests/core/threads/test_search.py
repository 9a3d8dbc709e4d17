"""The book of threads over a client in memory: pages, lengths, marks; bulk actions and their account; saved views."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from studio_tui.core.resources.bulk import Bulk, account
from studio_tui.core.threads.saved_views import BUILT_IN, SavedViews
from studio_tui.core.threads.search import KEPT, PAGE, ThreadSearch
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import Capability, ServerInfo
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.domain.thread_query import ThreadQuery
from studio_tui.errors import ConnectError, NotFoundError, ServerError, UsageError
from studio_tui.wire.page import Page


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


def book_of(rows: Rows, **capabilities: bool) -> ThreadSearch:
    table = {name: Capability(works, "" if works else "not here") for name, works in capabilities.items()}
    return ThreadSearch(rows.call, ServerInfo("http://x", capabilities=table))


async def test_a_hundred_thousand_threads_are_read_where_they_are_looked_at() -> None:
    rows = Rows(100_000)
    book = book_of(rows)
    book.take(await book.read([0], counts=True))
    assert len(book) == 100_000
    assert book.exact
    for top in range(0, 100_000, 900):
        book.take(await book.read(book.missing(top, top + 40)))
        found = book.row(top)
        assert found is not None
        assert found.thread_id == str(top)
    assert book.loaded <= KEPT * PAGE
    assert max(item["limit"] for item in rows.asked) == PAGE
    assert book.row(0) is None
    book.take(await book.read(book.missing(0, 40)))
    assert book.row(0) is not None
    assert book.index_of(ThreadId("99999")) == 99_999


async def test_where_nobody_counts_the_list_grows_as_it_is_read() -> None:
    book = book_of(Rows(250), threads_count=False)
    book.take(await book.read([0], counts=True))
    assert (len(book), book.exact, book.counts) == (PAGE + 1, False, {})
    book.take(await book.read(book.missing(PAGE, PAGE + 5)))
    book.take(await book.read(book.missing(2 * PAGE, 2 * PAGE + 5)))
    assert (len(book), book.exact) == (250, True)


async def test_a_list_that_became_shorter_is_told_so_by_its_last_page() -> None:
    rows = Rows(250)
    book = book_of(rows)
    book.take(await book.read([0], counts=True))
    rows.size = 240
    book.take(await book.read([2]))
    assert len(book) == 240
    rows.size = 0
    book.take(await book.read([0], counts=True, fresh=True))
    assert (len(book), book.loaded) == (0, 0)


async def test_an_answer_to_an_older_query_is_dropped() -> None:
    book = book_of(Rows(10))
    reading = await book.read([0])
    book.query = ThreadQuery(status="error")
    assert not book.take(reading)
    assert len(book) == 0


@pytest.mark.parametrize(("extract", "with_values"), [(True, False), (False, True)])
async def test_columns_come_whole_only_where_the_server_cannot_extract(extract: bool, with_values: bool) -> None:
    rows = Rows(3)
    book = book_of(rows, extract=extract)
    await book.read([0])
    book.query = ThreadQuery(columns=("values.n",))
    await book.read([0])
    assert [item["with_values"] for item in rows.asked] == [False, with_values]


async def test_marks_and_titles_outlive_pages() -> None:
    rows = Rows(PAGE * 3)
    book = book_of(rows)
    book.take(await book.read([0]))
    first = book.row(0)
    assert first is not None
    book.toggle_mark(first)
    await book.tag(first.thread_id, "title", "new")
    renamed = book.row(0)
    assert renamed is not None
    assert (renamed.title, book.marked) == ("new", {first.thread_id: "new"})
    assert await book.mark_all() == PAGE * 3
    book.toggle_mark(first)
    assert len(book.marked) == PAGE * 3 - 1


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
