"""Looking at a running app as its user does: the grid of characters on the screen, and waiting for conditions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from rich.style import Style
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

PATIENCE = 45.0
"""Seconds until a condition counts as never met; generous, because machines are shared."""


def grid(app: App[Any]) -> list[str]:
    """Return the screen's rows as text, exactly as wide as the terminal."""
    # The compositor is private API; tests reach it here and nowhere else.
    return [strip.text for strip in app.screen._compositor.render_strips()]


def screen_text(app: App[Any]) -> str:
    """Return the whole screen as text."""
    return "\n".join(row.rstrip() for row in grid(app))


def widget_text(widget: Widget) -> str:
    """Return what of `widget` is on the screen, borders included."""
    region = widget.region
    rows = grid(widget.app)[region.y : region.bottom]
    return "\n".join(_cells(row, region.x, region.right).rstrip() for row in rows)


def style_at(app: App[Any], x: int, y: int) -> Style:
    """Return the Rich style of the cell at column `x` of row `y`."""
    strip = app.screen._compositor.render_strips()[y]
    column = 0
    for segment in strip:
        column += segment.cell_length
        if x < column:
            return segment.style or Style()
    raise IndexError(x)


async def wait_until(
    pilot: Pilot[Any], condition: Callable[[], bool], what: str = "", within: float = PATIENCE
) -> None:
    """Let the app work until `condition` holds; fails with the screen as it stands when it never does."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what or 'the condition'}\n{screen_text(pilot.app)}")
        await pilot.pause()
        await asyncio.sleep(0.01)


async def wait_for_text(pilot: Pilot[Any], text: str, within: float = PATIENCE) -> None:
    """Let the app work until `text` stands on the screen."""
    await wait_until(pilot, lambda: text in screen_text(pilot.app), f"text {text!r}", within)


def actions(app: App[Any]) -> set[str]:
    """Return what a click or hover anywhere on the screen would do because of the text that stands there."""
    styles = (segment.style for strip in app.screen._compositor.render_strips() for segment in strip if segment.style)
    return {str(value) for style in styles for name, value in style.meta.items() if name.startswith("@")}


def _cells(row: str, start: int, end: int) -> str:
    from rich.cells import cell_len

    if row.isascii():
        return row[start:end]
    out = []
    column = 0
    for char in row:
        if start <= column < end:
            out.append(char)
        column += cell_len(char)
    return "".join(out)
