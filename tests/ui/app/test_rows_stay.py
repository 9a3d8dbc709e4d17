"""Nothing moves while somebody walks through a form and types right and wrong values."""

from __future__ import annotations

from typing import Any

import pytest
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from studio_tui.core.assistants.form import form_of
from studio_tui.core.crons import CronDraft
from studio_tui.core.inputs.message_form import MessageFor
from studio_tui.core.interrupts.resume_command import CommandTarget
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.run_request import RunOptions
from studio_tui.jsonkit.value import Json
from studio_tui.ui.assistants.form_screen import AssistantFormScreen
from studio_tui.ui.composer.message_dialog import MessageDialog
from studio_tui.ui.crons.cron_dialog import CronDialog
from studio_tui.ui.interrupts.resume_dialog import CommandDialog
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.runs.options_screen import OptionsFor, RunOptionsScreen
from tests.ui.conftest import Driven, Start
from tests.ui.timetravel.time_fakes import TimeStudio, at_history, in_editor

SIZES = [(80, 24), (120, 36)]
_PARTS = (
    "FieldRow",
    "FieldRow > *",
    "CheckList",
    "ChoiceField",
    "SchemaForm",
    "NoteRows",
    "KeyBar",
    "KeyRow",
    "TopRow",
    "#dialog",
    ".command-label",
    ".cron-row",
    ".cron-row > *",
    "#cron-words",
    "#edit-head > *",
    "#edit-body > *",
)
"""What has its place; previews of what would be sent grow and shrink below all that."""
SETTINGS: Json = {
    "type": "object",
    "properties": {
        "temperature": {"type": "number", "maximum": 1, "description": "How freely it writes. " * 8},
        "model": {"enum": ["fast", "deep"], "description": "Which model."},
        "url": {"type": "string", "format": "uri"},
    },
}


def places(it: Driven) -> dict[Widget, Region]:
    """Return where every part of the screen is in the one around it, however that is scrolled."""
    shown = (part for kind in _PARTS for part in it.app.screen.query(kind) if part.display)
    return {part: part.virtual_region for part in shown}


def _screens(name: str) -> Screen[Any]:
    schemas = Schemas(context=SETTINGS)
    if name == "options":
        return RunOptionsScreen(RunOptions(), OptionsFor(None, schemas, ("agent",), lambda _options: {}))
    if name == "assistant":
        return AssistantFormScreen("agent", form_of(schemas, Dialect()), Dialect(), None)
    if name == "command":
        return CommandDialog(
            CommandTarget(nodes=("agent", "tools"), keys=frozenset({"count"})), lambda command: command
        )
    if name == "cron":
        return CronDialog(CronDraft(assistant_id="agent"), (), _taken)
    return MessageDialog("agent", MessageFor(), lambda: "")


async def _taken(_draft: CronDraft) -> None:
    pass


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["options", "assistant", "messages", "command", "cron"])
async def test_no_row_of_a_form_moves_for_help_or_a_wrong_value(start: Start, name: str, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        it.app.push_screen(_screens(name))
        if name in ("assistant", "messages"):
            await it.until(lambda: any(form.has_focus_within for form in it.app.screen.query(SchemaForm)), "the form")
        await it.until(lambda: bool(it.app.screen.query("FieldRow, Input, Area")), "its rows")
        if name in ("command", "cron"):
            await it.press("ctrl+s")  # from now on everything is judged
        await it.pilot.pause()
        before, walked = places(it), set[Widget | None]()
        while it.app.focused not in walked:
            walked.add(it.app.focused)
            await it.press("minus", "x", "backspace", "tab")
            assert places(it) == before, it.screen
        assert len(walked) >= 3


@pytest.mark.parametrize("size", SIZES)
async def test_no_row_of_the_editor_moves_for_a_wrong_value(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(studio=studio, size=size) as it:
        await at_history(it, studio)
        screen = await in_editor(it)
        await it.pilot.pause()
        before = places(it)
        for key in ("x", "ctrl+s", "backspace", "backspace", "ctrl+g", "7", "ctrl+r", "{"):
            await it.press(key)
            assert places(it) == before, (key, it.screen)
        assert screen.said, it.screen


@pytest.mark.parametrize("size", SIZES)
async def test_no_row_of_the_studio_moves_while_a_question_is_answered_in_words(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size=size) as it:
        await it.panels()
        it.studio.asks("May I?\n" * 7)
        dock = it.app.studio_screen.dock
        await it.until(lambda: dock.display and bool(dock.children), "the question")
        await it.until(lambda: not it.app.studio_screen.composer.display, "the composer folded")
        around = [it.app.studio_screen.arrangement.body, dock, dock.lines.keys]
        await it.pilot.pause()
        before = [part.region for part in around]
        for key in ("c", "y", "x", "enter", "1", "2", "backspace", "backspace", "ctrl+s", "escape", "N", "escape"):
            await it.press(key)
            assert [part.region for part in around] == before, (key, it.screen)
        assert not it.studio.called("answer")


async def test_what_finds_no_room_in_the_composers_border_stands_whole_in_help(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await it.until(lambda: it.app.studio_screen.composer.has_focus_within, "the composer")
        rows = it.app.studio_screen.composer.region
        words = "the server gave a long reason that no border of eighty columns has any room for, " * 2
        it.app.studio_screen.composer.say(f"Not sent. {words}at last")
        await it.sees("f1 more")
        assert it.app.studio_screen.composer.region == rows
        await it.press("f1")
        await it.sees("What is said here")
        await it.sees("at last")
