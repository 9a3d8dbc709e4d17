"""A replay tells how long things took when they were recorded, at whatever pace it is told."""

from __future__ import annotations

import pytest

from studio_tui.core.recording.replay import ReplayStream
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.wire.frames import Frame


@pytest.mark.parametrize("speed", [0.0, 1e9])
async def test_times_between_frames_are_those_of_the_recording(speed: float) -> None:
    frames = [Frame(number, 1_000.0 + at, "tasks", "{}") for number, at in enumerate((0.0, 2.5, 3.0, 900.0))]
    told = [frame.at async for frame in ReplayStream(ThreadId("t"), RunId("r"), frames, speed, set())]
    assert [round(at - told[0], 6) for at in told] == [0.0, 2.5, 3.0, 900.0]
    assert told[0] > 1_000_000_000, "it begins now"
