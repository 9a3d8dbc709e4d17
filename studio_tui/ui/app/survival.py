"""What keeps the app alive although a screen, a panel or a widget came to its end at a bad moment.

A dialog can be closed before it is laid out; Textual then mounts nothing in it and still tells it that it is mounted.
Whatever fails in a widget that is being taken away concerns nobody any more: it is logged and the app goes on.
"""

from __future__ import annotations

import asyncio
import traceback
from typing import Any, ClassVar

from rich.terminal_theme import TerminalTheme
from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import Monochrome, NoColor
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widget import Widget
from textual.worker import WorkerFailed

from studio_tui.core.connection.right_of_way import RightOfWay
from studio_tui.log import LOGGER
from studio_tui.ui.app import textual_patches
from studio_tui.ui.app.key_turn import KeyTurn
from studio_tui.ui.contracts.panel import Kept
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.beside import OF_THE_END, unexpected
from studio_tui.ui.kit.terminal.greys import Greys
from studio_tui.ui.kit.terminal.readable_lines import readable_lines
from studio_tui.ui.kit.terminal.safe import colour_subtitles, plain_notify
from studio_tui.ui.kit.terminal.themes import has_themes

_FIRST = 2
"""Textual's empty screen, and the one that everything else is put over."""
_REBUILT_SECONDS = 0.5
"""How long a form that is built anew may take to bring the focus back."""


class _WholeCells(ScrollBarRender):
    """A scroll bar without eighths of cells, which are no ASCII."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


class _Bottom(Screen[None]):
    """Textual's empty screen, which is styled when it comes and not once more."""

    _is_new = True

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        if self._is_new:
            self._is_new = event.refresh_styles = False


