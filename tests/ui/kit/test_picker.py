"""Choosing from a list: the nearest name first, and enter takes what the letters typed before it say."""

from __future__ import annotations

from types import SimpleNamespace

from textual import events
from textual.app import App

from studio_tui.core.inputs.drafts import Unsaved
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.terminal.themes import register_themes
from tests.ui.harness import wait_until

NODES = [
    PickerChoice("agent", "agent", "next: end or action or ask_human"),
    PickerChoice("ask_human_twice", "ask_human_twice"),
    PickerChoice("ask_human", "ask_human", "next: agent"),
]


class PickerApp(App[None]):
    """Opens the dialog at once and keeps its answer."""

    answer: str | None = None
    services = SimpleNamespace(commands=build_registry(), unsaved=Unsaved())

    def on_mount(self) -> None:
        register_themes(self)
        self.push_screen(PickerDialog("Node", NODES), self._answered)

    def _answered(self, value: str | None) -> None:
        self.answer = value


async def test_letters_and_enter_in_one_burst_take_the_name_that_was_typed() -> None:
    async with PickerApp().run_test() as pilot:
        app = pilot.app
        assert isinstance(app, PickerApp)
        await wait_until(pilot, lambda: bool(app.screen.query("#dialog-list")), "the list")
        driver = app._driver
        assert driver is not None
        for char in "ask_human":
            driver.send_message(events.Key("underscore" if char == "_" else char, char))
        driver.send_message(events.Key("enter", "\r"))
        await wait_until(pilot, lambda: app.answer is not None, "the answer")
        assert app.answer == "ask_human"
