"""The whole screen in its three activities, against reviewed pictures in text.

`python -m pytest tests/ui/studio/test_activities.py` with STUDIO_GOLDENS=write writes them again.
"""

from __future__ import annotations

import os

import pytest

from tests.ui.conftest import Start
from tests.ui.studio.activities import ACTIVITIES, SIZES, golden, steady
from tests.ui.timetravel.time_fakes import TimeStudio


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("activity", ACTIVITIES)
async def test_the_screen_is_the_reviewed_one(start: Start, activity: str, size: tuple[int, int]) -> None:
    async with start(size=size, studio=TimeStudio()) as it:
        await ACTIVITIES[activity](it)
        path = golden(activity, size)
        if os.environ.get("STUDIO_GOLDENS") == "write":
            await it.pilot.pause(2.0)  # until the last border says what it has to say
            path.write_text(steady(it.screen))
        wanted = path.read_text()
        await it.until(lambda: steady(it.screen) == wanted, f"the screen of {path.name}:\n{wanted}")
