"""The application core against a real development server: every demo graph, every way a run can go."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.core.recording.recorder import Recorder
from studio_tui.core.recording.replay import BASE_URL, ReplayClient
from studio_tui.core.recording.rows import load_recording
from studio_tui.core.state.app_state import LinkState
from studio_tui.core.studio import Studio
from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.domain.message.message import Message
from studio_tui.domain.message.read import messages_in
from studio_tui.domain.run import Phase, RunState, TaskStatus
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.errors import ConflictError, NotFoundError
from tests.core.fakes import load_all
from tests.waiting import until

pytestmark = pytest.mark.server


def human(text: str) -> dict[str, Any]:
    return {"messages": [{"type": "human", "content": text}]}


def saved_messages(studio: Studio) -> list[Message]:
    """Those of the thread's state, where the messages of past runs are."""
    state = studio.app_state.state
    return messages_in(state.values, "messages") if state is not None else []


WORK: dict[str, tuple[Any, Phase, set[str]]] = {
    "travel_agent": (human("what's the weather in sf"), Phase.DONE, {"agent", "tools"}),
    "expense_approval": ({"amount": 1240, "purpose": "monitor"}, Phase.INTERRUPT, {"draft_report", "human_review"}),
    "research_report": ({"question": "night trains", "topics": 4}, Phase.DONE, {"plan", "research_topic"}),
    "support_team": (human("my invoice is wrong and the app crashes"), Phase.DONE, {"supervisor", "billing"}),
    "trip_planner": ({"destination": "Lisbon"}, Phase.INTERRUPT, {"plan_trip", "bookings"}),
    "brand_writer": ({"brief": "a quiet kettle"}, Phase.DONE, {"read_brief", "write", "polish"}),
    "memory_notes": (human("remember that I like tea"), Phase.DONE, {"recall", "answer"}),
    "flaky_pipeline": ({"fail_at": "validate"}, Phase.FAILED, {"extract", "transform", "validate"}),
    "long_countdown": ({"count": 12, "seconds": 0}, Phase.DONE, {"prepare", "tick", "liftoff"}),
}
MODES = {
    "default": None,
    "debug": ("debug",),
    "updates": ("updates",),
    "messages-tuple": ("messages-tuple",),
}


async def run(studio: Studio, graph: str, request: RunRequest) -> RunState:
    await studio.assistants.select(graph)
    await studio.threads.new()
    await studio.runs.start(request)
    return await studio.runs.wait()


async def truth(studio: Studio) -> Any:
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    return await studio.connection.call(lambda client: client.state(thread_id, subgraphs=True))


@pytest.mark.parametrize("graph", sorted(WORK))
@pytest.mark.parametrize("modes", sorted(MODES))
async def test_every_graph_ends_in_the_right_phase_with_every_mode(studio: Studio, graph: str, modes: str) -> None:
    payload, phase, nodes = WORK[graph]
    chosen = MODES[modes]
    request = RunRequest(input=payload) if chosen is None else RunRequest(input=payload, stream_modes=chosen)
    state = await run(studio, graph, request)
    assert state.phase is phase
    assert state.unknown_count == 0
    assert state.reconciled
    assert not state.gap
    assert nodes <= {task.name for task in state.tasks.values() if not task.ns}
    assert not any(task.status in (TaskStatus.RUNNING, TaskStatus.UNKNOWN) for task in state.tasks.values())
    assert not any(message.streaming for message in state.messages.values())
    assert sorted(set(state.tasks)) == sorted(entry for entry in state.timeline if isinstance(entry, str))
    server_state = await truth(studio)
    assert studio.app_state.state is not None
    assert studio.app_state.state.values == server_state.values
    assert studio.app_state.state.checkpoint_id == server_state.checkpoint_id
    assert state.values is not None
    assert state.values.value() == server_state.values
    assert {item.id for item in state.interrupts.values()} == {item.id for item in server_state.pending_interrupts}
    assert len(studio.app_state.frames) == state.event_count


async def test_timeline_of_a_reopened_thread_is_the_one_that_was_streamed(studio: Studio) -> None:
    streamed = await run(studio, "travel_agent", RunRequest(input=human("what's the weather in sf")))
    told = [(task.name, task.step, task.status, task.keys) for task in streamed.tasks.values()]
    said = [(message.role, message.text) for message in streamed.messages.values()]
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    await studio.threads.new()
    assert studio.app_state.runs == []
    await studio.threads.open(thread_id)
    rebuilt = studio.app_state.run
    assert rebuilt is not None
    assert rebuilt.from_history
    assert rebuilt.run_id == streamed.run_id
    assert rebuilt.phase is Phase.DONE
    assert [(task.name, task.step, task.status, task.keys) for task in rebuilt.tasks.values()] == told
    assert [(message.role, message.text) for message in saved_messages(studio)] == said
    assert rebuilt.usage == streamed.usage
    assert all((task.duration or 0) > 0 for task in rebuilt.tasks.values())


