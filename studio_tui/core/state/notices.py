"""Puts notices into the store: what to tell the user that is no data."""

from __future__ import annotations

from studio_tui.core.state.app_state import Notice, Slice, Store
from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean


def tell(
    store: Store, title: str, detail: str = "", hint: str = "", *, severity: str = "information", key: str = ""
) -> None:
    """Add a notice; one with the same key takes the place of the earlier one."""
    notice = Notice(severity, clean(title), clean(detail), clean(hint), key)
    if key:
        for earlier in [item for item in store.notices if item.key == key]:
            store.notices.remove(earlier)
    store.notices.append(notice)
    store.touch(Slice.NOTICES)


def tell_error(store: Store, error: BaseException, *, key: str = "") -> None:
    """Add an error as a notice; an unexpected one names its class and asks for a report."""
    if isinstance(error, StudioError):
        tell(store, error.title, error.detail, error.hint, severity="error", key=key)
        return
    hint = "The session goes on. The log (--log-file) has the details; please report it."
    tell(store, "Something unexpected happened", f"{type(error).__name__}: {error}", hint, severity="error", key=key)


def withdraw(store: Store, key: str) -> None:
    """Take back the notice with this key, when it no longer holds."""
    stale = [item for item in store.notices if item.key == key]
    for item in stale:
        store.notices.remove(item)
    if stale:
        store.touch(Slice.NOTICES)
