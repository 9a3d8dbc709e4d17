"""One row of tabs over panels that share a place; the number keys choose them too."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.spans import Span
from studio_tui.ui.kit.terminal.paint import line_strip

LABELS = {
    "threads": "1 Threads",
    "graph": "2 Graph",
    "timeline": "3 Timeline",
    "state": "4 State",
    "messages": "5 Messages",
    "diff": "6 Diff",
    "raw": "7 Raw",
}


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

    def __init__(self, panels: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._panels = tuple(panels)
        self._open: frozenset[str] = frozenset()

    def show(self, panels: Sequence[str], is_open: frozenset[str]) -> None:
        """Offer these panels and mark the open ones."""
        if (tuple(panels), is_open) != (self._panels, self._open):
            self._panels, self._open = tuple(panels), is_open
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - the caller fixes the signature
        """Return the row."""
        return line_strip(self, tuple(self._spans()), self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Ask for the panel whose tab was clicked."""
        at = 0
        for panel, span in zip(self._panels, self._spans(), strict=True):
            at += len(span.text)
            if event.x < at:
                self.post_message(self.Picked(panel))
                return

    def _spans(self) -> list[Span]:
        return [
            Span(f" {LABELS[panel]} ", "accent bold reverse" if panel in self._open else "muted")
            for panel in self._panels
        ]
