"""Promise: of a long conversation the end stands there at once, and all of it is there for whoever looks for it."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.jsonkit.value import Json
from studio_tui.present.messages import conversation
from studio_tui.ui.messages import panel as panel_module
from studio_tui.ui.messages.panel import MessagesPanel
from tests.ui.harness import wait_until
from tests.ui.kit.panel_host import PanelHost, inside, redraw

MANY = 300


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_module, "READ_AT_ONCE", 40)
    monkeypatch.setattr(panel_module, "AT_ONCE", 10)
    monkeypatch.setattr(conversation, "AT_ONCE", 10)


def _state(many: int = MANY, key: str = "messages", **more: Any) -> AppState:
    said: list[Json] = [
        {"type": "ai", "id": f"i{number}", "content": f"word{number:03}", "tool_calls": [{"id": f"c{number}"}]}
        if number % 3
        else {"type": "tool", "id": f"i{number}", "content": f"word{number:03}", "tool_call_id": f"c{number - 1}"}
        for number in range(many)
    ]
    thread = ThreadId("01a206df-aaaa")
    found = Checkpoint(thread, CheckpointId("1f0c4a22-6f01-6000"), values={key: said, **more})
    return AppState(thread_id=thread, state=found)


async def _read(pilot: Pilot[None], panel: MessagesPanel) -> None:
    await wait_until(pilot, lambda: f"{MANY} messages" in str(panel.border_subtitle))


async def _sees(pilot: Pilot[None], panel: MessagesPanel, words: str) -> None:
    await wait_until(pilot, lambda: words in "\n".join(inside(panel)))


async def test_the_end_stands_there_before_the_rest_is_read() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        redraw(panel, _state())
        await pilot.pause()
        assert "word299" in "\n".join(inside(panel))
        await _read(pilot, panel)
        assert panel._messages.older > 100
        assert "word299" in "\n".join(inside(panel))


async def test_who_scrolls_up_comes_to_the_first_message() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        redraw(panel, _state())
        await _read(pilot, panel)
        seen = ""
        while "word000" not in seen:
            await pilot.press("pageup")
            before, seen = seen, "\n".join(inside(panel))
            if before == seen:
                await wait_until(pilot, lambda: panel.port.top > 0 or not panel._messages.older)
        assert panel.row == 0


async def test_the_first_and_the_last_are_a_key_away() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        redraw(panel, _state())
        await pilot.press("g", "g")
        await _sees(pilot, panel, "word000")
        assert panel.row == 0
        await _read(pilot, panel)
        await pilot.press("G")
        await _sees(pilot, panel, "word299")


async def test_a_text_is_found_wherever_it_stands() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        redraw(panel, _state())
        panel.set_filter("word007")
        await _sees(pilot, panel, "word007")
        assert panel.selected_path() == ("messages", 7)
        panel.find(1)
        assert panel.selected_path() == ("messages", 7)
        panel.set_filter("nowhere")
        await wait_until(pilot, lambda: panel.no_match)


async def test_the_place_of_a_message_is_known_while_the_others_are_read() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        redraw(panel, _state())
        panel.move_to_row(len(panel.rows) - 1)
        before = panel.selected_path()
        assert before is not None
        assert before[1] > MANY - 5
        await _read(pilot, panel)
        assert panel.selected_path() == before


async def test_another_state_is_shown_whatever_is_still_being_read() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        redraw(panel, _state())
        other = _state(3)
        redraw(panel, other)
        await pilot.pause()
        assert "word299" not in "\n".join(inside(panel))
        await wait_until(pilot, lambda: not panel._reading)
        await _sees(pilot, panel, "word002")
        assert "word299" not in "\n".join(inside(panel))


async def test_rows_are_those_of_a_conversation_that_is_laid_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app_state = _state()
    texts = []
    for at_once in (10, 1000):
        monkeypatch.setattr(conversation, "AT_ONCE", at_once)
        panel = MessagesPanel()
        async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
            redraw(panel, app_state)
            await _read(pilot, panel)
            await pilot.press("g", "g")
            await wait_until(pilot, lambda panel=panel: not panel._messages.older)  # type: ignore[misc]
            texts.append([panel.rows.text(row) for row in range(len(panel.rows))])
    assert texts[0] == texts[1]


async def test_a_hidden_panel_lets_go_of_a_thread_that_was_left_and_of_no_other() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        shown = _state(3)
        redraw(panel, shown)
        panel.let_go(shown)
        await _sees(pilot, panel, "word002")
        panel.let_go(AppState())
        assert len(panel.rows) == 0
        redraw(panel, shown)
        await _sees(pilot, panel, "word002")
