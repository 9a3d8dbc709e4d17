"""Leaving a thread, or the program: a question comes only where something is lost, and then once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.domain.run import Phase
from studio_tui.ui.kit import twice
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import AGENT, REVIEW
from tests.ui.harness import screen_text


async def prompt(it: Driven, text: str) -> None:
    await it.press("colon")
    await it.type(text)
    await it.press("enter")


async def test_assistant_of_another_graph_asks_where_something_is_left_with_the_thread(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it, "thread aaaa0001")
        await it.until(lambda: it.studio.app_state.thread_id is not None)
        it.studio.running(Phase.DONE)
        await it.press("i", "h", "escape")
        await prompt(it, "assistant review")
        await it.sees("What you typed is not sent.")
        await it.press("n", "i", "backspace", "escape")
        it.studio.running(Phase.RUNNING)
        await prompt(it, "assistant review")
        await it.sees("Start a new thread")
        assert "belongs to graph agent" in screen_text(it.app)
        await it.press("n")
        await it.until(lambda: "Start a new thread" not in screen_text(it.app))
        assert it.studio.app_state.thread_id is not None
        assert it.studio.app_state.assistant_id == AGENT.assistant_id
        it.studio.running(Phase.DONE)
        await prompt(it, "assistant review")
        await it.sees("New thread for Careful reviewer: ")
        await it.until(lambda: it.studio.app_state.assistant_id == REVIEW.assistant_id)
        assert it.studio.app_state.thread_id is None


async def test_the_demo_says_once_that_it_forgets_its_threads(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start() as it:
        await it.panels()
        app_state = it.studio.app_state
        demo: Any = SimpleNamespace(launch=SimpleNamespace(private_copy=True, place="local demo"), close=lambda: None)
        it.app.local = demo
        assert app_state.server is not None
        assert await it.app.runs.may_leave(), "a server that others started keeps its threads"
        app_state.server = replace(app_state.server, place="local demo")
        listed, app_state.threads.items = app_state.threads.items, []
        assert await it.app.runs.may_leave(), "there is nothing to forget"
        app_state.threads.items = listed
        monkeypatch.setattr(twice, "HELD", 3600.0)
        await it.press(*"qqqq")
        await it.sees("q again leaves; the demo's 2 threads are forgotten.")
        assert not it.studio.called("aclose"), "a key that is held says nothing for the second time"
        monkeypatch.setattr(twice, "HELD", 0.0)
        await it.press("j", "q")
        assert not it.studio.called("aclose"), "another key takes the first one back"
        await it.press("q")
        await it.until(lambda: bool(it.studio.called("aclose")), "closing")
