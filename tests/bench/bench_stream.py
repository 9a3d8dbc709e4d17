"""P5 and P6 over a real socket: key to paint in the whole program while a run streams, and whether events are lost.

`python -m tests.bench.bench_stream [seconds [kind …]]`. The server is a process of its own; the app runs headless in
this one. A key counts as painted when the app has displayed the line that the list's cursor has moved to.
Prints, never asserts.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from studio_tui.cli.open_ui import FRAMES_PER_SECOND

os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)  # as the command line does, before Textual is imported

from studio_tui.client.target import Target
from studio_tui.config.paths import Paths
from studio_tui.core.studio import Studio
from studio_tui.domain.run_request import RunRequest
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.app.run import calm
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.lists.line_view import LineView
from tests.bench.measure import median, percentile, row
from tests.bench.served import Served
from tests.synthetic import BESIDE

SECONDS = 8.0
KEY_EVERY = 0.05


@dataclass
class Outcome:
    """One run: milliseconds from key to paint, processors used while it streamed, and what was kept."""

    times: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    """The same after the run: what the machine allows at this moment."""
    cpu: float = 0.0
    seconds: float = 0.0
    frames: int = 0
    events: int = 0
    rows: int = 0


async def _until_moved(app: StudioApp, displayed: asyncio.Event, panel: LineView, key: str) -> float:
    """Press a key and return milliseconds until the frame that shows its effect."""
    before = (panel.row, panel.port.top)
    pressed = time.perf_counter()
    app.simulate_key(key)
    async with asyncio.timeout(5):
        while (panel.row, panel.port.top) == before or not _is_painted(panel):
            displayed.clear()
            await displayed.wait()
    return (time.perf_counter() - pressed) * 1000


def _is_painted(panel: LineView) -> bool:
    """Tell whether the cursor's line stands on the screen as it is to be seen now."""
    painter, y = panel._painter, panel.port.cursor - panel.port.top
    return painter._painted.get(y) == painter._look(y)


def _key(panel: LineView, number: int) -> str:
    """Up and down in turn, but never beyond the first or the last row, where nothing would move."""
    if panel.row == 0:
        return "j"
    return "k" if panel.row == len(panel.rows) - 1 or number % 2 else "j"


async def measure(url: str, seconds: float, panel_id: str) -> Outcome:
    """Stream one run and press keys in a panel while it lasts."""
    studio, outcome, displayed = Studio(), Outcome(), asyncio.Event()
    kept = tempfile.TemporaryDirectory()
    paths = Paths(Path(kept.name), Path(kept.name), Path(kept.name) / "project.toml")
    app = StudioApp(studio, UiOptions(target=Target(url, {}), paths=paths))
    app.post_display_hook = displayed.set  # type: ignore[method-assign]
    async with app.run_test(size=(120, 36)) as pilot:
        # The session is open when the composer has the focus; before, it would take it from the Timeline.
        while (
            studio.app_state.graph is None
            or studio.app_state.schemas is None
            or not app.studio_screen.composer.has_focus_within
        ):
            await pilot.pause(0.02)
        await pilot.pause(0.5)  # the form of the schema takes the focus from the plain field
        panel = app.studio_screen.panel(panel_id)
        assert isinstance(panel, LineView)
        cpu, begun = time.process_time(), time.perf_counter()
        run = await studio.runs.start(RunRequest(input={"n": 1}))
        while not panel.has_focus:
            app.studio_screen.show_panel(panel_id)
            await pilot.pause(0.3)
        keys = 0
        end = time.perf_counter() + seconds
        while time.perf_counter() < end and run.phase.is_live:
            await asyncio.sleep(KEY_EVERY)
            if len(panel.rows) > 1:
                outcome.times.append(await _until_moved(app, displayed, panel, _key(panel, keys)))
                keys += 1
        await studio.runs.wait()
        outcome.seconds = time.perf_counter() - begun
        outcome.cpu = (time.process_time() - cpu) / outcome.seconds
        outcome.frames, outcome.events = len(studio.app_state.frames), run.event_count
        outcome.rows = run.entry_count
        for number in range(40):
            await asyncio.sleep(KEY_EVERY)
            outcome.quiet.append(await _until_moved(app, displayed, panel, _key(panel, number)))
    return outcome


class Case(NamedTuple):
    """A stream, the panel that has the focus, and what is wanted of P5."""

    kind: str
    rate: int
    goal: str
    panel: str = "timeline"
    large: bool = False
    """Events as large as those of real servers."""

    @property
    def name(self) -> str:
        more = (
            ", events of 1.1 kB" if self.large else "",
            f", {self.panel} focused" if self.panel != "timeline" else "",
        )
        return f"{self.kind}, {self.rate} ev/s{''.join(more)}"


CASES = (
    Case("tasks", 5_000, "≤ 0.3"),
    Case("tasks", 20_000, "≤ 0.6"),
    Case("tasks", 5_000, "≤ 0.3", large=True),
    Case("tasks", 20_000, "≤ 0.6", "raw"),
    Case("messages", 5_000, "≤ 0.3"),
    Case("messages", 20_000, "≤ 0.6"),
    Case("messages", 5_000, "≤ 0.3", "messages"),
    Case("messages", 20_000, "≤ 0.6", "messages", large=True),
)


async def main() -> None:
    """Print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    calm()
    kinds = sys.argv[2:] or ["tasks", "messages"]
    for case in [case for case in CASES if case.kind in kinds]:
        sent = int(case.rate * seconds)
        argv = ["--rate", str(case.rate), "--events", str(sent), "--kind", case.kind]
        argv += ["--full"] if case.large else []
        with Served(*argv) as url:
            found = await measure(url, seconds, case.panel)
        _report(case, sent, found)


def _report(case: Case, sent: int, found: Outcome) -> None:
    kept = found.frames - BESIDE
    speed = sent / found.seconds
    print(f"  {case.name}: {speed:,.0f} ev/s taken, {found.cpu:.2f} processors, {found.rows:,} timeline entries")
    print(f"  key → paint: p50 {median(found.times):.1f} ms, p99 {percentile(found.times, 0.99):.1f} ms")
    print(f"  the same with nothing streaming: p50 {median(found.quiet):.1f} ms, max {max(found.quiet):.1f} ms")
    row(f"P5 key → paint p99, {case.name}", percentile(found.times, 0.99), 33.0, "ms", case.goal)
    row(f"P6 events kept / sent, {case.name}", kept, sent, "", "≥ 1")


if __name__ == "__main__":
    asyncio.run(main())
