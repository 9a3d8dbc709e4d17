"""A document that is parsed piece by piece is the one that Python reads at once: values, types, order, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.jsonkit import pieces, quick
from studio_tui.jsonkit.quick import loads
from studio_tui.jsonkit.received import parse_received
from tests.jsonkit.parsers import told

_TEXTS = st.text(st.sampled_from('ab{}[],:"\\ \n\x00é😀\ud800'), max_size=12)
_LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | _TEXTS
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=8) | st.dictionaries(_TEXTS, inner, max_size=5), max_leaves=40
)
_RECORDS = st.lists(st.fixed_dictionaries({"id": _LEAVES, "calls": st.lists(_VALUES, max_size=3)}), max_size=12)
_SCRAPS = st.lists(
    st.sampled_from(
        [
            *'{}[],', ", ", "},{", "], [", '","', '{"a":1}', '{"a":{"a":2}}', "[1]", '"a"', '"a":', "1", "1.0", "1e0",
            "true", "null", "NaN", "1e999", "-0", '"\\ud800"', '"},{"', '"\\",\\""', "\x00", "\ufeff", "é", '{"a":',
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _small_pieces() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "_SMALL", 0)
        patch.setattr(quick, "_LARGE", 0)
        patch.setattr(pieces, "PIECE", 8)
        yield


@settings(max_examples=500, deadline=None)
@given(_VALUES | _RECORDS | st.fixed_dictionaries({"messages": _RECORDS}), st.sampled_from([None, 1]), st.booleans())
def test_what_python_writes_is_read_as_python_reads_it(value: Any, indent: int | None, compact: bool) -> None:
    text = json.dumps(value, indent=indent, separators=(",", ":") if compact else None)
    assert told(loads, text) == told(json.loads, text)


@settings(max_examples=1200, deadline=None)
@given(_SCRAPS, _SCRAPS)
def test_anything_else_is_read_or_refused_as_python_does(text: str, other: str) -> None:
    for framed in (text, f"[{text}]", f"[{text},{other}]", f'{{"k": [{text}], "k": [{other}]}}', f'[{{"a":1}},{text}]'):
        assert told(loads, framed) == told(json.loads, framed)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([b"\xed\xa0\x80", b"\xff", b"\xf0\x9f", b'","', b"},{", b"\xc3\xa9", b"a"])))
def test_answers_of_any_bytes_are_read_as_their_text(found: list[bytes]) -> None:
    body = b'[{"a":"' + b"".join(found).replace(b'"', b'\\"') + b'"},{"a":1},["b"]]'
    assert repr(parse_received(body)) == repr(json.loads(body.decode("utf-8", "replace"), strict=False))


@pytest.mark.parametrize(
    "value",
    [
        {"values": {"messages": [{"id": str(number), "calls": [{"id": "x"}, {"id": "y"}]} for number in range(40)]}},
        [{"id": number} if number % 3 else [number] for number in range(40)],
        [[{"id": 1}, {"id": 2}] * 20, {"id": 3}],
        ['","', "a"] * 30,
        list(range(100)),
    ],
)
def test_no_call_of_the_parser_gets_much_more_than_a_piece(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    whole = pieces.whole

    def measured(text: pieces.Text) -> Any:
        sizes.append(len(text))
        return whole(text)

    monkeypatch.setattr(pieces, "whole", measured)
    assert loads(json.dumps(value)) == value
    assert max(sizes) <= 64


@pytest.mark.parametrize("text", ["[1,2,3,45,]", "[1,2,3,45]", "[1,2,3,4,5,]", "[1,2,3,45,6]"])
def test_blanks_after_a_list_do_not_hide_that_its_last_item_is_missing(text: str) -> None:
    assert told(loads, text + " " * 100) == told(json.loads, text + " " * 100)


def test_a_document_that_is_nested_too_deeply_is_refused_as_before() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(RecursionError):
        loads(deep)
