"""What a diff says on one line: prose without marks of Markdown, unless the marks are what differs."""

from __future__ import annotations

from studio_tui.jsonkit.diff import diff
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.diff_rows import DiffRows
from studio_tui.text.spans import plain


def _rows(old: Json, new: Json) -> list[str]:
    rows = DiffRows()
    rows.show("", diff(old, new))
    return [plain(rows.line(row, 80)) for row in range(1, len(rows))]


def test_prose_has_no_marks_in_its_preview_and_all_of_them_when_it_is_opened() -> None:
    rows = DiffRows()
    rows.show("", diff({}, {"report": "## Trains\n**Night** `trains`"}))
    assert plain(rows.line(1, 80)) == '+ report  "Trains Night trains"'
    rows.toggle(1)
    assert [plain(rows.line(row, 80)) for row in (2, 3)] == ["  + ## Trains", "  + **Night** `trains`"]


def test_a_change_of_marks_alone_is_shown_with_them() -> None:
    assert _rows({"a": "is **it**"}, {"a": "is it"}) == ["~ a", '  - "is **it**"', '  + "is it"']
    assert _rows({"a": "is **it**"}, {"a": "was **it**"}) == ["~ a", '  - "is it"', '  + "was it"']


def test_values_that_are_no_prose_stay_as_they_are() -> None:
    assert _rows({}, {"path": "a_b", "rows": ["**x**"]}) == ['+ path  "a_b"', '+ rows  [1] "**x**"']


def _asks(message_id: str, call_id: str, city: str) -> Json:
    call: Json = {"id": call_id, "name": "get_weather", "args": {"city": city}}
    return {"type": "ai", "id": message_id, "content": "", "name": "x", "tool_calls": [call]}


def test_messages_that_look_alike_are_told_apart_by_what_differs() -> None:
    said: Json = {"type": "ai", "id": "a", "content": "Yes.", "name": "x"}
    again: Json = {"type": "ai", "id": "b", "content": "Yes.", "name": "x"}
    assert _rows({"messages": [said]}, {"messages": [again]}) == [
        '- messages[0]  id "a", else alike: ai    "Yes."',
        '+ messages[0]  id "b", else alike: ai    "Yes."',
    ]
    asks = _asks("a", "c1", "Rome")
    assert _rows({"messages": [asks]}, {"messages": [_asks("b", "c2", "Rome")]}) == [
        '- messages[0]  id "a": ai    calls get_weather(city="Rome")',
        '+ messages[0]  id "b": ai    calls get_weather(city="Rome")',
    ]
    assert _rows({"messages": [asks]}, {"messages": [_asks("b", "c2", "Paris")]})[1] == (
        '+ messages[0]  ai    calls get_weather(city="Paris")'
    )
    assert _rows({"last": said}, {"last": again}) == ["~ last.id", '  - "a"', '  + "b"']
    other: Json = {"type": "ai", "id": "c", "content": "No."}
    assert _rows({"messages": [said]}, {"messages": [other]}) == [
        '- messages[0]  ai    "Yes."', '+ messages[0]  ai    "No."'
    ]  # fmt: skip
