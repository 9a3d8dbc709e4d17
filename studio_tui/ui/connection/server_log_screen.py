"""What the development server that this session started writes."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Hashable
from typing import ClassVar

from textual.binding import BindingType

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.connection.commands import SERVER_LOG
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.over import OverScreen

_LEVEL = re.compile(r"\b(error|critical|exception|traceback|warning|warn)\b", re.IGNORECASE)


class LogRows:
    """Lines of the log, oldest first."""

    def __init__(self, lines: deque[str]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        """Return row `index`, coloured by its level."""
        text = clean(self._lines[index])
        found = _LEVEL.search(text[:200])
        role = "text" if found is None else "warn" if found.group().lower().startswith("warn") else "err"
        return (Span(text[: width * 2], role),)

    def key(self, index: int) -> Hashable:
        """Return what the row's look depends on."""
        return self._lines[index]

    def text(self, index: int) -> str:
        """Return the whole line."""
        return clean(self._lines[index])


class LogView(LineView):
    """The list of lines."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.SERVER_LOG})
    FOLLOWS: ClassVar[bool] = True
    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - one slice or all the same
        """Take over new lines; the oldest may have left."""
        self.rows = LogRows(app_state.server_log)
        self.rows_changed(0)

    def open_row(self, row: int) -> None:
        self.app.push_screen(DetailScreen("Line of the log", self.rows.text(row)))


class ServerLogScreen(OverScreen):
    """The log of the local server."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SERVER_LOG)
    heading = "Server log"
    hints = "esc back · enter whole line · / search · F follow · y copy line"

    def view(self) -> LineView:
        return LogView(LogRows(self.services.studio.app_state.server_log), id="server-log")

    def action_follow(self) -> None:
        """Stay at the newest line, or stop doing so."""
        self.list.toggle_follow()
