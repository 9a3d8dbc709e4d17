"""A timeline that was not in sight catches up a few pages at a time, with pauses for keys and paints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from studio_tui.core.runstate import put_away
from studio_tui.core.state.app_state import AppState
from studio_tui.present.runs import timeline_tree
from studio_tui.ui.kit.lists.line_view import SCAN_PAUSE
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from tests.core.runstate.test_put_away import Followed, frames
from tests.ui.kit.panel_host import PanelHost


async def test_however_often_it_is_drawn_there_is_a_pause_between_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("KEPT", 64), ("PAGE", 48), ("_LEAST", 8)):
        monkeypatch.setattr(put_away, name, value)
    monkeypatch.setattr(timeline_tree, "_PAGES_AT_ONCE", 1)
    followed = Followed(bounded=True)
    for event, data in frames(1, 300):
        followed.feed(event, data)
    app_state, panel = AppState(runs=[followed.run]), TimelinePanel()
    waiting: list[Callable[[], None]] = []

    def set_timer(seconds: float, callback: Callable[[], None], **_: Any) -> object:
        if seconds == SCAN_PAUSE:
            waiting.append(callback)
        return object()

    async with PanelHost(panel).run_test(size=(60, 14)):
        monkeypatch.setattr(panel, "set_timer", set_timer)
        for _ in range(3):
            panel.draw(app_state, panel.slices)
        pauses = len(waiting)
        while waiting:
            assert len(waiting) == 1
            waiting.pop()()
        assert pauses == 1
        assert len(panel.rows) > 300
