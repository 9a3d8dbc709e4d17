"""What a run looks like after its stream was folded: timeline, messages, questions, failures, per mode and server."""

from __future__ import annotations

import pytest

from studio_tui.core.runstate.fold import reduce
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import TaskId
from studio_tui.domain.message.message import Message
from studio_tui.domain.message.read import messages_in
from studio_tui.domain.run import Note, Phase, RunState, TaskStatus
from studio_tui.wire.events import RunClosed, RunFailed
from tests.paths import FIXTURES
from tests.recordings import fold, fold_recording, parse_all, read_frames

CHAT_TASKS = [("agent", "done"), ("tools", "done"), ("agent", "done")]


def timeline(run: RunState) -> list[tuple[str, str]]:
    """Node and status of the tasks, in order."""
    return [(run.tasks[item].name, run.tasks[item].status.value) for item in run.timeline if isinstance(item, str)]


def notes(run: RunState, kind: str) -> list[str]:
    """Texts of the notes of one kind."""
    return [item.text for item in run.timeline if isinstance(item, Note) and item.kind == kind]


def gist(message: Message) -> tuple[str, str, list[tuple[str, object]]]:
    """What a reader sees of a message."""
    return message.role, message.text, [(call.name, call.parsed) for call in message.tool_calls]


def final_messages(server: str) -> list[tuple[str, str, list[tuple[str, object]]]]:
    """The messages of the chat as the mode `values` gives them at the end, without the human's."""
    run = fold_recording(f"{server}/sse_chat_values")
    assert run.values is not None
    return [gist(message) for message in messages_in(run.values.value()) if message.role != "human"]


class TestOneModeAlone:
    """Every mode alone gives a useful timeline and the messages."""

    @pytest.mark.parametrize("mode", ["tasks", "debug", "updates", "events", "checkpoints"])
    @pytest.mark.parametrize("server", ["py", "js", "aegra"])
    def test_timeline(self, server: str, mode: str) -> None:
        assert timeline(fold_recording(f"{server}/sse_chat_{mode}")) == CHAT_TASKS

    @pytest.mark.parametrize("mode", ["messages-tuple", "messages"])
    @pytest.mark.parametrize("server", ["py", "aegra"])
    def test_timeline_from_messages(self, server: str, mode: str) -> None:
        run = fold_recording(f"{server}/sse_chat_{mode}")
        assert timeline(run) == [*CHAT_TASKS[:2], ("agent", "unknown")]  # nothing says that the last one ended well
        assert [task.step for task in run.tasks.values()] == [1, 2, 3]

    @pytest.mark.parametrize("mode", ["messages-tuple", "messages", "events", "updates", "tasks", "debug"])
    @pytest.mark.parametrize("server", ["py", "js", "aegra"])
    def test_messages_equal_those_of_the_state(self, server: str, mode: str) -> None:
        run = fold_recording(f"{server}/sse_chat_{mode}")
        found = sorted(str(gist(message)) for message in run.messages.values() if message.role != "human")
        assert found == sorted(map(str, final_messages(server)))

    @pytest.mark.parametrize("mode", ["messages-tuple", "messages", "events", "updates", "tasks", "debug", "values"])
    @pytest.mark.parametrize("server", ["py", "js", "aegra"])
    def test_tokens_are_counted_once(self, server: str, mode: str) -> None:
        usage = fold_recording(f"{server}/sse_chat_{mode}").usage
        assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (22, 14, 36)

    @pytest.mark.parametrize("server", ["py", "js", "aegra", "py-0.5.42", "py-0.0.46"])
    def test_custom_events_are_rows(self, server: str) -> None:
        run = fold_recording(f"{server}/sse_chat_custom")
        assert len(notes(run, "custom")) == {"py": 2, "aegra": 2, "js": 1}.get(server, 0)


def test_derived_tasks_say_so() -> None:
    assert all(task.derived for task in fold_recording("py/sse_chat_updates").tasks.values())
    assert not any(task.derived for task in fold_recording("py/sse_chat_tasks").tasks.values())


@pytest.mark.parametrize("name", ["py/sse_steps_all_modes", "js/sse_steps_debug+tasks", "py/sse_command_goto"])
def test_modes_that_tell_the_same_do_not_double(name: str) -> None:
    run = fold_recording(name)
    names = ["pick", "left"] if name.endswith("goto") else ["a", "b", "c"]
    assert timeline(run) == [(node, "done") for node in names]
    assert [task.step for task in run.tasks.values()] == list(range(1, len(names) + 1))
    marks = [mark for mark in run.checkpoints.values() if mark.source == "loop"]
    assert [mark.step for mark in marks] == list(range(len(names) + 1))


