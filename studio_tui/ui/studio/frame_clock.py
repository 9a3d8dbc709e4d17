"""The frame clock: turns "these slices changed" into `draw()` calls on the panels that show them.

At most 30 frames a second, fewer when painting is dear; nothing runs while nothing changes. It knows panels
only by `slices` and `draw`.

Nothing that belongs to a screen or a panel can stop it: it counts its own time on the loop, it asks Textual to be told
when a frame is painted but goes on without being told (such a callback goes to the screen on top, and is lost when that
screen closes), and a panel that fails to draw itself takes no other panel's frame away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.ui.contracts.beat import until_beat
from studio_tui.ui.contracts.panel import Appearing, Clocked, Drawable, Holding

FASTEST = 1 / 30
"""Seconds between frames at least."""
SLOWEST = 0.5
"""Seconds between frames at most, however dear a frame is."""
SHARE = 3.0
"""A frame that cost t seconds is followed by SHARE times t for everything else."""
ASIDE = 0.002
"""Seconds between looks whether a key still has the right of way."""
PATIENCE = SLOWEST
"""Seconds after which a frame counts as painted although nobody said so."""

EVERYTHING = frozenset(Slice)


class FrameClock:
    """Owns when panels are drawn. Lives on the UI loop; `wake` is the app state's `on_dirty`."""

    def __init__(
        self,
        app_state: AppState,
        app: App[Any],
        on_fault: Callable[[Widget, Exception], None],
        in_the_way: Callable[[], bool] = lambda: False,
    ) -> None:
        """`on_fault` hears of a panel that could not draw itself; it must not raise. `in_the_way`: a frame would only
        keep a key waiting."""
        self._app_state = app_state
        self._app = app
        self._on_fault = on_fault
        self._in_the_way = in_the_way
        self._owed: WeakKeyDictionary[Widget, frozenset[Slice]] = WeakKeyDictionary()
        self._planned: asyncio.TimerHandle | None = None
        self._painting: asyncio.TimerHandle | None = None
        """The last frame is being painted; the timer ends the wait for it in any case."""
        self._again = False
        """Something was owed while the last frame was painted."""
        self._stopped = False
        self._last_start = 0.0
        self._interval = FASTEST
        self._beat: asyncio.TimerHandle | None = None
        self._shown = asyncio.Event()
        """Set when a frame is painted."""
        self.frames = 0
        """Frames drawn so far."""

    def wake(self) -> None:
        """Plan a frame, unless one is planned; while one is painted, the next follows it."""
        self._again = self._painting is not None
        if self._stopped or self._planned is not None or self._painting is not None:
            return
        delay = max(0.0, self._last_start + self._interval - time.monotonic())
        self._planned = asyncio.get_running_loop().call_later(delay, self._frame)

    def urge(self) -> None:
        """Draw what is owed at once: a key was pressed and its user waits."""
        if self._planned is not None:
            self._planned.cancel()
            self._planned = None
        self._last_start = 0.0
        if self._app_state.dirty or any(is_shown(panel) for panel in self._owed):  # what is hidden waits
            self.wake()

    async def show(self) -> None:
        """Draw what is owed at once, and wait until that is painted, PATIENCE at most."""
        self.urge()
        wanted = self.frames + (self._planned is not None or self._again)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not self._stopped and (self.frames < wanted or self._painting is not None):
                    self._shown.clear()
                    await self._shown.wait()

    def owe(self, panel: Widget, slices: frozenset[Slice] = EVERYTHING) -> None:
        self._owed[panel] = self._owed.get(panel, frozenset()) | slices
        self.wake()

    def is_own(self, callback: object) -> bool:
        """Tell whether a callback that waits for the next paint is only the clock's: no key's effect hangs on it."""
        return isinstance(callback, partial) and callback.func == self._painted

    def stop(self) -> None:
        """Draw nothing any more."""
        self._stopped = True
        for handle in (self._planned, self._beat, self._painting):
            if handle is not None:
                handle.cancel()

    def _frame(self) -> None:
        self._planned = None
        if self._stopped or not self._app.is_running:
            return
        if self._in_the_way():
            self._planned = asyncio.get_running_loop().call_later(ASIDE, self._frame)
            return
        with self._app._context():  # whoever woke the clock may have had none
            self._draw_all()

    def _draw_all(self) -> None:
        started = self._last_start = time.monotonic()
        panels = list(self._panels())  # some make or take away others as they are drawn
        changed = self._app_state.drain()
        for panel in panels:
            wanted = self._owed.pop(panel, frozenset()) | changed
            if not isinstance(panel, Drawable) or not (mine := wanted & panel.slices):
                continue
            if not is_shown(panel) and not isinstance(panel, Appearing):
                self._owed[panel] = mine
                if Slice.STATE in changed and isinstance(panel, Holding):
                    panel.let_go(self._app_state)
                continue
            try:
                panel.draw(self._app_state, mine)
            except Exception as error:
                self._on_fault(panel, error)
        self.frames += 1
        self._painting = asyncio.get_running_loop().call_later(PATIENCE, self._painted, started, self.frames)
        self._app.call_after_refresh(self._painted, started, self.frames)
        self._keep_beating()

    def _painted(self, started: float, frame: int) -> None:
        """A frame is painted, or its time is over; the later of the two calls means nothing."""
        if self._painting is None or frame != self.frames:
            return
        self._painting.cancel()
        self._painting = None
        self._shown.set()
        cost = time.monotonic() - started
        self._interval = min(SLOWEST, max(FASTEST, SHARE * cost))
        if self._app_state.dirty or self._again:
            self.wake()

    def _keep_beating(self) -> None:
        run = self._app_state.run
        if self._beat is None and run is not None and run.phase.is_live and not self._stopped:
            self._beat = asyncio.get_running_loop().call_later(until_beat(), self._tick)

    def _tick(self) -> None:
        self._beat = None
        self._app_state.touch(Slice.RUN, Slice.TASKS)
        self._keep_beating()

    def _panels(self) -> Iterator[Widget]:
        for screen in self._app.screen_stack:
            try:
                yield from screen.clock_panels() if isinstance(screen, Clocked) else ()
            except Exception as error:  # one screen that is not ready must not take the frames of the others
                self._on_fault(screen, error)


def is_shown(widget: Widget) -> bool:
    """Tell whether the widget is on its screen and neither it nor what holds it is switched off."""
    return widget.is_attached and all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))
