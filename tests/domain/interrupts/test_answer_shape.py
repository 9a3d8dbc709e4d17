"""Each kind of question gets its answer in the shape that its graph reads."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.domain.interrupts.answer_shape import schema_answer, shape_of
from studio_tui.jsonkit.value import Json

TRANSFER: dict[str, Any] = {"action": "transfer", "args": {"eur": 250, "to": "Taxi"}}


def human(**allow: bool) -> dict[str, Any]:
    config = {f"allow_{name}": allow.get(name, False) for name in ("accept", "edit", "respond", "ignore")}
    return {"action_request": TRANSFER, "config": config, "description": "Pay the **taxi**?"}


def acts(value: Json, schema: Json = None) -> list[set[str]]:
    return [set(review.allowed) for review in shape_of(value, schema).reviews]


@pytest.mark.parametrize("value", ["Go on?", None, 0, [], {}, {"action_request": {}}, {"action_requests": [1]}, [[1]]])
def test_any_value_without_a_contract_takes_any_answer(value: Any) -> None:
    shape = shape_of(value)
    assert (shape.contract, shape.single, shape.expected) == ("any", True, "")
    assert acts(value) == [{"approve", "reject", "edit", "respond"}]
    assert shape.answer("approve") is True
    assert shape.answer("reject") is False
    assert shape.answer("respond", "later") == "later"
    assert shape.answer("edit", {"a": [1]}) == {"a": [1]}
    assert shape.problem({"anything": 1}) == ""


def test_human_interrupt_offers_exactly_what_it_allows() -> None:
    assert acts(human(accept=True, ignore=True)) == [{"approve", "reject"}]
    assert acts(human(respond=True)) == [{"respond"}]
    assert acts(human()) == [set()]


@pytest.mark.parametrize("listed", [False, True])
def test_human_interrupt_is_answered_with_a_list_of_one_response(listed: bool) -> None:
    value = human(accept=True, edit=True, respond=True, ignore=True)
    shape = shape_of([value] if listed else value)
    (review,) = shape.reviews
    assert (review.heading, review.description, review.editable) == ("transfer", "Pay the **taxi**?", TRANSFER["args"])
    assert shape.answer("approve") == [{"type": "accept", "args": None}]
    assert shape.answer("reject") == [{"type": "ignore", "args": None}]
    assert shape.answer("respond", "why?") == [{"type": "response", "args": "why?"}]
    edited: Json = {"eur": 20, "to": "Taxi"}
    assert shape.answer("edit", edited) == [{"type": "edit", "args": {"action": "transfer", "args": edited}}]
    assert review.edit_problem([1])
    assert not review.edit_problem(edited)


def test_a_list_of_human_interrupts_takes_a_list_of_answers_in_order() -> None:
    value: Json = [human(accept=True), human(ignore=True, respond=True)]
    shape = shape_of(value)
    assert (shape.contract, shape.single) == ("human", False)
    assert acts([human(accept=True), human(ignore=True)]) == [{"approve"}, {"reject"}]
    accept, ignore = shape.reviews[0].decision("approve"), shape.reviews[1].decision("reject")
    edit: Json = {"type": "edit", "args": {}}
    assert shape.whole([accept, ignore]) == [{"type": "accept", "args": None}, {"type": "ignore", "args": None}]
    assert shape.problem([accept, ignore]) == ""
    wrong: list[Json] = [True, [accept], [ignore, accept], accept, [accept, True], [accept, edit]]
    assert all(shape.problem(answer) for answer in wrong)
    assert shape_of([human(accept=True), "and?"]).contract == "any"


def decisions(*allowed: list[str], camel: bool = False) -> dict[str, Any]:
    numbers = range(len(allowed))
    names = ("actionRequests", "reviewConfigs", "actionName", "allowedDecisions")
    requests, configs, name, decided = (
        names if camel else ("action_requests", "review_configs", "action_name", "allowed_decisions")
    )
    return {
        requests: [{"name": f"tool{n}", "args": {"n": n}, "description": f"Run {n}?"} for n in numbers],
        configs: [{name: f"tool{n}", decided: acts} for n, acts in enumerate(allowed)],
    }  # fmt: skip


def test_each_action_of_a_review_request_has_a_decision_of_its_own() -> None:
    value = decisions(["approve", "edit"], ["reject"], ["respond"])
    shape = shape_of(value)
    assert acts(value) == [{"approve", "edit"}, {"reject", "explain"}, {"respond"}]
    first, second, third = shape.reviews
    edit: Json = {"type": "edit", "edited_action": {"name": "tool0", "args": {"n": 9}}}
    assert first.decision("edit", {"n": 9}) == edit
    refused = {"type": "reject", "message": "too dear"}
    said = {"type": "respond", "message": "forty two"}
    assert (second.decision("explain", "too dear"), second.decision("reject")) == (refused, {"type": "reject"})
    assert third.decision("respond", "forty two") == said
    whole = shape.whole([edit, refused, said])
    assert whole == {"decisions": [edit, refused, said]}
    assert shape.problem(whole) == ""
    assert "3 items, in order" in shape.expected
    assert "tool1: reject" in shape.expected


@pytest.mark.parametrize(
    "wrong",
    [
        True,
        [{"type": "approve"}, {"type": "approve"}],
        {"decisions": [{"type": "approve"}]},
        {"decisions": [{"type": "reject"}, {"type": "approve"}]},
        {"decisions": [{"type": "approve"}, "approve"]},
        {"decisions": [{"type": "accept"}, {"type": "approve"}]},
    ],
)
def test_an_answer_of_another_shape_than_the_contract_is_a_problem(wrong: Json) -> None:
    shape = shape_of(decisions(["approve"], ["approve", "respond"]))
    assert shape.problem(wrong)
    assert "message" in shape.problem({"decisions": [{"type": "approve"}, {"type": "respond"}]})


def test_actions_of_one_name_have_their_own_configs_and_missing_ones_forbid_nothing() -> None:
    value = decisions(["approve"], ["reject"])
    value["action_requests"][1]["name"] = value["review_configs"][1]["action_name"] = "tool0"
    assert acts(value) == [{"approve"}, {"reject", "explain"}]
    del value["review_configs"]
    assert acts(value) == [{"approve", "reject", "explain", "edit", "respond"}] * 2


def test_javascript_spells_the_review_request_its_own_way() -> None:
    shape = shape_of(decisions(["edit"], ["approve"], camel=True))
    assert [sorted(review.allowed) for review in shape.reviews] == [["edit"], ["approve"]]
    edited = shape.reviews[0].decision("edit", {"n": 1})
    assert edited == {"type": "edit", "editedAction": {"name": "tool0", "args": {"n": 1}}}
    assert shape.problem({"decisions": [edited, {"type": "approve"}]}) == ""


def decided(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"type": {"const": kind, "type": "string"}, **more}, "required": ["type"]}


APPROVAL: dict[str, Any] = {
    "type": "tool_approval", "tool_call_id": "c1", "name": "send", "args": {"to": "kim"}, "description": "Send it?",
}  # fmt: skip
UNION: Json = {
    "$defs": {"Approve": decided("approve"), "Reject": decided("reject", message={"type": "string"})},
    "discriminator": {"propertyName": "type"},
    "oneOf": [{"$ref": "#/$defs/Approve"}, {"$ref": "#/$defs/Reject"}],
}


def test_an_approval_of_one_call_is_answered_with_one_decision_that_its_schema_lists() -> None:
    shape = shape_of(APPROVAL, UNION)
    (review,) = shape.reviews
    assert (shape.contract, review.heading, review.description) == ("approval", "send", "Send it?")
    assert review.allowed == {"approve", "reject", "explain"}
    assert shape.answer("approve") == {"type": "approve"}
    assert shape.answer("explain", "no") == {"type": "reject", "message": "no"}
    assert shape.problem({"type": "approve"}) == ""
    assert shape.problem(True)
    assert shape.problem({"type": "edit", "edited_action": {"name": "send", "args": {}}})
    assert acts(APPROVAL, decided("respond")) == [{"respond"}]
    assert acts(APPROVAL) == [{"approve", "reject", "explain", "edit", "respond"}]
    edit = {"type": "edit", "edited_action": {"name": "send", "args": {"to": "lee"}}}
    assert shape_of(APPROVAL).answer("edit", {"to": "lee"}) == edit


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
