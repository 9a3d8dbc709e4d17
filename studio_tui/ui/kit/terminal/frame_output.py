"""When a frame goes to the terminal: at once after a key, else when the link has taken what was written before.

Frames that wait are merged: over a slow link there are fewer of them, and what a key does is seen soon. Whether a link
is slow shows in two ways. The kernel has not taken the last frame; or the terminal's answer to a question that followed
it is overdue, for the buffers on the way (of SSH, of a multiplexer) swallow seconds of output before a write waits.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.geometry import Offset

from studio_tui.terminal import Cells
from studio_tui.text.secrets import KNOWN
from studio_tui.ui.kit.terminal.cell_writer import CellWriter
from studio_tui.ui.kit.terminal.picture import NONE_CHOSEN, Picture, Update
from studio_tui.ui.kit.terminal.themes import chosen_colours

_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
_QUESTION = "\x1b[?2026$p"
"""Whether the terminal draws frames at once; the answer says that it has read what came before."""
_CURSOR = re.compile(r"\x1b\[(\d+);(\d+)H")
_UNSEEN = re.compile(r"(?:\x1b\[[?<>=][\d;]*\$?[a-z]|\x1b\[\d* q|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x07)*")
"""What changes nothing on the screen: modes, the cursor's shape, commands of the system (such as copying), the bell."""
_OTHER_SCREEN = "[?1049"
_KEY_SECONDS = 0.1
"""For so long after a key no frame waits, …"""
_MOST_PENDING = 4096
"""… unless so many characters wait already: a key that is held down."""
_QUEUE_SECONDS = 0.06
"""Seconds of output that the link may be behind before frames wait."""
_SLOW_SECONDS = 0.05
"""Round trip from which on a link is asked after every frame, else after …"""
_ASK_CHARS, _ASK_SECONDS = 8192, 2.0
_LOST_SECONDS = 10.0
"""After so long an answer does not come any more."""
_LOOK_SECONDS = 1.0
_REMEMBERED_SECONDS = 60.0
"""After so long a link may have become another one."""


@runtime_checkable
class _TypedIn(Protocol):
    """A field: it knows where its cursor stands on the screen."""

    @property
    def cursor_screen_offset(self) -> Offset: ...


class Taken(CompositorUpdate):
    """Stands for a compositor's update where Textual writes one: gives it to `frames`, and renders to nothing."""

    def __init__(self, update: Update, frames: FrameOutput, app: App[Any], size: tuple[int, int]) -> None:
        self._update = update
        self._frames = frames
        self._app = app
        self._size = size

    def render_segments(self, console: Console) -> str:
        self._frames.in_field = isinstance(self._app.focused, _TypedIn)
        system = console._color_system or ColorSystem.TRUECOLOR
        if system is ColorSystem.TRUECOLOR:
            self._frames.take(self._update, self._size, system)
        else:
            chosen = chosen_colours(self._app, 16 if system is ColorSystem.STANDARD else 256)
            self._frames.take(self._update, self._size, system, chosen)
        return ""


