"""The view of threads over 100 000 of them: opening, scrolling, memory. `python -m tests.bench.bench_threads [count]`.

The server is a process of its own; the app runs headless in this one. Prints, never asserts.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path

from studio_tui.ui.threads.threads_screen import ThreadsScreen
from tests.bench.measure import percentile, row
from tests.bench.served import Served
from tests.server.driven import Driven, driven

COUNT = 100_000
JUMPS = 60
"""Places in the list that are jumped to, each with pages of its own."""


def _rss_mb() -> float:
    gc.collect()
    line = next(text for text in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in text)
    return int(line.split()[1]) / 1024


async def _until(condition: object) -> None:
    while not condition():  # type: ignore[operator]  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.001)


async def _measure(it: Driven, count: int) -> None:
    await it.press("escape")
    begun = time.perf_counter()
    it.app.simulate_key("w")
    await _until(lambda: isinstance(it.app.screen, ThreadsScreen) and it.app.screen.threads.loaded)
    opened = time.perf_counter() - begun
    screen = it.app.screen
    assert isinstance(screen, ThreadsScreen)
    row("view of threads: key to rows", opened * 1000, 1000.0, "ms", "≤ 1")
    before, times = 0.0, []
    for number in range(2 * JUMPS):
        if number == JUMPS:
            before = _rss_mb()
        place = (number * 7919 * 13) % count
        begun = time.perf_counter()
        screen.table.move_to_row(place)
        await _until(lambda: screen.table.current is not None)
        times.append((time.perf_counter() - begun) * 1000)
        await it.pilot.pause()
    row("jump to rows that are not loaded (median)", percentile(times, 0.5), 200.0, "ms", "≤ 1")
    row("jump to rows that are not loaded (p95)", percentile(times, 0.95), 500.0, "ms", "≤ 1")
    kept = len(list(screen.threads.items.there()))
    row(f"rows in memory after {2 * JUMPS} jumps", kept, float(count), "rows", "a small part")
    after = _rss_mb()
    row("memory, second half of the jumps to first", after, before, "MB", "≤ 1.05")


async def main(count: int) -> None:
    """Start the server, measure, stop."""
    with Served("--threads", str(count)) as url, tempfile.TemporaryDirectory() as folder:
        async with driven(url, Path(folder), assistant="load") as it:
            await _measure(it, count)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))
