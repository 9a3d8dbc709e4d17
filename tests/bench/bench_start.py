"""P1–P4 and P11: start, first paint, ready with data, memory, idle cost. `python -m tests.bench.bench_start [runs]`."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import threading
import time

from tests.bench.bench_link import Glass, is_remembered
from tests.bench.measure import Terminal, figure, median, python, row
from tests.paths import ROOT
from tests.synthetic import Synthetic

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("READY-MARK", markup=False)
Bare().run()
"""


SHOWN = (b"connecting", b"Commands")
"""What of ours only the UI shows: the first picture, which has the frames of the panels, knows no words."""


def _seconds(argv: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(argv, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - begun


def _serve(ready: threading.Event, box: list[str]) -> None:
    async def main() -> None:
        box.append(await Synthetic().start())
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(main())


def _pairs(first: list[str], second: list[str], runs: int) -> tuple[float, float]:
    pairs = [(_seconds(first), _seconds(second)) for _ in range(runs + 1)][1:]
    return median([a for a, _ in pairs]) * 1000, median([b for _, b in pairs]) * 1000


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    nothing = python("-c", "pass")
    for flag in ("--version", "--help"):
        row(f"P1 {flag} / python -c pass", *_pairs(python("-m", "studio_tui", flag), nothing, runs), "ms", "≤ 3")
    ready, box = threading.Event(), list[str]()
    threading.Thread(target=_serve, args=(ready, box), daemon=True).start()
    ready.wait()
    with tempfile.TemporaryDirectory() as home:
        _screens(box[0], home, runs)


def _screens(url: str, home: str, runs: int) -> None:
    env = {
        "HOME": home,
        "XDG_STATE_HOME": f"{home}/s",
        "XDG_CONFIG_HOME": f"{home}/c",
        "PYTHONPYCACHEPREFIX": f"{home}/pyc",
    }
    bare: list[float] = []
    lines: list[float] = []
    first: list[float] = []
    graph: list[float] = []
    full: list[float] = []
    bare_rss = app_rss = 0.0
    idle = (0.0, 0.0)
    for number in range(runs + 1):
        shell = Terminal.start(python("-c", BARE), env)
        seconds = shell.read_until(lambda out: b"READY-MARK" in out)
        shell.drain(0.3)
        bare_rss = shell.rss_mb()
        shell.stop()
        app = Terminal.start(python("-m", "studio_tui", "--base-url", url), env)
        drawn = app.read_until(lambda out: b"Messages" in out)
        painted = app.read_until(lambda out: any(words in out for words in SHOWN))
        remembered, loaded = _graphs(app)
        app.drain(1.0 if number else 3.0)  # the first leaves for the next ones what it compiled
        app_rss = app.rss_mb()
        if number == runs:
            idle = _idle(app)
        app.stop()
        if number:  # the first round warms the file cache
            bare.append(seconds * 1000)
            lines.append(drawn * 1000)
            first.append(painted * 1000)
            graph.append(remembered * 1000)
            full.append(loaded * 1000)
    row("P2 frames of the panels / bare Textual app", median(lines), median(bare), "ms", "≤ 0.15")
    row("P2 first paint / bare Textual app", median(first), median(bare), "ms", "≤ 1.1")
    row("P3 graph of the last session / bare", median(graph), median(bare), "ms", "that of P3, before it")
    row("P3 ready with server data and graph / bare", median(full), median(bare), "ms", "≤ 1.35")
    row("P4 memory when ready / bare", app_rss, bare_rss, "MB", "≤ 1.5")
    figure("P11 idle, of one core", idle[0], "%", "≤ 0.2")
    figure("P11 idle, to the terminal", idle[1], "B/s", "≤ 50")


def _graphs(app: Terminal) -> tuple[float, float]:
    """Return the seconds until a graph stands there, and until graph and threads are what the server told."""
    glass = Glass(app)
    glass.take(app.output)
    seconds = []
    for told in (False, True):
        glass.until(lambda told=told: _shows(glass.lines, told=told))  # type: ignore[misc]
        seconds.append(time.perf_counter() - app.started)
    return seconds[0], seconds[1]


def _shows(lines: list[str], *, told: bool) -> bool:
    drawn = any("__start__" in line for line in lines)
    counted = any(re.search(r"1 Threads \d", line) for line in lines)
    return drawn and (not told or (counted and not is_remembered(lines)))


def _idle(app: Terminal, seconds: float = 10.0) -> tuple[float, float]:
    app.drain(2.0)
    before = app.cpu_seconds()
    count = app.drain(seconds)
    return (app.cpu_seconds() - before) / seconds * 100, count / seconds


if __name__ == "__main__":
    main()
