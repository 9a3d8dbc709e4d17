"""What a terminal must be to be drawn on, and what it must be told to be usable again after a program died in it."""

from __future__ import annotations

import codecs
import contextlib
import os
import signal

TYPE_CHECKING = False  # as type checkers know it: this is imported before anything is shown
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import Any, TextIO, TypeAlias

_ELSEWHERE = "The command line works here: see `studio-tui --help`."
RESET = "".join(
    f"\x1b[{code}"
    for code in (
        "?1049l",  # leave the alternate screen
        "?1000l", "?1002l", "?1003l", "?1006l", "?1015l", "?1016l",  # mouse reports
        "?1004l",  # focus reports
        "?2004l",  # bracketed paste
        "?2026l",  # synchronised output
        "?2048l",  # in-band resize reports
        "<u",  # kitty keyboard protocol
        ">4;0m",  # xterm modified keys
        "?25h",  # cursor
        "?7h",  # line wrap
        "0m",  # colours
    )
)  # fmt: skip
"""Switches off every mode that a full-screen program may have left on."""


ALTERNATE_SCREEN = "\x1b[?1049h"
_LEFT = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"


Cells: TypeAlias = "list[list[tuple[str, str]]]"
"""Each character of a screen, by lines, and its colours as SGR codes such as `38;2;0;0;0;48;2;9;9;9`."""


class EarlyScreen:
    """The alternate screen, from its first picture on until the UI has it: whatever comes between gives it back."""

    def __init__(self) -> None:
        self.shown = ""
        """What stands there; empty when the screen is not ours, or is the UI's by now."""
        self._cells: Callable[[], Cells] | None = None
        self._file = -1
        self._before: dict[int, object] = {}
        self.line: list[Any] = []
        """The settings of the line before it was made silent; empty when it is as it was."""

    def show(self, picture: str, file: int, cells: Callable[[], Cells] | None = None) -> None:
        """Write a picture in place of the one that stands there. A terminal that takes no more is left alone.

        `cells` returns what the picture shows; None where that depends on the terminal.
        """
        if picture == self.shown:
            return
        self._cells = cells
        if not self.shown:
            self._file = file
            signal.signal(signal.SIGWINCH, self._resized)
            for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP):
                before = signal.signal(number, self._leave)
                if before != self._leave:  # as it is after ctrl+z and fg
                    self._before[number] = before
        first = "" if self.shown else ALTERNATE_SCREEN
        self.shown = picture
        self._write(first + picture)
        if first:
            self._silence()

    def hand_over(self) -> bool:
        """Leave the screen, and the line as it is, to the UI; tell whether it is the alternate one already."""
        was_shown, self.shown = bool(self.shown), ""
        return was_shown

    def cells(self) -> Cells | None:
        """Return what stands on the screen that the UI takes over; None where nobody knows. Only the first time."""
        cells, self._cells = self._cells, None
        # A terminal that was not silenced has shown the keys typed since.
        return cells() if cells is not None and self.line else None

    def end(self) -> None:
        """Give the screen back if the UI has not taken it. Where ctrl+c interrupts it, the next call does the rest."""
        if not self.shown:
            return
        self._give_line_back()
        self._write(_LEFT)
        self.shown, self._cells = "", None

    def _resized(self, *_: object) -> None:
        """The terminal has cut, or moved, what stood there."""
        self._cells = None

    def _silence(self) -> None:
        """Have keys wait for the UI as they are: not written over the picture, and enter not made a line feed."""
        import termios

        with contextlib.suppress(termios.error, OSError):
            if os.tcgetpgrp(self._file) != os.getpgrp():
                return  # in the background: asking for it would stop the program
            before = termios.tcgetattr(self._file)
            settings = termios.tcgetattr(self._file)
            settings[0] &= ~termios.ICRNL
            settings[3] &= ~termios.ECHO
            self.line = before
            termios.tcsetattr(self._file, termios.TCSANOW, settings)
            if not self.shown:  # a signal came between the two
                self.line = before
                self._give_line_back()

    def take_line(self) -> list[Any]:
        """Return the settings of the line before it was made silent, once; empty when it is as it was."""
        line, self.line = self.line, []
        return line

    def _give_line_back(self) -> None:
        if not self.line:
            return
        import termios

        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(self._file, termios.TCSANOW, self.line)
        self.line = []

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # it is gone, which the UI will notice
            os.write(self._file, text.encode())

    def _leave(self, number: int, _frame: FrameType | None) -> None:
        """A signal before the UI hears of signals: it has the effect that it always has."""
        self.end()
        signal.signal(number, self._before.get(number) or signal.SIG_DFL)  # type: ignore[arg-type]
        os.kill(os.getpid(), number)


EARLY = EarlyScreen()
"""There is one terminal."""


def refusal(environ: Mapping[str, str], stdin: TextIO, stdout: TextIO) -> str:
    """Return in one sentence why the UI cannot run in this terminal, or the empty string."""
    if not (stdin.isatty() and stdout.isatty()):
        return f"studio-tui needs a terminal for its input and output. {_ELSEWHERE}"
    term = environ.get("TERM", "")
    draws = term not in ("", "dumb", "unknown")
    if draws and _encoding(stdout) == "utf-8":
        return ""
    from studio_tui.text.sanitize import clean

    if not draws:
        return f"studio-tui cannot draw on this terminal (TERM={clean(term) or 'unset'}). {_ELSEWHERE}"
    return f"studio-tui needs a UTF-8 locale, and this one is {clean(stdout.encoding)}: try LC_ALL=C.UTF-8."


def _encoding(stream: TextIO) -> str:
    try:
        return codecs.lookup(stream.encoding or "ascii").name
    except LookupError:
        return "unknown"
