"""A short list of things to switch on and off, each with an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.cells import fit, width
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import CHECKS
from studio_tui.ui.kit.terminal.themes import role_style


class CheckList(Widget, can_focus=True):
    """One row for every name; `checked` holds those switched on."""

    DEFAULT_CSS = "CheckList { height: auto; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHECKS)

    class Changed(Message):
        """Something was switched."""

        def __init__(self, check_list: CheckList) -> None:
            super().__init__()
            self.check_list = check_list

    def __init__(self, rows: Mapping[str, str], checked: Iterable[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = [(name, clean(words, 200)) for name, words in rows.items()]
        self._names = max((width(clean(name)) for name, _ in self._rows), default=0)
        self.checked = set(checked)
        self._at = 0

    def set_checked(self, names: Iterable[str]) -> None:
        """Switch on exactly these, without telling anyone."""
        self.checked = set(names)
        self.refresh()

    def action_move(self, delta: int) -> None:
        """Move the cursor; beyond an end, move on to the neighbour."""
        at = self._at + delta
        if at < 0:
            self.screen.focus_previous()
        elif at >= len(self._rows):
            self.screen.focus_next()
        else:
            self._at = at
            self.scroll_visible()
            self.refresh()

    def action_switch(self) -> None:
        self.checked ^= {self._rows[self._at][0]}
        self.refresh()
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self._rows):
            self._at = event.y
            self.action_switch()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's)
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        cells, base = self.size.width, self.rich_style
        if y >= len(self._rows):
            return Strip.blank(cells, base)
        name, words = self._rows[y]
        is_on = name in self.checked
        cursor = " cursor" if self.has_focus and y == self._at else ""
        parts = (
            ("[x] " if is_on else "[ ] ", "accent" if is_on else "muted"),
            (fit(clean(name), self._names) + "  ", "key" if is_on else "text"),
            (fit(words, max(0, cells - 6 - self._names)), "muted"),
        )
        segments = [Segment(text, base + role_style(self, role + cursor)) for text, role in parts]
        return Strip(segments).adjust_cell_length(cells, base)
