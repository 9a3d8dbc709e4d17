"""What is typed for places of a state, and the changes that it comes to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from studio_tui.core.timetravel.edit_texts import PLUS, EditTexts, place_text
from studio_tui.core.timetravel.edits import KeyChange
from studio_tui.jsonkit.value import Json, Path

HUMAN: dict[str, Json] = {"type": "human", "id": "h1", "content": "weather?"}
AI: dict[str, Json] = {
    "type": "ai", "id": "a1", "content": "", "tool_calls": [{"id": "c", "name": "get", "args": {"city": "SF"}}],
}  # fmt: skip
VALUES: dict[str, Json] = {"messages": [HUMAN, AI], "count": 1, "log": ["a", "b"], "plan": {"steps": [1, 2]}}


def typed(path: Path, value: Any, **hows: Any) -> tuple[dict[str, KeyChange], str]:
    texts = EditTexts(VALUES)
    texts.hows.update(hows)
    texts.put(path, value if isinstance(value, str) else json.dumps(value))
    return texts.changes()


def test_a_place_inside_a_message_updates_that_message_by_its_id() -> None:
    changes, problem = typed(("messages", 1, "tool_calls", 0, "args"), {"city": "Rome"})
    assert not problem
    assert changes["messages"].how == "update"
    messages: Any = changes["messages"].value
    (message,) = messages
    assert message["id"] == "a1"
    assert message["tool_calls"][0] == {"id": "c", "name": "get", "args": {"city": "Rome"}}
    left: Any = AI
    assert left["tool_calls"][0]["args"] == {"city": "SF"}, "the state itself is left alone"


def test_the_same_place_can_replace_the_whole_list() -> None:
    changes, _ = typed(("messages", 1, "content"), '"hi"', messages="replace")
    assert changes["messages"].how == "replace"
    assert changes["messages"].value == [HUMAN, {**AI, "content": "hi"}]


def test_whole_values_items_and_appended_ones() -> None:
    assert typed(("count",), 2)[0] == {"count": KeyChange(2, "replace")}
    assert typed(("count",), 2, count="update")[0] == {"count": KeyChange(2, "update")}
    assert typed(("log", 1), '"c"')[0] == {"log": KeyChange(["a", "c"], "replace")}
    assert typed(("log", PLUS), '"c"')[0] == {"log": KeyChange("c", "append")}
    assert typed(("plan", "steps", 0), 9)[0] == {"plan": KeyChange({"steps": [9, 2]}, "replace")}
    whole = {**VALUES, "count": 5, "new": True}
    assert typed((), whole)[0] == {"count": KeyChange(5, "replace"), "new": KeyChange(True, "replace")}


def test_null_is_a_value_like_any_other() -> None:
    assert typed(("log", PLUS), "null")[0] == {"log": KeyChange(None, "append")}
    assert typed(("count",), "null")[0] == {"count": KeyChange(None, "replace")}
    assert typed((), "null") == ({}, "The whole state must be an object.")


def test_numbers_and_booleans_are_told_apart() -> None:
    assert typed(("count",), "true")[0] == {"count": KeyChange(True, "replace")}
    assert typed(("count",), "1.0")[0]["count"].value == 1.0


def test_what_is_typed_back_as_it_was_is_no_change() -> None:
    texts = EditTexts(VALUES)
    texts.put(("count",), "2")
    texts.put(("count",), texts.text(("count",)) if ("count",) not in texts.texts else "1")
    assert texts.changes() == ({}, "")
    assert texts.texts == {}


def test_several_messages_and_a_new_one_go_together() -> None:
    texts = EditTexts(VALUES)
    texts.put(("messages", 0, "content"), '"rain?"')
    texts.put(("messages", PLUS), '{"role": "human", "content": "quick"}')
    changes, problem = texts.changes()
    assert not problem
    assert changes["messages"] == KeyChange(
        [{**HUMAN, "content": "rain?"}, {"role": "human", "content": "quick"}], "update"
    )


def test_a_message_is_removed_by_its_id() -> None:
    texts = EditTexts(VALUES)
    texts.put(("messages", 1), texts.removal(("messages", 1)))
    changes, _ = texts.changes()
    assert changes["messages"] == KeyChange([{"type": "remove", "id": "a1", "content": ""}], "update")
    texts.hows["messages"] = "replace"
    assert texts.changes()[0]["messages"] == KeyChange([HUMAN], "replace")


@pytest.mark.parametrize("text", ["", "{", "[1,]", "'a'", "NaN"])
def test_unreadable_text_is_kept_and_named_but_changes_nothing(text: str) -> None:
    texts = EditTexts(VALUES)
    texts.put(("count",), text)
    changes, problem = texts.changes()
    assert changes == {}
    assert problem.startswith("count: ")
    copy = EditTexts(VALUES)
    copy.load(json.loads(json.dumps(texts.to_json())))
    assert copy.texts == texts.texts
    assert copy.text(("count",)) == text


def test_a_place_that_is_gone_after_a_rebase_is_said() -> None:
    texts = EditTexts({"messages": [HUMAN]})
    texts.texts[("messages", 1, "content")] = '"x"'
    changes, problem = texts.changes()
    assert changes == {}
    assert "no longer exists" in problem


def test_steering_characters_are_escaped_in_texts_and_places() -> None:
    texts = EditTexts({"a\x1b[31m\u202e": "x\x1b]0;evil\x07\u202e"})
    (key,) = texts.values
    assert "\x1b" not in texts.text((key,))
    assert "\u202e" not in texts.text((key,))
    assert "\x1b" not in place_text((key,))
