"""The dialog of run options says what can be chosen in whole words, at every width."""

from __future__ import annotations

import re
from typing import Any

import pytest

from studio_tui.domain.assistant import Schemas
from studio_tui.domain.run_request import RunOptions
from studio_tui.domain.stream_mode import MODES
from studio_tui.ui.runs.options_screen import OptionsFor, RunOptionsScreen
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
        assert all(re.search(r"or (?!reject)\w+, \w+", line) for line in multitask)
        assert multitask
        for said in re.findall(r"any of: [^│{\n]*", seen):
            assert said.rstrip(" ▁▂▃▄▅▆▇█").endswith(("…", "tools")), said


LONG_NAMES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "max_structured_output_retries": {"type": "integer", "default": 3},
        "allow_clarification": {"type": "boolean", "default": True},
        "summarization_model": {"type": "string", "default": "openai:gpt-4.1-mini"},
        "summarization_model_max_tokens": {"type": "integer", "default": 8192},
        "final_report_model_max_tokens": {"type": "integer", "default": 10000},
        "maximum_concurrent_research_units_of_one_run": {"type": "integer", "default": 5},
    },
}


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (200, 60)])
async def test_names_of_settings_are_whole_and_never_touch_the_value(start: Start, size: tuple[int, int]) -> None:
    about = OptionsFor(None, Schemas(context=LONG_NAMES), ("clarify_with_user", "supervisor"), lambda _options: {})
    async with start(size=size) as it:
        it.app.push_screen(RunOptionsScreen(RunOptions(), about))
        await it.until(lambda: bool(it.app.screen.query("#options-settings FieldRow")), "the settings")
        it.app.screen.query_one("#options-body").scroll_end(animate=False)
        await it.pilot.pause()
        for name, field in LONG_NAMES["properties"].items():
            value = {True: "yes"}.get(field["default"], field["default"])
            value = re.escape(str(value)[:12])
            beside = re.search(rf"\b{name} +default: {value}", it.screen)
            above = re.search(rf"\b{name} *│.*\n.*[│ ]  default: {value}", it.screen)
            assert beside or above, it.screen


def _below_the_top(screen: str) -> str:
    return screen.partition("\n")[2]
