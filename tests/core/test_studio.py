"""The facade: what it tells the server, how often, and what stays on screen when things go wrong."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.state.app_state import LinkState, Slice
from studio_tui.core.studio import Studio
from studio_tui.domain.ids import AssistantId, NodeId, RunId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import Capability, ServerKind
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.errors import (
    AuthError,
    ConflictError,
    ConnectError,
    RejectedError,
    ServerError,
    StudioError,
    UsageError,
)
from studio_tui.jsonkit.value import JsonObject
from tests.core.fakes import QUICK, RUN, THREAD, FakeClient, FakeRun, Line, make, stamped
from tests.waiting import until


async def test_connecting_probes_and_lists(client: FakeClient) -> None:
    studio = make(client)
    assert studio.app_state.link is LinkState.NONE
    info = await studio.connect(Target("http://fake", profile="prod", readonly=True))
    assert (info.kind, studio.app_state.link) == (ServerKind.PYTHON, LinkState.UP)
    assert (studio.app_state.profile, studio.app_state.readonly) == ("prod", True)
    assert [item.name for item in studio.app_state.assistants.items] == ["demo"]
    words = studio.words
    studio.app_state.words[THREAD] = "another server may have a thread of this id"
    await studio.disconnect()
    assert studio.words is not words  # which knows what graphs of that server take
    assert not studio.words.known
    assert (studio.app_state.link, studio.app_state.server, studio.app_state.assistants.items) == (
        LinkState.NONE,
        None,
        [],
    )
    assert client.calls[-1] == "aclose"
    await studio.aclose()
    await studio.aclose()


async def test_a_server_with_another_port_at_every_start_is_known_by_its_place(
    client: FakeClient, tmp_path: Path
) -> None:
    for port in (20_001, 20_002):
        studio = Studio(client_factory=lambda *_, **__: client, threaded=False, state_dir=tmp_path)
        await studio.connect(Target(f"http://127.0.0.1:{port}", place="local /my/project"))
        assert studio.app_state.server is not None
        assert studio.app_state.server.lasting_name == "local /my/project"
        await studio.assistants.select("demo")
        if port == 20_001:
            studio.debugger.toggle(NodeId("a"), "before")
        assert [item.node for item in studio.app_state.breakpoints.items()] == ["a"]
        await studio.aclose()


@pytest.mark.parametrize("error", [ConnectError("No server", "refused"), AuthError("The key is wrong")])
async def test_failed_connect_leaves_nothing_behind(client: FakeClient, error: StudioError) -> None:
    studio = make(client)
    client.down = error
    with pytest.raises(type(error)):
        await studio.connect(Target("http://fake"))
    assert (studio.app_state.link, studio.app_state.server) == (LinkState.NONE, None)
    with pytest.raises(UsageError, match="Not connected"):
        await studio.connection.call(lambda client: client.probe())
    await studio.aclose()


async def test_everything_works_with_the_network_on_its_own_thread(client: FakeClient) -> None:
    threads: set[int] = set()
    earlier = set(threading.enumerate())

    class Noting(FakeClient):
        async def run(self, thread_id: ThreadId, run_id: RunId) -> RunInfo:
            threads.add(threading.get_ident())
            return await super().run(thread_id, run_id)

    noting = Noting()
    studio = make(noting, threaded=True, timings=replace(QUICK, dead_after=60.0, give_up_after=60.0))
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    noting.scripts.append(FakeRun(stamped(400), [Line(100, "cut")]))
    run = await studio.runs.start(RunRequest(input={}))
    await studio.runs.wait()
    assert (run.phase, len(studio.app_state.frames)) == (Phase.DONE, 400)
    assert threads
    assert threading.get_ident() not in threads
    await studio.aclose()
    # On a busy machine the thread may outlive the seconds that closing waits for it; it must end all the same.
    for thread in set(threading.enumerate()) - earlier:
        if thread.name.startswith("studio-tui"):
            thread.join(60)
            assert not thread.is_alive()


async def test_preview_of_a_request_is_exactly_what_is_sent(studio: Studio, client: FakeClient) -> None:
    studio.debugger.toggle(NodeId("a"), "before")
    request = RunRequest(input={"x": 1}, metadata={"k": "v"})
    previews = []
    for _ in range(2):
        previews.append(studio.runs.body(request))
        client.scripts.append(FakeRun(stamped(3)))
        await studio.runs.start(request)
        await studio.runs.wait()
    assert client.bodies == previews
    ids = {str(body["metadata"]["op_id"]) for body in previews}  # type: ignore[index, call-overload]
    assert len(ids) == 2


async def test_first_run_creates_the_thread_later_ones_use_it(studio: Studio, client: FakeClient) -> None:
    for _ in range(2):
        client.scripts.append(FakeRun(stamped(3)))
        await studio.runs.start(RunRequest(input={}))
        await studio.runs.wait()
    assert client.calls.count("create_thread") == 1
    assert studio.app_state.thread_id == THREAD


async def test_run_that_is_refused_leaves_no_trace_but_its_thread(studio: Studio, client: FakeClient) -> None:
    client.scripts.append(FakeRun(stamped(3)))
    first = await studio.runs.start(RunRequest(input={}))
    await studio.runs.wait()
    client.start_errors.append(RejectedError("input: wrong shape", status=422))
    with pytest.raises(RejectedError):
        await studio.runs.start(RunRequest(input={}))
    assert studio.app_state.runs == [first]
    assert len(studio.app_state.frames) == 3


@pytest.mark.parametrize(
    "error",
    [
        ConflictError("Thread is already running a task.", status=409),
        RejectedError("Thread is already running a task. Wait for it to finish", status=422),
    ],
)
async def test_busy_thread_is_a_conflict_with_a_way_out(studio: Studio, client: FakeClient, error: StudioError) -> None:
    client.start_errors.append(error)
    with pytest.raises(ConflictError) as refused:
        await studio.runs.start(RunRequest(input={}))
    assert "rollback" in refused.value.hint


def lost_answer() -> ConnectError:
    error = ConnectError("The connection broke", "no answer came")
    error.ambiguous = True
    return error


async def test_lost_answer_to_a_start_finds_the_run_instead_of_making_a_second(
    studio: Studio, client: FakeClient
) -> None:
    class Eaten(FakeClient):
        def stream_run(self, thread_id: ThreadId | None, body: JsonObject) -> Any:
            self._take(body)  # the server has it, and the answer is eaten
            self.start_errors.append(lost_answer())
            self.bodies.pop()
            return super().stream_run(thread_id, body)

    eaten = Eaten()
    eaten.scripts.append(FakeRun(stamped(9)))
    studio = make(eaten)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    run = await studio.runs.start(RunRequest(input={}))
    await studio.runs.wait()
    assert run.run_id == RUN
    assert run.phase is Phase.DONE
    assert len(eaten.bodies) == 1
    assert len(studio.app_state.frames) == 9
    assert len(studio.app_state.runs) == 1
    await studio.aclose()


async def test_lost_answer_to_a_start_that_never_arrived_is_said(studio: Studio, client: FakeClient) -> None:
    client.start_errors.append(lost_answer())
    with pytest.raises(ConnectError) as failed:
        await studio.runs.start(RunRequest(input={}))
    assert failed.value.title == "It is unknown whether the run was started"
    assert "before you start it again" in failed.value.hint
    assert studio.app_state.runs == []
    assert client.calls.count("stream_run") == 1


async def test_one_start_at_a_time(studio: Studio, client: FakeClient) -> None:
    client.scripts += [FakeRun(stamped(3)), FakeRun(stamped(3))]
    results = await asyncio.gather(
        studio.runs.start(RunRequest(input={})), studio.runs.start(RunRequest(input={})), return_exceptions=True
    )
    assert [type(item) for item in results] == [RunState, ConflictError]
    assert len(client.bodies) == 1


async def test_failing_request_starts_the_banner_and_recovery_ends_it(studio: Studio, client: FakeClient) -> None:
    client.down = ConnectError("No server", "connection refused")
    with pytest.raises(ConnectError):
        await studio.recent.refresh()
    app_state = studio.app_state
    assert app_state.link is LinkState.DOWN
    assert "connection refused" in app_state.threads.problem
    await until(lambda: app_state.next_retry_in is not None)
    await until(lambda: client.calls.count("probe") > 3)
    client.down = None
    client.thread_rows[THREAD] = Thread(THREAD)
    await until(lambda: app_state.link is not LinkState.DOWN)
    await until(lambda: app_state.threads.items)
    assert (app_state.link, app_state.next_retry_in, app_state.threads.problem) == (LinkState.UP, None, "")
    assert not app_state.notices


async def test_other_failures_are_not_a_lost_link(studio: Studio, client: FakeClient) -> None:
    client.down = ServerError("The server failed", status=500)
    with pytest.raises(ServerError):
        await studio.recent.refresh()
    assert studio.app_state.link is LinkState.UP
    client.down = None


async def test_broken_graph_and_schemas_cost_only_themselves(studio: Studio, client: FakeClient) -> None:
    class Broken(FakeClient):
        async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
            raise ServerError("The server failed", "Internal Server Error")

        async def schemas(self, assistant_id: str) -> Any:
            raise ServerError("The server failed", "Internal Server Error")

    studio = make(Broken())
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    await until(lambda: studio.app_state.graph_problem and studio.app_state.schemas)
    assert studio.app_state.graph is None
    assert studio.app_state.graph_unread
    assert studio.app_state.schemas is not None
    assert "Internal Server Error" in studio.app_state.schemas.problem
    await studio.aclose()


async def test_unexpected_failure_in_the_background_becomes_a_notice(client: FakeClient) -> None:
    class Odd(FakeClient):
        async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
            raise RuntimeError("a fault of ours \x1b[31m")

    studio = make(Odd())
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    await until(lambda: studio.app_state.notices)
    notice = studio.app_state.notices[-1]
    assert notice.severity == "error"
    assert "a fault of ours" in notice.detail
    assert "\x1b" not in notice.detail
    await studio.aclose()


async def test_breakpoints_are_kept_per_graph(studio: Studio, client: FakeClient) -> None:
    assert studio.debugger.toggle(NodeId("a"), "after")
    assert Slice.BREAKPOINTS in studio.app_state.drain()
    other = replace(studio.app_state.assistants.items[0], assistant_id=AssistantId("b"), graph_id="other", name="other")
    studio.app_state.assistants.items = [*studio.app_state.assistants.items, other]
    await studio.assistants.select("other")
    assert len(studio.app_state.breakpoints) == 0
    await studio.assistants.select("demo")
    assert studio.app_state.breakpoints.after == {"a"}
    assert not studio.debugger.toggle(NodeId("a"), "after")


async def test_breakpoints_that_will_not_work_are_said(client: FakeClient) -> None:
    client.server = replace(client.server, capabilities={"run_breakpoints": Capability(False, "Aegra ignores them.")})
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    client.scripts.append(FakeRun(stamped(3)))
    await studio.runs.start(RunRequest(input={}, interrupt_before="*"))
    assert [notice.detail for notice in studio.app_state.notices] == ["Aegra ignores them."]
    await studio.aclose()


def test_a_line_of_the_server_log_is_told(studio: Studio) -> None:
    studio.app_state.drain()
    studio.on_server_log("INFO: ready")
    assert list(studio.app_state.server_log) == ["INFO: ready"]
    assert Slice.SERVER_LOG in studio.app_state.drain()
