"""The frame log keeps every frame of a run: the newest in memory, all of them readable."""

from __future__ import annotations

import json
import threading
from typing import IO, Any

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


class Interrupted:
    """A spill file in the middle of whose first reading another thread appends."""

    def __init__(self, file: IO[bytes], append: threading.Thread) -> None:
        self._file = file
        self._append = append
        self.is_reading = False
        self.torn = False
        """Something was written between the search for a place and the end of the reading there."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def seek(self, place: int) -> int:
        found = self._file.seek(place)
        if not self._append.is_alive() and self._append.ident is None:
            self.is_reading = True
            self._append.start()
            self._append.join(0.2)  # it comes to its end only where nothing keeps it from the file
            self.is_reading = False
        return found

    def write(self, data: bytes) -> int:
        self.torn = self.torn or self.is_reading
        return self._file.write(data)


def test_a_payload_that_a_thread_reads_and_a_frame_that_comes_meanwhile_do_not_meet_in_the_file() -> None:
    log = filled(300)
    more = [Frame(300 + number, 0.0, "values", f'{{"m":{number}}}', "") for number in range(50)]

    def append() -> None:
        for frame in more:
            log.append(frame)

    appending = threading.Thread(target=append)
    assert log._file is not None
    file = Interrupted(log._file, appending)
    log._file = file  # type: ignore[assignment]
    assert log.text(0) == '{"n":0}'
    appending.join()
    assert not file.torn
    assert [log[number].data for number in range(300)] == [f'{{"n":{number}}}' for number in range(300)]
    assert [log[300 + number] for number in range(50)] == more
    log.close()
