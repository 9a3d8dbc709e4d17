"""The full view of threads on a synthetic server: a hundred thousand rows, hostile texts, read-only sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from studio_tui.core.resources.sparse import KEPT, PAGE
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.errors import NotFoundError
from studio_tui.ui.threads.threads_screen import ThreadsScreen
from tests.server.driven import Driven, driven
from tests.synthetic import Synthetic

HOSTILE = "[/foo]\x1b]52;c;x\x07\x9b2J\u202e[@click=app.quit]x[/]\x00\ud800日本 " + "long " * 200
MANY = 100_000


@pytest.fixture
async def many() -> AsyncIterator[Synthetic]:
    server = Synthetic(threads=MANY)
    await server.start()
    yield server
    await server.stop()


async def view(it: Driven) -> ThreadsScreen:
    it.app.perform("threads")
    await it.until(lambda: isinstance(it.app.screen, ThreadsScreen) and it.app.screen.is_mounted, "the view")
    screen = it.app.screen
    assert isinstance(screen, ThreadsScreen)
    await it.until(lambda: screen.threads.loaded, "the first page")
    return screen


async def test_a_hundred_thousand_threads_open_at_once_and_are_read_where_they_are_seen(
    many: Synthetic, tmp_path: Path
) -> None:
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        searches = many.requests.count(("POST", "/threads/search"))
        screen = await view(it)
        assert many.requests.count(("POST", "/threads/search")) - searches < 3  # seconds: tests/bench/bench_threads.py
        assert len(screen.threads.items) == MANY
        await it.sees("1 of 100 000")
        await it.press("G")
        await it.until(lambda: screen.table.current is not None, "the last page")
        await it.sees("100 000 of 100 000")
        searches = many.requests.count(("POST", "/threads/search"))
        for _ in range(8):
            await it.press("pageup")
        await it.until(lambda: not screen.threads.items.missing(*screen.threads.sight), "the pages in between")
        assert many.requests.count(("POST", "/threads/search")) - searches < 10
        assert len(list(screen.threads.items.there())) <= KEPT * PAGE
        current = screen.table.current
        assert current is not None
        await it.press("space")
        await screen.table.read()
        assert screen.threads.marked == {current.thread_id: current.title}
        assert screen.table.row == screen.threads.index_of(current.thread_id) + 1  # type: ignore[operator]


async def test_the_view_begins_at_the_thread_that_is_open(many: Synthetic, tmp_path: Path) -> None:
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        open_id = many._thread(40)["thread_id"]
        it.app.app_state.thread_id = open_id
        screen = await view(it)
        await it.until(lambda: screen.table.current is not None and screen.table.current.thread_id == open_id)
        await it.sees("41 of 100 000")
        await it.press("g")
        await screen.table.read()
        assert screen.table.row == 0


async def test_a_click_on_the_name_of_a_column_sorts_by_it(many: Synthetic, tmp_path: Path) -> None:
    many.threads = 5
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        screen = await view(it)
        (row,) = [line for line in it.text.splitlines() if "status" in line and " age" in line]
        for sign in ("↑", "↓"):
            await it.pilot.click("#columns", offset=(row.index(" id ") + 1, 0))
            await it.sees(f"sort id {sign}")
        assert screen.threads.query.sort_by == "thread_id"


async def test_the_cursor_stays_on_its_thread_when_others_arrive(many: Synthetic, tmp_path: Path) -> None:
    many.threads = 5
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        screen = await view(it)
        await it.press("j", "j")
        kept = screen.table.current
        assert kept is not None
        make = many._thread
        many._thread = lambda index: make(index - 1) if index else make(90)  # type: ignore[method-assign]
        many.threads = 6
        await screen.table.read()
        assert screen.table.row == 3
        assert screen.table.current is not None
        assert screen.table.current.thread_id == kept.thread_id


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_hostile_titles_are_text_at_every_size(many: Synthetic, tmp_path: Path, size: tuple[int, int]) -> None:
    many.threads = 3
    make = many._thread

    def hostile(index: int) -> dict[str, Any]:
        row = make(index)
        row["metadata"] = {"title": HOSTILE, "graph_id": HOSTILE, "assistant_id": HOSTILE}
        return row

    many._thread = hostile  # type: ignore[method-assign]
    async with driven(many.base_url, tmp_path, assistant="load", size=size) as it:
        await view(it)
        await it.sees("[/foo]␛]52;"[:6])
        assert "\x1b" not in it.text
        assert "\u202e" not in it.text
        await it.press("R")
        await it.sees("Rename the thread")
        await it.press("escape", "u")
        await it.sees("cannot be undone")
        await it.press("space", "k", "D")
        await it.sees("Delete the thread?")
        await it.press("escape", "question_mark")
        await it.sees("│▌In Threads ")
        assert all(len(line) <= size[0] for line in it.text.split("\n"))


async def test_a_session_that_may_not_write_says_so_and_sends_nothing(many: Synthetic, tmp_path: Path) -> None:
    many.threads = 3
    async with driven(many.base_url, tmp_path, assistant="load", readonly=True) as it:
        await view(it)
        for key in "DRtcP":
            await it.press(key)
        await it.sees("read-only")
        assert isinstance(it.app.screen, ThreadsScreen)
        wrote = {("PATCH",), ("DELETE",)}
        assert not [item for item in many.requests if item[:1] in wrote or item[1].endswith(("/copy", "/prune"))]


async def test_of_many_threads_only_those_are_told_as_done_that_it_was_done_to(
    many: Synthetic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And copies are marked, for one key to delete them, only where no thread that was not copied is marked as well."""
    many.threads = 4
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        screen = await view(it)
        threads, refused = screen.threads, many._thread(2)["thread_id"]

        def act(answer: object) -> object:
            async def done(thread_id: str) -> object:
                if thread_id == refused:
                    raise NotFoundError("It is gone")
                return answer

            return done

        monkeypatch.setattr(threads, "copy", act(Thread(ThreadId("copy"))))
        monkeypatch.setattr(threads, "prune", act(1))
        await it.press("plus")
        await it.sees("4 marked")
        await it.press("c")
        await it.sees("3 of 4 threads copied.")
        await it.press("enter")
        await it.sees("3 copies are made; what was not copied is still marked.")
        assert set(threads.marked) == {refused}
        await it.press("minus", "plus")
        await it.sees("4 marked")
        screen.action_act("prune")  # its key is dimmed: the server has no such endpoint
        await it.sees("Keep the newest state")
        await it.press("enter")
        await it.sees("All checkpoints but the newest")
        await it.type("prune")
        await it.press("enter")
        await it.sees("2 of 3 threads pruned.")
        await it.press("enter")
        await it.sees("3 threads are pruned.")
        assert set(threads.marked) == {refused}


