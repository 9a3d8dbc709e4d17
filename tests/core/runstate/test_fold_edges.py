"""Corners of folding: depth, size, retries, parallel tasks of one name that only messages tell apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from studio_tui.core.runstate.fold import NOTE_CHARS, READ_FOR_A_ROW, reduce
from studio_tui.core.runstate.fold_messages import FOLDED, FOLDED_ALONE
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.run import Note, RunState
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.wire.events import CustomEmitted, Event, RunFailed
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.core.runstate.test_pitfalls import begin, end, play, statuses

DEPTHS = [100, 500, 900, 970, 990, 1500, 100_000]


def meta(task_id: str, node: str = "n", step: int = 1) -> dict[str, object]:
    return {"langgraph_node": node, "langgraph_step": step, "langgraph_checkpoint_ns": f"{node}:{task_id}"}


def chunk(message_id: str, text: str) -> dict[str, object]:
    return {"type": "AIMessageChunk", "id": message_id, "content": text}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("event", ["updates", "values", "custom", "messages", "tasks", "checkpoints", "error"])
def test_no_depth_is_too_deep(event: str, depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    payloads = {
        "updates": f'{{"n":{{"messages":[{{"type":"ai","id":"m","content":{deep}}}]}}}}',
        "messages": f'[{{"type":"ai","id":"m","content":"x","tool_calls":[{{"name":"f","args":{deep}}}]}},{{}}]',
        "tasks": f'{{"id":"t","name":"n","result":{{"x":{deep}}},"error":{deep}}}',
        "checkpoints": f'{{"checkpoint":{{"checkpoint_id":"c"}},"values":{deep}}}',
    }
    payload = payloads.get(event, deep)
    run = play((event, payload), (event, payload), ("updates", {"after": 1}))
    assert run.watermark == 2
    assert ("after", "done") in statuses(run)


def test_a_large_custom_event_is_not_parsed_for_the_beginning_that_its_row_shows() -> None:
    class Unread(LazyJson):
        def value(self) -> Any:
            raise AssertionError("parsed")

    text = json.dumps({"log": "x" * READ_FOR_A_ROW})
    run = RunState()
    reduce(run, CustomEmitted(seq=1, at=0.0, payload=Unread(text)))
    assert [(note.text, note.payload.text) for note in run.timeline if isinstance(note, Note) and note.payload] == [
        (text[:NOTE_CHARS], text)
    ]


def test_chunks_of_any_depth_merge() -> None:
    deep = '{"a":' * 300 + '"x"' + "}" * 300
    part = f'[{{"type":"AIMessageChunk","id":"m","content":"x","additional_kwargs":{deep}}},{{}}]'
    run = play(("messages", part), ("messages", part))
    assert run.messages["m"].text == "xx"


def test_a_large_state_is_searched_for_messages_only_where_nothing_else_tells_them() -> None:
    chat = [{"type": "ai", "id": "m", "content": "x" * FOLDED}]
    alone = play(("values", {"messages": chat}))
    assert list(alone.messages) == ["m"]
    assert alone.values is not None
    assert not alone.values.is_parsed, "the parsed copy of a large state is not kept"
    beside = play(("tasks", begin("1", "n")), ("values", {"messages": chat}))
    assert not beside.messages
    huge = play(("values", {"messages": [{"type": "ai", "id": "m", "content": "x" * FOLDED_ALONE}]}))
    assert not huge.messages


def test_values_of_checkpoints_serve_where_no_others_come() -> None:
    saved = {"checkpoint": {"checkpoint_id": "c"}, "metadata": {"step": 0, "source": "loop"}, "values": {"private": 1}}
    run = play(("checkpoints", saved))
    assert run.values is not None
    assert run.values.value() == {"private": 1}
    play(("values", {"x": 1}), ("checkpoints", {**saved, "checkpoint": {"checkpoint_id": "d"}}), run=run, start=1)
    assert run.values.value() == {"x": 1}


def test_messages_tell_which_of_two_equal_tasks_wrote() -> None:
    run = play(
        ("messages", [chunk("m1", "a"), meta("1")]),
        ("messages", [chunk("m2", "b"), meta("2")]),
        ("updates", {"n": {"messages": [{"type": "ai", "id": "m2", "content": "b"}]}}),
    )
    assert [(task.id, task.status.value) for task in run.tasks.values()] == [("1", "running"), ("2", "done")]
    assert [message.streaming for message in run.messages.values()] == [True, False]


def test_the_next_superstep_ends_derived_tasks() -> None:
    run = play(("messages", [chunk("a", "x"), meta("1")]), ("messages", [chunk("b", "x"), meta("2", "k", 2)]))
    assert statuses(run) == [("n", "done"), ("k", "running")]
    assert run.last_edge == ("n", "k")


def test_a_state_ends_derived_tasks() -> None:
    run = play(("messages", [chunk("a", "x"), meta("1")]), ("values", {"messages": []}))
    assert statuses(run) == [("n", "done")]


def test_a_cancelled_task_that_starts_again_runs() -> None:
    run = play(
        ("metadata", {"run_id": "r", "attempt": 1}),
        ("tasks", begin("1", "n")),
        ("metadata", {"run_id": "r", "attempt": 2}),
    )
    assert statuses(run) == [("n", "cancelled")]
    play(("tasks", begin("1", "n")), ("tasks", end("1", "n")), run=run, start=3)
    assert statuses(run) == [("n", "done")]


def test_another_run_of_the_thread_does_not_rename_this_one() -> None:
    run = play(("metadata", {"run_id": "mine"}), ("metadata", {"run_id": "other", "attempt": 3}))
    assert (run.run_id, run.attempt) == ("mine", 1)


def test_a_message_is_removed_by_the_message_mode_too() -> None:
    run = play(
        ("messages", [{"type": "ai", "id": "m", "content": "x"}, meta("1")]),
        ("messages", [{"type": "remove", "id": "m", "content": ""}, meta("1")]),
    )
    assert not run.messages


def test_messages_without_ids_are_kept_by_place() -> None:
    chat = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    run = play(
        ("values", {"messages": chat}), ("updates", {"n": {"messages": chat[1:]}}), ("values", {"messages": chat})
    )
    assert [(message.role, message.text) for message in run.messages.values()] == [("human", "hi"), ("ai", "ho")]
    alone = play(("updates", {"n": {"messages": chat[1:]}}))
    assert [message.text for message in alone.messages.values()] == ["ho"]


def test_a_node_that_passes_messages_on_did_not_write_them() -> None:
    human = {"type": "human", "id": "h", "content": "hi"}
    answer = {"type": "ai", "id": "a", "content": "ho"}
    run = play(("values", {"messages": [human]}), ("updates", {"n": {"messages": [human, answer]}}))
    assert [message.node for message in run.messages.values()] == ["", "n"]


def test_reasoning_blocks_of_other_vendors() -> None:
    block = {"type": "reasoning_content", "reasoning_content": {"text": "why"}}
    run = play(
        ("values", {"messages": [{"type": "ai", "id": "a", "content": [block, {"type": "text", "text": "so"}]}]})
    )
    assert (run.messages["a"].thinking, run.messages["a"].text) == ("why", "so")


def test_several_open_tasks_and_no_culprit_stay_unknown() -> None:
    run = play(("tasks", begin("1", "a")), ("tasks", begin("2", "b")), ("error", {"error": "E", "message": "x"}))
    assert statuses(run) == [("a", "unknown"), ("b", "unknown")]


def test_the_parents_of_a_failed_task_failed_with_it() -> None:
    run = play(
        ("tasks", begin("1", "outer")),
        ("tasks", begin("9", "side")),
        ("tasks|outer:1", begin("2", "inner")),
        ("tasks|outer:1", end("2", "inner", error={"error": "E", "message": "x"})),
        ("error", {"error": "E", "message": "x"}),
    )
    assert statuses(run) == [("outer", "error"), ("side", "cancelled"), ("inner", "error")]


def test_slices_name_what_changed() -> None:
    run = RunState()

    def changed(name: str, payload: object) -> set[Slice]:
        events = Parser().feed(Frame(run.watermark + 1, 0.0, name, json.dumps(payload)))
        return set().union(*(reduce(run, event) for event in events))

    assert changed("tasks", begin("1", "n")) == {Slice.RUN, Slice.TASKS}
    assert changed("values", {"x": 1}) == {Slice.RUN, Slice.STATE}
    assert changed("messages", [chunk("m", "x"), meta("1")]) == {Slice.RUN, Slice.TASKS, Slice.MESSAGES}
    saved = {"checkpoint": {"checkpoint_id": "c"}, "values": {}}
    assert changed("checkpoints", saved) == {Slice.RUN, Slice.TASKS, Slice.HISTORY}
    assert changed("nonsense", 1) == {Slice.RUN}


def test_events_of_later_versions_are_counted_and_nothing_else() -> None:
    run = RunState()
    assert reduce(run, Event(seq=0, at=0.0)) == {Slice.RUN}
    assert reduce(run, RunFailed(seq=0, at=0.0, kind="E", message="")) == frozenset(), "the same event again"
    assert run.event_count == 1


def test_a_message_is_the_node_s_that_wrote_its_words_not_of_one_that_passes_it_on() -> None:
    said = {"type": "ai", "id": "m", "content": "a draft"}
    passed = ("updates", {"draft": {"messages": [said]}}), ("updates", {"check": {"messages": [said]}})
    assert play(*passed).messages["m"].node == "draft"
    run = play(*passed, ("updates", {"polish": {"messages": [{**said, "content": "The final text."}]}}))
    assert (run.messages["m"].text, run.messages["m"].node) == ("The final text.", "polish")
