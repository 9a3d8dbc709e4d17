"""How long what runs has taken so far."""

from __future__ import annotations

import re
import time

from studio_tui.ui.contracts.beat import BEAT, on_beat
from tests.ui.conftest import Start


async def test_the_time_of_a_run_goes_on_while_nothing_arrives(start: Start) -> None:
    async with start() as it:
        run = it.studio.running()
        run.started_at = time.time() - 10.0

        def shown() -> int:
            found = re.search(r"RUNNING (\d+)s", it.screen)
            return int(found[1]) if found else 0

        await it.until(lambda: shown() > 0, "a time")
        before = shown()
        await it.until(lambda: shown() > before, "a later time")


def test_whoever_draws_between_two_beats_writes_no_new_digits() -> None:
    assert on_beat(100.0) == on_beat(100.0 + BEAT * 0.99) == 100.0
    assert on_beat(100.0 + BEAT) == 100.0 + BEAT
