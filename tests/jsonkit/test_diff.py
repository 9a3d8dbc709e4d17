"""Promise: a diff tells all that differs, no more, and enough to make the one value out of the other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.jsonkit.diff import Change, apply, diff, same

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=5)
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abcdefgh"), "content": SCALARS}),
    max_size=6,
    unique_by=lambda m: m["id"],
)


def _exact(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@given(VALUES, VALUES)
def test_applying_the_diff_gives_the_new_value(old: Any, new: Any) -> None:
    before = _exact(old)
    assert _exact(apply(old, diff(old, new).changes)) == _exact(new)
    assert _exact(old) == before


@given(MESSAGES, MESSAGES)
def test_applying_the_diff_of_messages_gives_the_new_messages(old: Any, new: Any) -> None:
    assert _exact(apply({"m": old}, diff({"m": old}, {"m": new}).changes)) == _exact({"m": new})


@given(VALUES)
def test_a_value_does_not_differ_from_its_copy(value: Any) -> None:
    assert diff(value, json.loads(json.dumps(value))).changes == []


def test_an_appended_message_is_one_change() -> None:
    old = {"messages": [{"id": "1", "content": "hi"}], "n": 1}
    new = {"messages": [{"id": "1", "content": "hi"}, {"id": "2", "content": "hello"}], "n": 1}
    assert diff(old, new).changes == [Change("+", ("messages", 1), new={"id": "2", "content": "hello"})]


def test_messages_are_paired_by_id_when_one_before_them_goes() -> None:
    old = [{"id": "a", "t": 1}, {"id": "b", "t": 2}, {"id": "c", "t": 3}]
    new = [{"id": "b", "t": 2}, {"id": "c", "t": 4}]
    assert diff(old, new).changes == [Change("-", (0,), old=old[0]), Change("~", (1, "t"), old=3, new=4)]


def test_numbers_and_booleans_that_python_calls_equal_differ() -> None:
    assert [
        change.path for change in diff({"a": 1, "b": 1, "c": [0]}, {"a": True, "b": 1.0, "c": [False]}).changes
    ] == [
        ("a",),
        ("b",),
        ("c", 0),
    ]


def test_another_order_of_keys_is_no_difference() -> None:
    assert diff({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}).changes == []


def test_a_diff_is_bounded_and_says_so() -> None:
    found = diff({str(n): n for n in range(100)}, {}, limit=10)
    assert (len(found.changes), found.truncated) == (10, True)


def test_depth_does_not_hurt() -> None:
    def nest(leaf: int) -> Any:
        value: Any = leaf
        for _ in range(900):
            value = {"x": [value]}
        return value

    assert len(diff(nest(1), nest(2)).changes) == 1


_LEAVES = SCALARS | st.floats() | st.integers(-(2**70), 2**70) | st.sampled_from([0, 0.0, -0.0, 1, 1.0, True, "\ud800"])
_TREES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=20
)


@given(st.lists(_TREES, max_size=12), st.lists(_TREES, max_size=12), st.lists(_TREES, max_size=3), st.integers(0, 3))
def test_lists_are_compared_as_if_item_by_item(head: Any, tail: Any, other: Any, stride: int) -> None:
    old, new = [*head, *other, *tail], [*json.loads(json.dumps(head)), *json.loads(json.dumps(tail))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio_tui.jsonkit.diff._STRIDE", 1)
        plain = diff({"m": old, "n": old}, {"n": new, "m": new}).changes
        patch.setattr("studio_tui.jsonkit.diff._STRIDE", 2 + stride)
        assert repr(diff({"m": old, "n": old}, {"n": new, "m": new}).changes) == repr(plain)


@given(_TREES, _TREES)
def test_values_are_the_same_where_their_texts_are(old: Any, new: Any) -> None:
    for left, right in ((old, new), (old, json.loads(json.dumps(old)))):
        alike = json.dumps(left) == json.dumps(right) and "NaN" not in json.dumps(left)
        assert same(left, right) == alike
        assert (diff(left, right).changes == []) >= alike


def test_nan_differs_from_itself_in_lists_of_any_length() -> None:
    nan = float("nan")
    assert [change.path for change in diff([0, nan, 1], [0, float("nan"), 1, 2]).changes] == [(1,), (3,)]
    assert [change.path for change in diff([nan] * 3, [nan] * 4).changes] == [(0,), (1,), (2,), (3,)]
