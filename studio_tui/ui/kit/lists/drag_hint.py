"""A drag of the mouse selects no text in a list; whoever tries is told once how text is copied."""

from __future__ import annotations

from textual import events
from textual.geometry import Offset
from textual.widget import Widget

from studio_tui.ui.kit.terminal.safe import plain_notify

DRAG_CELLS = 3
"""Cells that the mouse moves with its button down until it counts as an attempt to select text."""
DRAG_HINT = "To select text with the mouse, hold shift while you drag (option in some terminals). y copies the row."


class DragHint(Widget):
    """Tells how text is copied when the mouse is dragged."""

    _pressed_at: Offset | None = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Note where a drag may begin."""
        self._pressed_at = event.screen_offset

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say it once for a drag."""
        if event.button and self._pressed_at is not None and abs(event.screen_x - self._pressed_at.x) >= DRAG_CELLS:
            self._pressed_at = None
            plain_notify(self.app, DRAG_HINT)
