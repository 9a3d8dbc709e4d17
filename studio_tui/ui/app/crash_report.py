"""What stays of a crash: the whole trace in a private file, a few lines for the terminal."""

from __future__ import annotations

import traceback

from textual.worker import WorkerFailed

from studio_tui.config.paths import expanded
from studio_tui.config.private_store import append_private
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.options import UiOptions


def crash_report(error: BaseException, options: UiOptions) -> str:
    """Write the whole trace to the private log and return the few lines that the terminal shows."""
    path = expanded(options.log_file) if options.log_file else options.paths.log_file
    if isinstance(error, WorkerFailed):
        error = error.error  # what went wrong, not where it was noticed
    trace = "".join(traceback.format_exception(error))
    try:
        append_private(path, trace + "\n")
        where = f"The trace is in {path}"
    except OSError as problem:
        where = f"The trace could not be written to {path}: {problem.strerror}"
    what = f"studio-tui crashed: {type(error).__name__}: {clean(str(error), 300)}"
    return f"{what}\n{where}\nYour runs go on at the server. Please report it with that file; it holds no keys.\n"
