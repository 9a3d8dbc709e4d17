"""When an app under test is still: nothing is ready to run, and nothing is owed to the screen.

Textual's pilot takes a process for idle that uses little CPU. On a busy machine that is every process, also one that
has not come to the key that was pressed: a test would look at the screen of before. Here a pause ends when the loop has
nothing left to do, no key waits for its turn, and what has changed is drawn, laid out and painted.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterable
from time import process_time
from typing import Any

from textual import app as textual_app
from textual import events
from textual import pilot as textual_pilot
from textual._context import active_app
from textual._wait import SLEEP_GRANULARITY, SLEEP_IDLE
from textual.app import App
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key

from studio_tui.ui.app.app import StudioApp

ROUNDS = 50
"""Looks at an app that never is still, as one that tells running times: about a second."""
TURNS = 1000
"""Turns of a loop in which something always is ready to run."""


async def wait_until_still(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Let the app of this context work until it is still; in place of `textual._wait.wait_for_idle`.

    What threads, sockets and timers of more than a screen's beat bring is not waited for: that has `until`.
    """
    app = active_app.get()
    for _ in range(ROUNDS):
        before = process_time()
        await asyncio.sleep(SLEEP_GRANULARITY)  # a screen's beat is over then, and its timer was due before
        await _let_all_run()
        if not owes(app) and process_time() - before < SLEEP_IDLE:
            return


async def _let_all_run() -> None:
    """Return when nothing but timers, threads and sockets can have anything run on this loop."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    for _ in range(TURNS):
        await asyncio.sleep(0)
        if not ready:
            return


def owes(app: App[Any]) -> bool:
    """Tell whether something is under way from a key or a change to the screen."""
    if not app.is_running or app._exit or not app._screen_stack:
        return False
    if isinstance(app, StudioApp):
        keys, clock = app.typeahead, app.clock
        if keys._task is not None or keys.arriving or clock._planned is not None or clock._painting is not None:
            return True
    screen = app.screen
    required = screen._layout_required or screen._scroll_required or screen._repaint_required
    return not app._batch_count and bool(required or screen._dirty_widgets or screen._callbacks)


def send_keys(app: App[Any], keys: Iterable[str]) -> None:
    """Send keys, by name or by character, as fast as a terminal can deliver them; wait for nothing."""
    driver = app._driver
    assert driver is not None
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        try:
            char: str | None = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
        except KeyError:
            char = key if len(key) == 1 else None
        event = events.Key(name, char)
        event.set_sender(app)
        driver.send_message(event)


async def _press_keys(app: App[Any], keys: Iterable[str]) -> None:
    """Press keys one after the other, each when the app is still; in place of `App._press_keys`, which waits twice."""
    for key in keys:
        send_keys(app, [key])
        await wait_until_still()
        if app._animator._animations or app._animator._scheduled:
            await app._animator.wait_until_complete()
            await wait_until_still()


def install() -> None:
    """Have the pilot wait for stillness; doing it twice changes nothing."""
    App._press_keys = _press_keys  # type: ignore[assignment,method-assign]
    textual_app.wait_for_idle = textual_pilot.wait_for_idle = wait_until_still  # type: ignore[attr-defined]
