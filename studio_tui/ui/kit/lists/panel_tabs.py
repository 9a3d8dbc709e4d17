"""One row of tabs over panels that share a place; the number keys choose them too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.cells import width
from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.kit.terminal.safe import line_strip

UNREAD = "•"
"""Behind the name of a panel with something that nobody has seen yet."""


class PanelTabs(Widget):
    """Shows which panels share the place below and which of them is open."""

    DEFAULT_CSS = "PanelTabs { height: 1; width: 1fr; }"

    @dataclass
    class Picked(Message):
        """A tab was clicked."""

        panel: str

    def __init__(self, panels: Sequence[str], labels: Mapping[str, str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._labels = labels
        self._panels = tuple(panels)
        self._open: frozenset[str] = frozenset()
        self._unread: frozenset[str] = frozenset()

    def show(self, panels: Sequence[str], is_open: frozenset[str], unread: Collection[str] = ()) -> None:
        """Offer these panels; `unread`: they hold something that nobody has seen."""
        shows = tuple(panels), is_open, frozenset(unread)
        if shows != (self._panels, self._open, self._unread):
            self._panels, self._open, self._unread = shows
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - the caller fixes the signature
        return line_strip(self, self._line(), self.size.width)

    def on_click(self, event: events.Click) -> None:
        at = 0
        for panel, span in zip(self._panels, self._line(), strict=True):
            at += line_width((span,))
            if event.x < at:
                self.post_message(self.Picked(panel))
                return

    def _line(self) -> Line:
        return tab_line(self._panels, self._labels, self._open, self._unread, self.size.width)


def tab_line(
    panels: Sequence[str], labels: Mapping[str, str], is_open: Collection[str], unread: Collection[str], cells: int
) -> Line:
    """Return the tabs as one span each. Where not all fit, those that are not open lose their words, the last first."""
    words = {panel: labels[panel] for panel in panels}
    for panel in reversed(panels):
        if sum(width(word) + 2 for word in words.values()) <= cells:
            break
        if panel not in is_open:
            words[panel] = words[panel].split(" ", 1)[0]
    return tuple(
        Span(
            f" {words[panel]}{UNREAD if panel in unread else ' '}",
            "accent bold underline" if panel in is_open else "muted",
        )
        for panel in panels
    )
