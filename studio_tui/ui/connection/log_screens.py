"""The HTTP log (`@`): every request of this session; and what the server that it started writes (ctrl+l)."""

from __future__ import annotations

import re
from collections import deque
from typing import ClassVar

from textual.binding import BindingType

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.present.http_log import HttpRows, exchange_text
from studio_tui.present.kit.rows import Rows
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.connection.commands import HTTP_LOG, SERVER_LOG
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.over import OverScreen

_LEVEL = re.compile(r"\b(error|critical|exception|traceback|warning|warn)\b", re.IGNORECASE)


class LogView(LineView):
    """A log, oldest first: its rows read the log itself, of which the oldest may have left."""

    IS_TEXT: ClassVar[bool] = True

    FOLLOWS: ClassVar[bool] = True

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - one slice or all the same
        self.rows_changed(0)


class LogScreen(OverScreen):
    """A page with a log."""

    def action_follow(self) -> None:
        """Stay at the end, or stop doing so."""
        self.list.toggle_follow()


class HttpView(LogView):
    """The list of requests."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.HTTP_LOG})
    NOUN: ClassVar[tuple[str, str]] = ("request", "requests")
    rows: HttpRows

    def open_row(self, row: int) -> None:
        item = self.rows[row]
        self.app.push_screen(DetailScreen(f"{item.method} {item.status}", exchange_text(item)))


class HttpLogScreen(LogScreen):
    """Every request with status, time and bytes; enter shows one in full, Y copies it as curl."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(HTTP_LOG)
    heading = "HTTP log"
    hints = (
        "{list-open-row} Whole request  {page-search} Search  {http-log-curl} Copy as curl  {http-log-follow} Follow  "
        "{page-copy} Copy line  {page-back} Back"
    )

    def view(self) -> LineView:
        return HttpView(HttpRows(self.services.app_state.http_log), id="http-log")

    def action_copy_curl(self) -> None:
        """Copy the request under the cursor as curl; the key is a placeholder."""
        row = self.list.row
        curl = self.services.app_state.http_log[row].curl if row is not None else ""
        if curl:
            copy(self.app, curl, "curl, without the key")
        else:
            self.services.tell("This request has no curl form.", "warning")


class ServerRows(Rows):
    """Lines of a server's log, coloured by their level."""

    def __init__(self, lines: deque[str]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        text = self.text(index)
        found = _LEVEL.search(text[:200])
        role = "text" if found is None else "warn" if found.group().lower().startswith("warn") else "err"
        return (Span(text[: width * 2], role),)

    def key(self, index: int) -> str:
        return self._lines[index]

    def text(self, index: int) -> str:
        return clean(self._lines[index])


class ServerLogView(LogView):
    """The list of lines."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.SERVER_LOG})
    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")

    def open_row(self, row: int) -> None:
        self.app.push_screen(DetailScreen("Line of the log", self.rows.text(row)))


class ServerLogScreen(LogScreen):
    """What the development server that this session started writes."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SERVER_LOG)
    heading = "Server log"
    hints = (
        "{list-open-row} Whole line  {page-search} Search  {server-log-follow} Follow  {page-copy} Copy line  "
        "{page-back} Back"
    )

    def view(self) -> LineView:
        return ServerLogView(ServerRows(self.services.app_state.server_log), id="server-log")
