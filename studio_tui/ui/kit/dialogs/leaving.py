"""How a screen leaves with its result: only itself, and only once."""

from __future__ import annotations

from typing import TypeVar

from textual import events, on
from textual.await_complete import AwaitComplete
from textual.screen import Screen

from studio_tui.ui.contracts.services import Services, services_of

T = TypeVar("T")


class LeavingScreen(Screen[T]):
    """A screen whose end takes nothing else with it.

    Textual's `dismiss` takes away whatever is on top, and fails where nobody waits for the result any more.
    """

    heading = ""
    """What it is called, above it and in its help."""
    _is_new = True
    _left_with: tuple[T | None] | None = None
    """The result of a screen that has ended while another one stands over it."""

    @property
    def services(self) -> Services:
        return services_of(self)

    def on_unmount(self) -> None:
        self.services.unsaved.close(self)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with a result: at once when on top, else as soon as what stands over it is gone."""
        if self not in self.app.screen_stack:
            return AwaitComplete().call_next(self)
        if self.app.screen is not self:
            self._left_with = (result,)
            return AwaitComplete().call_next(self)
        self._left_with = None
        waiting = self._result_callbacks[-1] if self._result_callbacks else None
        if waiting is not None and waiting.future is not None and waiting.future.done():
            waiting.future = None
        return super().dismiss(result)

    @on(events.ScreenResume)
    def _go_on_leaving(self, event: events.ScreenResume) -> None:
        if self._is_new:
            self._is_new = event.refresh_styles = False  # everything was just mounted, and styled for that
        if self._left_with is not None:
            self.call_later(self._leave_late)

    def _leave_late(self) -> None:
        # Not `dismiss` itself as the callback: Textual awaits what a callback returns, and a screen must not await its
        # own end.
        if self._left_with is not None:
            self.dismiss(self._left_with[0])
