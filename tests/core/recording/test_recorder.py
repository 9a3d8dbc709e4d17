"""What was recorded can be opened again without a server, and looks as it did."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.connection.ports import ServerClient
from studio_tui.core.recording.recorder import Recorder
from studio_tui.core.recording.replay import BASE_URL, ReplayClient, ReplayStream
from studio_tui.core.recording.rows import MOST_IN_FIRST, Recording, RecordingFile, load_recording
from studio_tui.core.studio import Studio
from studio_tui.domain.ids import CheckpointId, RunId, ThreadId, default_assistant_id
from studio_tui.domain.run import Note, Phase, RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import ServerKind
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.errors import NotFoundError, ReadOnlyError, UsageError
from studio_tui.wire.decode import run_info_of
from studio_tui.wire.decode_state import checkpoint_of
from tests.core.fakes import QUICK, RUN, THREAD, FakeClient, FakeRun
from tests.paths import FIXTURES
from tests.recordings import read_frames
from tests.waiting import until

STREAMED = [
    (frame.event, frame.data, frame.id) for frame in read_frames(FIXTURES / "py/sse_steps_recommended_profile.sse")
]


def told(run: RunState) -> list[Any]:
    return [(task.id, task.name, task.step, task.status, task.keys) for task in run.tasks.values()]


def recorded_server() -> FakeClient:
    """A server with one thread, whose only run has the checkpoints of a recorded history."""
    client = FakeClient()
    items = json.loads((FIXTURES / "py/history_steps.json").read_text(encoding="utf-8"))
    for item in items:
        item["metadata"]["run_id"] = RUN
        item["checkpoint"]["thread_id"] = THREAD
    history = [checkpoint_of(item, THREAD) for item in items]
    raw = {"run_id": RUN, "thread_id": THREAD, "assistant_id": default_assistant_id("demo"), "status": "success"}
    info = run_info_of(raw)
    assert info is not None
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE, raw={"thread_id": THREAD, "values": {"big": 1}})
    client.histories[THREAD], client.heads[THREAD] = history, history[0]
    client.scripts.append(FakeRun(STREAMED, info=replace(info, status="running", raw={**raw, "status": "running"})))
    return client


def studio_of(client: ServerClient) -> Studio:
    return Studio(client_factory=lambda target, on_exchange: client, threaded=False, timings=QUICK)


async def record(path: Path, target: Target | None = None) -> RunState:
    """Run something against a server in memory and write it down."""
    server = recorded_server()
    recorder = Recorder(path, lambda target, on_exchange: server)
    studio = Studio(client_factory=recorder.make_client, threaded=False, timings=QUICK)
    studio.runtime.on_frame = recorder.hear
    await studio.connect(target or Target("http://fake"))
    await studio.assistants.select("demo")
    studio.app_state.thread_id = THREAD
    run = await studio.runs.start(RunRequest(input={}))
    await studio.runs.wait()
    await until(lambda: studio.app_state.schemas and studio.app_state.graph)
    await studio.aclose()
    return run


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    made = tmp_path / "session.jsonl"
    await record(made)
    return made


async def test_replayed_run_is_the_recorded_one(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    original = await record(path)
    studio = studio_of(ReplayClient(load_recording(path), speed=0))
    info = await studio.connect(Target(BASE_URL))
    assert info.kind is ServerKind.PYTHON
    await studio.assistants.select("demo")
    await until(lambda: studio.app_state.graph and studio.app_state.schemas and studio.app_state.threads.items)
    assert [item.thread_id for item in studio.app_state.threads.items] == [THREAD]
    await studio.threads.open(THREAD)
    await asyncio.wait_for(studio.runs.wait(), 5)
    run = studio.app_state.run
    assert run is not None
    assert run.phase is original.phase is Phase.DONE
    assert told(run) == told(original)
    assert not run.gap
    assert len(studio.app_state.runs) == 1
    assert [frame[:2] for frame in STREAMED] == [
        (studio.app_state.frames[index].event, studio.app_state.frames[index].data)
        for index in range(len(studio.app_state.frames))
    ]
    assert studio.app_state.state is not None
    assert studio.app_state.state.values == {"x": 3, "log": ["a@0", "b@1", "c@2"]}
    assert len(studio.app_state.history.items) == 5
    await studio.aclose()


async def test_a_recorded_stream_is_told_once_and_nobody_reconnects(path: Path) -> None:
    joins: list[RunId] = []

    class Counting(ReplayClient):
        def join_run(self, thread_id: ThreadId, run_id: RunId, **options: object) -> ReplayStream:
            joins.append(run_id)
            return super().join_run(thread_id, run_id, **options)

    studio = studio_of(Counting(load_recording(path), speed=0))
    await studio.connect(Target(BASE_URL))
    await studio.assistants.select("demo")
    await studio.threads.open(THREAD)
    await asyncio.wait_for(studio.runs.wait(), 5)
    run = studio.app_state.run
    assert run is not None
    assert joins == [RUN]
    assert [entry.text for entry in run.timeline if isinstance(entry, Note) and entry.kind == "phase"] == ["done"]
    await studio.aclose()


async def test_thread_shows_nothing_of_a_run_before_it_is_played(path: Path) -> None:
    client = ReplayClient(load_recording(path), speed=0)
    assert (await client.state(THREAD)).checkpoint_id is None
    assert await client.history(THREAD) == []
    assert (await client.run(THREAD, RUN)).is_live
    async with client.join_run(THREAD, RUN) as stream:
        assert len([frame async for frame in stream]) == len(STREAMED)
    assert not (await client.run(THREAD, RUN)).is_live
    assert (await client.state(THREAD)).values == {"x": 3, "log": ["a@0", "b@1", "c@2"]}
    newest, *_, oldest = await client.history(THREAD)
    assert newest.checkpoint_id is not None
    assert [item.checkpoint_id for item in await client.history(THREAD, before=newest.checkpoint_id)][-1] == (
        oldest.checkpoint_id
    )
    assert (await client.state(THREAD, checkpoint_id=oldest.checkpoint_id)).step == -1


async def test_pauses_are_those_of_the_run_at_the_speed_asked_for(path: Path) -> None:
    recording = load_recording(path)
    recording.frames[RUN] = [
        frame._replace(at=100.0 + place * 0.05) for place, frame in enumerate(recording.frames[RUN][:3])
    ]
    client = ReplayClient(recording, speed=2)
    async with client.join_run(THREAD, RUN) as stream:
        times = [frame.at async for frame in stream]
    assert 0.05 <= times[-1] - times[0] < 0.5


async def test_recording_cannot_be_changed_and_says_what_it_lacks(path: Path) -> None:
    client = ReplayClient(load_recording(path))
    for write in (client.create_thread, client.delete_thread, client.create_run, client.cancel_run):
        with pytest.raises(ReadOnlyError):
            await write(THREAD, RUN)
    with pytest.raises(ReadOnlyError):
        client.stream_run(THREAD, {})
    other = ThreadId("0199bbbb-0000-7000-8000-00000000000f")
    for asked in (
        client.thread(other),
        client.state(other),
        client.run(other, RUN),
        client.state(THREAD, checkpoint_id=CheckpointId("1f0")),
        client.assistant("nobody"),
        client.graph("nobody"),
        client.schemas("nobody"),
    ):
        with pytest.raises(NotFoundError):
            await asked
    assert (await client.threads(status="busy")).items == []
    assert await client.thread_count() == 1


async def test_recorded_file_holds_no_secret_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    await record(path, Target("http://fake", {"x-api-key": "b@1-is-a-key"}))
    assert "log" in path.read_text()
    leaky = Target("http://fake", {"x-api-key": "__start__"})  # stands for a key that the server echoes
    await record(path, leaky)
    assert "__start__" not in path.read_text()
    assert '"big"' not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("server", ["py", "js"])
def test_recording_survives_writing_and_reading(tmp_path: Path, server: str) -> None:
    frames = read_frames(FIXTURES / f"{server}/sse_nested_recommended_profile.sse")
    path = tmp_path / "r.jsonl"
    file = RecordingFile(path)
    for frame in [*frames[:5], *frames[2:]]:  # a rejoined stream repeats
        file.write("frame", RUN, list(frame))
    file.write("head", THREAD, {"values": {"text": "\ud800 \u2028 ü"}})
    file.write("something new", "x", 1)
    file.close()
    file.write("head", THREAD, {})
    recording = load_recording(path)
    assert recording.frames[RUN] == frames
    assert recording.heads == {THREAD: {"values": {"text": "\ud800 \u2028 ü"}}}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", ""),
        (b'{"a":1}\n', "does not say"),
        (b"hello\n", "no JSON"),
        (b'{"type":"recording","v":99}\n', "newer"),
        (b'{"type":"recording","v":1}\nbroken\n{"type":"x"}\n', "Line 2"),
        (b"\xff\xfe\x00", "no text file"),
        (
            b'{"type":"recording","v":1' + b" " * MOST_IN_FIRST + b"}\n",
            "no JSON",
        ),  # no file is read whole for its first
    ],
)
def test_other_files_are_refused_in_words(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    if not content:
        assert load_recording(path) == Recording()
        return
    with pytest.raises(UsageError) as refused:
        load_recording(path)
    assert why in refused.value.detail
    with pytest.raises(UsageError, match="cannot be read"):
        load_recording(tmp_path / "missing")


def test_line_that_was_cut_off_by_a_crash_costs_only_itself(path: Path) -> None:
    whole = load_recording(path)
    with path.open("a") as file:
        file.write('{"type":"frame","id"')
    assert load_recording(path) == whole