async def test_a_filter_is_corrected_at_its_field_and_remembered_as_a_view(many: Synthetic, tmp_path: Path) -> None:
    many.threads = 3
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        screen = await view(it)
        await it.press("f")
        await it.type("status=open")
        await it.press("enter")
        await it.sees("No status is called open")
        await it.press(*["backspace"] * 4)
        await it.type("busy")
        await it.press("enter")
        await it.until(lambda: screen.threads.query.status == "busy", "the filter")
        await it.press("V")
        await it.sees("Save a view")
        await it.type("mine")
        await it.press("enter")
        await it.sees("The view mine is saved")
        await it.press("w")
        await it.until(lambda: not isinstance(it.app.screen, ThreadsScreen), "the studio")
        it.app.perform("threads")
        await it.sees("filter status=running")
        await it.sees("esc Clear filter")
        await it.press("escape")
        await it.until(lambda: "Clear filter" not in it.text and "status=running" not in it.text, "all of them")
        assert isinstance(it.app.screen, ThreadsScreen), "the filter first, then the page"
        await it.press("v")
        await it.sees("mine")
        await it.type("mine")
        await it.press("enter")
        await it.sees("filter status=running")
        await it.press("escape")
        await it.until(lambda: "status=running" not in it.text, "no filter")


def named(many: Synthetic, titles: dict[int, str]) -> None:
    """Give some of the threads a title."""
    make = many._thread

    def thread(index: int) -> dict[str, Any]:
        row = make(index)
        row["metadata"] = {**row["metadata"], **({"title": titles[index]} if index in titles else {})}
        return row

    many._thread = thread  # type: ignore[method-assign]


