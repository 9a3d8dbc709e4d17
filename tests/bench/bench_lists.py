"""P5 and P7 on the panel: key to paint while rows arrive, and with a million rows. `python -m tests.bench.bench_lists`.

Prints, never asserts. The rate is real time: tasks are added as the clock says, drawn at the frame clock's 30 Hz.
"""

from __future__ import annotations

import asyncio
import time

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import RunId, TaskId
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.ui.app.run import calm
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from tests.bench.measure import median, percentile, row
from tests.ui.kit.panel_host import PanelHost

FRAME = 1 / 30
SECONDS = 6.0
KEY_EVERY = 0.05
KEEP_FROM_TOP = 60
"""Rows above the cursor that there must be for a page up to move it."""


def add_tasks(run: RunState, count: int) -> None:
    """Add finished tasks, every eighth inside the one before."""
    now = time.time()
    for _ in range(count):
        number = len(run.timeline)
        identifier = TaskId(f"task-{number}")
        ns = (f"agent:task-{number - 1}",) if number % 8 == 7 else ()
        run.tasks[identifier] = TaskView(identifier, "agent", ns, number, TaskStatus.DONE, now, now + 0.01)
        run.timeline.append(identifier)


async def feed(app_state: AppState, panel: TimelinePanel, rate: float, end: float) -> None:
    """Add rows as the clock says and draw at the frame rate."""
    run = app_state.runs[0]
    start = time.perf_counter()
    base = len(run.timeline)
    while (now := time.perf_counter()) < end:
        add_tasks(run, int((now - start) * rate) - (len(run.timeline) - base))
        panel.draw(app_state, panel.slices)
        await asyncio.sleep(max(0.0, FRAME - (time.perf_counter() - now)))


async def _until_moved(app: PanelHost, displayed: asyncio.Event, panel: TimelinePanel, key: str) -> float:
    """Press a key and return milliseconds until the frame that shows its effect, not that of the rows that arrive."""
    before = (panel.row, panel.port.top)
    pressed = time.perf_counter()
    app.simulate_key(key)
    while (panel.row, panel.port.top) == before:
        await asyncio.sleep(0)
        if time.perf_counter() - pressed > 5:
            raise RuntimeError(f"{key} moved nothing in 5 s")
    displayed.clear()
    await asyncio.wait_for(displayed.wait(), 5)
    return (time.perf_counter() - pressed) * 1000


async def key_times(rate: float, before: int) -> tuple[list[float], float]:
    """Return milliseconds from key to paint, and processor seconds per second, with `before` rows to begin with."""
    panel = TimelinePanel()
    app = PanelHost(panel)
    displayed = asyncio.Event()
    app.post_display_hook = displayed.set  # type: ignore[method-assign]
    app_state = AppState(runs=[RunState(RunId("run"), phase=Phase.RUNNING, started_at=time.time())])
    add_tasks(app_state.runs[0], before)
    times: list[float] = []
    async with app.run_test(size=(60, 30)) as pilot:
        panel.draw(app_state, panel.slices)
        await pilot.pause()
        end = time.perf_counter() + SECONDS
        feeder = asyncio.create_task(feed(app_state, panel, rate, end))
        cpu = time.process_time()
        keys = 0
        while time.perf_counter() < end:
            await asyncio.sleep(KEY_EVERY)
            if panel.port.follow or (panel.row or 0) < KEEP_FROM_TOP:  # else rows that arrive move the cursor, too
                await pilot.press("G", "k")
                continue
            keys += 1
            times.append(await _until_moved(app, displayed, panel, ("k", "k", "j", "pageup", "k")[keys % 5]))
        cpu = (time.process_time() - cpu) / SECONDS
        await feeder
        kept = len(app_state.runs[0].timeline)
        shown = len(panel.rows) - 1
    print(f"  rows shown {shown:,} of {kept:,}; {cpu:.2f} processors")
    return times, cpu


async def main() -> None:
    """Print the figures."""
    calm()
    for rate, goal in ((1_000, "≤ 1"), (5_000, "≤ 1"), (20_000, "≤ 2")):
        times, _ = await key_times(rate, 0)
        print(f"  key → paint at {rate} rows/s: p50 {median(times):.1f} ms, p99 {percentile(times, 0.99):.1f} ms")
        row(f"P5 key → paint p99, {rate} rows/s", percentile(times, 0.99), 33.0, "ms", goal)
    few, _ = await key_times(0, 1_000)
    many, _ = await key_times(0, 1_000_000)
    row("P7 key → paint p99, 1 M rows / 1 000", percentile(many, 0.99), percentile(few, 0.99), "ms", "≤ 1.5")
    row("P7 key → paint p50, 1 M rows / 1 000", median(many), median(few), "ms", "≤ 1.5")


if __name__ == "__main__":
    asyncio.run(main())
