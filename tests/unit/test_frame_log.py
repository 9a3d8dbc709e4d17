"""The frame log keeps every frame of a run: the newest in memory, all of them readable."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.core.state.frame_log import FrameLog
from studio_tui.wire.frames import Frame

FRAMES = st.lists(
    st.builds(Frame, st.integers(), st.floats(allow_nan=False), st.text(), st.text(max_size=30), st.text())
)


@settings(deadline=None)
@given(FRAMES, st.integers(1, 5), st.integers(1, 60))
def test_every_frame_comes_back_as_it_was(frames: list[Frame], keep_frames: int, keep_chars: int) -> None:
    log = FrameLog(keep_frames, keep_chars)
    for frame in frames:
        log.append(frame)
    assert len(log) == len(frames)
    assert [log[index] for index in range(len(log))] == frames
    assert log.total_chars == sum(len(frame.data) for frame in frames)
    if frames:
        assert log[-1] == frames[-1]
        assert log[-len(frames)] == frames[0]
    log.close()


def filled(count: int, keep_frames: int = 3) -> FrameLog:
    log = FrameLog(keep_frames)
    for number in range(count):
        log.append(Frame(number, number / 2, "values", f'{{"n":{number}}}', f"{number}-0"))
    return log


@pytest.mark.parametrize("index", [10, 99, -11])
def test_outside_is_an_index_error(index: int) -> None:
    log = filled(10)
    with pytest.raises(IndexError):
        log[index]
    log.close()


def test_memory_is_bounded_by_count_and_by_size() -> None:
    log = filled(1000, keep_frames=10)
    assert len(log._recent) == 10
    log.close()
    sized = FrameLog(keep_frames=100, keep_chars=1000)
    for number in range(50):
        sized.append(Frame(number, 0.0, "values", "x" * 300))
    assert len(sized._recent) == 3
    assert sized[0].data == "x" * 300
    sized.close()


def test_one_huge_frame_stays_in_memory_until_the_next() -> None:
    log = FrameLog(keep_chars=10)
    log.append(Frame(0, 0.0, "values", "x" * 100))
    assert len(log._recent) == 1
    log.append(Frame(1, 0.0, "values", "y"))
    assert [frame.seq for frame in log._recent] == [1]
    assert log[0].data == "x" * 100
    log.close()


def test_lone_surrogates_and_line_ends_survive_the_disk() -> None:
    log = FrameLog(keep_frames=1)
    odd = Frame(0, 0.0, "e\nv", "a\ud800\r\n\u2028\x00é漢", "i\n")
    log.append(odd)
    log.append(Frame(1, 0.0, "", ""))
    assert log[0] == odd
    log.close()


def test_reading_and_writing_may_alternate() -> None:
    log = FrameLog(keep_frames=1)
    for number in range(20):
        log.append(Frame(number, 0.0, "e", json.dumps(number)))
        assert [log[index].seq for index in range(len(log))] == list(range(number + 1))
    log.close()


def test_a_closed_log_is_empty_and_usable_again() -> None:
    log = filled(10)
    log.close()
    assert (len(log), log.total_chars) == (0, 0)
    log.append(Frame(7, 0.0, "e", "d"))
    assert (len(log), log[0].seq) == (1, 7)
    log.close()
