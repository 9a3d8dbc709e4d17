"""A list from a server shows what the server had last, whatever order the answers come in and whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.core.resources.resource import Resource, State, every_page, full_page
from studio_tui.errors import ServerError, UnsupportedError
from studio_tui.wire.page import Page


class Server:
    """Rows that are given in pages; each request is answered when `answer` is called."""

    def __init__(self, rows: list[str]) -> None:
        self.rows = rows
        self.waiting: list[tuple[int, int, asyncio.Future[Page[str]]]] = []
        self.asked: list[tuple[int, int]] = []

    def read(self, offset: int, limit: int) -> Awaitable[Page[str]]:
        self.asked.append((offset, limit))
        future: asyncio.Future[Page[str]] = asyncio.get_running_loop().create_future()
        self.waiting.append((offset, limit, future))
        return future

    async def answer(self, index: int = 0, error: Exception | None = None) -> None:
        """Answer a request with the rows that there are now."""
        offset, limit, future = self.waiting.pop(index)
        if error is not None:
            future.set_exception(error)
        elif not future.cancelled():
            future.set_result(full_page(self.rows[offset : offset + limit], offset=offset, limit=limit))
        await turn()


class Prompt(Server):
    """Answers at once."""

    def read(self, offset: int, limit: int) -> Awaitable[Page[str]]:
        self.asked.append((offset, limit))

        async def page() -> Page[str]:
            return full_page(self.rows[offset : offset + limit], offset=offset, limit=limit)

        return page()


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def listed(server: Server, *, page: int = 2) -> Resource[str]:
    return Resource(server.read, lambda row: row[0], page=page)


async def test_a_list_is_loading_then_ready_or_empty() -> None:
    server = Server([])
    resource = listed(server)
    assert resource.state is State.LOADING
    task = asyncio.create_task(resource.refresh())
    await turn()
    assert (resource.state, resource.reading) == (State.LOADING, True)
    await server.answer()
    assert (await task, resource.state, resource.reading) == (True, State.EMPTY, False)
    server.rows = ["a"]
    task = asyncio.create_task(resource.refresh())
    await turn()
    await server.answer()
    assert (await task, resource.state, resource.total) == (True, State.READY, 1)


async def test_a_reading_that_is_given_up_is_not_said_to_be_under_way() -> None:
    server = Server(["a"])
    resource = listed(server)
    told: list[bool] = []
    resource.on_change = lambda: told.append(resource.given_up)
    task = asyncio.create_task(resource.refresh())
    await turn()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (resource.state, resource.reading, resource.given_up, told[-1]) == (State.LOADING, False, True, True)
    server.waiting.clear()
    first, second = asyncio.create_task(resource.refresh()), asyncio.create_task(resource.refresh())
    await turn()
    assert not resource.given_up
    first.cancel()  # a newer one has taken its place
    await turn()
    assert not resource.given_up
    await server.answer(1)
    assert await second


async def test_an_answer_that_is_overtaken_by_a_newer_one_is_dropped() -> None:
    server = Server(["old"])
    resource = listed(server)
    first, second = asyncio.create_task(resource.refresh()), asyncio.create_task(resource.refresh())
    await turn()
    await server.answer(1)
    server.rows = ["wrong"]
    await server.answer(0)
    assert (await second, await first, resource.items) == (True, False, ["old"])


async def test_a_failure_that_is_overtaken_says_nothing_and_one_that_is_not_is_the_problem() -> None:
    server = Server(["a"])
    resource = listed(server)
    first, second = asyncio.create_task(resource.refresh()), asyncio.create_task(resource.refresh())
    await turn()
    await server.answer(1)
    await server.answer(0, ServerError("The server failed (500)"))
    assert (await second, await first, resource.problem) == (True, False, "")
    third = asyncio.create_task(resource.refresh())
    await turn()
    await server.answer(0, ServerError("It \x1b]2;failed\x07"))
    with pytest.raises(ServerError):
        await third
    assert (resource.state, resource.items) == (State.FAILED, ["a"])
    assert "\x1b" not in resource.problem


async def test_a_list_that_the_server_lacks_is_told_apart() -> None:
    server = Server([])
    resource = listed(server)
    task = asyncio.create_task(resource.refresh())
    await turn()
    await server.answer(0, UnsupportedError("No crons here", "", "Upgrade."))
    with pytest.raises(UnsupportedError):
        await task
    assert (resource.state, resource.problem) == (State.UNSUPPORTED, "No crons here. Upgrade.")


async def test_what_is_outdated_while_it_is_read_is_dropped_and_one_page_is_read_then() -> None:
    server = Server(list("abcdef"))
    resource = listed(server)
    task = asyncio.create_task(resource.refresh(wanted=4))
    await turn()
    await server.answer()
    assert await task
    more = asyncio.create_task(resource.more())
    again = asyncio.create_task(resource.refresh())
    await turn()
    resource.outdate()
    await server.answer()
    await server.answer()
    assert (await more, await again, resource.items) == (False, False, list("abcd"))
    server.rows = ["x", "y", "z"]
    task = asyncio.create_task(resource.refresh())
    await turn()
    await server.answer()
    assert (await task, resource.items, resource.has_more, server.asked[-1]) == (True, ["x", "y"], True, (0, 2))


async def test_a_page_that_fails_leaves_the_list_as_it_was() -> None:
    server = Server(list("abc"))
    resource = listed(server)
    task = asyncio.create_task(resource.refresh())
    await turn()
    await server.answer()
    await task
    more = asyncio.create_task(resource.more())
    await turn()
    await server.answer(0, ServerError("The server failed (500)"))
    with pytest.raises(ServerError):
        await more
    assert (resource.items, resource.has_more, resource.reading, resource.problem) == (["a", "b"], True, False, "")


async def test_a_reading_that_is_broken_off_is_not_under_way_any_more() -> None:
    server = Server(list("abc"))
    resource = listed(server)
    task = asyncio.create_task(resource.refresh())
    await turn()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (resource.reading, resource.state) == (False, State.LOADING)


async def test_whoever_shows_a_list_hears_that_it_is_not_read_any_more_whatever_became_of_the_answer() -> None:
    server = Server(["a"])
    resource = listed(server)
    shown: list[tuple[bool, str]] = []
    resource.on_change = lambda: shown.append((resource.reading, resource.problem))
    late, broken_off = asyncio.create_task(resource.refresh()), asyncio.create_task(resource.refresh())
    await turn()
    resource.clear()
    await server.answer()
    broken_off.cancel()
    await turn()
    assert (await late, shown[-1]) == (False, (False, ""))
    failed = asyncio.create_task(resource.refresh())
    await turn()
    assert shown[-1] == (True, "")
    await server.answer(-1, ServerError("The server failed (500)"))
    with pytest.raises(ServerError):
        await failed
    assert shown[-1] == (False, "The server failed (500)")


async def test_a_page_that_comes_while_the_list_is_read_again_is_read_again_too() -> None:
    server = Server(list("abcdef"))
    resource = listed(server)
    task = asyncio.create_task(resource.refresh())
    await turn()
    await server.answer()
    await task
    more, again = asyncio.create_task(resource.more()), asyncio.create_task(resource.refresh())
    await turn()
    await server.answer(0)
    await server.answer(0)
    await server.answer(0)
    assert (await more, await again, resource.items) == (True, True, list("abcd"))


async def test_the_head_is_read_alone_and_what_is_behind_it_stays() -> None:
    server = Prompt(list("abcdef"))
    resource = listed(server)
    await resource.refresh(wanted=4)
    server.rows = ["n", *server.rows]
    asked = len(server.asked)
    await resource.refresh(head=True)
    assert (resource.items, len(server.asked) - asked, resource.has_more) == (list("nabcd"), 1, True)
    server.rows = ["n"]
    await resource.refresh(head=True)
    assert (resource.items, resource.has_more) == (["n"], False)


async def test_a_server_that_repeats_its_first_page_has_no_other() -> None:
    server = Server(list("ab"))

    async def read(_offset: int, limit: int) -> Page[str]:
        return full_page(server.rows[:limit], offset=_offset, limit=limit)

    resource = Resource(read, lambda row: row, page=2)
    await resource.refresh()
    assert resource.has_more
    await resource.more()
    assert (resource.items, resource.has_more) == (["a", "b"], False)


async def test_every_page_of_such_a_server_is_its_first() -> None:
    asked: list[int] = []

    async def read(offset: int) -> Page[str]:
        asked.append(offset)
        return Page(["a", "b"], offset + 2)

    assert [page async for page in every_page(read, str)] == [["a", "b"]]
    assert asked == [0, 2]


async def test_a_row_that_is_read_alone_takes_its_place_and_one_that_is_gone_stays_out() -> None:
    server = Prompt(["a1", "b1"])
    resource = listed(server)
    await resource.refresh()
    resource.put("b2")
    resource.put("c2")
    assert resource.items == ["a1", "b2"]


ROWS = st.lists(st.characters(codec="ascii", categories=["L"]), unique=True, max_size=12)
STEPS = st.lists(
    st.one_of(
        st.just(("more", "")),
        st.just(("refresh", "")),
        st.tuples(st.sampled_from(["new", "gone"]), st.characters(codec="ascii", categories=["L"])),
    ),
    max_size=12,
)


@given(ROWS, STEPS, st.integers(1, 4))
def test_no_row_stands_twice_and_after_a_full_reading_none_is_missing(
    rows: list[str], steps: list[tuple[str, str]], page: int
) -> None:
    async def run() -> None:
        server = Prompt(list(rows))
        resource = Resource(server.read, lambda row: row, page=page)
        await resource.refresh()
        for act, row in steps:
            if act == "more":
                await resource.more()
            elif act == "refresh":
                await resource.refresh()
            elif act == "new":
                server.rows = [row, *(item for item in server.rows if item != row)]
            else:
                server.rows = [item for item in server.rows if item != row]
                resource.drop(row)
            assert len(set(resource.items)) == len(resource.items)
        await resource.refresh()
        assert resource.items == server.rows[: len(resource.items)]
        while resource.has_more:
            await resource.more()
        assert resource.items == server.rows

    asyncio.run(run())
