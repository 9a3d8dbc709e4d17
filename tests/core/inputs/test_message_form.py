"""Messages put together in a form: the JSON that they make, which fields a role has, and the draft."""

from __future__ import annotations

import pytest

from studio_tui.core.inputs.message_form import (
    MOST_MESSAGES,
    MessageFor,
    OpenCall,
    Texts,
    bring_in,
    dump,
    input_json,
    load,
    message_json,
    new_texts,
    open_calls,
    paths_in,
    problems_in,
    spec_for,
)
from studio_tui.domain.message.read import message_of
from studio_tui.jsonkit.value import Json, JsonObject

ROLE_ONLY: Json = {
    "type": "object",
    "properties": {
        "messages": {
            "type": "array",
            "items": {"type": "object", "properties": {"role": {"enum": ["user"]}, "content": {"type": "string"}}},
        }
    },
}
CALLS = (OpenCall("call_1", "search"), OpenCall("call_2", "look"))


def texts(**fields: str) -> Texts:
    return {f"/{key}": text for key, text in fields.items()}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"role": "human", "text": "hi\nyou"}, {"type": "human", "content": "hi\nyou"}),
        ({"role": "system", "text": " x ", "name": "n"}, {"type": "system", "content": " x ", "name": "n"}),
        ({"role": "ai", "text": "", "id": "m1"}, {"type": "ai", "content": "", "id": "m1"}),
        (
            {"role": "ai", "more": '{"tool_calls": [{"id": "c", "name": "f", "args": {}}]}'},
            {"type": "ai", "content": "", "tool_calls": [{"id": "c", "name": "f", "args": {}}]},
        ),
        (
            {"role": "tool", "tool_call_id": "c9", "text": "r", "status": "error"},
            {"type": "tool", "content": "r", "tool_call_id": "c9", "status": "error"},
        ),
        ({"role": "other", "type": "developer", "text": "x"}, {"type": "developer", "content": "x"}),
    ],
)
def test_each_role_makes_its_message(fields: dict[str, str], message: JsonObject) -> None:
    form = texts(**fields)
    assert problems_in(form, MessageFor()) == {}
    assert message_json(form, (), MessageFor()) == message


def test_a_list_that_knows_only_roles_gets_roles() -> None:
    about = MessageFor(ROLE_ONLY)
    roles = [message_json(texts(role=role, text="x"), (), about) for role in ("human", "ai", "system", "tool")]
    assert [message["role"] for message in roles] == ["user", "assistant", "system", "tool"]
    assert all("type" not in message for message in roles)


def test_files_are_blocks_behind_the_text() -> None:
    image: JsonObject = {"type": "image_url", "image_url": {"url": "data:"}}
    form = texts(role="human", text="see", files="a b.png\n[red].txt\n")
    assert paths_in(form, MessageFor()) == ("a b.png", "[red].txt")
    assert message_json(form, [image], MessageFor())["content"] == [{"type": "text", "text": "see"}, image]
    assert message_json(texts(role="human"), [image], MessageFor())["content"] == [image]


def test_open_calls_are_offered_and_meant_by_their_id() -> None:
    about = MessageFor(calls=CALLS)
    form = texts(role="tool", answers="call_2 (look)", text="r")
    assert problems_in(form, about) == {}
    assert message_json(form, (), about)["tool_call_id"] == "call_2"
    other = texts(role="tool", answers="another id", tool_call_id="c9", text="r")
    assert message_json(other, (), about)["tool_call_id"] == "c9"
    keys = [[field.name for field in spec_for(item, CALLS).fields][1:3] for item in (form, other)]
    assert keys == [["answers", "text"], ["answers", "tool_call_id"]]


def test_what_is_missing_is_said_at_its_field() -> None:
    about = MessageFor(calls=CALLS)
    assert list(problems_in(new_texts(), about)) == ["/text"]
    assert list(problems_in(texts(role="tool"), about)) == ["/answers"]
    assert list(problems_in(texts(role="tool"), MessageFor())) == ["/tool_call_id"]
    assert list(problems_in(texts(role="other", text="x"), about)) == ["/type"]
    assert list(problems_in(texts(role="ai", more="[1"), about)) == ["/more"]


def test_the_calls_that_wait_are_those_without_a_result() -> None:
    messages = [
        message_of({"type": "ai", "content": "", "tool_calls": [{"id": i, "name": "f", "args": {}} for i in "abc"]}),
        message_of({"type": "tool", "content": "", "tool_call_id": "b"}),
    ]
    assert [call.id for call in open_calls(messages)] == ["a", "c"]
    assert OpenCall("x\x1b[31m", "[red]").label == "x␛[31m ([red])"


def test_other_values_go_along() -> None:
    about = MessageFor(base={"topic": "x"}, key="chat")
    assert input_json([{"type": "human"}], about) == {"topic": "x", "chat": [{"type": "human"}]}


def test_a_draft_comes_back_and_an_empty_form_is_none() -> None:
    messages = [texts(role="system", text="a"), texts(role="tool", text="b")]
    assert load(dump(messages)) == messages
    assert dump([new_texts("ai")]) == ""
    assert [load(text) for text in ("", "[]", '{"messages": 3}', "[" * 100_000)] == [[], [], [], []]


def test_a_message_begun_elsewhere_is_not_said_to_be_among_so_many_that_there_is_no_room() -> None:
    full = [texts(role="human", text=f"number {number}") for number in range(MOST_MESSAGES)]
    begun = texts(role="human", text="begun in the chat line")
    assert bring_in(full, begun) is None
    assert begun not in full
    full[0] = new_texts()
    assert (bring_in(full, begun), full[0]) == (0, begun)
