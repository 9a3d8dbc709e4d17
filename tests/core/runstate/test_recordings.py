"""Every recorded stream of every server: folded completely, the same however the bytes came, harmless when repeated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.core.runstate.fold import reduce
from studio_tui.core.runstate.merge import note_checkpoint
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.wire.events import UnknownEvent
from tests.paths import FIXTURES
from tests.recordings import SERVERS, fold, fold_recording, parse_all, read_frames, recordings, told

RECORDINGS = recordings()
PROTOCOL_V2 = [name for name in RECORDINGS if name.startswith("py/v2_")]
"""Envelopes of the other protocol, which is never asked for: each frame must be kept as unknown."""
CLASSIC = [name for name in RECORDINGS if name not in PROTOCOL_V2]


def test_recordings_of_all_servers_are_there() -> None:
    assert {name.split("/")[0] for name in RECORDINGS} == set(SERVERS)
    assert len(RECORDINGS) > 200


@pytest.mark.parametrize("name", CLASSIC)
def test_every_frame_is_understood(name: str) -> None:
    frames = read_frames(FIXTURES / f"{name}.sse")
    assert frames
    unknown = [event for event in parse_all(frames) if isinstance(event, UnknownEvent)]
    assert not unknown


@pytest.mark.parametrize("name", PROTOCOL_V2)
def test_protocol_v2_is_kept_and_counted_but_not_mistaken_for_a_mode(name: str) -> None:
    frames = read_frames(FIXTURES / f"{name}.sse")
    events = parse_all(frames)
    assert [type(event) for event in events] == [UnknownEvent] * len(frames)
    assert [event.data for event in events if isinstance(event, UnknownEvent)] == [frame.data for frame in frames]
    run = fold(events)
    assert run.unknown_count == len(frames)
    assert run.values is None
    assert not run.messages


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_size_of_the_pieces_does_not_matter(name: str) -> None:
    path = FIXTURES / f"{name}.sse"
    size = path.stat().st_size
    whole = read_frames(path)
    assert read_frames(path, range(0, size, 1009)) == whole
    assert read_frames(path, range(min(size, 6000))) == whole


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(RECORDINGS), cuts=st.lists(st.integers(0, 2**20), max_size=12))
def test_folding_is_independent_of_how_the_bytes_were_cut(name: str, cuts: list[int]) -> None:
    path = FIXTURES / f"{name}.sse"
    assert told(fold(parse_all(read_frames(path, cuts)))) == told(fold(parse_all(read_frames(path))))


@pytest.mark.parametrize("name", RECORDINGS)
def test_feeding_a_stream_again_changes_nothing(name: str) -> None:
    events = parse_all(read_frames(FIXTURES / f"{name}.sse"))
    run = fold(events)
    before = told(run)
    assert [reduce(run, event) for event in events] == [frozenset()] * len(events)
    assert told(run) == before


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_event_twice_folds_like_once(name: str) -> None:
    events = parse_all(read_frames(FIXTURES / f"{name}.sse"))
    assert told(fold(event for event in events for _ in range(2))) == told(fold(events))


@pytest.mark.parametrize("name", CLASSIC)
def test_a_closed_stream_leaves_nothing_running(name: str) -> None:
    run = fold_recording(name)
    assert not [task.name for task in run.tasks.values() if task.status.value == "running"]
    assert not [message.id for message in run.messages.values() if message.streaming]
    assert not run.ledger.open
    assert not run.ledger.growing
    assert run.ended_at is not None


@pytest.mark.parametrize("name", CLASSIC)
def test_the_timeline_is_whole(name: str) -> None:
    run = fold_recording(name)
    listed = [entry for entry in run.timeline if isinstance(entry, str)]
    assert sorted(listed) == sorted(run.tasks)
    for key, task in run.tasks.items():
        assert task.id == key
        assert task.parent_id is None or task.parent_id in run.tasks, "a subgraph's task knows its parent"
        assert task.duration is None or task.duration >= 0


@pytest.mark.parametrize("name", CLASSIC)
def test_a_clean_close_does_not_decide_how_the_run_went(name: str) -> None:
    run = fold_recording(name)
    told = any(frame.event == "error" for frame in read_frames(FIXTURES / f"{name}.sse"))
    assert run.phase is (Phase.FAILED if told else Phase.RUNNING)
    assert (run.error is not None) is told


def test_two_runs_share_nothing() -> None:
    first, second = RunState(), RunState()
    fold(parse_all(read_frames(FIXTURES / "py/sse_steps_all_modes.sse")), first)
    assert second == RunState()
    assert second.ledger == RunState().ledger


def test_checkpoints_without_ids_are_understood_and_named_by_the_history() -> None:
    """JavaScript 1.5.1 leaves the ids out of `checkpoints`; superstep, values and what comes next are told."""
    frames = read_frames(FIXTURES / "js-1.5.1/sse_review.sse")
    run = fold(parse_all(frames))
    assert run.unknown_count == 0
    assert [(mark.checkpoint_id, mark.step, mark.next) for mark in run.checkpoints.values()] == [
        (None, -1, ("__start__",)), (None, 0, ("write",)), (None, 1, ("review",)),
    ]  # fmt: skip
    note_checkpoint(run, Checkpoint(ThreadId("t"), CheckpointId("1f0"), step=1, next=("review",)))
    assert [mark.checkpoint_id for mark in run.checkpoints.values()] == [None, None, "1f0"]


def test_the_same_checkpoints_by_two_modes_count_once() -> None:
    """With `debug` and `values` JavaScript 1.5.1 announces checkpoints in short as well; both ways to say one thing."""
    debug = fold_recording("js-1.5.1/sse_review_debug")
    both = fold_recording("js-1.5.1/sse_review_values_debug")
    told = [[(mark.step, mark.source, mark.next) for mark in run.checkpoints.values()] for run in (debug, both)]
    assert sorted(told[0]) == sorted(told[1])
    assert all(mark.checkpoint_id for mark in both.checkpoints.values())
    assert both.unknown_count == 0


@pytest.mark.parametrize("first", ["without", "named"])
def test_an_id_that_comes_by_another_mode_takes_the_place_of_a_checkpoint_without_one(first: str) -> None:
    without = [item for item in read_frames(FIXTURES / "js-1.5.1/sse_review.sse") if item.event == "checkpoints"]
    debug = read_frames(FIXTURES / "js-1.5.1/sse_review_debug.sse")
    named = [item for item in debug if '"type":"checkpoint"' in item.data]
    pairs = zip(without, named, strict=True)
    frames = [item for one, two in pairs for item in ((one, two) if first == "without" else (two, one))]
    run = fold(parse_all(frame._replace(seq=seq) for seq, frame in enumerate(frames)))
    marks = [(bool(mark.checkpoint_id), mark.step, mark.next) for mark in run.checkpoints.values()]
    assert marks == [(True, -1, ("__start__",)), (True, 0, ("write",)), (True, 1, ("review",))]