async def test_a_search_reaches_threads_that_are_not_loaded(many: Synthetic, tmp_path: Path) -> None:
    many.threads = 3_482
    named(many, {3_300: "a needle in it", 3_400: "another needle"})
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        screen = await view(it)
        await it.press("slash")
        await it.type("needle")
        await it.until(lambda: screen.table.row == 3_300, "the first match")
        await it.sees("a needle in it")
        await it.sees("more than 1 000: none hidden")
        assert "othing matches" not in it.text
        await it.press("enter", "n")
        await it.until(lambda: screen.table.row == 3_400, "the next match")
        await it.press("n")
        await it.until(lambda: screen.table.row == 3_300, "the first match again")
        await it.press("N")
        await it.until(lambda: screen.table.row == 3_400, "the match before, around the end")
        assert len(list(screen.threads.items.there())) <= KEPT * PAGE
        await it.press("escape", "slash")
        await it.type("nowhere")
        await it.sees("nothing matches")


async def test_a_search_hides_other_threads_and_marks_are_kept_while_the_app_runs(
    many: Synthetic, tmp_path: Path
) -> None:
    many.threads = 240
    named(many, {3: "a needle", 130: "another needle", 235: "the last needle"})
    async with driven(many.base_url, tmp_path, assistant="load", size=(80, 24)) as it:
        screen = await view(it)
        await it.press("slash")
        await it.type("needle")
        await it.sees("/needle 3 of 240")
        assert "the last needle" in it.text
        await it.press("enter")
        await it.sees("esc Clear search")
        await it.press("plus")
        await it.sees("3 threads marked.")
        await it.press("escape")
        await it.sees("esc Back")
        await it.sees("4 of 240")
        assert len(screen.threads.items) == 240
        await it.press("w")
        await it.until(lambda: not isinstance(it.app.screen, ThreadsScreen), "the studio")
        assert set((await view(it)).threads.marked.values()) == {"a needle", "another needle", "the last needle"}
        await it.sees("3 marked")
        await it.press("slash")
        await it.type("nowhere")
        await it.sees("Nothing matches “nowhere”")
        await it.press("escape")
        server = it.app.app_state.server
        assert server is not None
        it.app.app_state.server = replace(server, base_url="http://another")
        await it.press("w")
        await it.until(lambda: not isinstance(it.app.screen, ThreadsScreen), "the studio")
        assert not (await view(it)).threads.marked  # they are of the server that was open when they were made


async def test_a_search_says_how_far_it_is_and_esc_stops_it(many: Synthetic, tmp_path: Path) -> None:
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        screen = await view(it)
        await it.press("slash")
        await it.type("nowhere")
        await it.press("enter")
        await it.sees("of 100 000, esc stops")
        await it.press("escape")
        await it.until(lambda: screen.table.searched is None, "the search stopped")
        assert isinstance(it.app.screen, ThreadsScreen)
        assert "othing matches" not in it.text
        searches = many.requests.count(("POST", "/threads/search"))
        await it.pilot.pause()
        assert many.requests.count(("POST", "/threads/search")) <= searches + 1


async def test_a_list_whose_reading_is_given_up_does_not_say_that_it_is_being_read(
    many: Synthetic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        answer = asyncio.Event()

        async def read(*_: Any, **__: Any) -> None:
            await answer.wait()

        monkeypatch.setattr(ThreadSearch, "read", read)
        it.app.perform("threads")
        await it.sees("Give up")
        await it.press("escape")
        await it.sees("The threads were not read: you gave it up.")
        assert "Reading the threads" not in it.text
        monkeypatch.undo()
        await it.press("ctrl+r")
        await it.sees("1 of 100 000")


async def test_threads_without_a_title_are_called_by_their_words_where_lists_do_not_bring_them(
    many: Synthetic, tmp_path: Path
) -> None:
    many.threads = 3_482
    many.values = {"messages": [{"type": "human", "content": "where is\nmy \x1b[31mparcel?"}]}
    async with driven(many.base_url, tmp_path, assistant="load") as it:
        await view(it)
        await it.sees("where is my ␛[31mparcel?")
        assert "\x1b" not in it.text
        read = [path for method, path in many.requests if method == "GET" and path.endswith("/state")]
        assert len(read) < 120  # those in sight, not all
        await it.press("R")
        await it.sees("Rename the thread")
        field = it.app.screen.query_one(Input)
        await it.until(lambda: field.value == "where is my ␛[31mparcel?", "what it is called now, to go on from")