async def test_two_turns_of_one_thread_are_two_runs(studio: Studio) -> None:
    await run(studio, "travel_agent", RunRequest(input=human("weather in Tokyo?")))
    await studio.runs.start(RunRequest(input=human("and in Paris?")))
    await studio.runs.wait()
    assert [item.phase for item in studio.app_state.runs] == [Phase.DONE, Phase.DONE]
    streamed = [[task.name for task in item.tasks.values()] for item in studio.app_state.runs]
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    await studio.threads.open(thread_id)
    assert [[task.name for task in item.tasks.values()] for item in studio.app_state.runs] == streamed
    turns = [message.text for message in saved_messages(studio) if message.role == "human"]
    assert turns == ["weather in Tokyo?", "and in Paris?"]


async def test_failure_tells_the_whole_text_of_the_task(studio: Studio) -> None:
    state = await run(studio, "flaky_pipeline", RunRequest(input={"fail_at": "validate"}))
    assert state.error is not None
    assert "Fix the two columns" in state.error.message
    failed = [task for task in state.tasks.values() if task.status is TaskStatus.ERROR]
    assert [task.name for task in failed] == ["validate"]
    assert "Fix the two columns" in failed[0].error


async def test_interrupt_is_answered_by_its_id(studio: Studio) -> None:
    asked = await run(studio, "trip_planner", RunRequest(input={"destination": "Lisbon"}))
    (question,) = asked.interrupts.values()
    assert question.ns
    assert studio.runs.body(RunRequest(input=UNSET, command={"resume": 1}))["command"] == {"resume": 1}
    await studio.interrupts.answer({question.key: True})
    state = await studio.runs.wait()
    assert state.phase is Phase.DONE
    assert state.request["command"] == {"resume": {question.id: True}}
    assert not (await truth(studio)).pending_interrupts
    assert [item.phase for item in studio.app_state.runs] == [Phase.INTERRUPT, Phase.DONE]


