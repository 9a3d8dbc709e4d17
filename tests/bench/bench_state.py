"""P9 and P10: opening a state of 10 MB and comparing two of 1 MB and 10 MB. `python -m tests.bench.bench_state`.

P9 is text → parsed → first rows drawn in the panel, and a thread opened over the wire by the real app (one of 50 MB,
too) until the rows of its state are on the screen and until its history and runs are read, each against `jq .` on the
same text (where jq is installed).
P10 is what comes between the answers with two checkpoints of a thread and their diff: both are parsed as
`client/states.py` does it, one behind the other, and compared as in panel 6 (`ui/timetravel/diff_panel.py`). It stands
against jsonpatch (where it is installed) without parsing.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.errors import TooLargeError
from studio_tui.jsonkit.diff import diff
from studio_tui.jsonkit.received import parse_received
from studio_tui.jsonkit.shared import Texts
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.app.run import calm
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.timetravel.state_panel import StatePanel
from studio_tui.wire.decode_state import checkpoint_of
from tests.bench.measure import median, python, row
from tests.paths import ROOT
from tests.server.driven import driven
from tests.synthetic import THREAD

ROUNDS = 5


class Host(App[None]):
    """One panel."""

    services = SimpleNamespace(commands=SimpleNamespace(hint=str))
    """What an empty panel names keys with."""

    def __init__(self, panel: LineView) -> None:
        super().__init__()
        self.panel = panel

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


async def open_times(body: bytes) -> tuple[list[float], list[float], list[float]]:
    """Return milliseconds to parse and draw, to expand the long list, and to expand one entry."""
    opened, expanded, one = [], [], []
    for _ in range(ROUNDS):
        panel = StatePanel()
        async with Host(panel).run_test(size=(60, 30)) as pilot:
            start = time.perf_counter()
            values = parse_received(body)
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


async def conversation_times(body: bytes) -> list[float]:
    """Return milliseconds to draw the end of a conversation in panel 5, which reads the rest beside keys."""
    times = []
    checkpoint = Checkpoint(ThreadId("t"), CheckpointId("c"), values=parse_received(body))
    for _ in range(ROUNDS):
        panel = MessagesPanel()
        async with Host(panel).run_test(size=(60, 30)):
            start = time.perf_counter()
            panel.draw(AppState(state=checkpoint), panel.slices)
            paint(panel)
            times.append((time.perf_counter() - start) * 1000)
    return times


def paint(panel: LineView) -> None:
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


class Glass:
    """Notes when the rows of the open thread's state have been painted, as the driver gets them."""

    def __init__(self, app: StudioApp) -> None:
        self.painted = asyncio.Event()
        self.at = 0.0
        self._app, self._display = app, app._display
        self._panel = app.studio_screen.query_one(StatePanel)
        self._render = self._panel.render_lines
        self._rendered = False
        vars(app)["_display"], vars(self._panel)["render_lines"] = self._displayed, self._lines

    def expect(self) -> None:
        """Wait for the next ones."""
        self.painted.clear()
        self._rendered = False

    def _lines(self, crop: Region) -> list[Strip]:
        drawn = self._panel._drawn
        self._rendered = drawn is not None and drawn[0] is not None and drawn[0] is self._app.app_state.state
        return self._render(crop)

    def _displayed(self, *given: Any) -> None:
        self._display(*given)
        if self._rendered and not self.painted.is_set():
            self.at = time.perf_counter()
            self.painted.set()


async def wire_times(text: str, shown: str) -> tuple[list[float], list[float]]:
    """Return milliseconds of opening a thread over a socket: until the rows of its state are painted, and until history
    and runs are there, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        values = Path(folder) / "values.json"
        values.write_text(text)
        server = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet
            python("-m", "tests.synthetic", "--values", str(values)), stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            painted, all_read = [], []
            async with driven(url, Path(folder), assistant="load") as it:
                it.studio.threads.on_large = _wanted
                await it.panels()
                glass = Glass(it.app)
                for _ in range(ROUNDS):
                    await it.studio.threads.new()
                    await it.sees("No state yet")
                    client: Any = it.studio.connection.client
                    client._texts = None  # as of a thread that was not open a moment ago
                    glass.expect()
                    start = time.perf_counter()
                    await it.studio.threads.open(THREAD)
                    all_read.append((time.perf_counter() - start) * 1000)
                    await glass.painted.wait()
                    painted.append((glass.at - start) * 1000)
                    await it.sees(shown)
            return painted, all_read
        finally:
            server.kill()
            server.wait()


async def _wanted(_: TooLargeError) -> bool:
    return True


def diff_times(megabytes: float) -> tuple[float, float | None]:
    """Return milliseconds of parsing both texts and comparing, and of jsonpatch on the parsed values."""
    old = document(megabytes)
    new = json.loads(json.dumps(old))
    new["messages"].append({"type": "human", "id": "new", "content": "thanks"})
    new["messages"][len(new["messages"]) // 2]["content"] += " edited"
    new["count"] += 1
    bodies = [bytearray(json.dumps({"values": values, "next": [], "tasks": []}).encode()) for values in (old, new)]
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        texts = Texts()
        states = [checkpoint_of(parse_received(body, texts), ThreadId(THREAD)) for body in bodies]
        found = diff(states[0].values, states[1].values)
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
    for megabytes in (1, 10, 50):
        text = json.dumps(document(megabytes))
        opened, expanded, one = await open_times(text.encode())
        print(f"  {len(text) / 1e6:.1f} MB: expand the list {median(expanded):.1f} ms, one entry {median(one):.2f} ms")
        print(f"  the end of the conversation in panel 5: {median(await conversation_times(text.encode())):.1f} ms")
        yardstick = jq_time(text)
        if yardstick is not None:
            row(f"P9 open {megabytes} MB against jq", median(opened), yardstick, "ms", "≤ 0.15")
        else:
            print(f"P9 open {megabytes} MB: {median(opened):.1f} ms (no jq here)")
        records = text.replace('"messages"', '"log"').replace('"type"', '"kind"')
        for what, sent, key in (("records", records, "log"), ("messages", text, "messages")):
            painted, all_read = await wire_times(sent, key)
            if yardstick is not None:
                row(f"P9 {megabytes} MB of {what}, to rows on the screen", median(painted), yardstick, "ms", "≤ 0.15")
                row(f"P9 {megabytes} MB of {what}, all of it read", median(all_read), yardstick, "ms", "≤ 0.15")
        if megabytes > 10:
            continue
        own, other = diff_times(megabytes)
        if other is not None:
            row(f"P10 parse and diff {megabytes} MB against jsonpatch", own, other, "ms", "≤ 0.2")
        else:
            print(f"P10 parse and diff {megabytes} MB: {own:.1f} ms (no jsonpatch here)")


if __name__ == "__main__":
    asyncio.run(main())
