"""P12: a thread of 10 000 checkpoints, scrolled to its end. `python -m tests.bench.bench_history [count] [supersteps]`.

The server is a process of its own; the app runs headless in this one. Prints, never asserts.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from studio_tui.ui.app.run import calm
from tests.bench.measure import percentile, python, row
from tests.paths import ROOT
from tests.server.driven import Driven, driven
from tests.synthetic import THREAD

COUNT = 10_000
SUPERSTEPS = 25
TICK = 0.002
"""Seconds between two looks at the UI's loop."""


def _rss_mb() -> float:
    gc.collect()
    line = next(text for text in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in text)
    return int(line.split()[1]) / 1024


async def _watch(lags: list[float]) -> None:
    """Note how late the UI's loop is, again and again."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(TICK)
        lags.append((time.perf_counter() - begun - TICK) * 1000)


async def _measure(it: Driven, what: str) -> None:
    calm()  # as in the program: what is there already is not looked through for garbage
    await it.panels()
    history = it.studio.threads.more_history
    begun = time.perf_counter()
    await it.studio.threads.open(THREAD)
    row(f"P12 first page, {what}", (time.perf_counter() - begun) * 1000, 100.0, "ms", "≤ 1")
    await it.press("3", "right_square_bracket")
    await it.until(lambda: it.app.studio_screen.active == "history", "the history")
    await it.pilot.pause()
    before, times, lags = _rss_mb(), list[float](), list[float]()
    watch = asyncio.create_task(_watch(lags))
    while not it.studio.app_state.history.complete:
        begun = time.process_time()
        await history()
        await asyncio.sleep(0.04)  # a frame is painted
        times.append((time.process_time() - begun) * 1000)
    watch.cancel()
    tenth = max(1, len(times) // 10)
    row(f"P12 CPU of a page and its frame (p50), {what}", percentile(times, 0.5), 30.0, "ms", "≤ 1")
    row(f"P12 CPU of a page and its frame (max), {what}", max(times), 30.0, "ms", "≤ 1")
    row(
        f"P12 its last tenth to its first, {what}",
        percentile(times[-tenth:], 0.5),
        percentile(times[:tenth], 0.5),
        "ms",
        "≤ 1.5",
    )
    row(f"P12 longest lag of the UI's loop, {what}", max(lags), 30.0, "ms", "≤ 1")
    row(f"P12 lag of the UI's loop (p99), {what}", percentile(lags, 0.99), 30.0, "ms", "≤ 1")
    row(f"P12 memory that all pages took, {what}", _rss_mb() - before, 50.0, "MB", "≤ 1")


async def main(count: int, supersteps: int) -> None:
    """Start the server, measure, stop."""
    with tempfile.TemporaryDirectory() as folder:
        values = Path(folder) / "values.json"
        values.write_text(json.dumps({"log": ["a state of about a kilobyte " * 2] * 16, "n": 1}))
        options = ("--checkpoints", str(count), "--supersteps", str(supersteps), "--values", str(values))
        server = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet
            python("-m", "tests.synthetic", *options), stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            print(f"  {count} checkpoints, {supersteps} a run")
            async with driven(url, Path(folder), assistant="load") as it:
                await _measure(it, f"{supersteps} a run")
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    for supersteps in numbers[1:2] or (SUPERSTEPS, COUNT):
        asyncio.run(main(numbers[0] if numbers else COUNT, supersteps))
