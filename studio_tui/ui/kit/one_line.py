"""A widget of one row that is painted anew only where it says something else than before."""

from __future__ import annotations

from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.spans import Line
from studio_tui.ui.kit.terminal.safe import line_strip


class OneLine(Widget):
    """What it shows is asked for at each `look`, which costs no paint as long as that is the same."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._painted: Line | None = None
        """None: it is still to be painted for the first time."""

    def line(self) -> Line:
        """Return the row as it is now, as wide as the widget. It is asked for with every frame of a run."""
        raise NotImplementedError

    def drawn(self, line: Line) -> Strip:
        """Return the strip of a row, in the colours of now."""
        return line_strip(self, line, self.size.width)

    def look(self) -> None:
        if self._painted is not None and self.line() != self._painted:
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one
        self._painted = self.line()
        return self.drawn(self._painted)