class FrameOutput:
    """Lives on the UI's loop; `hear_answer` and `acted` are for the thread that reads keys."""

    def __init__(self, send: Callable[[str], None], pending: Callable[[], int]) -> None:
        """`send` queues a text for the terminal, `pending` tells how many characters of those it has not taken yet."""
        self.picture = Picture()
        # GNU screen erases with its own background, whatever the pen has.
        self._writer = CellWriter(self.picture, erases=not os.environ.get("TERM", "").startswith("screen"))
        self._send = send
        self._pending = pending
        self.answered = threading.Event()
        """The terminal has answered, or was never asked."""
        self.answered.set()
        self.merged = 0
        """Frames that became part of a later one."""
        self._active = self._due = self._synchronized = self._window_changed = False
        self._cursor: tuple[int, int] | None = None
        self.in_field = True
        """The focus is in a field: there the terminal's cursor, which is not seen, is to stand, because input methods
        show beside it what is being composed. Elsewhere it may stand where the last frame left it."""
        self._acted_at = self._asked_at = self._measured_at = -_LOST_SECONDS
        self._unasked = 0
        """Characters written since the last question."""
        self._round_trip = float("inf")
        """The shortest of the last minute to the terminal and back, in seconds; endless as long as nobody knows."""
        self._look: asyncio.TimerHandle | None = None
        self._secrets = KNOWN.changes

    # -- what comes from Textual ---------------------------------------------------------------------------------

    def take(
        self, update: Update, size: tuple[int, int], color_system: ColorSystem, chosen: Mapping[str, int] = NONE_CHOSEN
    ) -> None:
        """Take over what the compositor would write; for `chosen` see `Picture.take`."""
        picture = self.picture
        if size != (picture.width, picture.height):
            picture.resize(*size)
            self._writer.forget()
        if KNOWN.changes != self._secrets:
            self._secrets = KNOWN.changes
            picture.forget_texts()
        picture.take(update, color_system, chosen)
        self._due = True

    def heard(self, data: str) -> bool:
        """Hear what is written beside frames; True for what becomes part of the next frame and is not written."""
        if data in (_SYNC_START, _SYNC_END):
            self._synchronized = True  # the terminal can; marks stand around what there is to show
            return True
        if self._due and (place := _CURSOR.fullmatch(data)):
            self._cursor = int(place[2]) - 1, int(place[1]) - 1
            return True
        if not _UNSEEN.fullmatch(data) or _OTHER_SCREEN in data:
            self._writer.forget()
        return not data

    def forget(self) -> None:
        """What stands on the terminal is not known any more: the next frame is the whole picture."""
        self._writer.forget()
        self._due = bool(self.picture.height)

    def window_changes(self) -> None:
        """The window has another size, or had one for a moment: the terminal may have cut or moved what stood there."""
        self._window_changed = True

    def resized(self, size: tuple[int, int]) -> None:
        """Textual tells of a size: at the start of the one that the window has anyway."""
        if size == (self.picture.width, self.picture.height) and not self._window_changed:
            return
        self._window_changed = False
        self.forget()
        if size == (self.picture.width, self.picture.height):
            self.turn()  # else Textual draws all of it for the new size

    def acted(self) -> None:
        """The user pressed a key or a button."""
        self._acted_at = time.monotonic()

    def hear_answer(self) -> None:
        """The terminal answered, if it was asked: Textual asks once, too."""
        now = time.monotonic()
        if not self.answered.is_set():
            took = now - self._asked_at
            if took < self._round_trip or now - self._measured_at > _REMEMBERED_SECONDS:
                self._round_trip, self._measured_at = took, now
            self.answered.set()

    # -- the terminal comes and goes -------------------------------------------------------------------------------

    def begin(self, stands: Cells | None = None) -> None:
        """The terminal is ours, whatever stands on it; the picture of before comes back without Textual.

        `stands` is what it shows, where that is known.
        """
        self._active = True
        self.forget()
        if stands:
            self.picture.stand(stands)
            self._writer.believe()
        asyncio.get_running_loop().call_soon(self.turn)

    def end(self, patience: float) -> None:
        """The terminal is given away; waits `patience` seconds for an answer that is still on its way."""
        self._active = False
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self._send("\x1b[m")
        self.answered.wait(patience)

    # -- frames ------------------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Write the frame that is due, unless the link still has enough to do."""
        if not (self._due and self._active):
            return
        now = time.monotonic()
        if self._must_wait(now):
            self.merged += 1
            if self._look is None:  # who takes and who answers calls again; this is for an answer that never comes
                self._look = self._look_later(self._look_again)
            return
        self._due = False
        if data := self._writer.difference(self._cursor if self.in_field else None):
            self._send(self._framed(data, now))

    def _must_wait(self, now: float) -> bool:
        pending = self._pending()
        if now - self._acted_at < _KEY_SECONDS and pending < _MOST_PENDING:
            return False
        overdue = not self.answered.is_set() and now - self._asked_at > self._round_trip + _QUEUE_SECONDS
        return bool(pending) or overdue

    def _framed(self, data: str, now: float) -> str:
        if not self._synchronized:
            return data
        data = _SYNC_START + data + _SYNC_END
        self._unasked += len(data)
        asks = self._round_trip > _SLOW_SECONDS or self._unasked > _ASK_CHARS or now - self._asked_at > _ASK_SECONDS
        if not (asks and self.answered.is_set()):
            return data
        self.answered.clear()
        self._asked_at, self._unasked = now, 0
        return data + _QUESTION

    def _look_later(self, look: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(_LOOK_SECONDS, look)

    def _look_again(self) -> None:
        self._look = None
        if time.monotonic() - self._asked_at > _LOST_SECONDS:
            self.answered.set()
        self.turn()
