"""Answers that were typed and not sent: kept for their thread and question, whatever comes between."""

from __future__ import annotations

import threading

import pytest

from studio_tui.core.inputs.drafts import Drafts
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import Phase
from tests.ui.conftest import Driven, Start
from tests.ui.interrupts.test_dock import asked, dock_text, no_grace
from tests.waiting import PATIENCE

__all__ = ["no_grace"]
FIRST = ThreadId("dddd0001-0000-4000-8000-000000000001")


async def leave(it: Driven) -> None:
    """Open a thread that asks nothing."""
    it.studio.app_state.thread_id = ThreadId("dddd0002-0000-4000-8000-000000000002")
    it.studio.running(Phase.DONE)
    await it.until(lambda: not it.app.studio_screen.dock.display)


async def draft_is_back(it: Driven) -> None:
    """Open the first thread again: what was typed there stands there."""
    it.studio.app_state.thread_id = FIRST
    it.studio.asks("First?")
    sheet = it.app.studio_screen.dock.sheet
    await it.until(lambda: [entry.text for entry in sheet.entries] == ["hi"], "the draft")


async def test_typed_answers_survive_a_crash(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?", "Second?")
        await it.press("space", "y", "enter", *"later")
        files = it.app.options.paths.drafts_dir if it.app.options.paths else None
        assert files is not None
        await it.until(lambda: any("later" in path.read_text() for path in files.glob("*.draft.json")))
    async with start() as it:
        it.studio.app_state.touch(Slice.RUN)
        await asked(it, "First?", "Second?")
        await it.sees("Your unsent answer is back")
        assert it.app.studio_screen.dock.sheet.prepared == {"q1": True}
        assert [entry.text for entry in it.app.studio_screen.dock.sheet.entries] == ["", "later"]


async def test_a_draft_is_not_given_to_another_question_or_thread(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?")
        await it.press("enter", "h", "i", "escape")
        it.studio.asks("Another?")
        await it.until(lambda: "Another?" in dock_text(it))
        assert it.app.studio_screen.dock.sheet.current.text == ""
        it.studio.app_state.thread_id = ThreadId("dddd0009-0000-4000-8000-000000000009")
        it.studio.asks("First?")
        await it.until(lambda: "First?" in dock_text(it))
        assert it.app.studio_screen.dock.sheet.current.text == ""


async def test_a_draft_is_back_when_its_thread_is_opened_again(start: Start) -> None:
    async with start() as it:
        it.studio.app_state.thread_id = FIRST
        await asked(it, "First?")
        await it.press("enter", "h", "i", "escape")
        await leave(it)
        await draft_is_back(it)


async def test_what_is_typed_before_the_draft_was_read_is_kept(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    read, reading = threading.Event(), Drafts.load
    async with start() as it:
        monkeypatch.setattr(Drafts, "load", lambda self, key: read.wait(PATIENCE) and reading(self, key))
        it.studio.app_state.thread_id = FIRST
        await asked(it, "First?")
        await it.press("enter", "h", "i", "escape")
        await leave(it)
        read.set()
        await draft_is_back(it)
