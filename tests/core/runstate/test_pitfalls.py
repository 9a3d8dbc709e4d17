"""The pitfalls of the protocol that parsing and folding must survive, each under the promise it puts at risk."""

from __future__ import annotations

import json

import pytest

from studio_tui.core.runstate.fold import reduce
from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import Note, Phase, RunState, TaskStatus
from studio_tui.wire.events import RunClosed, StreamGap
from studio_tui.wire.frames import Frame
from tests.paths import FIXTURES
from tests.recordings import SseReader, fold, fold_recording, parse_all, read_frames, recordings


def play(*frames: tuple[str, object], run: RunState | None = None, start: int = 0) -> RunState:
    """Fold frames given as event name and payload; they arrive 0.1 s apart."""
    made = [
        Frame(seq, seq / 10, name, payload if isinstance(payload, str) else json.dumps(payload))
        for seq, (name, payload) in enumerate(frames, start)
    ]
    return fold(parse_all(made), run)


def begin(task_id: str, name: str, **more: object) -> dict[str, object]:
    return {"id": task_id, "name": name, "input": {}, "triggers": [], **more}


def end(task_id: str, name: str, **more: object) -> dict[str, object]:
    return {"id": task_id, "name": name, "error": None, "result": {}, "interrupts": [], **more}


def statuses(run: RunState) -> list[tuple[str, str]]:
    return [(task.name, task.status.value) for task in run.tasks.values()]


def test_01_data_may_span_lines_and_line_ends_may_be_any() -> None:
    for newline in (b"\n", b"\r\n", b"\r"):
        raw = newline.join([b"event:updates", b'data: {"a":', b"data:  {}", b"data: }", b": heartbeat", b"", b""])
        for size in range(1, 12):
            reader = SseReader()
            pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
            frames = [frame for piece in pieces for frame in reader.feed(piece)] + list(reader.feed(b":\n"))
            assert [(frame.event, frame.data) for frame in frames] == [("updates", '{"a":\n {}\n}')]
            assert statuses(fold(parse_all(frames))) == [("a", "done")]


def test_02_a_clean_close_is_no_success() -> None:
    run = fold_recording("py/sse_cancel_interrupt")
    assert run.phase is Phase.RUNNING
    assert run.error is None


def test_05_questions_stay_when_later_states_do_not_repeat_them() -> None:
    run = play(
        ("values", {"log": [], "__interrupt__": [{"id": "1", "value": "a"}]}),
        ("values", {"log": [], "__interrupt__": [{"id": "2", "value": "b"}]}),
        ("values", {"log": ["side"]}),
    )
    assert list(run.interrupts) == ["1", "2"]
    assert run.values is not None
    assert run.values.value() == {"log": ["side"]}


def test_05_nested_levels_repeat_one_question_and_the_innermost_task_owns_it() -> None:
    asked = [{"id": "q", "value": "?"}]
    run = play(
        ("updates|outer:1|inner:2", {"__interrupt__": asked}),
        ("tasks|outer:1|inner:2", end("3", "ask", interrupts=asked)),
        ("tasks|outer:1", end("2", "inner", interrupts=asked)),
        ("updates", {"__interrupt__": asked}),
        ("tasks", end("1", "outer", interrupts=asked)),
    )
    (question,) = run.interrupts.values()
    assert (question.node, question.task_id, question.ns) == ("ask", "3", ("outer:1", "inner:2"))


def test_05_javascript_question_is_not_taken_for_a_state() -> None:
    run = play(("values", {"log": ["kept"]}), ("values", {"__interrupt__": [{"id": "1", "value": "a"}]}))
    assert run.values is not None
    assert run.values.value() == {"log": ["kept"]}


@pytest.mark.parametrize("name", [name for name in recordings() if "breakpoint_before" in name])
def test_06_a_static_breakpoint_asks_nothing(name: str) -> None:
    run = fold_recording(name)
    assert not run.interrupts
    assert run.phase is Phase.RUNNING


def test_12_javascript_chunks_are_typed_like_whole_messages_and_still_append() -> None:
    run = fold_recording("js/sse_chat_messages-tuple")
    assert [message.text for message in run.messages.values()] == [
        "Let me look. ",
        "sunny",
        "The weather is **sunny** in SF.",
    ]


def test_12_javascript_cancel_is_an_error_event_and_no_failure() -> None:
    run = play(("tasks", begin("1", "slow")), ("error", {"error": "Error", "message": "interrupt"}))
    assert run.phase is Phase.CANCELLED
    assert statuses(run) == [("slow", "cancelled")]


