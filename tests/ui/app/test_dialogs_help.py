"""Every full screen says in its top row where one is; every screen and dialog names its help, and f1 opens it."""

from __future__ import annotations

from typing import Any

import pytest
from textual.screen import ModalScreen

from studio_tui.core.assistants.form import form_of
from studio_tui.core.crons import CronDraft
from studio_tui.core.inputs.message_form import MessageFor
from studio_tui.core.interrupts.resume_command import CommandTarget
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.run_request import RunOptions
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.app.help import HelpScreen
from studio_tui.ui.assistants.form_screen import AssistantFormScreen
from studio_tui.ui.composer.message_dialog import MessageDialog
from studio_tui.ui.crons.cron_dialog import CronDialog
from studio_tui.ui.interrupts.resume_dialog import CommandDialog
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.runs.options_screen import OptionsFor, RunOptionsScreen
from tests.ui.conftest import Driven, Start

SIZES = [(80, 24), (120, 36)]
OPENED = {
    command.id: (command.keys[0], name)
    for command in build_registry()
    for ids, name in [
        ("assistants", "Assistants"), ("threads", "Threads"), ("inbox", "Inbox"), ("store", "Store"),
        ("crons", "Crons"), ("runs", "Runs"), ("http-log", "HTTP"), ("run-options", "Run options"),
    ]
    if command.id == ids and command.keys
}  # fmt: skip
"""Screens that a key of the Studio opens: the key, and what their top row calls them."""


async def _taken(_draft: CronDraft) -> None:
    pass


def _forms() -> dict[str, Any]:
    return {
        "options": lambda: RunOptionsScreen(RunOptions(), OptionsFor(None, None, (), lambda _options: {})),
        "assistant": lambda: AssistantFormScreen("agent", form_of(Schemas(), Dialect()), Dialect(), None),
        "messages": lambda: MessageDialog("agent", MessageFor(), lambda: ""),
        "command": lambda: CommandDialog(CommandTarget(), lambda command: command),
        "cron": lambda: CronDialog(CronDraft(), (), _taken),
        "item": lambda: CheckedPrompt("New item", "Namespace and key", "", str),
    }


async def _help_of(it: Driven) -> None:
    """The screen on top has its top row and its help, named and working by f1."""
    screen = it.app.screen
    if not isinstance(screen, ModalScreen):
        assert it.screen.split("\n")[0].lstrip().startswith("127.0.0.1:2024"), it.screen
    is_named = "? Help" in it.screen or "f1 Help" in it.screen
    assert is_named, it.screen
    await it.press("f1")
    await it.until(lambda: isinstance(it.app.screen, HelpScreen), "its help")
    await it.sees("What you want to do")
    await it.press("escape")
    await it.until(lambda: it.app.screen is screen, "back")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", OPENED)
async def test_every_screen_has_the_top_row_and_help(start: Start, name: str, size: tuple[int, int]) -> None:
    key, called = OPENED[name]
    async with start(size=size) as it:
        await it.panels()
        await it.press(key)
        await it.until(lambda: it.app.screen is not it.app.studio_screen, "the screen")
        await it.until(lambda: called in it.screen.split("\n")[0], f"{called} in the top row")
        await it.until(lambda: bool(it.app.screen.query(LineView)) or name == "run-options", "its parts")
        await _help_of(it)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", _forms())
async def test_every_form_has_help(start: Start, name: str, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        it.app.push_screen(_forms()[name]())
        await it.sees("Help")
        await it.pilot.pause()
        await _help_of(it)
