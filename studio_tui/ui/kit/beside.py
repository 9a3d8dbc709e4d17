"""Work beside the keys, in a worker that ends with its widget: what goes wrong in it is told and logged, never lost."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable

from textual._context import NoActiveAppError
from textual.app import ScreenStackError
from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
from textual.widget import MountError
from textual.worker import Worker

from studio_tui.errors import StudioError
from studio_tui.log import LOGGER
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.terminal.safe import plain_notify

OF_THE_END = (NoMatches, NoScreen, NoActiveAppError, ScreenStackError, MountError)
"""What goes wrong in a widget whose children, screen or app are gone."""


def beside(
    host: DOMNode, work: Callable[[], Awaitable[object]], label: str, *, group: str = "default", exclusive: bool = False
) -> Worker[None]:
    """Do `work` in a worker of `host`; an `exclusive` one replaces those of its group.

    An error becomes a notice: `label` failed. It is a function, which makes its coroutine when it runs: one that is
    replaced before would warn that nobody awaited it. This is the only way to a worker, but for what the user waits
    for (`Services.work`).
    """

    async def guarded() -> None:
        try:
            await work()
        except Exception as error:
            if (fault := fault_of(error, label)) is not None:
                plain_notify(host.app, fault, "error")

    return host.run_worker(guarded, name=label, group=group, exclusive=exclusive, exit_on_error=False)


def fault_of(error: Exception, label: str) -> StudioError | None:
    """Return what is to be told of an error, and log one that nobody foresaw; None where nobody is left to be told."""
    if isinstance(error, StudioError):
        return error
    gone = isinstance(error, OF_THE_END)  # its screen was closed meanwhile, but a fault should leave a trace
    LOGGER.error("%s %s\n%s", label or "a command", "lost its screen" if gone else "failed", traceback.format_exc())
    return None if gone else unexpected(error, label)


def unexpected(error: Exception, label: str) -> StudioError:
    """Return the error that a user sees for an exception that nobody foresaw."""
    what = f"{clean(label)} failed" if label else "Something failed"
    detail = f"{type(error).__name__}: {clean(str(error), 300)}"
    return StudioError(what, detail, "This is a fault of studio-tui. The log has the details (--log-file FILE).")
