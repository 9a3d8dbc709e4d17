"""What must hold after each stretch of a walk: the app runs, esc leads home, the focus is seen, every panel lives."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.widget import Widget

from studio_tui.core.state.app_state import Slice
from studio_tui.log import RING, start_log
from studio_tui.ui.studio.frame_clock import is_shown
from tests.waiting import PATIENCE
from tests.walk import told
from tests.walk.loop_watch import LoopWatch

if TYPE_CHECKING:
    from tests.walk.walker import Walker

HOME = (120, 36)
PANELS = 4
"""Panels that stand side by side at that size."""
LEAVE = 2.0
"""Seconds that the end may take."""


class Lost(AssertionError):
    """The walk found something that must not be."""


class Look:
    """Looks at the app of one walk. Everything here raises Lost."""

    def __init__(self, walker: Walker, hang: float) -> None:
        self._walker = walker
        self._it = walker.it
        self._threads = {thread.ident for thread in threading.enumerate()}
        start_log()
        RING.lines.clear()
        self._watch = LoopWatch(hang)
        self._watch.start()

    def alive(self) -> None:
        """The app has neither ended nor hung nor logged a fault."""
        app = self._it.app
        if not app.is_running or app._exception is not None:
            raise self._walker.lost(f"the app ended: {app._exception!r}")
        if self._watch.blocked:
            raise self._walker.lost(self._watch.blocked.pop())
        faults = [line for line in RING.lines if " ERROR " in line or " CRITICAL " in line]
        if faults:
            RING.lines.clear()
            raise self._walker.lost("in the log: " + "\n".join(faults))

    async def home(self) -> None:
        """From anywhere esc leads to the studio: at the terminal's size, with a focus that is seen, and live panels."""
        app, screen = self._it.app, self._it.app.studio_screen
        self._walker.resize(*HOME)
        await self._walker.all_taken()
        await self._until(lambda: app.size == HOME, "the size of the terminal")
        await self._esc_leads_home()
        # What had the focus before the terminal was too small gets it back with the size: the search line, perhaps.
        await self._until(lambda: screen.size == HOME and not screen.focus_keeper.too_small, "the size of the studio")
        await self._esc_leads_home()
        await self._until(self._focus_is_visible, "a focus that can be seen")
        await self._keys_are_taken()
        await self._panels_live()
        self.alive()

    async def end(self) -> None:
        """ctrl+q ends the app within two seconds, and no thread is left."""
        app, waited = self._it.app, 0.0
        self._send("ctrl+q")
        before = time.thread_time()
        while app._running:
            if waited > PATIENCE or time.thread_time() - before > LEAVE:
                raise self._walker.lost("it does not end")
            await asyncio.sleep(0.02)
            waited += 0.02
        if waited > LEAVE:  # of sleeping, so a busy machine only makes them fewer
            raise self._walker.lost(f"it took {waited:.1f} s to end")
        self._watch.stop()
        self.alive_no_more()

    def alive_no_more(self) -> None:
        """The end left no fault in the log."""
        faults = [line for line in RING.lines if " ERROR " in line or " CRITICAL " in line]
        if faults:
            raise Lost("in the log at the end: " + "\n".join(faults))

    def close(self) -> None:
        """Look no longer."""
        self._watch.stop()

    def left(self) -> list[str]:
        """Return the threads that are there now and were not when the walk began."""
        threads = [thread for thread in threading.enumerate() if thread.ident not in self._threads]
        return [thread.name for thread in threads if not thread.name.startswith("asyncio_")]  # those are the loop's

    def writes(self) -> list[str]:
        """Return every request so far that may have changed something."""
        return [request for request in self._walker.proxy.requests if not told.reads(request)]

    # -- each look ----------------------------------------------------------------------------------------------

    async def _esc_leads_home(self) -> None:
        app = self._it.app
        end = time.monotonic() + PATIENCE
        while not self._is_home() or app.typeahead._task is not None:
            if time.monotonic() > end:
                raise self._walker.lost(f"escape does not lead home from {app.screen} {app.studio_screen.area}")
            if app.typeahead._task is None:  # faster than a busy machine takes them, they would queue without end
                self._send("escape")
            await asyncio.sleep(0.03)

    async def _keys_are_taken(self) -> None:
        """A key still has its effect; where a dialog comes up by itself meanwhile, a late refusal, it is left first."""
        studio = self._it.app.studio_screen
        for key, area in (("5", "messages"), ("2", "graph")):
            for _ in range(5):
                self._send(key)
                await self._until(lambda: studio.area == area or not self._is_home(), f"the panel of {key}")  # noqa: B023
                if studio.area == area:
                    break
                await self._esc_leads_home()
            else:
                raise self._walker.lost(f"key {key} has no effect")

    async def _panels_live(self) -> None:
        """Each panel that is shown hears of a change, and while a run streams the screen changes."""
        app, app_state = self._it.app, self._it.studio.app_state
        if app.studio_screen.zoomed:
            self._send("z")
            await self._until(lambda: not app.studio_screen.zoomed, "the end of the zoom")
        panels = [panel for panel in app.studio_screen.clock_panels() if is_shown(panel)]
        if len(panels) < PANELS:
            raise self._walker.lost(f"only these panels are shown: {panels}")
        heard: set[str] = set()
        for panel in panels:
            _listen(panel, heard)
        try:
            app_state.touch(*Slice)
            # A panel may be hidden meanwhile: then it is drawn when it comes back.
            await self._until(
                lambda: all(str(panel.id) in heard or not is_shown(panel) for panel in panels), "a frame of every panel"
            )
        finally:
            for panel in panels:
                del panel.draw  # type: ignore[attr-defined]
        before = self._it.text
        await self._until(
            lambda: self._it.text != before or app_state.run is None or not app_state.run.phase.is_live,
            "a change on the screen",
        )

    def _is_home(self) -> bool:
        """Nothing stands over the studio, and no field of it has the focus."""
        app, studio = self._it.app, self._it.app.studio_screen
        inside = studio.line.has_focus_within or studio.area in ("composer", "dock", "answer")
        return app.screen is studio and not inside

    def _focus_is_visible(self) -> bool:
        focused = self._it.app.focused
        return focused is not None and is_shown(focused)

    def _send(self, key: str) -> None:
        driver = self._it.app._driver
        if driver is not None:
            driver.send_message(events.Key(key, key if len(key) == 1 else None))

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            await self._it.until(condition, what)
        except AssertionError as error:
            raise self._walker.lost(str(error).partition("\n")[0]) from None


def _listen(panel: Widget, heard: set[str]) -> None:
    draw = panel.draw  # type: ignore[attr-defined]

    def drawn(app_state: Any, changed: frozenset[Slice]) -> None:
        heard.add(str(panel.id))
        draw(app_state, changed)

    panel.draw = drawn  # type: ignore[attr-defined]
