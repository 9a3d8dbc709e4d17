"""The bottom row: keys of where the user is, clicks in it, and the prompt that takes its place."""

from __future__ import annotations

import pytest

from studio_tui.domain.run import Phase
from studio_tui.text.spans import line_width, plain
from studio_tui.ui.assistants.commands import BAR
from studio_tui.ui.commands.key_bar import key_line
from studio_tui.ui.studio.panels import BARS, TEXT_AREAS
from tests.ui.conftest import Start

_BARS = {**BARS, "assistants": BAR}


@pytest.mark.parametrize("area", sorted(_BARS))
async def test_the_key_bar_fits_eighty_columns_with_whole_words(start: Start, area: str) -> None:
    async with start(size=(80, 24)) as it:
        it.studio.running(Phase.RUNNING)
        line, spots = key_line(it.app.context(), _BARS[area], 80, typing=area in TEXT_AREAS)
        assert line_width(line) == 80
        assert plain(line).rstrip().endswith("^p Palette")
        names = {command.short or command.title for command in it.app.commands}
        shown = [plain(line)[start:end].split(maxsplit=1)[1].strip() for start, end, _ in spots]
        assert set(shown) <= names
        assert 3 <= len(shown) <= 11


async def test_a_click_in_the_key_bar_runs_the_command(start: Start) -> None:
    async with start() as it:
        bar = it.screen.splitlines()[-1]
        await it.pilot.click(offset=(bar.index("Help"), 35))
        await it.sees("In composer")
