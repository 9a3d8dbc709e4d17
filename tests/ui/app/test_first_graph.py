"""Where no assistant is named the first graph is left for one that takes messages, but never under somebody's hands."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.ui.conftest import Driven, Start
from tests.ui.fakes import AGENT, REVIEW, FakeCatalog


def _found(it: Driven) -> None:
    """The schemas of all graphs are there: another one takes messages."""
    assert isinstance(it.studio.assistants, FakeCatalog)
    it.studio.assistants.schemas_known.set()


async def test_a_graph_that_takes_messages_is_gone_to_and_told(start: Start) -> None:
    async with start(assistant="") as it:
        assert it.studio.app_state.assistant_id == AGENT.assistant_id
        _found(it)
        await it.sees("Careful reviewer takes messages, so it comes first. a chooses another graph.")
        assert it.studio.app_state.assistant_id == REVIEW.assistant_id
        assert it.app.studio_screen.area == "composer"


@pytest.mark.parametrize("keys", [("x",), ("escape",), ("f1",), ("tab",)])
async def test_once_a_key_was_pressed_the_graph_stays(start: Start, keys: Sequence[str]) -> None:
    async with start(assistant="") as it:
        await it.press(*keys)
        _found(it)
        await it.until(lambda: not any(item.group == "prefer-chat" for item in it.app.workers), "the end of it")
        assert it.studio.called("prefer_chat")
        assert it.studio.app_state.assistant_id == AGENT.assistant_id


async def test_neither_a_click_nor_a_thread_is_overridden(start: Start) -> None:
    for does in ("click", "thread"):
        async with start(assistant="") as it:
            if does == "click":
                await it.pilot.click(offset=(5, 20))
            else:
                it.studio.running()
            _found(it)
            await it.until(lambda: not any(item.group == "prefer-chat" for item in it.app.workers), "the end of it")
            assert it.studio.app_state.assistant_id == AGENT.assistant_id, does


async def test_a_named_assistant_or_thread_is_not_questioned(start: Start) -> None:
    for more in ({"assistant": "agent"}, {"assistant": "", "thread": "aaaa0001-0000-4000-8000-000000000001"}):
        async with start(**more) as it:
            assert not it.studio.called("prefer_chat")
