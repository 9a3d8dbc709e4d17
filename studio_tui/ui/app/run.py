"""Starting and ending the terminal UI: what it refuses, how the terminal is given back, which code it exits with."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import termios
import threading
from functools import partial

from studio_tui.config.start_cache import StartCache
from studio_tui.core.studio import Studio
from studio_tui.terminal import EARLY, refusal
from studio_tui.text.sanitize import clean
from studio_tui.ui.app.ending import Ending, crash_report, restore_lines
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.terminal.link import LINK

YOUNG = 50_000
"""New objects between two collections of the youngest generation."""


def run_ui(options: UiOptions, start: StartCache | None = None) -> int:
    """Run the UI until the user leaves; return the exit code. Once the first screen stands, `start` is saved."""
    reason = refusal(os.environ, sys.stdin, sys.stdout)
    if reason:
        with contextlib.suppress(OSError):
            sys.stderr.write(reason + "\n")
        return 2
    from studio_tui.ui.app import class_making

    class_making.install()  # before there are widgets
    from studio_tui.ui.app.app import StudioApp

    saved = _line_settings()
    if sys.__stderr__ is not None and not sys.__stderr__.isatty():
        # Textual draws on standard error; `studio-tui 2>file` is to collect errors, not the picture.
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    start = start or StartCache(None)
    app = StudioApp(_studio(options), options, start)
    app.when_settled = partial(_settled, start)
    app.ending = ending = Ending(app, saved)
    ending.watch()
    try:
        app.run()
        if app.has_failed:
            start.distrust()
    except Exception as error:
        app.save_all_drafts()
        start.distrust()
        with contextlib.suppress(OSError):
            sys.stderr.write(crash_report(error, options))
        return 1
    finally:
        EARLY.end()  # a signal came before the screen was ours
        restore_lines(saved)
        start.save()
        if options.local is not None:
            options.local.close()
    if app.drafts_lost:
        with contextlib.suppress(OSError):
            lost, folder = ", ".join(app.drafts_lost), clean(str(options.paths.drafts_dir))
            sys.stderr.write(f"studio-tui could not keep {lost}: {folder} cannot be written, or it is full.\n")
    if LINK.hurried:
        ending.now(app.return_code or 1)
    return app.return_code or 0


def _settled(start: StartCache) -> None:
    threading.Thread(target=start.save, daemon=True).start()
    calm()


def calm() -> None:
    """Set aside everything that start-up made, and collect seldom: a full collection in a long run stops the screen for
    100 ms. Call once, when the first screen stands.

    Nothing is collected first: that would stop the screen for 60 ms to free next to nothing.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 1000)
    gc.enable()


def _studio(options: UiOptions) -> Studio:
    """The studio of a session; one on a recording keeps nothing, because nothing in it can be gone on with."""
    if options.offline is not None:
        return Studio(client_factory=options.offline.make_client)
    return Studio(client_factory=options.make_client, state_dir=options.paths.state_dir)


def _line_settings() -> list[object] | None:
    try:
        return EARLY.line or termios.tcgetattr(sys.stdin.fileno())
    except termios.error:
        return None  # The terminal went away meanwhile: nothing to give back.
