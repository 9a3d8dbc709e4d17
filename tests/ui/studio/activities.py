"""The three activities of the Studio screen, each as it looks at a moment: a run, a question, the past."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import TaskId
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import TaskStatus, TaskView
from tests.ui.conftest import Driven
from tests.ui.timetravel.time_fakes import TimeStudio, at_history

GOLDENS = Path(__file__).parent / "goldens"
SIZES = ((80, 24), (120, 36))
_TIMES = re.compile(r"(?<![\w-])\d+(\.\d+)?(ms|[smhdwy])(?![\w-])|\d+(m|h|d)\d+(s|m|h)?")


async def running(it: Driven) -> None:
    """A run that has answered a part."""
    run = it.studio.running()
    for number, (name, status) in enumerate((("agent", TaskStatus.DONE), ("tools", TaskStatus.RUNNING)), 1):
        started = 1_700_000_000.0 + number
        task = TaskView(TaskId(name), name, (), number, status, started, started + 1)
        run.tasks[task.id] = task
        run.timeline.append(task.id)
    for message in (
        Message("1", "human", "what's the weather in sf"),
        Message("2", "ai", "It is 16 °C, fog early.", streaming=True),
    ):
        run.messages[str(message.id)] = message
    it.studio.app_state.touch(*Slice)
    await it.sees("It is 16 °C")
    await it.sees("2 messages")


async def asking(it: Driven) -> None:
    """A graph that asks two questions, while the graph is looked at."""
    await it.panels()
    await it.press("2")
    it.studio.asks("Is there budget for €1890?", "Does the team need it?")
    it.studio.app_state.touch(*Slice)
    await it.sees("Is there budget")
    await it.until(lambda: not it.app.studio_screen.composer.display, "the composer folded")


async def travelling(it: Driven) -> None:
    """An older checkpoint under the time cursor."""
    assert isinstance(it.studio, TimeStudio)
    await at_history(it, it.studio)
    await it.press("j", "j")
    await it.until(lambda: it.studio.app_state.cursor is not None, "the past")
    await it.sees("step 2")


ACTIVITIES: dict[str, Callable[[Driven], Awaitable[None]]] = {
    "running": running, "asking": asking, "travelling": travelling,
}  # fmt: skip


def steady(screen: str) -> str:
    """Return the screen with every time and age as blanks: they follow the clock."""
    rows = screen.split("\n")
    return "\n".join(_TIMES.sub(lambda found: "#" * len(found[0]), row).rstrip() for row in rows) + "\n"


def golden(activity: str, size: tuple[int, int]) -> Path:
    return GOLDENS / f"{activity}-{size[0]}x{size[1]}.txt"
