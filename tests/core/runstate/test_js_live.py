"""What a real JavaScript server sent (fixtures/js-live): a run cancelled live and long ago, a resume in subgraphs."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from studio_tui.cli.output.stdout import Output
from studio_tui.cli.runs.stream_printer import StreamPrinter
from studio_tui.client.target import Target
from studio_tui.core.runs.feed_replay import streamed_error
from studio_tui.core.state.app_state import AppState
from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import Note, Phase, RunState, TaskStatus
from studio_tui.domain.server import ServerKind
from studio_tui.local.project import project_launch
from studio_tui.wire.decode import run_info_of
from studio_tui.wire.decode_state import checkpoint_of
from studio_tui.wire.frames import Frame
from tests.client.mock_server import talking
from tests.core.fakes import FakeClient, FakeRun, make, serve
from tests.paths import FIXTURES
from tests.present.said import said
from tests.read_state import paused_at
from tests.recordings import fold, parse_all, read_frames

LIVE = FIXTURES / "js-live"


def recorded(name: str) -> Any:
    return json.loads((LIVE / f"{name}.json").read_text(encoding="utf-8"))


def cancelled_frames() -> list[Frame]:
    return read_frames(LIVE / "sse_cancelled_replay.sse")


def cancelled_thread(frames: list[Frame]) -> tuple[FakeClient, ThreadId]:
    """A server that holds the recorded thread, and of its run's stream these frames."""
    info = run_info_of(recorded("runs_cancelled")[0])
    assert info is not None
    client = FakeClient(ServerKind.JAVASCRIPT)
    serve(client, info.thread_id, [checkpoint_of(item, info.thread_id) for item in recorded("history_cancelled")])
    client.heads[info.thread_id] = checkpoint_of(recorded("state_cancelled"), info.thread_id)
    events = [(frame.event, frame.data, frame.id) for frame in frames]
    client.known[info.run_id] = FakeRun(events, over=True, status="error", info=info)
    return client, info.thread_id


@pytest.fixture
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Studio]:
    """The recorded thread, opened; the parameter says whether the server still has the run's stream."""
    client, thread_id = cancelled_thread(cancelled_frames() if request.param else [])
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.threads.open(thread_id)
    yield studio
    await studio.aclose()


@pytest.mark.parametrize("opened", [True], indirect=True)
async def test_a_run_cancelled_earlier_is_cancelled_and_its_thread_can_be_continued(opened: Studio) -> None:
    run = opened.app_state.run
    assert run is not None
    assert (run.phase, run.error) == (Phase.CANCELLED, None)
    assert paused_at(opened.app_state) == ("tick",)


@pytest.mark.parametrize("opened", [False], indirect=True)
async def test_after_a_restart_of_the_server_the_doubt_is_said(opened: Studio) -> None:
    run = opened.app_state.run
    assert run is not None
    assert run.phase is Phase.FAILED
    assert run.error is not None
    assert run.error.message == "The server gave no reason; it may have been cancelled."


async def test_the_stream_of_an_ended_run_tells_its_error() -> None:
    client, thread_id = cancelled_thread(cancelled_frames())
    (run_id,) = client.known
    assert await streamed_error(client, thread_id, run_id) == "Error: interrupt"
    assert client.asked_ids == ["-1"]
    client.known[run_id].events = []
    assert await streamed_error(client, thread_id, run_id) == ""


@pytest.mark.parametrize(("before", "after"), [(Phase.RUNNING, Phase.CANCELLED), (Phase.STOPPING, Phase.STOPPING)])
def test_a_cancel_is_no_error_in_the_timeline(before: Phase, after: Phase) -> None:
    frames = cancelled_frames()
    run = fold(parse_all(frames[:-1]))
    run.phase = before
    fold(parse_all(frames[-1:]), run)
    notes = [entry for entry in run.timeline if isinstance(entry, Note)]
    assert not [note for note in notes if note.kind == "error"]
    assert run.phase is after
    assert [task.status for task in run.tasks.values()] == [TaskStatus.DONE, TaskStatus.CANCELLED]


async def test_resume_prints_the_new_run_and_not_the_one_before() -> None:
    before = fold(parse_all(cancelled_frames()))
    before.from_history = True
    app_state, written = AppState(runs=[before]), io.StringIO()
    studio: Any = SimpleNamespace(app_state=app_state, on_frame=None)
    printer = StreamPrinter(Output("text", written), studio)
    printer.finish()
    assert written.getvalue() == ""
    app_state.runs.append(fold(parse_all(read_frames(LIVE / "sse_nested_resume.sse"))))
    printer.finish()
    names = [line.split()[1] for line in written.getvalue().splitlines()]
    assert sorted(names) == ["deep_ask", "level1", "level2", "outer_post"]


def test_the_top_row_shows_a_question_as_json() -> None:
    run = RunState(phase=Phase.INTERRUPT, interrupts={"q": Interrupt("q", {"deep": True}, node="deep_ask")})
    assert 'deep_ask: {"deep": true}' in said(AppState(runs=[run]))


async def test_schemas_that_were_too_slow_are_asked_for_once_more() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if len(asked) == 1:
            return httpx.Response(500, text="Internal Server Error")
        return httpx.Response(200, json={"graph_id": "steps", "input_schema": {"type": "object", "properties": {}}})

    async with talking(answer, kind=ServerKind.JAVASCRIPT) as talk:
        schemas = await talk.client.schemas("0199aaaa-0000-7000-8000-0000000000aa")
    assert len(asked) == 2
    assert (schemas.graph_id, schemas.problem) == ("steps", "")


def test_a_local_javascript_server_gets_time_for_its_schemas(tmp_path: Path) -> None:
    program = tmp_path / "node_modules" / ".bin" / "langgraphjs"
    program.parent.mkdir(parents=True)
    program.write_text("")
    (tmp_path / "langgraph.json").write_text(json.dumps({"node_version": "20", "graphs": {"a": "./a.ts:a"}}))
    name = "LANGGRAPH_SCHEMA_RESOLVE_TIMEOUT_MS"
    assert project_launch(tmp_path, {"PATH": ""}).env[name] == "60000"
    assert project_launch(tmp_path, {"PATH": "", name: "5000"}).env[name] == "5000"
