"""A stream that was disturbed is exact afterwards, or the doubt is told; nothing is sent twice."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import ServerKind
from studio_tui.errors import (
    AuthError,
    NotFoundError,
    ProtocolError,
    RejectedError,
    ServerError,
    StudioError,
)
from studio_tui.jsonkit.value import JsonObject
from tests.core.fakes import OTHER, QUICK, RUN, THREAD, FakeClient, FakeRun, Line, stamped
from tests.core.run_bench import RECORDED, Bench, phases, texts
from tests.waiting import until


@pytest.mark.parametrize("position", [1, 5, 40, len(RECORDED) - 1])
@pytest.mark.parametrize("repeats", [0, 2])
async def test_ids_that_a_proxy_strips_cost_no_event(bench: Bench, position: int, repeats: int) -> None:
    lines = [Line(position, "cut"), Line(position + 3, "cut"), Line(None, "close", repeats=repeats)]
    run = await bench.run(FakeRun(RECORDED, lines, strips_ids=True))
    assert [(event, data) for event, data, _ in bench.wire()] == [(event, data) for event, data, _ in RECORDED]
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.client.asked_ids[0] == "-1"


def answers(*statuses: int) -> list[Line]:
    """Refused connections, with the waiting time that the server asks for."""
    errors = [error_of(status) for status in statuses]
    for error in errors:
        error.retry_after = 0.001
    return [Line(end="refuse", error=error) for error in errors]


def error_of(status: int) -> StudioError:
    kind = {401: AuthError, 403: AuthError, 404: NotFoundError}.get(
        status, RejectedError if status < 500 else ServerError
    )
    return kind(f"answer {status}", status=status)


CUT_AT_FIRST = (0, 1, 30)


@pytest.fixture
async def patient() -> AsyncIterator[Bench]:
    """Goes on however long the tries before took: a busy machine makes them long."""
    made = await Bench(FakeClient(), replace(QUICK, give_up_after=600.0)).open()
    yield made
    await made.studio.aclose()


@pytest.mark.parametrize("position", CUT_AT_FIRST)
@pytest.mark.parametrize("statuses", [(429,), (401,), (403,), (404,), (500,), (502, 429, 503, 504), (500,) * 12])
async def test_one_bad_answer_costs_no_event(patient: Bench, position: int, statuses: tuple[int, ...]) -> None:
    """C1, C3: while the run goes on, and after its end when only the replay is left."""
    bench = patient
    run = await bench.run(FakeRun(RECORDED, [Line(position, "cut"), *answers(*statuses)]))
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == RECORDED
    await bench.studio.threads.new()
    script = FakeRun(RECORDED, [Line(position, "cut"), *answers(*statuses)], over=True)
    run = await bench.run(script)
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == RECORDED
    assert bench.client.calls.count("stream_run") == 2


@pytest.mark.parametrize("position", CUT_AT_FIRST)
async def test_damaged_and_shortened_replays_are_read_again(bench: Bench, position: int) -> None:
    damaged = Line(4, "cut", ProtocolError("The answer is damaged"))
    lines = [Line(position, "cut"), damaged, Line(0, "close"), Line(31, "close"), Line(47, "close")]
    run = await bench.run(FakeRun(RECORDED, lines, over=True))
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == RECORDED


async def test_stream_that_is_closed_early_without_a_trace_is_completed(bench: Bench) -> None:
    bench.client.histories[THREAD] = [Checkpoint(THREAD, CheckpointId("1f9"), run_id=RUN, source="loop")]
    bench.client.heads[THREAD] = bench.client.histories[THREAD][0]
    run = await bench.run(FakeRun(RECORDED, [Line(30, "close")], over=True))
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == RECORDED


@pytest.mark.parametrize("statuses", [(403,) * 99, (404,) * 99])
async def test_replay_that_cannot_be_had_is_told(bench: Bench, statuses: tuple[int, ...]) -> None:
    run = await bench.run(FakeRun(RECORDED, [Line(7, "cut"), *answers(*statuses)], over=True))
    assert (run.phase, run.gap) == (Phase.DONE, True)
    assert "answer 40" in run.gap_reason
    assert any("events may be missing" in text for text in texts(run))
    assert len(bench.wire()) == 7


async def test_link_that_stays_bad_for_the_replay_is_told_not_waited_for_for_ever(bench: Bench) -> None:
    run = await bench.run(FakeRun(RECORDED, [Line(7, "cut"), *answers(*(503,) * 5000)], over=True))
    assert (run.phase, run.gap) == (Phase.DONE, True)


async def test_too_many_requests_for_the_runs_status_is_no_end(bench: Bench) -> None:
    bench.client.scripts.append(FakeRun(RECORDED, [Line(5, "cut")]))
    run = await bench.studio.runs.start(RunRequest(input={}))
    limited = RejectedError("Too many requests (429)", status=429)
    bench.client.down = limited
    await until(lambda: bench.client.calls.count("run") > 8)
    bench.client.down = None
    await bench.studio.runs.wait()
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == RECORDED


@pytest.mark.parametrize("found_by", ["metadata event", "our mark"])
@pytest.mark.parametrize("cut", [False, True])
async def test_run_that_no_header_names_is_followed_and_sent_once(bench: Bench, found_by: str, cut: bool) -> None:
    """C4."""
    named = [("metadata", f'{{"run_id":"{RUN}","attempt":1}}', RECORDED[0][2])] if found_by == "metadata event" else []
    events = [*named, *RECORDED[1:]]
    lines = [Line(0 if found_by == "our mark" else 6, "cut")] if cut else []
    run = await bench.run(FakeRun(events, lines, names_run=False))
    assert run.run_id == RUN
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == events
    assert bench.client.calls.count("stream_run") == 1


async def test_run_that_cannot_be_named_at_all_invites_nobody_to_send_it_twice(bench: Bench) -> None:
    script = FakeRun(RECORDED[1:], [Line(0, "cut")], names_run=False)
    bench.client.scripts.append(script)
    script.info = replace(script.info, thread_id=OTHER)
    with pytest.raises(StudioError) as caught:
        await bench.studio.runs.start(RunRequest(input={}))
    error = caught.value
    assert error.ambiguous
    assert "before you start it again" in error.hint
    assert "Try again" not in f"{error} {error.hint}"
    assert bench.client.calls.count("stream_run") == 1


@pytest.mark.parametrize("heartbeats", [0, 1])
@pytest.mark.parametrize("kind", [ServerKind.PYTHON, ServerKind.JAVASCRIPT])
async def test_stream_that_stays_open_after_the_run_is_left(kind: ServerKind, heartbeats: int) -> None:
    """C2."""
    bench = await Bench(FakeClient(kind), replace(QUICK, dead_after=60.0)).open()
    run = await bench.run(FakeRun(RECORDED, [Line(12, "hang", heartbeats=heartbeats)], over=True))
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == RECORDED
    assert any("stays open although the run is over" in text for text in texts(run))
    await bench.studio.aclose()


@pytest.mark.parametrize("heartbeats", [0, 1])
async def test_stream_that_leaves_events_out_is_joined_again(heartbeats: int) -> None:
    """C2: heartbeats come, events do not, and the run goes on."""
    bench = await Bench(FakeClient(), replace(QUICK, dead_after=60.0)).open()
    run = await bench.run(FakeRun(RECORDED, [Line(12, "hang", heartbeats=heartbeats), Line(20, "hang")]))
    assert (run.phase, run.gap) == (Phase.DONE, False)
    assert bench.wire() == RECORDED
    assert any("no longer come" in text for text in texts(run))
    await bench.studio.aclose()


async def test_quiet_run_stays_running_however_often_it_is_asked_about(bench: Bench) -> None:
    events = stamped(7, per_stamp=1)
    script = FakeRun(events, [Line(7, "hang", heartbeats=0), *[Line(0, "hang")] * 200])
    bench.client.scripts.append(script)
    run = await bench.studio.runs.start(RunRequest(input={}))
    await until(lambda: bench.client.calls.count("join_run") >= 3)
    assert run.phase is Phase.RUNNING
    assert "reconnecting" not in phases(run)


def told_in_full(*texts_so_far: str) -> list[tuple[str, str, str]]:
    """A run in the older stream mode `messages`: each event tells the message as far as it is there."""
    start = ("metadata", f'{{"run_id":"{RUN}","attempt":1}}', "1795413860000-0")
    tokens = [
        ("messages/partial", f'[{{"type":"ai","id":"m1","content":"{text}"}}]', f"179541386000{number}-0")
        for number, text in enumerate(texts_so_far, 1)
    ]
    return [start, *tokens]


@pytest.mark.parametrize(
    ("script", "gap"),
    [
        (FakeRun(told_in_full("I", "I am here"), unkept="messages/"), False),
        (FakeRun(told_in_full("I"), unkept="messages/"), True),
        (FakeRun(told_in_full("I", "I am", "I am here"), [Line(2, "cut")], unkept="messages/"), True),
        (FakeRun(told_in_full("I", "I am", "I am here"), [Line(2, "cut")]), False),
    ],
    ids=["whole", "cut without a trace", "cut", "cut, and kept"],
)
async def test_events_that_a_server_keeps_for_nobody_are_no_gap_of_a_whole_stream(
    bench: Bench, script: FakeRun, gap: bool
) -> None:
    """The Python server keeps no events of the stream mode `messages`: what the state holds tells what was told."""
    said: JsonObject = {"messages": [{"type": "human", "id": "m0"}, {"type": "ai", "id": "m1", "content": "I am here"}]}
    bench.client.histories[THREAD] = [Checkpoint(THREAD, CheckpointId("1f9"), run_id=RUN, source="loop", values=said)]
    bench.client.heads[THREAD] = bench.client.histories[THREAD][0]
    run = await bench.run(script, stream_modes=("messages",))
    assert (run.phase, run.gap) == (Phase.DONE, gap)
