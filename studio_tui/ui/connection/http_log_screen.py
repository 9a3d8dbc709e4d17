"""The HTTP log (`@`): every request of this session; enter shows one in full, Y copies it as curl."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.present.http_log import HttpRows, exchange_text
from studio_tui.ui.connection.commands import HTTP_LOG
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.over import OverScreen


class HttpView(LineView):
    """The list of requests."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.HTTP_LOG})
    FOLLOWS: ClassVar[bool] = True
    NOUN: ClassVar[tuple[str, str]] = ("request", "requests")

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - one slice or all the same
        """Take over new requests; the oldest may have left."""
        self.rows = HttpRows(app_state.http_log)
        self.rows_changed(0)

    def open_row(self, row: int) -> None:
        rows = self.rows
        if isinstance(rows, HttpRows):
            self.app.push_screen(DetailScreen(f"{rows[row].method} {rows[row].status}", exchange_text(rows[row])))


class HttpLogScreen(OverScreen):
    """Every request with status, time and bytes."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(HTTP_LOG)
    heading = "HTTP log"
    hints = "esc back · enter whole request · Y copy as curl · / search · F follow"

    def view(self) -> LineView:
        return HttpView(HttpRows(self.services.studio.app_state.http_log), id="http-log")

    def action_follow(self) -> None:
        """Stay at the newest request, or stop doing so."""
        self.list.toggle_follow()

    def action_copy_curl(self) -> None:
        """Copy the request under the cursor as curl; the key is a placeholder."""
        rows, row = self.list.rows, self.list.row
        if row is not None and isinstance(rows, HttpRows) and rows[row].curl:
            copy(self.app, rows[row].curl, "curl, without the key")
        else:
            self.services.tell("This request has no curl form.", "warning")
