"""A night: millions of events of one run, in the fastest way the machine allows. `… bench_night [events [kind]]`.

The server is a process of its own, the socket is real, and the program is whole but for its terminal: it runs
headless, so that nothing is written to one. What comes are supersteps in all modes that the program asks for, a
checkpoint with each (kind `steps`), or tasks alone, twice as many (`tasks`). 8000000 take minutes. Prints the resident
memory after each eighth, and how long the timeline's ends are away afterwards. Never asserts.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from studio_tui.cli.open_ui import FRAMES_PER_SECOND

os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)  # as the command line does, before Textual is imported

from studio_tui.domain.run_request import RunRequest
from studio_tui.ui.app.run import calm
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from tests.bench.measure import figure, percentile, row
from tests.bench.served import Served
from tests.server.driven import Driven, driven

EVENTS = 800_000
PARTS = 8
LOOK = 0.05
_FLAT = 5.0
"""Percent of what there is after the first eighth by which the last quarter may grow."""


def _rss_mb() -> float:
    line = next(text for text in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in text)
    return int(line.split()[1]) / 1024


async def _measure(it: Driven, events: int) -> None:
    calm()
    await it.panels()
    panel = it.app.studio_screen.query_one(TimelinePanel)
    print(f"  before the run: {_rss_mb():.0f} MB")
    begun, cpu = time.perf_counter(), time.process_time()
    run = await it.studio.runs.start(RunRequest(input={"n": 1}))
    found: list[float] = []
    lags: list[float] = []
    while run.phase.is_live:
        asked = time.perf_counter()
        await asyncio.sleep(LOOK)
        lags.append((time.perf_counter() - asked - LOOK) * 1000)
        if run.event_count >= (len(found) + 1) * events // PARTS:
            found.append(_rss_mb())
            seconds = time.perf_counter() - begun
            print(f"  {run.event_count:>11,} events: {found[-1]:>6.1f} MB after {seconds:.0f} s", flush=True)
    await it.studio.runs.wait()
    cpu = (time.process_time() - cpu) / events * 1e6
    await it.until(lambda: len(panel.rows) >= run.entry_count, "all rows")  # its end has none, its head has
    print(f"  {run.event_count:,} events, {run.entry_count:,} entries, {len(panel.rows):,} rows; {cpu:.1f} µs an event")
    print(f"  lag of the UI's loop meanwhile: p99 {percentile(lags, 0.99):.0f} ms, longest {max(lags):.0f} ms")
    row("P6 events kept / sent", len(it.studio.app_state.frames) - 1, events, "", "≥ 1")
    for name, act in (("first row", panel.action_first_row), ("a row in the middle", lambda: _middle(panel))):
        asked = time.perf_counter()
        act()
        await it.pilot.pause()
        print(f"  to {name}: {(time.perf_counter() - asked) * 1000:.0f} ms; “{panel.rows.text(panel.row or 0)}”")
    found.append(_rss_mb())
    quarter = (found[PARTS - 1] - found[PARTS - 3]) / found[0] * 100
    figure("growth in the last quarter, of the first eighth", quarter, "%", f"≤ {_FLAT}")
    figure("growth since the first eighth", (found[PARTS - 1] / found[0] - 1) * 100, "%", "to compare")


def _middle(panel: TimelinePanel) -> None:
    panel.move_to_row(len(panel.rows) // 2)


async def main(events: int, kind: str) -> None:
    """Start the server, measure, stop."""
    with tempfile.TemporaryDirectory() as folder, Served("--events", str(events), "--kind", kind) as url:
        async with driven(url, Path(folder), assistant="load") as it:
            await _measure(it, events)


if __name__ == "__main__":
    given = sys.argv[1:]
    asyncio.run(main(int(given[0]) if given else EVENTS, given[1] if len(given) > 1 else "steps"))