def test_streamed_chunks_have_the_ids_of_the_final_messages() -> None:
    run = fold_recording("py/sse_chat_values+messages-tuple+updates")
    assert run.values is not None
    assert [message.id for message in messages_in(run.values.value())] == list(run.messages)
    answers = [message for message in run.messages.values() if message.role == "ai"]
    assert [(message.chunk_count, message.node, message.streaming) for message in answers] == [
        (7, "agent", False),
        (6, "agent", False),
    ]
    assert all(message.raw["type"] == "ai" for message in answers), "the merged copy was replaced"


def test_blocks_and_thinking() -> None:
    for name in ("py/sse_chat_blocks_messages-tuple", "py/sse_chat_blocks_messages"):
        first, *_, last = fold_recording(name).messages.values()
        assert (first.text, [call.arguments for call in first.tool_calls]) == (
            "Let me look.",
            ['{"query": "weather sf"}', '{"query": "news"}'],
        )
        assert (last.thinking, last.text) == ("hmm", "The weather is **sunny** in SF.")


@pytest.mark.parametrize("mode", ["updates", "tasks", "values", "debug"])
@pytest.mark.parametrize("server", ["py", "js", "aegra", "py-0.5.42"])
def test_two_parallel_questions(server: str, mode: str) -> None:
    run = fold_recording(f"{server}/sse_parallel_interrupts_{mode}")
    assert sorted(str(question.value) for question in run.interrupts.values()) == [
        "{'ask': 'ask1'}",
        "{'ask': 'ask2'}",
    ]
    assert all(question.id == key for key, question in run.interrupts.items())


@pytest.mark.parametrize("mode", ["updates", "debug"])
def test_two_parallel_questions_without_ids(mode: str) -> None:
    run = fold_recording(f"py-0.0.46/sse_parallel_interrupts_{mode}")
    questions = list(run.interrupts.values())
    assert [(question.id, question.node, question.value) for question in questions] == [
        (None, "ask1", {"ask": "ask1"}),
        (None, "ask2", {"ask": "ask2"}),
    ]
    assert all(question.task_id for question in questions)


@pytest.mark.parametrize("mode", ["tasks", "debug"])
@pytest.mark.parametrize("server", ["py", "js", "aegra", "py-0.5.42"])
def test_interrupted_tasks_beside_a_finished_one(server: str, mode: str) -> None:
    run = fold_recording(f"{server}/sse_parallel_interrupts_{mode}")
    assert timeline(run) == [("ask1", "interrupted"), ("ask2", "interrupted"), ("okside", "done")]
    assert [question.node for question in run.interrupts.values()] == ["ask1", "ask2"]


@pytest.mark.parametrize("name", ["py", "js"])
def test_nested_question_is_one_question_of_the_innermost_task(name: str) -> None:
    run = fold_recording(f"{name}/sse_nested_recommended_profile")
    (question,) = run.interrupts.values()
    level1, level2 = (task for task in run.tasks.values() if task.name in ("level1", "level2"))
    assert question.node == "deep_ask"
    assert question.ns == (f"level1:{level1.id}", f"level2:{level2.id}")
    deep = run.tasks[question.task_id or TaskId("")]
    assert (deep.name, deep.parent_id, level2.parent_id, level1.parent_id) == ("deep_ask", level2.id, level1.id, None)
    assert {task.status for task in (deep, level1, level2)} == {TaskStatus.INTERRUPTED}
    assert run.last_edge == ("level1:level2:__start__", "level1:level2:deep_ask")


@pytest.mark.parametrize("mode", ["updates", "debug", "tasks", "values"])
@pytest.mark.parametrize("server", ["py", "aegra", "py-0.5.42"])
def test_nested_question_in_single_modes(server: str, mode: str) -> None:
    (question,) = fold_recording(f"{server}/sse_nested_{mode}_subgraphs").interrupts.values()
    assert len(question.ns) == 2


def test_tasks_of_a_fan_out_keep_apart() -> None:
    run = fold_recording("py/sse_fanout_recommended_profile")
    workers = [task for task in run.tasks.values() if task.name == "worker"]
    assert [task.keys for task in workers] == [("results[1]",), ("results[1]",)]
    assert [task.input.value() if task.input else None for task in workers] == [{"item": "t-0"}, {"item": "t-1"}]
    for worker in workers:
        inner = [task.name for task in run.tasks.values() if task.parent_id == worker.id]
        assert inner == ["up", "res"]
    assert run.step == 3


