"""Promise: any JSON value can be looked through row by row; what is expanded stays so; nothing hostile gets through."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio_tui.jsonkit.search import JsonSearch
from studio_tui.jsonkit.show import path_text, pretty, preview
from studio_tui.jsonkit.tree import PAGE, FlatJson
from studio_tui.jsonkit.value import Path
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import line_width, plain

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
)
ROOTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=5)


def _expand_all(view: FlatJson) -> None:
    index = 0
    while index < len(view):
        view.expand(index)
        index += 1


def _paths(value: Any, at: Path = ()) -> list[Path]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    out: list[Path] = []
    for label, item in entries:
        out.append((*at, label))
        out.extend(_paths(item, (*at, label)))
    return out


@given(ROOTS)
def test_expanding_everything_shows_every_path_in_order(root: dict[str, Any]) -> None:
    view = FlatJson(root)
    _expand_all(view)
    rows = [view.row(index) for index in range(len(view))]
    assert [row.path for row in rows if row.kind == "value"] == (_paths(root) or [("value",)])


@given(ROOTS, st.integers(0, 50))
def test_collapsing_undoes_expanding(root: dict[str, Any], which: int) -> None:
    view = FlatJson(root)
    before = [view.row(index).path for index in range(len(view))]
    if before:
        assert view.expand(which % len(view)) == view.collapse(which % len(before))
    assert [view.row(index).path for index in range(len(view))] == before


@given(ROOTS, ROOTS)
def test_what_is_expanded_stays_expanded_in_another_value(old: dict[str, Any], new: dict[str, Any]) -> None:
    view = FlatJson(old)
    _expand_all(view)
    opened = {view.row(index).path for index in range(len(view)) if view.row(index).is_open}
    view.set_value(new)
    for index in range(len(view)):
        row = view.row(index)
        if row.kind == "value" and row.can_open:
            assert row.is_open == (row.path in opened)


@given(ROOTS, st.data())
def test_any_path_can_be_revealed(root: dict[str, Any], data: st.DataObject) -> None:
    paths = _paths(root)
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    view = FlatJson(root)
    index = view.reveal(path)
    assert index is not None
    assert view.row(index).path == path


@given(VALUES, st.integers(20, 120))
def test_rows_are_safe(value: Any, width: int) -> None:
    view = FlatJson({"x": value})
    _expand_all(view)
    for index in range(len(view)):
        assert is_safe(plain(view.line(index, width)))
        assert is_safe(view.text(index))


PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
)


@given(JSON_VALUES)
def test_the_json_text_is_the_value(value: Any) -> None:
    text = "\n".join(plain(line) for line in pretty(value))
    assert json.dumps(json.loads(text)) == json.dumps(value)


def test_long_lists_come_a_page_at_a_time() -> None:
    view = FlatJson({"n": list(range(3 * PAGE))})
    view.expand(0)
    assert len(view) == PAGE + 2
    assert "show the next" in plain(view.line(PAGE + 1, 80))
    view.expand(PAGE + 1)
    assert len(view) == 2 * PAGE + 2
    assert view.reveal(("n", 3 * PAGE - 1)) == 3 * PAGE


def test_a_long_text_expands_to_its_lines() -> None:
    view = FlatJson({"t": "first line\n" + "word " * 40})
    view.set_width(40)
    view.expand(0)
    assert plain(view.line(1, 40)).strip(" │") == "first line"
    assert all(line_width(view.line(index, 40)) <= 40 for index in range(1, len(view)))


def test_nesting_beyond_all_bounds_is_shown_as_far_as_it_goes() -> None:
    value: Any = "deep"
    for _ in range(900):
        value = [value]
    view = FlatJson({"x": value})
    _expand_all(view)
    assert len(view) <= 202
    assert any("too deep" in plain(line) for line in pretty(value))


def test_previews_are_short_whatever_the_value_is() -> None:
    for value in (
        "x" * 10_000_000,
        ["y" * 1000] * 100_000,
        {str(n): n for n in range(100_000)},
        10**6000,
        float("nan"),
    ):
        assert line_width(preview(value)) < 600


def test_messages_are_previewed_by_role_and_text() -> None:
    assert plain(preview({"type": "ai", "content": "It is sunny", "id": "1"})) == 'ai "It is sunny"'
    blocks = [{"type": "text", "text": "Look:"}, {"type": "image", "base64": "AAAA"}, {"surprise": 1}, None, "bare"]
    shown = plain(preview({"type": "human", "content": blocks}))
    assert shown == 'human [5] "Look:", image, {1}, null, "bare"'
    native = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}, {"id": "x"}]}
    assert plain(preview(native)) == "assistant calls f, a tool"


def test_paths_read_like_code() -> None:
    assert path_text(("messages", 3, "content")) == "messages[3].content"
    assert path_text(("odd key", "x")) == '["odd key"].x'


def _find_all(root: Any, needle: str, *, forward: bool) -> list[Path]:
    found: list[Path] = []
    current: Path = ()
    while True:
        search = JsonSearch(root, needle, current, forward=forward)
        while not search.step(0.01):
            pass
        if search.result is None or search.result in found:
            return found
        found.append(search.result)
        current = search.result


@given(ROOTS, st.sampled_from(["a", "1", "true", "e"]))
def test_search_goes_around_all_matches_in_both_directions(root: dict[str, Any], needle: str) -> None:
    forward = _find_all(root, needle, forward=True)
    backward = _find_all(root, needle, forward=False)
    assert set(forward) == set(backward)
    if len(forward) > 1:
        start = forward.index(backward[0])
        assert backward == [forward[(start - step) % len(forward)] for step in range(len(forward))]


def test_search_finds_keys_values_and_things_not_expanded() -> None:
    root = {"a": {"b": [{"Needle": 1}, "the NEEDLE", 5]}, "c": "needle"}
    assert _find_all(root, "needle", forward=True) == [("a", "b", 0, "Needle"), ("a", "b", 1), ("c",)]
