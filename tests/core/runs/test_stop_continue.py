"""Stopping is believed only when confirmed; answers reach the question that they are for."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import ServerKind
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import ConnectError, RejectedError, UsageError
from tests.core.fakes import (
    QUICK,
    RUN,
    THREAD,
    FakeClient,
    FakeRun,
    Line,
    chain,
    hanging,
    make,
    serve,
    stamped,
)


async def test_stop_is_confirmed_by_the_server_although_the_stream_stays_open(
    studio: Studio, client: FakeClient
) -> None:
    run = await hanging(studio, client)
    head = replace(chain(1)[0], next=("slow",), run_id=RUN)
    client.heads[THREAD] = head
    assert await studio.runs.stop() is run
    assert run.phase is Phase.CANCELLED
    assert len(studio.app_state.frames) == 5
    assert "cancel_run interrupt" in client.calls
    assert studio.app_state.state == head


async def test_stop_that_the_server_does_not_carry_out_is_not_believed(studio: Studio, client: FakeClient) -> None:
    class Deaf(FakeClient):
        async def cancel_run(self, thread_id: ThreadId, run_id: RunId, **options: Any) -> None:
            self.calls.append("cancel_run")

    deaf = Deaf()
    studio = make(deaf, timings=replace(QUICK, dead_after=60))
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    run = await hanging(studio, deaf)
    await studio.runs.stop()
    assert run.phase is Phase.RUNNING
    assert any("not confirmed the stop" in notice.title for notice in studio.app_state.notices)
    await studio.aclose()


async def test_a_run_whose_stop_was_refused_goes_on_as_before(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise RejectedError("Not allowed", "This key may not cancel runs.", status=403)

    run = await hanging(studio, client)
    monkeypatch.setattr(client, "cancel_run", refuse)
    with pytest.raises(RejectedError, match="Not allowed"):
        await studio.runs.stop()
    assert run.phase is Phase.RUNNING


async def test_run_that_finished_before_the_stop_arrived_is_done(studio: Studio, client: FakeClient) -> None:
    run = await hanging(studio, client)
    client.known[RUN].over = True
    assert await studio.runs.stop() is run
    assert run.phase is Phase.DONE
    assert any("already finished" in notice.title for notice in studio.app_state.notices)


async def test_rollback_ends_in_cancelled_although_the_run_is_gone(studio: Studio, client: FakeClient) -> None:
    run = await hanging(studio, client)
    await studio.runs.stop(action="rollback")
    assert run.phase is Phase.CANCELLED


async def test_a_rollback_is_confirmed_when_the_run_is_gone_not_when_it_has_only_ended() -> None:
    """The server books the run as interrupted first, and deletes it with its checkpoints a moment later."""

    class Slow(FakeClient):
        asked = 0

        async def cancel_run(self, thread_id: ThreadId, run_id: RunId, **options: Any) -> None:
            self.calls.append("cancel_run")
            self.known[run_id].over, self.known[run_id].status = True, "interrupted"

        async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo:
            self.asked += 1
            if self.asked > 3:
                self.known.pop(run_id, None)
                serve(self, THREAD, [replace(chain(1)[0], run_id=RunId("before"))])
            return await super().run(thread_id, run_id)

    client = Slow()
    serve(client, THREAD, [replace(chain(1)[0], run_id=RUN)])
    studio = make(client, timings=replace(QUICK, booking=30.0))
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    run = await hanging(studio, client)
    await studio.runs.stop(action="rollback")
    assert (run.phase, run.deleted) == (Phase.CANCELLED, True)
    await studio.aclose()


@pytest.mark.parametrize(("status", "phase"), [("running", Phase.RUNNING), ("pending", Phase.QUEUED)])
async def test_a_joined_run_with_a_silent_stream_stands_as_the_server_says(
    studio: Studio, client: FakeClient, status: str, phase: Phase
) -> None:
    silent = FakeRun(stamped(8), [Line(0, "hang")] * 20)
    silent.info = replace(silent.info, status=status)
    serve(client, THREAD, chain(1))
    await studio.threads.open(THREAD)
    client.known[RUN] = silent
    assert (await studio.runs.join(RUN)).phase is phase


async def test_a_run_that_was_lost_without_a_thread_is_joined_on_the_thread_that_has_it(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, THREAD, chain(1))
    await studio.threads.open(THREAD)
    client.known[RUN] = FakeRun(stamped(8))
    studio.app_state.runs = [RunState(run_id=RUN, stateless=True, phase=Phase.LOST)]
    await studio.runs.join(RUN)
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert studio.app_state.run is not None
    assert studio.app_state.run.thread_id == THREAD


async def test_stop_without_a_run_is_said(studio: Studio) -> None:
    with pytest.raises(UsageError, match="No run"):
        await studio.runs.stop()


async def test_continuing_without_an_answer_sends_null(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, [replace(chain(1)[0], next=("b",))])
    await studio.threads.open(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.runs.continue_run(request=RunRequest(input={"ignored": 1}, stream_modes=("debug",)))
    assert client.bodies[-1]["input"] is None
    assert client.bodies[-1]["stream_mode"] == ["debug"]
    assert "command" not in client.bodies[-1]


async def test_continuing_elsewhere_sends_the_command(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, [replace(chain(1)[0], next=("b",))])
    await studio.threads.open(THREAD)
    client.scripts.append(FakeRun(stamped(3)))
    await studio.runs.continue_run({"update": {"x": 1}, "goto": ["b"]})
    assert client.bodies[-1]["command"] == {"update": {"x": 1}, "goto": ["b"]}
    assert "input" not in client.bodies[-1]


async def test_javascript_runs_start_from_the_newest_head(client: FakeClient) -> None:
    client.server = replace(client.server, kind=ServerKind.JAVASCRIPT, capabilities={})
    serve(client, THREAD, [replace(item, ref={"checkpoint_id": item.checkpoint_id}) for item in chain(3)])
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    await studio.threads.open(THREAD)
    # Somebody else ran the thread meanwhile.
    serve(client, THREAD, [replace(item, ref={"checkpoint_id": item.checkpoint_id}) for item in chain(9)])
    client.scripts.append(FakeRun(stamped(3)))
    await studio.runs.start(RunRequest(input={}))
    assert client.bodies[-1]["checkpoint"] == {"checkpoint_id": "1f0008"}
    await studio.aclose()


async def test_a_start_whose_answer_was_lost_adopts_no_run_of_another_client(
    studio: Studio, client: FakeClient
) -> None:
    serve(client, THREAD, chain(1))
    await studio.threads.open(THREAD)
    foreign = RunInfo(RunId("foreign"), THREAD, AssistantId("a"), "success", metadata={"op_id": "theirs"})
    client.known[foreign.run_id] = FakeRun(stamped(3), over=True, info=foreign)
    lost = ConnectError("The connection broke", "reset by peer")
    lost.ambiguous = True
    client.start_errors.append(lost)
    with pytest.raises(ConnectError, match="unknown whether the run was started"):
        await studio.runs.start(RunRequest(input={}))
    assert client.calls.count("join_run") == 0
    assert client.calls.count("stream_run") == 1
