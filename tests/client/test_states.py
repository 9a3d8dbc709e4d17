"""States and histories: unknown checkpoints, pages, sizes (PROTOCOL §5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from studio_tui.client import states as states_module
from studio_tui.domain.ids import default_assistant_id
from studio_tui.domain.server import ServerKind
from studio_tui.domain.thread_position import Standing, thread_position
from studio_tui.errors import (
    NotFoundError,
    ProtocolError,
    TooLargeError,
)
from tests.client.mock_server import CHECKPOINT, GRAPH_ID, THREAD, fixture, talking
from tests.waiting import until

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON
ASSISTANT = default_assistant_id(GRAPH_ID)
AT = f"/threads/{THREAD}"


EMPTY: dict[str, Any] = {
    "values": {},
    "next": [],
    "tasks": [],
    "metadata": None,
    "checkpoint": {"checkpoint_id": CHECKPOINT},
}


async def test_an_unknown_checkpoint_is_not_found_although_the_server_says_200() -> None:
    async with talking(lambda _: httpx.Response(200, json=EMPTY)) as talk:
        with pytest.raises(NotFoundError, match=CHECKPOINT[:8]):
            await talk.client.state(THREAD, checkpoint_id=CHECKPOINT)
        with pytest.raises(NotFoundError):
            await talk.client.state(THREAD, checkpoint={"checkpoint_id": CHECKPOINT, "checkpoint_ns": ""})


async def test_an_answer_that_names_no_checkpoint_is_not_the_one_that_was_asked_for() -> None:
    row = {"thread_id": THREAD, "metadata": {"graph_id": GRAPH_ID}, "status": "idle", "values": None}
    async with talking(lambda _: httpx.Response(200, json=row)) as talk:
        with pytest.raises(NotFoundError, match=CHECKPOINT[:8]):
            await talk.client.state(THREAD, checkpoint_id=CHECKPOINT)


async def test_a_thread_or_subgraph_that_never_ran_is_an_empty_state_and_no_error() -> None:
    empty = {**EMPTY, "checkpoint": None}
    async with talking(lambda _: httpx.Response(200, json=empty)) as talk:
        assert (await talk.client.state(THREAD)).checkpoint_id is None
        assert (await talk.client.state(THREAD, checkpoint={"checkpoint_ns": "a:1"})).checkpoint_id is None


async def test_states_are_asked_for_in_the_form_that_fits() -> None:
    async with talking(lambda _: httpx.Response(200, json=fixture("py/state_chat.json"))) as talk:
        await talk.client.state(THREAD, subgraphs=True)
        assert str(talk.last.url).endswith("/state?subgraphs=true")
        await talk.client.state(THREAD, checkpoint_id=CHECKPOINT)
        assert talk.last.url.path == f"{AT}/state/{CHECKPOINT}"
        ref: dict[str, Any] = {"checkpoint_id": CHECKPOINT, "checkpoint_ns": "a:1", "checkpoint_map": {"": "x"}}
        await talk.client.state(THREAD, checkpoint=ref, subgraphs=True)
        assert talk.body() == {"checkpoint": ref, "subgraphs": True}
        await talk.client.state(THREAD, checkpoint=ref)
        assert talk.body() == {"checkpoint": ref}
    async with talking(lambda _: httpx.Response(200, json=fixture("py/state_chat.json")), kind=JS) as js:
        await js.client.state(THREAD, checkpoint={"checkpoint_ns": "a:1"}, subgraphs=True)
        assert js.body() == {"checkpoint": {"checkpoint_ns": "a:1"}, "subgraphs": "true"}


async def test_a_wrong_checkpoint_id_never_orphans_the_head() -> None:
    async with talking(lambda _: httpx.Response(200, json=EMPTY)) as talk:
        with pytest.raises(NotFoundError):
            await talk.client.update_state(THREAD, {"a": 1}, checkpoint={"checkpoint_id": CHECKPOINT})
        assert talk.paths() == [f"POST {AT}/state/checkpoint"]


@pytest.mark.parametrize("answer", [fixture("py/update_state_fork.json"), {"checkpoint": {"checkpoint_id": "c"}},
                                    {"configurable": {"checkpoint_id": "c"}}])  # fmt: skip
async def test_an_update_names_its_checkpoint_on_every_server(answer: dict[str, Any]) -> None:
    async with talking({f"POST {AT}/state": answer}) as talk:
        result: Any = await talk.client.update_state(THREAD, None, as_node="__end__")
        assert result["checkpoint"]["checkpoint_id"]
        assert talk.body() == {"values": None, "as_node": "__end__"}


def checkpoint(number: int, size: int = 0) -> dict[str, Any]:
    return {"checkpoint": {"checkpoint_id": f"c{number:04d}"}, "metadata": {"step": number}, "values": "x" * size}


@pytest.mark.parametrize("kind", [PY, JS, OLD])
async def test_history_pages_by_get_with_an_explicit_limit(kind: ServerKind) -> None:
    async with talking({f"GET {AT}/history": fixture("py/history_steps.json")}, kind=kind) as talk:
        assert await talk.client.history(THREAD, limit=7, before=CHECKPOINT)
        assert dict(talk.last.url.params) == {"limit": "7", "before": CHECKPOINT}
        await talk.client.history(THREAD)
        assert dict(talk.last.url.params) == {"limit": "25"}


async def test_history_of_aegra_is_sliced_here_because_before_breaks_it() -> None:
    items = [checkpoint(number) for number in range(40, 0, -1)]
    async with talking({f"GET {AT}/history": items}, kind=AE) as talk:
        page = await talk.client.history(THREAD, limit=5, before="c0031")
        assert [item.checkpoint_id for item in page] == ["c0030", "c0029", "c0028", "c0027", "c0026"]
        assert "before" not in talk.last.url.params
        assert int(talk.last.url.params["limit"]) >= 100


@pytest.mark.parametrize(("kind", "cursor"), [(PY, {"configurable": {"checkpoint_id": CHECKPOINT}}), (JS, CHECKPOINT)])
async def test_history_of_a_subgraph_spells_before_as_the_server_reads_it(kind: ServerKind, cursor: Any) -> None:
    async with talking({f"POST {AT}/history": fixture("py/history_subgraph.json")}, kind=kind) as talk:
        ref = {"checkpoint_ns": "level1:871f"}
        page = await talk.client.history(THREAD, checkpoint=ref, before=CHECKPOINT)
        assert page[0].ns
        assert talk.body() == {"checkpoint": ref, "limit": 25, "before": cursor}


async def test_a_history_too_large_for_one_answer_comes_in_pieces() -> None:
    items = [checkpoint(number, 3_000_000) for number in range(10, 0, -1)]

    def answer(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        older = [item for item in items if item["checkpoint"]["checkpoint_id"] < params.get("before", "d")]
        return httpx.Response(200, json=older[: int(params["limit"])])

    async with talking(answer) as talk:
        page = await talk.client.history(THREAD, limit=8)
        assert [item.step for item in page] == [10, 9, 8, 7, 6, 5, 4, 3]
        assert [item.step for item in await talk.client.history(THREAD, limit=25)] == list(range(10, 0, -1))


async def test_one_checkpoint_larger_than_the_limit_is_told() -> None:
    async with talking(lambda _: httpx.Response(200, json=[checkpoint(1, 17 << 20)])) as talk:
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await talk.client.history(THREAD, limit=4)


async def test_a_large_state_is_read_where_it_is_wanted_and_its_size_told_before() -> None:
    async with talking(lambda _: httpx.Response(200, json=checkpoint(1, 17 << 20))) as talk:
        with pytest.raises(TooLargeError, match="larger than 16 MiB") as caught:
            await talk.client.state(THREAD)
        assert caught.value.size is not None
        assert caught.value.size > 17 << 20
        await talk.client.take_large(THREAD)
        assert (await talk.client.state(THREAD)).step == 1
        with pytest.raises(TooLargeError):
            await talk.client.state("0199bbbb-0000-7000-8000-00000000000f")


async def test_a_state_has_a_limit_wherever_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert states_module.STATE_LIMIT == 256 << 20
    monkeypatch.setattr(states_module, "STATE_LIMIT", 17 << 20)
    async with talking(lambda _: httpx.Response(200, json=checkpoint(1, 18 << 20))) as talk:
        talk.client.takes_any_size = True
        with pytest.raises(TooLargeError, match="larger than 17 MiB"):
            await talk.client.state(THREAD)


async def test_what_a_server_without_checkpoints_waits_for_stands_in_the_threads_row() -> None:
    """npm pure-graph: a state without checkpoint and tasks, and the question in the row, without its node."""
    asked = {"__interrupt__": [{"id": "4806", "value": {"question": "Approve?"}}]}
    state: dict[str, Any] = {"values": {"draft": "x"}, "next": [], "metadata": {}, "checkpoint": None, "tasks": []}
    row = {"thread_id": THREAD, "status": "interrupted", "interrupts": asked}
    async with talking({f"GET {AT}/state": state, f"GET {AT}": row}, kind=JS) as talk:
        head = await talk.client.state(THREAD)
    assert [item.id for item in head.pending_interrupts] == ["4806"]
    position = thread_position(head, None)
    assert (position.standing, position.nodes) == (Standing.ASKING, ())
    assert position.places == ("a node that the server does not name",)
    for other in ({**row, "status": "idle"}, {**row, "interrupts": {}}, {"thread_id": THREAD}, 404):
        answers = {f"GET {AT}/state": state, **({} if other == 404 else {f"GET {AT}": other})}
        async with talking(answers, kind=JS) as talk:
            head = await talk.client.state(THREAD)
        assert head.pending_interrupts == ()
        assert thread_position(head, None).standing is Standing.DONE


async def test_the_row_is_not_asked_for_a_thread_that_never_ran_or_that_has_a_checkpoint() -> None:
    never: dict[str, Any] = {"values": {}, "next": [], "metadata": None, "checkpoint": None, "tasks": []}
    done = {"values": {"x": 1}, "next": [], "metadata": {}, "checkpoint": {"checkpoint_id": "1f0"}, "tasks": []}
    for state in (never, done):
        async with talking({f"GET {AT}/state": state}) as talk:
            await talk.client.state(THREAD)
            assert talk.paths() == [f"GET {AT}/state"]


def large(number: int) -> httpx.Response:
    messages = [{"id": str(index), "content": "some text " * 30} for index in range(number)]
    return httpx.Response(200, json={**EMPTY, "values": {"messages": messages}, "metadata": {}})


async def test_what_states_of_a_thread_have_in_common_is_read_once_and_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = iter([1500, 1501, 1501, 1501, 1501])

    def answer(request: httpx.Request) -> httpx.Response:
        found = large(next(sizes))
        return httpx.Response(200, json=[found.json()]) if request.url.path.endswith("history") else found

    async with talking(answer) as talk:

        async def first(thread: str) -> object:
            values: Any = (await talk.client.state(thread)).values
            return values["messages"][0]

        head = await first(THREAD)
        assert await first(THREAD) is head
        page: Any = (await talk.client.history(THREAD, limit=5))[0].values
        assert page["messages"][0] is head
        assert await first(THREAD[:-1] + "0") is not head  # of another thread nothing is looked for
        monkeypatch.setattr(states_module, "_REMEMBERED", 0.0)
        assert await first(THREAD) is not head
        await until(lambda: talk.client._texts is None)
