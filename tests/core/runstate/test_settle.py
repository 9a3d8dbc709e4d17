"""The truth after a run's end, read from recorded answers of five servers: phase, tasks, errors, messages."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.runstate.settle import Ending, Truth, fetch_truth, final_phase, settle
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import Note, Phase, RunError, RunState, TaskStatus, TaskView
from studio_tui.domain.server import ServerKind
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.errors import ConnectError, NotFoundError, ServerError
from studio_tui.wire.decode import run_info_of
from studio_tui.wire.decode_error import parse_error, thread_error
from studio_tui.wire.decode_state import checkpoint_of
from tests.core.fakes import RUN, THREAD, FakeClient, FakeRun
from tests.paths import FIXTURES
from tests.recordings import fold_recording

KINDS = {
    "py": ServerKind.PYTHON,
    "js": ServerKind.JAVASCRIPT,
    "aegra": ServerKind.AEGRA,
    "py-0.5.42": ServerKind.OLD_PYTHON,
    "py-0.0.46": ServerKind.OLD_PYTHON,
}


def load(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def state(name: str) -> Checkpoint:
    return checkpoint_of(load(name), THREAD)


def info(run: RunState, status: str) -> RunInfo:
    return RunInfo(run.run_id or RUN, THREAD, AssistantId("a"), status)


def ended(run: RunState, head: Checkpoint, status: str, kind: ServerKind = ServerKind.PYTHON, **ending: Any) -> Phase:
    """Settle a recorded run with a state of another recording of the same graph."""
    head = replace(head, run_id=run.run_id)
    truth = Truth(info(run, status), head, (head,))
    return settle(run, truth, Ending(1_700_000_100.0, FAMILIES[kind], **ending))


def statuses(run: RunState) -> dict[str, TaskStatus]:
    return {task.name: task.status for task in run.tasks.values()}


@pytest.mark.parametrize("mode", ["updates", "tasks", "debug", "values", "custom", "checkpoints", "messages-tuple"])
def test_every_mode_ends_with_both_questions_of_a_parallel_step(mode: str) -> None:
    run = fold_recording(f"py/sse_parallel_interrupts_{mode}")
    assert ended(run, state("py/state_parallel_interrupts"), "success") is Phase.INTERRUPT
    assert sorted(str(item.value) for item in run.interrupts.values()) == ["{'ask': 'ask1'}", "{'ask': 'ask2'}"]
    for name, status in {"ask1": "interrupted", "ask2": "interrupted", "okside": "done"}.items():
        assert statuses(run)[name] == status


@pytest.mark.parametrize("server", ["js", "aegra", "py-0.5.42", "py-0.0.46"])
def test_single_question_is_an_interrupt_on_every_server(server: str) -> None:
    run = fold_recording(f"{server}/sse_review_interrupt")
    status = "interrupted" if server == "aegra" else "success"
    assert ended(run, state(f"{server}/state_interrupt_single"), status, KINDS[server]) is Phase.INTERRUPT
    assert [item.node for item in run.interrupts.values()] == ["review"]
    assert statuses(run)["review"] is TaskStatus.INTERRUPTED


def test_static_breakpoint_is_told_apart_from_a_question() -> None:
    run = fold_recording("py/sse_breakpoint_before_updates")
    assert ended(run, state("py/state_static_breakpoint"), "success") is Phase.BREAKPOINT
    assert not run.interrupts
    assert "b" not in statuses(run)


def test_question_deep_inside_marks_the_whole_chain() -> None:
    run = fold_recording("py/sse_nested_updates_subgraphs")
    assert ended(run, state("py/state_nested_interrupt_subgraphs"), "success") is Phase.INTERRUPT
    for name in ("level1", "level2", "deep_ask"):
        assert statuses(run)[name] is TaskStatus.INTERRUPTED
    (question,) = run.interrupts.values()
    assert (question.node, len(question.ns)) == ("deep_ask", 2)


@pytest.mark.parametrize("mode", ["tasks", "debug", "custom", "checkpoints", "events", "messages-tuple"])
def test_failure_has_the_tasks_own_words(mode: str) -> None:
    run = fold_recording(f"py/sse_error_{mode}")
    assert ended(run, state("py/state_error"), "error") is Phase.FAILED
    assert run.error == RunError("ValueError", "boom")
    failed = [task for task in run.tasks.values() if task.status is TaskStatus.ERROR]
    assert {task.name for task in failed} == {"boom"}
    assert failed[-1].error == "ValueError('boom')"


def test_masked_error_is_replaced_by_the_true_one() -> None:
    run = RunState(run_id=RUN, error=RunError("BudgetError", "An internal error occurred"))
    task = Task(TaskId("t"), "pay", error='BudgetError("only 3 €\\nleft", 402)')
    assert ended(run, Checkpoint(THREAD, next=("pay",), tasks=(task,)), "error") is Phase.FAILED
    assert run.error == RunError("BudgetError", '"only 3 €\\nleft", 402')
    assert run.tasks[TaskId("t")].error == task.error


def test_a_text_that_only_repeats_the_class_is_masked_too() -> None:
    """Aegra 0.11 streams `ValueError: execution failed` for every failure."""
    run = RunState(run_id=RUN, error=RunError("ValueError", "ValueError: execution failed"))
    task = Task(TaskId("t"), "boom", error="ValueError('no such city')")
    ended(run, Checkpoint(THREAD, next=("boom",), tasks=(task,)), "error", ServerKind.AEGRA)
    assert run.error == RunError("ValueError", "no such city")


def test_a_run_that_stopped_at_a_breakpoint_of_its_own_is_paused_though_its_row_says_interrupted() -> None:
    """Aegra 0.11, recorded: `interrupted` is its word for a breakpoint, and for a cancel, too."""
    run = fold_recording("aegra-0.11.0/sse_steps_stopped")
    head = state("aegra-0.11.0/state_stopped")
    known = run_info_of(json.loads((FIXTURES / "aegra-0.11.0/run_stopped.json").read_text(encoding="utf-8")))
    assert known is not None
    assert (run.unknown_count, known.status, head.next) == (0, "interrupted", ("b",))
    aegra = FAMILIES[ServerKind.AEGRA]
    assert final_phase(run, Truth(known, head), Ending(1.0, aegra)) is Phase.BREAKPOINT
    assert final_phase(run, Truth(known, head), Ending(1.0, aegra, stop_asked=True)) is Phase.CANCELLED


def test_a_stop_asked_for_after_the_last_node_is_an_end_though_its_row_says_interrupted() -> None:
    """Aegra 0.11 says so where `interrupt_after` names the node that ends the graph."""
    head = Checkpoint(THREAD, CheckpointId("1f01"), values={"log": ["a"]}, source="loop")
    assert ended(RunState(run_id=RUN), head, "interrupted", ServerKind.AEGRA) is Phase.DONE
    assert ended(RunState(run_id=RUN), head, "interrupted", ServerKind.AEGRA, stop_asked=True) is Phase.CANCELLED
    cut = replace(head, tasks=(Task(TaskId("1"), "a", result={}, has_result=True),))
    assert ended(RunState(run_id=RUN), cut, "interrupted", ServerKind.AEGRA) is Phase.CANCELLED


def test_siblings_of_a_failed_task_are_cancelled_not_failed() -> None:
    run = fold_recording("py/sse_parallel_error_updates+tasks")
    assert ended(run, state("py/state_parallel_error"), "error") is Phase.FAILED
    expected = {"good": TaskStatus.DONE, "bad": TaskStatus.ERROR, "slow_ok": TaskStatus.CANCELLED}
    assert statuses(run) == expected
    assert run.error == RunError("ValueError", "boom")


def test_javascript_error_is_read_from_its_json() -> None:
    run = fold_recording("js/sse_error_custom")
    run.error = None
    assert ended(run, state("js/state_error"), "error", ServerKind.JAVASCRIPT) is Phase.FAILED
    assert run.error == RunError("Error", "boom")


def test_failure_without_any_word_falls_back_to_thread_run_and_status() -> None:
    run = RunState(run_id=RUN)
    failed = info(run, "error")
    assert settle(run, Truth(failed, error=RunError("EmptyInputError", "no input")), Ending(1.0)) is Phase.FAILED
    assert run.error == RunError("EmptyInputError", "no input")
    run = RunState(run_id=RUN)
    settle(run, Truth(replace(failed, error="KeyError('x')")), Ending(1.0))
    assert run.error == RunError("KeyError", "x")
    run = RunState(run_id=RUN)
    assert settle(run, Truth(info(run, "timeout")), Ending(1.0)) is Phase.FAILED
    assert run.error is not None
    assert run.error.kind == "TimeoutError"


@pytest.mark.parametrize("name", ["sse_cancel_interrupt", "sse_cancel_interrupt_wait"])
def test_silent_close_after_a_cancel_is_no_success(name: str) -> None:
    run = fold_recording(f"py/{name}")
    head = Checkpoint(THREAD, CheckpointId("1f0"), next=("slow",), tasks=(Task(TaskId("t9"), "slow"),))
    assert ended(run, head, "interrupted") is Phase.CANCELLED
    assert run.error is None
    assert not any(task.status is TaskStatus.RUNNING for task in run.tasks.values())


@pytest.mark.parametrize(
    ("kind", "status", "error", "stop_asked", "phase"),
    [
        (ServerKind.JAVASCRIPT, "error", RunError("Error", "interrupt"), True, Phase.CANCELLED),
        (ServerKind.JAVASCRIPT, "error", RunError("Error", "rollback"), False, Phase.CANCELLED),
        (ServerKind.JAVASCRIPT, "error", RunError("Error", "no such key"), True, Phase.FAILED),
        (ServerKind.PYTHON, "error", RunError("Error", "interrupt"), False, Phase.FAILED),
        (ServerKind.OLD_PYTHON, "error", RunError("UserInterrupt", "User interrupted the run"), False, Phase.CANCELLED),
        (ServerKind.PYTHON, "interrupted", None, False, Phase.CANCELLED),
        (ServerKind.PYTHON, "interrupted", RunError("UserInterrupt", ""), True, Phase.CANCELLED),
        (ServerKind.AEGRA, "interrupted", None, False, Phase.DONE),
        (ServerKind.AEGRA, "interrupted", None, True, Phase.CANCELLED),
        (ServerKind.PYTHON, "success", None, True, Phase.DONE),
        (ServerKind.PYTHON, "success", RunError("ValueError", "boom"), False, Phase.FAILED),
        (ServerKind.PYTHON, "running", None, False, Phase.LOST),
    ],
)
def test_cancelled_failed_and_finished_are_told_apart(
    kind: ServerKind, status: str, error: RunError | None, stop_asked: bool, phase: Phase
) -> None:
    run = RunState(run_id=RUN, error=error)
    finished = kind is ServerKind.AEGRA and not stop_asked
    head = Checkpoint(THREAD, CheckpointId("1f0"), run_id=RUN, next=("b",) if finished else ())
    expected = Phase.BREAKPOINT if finished else phase
    assert (
        final_phase(run, Truth(info(run, status), head), Ending(1.0, FAMILIES[kind], stop_asked=stop_asked)) is expected
    )


@pytest.mark.parametrize(
    ("ending", "error", "phase"),
    [
        (Ending(1.0), None, Phase.LOST),
        (Ending(1.0, error=NotFoundError("gone")), None, Phase.LOST),
        (Ending(1.0, stop_asked=True), None, Phase.CANCELLED),
        (Ending(1.0, stop_asked=True, error=NotFoundError("gone")), None, Phase.CANCELLED),
        (Ending(1.0, stop_asked=True, error=ConnectError("down")), None, Phase.LOST),
        (Ending(1.0), RunError("ValueError", "boom"), Phase.FAILED),
        (Ending(1.0, stateless=True), None, Phase.DONE),
        (Ending(1.0, stateless=True, error=ConnectError("cut")), None, Phase.LOST),
    ],
)
def test_run_that_the_server_does_not_know(ending: Ending, error: RunError | None, phase: Phase) -> None:
    assert final_phase(RunState(run_id=RUN, error=error), Truth(), ending) is phase


def test_state_of_a_later_run_does_not_decide_about_this_one() -> None:
    run = RunState(run_id=RUN)
    own = Checkpoint(THREAD, CheckpointId("1f1"), run_id=RUN, source="loop")
    later = Checkpoint(THREAD, CheckpointId("1f2"), run_id=RunId("other"), source="loop", next=("b",))
    truth = Truth(info(run, "success"), later, (later, own))
    assert settle(run, truth, Ending(1.0)) is Phase.DONE


def test_missed_tasks_are_added_at_their_place() -> None:
    run = RunState(run_id=RUN)
    for name, step in (("a", 1), ("c", 3)):
        run.tasks[TaskId(name)] = TaskView(TaskId(name), name, step=step, status=TaskStatus.DONE)
        run.timeline.append(TaskId(name))
    run.timeline.append(Note("gap", "no connection", 5.0))
    history = _chain([("a", None), ("b", {"x": 2, "log": [1]}), ("c", {"x": 3})])
    settle(run, Truth(info(run, "success"), history[0], tuple(history)), Ending(9.0))
    assert [entry for entry in run.timeline if isinstance(entry, str)] == ["a", "b", "c"]
    missed = run.tasks[TaskId("b")]
    assert (missed.status, missed.step, missed.keys, missed.duration) == (TaskStatus.DONE, 2, ("x", "log[1]"), 1.0)
    assert isinstance(run.timeline[-1], Note)


def _chain(written: list[tuple[str, Any]]) -> list[Checkpoint]:
    """Checkpoints of a run whose supersteps ran one task each; newest first, one second apart."""
    items = [Checkpoint(THREAD, CheckpointId("1f00"), step=-1, source="input", run_id=RUN, created_at=0.0)]
    for number, (name, result) in enumerate(written):
        task = Task(TaskId(name), name, result=result, has_result=result is not None)
        holder = Checkpoint(
            THREAD,
            CheckpointId(f"1f0{number + 1}"),
            parent_id=items[-1].checkpoint_id,
            step=number,
            source="loop",
            run_id=RUN,
            created_at=float(number + 1),
            tasks=(task,),
            next=(name,),
        )
        items.append(holder)
    last = Checkpoint(
        THREAD,
        CheckpointId("1f0f"),
        parent_id=items[-1].checkpoint_id,
        step=len(written),
        source="loop",
        run_id=RUN,
        created_at=float(len(written) + 1),
    )
    return [last, *reversed(items)]


def test_messages_of_the_state_replace_the_streamed_ones() -> None:
    run = fold_recording("py/sse_chat_messages-tuple")
    streamed = [message for message in run.messages.values() if message.role == "ai"]
    whole = [
        {"type": "ai", "id": message.id, "content": f"truth {number}", "tool_calls": []}
        for number, message in enumerate(streamed)
    ]
    chunks = [message.chunk_count for message in streamed]
    head = Checkpoint(THREAD, CheckpointId("1f0"), values={"messages": whole})
    assert ended(run, head, "success") is Phase.DONE
    assert [message.text for message in streamed] == [f"truth {number}" for number in range(len(streamed))]
    assert [message.chunk_count for message in streamed] == chunks
    assert all(message.in_checkpoint and not message.streaming for message in streamed)
    assert all(message.node for message in streamed)


def test_text_of_a_cancelled_task_is_marked_as_unsaved_and_kept() -> None:
    run = fold_recording("py/sse_chat_messages-tuple", close=False)
    run.messages["cut"] = Message("cut", "ai", "half a sen", task_id=TaskId("t2"), chunk_count=3, streaming=True)
    run.tasks[TaskId("t2")] = TaskView(TaskId("t2"), "agent")
    run.timeline.append(TaskId("t2"))
    kept = {message.id for message in run.messages.values() if message.id != "cut" and message.chunk_count}
    values = {"messages": [{"type": "ai", "id": key, "content": "x"} for key in kept]}
    head = Checkpoint(THREAD, CheckpointId("1f0"), values=values, next=("agent",))
    assert ended(run, head, "interrupted", stop_asked=True) is Phase.CANCELLED
    cut = run.messages["cut"]
    assert (cut.text, cut.in_checkpoint, cut.streaming) == ("half a sen", False, False)
    assert run.tasks[TaskId("t2")].status is TaskStatus.CANCELLED
    assert all(run.messages[key].in_checkpoint for key in kept)


def test_settling_twice_changes_nothing() -> None:
    run = fold_recording("py/sse_nested_updates_subgraphs")
    head = state("py/state_nested_interrupt_subgraphs")
    ended(run, head, "success")
    before = (list(run.timeline), statuses(run), dict(run.interrupts), run.error, run.ended_at)
    ended(run, head, "success")
    assert (list(run.timeline), statuses(run), dict(run.interrupts), run.error, run.ended_at) == before


def test_thread_errors_of_all_ages_are_read() -> None:
    plain = {"error": "ValueError", "message": "boom"}
    packed = base64.b64encode(json.dumps(plain).encode()).decode()
    assert thread_error(plain) == thread_error(packed) == RunError("ValueError", "boom")
    assert thread_error("TypeError('no')") == RunError("TypeError", "no")
    assert thread_error(None) is None
    deep = base64.b64encode(b"[" * 100_000).decode()
    assert thread_error(deep) == parse_error(deep)
    assert thread_error({}) is None
    assert thread_error(load("py/thread_error")["error"]) == RunError("ValueError", "boom")


async def test_truth_reads_history_down_to_what_is_known() -> None:
    client = FakeClient()
    many = [Checkpoint(THREAD, CheckpointId(f"1f{number:04}"), run_id=RUN) for number in range(130, 0, -1)]
    client.histories[THREAD] = many
    client.heads[THREAD] = many[0]
    client.known[RUN] = FakeRun([], over=True)
    truth = await fetch_truth(client, THREAD, RUN, known=[CheckpointId("1f0060")])
    assert len(truth.history) == 100
    assert truth.connects
    assert truth.info is not None
    assert truth.info.status == "success"
    whole = await fetch_truth(client, THREAD, RUN)
    assert len(whole.history) == 130
    assert whole.connects
    client.histories[THREAD] = [Checkpoint(THREAD, CheckpointId(f"1f{number:04}")) for number in range(900, 0, -1)]
    part = await fetch_truth(client, THREAD, RUN)
    assert (len(part.history), part.connects) == (400, False)


async def test_truth_of_a_failed_run_asks_the_thread_for_the_reason() -> None:
    client = FakeClient()
    raw = {"error": {"error": "EmptyInputError", "message": "Received no input"}}
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.ERROR, raw=raw)
    client.known[RUN] = FakeRun([], over=True, status="error")
    truth = await fetch_truth(client, THREAD, RUN)
    assert truth.error == RunError("EmptyInputError", "Received no input")


async def test_unreadable_state_costs_the_state_only() -> None:
    class Broken(FakeClient):
        async def state(self, thread_id: ThreadId, **options: Any) -> Checkpoint:
            raise ServerError("The server failed", "500")

    client = Broken()
    client.known[RUN] = FakeRun([], over=True)
    truth = await fetch_truth(client, THREAD, RUN)
    assert isinstance(truth.problem, ServerError)
    run = RunState(run_id=RUN)
    assert settle(run, truth, Ending(1.0)) is Phase.DONE
    assert not run.reconciled


async def test_unreachable_server_is_raised_so_that_it_is_tried_again() -> None:
    client = FakeClient()
    client.down = ConnectError("No server")
    with pytest.raises(ConnectError):
        await fetch_truth(client, THREAD, RUN)
