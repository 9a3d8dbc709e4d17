"""The real program in a pseudo terminal: its screen as a terminal would show it, and every byte it wrote."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Sequence
from types import TracebackType

import pyte

PATIENCE = 30.0
MODES = {
    b"\x1b[?1049h": b"\x1b[?1049l",
    b"\x1b[?1000h": b"\x1b[?1000l",
    b"\x1b[?1003h": b"\x1b[?1003l",
    b"\x1b[?1006h": b"\x1b[?1006l",
    b"\x1b[?2004h": b"\x1b[?2004l",
    b"\x1b[?25l": b"\x1b[?25h",
    b"\x1b[>25u": b"\x1b[<u",
}
"""What a full-screen program switches on, and what takes it back."""


class Terminal:
    """`with Terminal([...]) as term:` runs a program; leaving kills it if it still runs."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        env: dict[str, str] | None = None,
        keeps_slave: bool = True,
        closed: Sequence[int] = (),
    ) -> None:
        """Without `keeps_slave` the program alone holds the terminal; `closed` are streams that it does not get."""
        self._argv = list(argv)
        self._keeps_slave = keeps_slave
        self._closed = closed
        self._env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        self._size = struct.pack("HHHH", rows, columns, 0, 0)
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.written = b""
        self.code: int | None = None
        self.pid = 0
        self.master = -1
        self.attributes: list[object] = []
        """The line settings before the program started."""

    def __enter__(self) -> Terminal:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, self._size)
        self.attributes = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.master)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for number in (0, 1, 2):
                os.dup2(slave, number)
            os.close(slave)
            for number in self._closed:
                os.close(number)
            try:
                os.execvpe(self._argv[0], self._argv, self._env)
            finally:
                os._exit(127)
        # The slave stays open here, so that its line settings can be read after the program's end.
        self._slave = slave
        if not self._keeps_slave:
            os.close(slave)
            self._slave = -1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        for descriptor in (self.master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(row.rstrip() for row in self._screen.display)

    @property
    def cells(self) -> list[list[pyte.screens.Char]]:
        """The screen with its colours; of a blank only what is seen of it."""
        rows, columns = range(self._screen.lines), range(self._screen.columns)
        return [[_seen(self._screen.buffer[y][x]) for x in columns] for y in rows]

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size; the program hears of it."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Send keys as bytes."""
        os.write(self.master, keys.encode())

    def shows_otherwise(self, text: str) -> None:
        """Have something else than the program write on the screen."""
        self._stream.feed(text)

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Read on until a condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"never came: {what}\n{self.text}\n{self.written[-2000:]!r}")
            self._read(0.05)

    def reads_for(self, seconds: float) -> None:
        """Read whatever comes for a while; for what must not happen, and for keys whose effect is not looked at."""
        until = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > until)

    def sees(self, text: str) -> None:
        """Read on until the screen shows a text."""
        self.until(lambda: text in self.text, repr(text))

    def ends(self) -> int:
        """Read on until the program has ended; return its exit code (128+n for a signal that killed it)."""

        def over() -> bool:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            return bool(pid)

        self.until(over, "the end of the program")
        while self._read(0.1):
            pass
        assert self.code is not None
        return self.code

    def hang_up(self) -> None:
        """Close the master, as a terminal that vanishes does."""
        os.close(self.master)
        self.master = -1

    def gone_within(self, seconds: float) -> float:
        """Wait for the end without reading; return the seconds that it took, infinity when it did not come."""
        started = time.monotonic()
        while (passed := time.monotonic() - started) < seconds:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
                return passed
            time.sleep(0.01)
        return float("inf")

    def waits_for(self, seconds: float) -> None:
        """Read nothing for a while, as a terminal that is stuck."""
        time.sleep(seconds)

    def is_stopped(self) -> bool:
        """Tell whether the program was stopped by a signal."""
        return os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED) != (0, 0)

    def left_on(self) -> list[bytes]:
        """Return the modes that were switched on and not off again."""
        return [on for on, off in MODES.items() if self.written.rfind(on) > self.written.rfind(off)]

    def line_settings_are_back(self) -> bool:
        """Tell whether echo, canonical mode and the like are as they were before."""
        return termios.tcgetattr(self._slave)[:4] == self.attributes[:4]

    def _read(self, wait: float) -> bool:
        if not select.select([self.master], [], [], wait)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.written += data
        self._stream.feed(_plain(self._decoder.decode(data)))
        return True


def _seen(cell: pyte.screens.Char) -> pyte.screens.Char:
    return cell if cell.data != " " or cell.reverse else pyte.screens.Char(" ", bg=cell.bg)


def _plain(text: str) -> str:
    # pyte knows no private prefixes of CSI u and would print their rest.
    for sequence in ("\x1b[>1u", "\x1b[>25u", "\x1b[<u"):
        text = text.replace(sequence, "")
    return text


def program(*arguments: str) -> list[str]:
    """Return the command line of the real program."""
    return [sys.executable, "-m", "studio_tui", *arguments]


def code(source: str, *arguments: str) -> list[str]:
    """Return the command line of a Python snippet that uses the package."""
    return [sys.executable, "-c", source, *arguments]
