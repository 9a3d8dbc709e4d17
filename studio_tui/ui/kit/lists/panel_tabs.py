"""One row of tabs over panels that share a place; the number keys choose them too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.kit.terminal.safe import line_strip


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
        return line_strip(self, tab_line(self._tabs, self._open), self.size.width)

    def on_click(self, event: events.Click) -> None:
        if panel := tab_at(self._tabs, event.x):
            self.post_message(self.Picked(panel))

    @property
    def _tabs(self) -> Mapping[str, str]:
        return {panel: self._labels[panel] for panel in self._panels}


def tab_line(tabs: Mapping[str, str], is_open: Collection[str]) -> Line:
    """Return the tabs, each the name of its panel and its label."""
    return tuple(
        Span(f" {label} ", "accent bold reverse" if panel in is_open else "muted") for panel, label in tabs.items()
    )


def tab_at(tabs: Mapping[str, str], x: int) -> str:
    """Return the panel whose tab stands at column `x`, or nothing."""
    at = 0
    for panel, span in zip(tabs, tab_line(tabs, ()), strict=True):
        at += line_width((span,))
        if 0 <= x < at:
            return panel
    return ""