class SurvivingApp(App[int]):
    """An app that outlives the faults of its widgets' last moments."""

    def __init__(self, way: RightOfWay, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        textual_patches.install()
        self.turn = KeyTurn(self, way)
        self._faults: set[str] = set()
        self._closings: set[asyncio.Task[None]] = set()

    def get_css_variables(self) -> dict[str, str]:
        """Return none before there are our themes: the sheet that Textual makes by then is not used."""
        if not has_themes(self):
            return {}
        variables = super().get_css_variables()
        variables |= readable_lines(self.current_theme, variables)
        return variables

    def action_help_quit(self) -> None:
        """Answer ctrl+c: whoever presses it means to stop a run, or to quit."""
        told = services_of(self).commands.hint("This key stops nothing: {stop-now} stops a run, {quit} quits.")
        plain_notify(self, told)

    def begin_in_theme(self, name: str) -> None:
        """Take a theme before anything is drawn. Textual decides by the theme of before whether colours of the
        terminal are its own: a theme of sixteen colours was written in 24-bit ones of Textual's choice."""
        self.set_reactive(App.theme, name)
        self._refresh_truecolor_filter(self.ansi_theme)

    def _refresh_truecolor_filter(self, theme: TerminalTheme) -> None:
        """Textual chooses how NO_COLOR is obeyed at the start only, and greys are made of colours that it knows."""
        super()._refresh_truecolor_filter(theme)
        without = NoColor() if self.native_ansi_color else Greys()
        self._filters[:] = [without if isinstance(item, NoColor | Monochrome) else item for item in self._filters]

    def refresh_css(self, animate: bool = True) -> None:
        super().refresh_css(animate)
        colour_subtitles(self)

    def draw_in_ascii(self, is_wanted: bool) -> None:
        """Draw nothing but ASCII, or all signs; Textual's scroll bars are of the whole process."""
        self.set_class(is_wanted, "-ascii")
        ScrollBar.renderer = _WholeCells if is_wanted else ScrollBarRender

    def get_default_screen(self) -> Screen[Any]:
        return _Bottom(id="_default")

    def pop_screen(self) -> AwaitComplete:
        """Take the top screen away. What others wait for "after the next paint" passes to the screen below.

        Textual takes the top away whoever asks: two quick keys to one dialog would take away what lies below it as
        well, in the end the last screen of all. Only who is still there may ask, and the first screen stays.
        """
        asking = active_message_pump.get(None)
        if len(self.screen_stack) <= _FIRST or (asking is not None and self._has_left(asking)):
            return AwaitComplete().call_next(self)
        leaving = self.screen
        waited = leaving._callbacks[:]
        popped = super().pop_screen()
        leaving._callbacks.clear()
        for callback, sender in waited:
            if not isinstance(sender, DOMNode) or leaving not in sender.ancestors_with_self:
                self.screen._invoke_later(callback, sender)
        return popped

    def keep_focus(self, screen: Screen[Any]) -> None:
        """See to it that something on a screen has the focus again, once it had been there.

        Textual takes it away when a click or the wheel meets no widget, as one does that was on its way while the
        terminal shrank, and when what had it is hidden beside nothing else: keys would then go nowhere.
        """

        def moved(before: Widget | None, now: Widget | None) -> None:
            if now is None and before is not None:
                self.call_later(self._give_focus, screen, before)

        self.watch(screen, "focused", moved, init=False)

    def _give_focus(self, screen: Screen[Any], before: Widget, patient: bool = True) -> None:
        if not self.app_focus or screen not in self.screen_stack or screen.focused is not None:
            return
        keeper = screen.focus_keeper if isinstance(screen, Kept) else None
        if keeper is not None and keeper.too_small:
            return  # nothing is shown: no key goes anywhere, until it grows again
        chain = screen.focus_chain
        if before in chain:
            screen.set_focus(before)
        elif patient and (not before.is_attached or (keeper is not None and keeper.in_use is None)):
            # What takes its place brings the focus back. A letter typed into a form that is built anew must not find
            # a list under it.
            self.set_timer(_REBUILT_SECONDS, lambda: self._give_focus(screen, before, patient=False))
        elif chain:
            screen.set_focus((keeper.in_use if keeper is not None else None) or chain[0])

    def _register(self, parent: DOMNode, *widgets: Widget, **more: Any) -> list[Widget]:
        """A screen of an id may come while another one of that id is still being taken away."""
        if parent is self:
            for widget in widgets:
                if isinstance(widget, Screen):
                    self.keep_focus(widget)
                old = self._nodes._get_by_id(widget.id) if widget.id is not None else None
                if old is not None and old is not widget and _is_leaving(old):
                    del self._nodes._nodes_by_id[str(widget.id)]
        return super()._register(parent, *widgets, **more)

    async def _dispatch_action(self, namespace: DOMNode, action_name: str, params: Any) -> bool:
        """A key that was pressed before a new screen is laid out means that screen, and waits for it."""
        if self._has_left(namespace):
            return True
        if namespace is self or namespace._is_mounted:
            acted = await super()._dispatch_action(namespace, action_name, params)
            self.turn.done()
            return acted
        namespace.call_later(super()._dispatch_action, namespace, action_name, params)
        return True

    def _has_left(self, pump: MessagePump) -> bool:
        """Tell whether a screen, or what holds a widget, was shown and is no longer."""
        holders = pump.ancestors_with_self if isinstance(pump, DOMNode) else []
        screen = next((node for node in holders if isinstance(node, Screen)), None)
        return screen is not None and screen not in self.screen_stack

    def panel_failed(self, panel: Widget, error: Exception) -> None:
        """A panel could not draw itself: the others go on. Told once for each kind of fault."""
        name = panel.id or type(panel).__name__
        LOGGER.error("drawing %s failed\n%s", name, "".join(traceback.format_exception(error)))
        fault = f"{name} {type(error).__name__}"
        if fault not in self._faults and not _is_leaving(panel):
            self._faults.add(fault)
            plain_notify(self, unexpected(error, f"drawing {name}"))

    @property
    def has_failed(self) -> bool:
        """Whether a fault ended the program."""
        return self._exception is not None

    def _handle_exception(self, error: Exception) -> None:
        """Textual ends the app for any exception; one of a widget that is on its way out is no reason."""
        pump = active_message_pump.get(None)
        cause = error.error if isinstance(error, WorkerFailed) else error
        expected = isinstance(cause, OF_THE_END)
        if pump is None or pump is self or not _is_leaving(pump) or (self._exit and not expected):
            super()._handle_exception(error)
            return
        LOGGER.error("%s failed while it was taken away\n%s", pump, "".join(traceback.format_exception(cause)))
        if not expected:
            plain_notify(self, unexpected(cause, "") if isinstance(cause, Exception) else str(cause), "error")
        if not pump._running or not pump._is_mounted:
            task = asyncio.get_running_loop().create_task(_close_children(pump), name="closing")
            self._closings.add(task)
            task.add_done_callback(self._closings.discard)


async def _close_children(pump: MessagePump) -> None:
    """Close the children of a widget that failed while it was mounted: Textual would forget them."""
    if pump._task is not None:
        await asyncio.wait([pump._task])
    await pump._message_loop_exit()


def _is_leaving(pump: MessagePump) -> bool:
    """Tell whether a widget, or what holds it, is being taken away or is gone already."""
    if not isinstance(pump, DOMNode):
        return pump._closing or pump._closed
    holders = [node for node in pump.ancestors_with_self if not isinstance(node, App)]
    if any(node._pruning or node._closing or node._closed for node in holders):
        return True
    top = holders[-1] if holders else None
    return not pump.is_attached or (isinstance(top, Screen) and top not in top.app.screen_stack)
