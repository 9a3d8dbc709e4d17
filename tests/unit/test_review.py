"""Each kind of question gets its answer in the shape that its graph reads."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.domain.answer_shape import ACTS, review_of, schema_answer
from studio_tui.jsonkit.value import Json

TRANSFER: dict[str, Any] = {"action": "transfer", "args": {"eur": 250, "to": "Taxi"}}


def human(**allow: bool) -> dict[str, Any]:
    config = {f"allow_{name}": allow.get(name, False) for name in ("accept", "edit", "respond", "ignore")}
    return {"action_request": TRANSFER, "config": config, "description": "Pay the **taxi**?"}


@pytest.mark.parametrize("value", ["Go on?", None, 0, [], {}, {"action_request": {}}, {"action_requests": [1]}, [[1]]])
def test_any_value_without_a_contract_takes_any_answer(value: Any) -> None:
    review = review_of(value)
    assert review.contract == "any"
    assert review.allowed == set(ACTS)
    assert review.answer("approve") is True
    assert review.answer("reject") is False
    assert review.answer("respond", "later") == "later"
    assert review.answer("edit", {"a": [1]}) == {"a": [1]}


def test_human_interrupt_offers_exactly_what_it_allows() -> None:
    assert review_of(human(accept=True, ignore=True)).allowed == {"approve", "reject"}
    assert review_of(human(respond=True)).allowed == {"respond"}
    assert review_of(human()).allowed == set()


@pytest.mark.parametrize("listed", [False, True])
def test_human_interrupt_is_answered_with_a_list_of_one_response(listed: bool) -> None:
    value = human(accept=True, edit=True, respond=True, ignore=True)
    review = review_of([value] if listed else value)
    assert (review.heading, review.description, review.editable) == ("transfer", "Pay the **taxi**?", TRANSFER["args"])
    assert review.answer("approve") == [{"type": "accept", "args": None}]
    assert review.answer("reject") == [{"type": "ignore", "args": None}]
    assert review.answer("respond", "why?") == [{"type": "response", "args": "why?"}]
    edited: Json = {"eur": 20, "to": "Taxi"}
    assert review.answer("edit", edited) == [{"type": "edit", "args": {"action": "transfer", "args": edited}}]
    assert review.edit_problem([1])
    assert not review.edit_problem(edited)


def decisions(*allowed: list[str]) -> dict[str, Any]:
    numbers = range(len(allowed))
    return {
        "action_requests": [{"name": f"tool{n}", "args": {"n": n}, "description": f"Run {n}?"} for n in numbers],
        "review_configs": [{"action_name": f"tool{n}", "allowed_decisions": names} for n, names in enumerate(allowed)],
    }  # fmt: skip


def test_review_request_is_answered_with_one_decision_for_each_action() -> None:
    review = review_of(decisions(["approve", "edit", "reject"], ["approve", "reject"]))
    assert review.allowed == {"approve", "reject", "respond"}
    assert review.heading == "tool0, tool1"
    assert review.answer("approve") == {"decisions": [{"type": "approve"}, {"type": "approve"}]}
    refused = {"type": "reject", "message": "no"}
    assert review.answer("respond", "no") == {"decisions": [refused, refused]}


def test_edited_action_of_a_review_request_keeps_its_name() -> None:
    review = review_of(decisions(["approve", "edit"]))
    edit = {"type": "edit", "edited_action": {"name": "tool0", "args": {"n": 9}}}
    assert review.allowed == {"approve", "edit"}
    assert review.answer("edit", {"n": 9}) == {"decisions": [edit]}
    both = review_of(decisions(["edit"], ["edit"]))
    assert both.edit_problem([{"n": 0}])
    found: Any = both.answer("edit", [{"n": 0}, {"n": 5}])
    assert [part["type"] for part in found["decisions"]] == ["approve", "edit"]


FLAG = {"type": "boolean"}


@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        (None, True),
        (FLAG, True),
        ({"type": "object", "properties": {"ok": FLAG, "card": {"type": "string"}}, "required": ["ok"]}, {"ok": True}),
        ({"type": "object", "properties": {"ok": FLAG, "n": {"type": "integer"}}, "required": ["ok", "n"]}, None),
        ({"type": "string"}, None),
    ],
)
def test_yes_in_the_form_that_a_schema_asks_for(schema: Any, answer: Any) -> None:
    assert schema_answer(schema, True) == answer
