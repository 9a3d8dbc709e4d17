"""More assistants than are read at once: none is left out, whatever happens between two parts of the list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.core.assistants import catalog
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import AssistantId
from studio_tui.domain.run_request import RunOptions
from studio_tui.errors import ConnectError, ServerError
from studio_tui.jsonkit.value import JsonObject
from tests.core.fakes import FakeClient, make
from tests.waiting import until


def ids(items: Sequence[Assistant]) -> str:
    return "".join(item.assistant_id for item in items)


@pytest.fixture
def server(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> list[Assistant]:
    """Assistants a to h, of which three are read at once and then two more."""
    listed = [Assistant(AssistantId(key), "g", key) for key in "abcdefgh"]

    async def all_assistants(cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        return listed[start : start + cap]

    monkeypatch.setattr(client, "all_assistants", all_assistants)
    monkeypatch.setattr(catalog, "LISTED", 3)
    monkeypatch.setattr(catalog, "PAGE", 2)
    return listed


async def connected(client: FakeClient) -> Studio:
    studio = make(client)
    await studio.connect(Target("http://fake"))
    return studio


async def test_one_that_was_deleted_makes_the_next_part_leave_none_out(
    client: FakeClient, server: list[Assistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def delete(assistant_id: str, **_: Any) -> None:
        server[:] = [item for item in server if item.assistant_id != assistant_id]

    monkeypatch.setattr(client, "delete_assistant", delete, raising=False)
    studio = await connected(client)
    await studio.versions.delete(AssistantId("b"))
    await studio.assistants.more()
    assert ids(studio.app_state.assistants.items) == "acde"
    await studio.assistants.more()
    await studio.assistants.more()
    assert (ids(studio.app_state.assistants.items), studio.app_state.assistants.has_more) == ("acdefgh", False)
    await studio.aclose()


async def test_a_part_that_comes_after_the_list_was_read_again_is_not_put_behind_it(
    client: FakeClient, server: list[Assistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await connected(client)
    read = client.all_assistants

    async def late(cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        found = await read(cap, start=start)
        if start:
            server[:] = [Assistant(AssistantId(key), "g", key) for key in "uvwxyz"]
            await studio.assistants.refresh()
        return found

    monkeypatch.setattr(client, "all_assistants", late)
    await studio.assistants.more()
    assert (ids(studio.app_state.assistants.items), studio.app_state.assistants.has_more) == ("uvw", True)
    await studio.aclose()


async def test_what_a_graph_raised_is_not_told_any_more_once_it_was_drawn(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = client.graph

    async def graph(assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        raise ServerError("The server failed (500)")

    monkeypatch.setattr(client, "graph", graph)
    studio = await connected(client)
    await studio.assistants.select("demo")
    await until(lambda: bool(studio.app_state.graph_problem))
    studio.graph_raised("RuntimeError: no key")
    monkeypatch.setattr(client, "graph", good)
    await studio.assistants.load_graph()
    assert (studio.app_state.graph is not None, studio.app_state.graph_problem, studio.app_state.graph_fault) == (
        True,
        "",
        "",
    )
    await studio.aclose()


@pytest.mark.parametrize("fails", [True, False])
async def test_subgraphs_are_asked_for_when_somebody_looks_and_once_for_each_graph(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """A server that cannot tell them is asked no more, and none are told."""
    asked: list[bool | int] = []
    meanwhile: list[Callable[[], None]] = []

    async def graph(assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        asked.append(xray)
        if meanwhile:
            meanwhile.pop()()
        if xray and fails:
            raise ServerError("The server failed (500)")
        return {"nodes": [{"id": "a:b" if xray else "a"}], "edges": []}

    monkeypatch.setattr(client, "graph", graph)
    studio = await connected(client)
    await studio.assistants.select("demo")
    await until(lambda: studio.app_state.graph is not None)
    assert asked == [False], "not at the start"
    for _ in range(2):
        studio.assistants.look_inside()
        await until(lambda: studio.app_state.inner_graph is not None)
    inner = studio.app_state.inner_graph
    assert inner is not None
    assert [node.id for node in inner[1].nodes] == (["a"] if fails else ["a:b"])
    assert asked == [False, True, *[False] * fails]
    studio.app_state.inner_graph = None
    meanwhile.append(lambda: setattr(studio.app_state, "graph", GraphSpec()))
    await studio.assistants.load_inner_graph()
    assert studio.app_state.inner_graph is None, "the graph was read again meanwhile"
    await studio.assistants.load_graph(xray=True)
    studio.assistants.look_inside()
    assert asked.count(True) == 3, "they are drawn"
    await studio.aclose()


@pytest.mark.parametrize("fails", [True, False])
async def test_what_is_read_again_when_the_server_is_left_puts_nothing_into_the_next_ones_list(
    client: FakeClient, server: list[Assistant], monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    studio = await connected(client)
    await studio.assistants.select("a")
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def late(cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        asked.set()
        await goes_on.wait()
        if fails:
            raise ConnectError("The client was closed")
        return server[start : start + cap]

    monkeypatch.setattr(client, "all_assistants", late)
    reading = asyncio.create_task(studio.assistants.reread())
    await asked.wait()
    await studio.disconnect()
    goes_on.set()
    await asyncio.gather(reading, return_exceptions=True)
    assert studio.app_state.assistants.items == []
    assert not studio.app_state.notices
    await studio.aclose()


async def test_options_belong_to_the_assistant_that_they_were_set_for(
    client: FakeClient, server: list[Assistant]
) -> None:
    """A recursion limit that was set for one assistant was sent with the runs of the next one too."""
    studio = await connected(client)
    app_state = studio.app_state
    sent: list[int | None] = []
    for name, limit in (("a", 7), ("b", None), ("b", 9), ("a", None), ("b", None)):
        await studio.assistants.select(name)
        if limit is not None:
            app_state.set_next_run(RunOptions(recursion_limit=limit))
        sent.append(app_state.new_turn({}).recursion_limit)
    assert sent == [7, None, 9, 7, 9]
    await studio.disconnect()
    assert app_state.next_run == RunOptions()
    await studio.aclose()
