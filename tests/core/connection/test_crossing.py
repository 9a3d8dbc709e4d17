"""Callbacks from other threads run on the loop in the context of whoever made the crossing."""

from __future__ import annotations

import asyncio
import contextvars
import re
from pathlib import Path

import studio_tui
from studio_tui.crossing import Crossing

NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name")


async def test_a_callback_from_a_thread_finds_the_context_of_the_loop() -> None:
    NAME.set("the app")
    found: list[str] = []
    done = asyncio.Event()

    def begin(word: str) -> None:
        found.append(f"{word} {NAME.get()}")
        asyncio.get_running_loop().call_later(0, later)

    def later() -> None:
        found.append(NAME.get())
        NAME.set("nobody's business")
        done.set()

    crossing = Crossing()
    await asyncio.to_thread(_without_context, crossing, begin)
    await asyncio.wait_for(done.wait(), 5)
    assert found == ["hello the app", "the app"]
    assert NAME.get() == "the app"


def test_after_the_end_of_the_loop_nothing_happens() -> None:
    async def make() -> Crossing:
        return Crossing()

    asyncio.run(make()).call(print, "nobody hears this")


def test_there_is_no_other_way_across() -> None:
    root = Path(studio_tui.__file__).parent
    to_the_network = {"core/connection/network.py", "core/runs/followed_run.py"}
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"call_soon_threadsafe|run_coroutine_threadsafe|call_from_thread", path.read_text("utf-8"))
    }
    assert found <= {"crossing.py"} | to_the_network


def _without_context(crossing: Crossing, begin: object) -> None:
    contextvars.Context().run(crossing.call, begin, "hello")  # type: ignore[arg-type]
