"""P5 as a user has it: key → glass in the real program in a pseudo terminal, while a run streams into it.

`python -m tests.bench.bench_keys [seconds]`. What `bench_stream` leaves out is here: the driver, the decoding of keys,
what is written, and events as large as those of real servers. A key counts as seen when an emulator shows its effect.
"""

from __future__ import annotations

import sys
import tempfile

from tests.bench.bench_link import Glass, shown
from tests.bench.measure import Terminal, median, percentile, python, row
from tests.bench.served import Served

SECONDS = 6.0
KEY_EVERY = 0.05
Case = tuple[str, str, int, bool, str]
"""What streams, the key of the panel, events a second, whether they are large, the goal."""
_CASES: tuple[Case, ...] = (
    ("tasks", "3", 5_000, False, "≤ 0.3"),
    ("tasks", "3", 20_000, False, "≤ 0.6"),
    ("tasks", "3", 5_000, True, "≤ 0.3"),
    ("messages", "5", 5_000, True, "≤ 0.3"),
    ("messages", "5", 20_000, True, "≤ 0.6"),
    ("tasks", "7", 20_000, False, "≤ 0.6"),
)
_PANELS = {"3": "Timeline", "5": "Messages", "7": "Raw"}
"""Keys that show a panel, which its title begins with."""


def _times(env: dict[str, str], case: Case, seconds: float) -> tuple[list[float], list[float]]:
    """Return milliseconds from key to glass while a run streams, and after it."""
    kind, focus, rate, full, _ = case
    how = ["--rate", str(rate), "--events", str(int(rate * (seconds + 5))), "--kind", kind]
    how += ["--full"] if full else []
    with Served(*how) as url:
        terminal = Terminal.start(python("-m", "studio_tui", "--base-url", url), env)
        glass = Glass(terminal)
        found: tuple[list[float], list[float]] = ([], [])
        try:
            glass.until(lambda: any("__start__" in line for line in glass.lines))
            glass.wait(2.0)
            glass.press("1\r")
            glass.wait(1.0)
            glass.press("\x1b")
            glass.wait(0.3)
            glass.press(focus)
            panel = shown(glass, f"{focus} {_PANELS[focus]}")
            glass.wait(1.0)
            glass.press("k")  # leaves the end, which moves by itself
            glass.wait(0.3)
            while "DONE" not in glass.lines[0] or len(found[1]) < 40:
                before = panel.cursor(glass)
                streams = "DONE" not in glass.lines[0]
                glass.press("j" if before <= panel.top else "k")
                took = glass.until(lambda before=before: panel.cursor(glass) != before)  # type: ignore[misc]
                found[not streams].append(took * 1000)
                glass.wait(KEY_EVERY)
            return found
        finally:
            terminal.stop()


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "XDG_STATE_HOME": f"{home}/s", "XDG_CONFIG_HOME": f"{home}/c"}
        env["PYTHONPYCACHEPREFIX"] = f"{home}/pyc"
        for case in _CASES:
            kind, focus, rate, full, goal = case
            times, quiet = _times(env, case, seconds)
            said = f"{kind}{' as large as real ones' if full else ''}, {rate} ev/s, {_PANELS[focus]}"
            print(f"  {said}: p50 {median(times):.1f} ms of {len(times)} keys, after it {median(quiet):.1f} ms")
            row(f"P5 key → glass p99, {said}", percentile(times, 0.99), 33.0, "ms", goal)


if __name__ == "__main__":
    main()
