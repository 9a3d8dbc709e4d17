"""Walks over the app at random: keys, bursts, pastes, clicks and sizes; after each stretch it looks at what is left.

A quiet stretch presses nothing that sends, answers or confirms: any write to the server in it is one that nobody asked
for. A loud stretch presses everything. After both the app must run, esc must lead home, what has the focus must be on
the screen, and a change in the store must reach its panel.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from textual import events
from textual.geometry import Size
from textual.widget import Widget

from studio_tui.core.state.app_state import Link, Slice
from studio_tui.domain.run_request import RunRequest
from studio_tui.errors import StudioError
from studio_tui.ui.connection.connect_screen import ConnectScreen
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog
from studio_tui.ui.studio.frame_clock import is_shown
from tests.server.counting_proxy import CountingProxy
from tests.server.driven import Driven

SIZES = ((120, 36), (80, 24), (60, 16), (59, 15), (200, 60), (100, 30), (40, 10), (161, 48))
_OPENERS = "ctrl+o question_mark f1 at colon slash a S T R K V I B J M w e u m d b C ctrl+p ctrl+f f g G U v"
OPENERS = list(filter(None, re.split(" ", _OPENERS)))
MOVES = "up down left right home end pageup pagedown tab shift+tab j k h l g G left_square_bracket right_square_bracket"
WORDS = ["{", "}", '"', "1", "x", "space", "ф", "界", "backspace", "left", "comma", "exclamation_mark", "ctrl+w"]
SENDS = {"enter", "ctrl+s", "ctrl+j", "ctrl+m", "ctrl+enter", "shift+enter", "alt+enter", "y", "ctrl+d", "ctrl+t"}
"""What may send, answer or confirm somewhere, without being a command that is known to write."""
NEVER = {"ctrl+q", "q", "ctrl+z", "ctrl+c", "ctrl+e", "E"}
"""What ends the walk, or gives the terminal away."""
_READS = re.compile(
    r"^(GET|POST /(assistants|threads|store/items|runs/crons)/(search|count)|POST /store/namespaces)"
    r"|/(history|versions)$"
)
COUNTDOWN = RunRequest(input={"count": 5000, "seconds": 0.02}, has_input=True)


class Lost(AssertionError):
    """The walk found something that must not be."""


class Walker:
    """One walk over one app."""

    def __init__(self, it: Driven, proxy: CountingProxy, seed: int) -> None:
        self._it = it
        self._proxy = proxy
        self._random = Random(seed)
        self.seed = seed
        self.trail: list[str] = []
        """What was done in this stretch."""
        self.stretches = self.steps = self.runs = 0
        # `continue` may be pressed in a read-only session, where it leads to the question; elsewhere it writes.
        writing = {key for item in it.app.commands if item.mutates or item.id == "continue" for key in item.keys}
        every = {key for command in it.app.commands for key in command.keys}
        self._loud = sorted((every | {"enter", "space", "y", "n", "x", "delete", "ctrl+s"}) - NEVER)
        self._quiet = sorted(every - writing - SENDS - NEVER)
        self._writing = writing

    async def stretch(self, steps: int, *, quiet: bool) -> None:
        """Walk so many steps and look at what is left. Raises Lost."""
        self.trail.clear()
        self.stretches += 1
        await self._stream()
        before = len(self._writes())
        for _ in range(steps):
            self.steps += 1
            step = self._random.choices(
                (self._key, self._dialog, self._burst, self._move, self._type, self._resize, self._click, self._wait),
                (30, 20, 12, 12, 8, 6, 6, 6),
            )[0]
            await step(quiet)
            if not self._it.app.is_running or self._it.app._exception is not None:
                raise Lost(f"the app ended: {self._it.app._exception!r}\n{self._story()}")
            if not quiet:
                await self._no_strange_servers()
        await self._look()
        if quiet and (written := self._writes()[before:]):
            raise Lost(f"written though nobody asked: {written}\n{self._story()}")

    # -- what it does -------------------------------------------------------------------------------------------

    async def _key(self, quiet: bool) -> None:
        await self._press(self._random.choice(self._quiet if quiet else self._loud), quiet=quiet)

    async def _dialog(self, quiet: bool) -> None:
        """Open something and close it, at any speed."""
        key = self._random.choice(OPENERS)
        turns = self._random.choice((0, 0, 1, 2, 5, 20))
        await self._press(key, quiet=quiet)
        for _ in range(turns):
            await asyncio.sleep(0)
        if self._random.random() < 0.3:
            await self._resize(quiet)
        await self._press("escape", quiet=quiet)

    async def _burst(self, quiet: bool) -> None:
        for _ in range(self._random.randint(3, 25)):
            pool = self._random.choice((self._quiet if quiet else self._loud, OPENERS, WORDS, ["escape"]))
            await self._press(self._random.choice(pool), quiet=quiet, wait=False)
        await asyncio.sleep(0.01)

    async def _move(self, quiet: bool) -> None:
        for _ in range(self._random.randint(1, 6)):
            await self._press(self._random.choice(MOVES.split()), quiet=quiet)

    async def _type(self, quiet: bool) -> None:
        if self._random.random() < 0.2:
            self.trail.append("paste")
            self._send(events.Paste(self._random.choice(("two\nlines", "x" * 5000, '{"a": [1, 2', "\x1b[31mred\x07"))))
        for _ in range(self._random.randint(1, 8)):
            await self._press(self._random.choice(WORDS), quiet=quiet, wait=False)

    async def _resize(self, _quiet: bool) -> None:
        width, height = self._random.choice(SIZES)
        self.trail.append(f"{width}x{height}")
        app = self._it.app
        assert app._driver is not None
        app._driver._size = (width, height)
        size = Size(width, height)
        self._send(events.Resize(size, size))
        if self._random.random() < 0.5:
            await asyncio.sleep(0.01)

    async def _click(self, quiet: bool) -> None:
        width, height = self._it.app.size
        x, y = self._random.randrange(max(1, width)), self._random.randrange(max(1, height))
        if quiet and self._button_at(x, y):
            return
        self.trail.append(f"click {x},{y}")
        for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
            self._send(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))

    async def _wait(self, _quiet: bool) -> None:
        await asyncio.sleep(self._random.choice((0, 0.01, 0.05, 0.2)))

    async def _press(self, key: str, *, quiet: bool, wait: bool | None = None) -> None:
        if key in NEVER or (quiet and key in self._writing | SENDS and not isinstance(self._it.app.focused, Widget)):
            return
        if quiet and (key in self._writing or key in SENDS):
            return
        if quiet and isinstance(self._it.app.screen, ConfirmDialog) and key != "escape":
            key = "escape"
        self.trail.append(key)
        self._send(events.Key(key, _character(key)))
        if wait if wait is not None else self._random.random() < 0.5:
            await asyncio.sleep(0.01)

    def _send(self, event: events.Event) -> None:
        assert self._it.app._driver is not None
        self._it.app._driver.send_message(event)

    def _button_at(self, x: int, y: int) -> bool:
        try:
            widget, _region = self._it.app.screen.get_widget_at(x, y)
        except Exception:
            return False
        return any(type(node).__name__ in ("Button", "OptionList", "KeyBar") for node in widget.ancestors_with_self)

    # -- what it asks for, and what it puts right ----------------------------------------------------------------

    async def _stream(self) -> None:
        """Have a run stream, connected and with room to show it: that much is asked for."""
        app, studio = self._it.app, self._it.studio
        await self._no_strange_servers()
        if studio.store.link is not Link.UP or studio.store.assistant_id is None:
            await self._try(lambda: app.opening.connect(self._target()))
        run = studio.store.run
        if run is not None and run.phase.is_live:
            return
        self.runs += 1
        await self._try(lambda: studio.select_assistant("long_countdown"))
        await self._try(studio.new_thread)
        await self._try(lambda: studio.start(COUNTDOWN))

    async def _no_strange_servers(self) -> None:
        """A URL that was typed at random leads nowhere; go back to the server of the walk."""
        app = self._it.app
        if isinstance(app.screen, ConnectScreen) and self._random.random() < 0.3:
            app.screen.dismiss()
            await asyncio.sleep(0.01)

    def _target(self) -> Any:
        assert self._it.app.options.target is not None
        return self._it.app.options.target

    async def _try(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await asyncio.wait_for(_awaited(work), 20)
        except (StudioError, TimeoutError) as error:
            self.trail.append(f"({type(error).__name__})")

    # -- what it looks at ---------------------------------------------------------------------------------------

    async def _look(self) -> None:
        app = self._it.app
        await self._resize_to(120, 36)
        await asyncio.sleep(0.01)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if app.screen is app.studio_screen and app.studio_screen.area not in ("composer", "dock", "answer"):
                break
            self._send(events.Key("escape", None))
            await asyncio.sleep(0.01)
            await asyncio.sleep(0.02)
        else:
            raise Lost(f"escape does not lead home from {app.screen} {app.studio_screen.area}\n{self._story()}")
        await self._until(self._focus_is_visible, f"a focus that can be seen, not {app.focused}")
        await self._clock_is_alive()

    async def _clock_is_alive(self) -> None:
        """Each panel that is shown hears of a change."""
        app = self._it.app
        heard: set[str] = set()
        panels = [panel for panel in app.studio_screen.clock_panels() if is_shown(panel)]
        for panel in panels:
            _listen(panel, heard)
        try:
            self._it.studio.store.touch(*Slice)
            # A panel may be hidden meanwhile: then it is drawn when it comes back.
            await self._until(
                lambda: all(str(panel.id) in heard or not is_shown(panel) for panel in panels), "a frame of every panel"
            )
        finally:
            for panel in panels:
                del panel.draw  # type: ignore[attr-defined]

    def _focus_is_visible(self) -> bool:
        focused = self._it.app.focused
        return focused is None or is_shown(focused)

    async def _resize_to(self, width: int, height: int) -> None:
        await self._it.pilot.resize_terminal(width, height)

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            await self._it.until(condition, what)
        except AssertionError as error:
            raise Lost(f"{error}\n{self._story()}") from None

    def _writes(self) -> list[str]:
        return [request for request in self._proxy.requests if not _READS.search(request)]

    def _story(self) -> str:
        keys = " ".join(self.trail)
        app = self._it.app
        about = f"screens {app.screen_stack}, leaving {app._leaving}, clock {app.clock!r}"
        where = f"seed {self.seed}, stretch {self.stretches}, {len(self.trail)} things done"
        return f"{where}: {keys}\n{about}\n{self._it.text}"


def _listen(panel: Widget, heard: set[str]) -> None:
    draw = panel.draw  # type: ignore[attr-defined]

    def drawn(store: Any, changed: frozenset[Slice]) -> None:
        heard.add(str(panel.id))
        draw(store, changed)

    panel.draw = drawn  # type: ignore[attr-defined]


def _character(key: str) -> str | None:
    if len(key) == 1:
        return key
    named = {"space": " ", "colon": ":", "slash": "/", "comma": ",", "question_mark": "?", "exclamation_mark": "!"}
    named |= {"at": "@", "left_square_bracket": "[", "right_square_bracket": "]"}
    return named.get(key)


async def _awaited(work: Callable[[], Awaitable[object]]) -> object:
    return await work()
