"""The fast parser against Python's: the same values of the same types, the same refusals."""

from __future__ import annotations

import gc
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.jsonkit import quick
from studio_tui.jsonkit.quick import loads
from studio_tui.jsonkit.received import parse_received
from studio_tui.wire.events import CustomEmitted
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.jsonkit.parsers import told

_NUMBERS = st.one_of(
    st.integers(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(),
)
_WRITTEN = st.recursive(
    st.none() | st.booleans() | _NUMBERS | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=5)
    ),
    max_leaves=25,
)
_SCRAPS = st.lists(
    st.sampled_from(
        [
            *'{}[]:," \n\t\r0123456789.eE+-\\', '"a"', '"a":', "null", "true", "false", "NaN", "Infinity", "-Infinity",
            "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u0000", "\\/", "\ufeff", "\x00", "\x1f", "\x7f", "\u2028", "é",
            "😀", "\ud800", "1e400", "-0", "1" * 25, "1" * 5000, "0.1", "5e-324", "1e-400",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@settings(max_examples=700, deadline=None)
@given(_WRITTEN, st.booleans(), st.sampled_from([None, 1]))
def test_what_python_writes_is_read_as_python_reads_it(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert told(loads, text) == told(json.loads, text)


@settings(max_examples=1200, deadline=None)
@given(_SCRAPS)
def test_anything_else_is_read_or_refused_as_python_does(text: str) -> None:
    assert told(loads, text) == told(json.loads, text)
    framed = f'{{"k": [{text}], "k": "{text}"}}'
    assert told(loads, framed) == told(json.loads, framed)


@settings(max_examples=500, deadline=None)
@given(st.from_regex(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?", fullmatch=True))
def test_numbers_are_those_that_python_reads(text: str) -> None:
    assert told(loads, text) == told(json.loads, text)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2, "b": 3, "a": 4}', '{"b": 1, "a": 2}'])
def test_keys_stay_in_order_and_the_last_value_of_a_doubled_one_counts(text: str) -> None:
    assert repr(loads(text)) == repr(json.loads(text))


def test_a_document_that_is_nested_too_deeply_is_refused_as_before() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(RecursionError):
        loads(deep)


def test_frames_and_answers_may_hold_what_only_python_reads() -> None:
    text = '{"x": NaN, "y": "\\ud800", "z": 1e999}'
    (event,) = Parser().feed(Frame(0, 0.0, "custom", text, ""))
    assert isinstance(event, CustomEmitted)
    value = event.payload.value()
    assert math.isnan(value["x"])
    assert (value["y"], value["z"]) == ("\ud800", math.inf)
    assert repr(parse_received(text.encode())) == repr(value)
    assert parse_received(b'{"big": ' + b"1" * 5000 + b"}") == {"big": "1" * 5000}
    assert parse_received(b'\xef\xbb\xbf{"bad": "\xff"}') == {"bad": "\ufffd"}


@settings(max_examples=900, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"\xed\xa0\x80", b"\xff", b"\xc0\x80", b"\xf0\x9f", b"\xe2\x80\xa8", b"\xc3\xa9", b"a", b"\\n"]
        )
    )
)
def test_answers_of_any_bytes_are_read_as_their_text(pieces: list[bytes]) -> None:
    body = b'{"' + b"".join(pieces) + b'": "' + b"".join(pieces) + b'"}'
    assert repr(parse_received(body)) == repr(json.loads(body.decode("utf-8", "replace"), strict=False))


def test_many_new_values_are_not_gone_through_by_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "_MANY", 2000)
    text = json.dumps([{"id": [number]} for number in range(20_000)])
    threshold, was_enabled = gc.get_threshold(), gc.isenabled()
    gc.enable()
    gc.unfreeze()  # what was imported before the first test is frozen
    gc.set_threshold(50_000, 20, 1000)
    try:
        values = loads(text)
        assert gc.get_count()[0] < 1000
        assert (len(values), gc.get_freeze_count()) == (20_000, 0)
        gc.freeze()  # as the terminal's face does when its screen stands
        before = gc.get_freeze_count()
        more = loads(text)
        assert gc.get_count()[0] < 1000
        assert gc.get_freeze_count() > before
        assert more == values
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
        (gc.enable if was_enabled else gc.disable)()
