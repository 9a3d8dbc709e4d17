"""The way to the user's terminal: whether it still stands, and the thread that writes to it.

A terminal can vanish at any moment (a dropped connection, a closed window), and it can stop reading. Writing to it is
the one thing of the UI that may block; once the program is about to end, nothing waits for it any more.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

MOST_QUEUED = 30
"""Texts that wait to be written; whoever draws more waits, as long as there is a terminal to wait for."""
LAST_WORDS = 60
"""Texts more that are taken when the program is about to end: what gives the terminal back."""
PARTING_SECONDS = 0.5
"""How long the last words may take."""


class TerminalLink:
    """One per process; read and written by the UI's loop, its threads and signal handlers."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.gone = False
        """The terminal does not exist any more: nothing is written."""
        self.hurried = False
        """The program ends: nobody waits for a write."""
        self.lent = False
        """Another program (an editor, a shell) has the terminal."""
        self.on_gone: Callable[[], object] = lambda: None
        """Called once, from any thread, when the terminal turns out to be gone."""

    def hurry(self) -> None:
        with self.changed:
            self.hurried = True
            self.changed.notify_all()

    def lose(self) -> None:
        with self.changed:
            known, self.gone, self.hurried = self.gone, True, True
            self.changed.notify_all()
        if not known:
            self.on_gone()


LINK = TerminalLink()


class TerminalWriter(threading.Thread):
    """Writes texts in order; stands in for Textual's thread of the same purpose, which waits for ever."""

    def __init__(self, file: TextIO, link: TerminalLink, on_taken: Callable[[], object] = lambda: None) -> None:
        """`on_taken` is called in this thread each time that the terminal has taken all there was."""
        super().__init__(daemon=True, name="terminal-output")
        self._file = file
        self._link = link
        self._on_taken = on_taken
        self.pending = 0
        """Characters that the terminal has not taken yet."""
        self._queue: deque[str | None] = deque()
        self._stopped = False

    def write(self, text: str) -> None:
        """Queue a text; waits while many are queued, unless the program is about to end."""
        link = self._link
        with link.changed:
            while len(self._queue) >= MOST_QUEUED and not link.hurried and not self._stopped:
                link.changed.wait()
            if self._stopped or link.gone or len(self._queue) >= MOST_QUEUED + LAST_WORDS:
                return
            self._queue.append(text)
            self.pending += len(text)
            link.changed.notify_all()

    def stop(self) -> None:
        """Write what is queued and end; waits for it, when the program is about to end only for a moment."""
        link = self._link
        with link.changed:
            self._stopped = True
            self._queue.append(None)
            link.changed.notify_all()
        until: float | None = None
        while self.is_alive():
            self.join(0.05)
            if link.hurried:
                until = until or time.monotonic() + PARTING_SECONDS
                if link.gone or time.monotonic() >= until:
                    return

    def run(self) -> None:
        try:
            self._file.flush()
            fileno, encoding = self._file.fileno(), self._file.encoding or "utf-8"
            while (text := self._next()) is not None:
                _write_all(fileno, text.encode(encoding, "backslashreplace"))
                with self._link.changed:
                    self.pending -= len(text)
                    is_idle = not self.pending
                if is_idle:
                    self._on_taken()
        except (OSError, ValueError):
            self._link.lose()

    def _next(self) -> str | None:
        with self._link.changed:
            while not self._queue:
                self._link.changed.wait()
            text = self._queue.popleft()
            self._link.changed.notify_all()
            return text


def _write_all(fileno: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fileno, rest) :]
        except BlockingIOError:  # another program made the terminal non-blocking
            select.select([], [fileno], [])
