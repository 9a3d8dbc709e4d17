"""Plays the README's first five minutes over a slow terminal link and records what arrives at its far end.

`python -m tests.bench.record_slow_link OUTPUT.cast [--fast]`. The real program starts its demo in a pseudo terminal of
120×36 behind 20 kB/s and 150 ms each way; keys are those of a new user, pressed as a hand does. OUTPUT is an asciicast
of version 2, which any player shows. Prints how long each key took to be seen, and how long until each screen stood.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tests.bench.bench_link import RATE, TIMELINE, WAY, Glass, shown
from tests.bench.measure import Terminal, figure, median, percentile, python

TYPED_EVERY = 0.12
"""Seconds between the keys of somebody who types."""
_MOMENT = 0.1
"""Seconds of output that the recording holds as one."""
READ = 1.5
"""Seconds that somebody looks at a screen."""
_STILL = 0.6
"""Seconds without a byte after which a screen stands."""
_LITTLE = 200
"""Bytes of a cursor that blinks."""
WEATHER = "what's the weather in sf"
FLIGHT = "a flight to Lisbon"


class Cast:
    """Writes an asciicast: a head, and a line for what comes in a moment and for each key."""

    def __init__(self, file: TextIO, columns: int = 120, rows: int = 36) -> None:
        self._file = file
        self._begun = self._since = time.perf_counter()
        self._shown = ""
        self._line({"version": 2, "width": columns, "height": rows, "timestamp": int(time.time())})

    def output(self, text: str) -> None:
        now = time.perf_counter()
        if now - self._since > _MOMENT:
            self.flush()
            self._since = now
        self._shown += text

    def key(self, text: str) -> None:
        self.flush()
        self._line([round(time.perf_counter() - self._begun, 2), "i", text])

    def flush(self) -> None:
        """Write down what has been shown since the last line."""
        if self._shown:
            self._line([round(self._since - self._begun, 2), "o", self._shown])
            self._shown = ""

    def _line(self, value: object) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


class Recorded(Glass):
    """A glass that writes down what it shows and what is pressed."""

    def __init__(self, terminal: Terminal, cast: Cast, rate: float, way: float) -> None:
        super().__init__(terminal, rate, way)
        self._cast = cast

    def press(self, keys: str) -> None:
        self._cast.key(keys)
        super().press(keys)

    def _show(self, text: str) -> None:
        self._cast.output(text)
        super()._show(text)


@dataclass
class Player:
    """Presses keys and notes when the glass shows what they do."""

    glass: Recorded
    keys: list[tuple[str, float]] = field(default_factory=list)
    """What was pressed, and the seconds until something of its effect was seen."""
    screens: list[tuple[str, float, int]] = field(default_factory=list)
    """A screen, the seconds until all of it stood, and the bytes that it took."""

    def sees(self, *texts: str) -> bool:
        lines = self.glass.lines
        return all(any(text in line for line in lines) for text in texts)

    def press(self, keys: str, name: str, seen: Callable[[], bool]) -> None:
        """Press a key whose effect is seen at once."""
        self.glass.press(keys)
        self.keys.append((name, self.glass.until(seen)))

    def screen(self, keys: str, name: str, *texts: str, gone: str = "") -> None:
        """Press a key that opens a screen; wait until all of it stands, then read it."""
        begun, before = time.perf_counter(), self.glass.count
        self.glass.press(keys)
        seen = self.glass.until(lambda: self.sees(*texts) and not (gone and self.sees(gone)))
        self.keys.append((name, seen))
        self._until_still()
        self.screens.append((name, time.perf_counter() - begun - _STILL, self.glass.count - before))
        self.glass.wait(READ)

    def type(self, text: str) -> None:
        """Type as a hand does, which waits for nothing; each letter counts when it stands behind those before."""
        pressed: list[float] = []
        seen = 0
        due = time.perf_counter()

        def step() -> bool:
            nonlocal seen, due
            now = time.perf_counter()
            if len(pressed) < len(text) and now >= due:
                self.glass.press(text[len(pressed)])
                pressed.append(now)
                due = now + TYPED_EVERY
            while seen < len(pressed) and (text[seen] == " " or self.sees(f"› {text[: seen + 1]}")):
                if text[seen] != " ":  # a blank behind the last letter is not seen
                    self.keys.append((f"letter {text[seen]}", now - pressed[seen]))
                seen += 1
            return seen == len(text)

        self.glass.until(step)

    def _until_still(self) -> None:
        """Wait until nothing has come for a moment, but for a cursor that blinks and ages that grow."""
        count, since = self.glass.count, time.perf_counter()

        def still() -> bool:
            nonlocal count, since
            if self.glass.count - count > _LITTLE:
                count, since = self.glass.count, time.perf_counter()
            return time.perf_counter() - since > _STILL

        self.glass.until(still)


def play(player: Player) -> None:
    """The README, from its first command to the end."""
    glass, sees, press, screen = player.glass, player.sees, player.press, player.screen
    begun = time.perf_counter()
    for name, texts in (("the first screen", ("Timeline",)), ("the graph of the demo", ("__start__", "__end__"))):
        glass.until(lambda texts=texts: sees(*texts))  # type: ignore[misc]
        player.screens.append((name, time.perf_counter() - begun, glass.count))
    glass.wait(READ)
    player.type(WEATHER)
    press("\r", "enter: the run is there", lambda: sees("RUNNING") or sees("QUEUED"))
    glass.until(lambda: sees("DONE"))
    glass.wait(READ)
    press("\x1b", "esc: back to the panels", lambda: sees("D Delete"))
    screen("T", "T: themes", "type to narrow the list")
    press("high-contrast", "the list of themes is narrowed", lambda: not sees("catppuccin"))
    screen("\r", "enter: another theme", "__end__", gone="enter Choose")
    screen("?", "?: help", "In threads", "Every event as it came")
    screen("\x1b", "esc: the studio again", "1 Threads", "travel_agent", "Type a message")
    screen("\x10", "^p: palette", "what you want to do", "enter Run")
    screen("\x1b", "esc: the studio again", "1 Threads", "__end__")
    press("3", "3: Timeline", lambda: sees("F Follow"))
    panel = shown(glass, TIMELINE)
    for key in "kkjk":
        before = panel.cursor(glass)
        press(key, f"{key}: another row", lambda before=before: panel.cursor(glass) != before)  # type: ignore[misc]
        glass.wait(0.3)
    for key, name in ((",", ",: back in time"), (".", ".: forward again")):
        status = glass.lines[0]
        press(key, name, lambda status=status: glass.lines[0] != status)  # type: ignore[misc]
    press("\x1b", "esc: now", lambda: not sees("THE PAST"))
    screen("4", "4: State", "metadata")
    screen("d", "d: what changed", "╭─ 6 Diff")
    press("i", "i: the composer", lambda: sees("^s Run") or sees("esc Panels"))
    player.type(FLIGHT)
    press("\r", "enter: the second run is there", lambda: sees("RUNNING") or sees("QUEUED"))
    press("\x1b", "esc, while it streams", lambda: not sees("esc Panels"))
    press("3", "3, while it streams", lambda: sees("F Follow"))
    panel = shown(glass, TIMELINE)
    while not sees("DONE"):
        before = panel.cursor(glass)
        key = "j" if before <= panel.top else "k"
        press(key, f"{key}, while it streams", lambda before=before: panel.cursor(glass) != before)  # type: ignore[misc]
        glass.wait(0.25)
    glass.wait(READ)
    screen("a", "a: assistants", "10 assistants", "trip_planner")
    press("g", "g: the first row", lambda: sees("│▌▾ brand_writer"))
    press("j", "j: the next one", lambda: sees("│▌    brand_writer") or sees("│▌  ► brand_writer"))
    press("\r", "enter: the question before another graph", lambda: sees("New thread (y)"))
    screen("y", "y: another graph", "Graph · brand_writer", "__end__")


def report(player: Player) -> None:
    """Print all that was measured."""
    for name, seconds in player.keys:
        print(f"  {seconds * 1000:7.0f} ms  {name}")
    for name, seconds, count in player.screens:
        print(f"  {seconds:7.2f} s   {count / 1000:6.1f} kB  {name}")
    times = [seconds * 1000 for _, seconds in player.keys]
    figure("key → glass p50, link of 20 kB/s and 300 ms", median(times), f"ms ({len(times)} keys)", "≤ 500")
    figure("key → glass p95 there", percentile(times, 0.95), "ms", "≤ 900")
    figure("key → glass max there", max(times), "ms", "≤ 900")


def main(arguments: Sequence[str]) -> None:
    output, fast = Path(arguments[0]), "--fast" in arguments
    with tempfile.TemporaryDirectory() as home, output.open("w", encoding="utf-8") as file:
        env = {"HOME": home, "XDG_STATE_HOME": f"{home}/s", "XDG_CONFIG_HOME": f"{home}/c"}
        terminal = Terminal.start(python("-m", "studio_tui", "demo"), env)
        rate, way = (float("inf"), 0.0) if fast else (RATE, WAY)
        cast = Cast(file)
        player = Player(Recorded(terminal, cast, rate, way))
        try:
            play(player)
        finally:
            cast.flush()
            terminal.stop()
    report(player)


if __name__ == "__main__":
    main(sys.argv[1:])
