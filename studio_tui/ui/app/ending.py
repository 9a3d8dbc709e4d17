"""How the process ends when it is told to from outside: in order if there is time, and in any case.

Signals are taken by a thread, for the loop may be waiting for a terminal that does not exist any more. From the first
sign of an end a deadline runs, outside the loop as well: drafts are saved, the local server is let go, the terminal is
given back as far as there is one, and the process is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
import threading
import traceback
from types import FrameType
from typing import TYPE_CHECKING

from textual.worker import WorkerFailed

from studio_tui.config.paths import expanded
from studio_tui.config.private_store import append_private
from studio_tui.log import LOGGER
from studio_tui.terminal import RESET
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.terminal.link import LINK

if TYPE_CHECKING:
    from studio_tui.ui.app.app import StudioApp

_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_FROM_KEYS = (signal.SIGINT, signal.SIGQUIT)
"""Sent by a terminal's keys to every program in the foreground, so also while an editor has the terminal."""

GONE_SECONDS = 1.5
"""From a signal, or the loss of the terminal, to the end of the process at the latest."""
LEAVE_SECONDS = 15.0
"""From the user's wish to leave to the end at the latest; a slow line needs its time."""
_SAVE_SECONDS = 0.3
_RESTORE_SECONDS = 0.2


class Ending:
    """Watches for reasons to end, and sees to it that the end comes. Made once, in the main thread."""

    def __init__(self, app: StudioApp, attributes: list[object] | None) -> None:
        """`attributes` are the line settings of the terminal before the start."""
        self._app = app
        self._attributes = attributes
        self._ends = threading.Lock()
        """Held from the first reason to end on."""

    def watch(self) -> None:
        """Take the signals that end programs, and hear of the loss of the terminal."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        for number in _SIGNALS:
            signal.signal(number, _note)
        # The handlers run in the main thread, when it gets to them; the pipe is written to at once.
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        LINK.on_gone = lambda: self._told(signal.SIGHUP)
        threading.Thread(target=self._listen, args=(reading,), name="signals", daemon=True).start()

    def within(self, seconds: float, code: int) -> None:
        """End the process with `code` after so many seconds, unless it has ended by then. The first call counts."""
        if self._ends.acquire(blocking=False):
            threading.Thread(target=self._insist, args=(seconds, code), name="deadline", daemon=True).start()

    def now(self, code: int) -> None:
        """End the process after a signal, past everything that might still wait for the terminal."""
        for handler in LOGGER.handlers:
            with contextlib.suppress(OSError, ValueError):
                handler.flush()
        os._exit(code)

    def _listen(self, reading: int) -> None:
        while data := os.read(reading, 64):
            for number in data:
                if number in _SIGNALS and not (LINK.lent and number in _FROM_KEYS):
                    self._told(number)

    def _told(self, number: int) -> None:
        LINK.hurry()
        self.within(GONE_SECONDS, 128 + number)
        self._let_server_go(hurry=number == signal.SIGHUP)
        self._app.end_soon(number)

    def _insist(self, seconds: float, code: int) -> None:
        threading.Event().wait(max(0.0, seconds - _SAVE_SECONDS - _RESTORE_SECONDS))
        LINK.hurry()
        self._let_server_go()
        if not self._app.drafts_are_safe:
            _patiently(_SAVE_SECONDS, self._app.save_all_drafts)
        if not LINK.gone:
            _patiently(_RESTORE_SECONDS, self._restore)
        self.now(code)

    def _let_server_go(self, *, hurry: bool = False) -> None:
        local = self._app.local or self._app.options.local
        if local is not None:
            with contextlib.suppress(Exception):
                local.close(hurry=hurry)

    def _restore(self) -> None:
        restore_lines(self._attributes)
        with contextlib.suppress(OSError, AttributeError, ValueError):
            os.write(sys.__stdout__.fileno(), RESET.encode("ascii"))  # type: ignore[union-attr]


def restore_lines(attributes: list[object] | None) -> None:
    """Put the terminal's line settings back, without waiting for what it has not read yet."""
    if attributes is not None:
        with contextlib.suppress(termios.error, OSError, ValueError, AttributeError):
            termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, attributes)  # type: ignore[union-attr, arg-type]


def crash_report(error: BaseException, options: UiOptions) -> str:
    """Write the whole trace to the private log and return the few lines that the terminal shows."""
    path = expanded(options.log_file) if options.log_file else options.paths.log_file
    if isinstance(error, WorkerFailed):
        error = error.error  # what went wrong, not where it was noticed
    trace = "".join(traceback.format_exception(error))
    try:
        append_private(path, trace + "\n")
        where = f"The trace is in {path}"
    except OSError as problem:
        where = f"The trace could not be written to {path}: {problem.strerror}"
    what = f"studio-tui crashed: {type(error).__name__}: {clean(str(error), 300)}"
    return f"{what}\n{where}\nYour runs go on at the server. Please report it with that file; it holds no keys.\n"


def _note(number: int, _frame: FrameType | None) -> None:
    """In the main thread, before SIGCONT, which comes with SIGHUP and would take the terminal again."""
    if not (LINK.lent and number in _FROM_KEYS):
        LINK.hurried = True


def _patiently(seconds: float, work: object) -> None:
    """Do what may hang in a thread of its own, and wait for it so long."""
    thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
    thread.start()
    thread.join(seconds)
