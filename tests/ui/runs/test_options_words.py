"""The dialog of run options says what can be chosen in whole words, at every width."""

from __future__ import annotations

import re

import pytest

from studio_tui.domain.stream_mode import MODES
from tests.ui.conftest import Start


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_options_and_choices_are_whole_words(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.press("ctrl+o")
        await it.sees("Run options")
        seen = _below_the_top(it.screen)
        await it.press("shift+tab", "shift+tab")
        for _ in range(30):
            await it.press("tab")
            seen += _below_the_top(it.screen)
        for mode in MODES:
            assert mode.words in seen
        assert re.search("[‹›]|\\d/\\d", seen) is None
        multitask = [line for line in seen.splitlines() if "default: reject" in line]
        assert all("or reject, enqueue" in line for line in multitask)
        assert multitask
        for said in re.findall(r"any of: [^│{\n]*", seen):
            assert said.rstrip(" ▁▂▃▄▅▆▇█").endswith(("…", "tools")), said


def _below_the_top(screen: str) -> str:
    return screen.partition("\n")[2]
