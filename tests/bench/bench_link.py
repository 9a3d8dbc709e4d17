"""P14, P15 and the link part of P11: bytes to the terminal, and key → glass over a slow link to it.

`python -m tests.bench.bench_link [seconds]`. The real program in a pseudo terminal of 120×36, a server in a process of
its own. The slow link takes 20 kB/s and 150 ms each way; behind it stands an emulator that answers questions. A key
counts as seen when the emulator shows its effect.
"""

from __future__ import annotations

import codecs
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pyte

from tests.bench.cell_diff import Multiplexer
from tests.bench.measure import Terminal, figure, median, python, row
from tests.bench.served import Served

RATE = 20_000.0
"""Bytes per second of the slow link."""
WAY = 0.15
"""Seconds of one way."""
_STEP = 0.004
_BUFFER = 65536
"""Bytes that stand on the way, in sockets and SSH's window, before a write waits."""
_PACKET = 256
"""Bytes that arrive together."""
TIMELINE = "3 Timeline"
_FRAME_END = "\x1b[?2026l"
_QUESTION, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"


class Glass:
    """What the user sees behind a link, and presses: `rate` bytes a second, `way` seconds each way."""

    def __init__(self, terminal: Terminal, rate: float = float("inf"), way: float = 0.0) -> None:
        self._terminal = terminal
        self._rate, self._way = rate, way
        self._coming: deque[tuple[float, bytes]] = deque()
        self._going: deque[tuple[float, bytes]] = deque()
        self._screen = pyte.Screen(120, 36)
        self._stream = pyte.Stream(self._screen)
        self.multiplexer = Multiplexer(self._screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._free_at = 0.0
        """When the link has sent all that it was given."""
        self._asked = b""
        """The end of what came: a question may come in two pieces."""
        self.count = 0

    @property
    def lines(self) -> list[str]:
        # As `display` has them, without its questions about each cell, which take longer than what is measured.
        return [
            "".join(row[column].data for column in range(120))
            for row in map(self._screen.buffer.__getitem__, range(36))
        ]

    def press(self, keys: str) -> None:
        self._going.append((time.perf_counter() + self._way, keys.encode()))

    def until(self, seen: Callable[[], bool], timeout: float = 30.0) -> float:
        """Let time pass until `seen`; return the seconds that it took. Raises TimeoutError."""
        begun = time.perf_counter()
        while not seen():
            self._step()
            if time.perf_counter() - begun > timeout:
                raise TimeoutError("\n".join(self.lines))
        return time.perf_counter() - begun

    def wait(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        self.until(lambda: time.perf_counter() >= end)

    def take(self, data: bytes) -> None:
        """Show what came, and answer what it asks."""
        self._asked += data
        for _ in range(self._asked.count(_QUESTION)):
            self._going.append((time.perf_counter() + self._way, _ANSWER))
        self._asked = self._asked.rpartition(_QUESTION)[2][-len(_QUESTION) :]
        self._show(self._decode(data).replace("\x1b[>25u", "").replace("\x1b[<u", ""))

    def _step(self) -> None:
        now = time.perf_counter()
        while self._going and self._going[0][0] <= now:  # before anything is waited for
            self._terminal.type(self._going.popleft()[1])
        if self._free_at > now and (self._free_at - now) * self._rate >= _BUFFER:
            time.sleep(_STEP)
        elif self._terminal.is_ready(_STEP):
            data = self._terminal.read(_BUFFER)
            self.count += len(data)
            self._free_at = max(time.perf_counter(), self._free_at)
            for start in range(0, len(data), _PACKET):
                packet = data[start : start + _PACKET]
                self._free_at += len(packet) / self._rate
                self._coming.append((self._free_at + self._way, packet))
        while self._coming and self._coming[0][0] <= time.perf_counter():
            self.take(self._coming.popleft()[1])

    def _show(self, text: str) -> None:
        for number, frame in enumerate(text.split(_FRAME_END)):
            if number:
                self.multiplexer.see()
            self._stream.feed(frame)


def is_remembered(lines: Sequence[str]) -> bool:
    """Whether what is drawn is the graph of the last session: the title of the panel says so."""
    return any("2 Graph · remembered" in line for line in lines)


class Shown(NamedTuple):
    """Where a panel is on the glass, its borders left out: lines and columns, the ends not among them."""

    top: int
    bottom: int
    left: int
    right: int

    def cursor(self, glass: Glass) -> int:
        """Return the line where the panel's cursor stands, -1 where none is seen."""
        lines = glass.lines
        return next((y for y in range(self.top, self.bottom) if "▌" in lines[y][self.left : self.right]), -1)


def shown(glass: Glass, title: str) -> Shown:
    """Wait until a panel stands first in the title of its frame, and return where it is."""

    def found() -> Shown | None:
        lines = glass.lines
        y = next((y for y, line in enumerate(lines) if f"╭─ {title}" in line), -1)
        if y < 0:
            return None
        left = lines[y].index(f"╭─ {title}")
        right = lines[y].find("╮", left)
        bottom = next((below for below in range(y + 1, len(lines)) if lines[below][left] == "╰"), -1)
        return Shown(y + 1, bottom, left + 1, right) if min(right, bottom) > 0 else None

    glass.until(lambda: found() is not None)
    place = found()
    assert place is not None
    return place


def _open(glass: Glass, focus: str) -> float:
    """Start a run and go to a panel; return the seconds until the graph was seen."""
    ready = glass.until(lambda: any("__start__" in line for line in glass.lines))
    glass.wait(2.0)
    glass.press("1\r")
    glass.wait(1.5)
    glass.press("\x1b")
    glass.wait(0.5)
    glass.press(focus)
    glass.wait(2.0)
    return ready


Written = tuple[float, float]
"""Kilobytes that the program writes, and that a multiplexer's own diff would."""


def _written(glass: Glass) -> Written:
    return glass.count / 1000, glass.multiplexer.count / 1000


def _bytes(env: dict[str, str], kind: str, rate: float, seconds: float, focus: str) -> tuple[Written, Written]:
    """Return what is written until ready, and each second while a run streams."""
    with _served(kind, rate, seconds + 20) as url:
        terminal = Terminal.start(python("-m", "studio_tui", "--base-url", url), env)
        glass = Glass(terminal)
        try:
            glass.until(lambda: any("__start__" in line for line in glass.lines))
            glass.wait(3.0)
            start = _written(glass)
            _open(glass, focus)
            before = _written(glass)
            glass.wait(seconds)
            after = _written(glass)
            return start, ((after[0] - before[0]) / seconds, (after[1] - before[1]) / seconds)
        finally:
            terminal.stop()


def _keys(env: dict[str, str], kind: str, seconds: float) -> tuple[float, list[float]]:
    """Return the seconds until ready, and those of each key, over the slow link."""
    with _served(kind, 50.0, seconds + 60) as url:
        terminal = Terminal.start(python("-m", "studio_tui", "--base-url", url), env)
        glass = Glass(terminal, RATE, WAY)
        times: list[float] = []
        try:
            ready = _open(glass, "3")
            panel = shown(glass, TIMELINE)
            glass.press("k")  # leaves the end, which moves by itself
            glass.wait(2.0)
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                before = panel.cursor(glass)
                glass.press("j" if before <= panel.top else "k")
                times.append(glass.until(lambda before=before: panel.cursor(glass) != before))  # type: ignore[misc]
                glass.wait(0.25)
            return ready, times
        finally:
            terminal.stop()


def _served(kind: str, rate: float, seconds: float) -> Served:
    """A server whose runs last."""
    return Served("--rate", str(rate), "--events", str(int(rate * seconds)), "--kind", kind)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    with tempfile.TemporaryDirectory() as folder:

        def env() -> dict[str, str]:
            """A user's first start each time: nothing is remembered, but all is compiled."""
            home = tempfile.mkdtemp(dir=folder)
            own = {"HOME": home, "XDG_STATE_HOME": f"{home}/s", "XDG_CONFIG_HOME": f"{home}/c"}
            return {**own, "PYTHONPYCACHEPREFIX": f"{folder}/pyc"}

        starts: list[Written] = []
        for kind, rate, focus, goal in (
            ("messages", 50.0, "5", "≤ 20"),
            ("tasks", 50.0, "3", "≤ 10"),
            ("tasks", 2.0, "3", "≤ 1"),
        ):
            start, each = _bytes(env(), kind, rate, seconds, focus)
            starts.append(start)
            figure(f"P14 to the terminal, {rate:g} {kind}/s", each[0], "kB/s", goal)
            row(f"P14 the same / a multiplexer's diff, {rate:g} {kind}/s", *each, "kB/s", "≤ 1.2")
        start = median([own for own, _ in starts]), median([its for _, its in starts])
        figure("P14 to the terminal until ready", start[0], "kB", "≤ 30")
        row("P14 the same / a multiplexer's diff, until ready", *start, "kB", "≤ 1.2")
        for kind in ("messages", "tasks"):
            ready, times = _keys(env(), kind, seconds)
            figure(f"P15 ready, link of 20 kB/s and 300 ms, {kind}", ready, "s", "≤ 2.5")
            figure(f"P15 key → glass p50 there, 50 {kind}/s", median(times) * 1000, f"ms ({len(times)} keys)", "≤ 500")
            figure(f"P15 key → glass max there, 50 {kind}/s", max(times) * 1000, "ms", "≤ 900")


if __name__ == "__main__":
    main()
