"""A small app that holds one panel, for tests of panels without the rest of the studio."""

from __future__ import annotations

from inspect import iscoroutine
from types import SimpleNamespace
from typing import Any

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.lists.line_view import LineView
from tests.ui.harness import grid, widget_text


class PanelHost(App[None]):
    """One widget in a round border, with the options that the real app has."""

    CSS = "LineView { border: round white; }"

    def __init__(self, panel: Widget, *, ascii: bool = False) -> None:
        super().__init__()
        self.panel = panel
        self.options = UiOptions(ascii=ascii)
        self.set_class(ascii, "-ascii")
        self.posted: list[Message] = []
        self.started: list[Any] = []
        """What was asked of the core: `history`, `page` of a table, or the threads whose words are wanted."""
        studio = SimpleNamespace(
            threads=SimpleNamespace(more_history=lambda: "history", go_to=lambda thread_id: f"open {thread_id}"),
            words=SimpleNamespace(read=list),
        )
        self.services = SimpleNamespace(
            studio=studio,
            work=SimpleNamespace(start=self.start),
            commands=build_registry(),
            studio_screen=None,
            app_state=AppState(),
            here=lambda: frozenset({"yank"}),
        )

    def compose(self) -> ComposeResult:
        """Hold the panel."""
        yield self.panel

    def on_mount(self) -> None:
        """Give the panel the keys."""
        self.panel.focus()

    def start(self, work: Any, *_label: str, **_how: object) -> None:
        """Take what a panel starts."""
        if iscoroutine(work):
            work.close()
            work = "page"
        self.started.append(work)

    def hear(self, message: Message) -> None:
        """Remember intents; pass it as `message_hook`. Every node that a message passes reports it."""
        if type(message).__module__ == "studio_tui.ui.contracts.intents" and not any(
            message is known for known in self.posted
        ):
            self.posted.append(message)


def redraw(panel: LineView, app_state: AppState) -> None:
    """Do what the frame clock does."""
    panel.draw(app_state, panel.slices)


def inside(panel: Widget) -> list[str]:
    """Return the rows of a panel without its border."""
    rows = widget_text(panel).split("\n")[1:-1]
    return [row[1:].removesuffix("│").rstrip() for row in rows]


def check_grid(app: App[Any]) -> None:
    """Every screen row is exactly as wide as the terminal and holds nothing that drives one."""
    for row in grid(app):
        assert cell_len(row) == app.size.width, row
        assert is_safe(row), repr(row)
