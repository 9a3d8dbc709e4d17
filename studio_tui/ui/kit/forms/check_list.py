"""A short list of things to switch on and off, each with an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.cells import fit, width
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import CHECKS
from studio_tui.ui.kit.forms.letters import LetterSearch, is_text
from studio_tui.ui.kit.terminal.safe import line_strip
from studio_tui.ui.kit.text_inputs import Told


class CheckList(Widget, can_focus=True):
    """One row for every name; `checked` holds those switched on."""

    DEFAULT_CSS = "CheckList { height: auto; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHECKS)

    class Changed(Told):
        """Something was switched."""

    def __init__(self, rows: Mapping[str, str], checked: Iterable[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = [(name, clean(words, 200)) for name, words in rows.items()]
        self._names = max((width(clean(name)) for name, _ in self._rows), default=0)
        self.checked = set(checked)
        self._at = 0
        self._search = LetterSearch()

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

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Letters search here, and are no commands."""
        return is_text(key, character)

    def on_key(self, event: events.Key) -> None:
        """Go to the next row that starts with what is typed, letter by letter."""
        names = [name for name, _ in self._rows]
        if (at := self._search.take(event, names, names[self._at] if names else "")) >= 0:
            self.action_move(at - self._at)

    def on_blur(self) -> None:
        self._search.forget()

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self._rows):
            self._at = event.y
            self.action_switch()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's)
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        name, words = self._rows[y]
        is_on = name in self.checked
        cursor = " cursor" if self.has_focus and y == self._at else ""
        line = (
            Span("[x] " if is_on else "[ ] ", ("accent" if is_on else "muted") + cursor),
            Span(fit(clean(name), self._names) + "  ", ("key" if is_on else "text") + cursor),
            Span(fit(words, max(0, self.size.width - 6 - self._names)), "muted" + cursor),
        )
        return line_strip(self, line, self.size.width)