def test_parents_are_known_from_the_inside_alone() -> None:
    run = fold_recording("py/sse_chat_sub_messages-tuple_subgraphs")
    assert timeline(run)[0] == ("assistant", "unknown")
    assert {task.parent_id for task in run.tasks.values() if task.name != "assistant"} == {next(iter(run.tasks))}


@pytest.mark.parametrize("name", ["py/sse_resume_map_partial", "js/sse_resume_map_partial"])
def test_replayed_sibling_is_cached(name: str) -> None:
    run = fold_recording(name)
    assert timeline(run) == [("okside", "cached"), ("ask1", "done")]
    assert [question.value for question in run.interrupts.values()] == [{"ask": "ask2"}]


@pytest.mark.parametrize("name", ["py/sse_error_tasks", "py/sse_error_debug", "py/sse_error_events"])
def test_failed_task_says_why(name: str) -> None:
    run = fold_recording(name)
    assert timeline(run) == [("ok", "done"), ("boom", "error")]
    assert list(run.tasks.values())[1].error == "ValueError: boom"
    assert (run.phase, notes(run, "error")) == (Phase.FAILED, ["ValueError: boom"])


def test_sibling_of_a_failed_task_is_cancelled() -> None:
    run = fold_recording("py/sse_parallel_error_updates+tasks")
    assert timeline(run) == [("bad", "error"), ("good", "done"), ("slow_ok", "cancelled")]


def test_end_event_after_an_error_does_not_revive_the_run() -> None:
    run = fold_recording("aegra/sse_error")
    assert run.phase is Phase.FAILED
    assert run.error is not None
    assert run.error.message == "boom"


@pytest.mark.parametrize("name", ["py/sse_cancel_interrupt", "py/sse_cancel_rollback"])
def test_silent_close_of_a_stopped_run(name: str) -> None:
    events = parse_all(read_frames(FIXTURES / f"{name}.sse"))
    run = fold(events)
    run.phase = Phase.STOPPING
    reduce(run, RunClosed(seq=events[-1].seq + 1, at=events[-1].at))
    assert run.phase is Phase.STOPPING, "the truth is the server's to tell"
    assert timeline(run) == [("first", "done")]


def test_phases_from_request_to_failure() -> None:
    run = RunState()
    seen = [run.phase]
    for event in parse_all(read_frames(FIXTURES / "py/sse_error_tasks.sse")):
        changed = reduce(run, event)
        assert Slice.RUN in changed
        if run.phase is not seen[-1]:
            seen.append(run.phase)
    assert seen == [Phase.STARTING, Phase.RUNNING, Phase.FAILED]


@pytest.mark.parametrize(
    ("kind", "message"), [("UserInterrupt", "interrupt requested"), ("UserRollback", ""), ("Error", "interrupt")]
)
def test_cancel_told_as_an_error_is_no_failure(kind: str, message: str) -> None:
    run = fold(parse_all(read_frames(FIXTURES / "py/sse_parallel_interrupts_tasks.sse")[:4]))
    reduce(run, RunFailed(seq=99, at=2.0e9, kind=kind, message=message))
    assert run.phase is Phase.CANCELLED
    assert {task.status for task in run.tasks.values()} == {TaskStatus.CANCELLED}


def test_an_error_named_interrupt_after_a_failed_task_is_a_failure() -> None:
    events = parse_all(read_frames(FIXTURES / "js/sse_error_tasks.sse"))[:-1]
    run = fold(events)
    reduce(run, RunFailed(seq=99, at=2.0e9, kind="Error", message="interrupt"))
    assert run.phase is Phase.FAILED


def test_edges_are_those_taken() -> None:
    events = parse_all(read_frames(FIXTURES / "py/sse_chat_tasks.sse"))
    run = RunState()
    edges: list[tuple[str, str]] = []
    for event in events:
        reduce(run, event)
        if run.last_edge is not None and run.last_edge not in edges[-1:]:
            edges.append(run.last_edge)
    assert edges == [("__start__", "agent"), ("agent", "tools"), ("tools", "agent")]


def test_a_continued_run_takes_no_edge_from_the_start() -> None:
    run = RunState(request={"input": None})
    fold(parse_all(read_frames(FIXTURES / "py/sse_breakpoint_continue.sse")), run)
    assert run.last_edge is None