def test_13_subgraph_tokens_know_their_place() -> None:
    run = fold_recording("py/sse_chat_sub_recommended_profile")
    (assistant,) = (task for task in run.tasks.values() if task.name == "assistant")
    spoken = [message for message in run.messages.values() if message.role == "ai"]
    assert {message.ns for message in spoken} == {(f"assistant:{assistant.id}",)}
    assert [message.node for message in spoken] == ["agent", "agent"]


def test_14_updates_may_hold_what_is_no_node_and_values_may_be_scalars() -> None:
    run = play(
        ("updates", {"a": None}),
        ("updates", {"b": 4}),
        ("updates", {"c": [{"log": ["x"]}, {"log": ["y"]}]}),
        ("updates", {"d": {}, "__metadata__": {"cached": True}}),
        ("updates", {"__interrupt__": []}),
        ("values", "null"),
        ("values", "7"),
    )
    assert statuses(run) == [("a", "done"), ("b", "done"), ("c", "done"), ("d", "cached")]
    assert [task.keys for task in run.tasks.values()] == [(), (), ("log[2]",), ()]
    assert not run.unknown_count


def test_15_cached_sibling_is_closed_by_its_update() -> None:
    cached = {"side": {"log": ["s"]}, "__metadata__": {"cached": True}}
    run = play(
        ("tasks", begin("1", "side")), ("tasks", begin("2", "ask")), ("updates", cached), ("tasks", end("2", "ask"))
    )
    assert statuses(run) == [("side", "cached"), ("ask", "done")]
    assert run.tasks[TaskId("1")].keys == ("log[1]",)
    assert run.tasks[TaskId("1")].duration == pytest.approx(0.2)
    early = play(("updates", cached), ("tasks", begin("1", "side")))
    assert statuses(early) == [("side", "cached")]


def test_15_stream_end_closes_what_never_ended() -> None:
    run = play(("tasks", begin("1", "slow")))
    reduce(run, RunClosed(seq=9, at=9.0))
    assert statuses(run) == [("slow", "unknown")]
    assert run.tasks[TaskId("1")].ended_at is None


def test_15_equal_names_of_a_fan_out_are_told_apart_by_id() -> None:
    run = play(
        ("tasks", begin("1", "worker")),
        ("tasks", begin("2", "worker")),
        ("updates", {"worker": {"r": 2}}),
        ("tasks", end("2", "worker", result={"r": 2})),
        ("updates", {"worker": {"r": 1, "s": 1}}),
        ("tasks", end("1", "worker", result={"r": 1, "s": 1})),
    )
    assert [(task.id, task.keys) for task in run.tasks.values()] == [("1", ("r", "s")), ("2", ("r",))]


def test_21_error_text_is_kept_raw_for_the_text_boundary() -> None:
    run = play(("error", {"error": "E", "message": "\x1b[31mred\n[link=x]"}))
    assert run.error is not None
    assert run.error.message == "\x1b[31mred\n[link=x]"


def test_22_joining_an_unknown_run_is_a_failure_in_an_ok_answer() -> None:
    assert fold_recording("py/sse_join_unknown_run").phase is Phase.FAILED
    assert play(("error", '"Run not found"')).error is not None


def test_24_wire_ids_repeat_and_identify_nothing() -> None:
    frames = [frame._replace(id="7-0") for frame in read_frames(FIXTURES / "py/sse_resumable_with_ids.sse")]
    assert statuses(fold(parse_all(frames))) == [("a", "done"), ("b", "done"), ("c", "done")]


def test_32_metadata_of_tokens_is_not_kept() -> None:
    frames = read_frames(FIXTURES / "py/sse_chat_messages-tuple.sse")
    kept = sum(len(json.dumps(message.raw)) for message in fold(parse_all(frames)).messages.values())
    assert kept < sum(len(frame.data) for frame in frames) / 4


