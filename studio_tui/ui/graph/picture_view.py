"""What of a picture is seen through a pane that scrolls."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from studio_tui.graphs.picture.picture import Rect
from studio_tui.text.spans import Line, fit_line
from studio_tui.ui.kit.terminal.safe import ascii_text, is_ascii
from studio_tui.ui.kit.terminal.themes import role_styles


class PictureView(ScrollView, can_focus=True):
    """Knows its visible part, and tells when that is another one (`look`)."""

    @property
    def in_sight(self) -> Size:
        """The cells of the picture that can be seen: those of the pane without its scrollbars."""
        return self.scrollable_content_region.size

    @property
    def seen(self) -> Rect:
        """The part of the picture that the pane shows."""
        return Rect(self.scroll_offset.x, self.scroll_offset.y, *self.in_sight)

    def look(self) -> None:
        """Take notice of another part of the picture that is seen."""

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_x(old_value, new_value)
        self.look()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.look()

    def strip_of(self, line: Line, cells: int) -> Strip:
        """Return a row of the picture on so many cells of the screen."""
        style, plain = role_styles(self), is_ascii(self)
        line = fit_line(line, cells)
        return Strip([Segment(ascii_text(text) if plain else text, style(role)) for text, role in line], cells)