async def test_breakpoints_pause_and_are_no_questions(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    studio.debugger.toggle(NodeId("liftoff"), "before")
    state = await run(studio, "long_countdown", RunRequest(input={"count": 2, "seconds": 0}))
    assert state.phase is Phase.BREAKPOINT
    assert not state.interrupts
    assert studio.app_state.state is not None
    assert studio.app_state.state.next == ("liftoff",)
    await studio.runs.continue_run()
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert [task.name for task in studio.app_state.runs[-1].tasks.values()] == ["liftoff"]


async def test_stopping_is_verified_and_keeps_what_was_streamed(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.threads.new()
    state = await studio.runs.start(RunRequest(input={"count": 100, "seconds": 0.1}))
    await until(lambda: sum(task.status is TaskStatus.DONE for task in state.tasks.values()) >= 3)
    stopped = await studio.runs.stop()
    assert stopped is state
    assert state.phase is Phase.CANCELLED
    thread_id, run_id = state.thread_id, state.run_id
    assert thread_id is not None
    assert run_id is not None
    info = await studio.connection.call(lambda client: client.run(thread_id, run_id))
    assert info.status == "interrupted"
    assert sum(task.status is TaskStatus.DONE for task in state.tasks.values()) >= 3
    assert not any(task.status is TaskStatus.RUNNING for task in state.tasks.values())
    assert studio.app_state.state is not None
    assert studio.app_state.state.values == (await truth(studio)).values
    await studio.threads.open(thread_id)
    assert studio.app_state.run is not None
    assert studio.app_state.run.phase is Phase.CANCELLED


async def test_rolling_back_deletes_the_run(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.threads.new()
    state = await studio.runs.start(RunRequest(input={"count": 100, "seconds": 0.1}))
    await until(lambda: len(state.tasks) > 2)
    await studio.runs.stop(action="rollback")
    assert state.phase is Phase.CANCELLED
    thread_id, run_id = state.thread_id, state.run_id
    assert thread_id is not None
    assert run_id is not None
    with pytest.raises(NotFoundError):
        await studio.connection.call(lambda client: client.run(thread_id, run_id))


async def test_run_that_ended_before_the_stop_is_done(studio: Studio) -> None:
    state = await run(studio, "long_countdown", RunRequest(input={"count": 1, "seconds": 0}))
    assert (await studio.runs.stop()).phase is Phase.DONE
    assert state.phase is Phase.DONE
    assert any("already ended" in notice.title for notice in studio.app_state.notices)


async def test_late_join_brings_everything_streamed_so_far(studio: Studio, server: str) -> None:
    await studio.assistants.select("long_countdown")
    await studio.threads.new()
    first = await studio.runs.start(RunRequest(input={"count": 30, "seconds": 0.05}))
    await until(lambda: len(first.tasks) > 8)
    other = Studio(threaded=False)
    try:
        await other.connect(Target(server))
        assert first.thread_id is not None
        await other.threads.open(first.thread_id)
        late = other.app_state.run
        assert late is not None
        assert late.run_id == first.run_id
        assert late.phase.is_live
        await asyncio.gather(studio.runs.wait(), other.runs.wait())
    finally:
        await other.aclose()
    assert late.phase is Phase.DONE
    assert not late.gap
    assert list(late.tasks) == list(first.tasks)
    assert late.event_count == first.event_count
    assert [task.name for task in late.tasks.values()] == ["prepare", *["tick"] * 30, "liftoff"]


async def test_busy_thread_refuses_a_second_run_and_can_queue_it(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.threads.new()
    first = await studio.runs.start(RunRequest(input={"count": 20, "seconds": 0.05}))
    await until(lambda: len(first.tasks) > 2)
    with pytest.raises(ConflictError) as refused:
        await studio.runs.start(RunRequest(input={"count": 1, "seconds": 0}))
    assert "enqueue" in refused.value.hint
    assert studio.app_state.runs == [first]
    second = await studio.runs.start(RunRequest(input={"count": 1, "seconds": 0}, multitask="enqueue"))
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert second.phase is Phase.DONE
    await until(lambda: first.phase is Phase.DONE)
    assert len([task for task in first.tasks.values() if task.name == "tick"]) == 20


async def test_interrupting_double_text_cancels_the_first_run(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.threads.new()
    first = await studio.runs.start(RunRequest(input={"count": 200, "seconds": 0.05}))
    await until(lambda: len(first.tasks) > 2)
    await studio.runs.start(RunRequest(input={"count": 2, "seconds": 0}, multitask="interrupt"))
    assert (await studio.runs.wait()).phase is Phase.DONE
    await until(lambda: first.reconciled)
    assert first.phase is Phase.CANCELLED


async def test_background_run_is_noticed_when_it_ends(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.threads.new()
    state = await studio.runs.start(RunRequest(input={"count": 3, "seconds": 0}, background=True))
    assert state.run_id is not None
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert [task.name for task in state.tasks.values()] == ["prepare", "tick", "tick", "tick", "liftoff"]


async def test_stateless_run_leaves_nothing(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.threads.new()
    state = await studio.runs.start(RunRequest(input={"count": 2, "seconds": 0}, stateless=True))
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert studio.app_state.thread_id is None
    assert [task.name for task in state.tasks.values()] == ["prepare", "tick", "tick", "liftoff"]


async def test_cursor_walks_the_checkpoints_and_shows_their_values(studio: Studio) -> None:
    await run(studio, "long_countdown", RunRequest(input={"count": 3, "seconds": 0}))
    app_state = studio.app_state
    assert app_state.state is not None
    seen = [app_state.state.values["remaining"]]  # type: ignore[call-overload, index]
    for _ in range(3):
        studio.history.move(-1)
        await until(lambda: app_state.state is not None and app_state.state.checkpoint_id == app_state.cursor)
        assert app_state.state is not None
        seen.append(app_state.state.values["remaining"])  # type: ignore[call-overload, index]
    assert seen == [0, 0, 1, 2]
    parent = app_state.state.parent_id
    await until(lambda: app_state.base is not None and app_state.base.checkpoint_id == parent)
    studio.history.move(3)
    head = app_state.history.head
    assert head is not None
    assert (app_state.cursor, app_state.state.checkpoint_id) == (None, head.checkpoint_id)


async def test_old_history_comes_page_by_page(studio: Studio) -> None:
    await run(studio, "long_countdown", RunRequest(input={"count": 70, "seconds": 0}))
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    await studio.threads.open(thread_id)
    assert len(studio.app_state.history.items) == 25
    assert not studio.app_state.history.complete
    assert studio.app_state.run is not None
    before = len(studio.app_state.run.tasks)
    await load_all(studio)
    assert len(studio.app_state.history.items) == 74
    assert len(studio.app_state.run.tasks) == 72 > before
    oldest = studio.app_state.history.items[-1].checkpoint_id
    await studio.history.select(oldest)
    shown = studio.app_state.state
    assert shown is not None
    assert (shown.checkpoint_id, shown.next) == (oldest, ("__start__",))
    assert studio.app_state.base is None


async def test_deep_link_to_an_unknown_checkpoint_is_said(studio: Studio) -> None:
    await run(studio, "long_countdown", RunRequest(input={"count": 1, "seconds": 0}))
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    with pytest.raises(NotFoundError):
        await studio.threads.open(thread_id, at=CheckpointId("1f0c0000-0000-6000-8000-000000000000"))
    assert studio.app_state.thread_id == thread_id
    assert "no checkpoint" in studio.app_state.state_problem


async def test_unknown_thread_and_assistant_are_said_and_nothing_is_lost(studio: Studio) -> None:
    state = await run(studio, "long_countdown", RunRequest(input={"count": 1, "seconds": 0}))
    with pytest.raises(NotFoundError):
        await studio.threads.open("00000000-0000-4000-8000-000000000000")
    with pytest.raises(NotFoundError) as unknown:
        await studio.assistants.select("travel_agnet")
    assert unknown.value.hint == "Did you mean travel_agent?"
    assert studio.app_state.runs == [state]
    assert studio.app_state.thread_id == state.thread_id


async def test_graph_schemas_and_thread_list_are_loaded(studio: Studio) -> None:
    await studio.assistants.select("trip_planner")
    await until(lambda: studio.app_state.graph is not None and studio.app_state.schemas is not None)
    assert studio.app_state.graph is not None
    plain = {node.id for node in studio.app_state.graph.nodes}
    await studio.assistants.load_graph(xray=True)
    assert plain < {node.id for node in studio.app_state.graph.nodes} | plain
    assert any(":" in node.id for node in studio.app_state.graph.nodes)
    await studio.threads.new()
    await studio.runs.start(RunRequest(input={"destination": "Oslo"}))
    await studio.runs.wait()
    await until(lambda: studio.app_state.thread is not None and studio.app_state.thread.status.value == "interrupted")
    assert studio.app_state.link is LinkState.UP
    await studio.recent.refresh()
    assert studio.app_state.thread_id in {
        item.thread_id for item in studio.app_state.threads.items
    }  # others make threads, too
    assert studio.app_state.http_log


async def test_deleting_the_open_thread_leaves_it(studio: Studio) -> None:
    state = await run(studio, "long_countdown", RunRequest(input={"count": 1, "seconds": 0}))
    thread_id = state.thread_id
    assert thread_id is not None
    await studio.recent.refresh()
    await studio.threads.delete(thread_id)
    assert studio.app_state.thread_id is None
    assert thread_id not in {item.thread_id for item in studio.app_state.threads.items}
    with pytest.raises(NotFoundError):
        await studio.threads.open(thread_id)


async def test_recorded_session_replays_without_the_server(server: str, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "session.jsonl")
    studio = Studio(client_factory=recorder.make_client)
    studio.runtime.on_frame = recorder.hear
    await studio.connect(Target(server))
    original = await run(studio, "travel_agent", RunRequest(input=human("what's the weather in sf")))
    await until(lambda: studio.app_state.graph is not None and studio.app_state.schemas is not None)
    values = studio.app_state.state.values if studio.app_state.state is not None else None
    await studio.aclose()
    client = ReplayClient(load_recording(tmp_path / "session.jsonl"), speed=0)
    offline = Studio(client_factory=lambda target, on_exchange: client, threaded=False)
    await offline.connect(Target(BASE_URL))
    assert original.thread_id is not None
    await offline.threads.open(original.thread_id)
    replayed = await offline.runs.wait()
    assert offline.app_state.assistant is not None
    assert offline.app_state.assistant.graph_id == "travel_agent"
    assert replayed.phase is Phase.DONE
    assert list(replayed.tasks) == list(original.tasks)
    assert [message.text for message in replayed.messages.values()] == [
        message.text for message in original.messages.values()
    ]
    assert offline.app_state.state is not None
    assert offline.app_state.state.values == values
    await offline.aclose()
