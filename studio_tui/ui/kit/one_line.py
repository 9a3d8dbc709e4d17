"""A widget of one row that is painted anew only where it says something else than before."""

from __future__ import annotations

from textual.strip import Strip
from textual.widget import Widget


class OneLine(Widget):
    """What it shows is asked for at each `look`, which costs no paint as long as that is the same."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._painted: Strip | None = None
        """None: it is still to be painted for the first time."""

    def strip(self) -> Strip:
        """Return the row as it is now, as wide as the widget."""
        raise NotImplementedError

    def look(self) -> None:
        if self._painted is not None and self.strip() != self._painted:
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one
        self._painted = self.strip()
        return self._painted
