"""Puts notices into the store: what to tell the user that is no data."""

from __future__ import annotations

from studio_tui.core.state.app_state import AppState, Notice, Slice
from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean


def tell(
    app_state: AppState, title: str, detail: str = "", hint: str = "", *, severity: str = "information", key: str = ""
) -> None:
    """Add a notice; one with the same key takes the place of the earlier one."""
    if key:
        withdraw(app_state, key)
    app_state.notices.append(Notice(severity, clean(title), clean(detail), clean(hint), key))
    app_state.touch(Slice.NOTICES)


def tell_error(app_state: AppState, error: BaseException, *, key: str = "") -> None:
    """Add an error as a notice; an unexpected one names its class and asks for a report."""
    if isinstance(error, StudioError):
        tell(app_state, error.title, error.detail, error.hint, severity="error", key=key)
        return
    hint = "The session goes on. The log (--log-file) has the details; please report it."
    tell(
        app_state, "Something unexpected happened", f"{type(error).__name__}: {error}", hint, severity="error", key=key
    )


def withdraw(app_state: AppState, key: str) -> None:
    """Take back the notice with this key, when it no longer holds."""
    stale = [item for item in app_state.notices if item.key == key]
    for item in stale:
        app_state.notices.remove(item)
    if stale:
        app_state.touch(Slice.NOTICES)
