"""A run's life over good and bad connections: nothing lost, no end believed that the server did not confirm."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.runs import followed_run
from studio_tui.core.runs.feed_replay import Replay, read_whole
from studio_tui.core.runstate import phases as phase_machine
from studio_tui.core.runstate.phases import FOLLOWERS, enter, may_follow
from studio_tui.core.state.app_state import LinkState
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import CheckpointId, TaskId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import Capability, ServerKind
from studio_tui.domain.thread import Thread
from studio_tui.errors import (
    AuthError,
    ConnectError,
    ProtocolError,
    RejectedError,
    ServerError,
)
from tests.core.fakes import QUICK, RUN, THREAD, FakeClient, FakeRun, Line, stamped
from tests.core.run_bench import RECORDED, Bench, phases, texts
from tests.paths import FIXTURES
from tests.recordings import read_frames
from tests.waiting import until


async def test_undisturbed_run_is_done(bench: Bench) -> None:
    run = await bench.run(FakeRun(RECORDED))
    assert run.phase is Phase.DONE
    assert run.reconciled
    assert not run.gap
    assert bench.wire() == RECORDED
    assert [frame.seq for frame in bench.frames()] == list(range(len(RECORDED)))
    assert phases(run) == ["done"]
    assert bench.client.calls.count("stream_run") == 1
    assert "join_run" not in bench.client.calls


@pytest.mark.parametrize("position", range(1, len(RECORDED)))
async def test_a_stream_cut_anywhere_loses_and_doubles_nothing(bench: Bench, position: int) -> None:
    run = await bench.run(FakeRun(RECORDED, [Line(position, "cut")]))
    assert bench.wire() == RECORDED
    assert run.event_count == len(RECORDED)
    assert run.phase is Phase.DONE
    assert not run.gap
    assert phases(run) == ["reconnecting", "running", "done"]
    assert bench.client.calls.count("stream_run") == 1


@pytest.mark.parametrize("position", range(1, len(RECORDED), 3))
async def test_folding_a_cut_stream_gives_the_same_run(bench: Bench, position: int) -> None:
    smooth = await bench.run(FakeRun(RECORDED))
    told = [(task.id, task.name, task.step, task.status, task.keys) for task in smooth.tasks.values()]
    said = [(message.id, message.role, message.text) for message in smooth.messages.values()]
    await bench.studio.threads.new()
    cut = await bench.run(FakeRun(RECORDED, [Line(position, "cut"), Line(4, "cut"), Line(1, "cut")]))
    assert [(task.id, task.name, task.step, task.status, task.keys) for task in cut.tasks.values()] == told
    assert [(message.id, message.role, message.text) for message in cut.messages.values()] == said
    assert cut.usage == smooth.usage


@pytest.mark.parametrize("per_stamp", [1, 3, 50])
@pytest.mark.parametrize("position", [1, 2, 3, 17, 49, 59])
async def test_equal_tokens_of_one_millisecond_survive_cuts_and_repeats(
    bench: Bench, position: int, per_stamp: int
) -> None:
    events = stamped(60, per_stamp=per_stamp)
    lines = [Line(position, "cut"), Line(5, "cut", repeats=2), Line(None, "close", repeats=3)]
    run = await bench.run(FakeRun(events, lines))
    assert bench.wire() == events
    assert run.phase is Phase.DONE


async def test_without_a_final_replay_still_nothing_is_lost(bench: Bench) -> None:
    script = FakeRun(RECORDED, [Line(20, "cut")], replayable=False)
    run = await bench.run(script)
    remaining = iter(bench.wire())
    assert all(event in remaining for event in RECORDED)
    assert run.phase is Phase.DONE


async def test_stream_without_ids_tells_the_gap(bench: Bench) -> None:
    events = [(event, data, "") for event, data, _ in RECORDED]
    script = FakeRun(events, [Line(10, "cut"), Line(0, "close")], live_reads=0)
    bench.client.scripts.append(script)
    await bench.studio.runs.start(RunRequest(input={}))
    run = bench.studio.app_state.run
    assert run is not None
    await until(lambda: run.gap)
    script.over = True
    await bench.studio.runs.wait()
    assert (run.phase, run.gap) == (Phase.DONE, True)
    assert "does not have all of its events" in run.gap_reason
    assert any("events may be missing" in text for text in texts(run))


async def test_restarted_server_without_the_old_events_is_a_gap(bench: Bench) -> None:
    script = FakeRun(stamped(12, per_stamp=1), [Line(8, "cut")])
    bench.client.scripts.append(script)

    class Forgetting(list[Any]):
        """After the cut, the server knows only the events from the tenth on."""

        def __iter__(self) -> Any:
            return iter(self[9:] if script.opened else self[:])

    script.events = Forgetting(script.events)
    await bench.studio.runs.start(RunRequest(input={}))
    run = await bench.studio.runs.wait()
    assert run.gap
    assert run.phase is Phase.DONE


async def test_clean_close_of_a_running_run_is_no_end(bench: Bench) -> None:
    run = await bench.run(FakeRun(RECORDED, [Line(15, "close"), Line(10, "close")]))
    assert bench.wire() == RECORDED
    assert phases(run) == ["reconnecting", "running", "reconnecting", "running", "done"]


async def test_run_that_is_booked_late_is_not_joined_again(bench: Bench) -> None:
    run = await bench.run(FakeRun(RECORDED, live_reads=2))
    assert run.phase is Phase.DONE
    assert "join_run" not in bench.client.calls


async def test_dead_link_is_noticed_by_silence(bench: Bench) -> None:
    beside = [Line(0, "hang")] * 2  # a look from beside shows nothing new
    run = await bench.run(FakeRun(RECORDED, [Line(7, "hang"), *beside]))
    assert bench.wire() == RECORDED
    assert any("no byte came" in text for text in texts(run))


async def test_silence_means_nothing_where_there_are_no_heartbeats() -> None:
    bench = await Bench(FakeClient(ServerKind.JAVASCRIPT), replace(QUICK, dead_after=0.03)).open()
    script = FakeRun(stamped(7), [Line(7, "hang"), *[Line(0, "hang")] * 200])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: run.event_count == 7)
    await until(lambda: bench.client.calls.count("run") >= 4)  # each after what would be too long elsewhere
    assert run.phase is Phase.RUNNING
    assert phases(run) == []
    await bench.studio.aclose()


async def test_silence_of_a_proxy_that_strips_heartbeats_is_asked_about(bench: Bench) -> None:
    script = FakeRun(RECORDED, [Line(7, "hang", heartbeats=0), *[Line(0, "hang")] * 2])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: bench.client.calls.count("run") >= 2)
    assert run.phase is Phase.RUNNING
    bench.client.down = ConnectError("No server", "timed out")
    await until(lambda: run.phase is Phase.RECONNECTING)
    bench.client.down = None
    await bench.studio.runs.wait()
    assert bench.wire() == RECORDED


async def test_a_stop_that_cannot_be_asked_for_leaves_a_lost_stream_shown_as_lost(bench: Bench) -> None:
    script = FakeRun(RECORDED, [Line(7, "hang", heartbeats=0), *[Line(0, "hang")] * 2])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: run.event_count > 3)
    bench.client.down = ConnectError("No server", "connection refused")
    await until(lambda: run.phase is Phase.RECONNECTING)
    with pytest.raises(ConnectError):
        await bench.studio.runs.stop()
    seen = [run.phase]
    bench.client.down = None
    await bench.studio.runs.wait()
    assert [*seen, run.phase] == [Phase.RECONNECTING, Phase.DONE]


async def test_link_that_stays_down_loses_the_run_and_keeps_the_screen(bench: Bench) -> None:
    script = FakeRun(RECORDED, [Line(20, "cut")])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: run.event_count > 3)
    bench.client.down = ConnectError("No server", "connection refused")
    await asyncio.wait_for(bench.studio.runs.wait(), 10)
    assert run.phase is Phase.LOST
    assert len(bench.wire()) == 20
    assert run.tasks
    assert bench.studio.app_state.link is LinkState.DOWN
    assert [notice.key for notice in bench.studio.app_state.notices].count("link") == 1


async def test_run_is_joined_again_when_the_link_is_back(bench: Bench) -> None:
    script = FakeRun(RECORDED, [Line(20, "cut")])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    bench.client.down = ConnectError("No server", "connection refused")
    await asyncio.wait_for(bench.studio.runs.wait(), 10)
    assert run.phase is Phase.LOST
    app_state = bench.studio.app_state
    assert (app_state.link, app_state.next_retry_in is None) == (LinkState.DOWN, False)
    bench.client.down = None
    await until(lambda: app_state.link is LinkState.UP)
    await until(lambda: app_state.run is not None and app_state.run.phase is Phase.DONE)
    assert bench.wire() == RECORDED
    assert (app_state.link, app_state.next_retry_in) == (LinkState.UP, None)
    assert not [notice for notice in bench.studio.app_state.notices if notice.key == "link"]


async def test_run_that_the_server_forgot_is_lost_not_done(bench: Bench) -> None:
    script = FakeRun(RECORDED, [Line(20, "cut")])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    assert run.thread_id is not None
    # What it did is kept: nobody rolled it back.
    kept = Checkpoint(run.thread_id, CheckpointId("1f9"), run_id=RUN, source="loop")
    bench.client.heads[run.thread_id], bench.client.histories[run.thread_id] = kept, [kept]
    bench.client.known.clear()
    await bench.studio.runs.wait()
    assert run.phase is Phase.LOST
    assert len(bench.wire()) == 20


async def test_unreadable_stream_is_not_asked_for_again(bench: Bench) -> None:
    too_large = ProtocolError("One event of the stream is too large")
    too_large.final = True
    broken = Line(9, "cut", too_large)
    script = FakeRun(RECORDED, [broken, broken])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: run.phase is Phase.RECONNECTING)
    assert run.gap
    script.over = True
    await bench.studio.runs.wait()
    assert (run.phase, run.gap) == (Phase.DONE, True)
    assert "too large" in run.gap_reason
    assert len(bench.wire()) == 9
    assert bench.client.calls.count("join_run") == 1


async def test_run_that_is_being_stopped_stays_so_while_its_stream_is_read_once_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    impossible: list[object] = []
    monkeypatch.setattr(phase_machine.log, "error", lambda *words: impossible.append(words))
    lines = [Line(10, "cut"), Line(25, "cut", repeats=12), Line(None, "close")]
    bench.client.scripts.append(FakeRun(RECORDED, lines, strips_ids=True))
    run = await bench.studio.runs.start(RunRequest(input={}))

    async def slow(*given: Any) -> Replay:
        run.phase = Phase.STOPPING
        await asyncio.sleep(QUICK.poll * 3)
        return await read_whole(*given)

    monkeypatch.setattr(followed_run, "read_whole", slow)
    await bench.studio.runs.wait()
    assert run.phase is Phase.DONE
    assert impossible == []


async def test_server_error_while_rejoining_is_patience_not_an_end(bench: Bench) -> None:
    overloaded = ServerError("Overloaded", "try later", status=503)
    overloaded.retry_after = 0.001
    lines = [Line(5, "cut"), Line(end="refuse", error=overloaded), Line(end="refuse", error=overloaded)]
    run = await bench.run(FakeRun(RECORDED, lines))
    assert run.phase is Phase.DONE
    assert bench.wire() == RECORDED


async def test_key_that_is_refused_for_good_ends_in_lost_with_the_reason(bench: Bench) -> None:
    bench.client.scripts.append(FakeRun(RECORDED, [Line(5, "cut")]))
    run = await bench.studio.runs.start(RunRequest(input={}))
    bench.client.down = AuthError("The key is not accepted", "401", status=401)
    await asyncio.wait_for(bench.studio.runs.wait(), 10)
    assert run.phase is Phase.LOST
    assert any("The key is not accepted" in text for text in texts(run))


async def test_server_that_cannot_join_is_polled() -> None:
    bench = Bench(FakeClient())
    bench.client.server = replace(
        bench.client.server, kind=ServerKind.AEGRA, capabilities={"join": Capability(False, "mixed up")}
    )
    await bench.studio.connect(Target("http://fake"))
    await bench.studio.assistants.select("demo")
    script = FakeRun(RECORDED, [Line(12, "cut")])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: bench.client.calls.count("run") > 3)
    seen = [run.phase]
    script.over = True
    await bench.studio.runs.wait()
    assert [*seen, run.phase] == [Phase.RECONNECTING, Phase.DONE]
    assert "join_run" not in bench.client.calls
    await bench.studio.aclose()


async def test_older_server_gets_debug_instead_of_modes_it_lacks(bench: Bench) -> None:
    bench.client.start_errors.append(RejectedError("stream_mode: 'tasks' is not one of …", status=422))
    run = await bench.run(FakeRun(RECORDED))
    assert [body["stream_mode"] for body in bench.client.bodies] == [
        ["values", "updates", "messages-tuple", "custom", "tasks", "checkpoints"],
        ["values", "updates", "messages-tuple", "custom", "debug"],
    ]
    assert run.phase is Phase.DONE
    assert bench.studio.app_state.runs == [run]


async def test_retried_run_is_told_by_its_attempt(bench: Bench) -> None:
    again = ("metadata", f'{{"run_id":"{RUN}","attempt":2}}', "1795413861999-0")
    run = await bench.run(FakeRun([*RECORDED[:20], again, *RECORDED[1:]]))
    assert run.attempt == 2
    assert run.phase is Phase.DONE


@pytest.mark.parametrize(
    ("status", "head", "phase"),
    [
        ("success", Checkpoint(THREAD), Phase.DONE),
        ("success", Checkpoint(THREAD, next=("b",), tasks=(Task(TaskId("t"), "b"),)), Phase.BREAKPOINT),
        (
            "success",
            Checkpoint(THREAD, next=("b",), tasks=(Task(TaskId("t"), "b", interrupts=(Interrupt("i", 1),)),)),
            Phase.INTERRUPT,
        ),
        ("error", Checkpoint(THREAD, next=("b",)), Phase.FAILED),
        ("timeout", Checkpoint(THREAD, next=("b",)), Phase.FAILED),
        ("interrupted", Checkpoint(THREAD, next=("b",)), Phase.CANCELLED),
    ],
)
async def test_a_clean_close_is_no_success(bench: Bench, status: str, head: Checkpoint, phase: Phase) -> None:
    bench.client.heads[THREAD] = replace(head, checkpoint_id=CheckpointId("1f0"), run_id=RUN)
    run = await bench.run(FakeRun(stamped(5), status=status))
    assert run.phase is phase
    assert (run.error is not None) == (phase is Phase.FAILED)


async def test_frame_hook_hears_every_frame_in_order(bench: Bench) -> None:
    heard: list[tuple[str, int]] = []
    bench.studio.runtime.on_frame = lambda run, frame, events: heard.append((frame.event, len(events)))
    await bench.run(FakeRun(RECORDED))
    assert [event for event, _ in heard] == [event for event, _, _ in RECORDED]
    assert all(count >= 1 for _, count in heard)


async def test_closing_the_studio_in_mid_run_leaves_no_task(bench: Bench) -> None:
    bench.client.scripts.append(FakeRun(RECORDED, [Line(7, "hang")]))
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: run.event_count == 7)
    await bench.studio.aclose()
    mine = asyncio.current_task()
    assert [task for task in asyncio.all_tasks() if task is not mine] == []
    assert "cancel_run interrupt" not in bench.client.calls


def test_every_phase_says_what_may_follow() -> None:
    assert set(FOLLOWERS) == set(Phase)
    for phase in Phase:
        if phase.is_live:
            assert {Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.LOST} <= FOLLOWERS[phase]
        if phase.is_paused:
            assert not FOLLOWERS[phase]


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("following", list(Phase))
def test_only_allowed_steps_are_taken(phase: Phase, following: Phase, caplog: pytest.LogCaptureFixture) -> None:
    run = RunState(phase=phase)
    took = enter(run, following, 1.0, "because")
    assert took == (may_follow(phase, following) and phase is not following)
    assert run.phase is (following if took else phase)
    assert bool(caplog.records) == (not took and phase is not following)
    begins = following is Phase.QUEUED or (following is Phase.RUNNING and phase in (Phase.STARTING, Phase.QUEUED))
    assert texts(run) == ([f"{following.value}: because"] if took and not begins else [])


@pytest.mark.parametrize("name", ["sse_chat_sub_recommended_profile", "sse_nested_recommended_profile"])
@pytest.mark.parametrize("position", [1, 2, 7, 13])
async def test_numbered_events_of_javascript_are_joined_exactly(name: str, position: int) -> None:
    bench = await Bench(FakeClient(ServerKind.JAVASCRIPT)).open()
    events = [(frame.event, frame.data, frame.id) for frame in read_frames(FIXTURES / f"js/{name}.sse")]
    run = await bench.run(FakeRun(events, [Line(position, "cut"), Line(2, "cut")]))
    assert bench.wire() == events
    assert run.unknown_count == 0
    assert not run.gap
    assert bench.client.asked_ids[0] == str(position - 1)
    await bench.studio.aclose()


@pytest.mark.parametrize("name", ["sse_chat_messages-tuple", "sse_nested_values_subgraphs", "sse_error"])
async def test_streams_of_aegra_come_through_whole(name: str) -> None:
    bench = await Bench(FakeClient(ServerKind.AEGRA, join=Capability(False, "mixed up"))).open()
    events = [(frame.event, frame.data, frame.id) for frame in read_frames(FIXTURES / f"aegra/{name}.sse")]
    failed = name == "sse_error"
    bench.client.thread_rows[THREAD] = Thread(THREAD)
    bench.studio.app_state.thread_id = THREAD
    run = await bench.run(FakeRun(events, status="error" if failed else "success"))
    assert bench.wire() == events
    assert run.unknown_count == 0
    assert run.phase is (Phase.FAILED if failed else Phase.DONE)
    assert (run.error is not None) == failed
    await bench.studio.aclose()