class TestOrder:
    def test_end_before_start(self) -> None:
        run = play(("tasks", end("1", "n", result={"x": 1})), ("tasks", begin("1", "n", input={"q": 1})))
        task = run.tasks[TaskId("1")]
        assert (task.status, task.keys, task.duration) == (TaskStatus.DONE, ("x",), None)
        assert task.input is not None
        assert task.input.value() == {"q": 1}

    def test_late_join_finds_the_task_of_an_update(self) -> None:
        run = play(("updates", {"n": {"x": 1}}), ("tasks", end("1", "n", result={"x": 1, "private": 2})))
        assert [(task.id, task.derived, task.keys) for task in run.tasks.values()] == [("1", False, ("x", "private"))]
        assert run.timeline == ["1"]

    def test_late_join_does_not_take_an_update_for_a_second_task(self) -> None:
        run = play(("tasks", end("1", "n")), ("updates", {"n": {}}), ("updates", {"n": {}}))
        assert statuses(run) == [("n", "done"), ("n", "done")]

    def test_checkpoints_give_updates_their_task_ids(self) -> None:
        ref = {"config": {"configurable": {"checkpoint_id": "c1"}}, "metadata": {"source": "loop", "step": 0}}
        after = {"config": {"configurable": {"checkpoint_id": "c2"}}, "metadata": {"source": "loop", "step": 1}}
        run = play(
            ("checkpoints", {**ref, "values": {}, "next": ["n"], "tasks": [{"id": "1", "name": "n"}]}),
            ("updates", {"n": {"x": 1}}),
            ("checkpoints", {**after, "values": {}, "next": [], "tasks": []}),
        )
        assert [(task.id, task.step, task.keys) for task in run.tasks.values()] == [("1", 1, ("x",))]

    def test_a_task_that_streams_after_a_pause_runs_again(self) -> None:
        meta = {"langgraph_node": "n", "langgraph_step": 1, "langgraph_checkpoint_ns": "n:1"}
        run = play(("tasks", begin("1", "n")))
        reduce(run, RunClosed(seq=1, at=1.0))
        play(("messages", [{"type": "AIMessageChunk", "id": "m", "content": "x"}, meta]), run=run, start=2)
        assert statuses(run) == [("n", "running")]
        play(("tasks", end("1", "n")), run=run, start=3)
        assert statuses(run) == [("n", "done")]
        assert not run.messages["m"].streaming


def test_retried_run_starts_over() -> None:
    run = play(
        ("metadata", {"run_id": "r", "attempt": 1}),
        ("tasks", begin("1", "n")),
        ("error", {"error": "E", "message": "boom"}),
        ("metadata", {"run_id": "r", "attempt": 2}),
        ("tasks", begin("2", "n")),
    )
    assert (run.phase, run.attempt, run.error) == (Phase.RUNNING, 2, None)
    assert statuses(run) == [("n", "error"), ("n", "running")]
    assert [item.text for item in run.timeline if isinstance(item, Note)] == ["E: boom", "attempt 2"]


def test_server_time_gives_the_duration_and_the_own_clock_the_place() -> None:
    def debug(kind: str, second: str, payload: object) -> tuple[str, object]:
        return "debug", {"type": kind, "step": 1, "timestamp": f"2031-01-01T00:00:{second}Z", "payload": payload}

    run = play(debug("task", "01.000", begin("1", "n")), debug("task_result", "03.500", end("1", "n")))
    task = run.tasks[TaskId("1")]
    assert (task.started_at, task.ended_at, task.duration) == (0.0, 2.5, 2.5)


def test_removed_messages_go() -> None:
    chat = [{"type": "human", "id": str(number), "content": "x"} for number in range(3)]
    run = play(("values", {"messages": chat}), ("updates", {"n": {"messages": [{"type": "remove", "id": "1"}]}}))
    assert list(run.messages) == ["0", "2"]
    play(("values", {"messages": chat[2:]}), run=run, start=2)
    assert list(run.messages) == ["2"]
    play(("updates", {"n": {"messages": [{"type": "remove", "id": "__remove_all__"}]}}), run=run, start=3)
    assert not run.messages


def test_tokens_of_earlier_turns_are_not_this_runs() -> None:
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    old = {"type": "ai", "id": "old", "content": "x", "usage_metadata": usage}
    new = {"type": "ai", "id": "new", "content": "y", "usage_metadata": usage}
    run = play(
        ("values", {"messages": [old]}), ("updates", {"n": {"messages": [new]}}), ("values", {"messages": [old, new]})
    )
    assert run.usage.total_tokens == 2


def test_trace_and_tuple_together_tell_every_token_once() -> None:
    meta = {"langgraph_node": "n", "langgraph_step": 1, "langgraph_checkpoint_ns": "n:1"}
    chunk = {"type": "AIMessageChunk", "id": "m", "content": "x"}
    trace = {"event": "on_chat_model_stream", "name": "M", "tags": [], "metadata": meta, "data": {"chunk": chunk}}
    for frames in ([("events", trace), ("messages", [chunk, meta])], [("messages", [chunk, meta]), ("events", trace)]):
        run = play(*frames, *frames)
        assert run.messages["m"].text == "xx"


@pytest.mark.parametrize(("recovered", "loss"), [(True, "nothing was lost"), (False, "events may be missing")])
def test_gap_is_a_row(recovered: bool, loss: str) -> None:
    run = fold([StreamGap(seq=1, at=1.0, seconds=1.8, recovered=recovered)])
    assert run.gap is not recovered
    assert [item.text for item in run.timeline if isinstance(item, Note)] == [f"no connection for 1.8s, {loss}"]
