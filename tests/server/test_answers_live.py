"""Questions of real graphs, answered: in parallel, two subgraphs deep, tool calls in three ways, words, stale ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import namespace_nodes
from studio_tui.domain.interrupts.answer_shape import shape_of
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.errors import ConflictError
from tests.server.counting_proxy import CountingProxy

pytestmark = pytest.mark.server

ORDER = {"item": "laptop", "eur": 1890}


def writes(proxy: CountingProxy) -> list[str]:
    """The paths of the requests that may write, in order."""
    return [path for method, _, path in (item.partition(" ") for item in proxy.requests) if method != "GET"]


@pytest.fixture
async def proxy(server: str) -> AsyncIterator[CountingProxy]:
    made = CountingProxy(server)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def studio(proxy: CountingProxy) -> AsyncIterator[Studio]:
    made = Studio()
    await made.connect(Target(proxy.url))
    yield made
    await made.aclose()


async def ask(studio: Studio, graph: str, value: Any) -> tuple[Interrupt, ...]:
    await studio.assistants.select(graph)
    await studio.threads.new()
    await studio.runs.start(RunRequest(input=value))
    return await settled(studio)


async def settled(studio: Studio) -> tuple[Interrupt, ...]:
    """Wait for the end of the run; return what is asked then."""
    run = await studio.runs.wait()
    assert run.phase in (Phase.INTERRUPT, Phase.DONE)
    return studio.app_state.position.questions


async def say(studio: Studio, proxy: CountingProxy, answers: dict[str, Any]) -> tuple[Interrupt, ...]:
    """Answer, see that one request was sent for it, and return what is asked next."""
    before = proxy.count("/runs/stream"), len(writes(proxy))
    await studio.interrupts.answer(answers, asked=studio.app_state.position.questions)
    left = await settled(studio)
    assert proxy.count("/runs/stream") == before[0] + 1
    others = [path for path in writes(proxy)[before[1] :] if not path.endswith(("/runs/stream", "/search", "/count"))]
    assert others == []
    return left


def values(studio: Studio) -> Any:
    assert studio.app_state.head is not None
    return studio.app_state.head.values


async def test_two_parallel_questions_answered_separately(studio: Studio, proxy: CountingProxy) -> None:
    asked = await ask(studio, "purchase_order", ORDER)
    assert {item.node for item in asked} == {"finance", "manager"}
    by_node = {item.node: item for item in asked}
    (left,) = await say(studio, proxy, {by_node["manager"].key: True})
    assert left.key == by_node["finance"].key
    (review,) = await say(studio, proxy, {left.key: "yes"})
    assert review.node == "review_order"
    assert sorted(values(studio)["signatures"]) == ["finance: yes", "manager: yes"]


async def test_two_parallel_questions_answered_together(studio: Studio, proxy: CountingProxy) -> None:
    finance, manager = sorted(await ask(studio, "purchase_order", ORDER), key=lambda item: item.node)
    assert await say(studio, proxy, {finance.key: False, manager.key: "only if it is light"}) == ()
    assert values(studio)["signatures"] == ["finance: no", "manager: only if it is light"]
    assert values(studio)["outcome"].startswith("Nothing ordered")


async def reviewed(studio: Studio, proxy: CountingProxy) -> Interrupt:
    asked = await ask(studio, "purchase_order", ORDER)
    (review,) = await say(studio, proxy, {item.key: True for item in asked})
    return review


async def test_tool_call_approved_and_then_a_question_in_words(studio: Studio, proxy: CountingProxy) -> None:
    review = await reviewed(studio, proxy)
    (delivery,) = await say(studio, proxy, {review.key: shape_of(review.value).answer("approve")})
    assert delivery.value == "Where should it be delivered?"
    assert await say(studio, proxy, {delivery.key: "Room 7"}) == ()
    assert values(studio)["outcome"] == "Ordered 1 × laptop from Northwind Hardware, €1890.00; to Room 7"


async def test_tool_call_with_modified_arguments(studio: Studio, proxy: CountingProxy) -> None:
    review = await reviewed(studio, proxy)
    form = shape_of(review.value)
    (action,) = form.reviews
    assert action.heading == "place_order"
    assert isinstance(action.editable, dict)
    (delivery,) = await say(studio, proxy, {review.key: form.answer("edit", {**action.editable, "quantity": 2})})
    assert delivery.node == "ask_delivery"
    assert values(studio)["outcome"].startswith("Ordered 2 × laptop")


async def test_tool_call_sent_back_with_feedback(studio: Studio, proxy: CountingProxy) -> None:
    review = await reviewed(studio, proxy)
    asked = await say(studio, proxy, {review.key: shape_of(review.value).answer("respond", "a cheaper one")})
    assert {item.node for item in asked} == {"finance", "manager"}
    (again,) = await say(studio, proxy, {item.key: True for item in asked})
    shown: Any = shape_of(again.value).reviews[0].editable
    assert shown["note"] == "as asked: a cheaper one"


async def test_null_is_an_answer(studio: Studio, proxy: CountingProxy) -> None:
    review = await reviewed(studio, proxy)
    (delivery,) = await say(studio, proxy, {review.key: shape_of(review.value).answer("approve")})
    assert await say(studio, proxy, {delivery.key: None}) == ()
    assert values(studio)["delivery"] == "None"


async def test_question_two_subgraphs_deep(studio: Studio, proxy: CountingProxy) -> None:
    (asked,) = await ask(studio, "trip_planner", {"destination": "Lisbon"})
    assert asked.node == "authorize_payment"
    assert namespace_nodes(asked.ns) == ("bookings", "payment")
    assert asked.response_schema
    assert await say(studio, proxy, {asked.key: {"approved": True, "card": "personal"}}) == ()
    assert values(studio)["receipt"]["card"] == "personal"


async def test_answer_given_elsewhere_makes_this_one_stale(studio: Studio, proxy: CountingProxy) -> None:
    review = await reviewed(studio, proxy)
    other = Studio()
    await other.connect(Target(proxy.url))
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    await other.threads.open(thread_id)
    await other.interrupts.answer({review.key: shape_of(review.value).answer("approve")})
    await other.runs.wait()
    await other.aclose()
    before = proxy.count("/runs/stream")
    with pytest.raises(ConflictError, match="moved on") as caught:
        await studio.interrupts.answer({review.key: True}, asked=(review,))
    assert "1 question of ask_delivery waits now" in caught.value.detail
    assert proxy.count("/runs/stream") == before


async def test_edit_of_the_state_takes_the_question_back_and_it_is_asked_again(
    studio: Studio, proxy: CountingProxy
) -> None:
    asked, _ = await ask(studio, "purchase_order", ORDER)
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    await studio.connection.call(lambda client: client.update_state(thread_id, {"eur": 20, "item": "chair"}))
    before = proxy.count("/runs/stream")
    with pytest.raises(ConflictError, match="its state was edited") as caught:
        await studio.interrupts.answer({asked.key: True}, asked=(asked,))
    assert ":reask" in caught.value.hint
    assert proxy.count("/runs/stream") == before
    await studio.interrupts.reask()
    again = await settled(studio)
    assert {str(item.value) for item in again} == {
        "{'question': 'Finance: is there budget for €20.00?', 'cost_centre': 4711}",
        "Manager: does the team need this chair?",
    }
    with pytest.raises(ConflictError):
        await studio.interrupts.answer({asked.key: True}, asked=(asked,))
    (review,) = await say(studio, proxy, {item.key: True for item in again})
    assert review.node == "review_order"


async def test_command_with_resume_update_and_goto(studio: Studio, proxy: CountingProxy) -> None:
    review = await reviewed(studio, proxy)
    command: dict[str, Any] = {
        "resume": {review.key: shape_of(review.value).answer("approve")},
        "update": {"note": "urgent"},
    }
    request = RunRequest(input=UNSET, command=command)
    body = studio.runs.body(request)
    await studio.interrupts.command(command)
    (delivery,) = await settled(studio)
    assert delivery.node == "ask_delivery"
    assert values(studio)["note"] == "urgent"
    run = studio.app_state.run
    assert run is not None
    assert {**run.request, "metadata": None} == {**body, "metadata": None}


async def test_inbox_lists_the_thread_with_its_questions(studio: Studio, proxy: CountingProxy) -> None:
    asked = await ask(studio, "purchase_order", ORDER)
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    page = await studio.interrupts.interrupted_threads(0, 10)
    item = next(item for item in page.items if item.thread.thread_id == thread_id)
    assert {question.key for question in item.interrupts} == {question.key for question in asked}
    head = await studio.interrupts.head_of(thread_id)
    assert {question.node for question in head.pending_interrupts} == {
        "finance",
        "manager",
    }
    row = await studio.connection.call(lambda client: client.thread(thread_id))
    assert item.thread.updated_at == row.updated_at is not None
    assert proxy.count("/runs/stream", "POST") == 1
