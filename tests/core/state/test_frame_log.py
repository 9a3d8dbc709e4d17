"""The frame log keeps every frame of a run: the newest in memory, all of them readable."""

from __future__ import annotations

import json
import os
import threading
from errno import ENOSPC
from typing import IO

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


@settings(deadline=None)
@given(st.lists(st.integers(0, 400), max_size=300), st.integers(1, 60), st.integers(1, 4000))
def test_the_bounds_hold_after_every_frame(sizes: list[int], keep_frames: int, keep_chars: int) -> None:
    log = FrameLog(keep_frames, keep_chars)
    for number, size in enumerate(sizes):
        log.append(Frame(number, 0.0, "values", "x" * size))
        kept = sum(len(frame.data) for frame in log._recent)
        assert log._chars == kept
        assert 1 <= len(log._recent) <= keep_frames
        assert kept <= keep_chars or len(log._recent) == 1
    assert [len(log[index].data) for index in range(len(log))] == sizes
    log.close()


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


def test_a_payload_that_a_thread_reads_and_a_frame_that_comes_meanwhile_do_not_meet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = filled(3000)
    more = [Frame(3000 + number, 0.0, "values", f'{{"m":{number}}}', "") for number in range(1000)]

    def append() -> None:
        for frame in more:
            log.append(frame)

    appending = threading.Thread(target=append)
    pread, reading, torn = os.pread, [False], []

    def interrupted(file: int, size: int, place: int) -> bytes:
        if appending.ident is None:
            reading[0] = True
            appending.start()
            appending.join(0.2)  # it comes to its end only where nothing keeps it from the log
            torn.append(len(log) > 3000)
            reading[0] = False
        return pread(file, size, place)

    monkeypatch.setattr("os.pread", interrupted)
    assert log.text(0) == '{"n":0}'
    appending.join()
    assert torn == [False]
    assert [log[number].data for number in range(3000)] == [f'{{"n":{number}}}' for number in range(3000)]
    assert [log[3000 + number] for number in range(1000)] == more
    log.close()


@pytest.mark.parametrize("room", [0, 1, 20_000, 50_001])
def test_a_disk_that_takes_no_more_loses_nothing_and_is_told(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    pwrite = os.pwrite

    def limited(file: int, data: bytes, place: int) -> int:
        if place >= room:
            raise OSError(ENOSPC, "No space left on device")
        return pwrite(file, bytes(data)[: room - place], place)

    monkeypatch.setattr("os.pwrite", limited)
    log = filled(4000)
    assert log.problem == "No space left on device"
    assert [log[number].seq for number in range(4000)] == list(range(4000))
    log.rest()
    assert [log[number].data for number in range(4000)] == [f'{{"n":{number}}}' for number in range(4000)]
    log.close()


@pytest.mark.parametrize("error", [FileNotFoundError("no usable temporary directory"), OSError()])
def test_without_a_folder_for_it_everything_stays_in_memory(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def none(**_: object) -> IO[bytes]:
        raise error

    monkeypatch.setattr("tempfile.TemporaryFile", none)
    log = filled(100)
    assert log.problem
    assert [frame.seq for frame in log._recent] == list(range(100))


def test_a_file_that_was_cut_tells_which_events_are_gone_and_has_the_others() -> None:
    log = filled(3000)
    size = os.fstat(log._file.make()).st_size
    os.ftruncate(log._file.make(), size // 2)
    found = [log[number] for number in range(3000)]
    assert [frame.seq for frame in found] == list(range(3000))
    assert found[0].event == "values"
    assert {frame.event for frame in found[1000:2000]} >= {"unreadable"}
    assert found[-1].event == "values"
