"""The pilot's pause: it ends when the screen shows what was done, however busy the machine is."""

from __future__ import annotations

import time

from studio_tui.core.state.app_state import Slice
from tests.ui.conftest import Start


async def test_a_pause_waits_for_a_frame_that_dear_frames_have_put_off(start: Start) -> None:
    async with start() as it:
        it.app.clock._last_start, it.app.clock._interval = time.monotonic(), 0.4
        it.studio.app_state.readonly = True
        it.studio.app_state.touch(*Slice)
        assert "READONLY" not in it.screen
        await it.pilot.pause()
        assert "READONLY" in it.screen
