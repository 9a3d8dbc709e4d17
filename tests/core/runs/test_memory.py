"""A long stream costs what its rows cost, however large its payloads are: those live in the spill file (C10)."""

from __future__ import annotations

import gc
import json

import pytest

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.runs.feed_items import Arrived, FeedPlan
from studio_tui.core.runs.followed_run import FollowedRun
from studio_tui.core.state.frame_log import BLOCK_FRAMES, FrameLog
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import Note, RunState
from studio_tui.domain.server import ServerInfo
from studio_tui.jsonkit.lazy import VALUES_KEPT, LazyJson
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.bench.bench_memory import LARGE, SMALL, custom_frames, follow, task_frames, token_frames

COUNT, WINDOW = 800, 50


@pytest.mark.parametrize("make", [task_frames, custom_frames])
async def test_large_payloads_keep_no_more_than_small_ones(make: object) -> None:
    small = await follow(make, COUNT, SMALL, WINDOW)  # type: ignore[arg-type]
    large = await follow(make, COUNT, LARGE, WINDOW)  # type: ignore[arg-type]
    assert large.growth <= 1.1 * small.growth
    assert large.growth < 500


async def test_token_streams_cost_their_own_text() -> None:
    assert (await follow(token_frames, COUNT, LARGE, WINDOW)).growth < 20  # of which six are the token


def followed(run: RunState) -> FollowedRun:
    """What follows a run without a server, and keeps few of its frames in memory."""
    runtime = Runtime(client_factory=None, threaded=False)
    plan = FeedPlan(ThreadId("t"), ServerInfo(""), runtime.timings)
    session = FollowedRun(runtime, run, plan, known=(), on_settled=lambda *_: None)
    session.frames = FrameLog(keep_frames=3)
    return session


async def test_payloads_are_read_back_from_the_log_until_it_is_given_up() -> None:
    run = RunState(thread_id=ThreadId("t"))
    session = followed(run)
    parser = Parser()
    texts = {}
    for frame in [*task_frames(200, 300), *(f._replace(seq=200 + f.seq) for f in custom_frames(5, 300))]:
        texts[frame.seq] = json.loads(frame.data)
        session._arrived(Arrived(frame, tuple(parser.feed(frame))))
    for number, task in enumerate(run.tasks.values()):
        assert task.input is not None
        assert task.result is not None
        assert task.input.value() == texts[2 * number]["input"]
        assert task.result.value() == texts[2 * number + 1]["result"]
    notes = [entry for entry in run.timeline if isinstance(entry, Note)]
    kept = [
        *run.tasks.values(),
        *(task.input for task in run.tasks.values()),
        *notes,
        *(note.payload for note in notes),
    ]
    assert not any(gc.is_tracked(item) for item in kept)  # the collector would look at all of them, each time
    assert [note.payload.value() for note in notes if note.payload] == [texts[200 + number] for number in range(5)]
    parsed = [task.result for task in run.tasks.values() if task.result is not None and task.result.is_parsed]
    assert len(parsed) <= VALUES_KEPT
    session.frames.rest()
    first = next(iter(run.tasks.values()))
    assert first.input is not None
    assert first.input.value() == texts[0]["input"]
    session.let_go()
    task = next(iter(run.tasks.values()))
    assert (task.input, task.result, task.keys) == (None, None, ("x",))
    assert all(note.payload is None for note in notes)


def test_the_index_of_the_spill_file_grows_by_blocks_not_by_frames() -> None:
    log = FrameLog(keep_frames=1)
    for number in range(50 * BLOCK_FRAMES):
        log.append(Frame(number, 0.0, "e", str(number)))
    assert len(log._firsts) == 50
    for number in (0, 1, BLOCK_FRAMES - 1, BLOCK_FRAMES, 7 * BLOCK_FRAMES + 5, 50 * BLOCK_FRAMES - 1):
        assert log[number].data == str(number)
    log.close()


def test_a_full_disk_costs_memory_not_events(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    log = FrameLog(keep_frames=2)
    for number in range(10):
        log.append(Frame(number, 0.0, "e", str(number)))
    log.rest()
    assert log.problem
    assert [log[number].data for number in range(10)] == [str(number) for number in range(10)]
    log.close()


def test_a_document_without_a_text_anywhere_keeps_its_value() -> None:
    document = LazyJson.of({"a": 1})
    document.stow(FrameLog(), 0)
    document.forget()
    assert document.value() == {"a": 1}


async def test_a_disk_that_takes_no_events_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    run = RunState(thread_id=ThreadId("t"))
    session = followed(run)
    parser = Parser()
    for frame in task_frames(400, 300):
        session._arrived(Arrived(frame, tuple(parser.feed(frame))))
    said = [entry for entry in run.timeline if isinstance(entry, Note) and "No space left on device" in entry.text]
    assert [note.kind for note in said] == ["log"]
    assert "stay in memory" in said[0].text
