"""The row above the keys: what stands open somewhere else. A click on the threads opens them."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.strip import Strip

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.one_line import OneLine
from studio_tui.ui.kit.terminal.safe import line_strip


class BottomRow(OneLine):
    """One row of constant things; it never says what happens."""

    DEFAULT_CSS = "BottomRow { height: 1; width: 1fr; }"
    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.CONNECTION, Slice.THREADS})

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the caller fixes the signature
        self.look()

    def strip(self) -> Strip:
        return line_strip(self, self._line(), self.size.width)

    def _line(self) -> Line:
        count = len(services_of(self).app_state.threads.items)
        return (Span(f" 1 Threads {count}" if count else " 1 Threads", "muted"),)

    def on_click(self, event: events.Click) -> None:
        if event.x < len(" 1 Threads") + 4:
            services_of(self).studio_screen.toggle_threads()
