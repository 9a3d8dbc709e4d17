"""Frames to events: every mode's shapes, odd and hostile payloads, large ones kept as text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from studio_tui.domain.stream_mode import MODES, StreamMode
from studio_tui.wire.events import (
    CheckpointSaved,
    CustomEmitted,
    Event,
    Interrupted,
    LangChainEvent,
    MessageDelta,
    NodeUpdate,
    RunClosed,
    RunFailed,
    RunStarted,
    TaskFinished,
    TaskStarted,
    UnknownEvent,
    ValuesSnapshot,
)
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import LARGE, Parser

NS = "level1:069f7849-ec21-ebdd-81a5-68ff1464b6b9"
DEEP = "[" * 100_000 + "]" * 100_000


def feed(event: str, data: object) -> list[Event]:
    """Parse one frame whose data is `data`, as JSON unless it is text."""
    return Parser().feed(Frame(7, 1.5, event, data if isinstance(data, str) else json.dumps(data)))


def only(event: str, data: object) -> Any:
    """Parse one frame that means one event."""
    (found,) = feed(event, data)
    return found


def test_namespace_is_split_from_the_mode() -> None:
    event = only(f"updates|{NS}|level2:33", {"a": 1})
    assert (event.ns, event.node, event.update, event.seq, event.at) == ((NS, "level2:33"), "a", 1, 7, 1.5)


def test_call_counters_in_a_namespace_name_no_node() -> None:
    assert only(f"values|{NS}|1|x:2", {}).ns == (NS, "x:2")


def test_metadata_begins_a_run() -> None:
    event = only("metadata", {"run_id": "r", "attempt": 2})
    assert isinstance(event, RunStarted)
    assert (event.run_id, event.attempt) == ("r", 2)


def test_run_done_of_a_thread_stream_ends_it() -> None:
    assert isinstance(only("metadata", {"status": "run_done", "run_id": "r"}), RunClosed)


def test_state_update_of_a_thread_stream_is_a_checkpoint() -> None:
    state = {
        "values": {"x": 1},
        "next": ["b"],
        "metadata": {"source": "update", "step": 4},
        "checkpoint": {"checkpoint_id": "c", "checkpoint_ns": ""},
        "parent_checkpoint": {"checkpoint_id": "p"},
    }
    event = only("state_update", {"state": state, "thread_id": "t"})
    assert isinstance(event, CheckpointSaved)
    assert (event.checkpoint_id, event.parent_id, event.source, event.step, event.next) == (
        "c",
        "p",
        "update",
        4,
        ("b",),
    )
    assert event.values is not None
    assert event.values.value() == {"x": 1}


def test_task_begins_and_ends() -> None:
    start = only("tasks", {"id": "t", "name": "n", "input": None, "triggers": ["branch:to:n"], "interrupts": []})
    assert isinstance(start, TaskStarted), "JavaScript lists interrupts on starts, too"
    assert (start.triggers, start.server_at) == (("branch:to:n",), None)
    end = only("tasks", {"id": "t", "name": "n", "result": {"x": 1}, "error": None, "interrupts": []})
    assert isinstance(end, TaskFinished)
    assert (end.result, end.error, end.interrupts) == ({"x": 1}, None, ())
    assert end.payload is not None
    assert end.payload.value() == {"x": 1}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"error": "ValueError", "message": "boom"}, "ValueError: boom"),
        ({"message": "boom", "name": "Error"}, "Error: boom"),
        ("ValueError('boom')", "ValueError('boom')"),
        ("", ""),
        ({"code": 7}, '{"code": 7}'),
        (7, "7"),
    ],
)
def test_task_error_in_any_form(error: object, text: str) -> None:
    assert only("tasks", {"id": "t", "name": "n", "error": error, "result": {}, "interrupts": []}).error == text


def test_old_servers_list_results_as_pairs() -> None:
    assert only("tasks", {"id": "t", "name": "n", "result": [["x", 1], ["log", ["a"]]]}).result == {
        "x": 1,
        "log": ["a"],
    }


def test_debug_gives_step_and_server_time() -> None:
    envelope = {"step": 3, "timestamp": "2026-11-23T05:37:47.971Z", "type": "task"}
    event = only("debug", {**envelope, "payload": {"id": "t", "name": "n", "input": {"a": 1}}})
    assert (event.step, event.server_at, event.payload.value()) == (3, 1795412267.971, {"a": 1})


@pytest.mark.parametrize(
    "ref", [{"config": {"configurable": {"checkpoint_id": "c"}}}, {"checkpoint": {"checkpoint_id": "c"}}]
)
def test_checkpoint_id_in_either_place(ref: dict[str, object]) -> None:
    payload = {"values": {"x": 1}, "metadata": {"source": "loop", "step": 0}, "next": ["a"], **ref}
    tasks = [{"id": "s", "name": "__start__"}, {"id": "t", "name": "a"}]
    event = only("checkpoints", {**payload, "tasks": tasks})
    assert (event.checkpoint_id, event.step, event.source, event.tasks) == ("c", 0, "loop", (("t", "a"),))


def test_custom_takes_anything() -> None:
    for value in ("text", 42, None, ["a", 1], {"b": "é🎉"}):
        event = only("custom", value if not isinstance(value, str) else json.dumps(value))
        assert isinstance(event, CustomEmitted)
        assert event.payload.value() == value


def test_error_as_object_as_text_and_as_junk() -> None:
    assert only("error", {"error": "ValueError", "message": "boom"}).kind == "ValueError"
    assert only("error", '"Run not found"').message == "Run not found"
    assert only("error", "gateway <html>").message == "gateway <html>"
    assert isinstance(only("error", "null"), RunFailed)


def test_end_event_closes() -> None:
    assert isinstance(only("end", {"status": "success"}), RunClosed)
    assert isinstance(only("end", ""), RunClosed)


def test_empty_frame_without_a_name_says_nothing() -> None:
    assert feed("", "") == []
    assert isinstance(only("", "x"), UnknownEvent)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("brand-new-mode", "{}"),
        ("tasks", "{}"),
        ("tasks", '{"id":"t"}'),
        ("tasks", "null"),
        ("updates", "[]"),
        ("checkpoints", "{}"),
        ("debug", '{"type":"new"}'),
        ("messages", "[]"),
        ("messages", '["text"]'),
        ("messages/partial", "7"),
        ("messages/metadata", "7"),
        ("events", "{}"),
        ("metadata", "7"),
        ("state_update", "{}"),
        ("updates", "{broken"),
        ("values", "{broken"),
        ("values", ""),
        ("updates", DEEP),
        ("updates", '{"a":' + "9" * 5000 + "}"),
    ],
)
def test_what_no_rule_covers_is_kept_with_a_reason(event: str, data: str) -> None:
    found = only(event, data)
    assert isinstance(found, UnknownEvent)
    assert (found.event, found.data, bool(found.reason)) == (event, data, True)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_that_can_be_asked_for_has_a_rule(mode: StreamMode) -> None:
    """A mode without one would fill the panel of frames and nothing else."""
    told = "messages" if mode is StreamMode.MESSAGES_TUPLE else mode
    unknown = [event for event in feed(told, {}) if isinstance(event, UnknownEvent)]
    assert not any("no stream mode" in event.reason for event in unknown)


def test_nan_and_lone_surrogates_are_values() -> None:
    event = only("updates", '{"a":{"x":NaN,"y":-Infinity,"z":"\\ud800"}}')
    assert isinstance(event, NodeUpdate)
    assert str(event.update) == r"{'x': nan, 'y': -inf, 'z': '\ud800'}"


def test_large_integers_stay_exact() -> None:
    assert only("updates", '{"a":12345678901234567890123}').update == 12345678901234567890123


class TestValues:
    def test_state_with_question_gives_both(self) -> None:
        state, asked = feed("values", {"log": [], "__interrupt__": [{"id": "i", "value": 1}]})
        assert isinstance(state, ValuesSnapshot)
        assert isinstance(asked, Interrupted)
        assert state.values.value() == {"log": []}
        assert (asked.part, asked.interrupts[0].id) == (1, "i")

    def test_forgotten_state_comes_back_without_the_question(self) -> None:
        state, _ = feed("values", {"log": [], "__interrupt__": []})
        assert isinstance(state, ValuesSnapshot)
        state.values.forget()
        assert state.values.value() == {"log": []}

    @pytest.mark.parametrize("value", [None, 5, "text", [1]])
    def test_functional_graphs_have_scalar_states(self, value: object) -> None:
        event = only("values", json.dumps(value))
        assert event.values.value() == value

    def test_large_state_is_not_parsed_and_not_copied(self) -> None:
        frame = Frame(1, 0.0, "values", json.dumps({"text": "x" * LARGE}))
        (event,) = Parser().feed(frame)
        assert isinstance(event, ValuesSnapshot)
        assert event.values.text is frame.data
        assert event.values.is_parsed is False

    def test_large_state_with_question_is_kept_as_text(self) -> None:
        frame = Frame(1, 0.0, "values", json.dumps({"text": "x" * LARGE, "__interrupt__": [{"id": "i", "value": 1}]}))
        state, asked = Parser().feed(frame)
        assert isinstance(state, ValuesSnapshot)
        assert isinstance(asked, Interrupted)
        assert (state.values.text is frame.data, state.values.is_parsed) == (True, False)
        assert list(state.values.value()) == ["text"]


def test_large_checkpoint_keeps_only_the_text() -> None:
    payload = {"config": {"configurable": {"checkpoint_id": "c"}}, "values": {"text": "x" * LARGE}, "next": []}
    frame = Frame(1, 0.0, "checkpoints", json.dumps(payload))
    (event,) = Parser().feed(frame)
    assert isinstance(event, CheckpointSaved)
    assert event.values is not None
    assert (event.values.text is frame.data, event.values.is_parsed) == (True, False)
    assert event.values.value() == payload["values"]


META = {"langgraph_node": "agent", "langgraph_step": 3, "langgraph_checkpoint_ns": f"{NS}|agent:t1"}


class TestMessages:
    def delta(self, message: dict[str, object]) -> MessageDelta:
        event = only("messages", [message, META])
        assert isinstance(event, MessageDelta)
        return event

    def test_place_comes_from_the_metadata(self) -> None:
        event = self.delta({"type": "ai", "id": "m", "content": ""})
        assert (event.ns, event.node, event.task_id, event.step) == ((NS,), "agent", "t1", 3)

    @pytest.mark.parametrize(
        ("message", "replaces"),
        [
            ({"type": "AIMessageChunk"}, False),
            ({"type": "ai", "tool_call_chunks": []}, False),
            ({"type": "ai"}, True),
            ({"type": "tool"}, True),
            ({"type": "human"}, True),
        ],
    )
    def test_chunk_or_whole(self, message: dict[str, object], replaces: bool) -> None:
        assert self.delta({"id": "m", "content": "x", **message}).replaces is replaces

    def test_metadata_of_the_legacy_mode_places_later_messages(self) -> None:
        parser = Parser()
        assert parser.feed(Frame(0, 0.0, "messages/metadata", json.dumps({"m": {"metadata": META}}))) == []
        message = {"type": "ai", "id": "m", "content": "Hel"}
        (partial,) = parser.feed(Frame(1, 0.0, "messages/partial", json.dumps([message])))
        assert isinstance(partial, MessageDelta)
        assert (partial.replaces, partial.partial, partial.node, partial.task_id) == (True, True, "agent", "t1")
        whole, other = parser.feed(Frame(2, 0.0, "messages/complete", json.dumps([message, {**message, "id": "o"}])))
        assert isinstance(whole, MessageDelta)
        assert isinstance(other, MessageDelta)
        assert (whole.partial, whole.part, other.part, other.task_id) == (False, 0, 1, None)

    def test_serialised_constructors_are_flattened(self) -> None:
        lc = {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "AIMessageChunk"]}
        event = self.delta({**lc, "kwargs": {"content": "hi", "id": "m"}})
        assert (event.message, event.replaces) == ({"type": "AIMessageChunk", "content": "hi", "id": "m"}, False)


def test_trace_of_a_task_is_a_derived_task() -> None:
    meta = {"langgraph_node": "n", "langgraph_step": 1, "langgraph_checkpoint_ns": "n:t"}
    base = {"name": "n", "tags": ["graph:step:1"], "metadata": meta, "run_id": "r"}
    trace, start = feed("events", {**base, "event": "on_chain_start", "data": {"input": {"x": 1}}})
    assert isinstance(trace, LangChainEvent)
    assert isinstance(start, TaskStarted)
    assert (start.task_id, start.derived, start.part, start.ns) == ("t", True, 1, ())
    inner = feed("events", {**base, "name": "route", "tags": ["seq:step:3"], "event": "on_chain_start", "data": {}})
    assert [type(event) for event in inner] == [LangChainEvent]


@pytest.mark.parametrize("tag", ["nostream", "langsmith:hidden"])
def test_silent_models_stay_silent_in_traces(tag: str) -> None:
    meta = {"langgraph_node": "n", "langgraph_checkpoint_ns": "n:t"}
    chunk = {"chunk": {"type": "AIMessageChunk", "id": "m", "content": "x"}}
    event = {"event": "on_chat_model_stream", "name": "M", "tags": [tag], "metadata": meta, "data": chunk}
    assert [type(found) for found in feed("events", event)] == [LangChainEvent]


@pytest.mark.parametrize("mode", ["values", "updates", "tasks"])
def test_an_event_of_another_protocol_is_no_event_of_its_mode(mode: str) -> None:
    event = only(mode, {"type": "event", "event_id": "1", "method": "values", "params": {"data": {}}})
    assert isinstance(event, UnknownEvent)
    assert "protocol v2" in event.reason
