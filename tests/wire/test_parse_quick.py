"""What is read quickly is read as the rules of its mode read it, whatever a server sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.wire.events import Event
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from studio_tui.wire.parse_quick import QUICK
from tests.paths import FIXTURES
from tests.recordings import read_frames, recordings

TASK: dict[str, Any] = {
    "id": "t1",
    "name": "work",
    "input": {"n": 1},
    "triggers": ["a", "b"],
    "metadata": {"run": "r\\n", "deep": [{}], "n": -1.5e3},
}
RESULT: dict[str, Any] = {"id": "t1", "name": "work", "error": None, "result": {"log": ["ü"]}, "interrupts": []}
TOKEN: list[dict[str, Any]] = [
    {"type": "AIMessageChunk", "id": "m", "content": "hi", "tool_call_chunks": []},
    {"langgraph_node": "n", "langgraph_step": 2, "langgraph_checkpoint_ns": "a:1|n:2", "thread_id": "x", "nul": None},
]


def read(name: str, data: str, *, quick: bool) -> list[Any]:
    """What a parser says of one frame, as plain values."""
    frame = Frame(3, 5.0, name, data, "7-0")
    parser = Parser()
    if quick:
        parser.feed(Frame(0, 0.0, name, "{}"))  # from its second frame on a name is known
    return [plain(event) for event in parser.feed(frame)]


def plain(event: Event) -> Any:
    found = asdict(event)
    for key, item in list(found.items()):
        if isinstance(item, LazyJson):
            found[key] = (item.text, item.place(), item.value())
            item.forget()
            found[f"{key} read again"] = item.value()
    return json.dumps([type(event).__name__, found], default=repr)


def agree(name: str, data: str) -> None:
    assert read(name, data, quick=True) == read(name, data, quick=False)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["id", "name", "input", "result", "error", "interrupts", "triggers", "type", "event_id", "params", "x"]
MESSAGE_KEYS = ["type", "id", "content", "tool_call_chunks", "kwargs", "x"]
ABOUT_KEYS = ["langgraph_node", "langgraph_step", "langgraph_checkpoint_ns", "checkpoint_ns", "x"]
SAID = values | st.sampled_from(
    ["event", "constructor", "", "a:1|b:2", "7", "|", ["a"], [["k", 1]], [["k", 1], ["j", 2]]]
)


def mixed(base: dict[str, Any], keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    changed = st.dictionaries(st.sampled_from(keys), SAID, max_size=4)
    gone = st.sets(st.sampled_from(keys), max_size=3)
    return st.builds(lambda more, less: {k: v for k, v in {**base, **more}.items() if k not in less}, changed, gone)


@settings(max_examples=600, deadline=None)
@given(mixed(TASK, KEYS) | mixed(RESULT, KEYS) | values, st.sampled_from(["tasks", "tasks|a:1|2"]), st.booleans())
def test_tasks_of_any_shape(payload: Any, name: str, ascii_only: bool) -> None:
    agree(name, json.dumps(payload, ensure_ascii=ascii_only))


@settings(max_examples=600, deadline=None)
@given(st.lists(mixed(TOKEN[0], MESSAGE_KEYS) | mixed(TOKEN[1], ABOUT_KEYS) | values, max_size=3) | values)
def test_messages_of_any_shape(payload: Any) -> None:
    agree("messages|a:1", json.dumps(payload))


@settings(max_examples=1500, deadline=None)
@given(
    st.sampled_from([("tasks", TASK), ("tasks", RESULT), ("messages", TOKEN)]),
    st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.integers(0, 3),
            st.text('{}[]",:\\u019e.-+ntfN \x01\ud800', max_size=2),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_damaged_payloads(case: tuple[str, Any], changes: list[tuple[float, int, str]]) -> None:
    name, payload = case
    text = json.dumps(payload)
    for where, size, put in changes:
        at = int(where * len(text))
        text = text[:at] + put + text[at + size :]
    agree(name, text)


@pytest.mark.parametrize("name", recordings())
def test_recorded_streams(name: str) -> None:
    for frame in read_frames(FIXTURES / f"{name}.sse"):
        agree(frame.event, frame.data)


def test_usual_events_are_read_quickly() -> None:
    for name, payload in (("tasks", TASK), ("tasks|a:1", RESULT), ("messages", TOKEN)):
        frame = Frame(0, 0.0, name, json.dumps(payload))
        assert QUICK[name.split("|")[0]](frame, ()) is not None


@pytest.mark.parametrize("body", [TASK, RESULT])
def test_what_says_of_what_type_it_is_goes_by_the_rules(body: dict[str, Any]) -> None:
    data = json.dumps({**body, "type": "event", "event_id": "e", "params": {}})
    found = read("tasks", data, quick=True)
    assert found == read("tasks", data, quick=False)
    assert "protocol v2" in str(found)
