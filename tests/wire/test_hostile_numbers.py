"""Every number of a server may be anything: huge, negative, broken, no number, a time that no calendar has."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.client.resume import _stamp
from studio_tui.core.store import item_of
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.message.read import usage_of
from studio_tui.jsonkit.value import as_count, as_digits, as_int, time_of
from studio_tui.present.assistants import date
from studio_tui.text.fmt import age, clock, count, duration
from studio_tui.wire.decode import assistant_of, run_info_of, thread_of
from studio_tui.wire.decode_state import checkpoint_of
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser

EVIL: list[Any] = [
    10**30, -(10**30), 10**4000, -1, 0, 1.5, -0.0, 1e308, math.nan, math.inf, -math.inf, "12", "NaN",
    True, None, [1], {"a": 1},
    "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "2026-13-45T99:99:99",
    -62_135_596_801, 253_402_300_800, 9e13,
]  # fmt: skip
NUMBERS = st.one_of(st.integers(), st.floats(), st.integers(-(10**40), 10**40), st.booleans(), st.none(), st.text())


@given(NUMBERS)
def test_a_count_is_a_number_of_things_or_unknown(value: Any) -> None:
    counted, whole = as_count(value), as_int(value)
    assert counted is None or 0 <= counted <= 10**9
    assert whole is None or (whole == value and abs(whole) < 2**63)


@given(st.one_of(st.floats(), st.integers(-(10**20), 10**20)))
def test_words_for_any_number_fit_their_column(value: float) -> None:
    for said in (duration(value), age(value, 1.7e9), clock(value), date(value)):
        assert said
        assert len(said) <= 16


@pytest.mark.parametrize("value", EVIL, ids=repr)
def test_a_time_is_one_that_can_be_shown_or_unknown(value: Any) -> None:
    at = time_of(value)
    assert at is None or math.isfinite(at)
    assert clock(at)
    assert date(at)
    assert age(at, 1.7e9)
    assert duration(at)


@pytest.mark.parametrize("value", EVIL, ids=repr)
def test_records_with_any_number_can_be_read_and_their_numbers_used(value: Any) -> None:
    numbers = dict.fromkeys(("version", "step", "attempt", "created_at", "updated_at", "score"), value)
    assistant = assistant_of({"assistant_id": "a", "graph_id": "g", **numbers})
    assert assistant is not None
    assert count(assistant.version)
    assert thread_of({"thread_id": "t", **numbers}) is not None
    assert run_info_of({"run_id": "r", **numbers}) is not None
    state = checkpoint_of({"checkpoint": {"checkpoint_id": "c"}, "metadata": numbers, **numbers}, ThreadId("t"))
    assert state.step is None or count(state.step)
    item = item_of({"namespace": ["n"], "key": "k", "value": {}, **numbers})
    assert item is not None
    assert item.score is None or math.isfinite(item.score)
    used = usage_of({"usage_metadata": dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), value)})
    assert used is None or count(used.total_tokens)


@pytest.mark.parametrize("value", EVIL, ids=repr)
def test_events_with_any_number_can_be_read(value: Any) -> None:
    metadata = {"langgraph_step": value, "langgraph_node": "n", "step": value, "run_id": "r", "attempt": value}
    payload = {"step": value, "type": "task", "timestamp": value, "payload": {"id": "t", "name": "n", "step": value}}
    parser = Parser()
    for number, (mode, data) in enumerate(
        itertools.product(
            ("metadata", "tasks", "checkpoints", "debug", "messages", "values", "updates", "custom"),
            (metadata, payload, [{"content": "x", "id": "m", "type": "ai"}, metadata], value),
        )
    ):
        assert parser.feed(Frame(number, 0.0, mode, json.dumps(data), "")) is not None


def test_ids_with_any_number_of_digits_are_ids() -> None:
    long = "9" * 5000
    assert as_digits(long) is None
    assert _stamp(f"{long}-0") is None
    assert _stamp("1700000000000-2") == (1_700_000_000_000, 2)
