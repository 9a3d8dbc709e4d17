"""One row of tabs over panels that share a place; the number keys choose them too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.kit.terminal.safe import line_strip, to_content

TABS = {"timeline": "3 Timeline", "history": "History"}
"""The panels that share place 3."""
_TITLE_AT = 2
"""Column at which a border's title starts."""


class PanelTabs(Widget):
    """Shows which panels share the place below and which of them is open."""

    DEFAULT_CSS = "PanelTabs { height: 1; width: 1fr; }"

    class Picked(Message):
        """A tab was clicked."""

        def __init__(self, panel: str, *, from_title: bool = False) -> None:
            super().__init__()
            self.panel = panel
            self.from_title = from_title
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


def show_tabs(widget: Widget, is_open: str) -> None:
    """Write the tabs of panel 3 into a border, with one of them open."""
    widget.border_title = to_content(_line(TABS, (is_open,)), widget)


def clicked_tab(event: events.Click) -> str:
    """Return the tab whose name in the border was clicked, or nothing."""
    return _tab_at(TABS, event.x - _TITLE_AT) if event.y == 0 else ""


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
