"""The state shows what has room when it comes, and moves nothing by itself afterwards."""

from __future__ import annotations

from typing import Any

from studio_tui.ui.timetravel.state_panel import StatePanel
from tests.ui.conftest import Driven, Start
from tests.ui.timetravel.time_fakes import TimeStudio, item

SMALL: dict[str, Any] = {"messages": [{"type": "human", "content": "hi"}], "plan": {"first": "look", "then": "go"}}


async def _state(it: Driven, studio: TimeStudio, values: dict[str, Any]) -> StatePanel:
    await it.panels()
    await it.press("4")
    await it.sees("No state yet")
    studio.past(item(0, None, values=values))
    await it.sees("plan")
    return it.app.studio_screen.part(StatePanel)


def _labels(panel: StatePanel) -> list[str]:
    return [str(panel._tree.row(place).label) for place in range(len(panel._tree))]


async def test_what_has_room_is_unfolded_also_what_a_later_step_adds_until_the_user_folds(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        panel = await _state(it, studio, SMALL)
        await it.sees("look")
        assert {"first", "then", "0"} <= set(_labels(panel))
        studio.past(item(1, None, values={**SMALL, "report": {"total": 12}}))
        await it.until(lambda: "total" in _labels(panel))
        panel.toggle_row(_labels(panel).index("plan"))
        studio.past(item(2, None, values={**SMALL, "report": {"total": 12}, "more": {"a": 1}}))
        await it.until(lambda: "more" in _labels(panel))
        assert not {"a", "first"} & set(_labels(panel))


async def test_what_has_none_stays_folded_and_later_states_unfold_nothing(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        large = {"items": [f"item {n}" for n in range(80)], "plan": {"first": "look"}}
        panel = await _state(it, studio, large)
        await it.sees("look")
        assert "7" not in _labels(panel)
        assert len(panel.rows) <= panel.port.height
        before = len(panel.rows)
        studio.past(item(1, None, values={**large, "more": {"a": 1}}))
        await it.sees("more")
        assert len(panel.rows) == before + 1
        assert "a" not in _labels(panel)


async def test_what_has_room_is_unfolded_also_where_the_panel_is_opened_later(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        studio.past(item(0, None, values=SMALL))
        await it.panels()
        await it.press("4")
        await it.sees("look")
        assert {"first", "then", "0"} <= set(_labels(it.app.studio_screen.part(StatePanel)))
