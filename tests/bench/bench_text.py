"""P8: a token arrives in a message of 200, 5 000 and 20 000 tokens. `python -m tests.bench.bench_text`.

Processor time of merge, lay-out and paint of one more token, through the reducer's message and the real panel.
"""

from __future__ import annotations

import asyncio
import time

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import RunId
from studio_tui.domain.message.message import Message
from studio_tui.domain.message.read import merge_chunk
from studio_tui.domain.run import Phase, RunState
from studio_tui.ui.app.run import calm
from studio_tui.ui.messages.panel import MessagesPanel
from tests.bench.measure import median, row
from tests.ui.kit.panel_host import PanelHost

SIZES = (200, 5_000, 20_000)
APPENDS = 120
PROSE = ["The", "weather", "in", "San", "Francisco", "is", "sunny", "today,", "with", "a", "breeze", "from", "sea."]
CODE = ["\n    ", "value", " = ", "compute", "(", "x", ", ", "y", ")"]


def token(number: int, kind: str) -> str:
    """Return the next token: prose in paragraphs, prose without breaks, a list with marks, or a code fence."""
    if kind == "code fence":
        return "```python" if number == 0 else CODE[number % len(CODE)]
    if kind == "list" and number % 20 in (0, 19):
        return "- **now** " if number % 20 == 0 else "it `is`\n"
    if kind == "prose" and number % 120 == 119:
        return ".\n\n"
    return PROSE[number % len(PROSE)] + " "


async def appends(kind: str) -> dict[int, float]:
    """Return milliseconds of processor time per token, by length of the message."""
    run = RunState(RunId("run"), phase=Phase.RUNNING, started_at=time.time())
    message = run.messages["m"] = Message("m", "ai", first_at=1.0, last_at=2.0)
    app_state = AppState(runs=[run])
    panel = MessagesPanel()
    app = PanelHost(panel)
    found: dict[int, float] = {}
    async with app.run_test(size=(60, 30)) as pilot:
        number = 0
        for size in SIZES:
            while number < size:
                merge_chunk(message, {"content": token(number, kind), "type": "AIMessageChunk", "id": "m"})
                number += 1
            panel.draw(app_state, panel.slices)
            await pilot.pause()
            costs = []
            for _ in range(APPENDS):
                start = time.process_time()
                merge_chunk(message, {"content": token(number, kind), "type": "AIMessageChunk", "id": "m"})
                number += 1
                panel.draw(app_state, panel.slices)
                app.screen._compositor.render_update(full=False)
                for y in range(panel.size.height):
                    panel.render_line(y)
                costs.append((time.process_time() - start) * 1000)
                await asyncio.sleep(0)
            found[size] = median(costs)
            assert panel.rows.text(len(panel.rows) - 2).strip()[-3:] in message.text[-40:]
    return found


async def main() -> None:
    """Print the figures."""
    calm()
    for kind in ("prose", "one paragraph", "list", "code fence"):
        found = await appends(kind)
        print("  " + kind + ": " + ", ".join(f"{size}: {cost:.2f} ms" for size, cost in found.items()))
        row(f"P8 append at 20 000 / at 200 tokens, {kind}", found[20_000], found[200], "ms", "≤ 1.3")


if __name__ == "__main__":
    asyncio.run(main())
