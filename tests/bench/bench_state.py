"""P9 and P10: opening a state of 10 MB and comparing two of 1 MB and 10 MB. `python -m tests.bench.bench_state`.

P9 is text → parsed → first rows drawn in the panel, against `jq .` on the same text (where jq is installed).
P10 is parse of both plus diff, against jsonpatch (where it is installed) without parsing.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from typing import Any

from textual.app import App, ComposeResult

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.jsonkit.diff import diff
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.ui.app.run import calm
from studio_tui.ui.timetravel.state_panel import StatePanel
from tests.bench.measure import median, row

ROUNDS = 5


class Host(App[None]):
    """One state panel."""

    def __init__(self) -> None:
        super().__init__()
        self.panel = StatePanel()

    def compose(self) -> ComposeResult:
        """Hold it."""
        yield self.panel


def document(megabytes: float) -> dict[str, Any]:
    """Return a state with a conversation of about that size."""
    messages = []
    for number in range(int(megabytes * 1150)):
        content = f"message {number}: " + "the weather in San Francisco is sunny, " * 16
        call = {"id": f"call-{number}", "name": "search", "args": {"query": f"sf {number}", "days": number % 7}}
        messages.append({"type": "ai", "id": f"id-{number}", "content": content, "tool_calls": [call]})
    return {"messages": messages, "count": len(messages), "done": False}


async def open_times(text: str) -> tuple[list[float], list[float], list[float]]:
    """Return milliseconds to parse and draw, to expand the long list, and to expand one entry."""
    opened, expanded, one = [], [], []
    for _ in range(ROUNDS):
        app = Host()
        async with app.run_test(size=(60, 30)) as pilot:
            panel = app.panel
            start = time.perf_counter()
            values = LazyJson(text).value()
            checkpoint = Checkpoint(ThreadId("t"), CheckpointId("c"), values=values)
            panel.draw(AppState(state=checkpoint), panel.slices)
            paint(panel)
            opened.append((time.perf_counter() - start) * 1000)
            await pilot.pause()
            start = time.perf_counter()
            panel.toggle_row(1)
            paint(panel)
            expanded.append((time.perf_counter() - start) * 1000)
            start = time.perf_counter()
            panel.toggle_row(5)
            paint(panel)
            one.append((time.perf_counter() - start) * 1000)
    return opened, expanded, one


def paint(panel: StatePanel) -> None:
    """Draw what can be seen."""
    for y in range(panel.size.height):
        panel.render_line(y)


def jq_time(text: str) -> float | None:
    """Return milliseconds of `jq .`, or None where there is no jq."""
    if shutil.which("jq") is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        times = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run(["jq", ".", file.name], stdout=subprocess.DEVNULL, check=True)
            times.append((time.perf_counter() - start) * 1000)
    return median(times)


def diff_times(megabytes: float) -> tuple[float, float | None]:
    """Return milliseconds of parsing both texts and comparing, and of jsonpatch on the parsed values."""
    old = document(megabytes)
    new = json.loads(json.dumps(old))
    new["messages"].append({"type": "human", "id": "new", "content": "thanks"})
    new["messages"][len(new["messages"]) // 2]["content"] += " edited"
    new["count"] += 1
    texts = json.dumps(old), json.dumps(new)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = diff(json.loads(texts[0]), json.loads(texts[1]))
        times.append((time.perf_counter() - start) * 1000)
    assert len(found.changes) == 3
    try:
        import jsonpatch
    except ImportError:
        return median(times), None
    start = time.perf_counter()
    jsonpatch.make_patch(old, new)
    return median(times), (time.perf_counter() - start) * 1000


async def main() -> None:
    """Print the figures."""
    calm()
    for megabytes in (1, 10):
        text = json.dumps(document(megabytes))
        opened, expanded, one = await open_times(text)
        print(f"  {len(text) / 1e6:.1f} MB: expand the list {median(expanded):.1f} ms, one entry {median(one):.2f} ms")
        yardstick = jq_time(text)
        if yardstick is not None:
            row(f"P9 open {megabytes} MB against jq", median(opened), yardstick, "ms", "≤ 0.5")
        else:
            print(f"P9 open {megabytes} MB: {median(opened):.1f} ms (no jq here)")
        own, other = diff_times(megabytes)
        if other is not None:
            row(f"P10 parse and diff {megabytes} MB against jsonpatch", own, other, "ms", "≤ 1")
        else:
            print(f"P10 parse and diff {megabytes} MB: {own:.1f} ms (no jsonpatch here)")


if __name__ == "__main__":
    asyncio.run(main())
