"""Looking at a running app as its user does: the grid of characters on the screen, and waiting for conditions."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from rich.style import Style
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets._toast import Toast

from tests.ui import stillness
from tests.waiting import PATIENCE

_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}


def _parsed_once(sheet: Stylesheet, *css: Any, **more: Any) -> list[RuleSet]:
    key = (*css, *sorted(more.items()), *sorted(sheet._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, *css, **more)
    return _parsed[key]


# Hundreds of tests start an app each, all of them with the same style sheets: each is read once for all of them.
Stylesheet._parse_rules = _parsed_once  # type: ignore[method-assign, assignment]


stillness.install()

_looked_at: set[str] = set()
"""Toasts that a test has seen, by their notification's identity."""
_time_left = Notification.time_left.fget  # type: ignore[attr-defined]
_expire = Toast._expire


def _time_left_once_seen(notice: Notification) -> float:
    return float(_time_left(notice)) if notice.identity in _looked_at else max(0.1, _time_left(notice))


def _expire_once_seen(toast: Toast) -> None:
    if toast._notification.identity in _looked_at:
        _expire(toast)
    else:
        toast.set_timer(0.1, toast._expire)


# A busy machine may come back to a test after a toast's five seconds: they begin when the test looks at the screen.
Notification.time_left = property(_time_left_once_seen)  # type: ignore[method-assign, assignment]
Toast._expire = _expire_once_seen  # type: ignore[method-assign, assignment]


@contextmanager
def in_colour() -> Iterator[None]:
    """An app that is made within shows colours, as most users see it; the tests' environment says NO_COLOR."""
    with mock.patch.dict(os.environ):
        os.environ.pop("NO_COLOR", None)
        yield


def grid(app: App[Any]) -> list[str]:
    """Return the screen's rows as text, exactly as wide as the terminal."""
    # The compositor is private API; tests reach it here and nowhere else.
    _looked_at.update(toast._notification.identity for toast in app.screen.query(Toast) if toast.region)
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
