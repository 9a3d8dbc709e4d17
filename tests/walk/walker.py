"""Walks over the app at random: keys, bursts, pastes, mouse and sizes, on a good or a rough line.

A quiet stretch presses nothing that sends, answers or confirms: any write to the server in it is one that nobody asked
for. A loud stretch presses everything. What must hold after each stretch stands in `look`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Input

from studio_tui.core.state.app_state import LinkState
from studio_tui.domain.run_request import RunRequest
from studio_tui.errors import StudioError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.ui.connection.connect_screen import ConnectScreen
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog
from tests.server.driven import Driven
from tests.walk import told
from tests.walk.keys import (
    BYTES,
    DEEDS,
    LINES,
    LINES_THAT_WRITE,
    LOOKS,
    MOVES,
    NEVER,
    OPENERS,
    PASTES,
    SENDS,
    SIZES,
    WORDS,
    character_of,
    typed,
)
from tests.walk.look import Look, Lost
from tests.walk.rough_proxy import RoughProxy

COUNTDOWN = RunRequest(input={"count": 5000, "seconds": 0.02})
PICTURE: list[Json] = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'iVBORw0KGgo' * 4}"}}]
AT_REST: tuple[tuple[str, JsonObject], ...] = (
    ("long_countdown", {"count": 4, "seconds": 0.01}),
    ("travel_agent", {"messages": [{"type": "human", "content": [*PICTURE, "what's the weather in sf"]}]}),
    ("purchase_order", {"item": "laptop", "eur": 1800}),
)
"""Threads with a history, messages, questions: what can be edited, forked, compared and answered."""


class Walker:
    """One walk over one app."""

    def __init__(self, it: Driven, proxy: RoughProxy, seed: int, hang: float = 1.0) -> None:
        """`hang`: seconds for which the loop may be blocked."""
        self.it = it
        self.proxy = proxy
        self._random = Random(seed)
        self.seed = seed
        self.trail: list[str] = []
        """What was done in this stretch."""
        self.stretches = self.steps = self.runs = self.asked = 0
        """`asked`: keys and clicks in this stretch that may have asked for a write."""
        self.screens: set[str] = set()
        """The kinds of screens and dialogs that were on top."""
        self.done: set[str] = set()
        """The kinds of steps that were taken."""
        self.look = Look(self, hang)
        it.app.screen_change_signal.subscribe(it.app, lambda screen: self.screens.add(type(screen).__name__), True)
        # `continue` may be pressed in a read-only session, where it leads to the question; elsewhere it writes.
        writing = {key for item in it.app.commands if item.mutates or item.id == "continue" for key in item.keys}
        every = {key for command in it.app.commands for key in command.keys}
        self._loud = sorted((every | {"enter", "space", "y", "n", "x", "delete", "ctrl+s"}) - NEVER)
        self._quiet = sorted(every - writing - SENDS - NEVER)
        self._asking = writing | SENDS | {"space"}

    async def stretch(self, steps: int, *, quiet: bool, rough: bool = False) -> None:
        """Walk so many steps and look at what is left; `rough`: on a line that is cut now and then. Raises Lost."""
        self.trail.clear()
        self.asked = 0
        self.stretches += 1
        self.proxy.calm()
        if self._random.random() < 0.4:
            await self._rest()
        else:
            await self._stream()
        before = self.look.writes()
        walks = {
            self._key: 16, self._native: 12, self._dialog: 14, self._scene: 20, self._line: 3, self._burst: 10,
            self._move: 10, self._type: 8, self._bytes: 4, self._resize: 6, self._click: 6, self._wheel: 4,
            self._pushed: 2, self._wait: 6, self._rough: 6 if rough else 0,
        }  # fmt: skip
        for _ in range(steps):
            self.steps += 1
            step = self._random.choices(list(walks), list(walks.values()))[0]
            self.done.add(step.__name__)
            await step(quiet)
            self.look.alive()
            if not quiet:
                await self._no_strange_servers()
        self.proxy.calm()
        await self.look.home()
        written = self.look.writes()[len(before) :]
        if quiet and written:
            raise self.lost(f"written though nobody asked: {written}")
        if len(started := [item for item in written if told.starts(item)]) > self.asked:
            raise self.lost(f"more runs than keys: {started}")
        if twice := [mark for mark, times in self.proxy.marks.items() if times > 1]:
            raise self.lost(f"runs that were asked for twice: {twice}")

    async def end(self) -> None:
        """Leave, and look at what is left then. Raises Lost."""
        self.proxy.calm()
        await self.look.end()

    def lost(self, what: str) -> Lost:
        """Return what was found, with the story of this stretch."""
        app = self.it.app
        screens = app.screen_stack if app._running else []
        about = [
            f"screens {screens}, leaving {app._leaving}, clock frames {app.clock.frames} stopped {app.clock._stopped}",
            f"size {app.size}, studio {app.studio_screen.size} too small {app.studio_screen.focus_keeper.too_small}, "
            f"resize {app._resize_timer} {app._resize_event}, focus {app.focused if screens else None}",
            f"typeahead {app.typeahead._task} awaited {app.typeahead._awaited} queue {len(app.typeahead._queue)}",
            f"queues {[(node, node.message_queue_size) for node in (app, *screens)]}",
        ]
        where = f"seed {self.seed}, stretch {self.stretches}, {len(self.trail)} things done"
        text = self.it.text if screens else ""
        return Lost("\n".join([what, f"{where}: {' '.join(self.trail)}", *about, text]))

    # -- keys ---------------------------------------------------------------------------------------------------

    async def _key(self, quiet: bool) -> None:
        await self._press(self._random.choice(self._quiet if quiet else self._loud), quiet=quiet)

    async def _native(self, quiet: bool) -> None:
        """A key of the screen on top, or of what has the focus there."""
        top = self._top()
        if top is not None and (keys := sorted(top.active_bindings)):
            await self._press(self._random.choice(keys), quiet=quiet)

    async def _dialog(self, quiet: bool) -> None:
        """Open something and close it, at any speed."""
        await self._press(self._random.choice(OPENERS), quiet=quiet)
        await self._turns()
        if self._random.random() < 0.3:
            await self._resize(quiet)
        await self._press("escape", quiet=quiet)

    async def _scene(self, quiet: bool) -> None:
        """Go deeper into a screen, do something there, and perhaps leave it."""
        scene = self._random.choice(LOOKS if quiet or self._random.random() < 0.3 else DEEDS)
        for _ in range(self._random.choice((0, 1, 3))):
            await self._press("escape", quiet=quiet)
        if quiet:
            await self.all_taken()
        for number, key in enumerate(scene.split()):
            if key.startswith(":"):
                if not await self._named(key[1:], "enter", quiet=quiet):
                    break
                await self._turns()
                continue
            if quiet and number:
                await self.all_taken()
                if self._top() is self.it.app.studio_screen and key in self._asking:
                    break  # it did not open: the key would mean another thing
            await self._press(key, quiet=quiet, sure=bool(quiet and number))
            await self._turns()
        for _ in range(self._random.choice((0, 1, 2))):
            await self._press("escape", quiet=quiet)

    async def _line(self, quiet: bool) -> None:
        """Give a command by its name."""
        name = self._random.choice([name for name in LINES if not (quiet and name in LINES_THAT_WRITE)])
        await self._named(name, self._random.choice(("enter", "enter", "tab", "escape")), quiet=quiet)

    async def _named(self, name: str, end: str, *, quiet: bool) -> bool:
        """Type a name at the `:` prompt and end it with a key, if the prompt opens; return whether it did."""
        await self._press("colon", quiet=quiet)
        await self.all_taken()
        studio = self.it.app.studio_screen
        if self._top() is not studio or not isinstance(studio.focused, Input) or not studio.line.has_focus_within:
            return False
        self.trail.append(name)
        for key in (*typed(name), end):
            self._send(events.Key(key, character_of(key)))
        self.asked += name in LINES_THAT_WRITE
        return True

    async def _burst(self, quiet: bool) -> None:
        for _ in range(self._random.randint(3, 25)):
            pool = self._random.choice((self._quiet if quiet else self._loud, OPENERS, WORDS, ["escape"]))
            await self._press(self._random.choice(pool), quiet=quiet, wait=False)
        await asyncio.sleep(0.01)

    async def _move(self, quiet: bool) -> None:
        for _ in range(self._random.randint(1, 6)):
            await self._press(self._random.choice(MOVES), quiet=quiet)

    async def _type(self, quiet: bool) -> None:
        """Type, or paste, as a terminal tells of a paste and as one that does not."""
        dice = self._random.random()
        text = self._random.choice(PASTES)
        if dice < 0.2:
            self.trail.append(f"paste {len(text)}")
            self._send(events.Paste(text))
        elif dice < 0.35:
            for key in typed(text[:60]):
                await self._press(key, quiet=quiet, wait=False)
        for _ in range(self._random.randint(1, 8)):
            await self._press(self._random.choice(WORDS), quiet=quiet, wait=False)

    async def _bytes(self, quiet: bool) -> None:
        """What a terminal sends beside keys, through the parser of the program."""
        data = self._random.choice(BYTES)
        self.trail.append(repr(data))
        parser = XTermParser()
        found = [event for part in (data, "") for event in _fed(parser, part)]
        for event in found:
            if isinstance(event, events.Key):
                await self._press(event.key, quiet=quiet, wait=False)
            elif isinstance(event, events.Event):
                self._send(event)

    async def _press(self, key: str, *, quiet: bool, wait: bool | None = None, sure: bool = False) -> None:
        """`sure`: the caller knows that the key writes nothing where it is pressed."""
        if key in NEVER or (quiet and not sure and key in self._asking):
            return
        if quiet and isinstance(self._top(), ConfirmDialog) and key != "escape":
            key = "escape"
        self.asked += key in self._asking
        self.trail.append(key)
        self._send(events.Key(key, character_of(key)))
        if wait if wait is not None else self._random.random() < 0.5:
            await asyncio.sleep(0.01)

    async def _turns(self) -> None:
        for _ in range(self._random.choice((0, 0, 1, 2, 5, 20))):
            await asyncio.sleep(0)

    async def all_taken(self) -> None:
        """Wait until all keys had their effect, for a while."""
        for _ in range(500):
            await asyncio.sleep(0.02)
            if self.it.app.typeahead._task is None and not self.it.app.message_queue_size:
                return

    # -- the terminal and the line --------------------------------------------------------------------------------

    async def _resize(self, _quiet: bool) -> None:
        self.resize(*self._random.choice(SIZES))
        if self._random.random() < 0.5:
            await asyncio.sleep(0.01)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, the way that keys come too: what was sent before comes before."""
        self.trail.append(f"{width}x{height}")
        driver = self.it.app._driver
        assert driver is not None
        driver._size = (width, height)
        self._send(events.Resize(Size(width, height), Size(width, height)))

    async def _click(self, quiet: bool) -> None:
        x, y = self._anywhere()
        if self._button_at(x, y, quiet):
            return
        self.asked += 1
        self.trail.append(f"click {x},{y}")
        self._mouse(events.MouseMove, x, y)
        for _ in range(self._random.choice((1, 1, 2))):
            self._mouse(events.MouseDown, x, y)
            if self._random.random() < 0.2:  # a drag
                self._mouse(events.MouseMove, *self._anywhere())
            self._mouse(events.MouseUp, x, y)

    async def _wheel(self, _quiet: bool) -> None:
        x, y = self._anywhere()
        kind = self._random.choice((events.MouseScrollUp, events.MouseScrollDown))
        self.trail.append(f"{kind.__name__} {x},{y}")
        for _ in range(self._random.randint(1, 30)):
            self._mouse(kind, x, y)

    def _anywhere(self) -> tuple[int, int]:
        width, height = self.it.app.size
        return self._random.randrange(max(1, width)), self._random.randrange(max(1, height))

    def _mouse(self, kind: type[events.MouseEvent], x: int, y: int) -> None:
        self._send(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))

    def _button_at(self, x: int, y: int, quiet: bool) -> bool:
        """Whether a click there would send something in a quiet stretch, or start a server in any."""
        try:
            widget, _region = self.it.app.screen.get_widget_at(x, y)
        except Exception:
            return False
        if widget.id in ("connect-demo", "connect-project"):
            return True
        kinds = ("Button", "OptionList", "KeyBar")
        return quiet and any(type(node).__name__ in kinds for node in widget.ancestors_with_self)

    async def _rough(self, _quiet: bool) -> None:
        """Something happens to the line."""
        dice = self._random.choice(("cut", "cut one", "hold", "refuse", "pass"))
        self.trail.append(f"({dice})")
        if dice == "cut":
            self.proxy.cut()
        elif dice == "cut one":
            self.proxy.cut(1)
        elif dice == "hold":
            self.proxy.hold()
        elif dice == "refuse":
            self.proxy.refuse(self._random.choice((0, 429, 500, 502, 503)), self._random.randint(1, 6))
            self.proxy.cut()
        else:
            self.proxy.calm()

    async def _pushed(self, _quiet: bool) -> None:
        """A dialog comes up by itself, as those of errors, trust and progress do."""
        app = self.it.app
        name, dialog = self._random.choice(list(told.dialogs().items()))
        self.trail.append(f"({name})")
        app.push_screen(dialog)
        await self._turns()

    async def _wait(self, _quiet: bool) -> None:
        await asyncio.sleep(self._random.choice((0, 0.01, 0.05, 0.2)))

    def _send(self, event: events.Event) -> None:
        driver = self.it.app._driver
        if driver is None or not self.it.app.is_running:
            return
        driver.send_message(event)

    def _top(self) -> Screen[Any] | None:
        return self.it.app.screen_stack[-1] if self.it.app.screen_stack else None

    # -- what it asks for, and what it puts right ----------------------------------------------------------------

    async def _stream(self) -> None:
        """Have a run stream, connected and with room to show it: that much is asked for."""
        app, studio = self.it.app, self.it.studio
        await self._no_strange_servers()
        if studio.app_state.link is not LinkState.UP or studio.app_state.assistant_id is None:
            await self._try(lambda: app.opening.connect(self._target()))
        run = studio.app_state.run
        if run is not None and run.phase.is_live:
            return
        self.runs += 1
        await self._try(lambda: studio.assistants.select("long_countdown"))
        await self._try(studio.threads.new)
        await self._try(lambda: studio.runs.start(COUNTDOWN))

    async def _rest(self) -> None:
        """Have a thread whose run is over, or waits for an answer."""
        studio = self.it.studio
        await self._no_strange_servers()
        if studio.app_state.link is not LinkState.UP or studio.app_state.assistant_id is None:
            await self._try(lambda: self.it.app.opening.connect(self._target()))
        name, values = self._random.choice(AT_REST)
        self.trail.append(f"({name} at rest)")
        self.runs += 1
        await self._try(lambda: studio.assistants.select(name))
        await self._try(studio.threads.new)
        await self._try(lambda: studio.runs.start(RunRequest(input=values)))
        await self._try(studio.runs.wait)

    async def _no_strange_servers(self) -> None:
        """A URL that was typed at random leads nowhere; go back to the server of the walk."""
        app = self.it.app
        if isinstance(self._top(), ConnectScreen) and self._random.random() < 0.3:
            app.screen.dismiss()
            await asyncio.sleep(0.01)

    def _target(self) -> Any:
        assert self.it.app.options.target is not None
        return self.it.app.options.target

    async def _try(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await asyncio.wait_for(_awaited(work), 20)
        except (StudioError, TimeoutError) as error:
            self.trail.append(f"({type(error).__name__})")


def _fed(parser: XTermParser, data: str) -> list[Any]:
    try:
        return list(parser.feed(data))
    except Exception:  # the end of the input in the middle of a sequence
        return []


async def _awaited(work: Callable[[], Awaitable[object]]) -> object:
    return await work()
