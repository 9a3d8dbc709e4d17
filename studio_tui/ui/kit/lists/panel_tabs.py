"""One row of tabs over panels that share a place; the number keys choose them too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.domain.checkpoint import History
from studio_tui.present.kit.rows import Rows
from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.lists.paged_view import Loaded, PagedView
from studio_tui.ui.kit.terminal.safe import line_strip, to_content

TABS = {"timeline": "3 Timeline", "history": "History"}
"""The panels that share place 3."""
_TITLE_AT = 2
"""Column at which a border's title starts."""


class PanelTabs(Widget):
    """Shows which panels share the place below and which of them is open."""

    DEFAULT_CSS = "PanelTabs { height: 1; width: 1fr; }"

    @dataclass
    class Picked(Message):
        """A tab was clicked."""

        panel: str
        from_title: bool = False
        """It stands in the title of a panel that holds several."""

    def __init__(self, panels: Sequence[str], labels: Mapping[str, str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._labels = labels
        self._panels = tuple(panels)
        self._open: frozenset[str] = frozenset()

    def show(self, panels: Sequence[str], is_open: frozenset[str]) -> None:
        if (tuple(panels), is_open) != (self._panels, self._open):
            self._panels, self._open = tuple(panels), is_open
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - the caller fixes the signature
        return line_strip(self, _line(self._tabs, self._open), self.size.width)

    def on_click(self, event: events.Click) -> None:
        if panel := _tab_at(self._tabs, event.x):
            self.post_message(self.Picked(panel))

    @property
    def _tabs(self) -> Mapping[str, str]:
        return {panel: self._labels[panel] for panel in self._panels}


class PastPanel(PagedView):
    """One tab of panel 3, whose border holds the tabs; what is not loaded of it is older checkpoints."""

    TAB: ClassVar[str]
    COUNTED: ClassVar[str] = ""
    """What the pages hold, where that is not rows."""

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:
        super().__init__(rows, id=id)
        self._history = History()

    def on_mount(self) -> None:
        self._show_tabs()
        self.watch(self.app, "theme", self._show_tabs, init=False)

    def on_click(self, event: events.Click) -> None:
        """Switch tabs by a click on their names; rows take the cursor."""
        tab = _tab_at(TABS, event.x - _TITLE_AT) if event.y == 0 else ""
        if tab:
            event.prevent_default()
            self.post_message(PanelTabs.Picked(tab, from_title=True))

    def take_history(self, history: History) -> None:
        if history is not self._history:
            self._history, self._asked_at = history, -1

    def loaded(self) -> Loaded:
        history = self._history  # servers do not count checkpoints
        return Loaded(len(history.items), None, not history.complete, history.loading, self.COUNTED)

    def ask_more(self) -> None:
        services = services_of(self)
        services.work.start(services.studio.threads.more_history())

    def _show_tabs(self) -> None:
        self.border_title = to_content(_line(TABS, (self.TAB,)), self)


def _line(tabs: Mapping[str, str], is_open: Collection[str]) -> Line:
    """Return the tabs, each the name of its panel and its label."""
    return tuple(
        Span(f" {label} ", "accent bold reverse" if panel in is_open else "muted") for panel, label in tabs.items()
    )


def _tab_at(tabs: Mapping[str, str], x: int) -> str:
    at = 0
    for panel, span in zip(tabs, _line(tabs, ()), strict=True):
        at += line_width((span,))
        if 0 <= x < at:
            return panel
    return ""
