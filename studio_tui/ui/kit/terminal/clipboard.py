"""Copying: OSC 52 to the terminal, and a private file for terminals and multiplexers that ignore it."""

from __future__ import annotations

from typing import Any

from textual.app import App

from studio_tui.config.private_store import write_private
from studio_tui.text.fmt import size
from studio_tui.text.sanitize import clean_copy
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.terminal.safe import plain_notify

OSC52_LIMIT = 74_000
"""Characters that terminals take in one OSC 52 sequence; more goes to the file only."""


def copy(app: App[Any], text: str, label: str) -> None:
    """Copy `text`, made safe to paste, because the user pressed a key for it, and say where it went."""
    text = clean_copy(text)
    encoded = text.encode("utf-8")
    path = services_of(app).options.paths.clipboard_file
    try:
        write_private(path, text)
    except OSError as error:
        saved = f"It could not be saved: {error.strerror}."
    else:
        saved = f"Also in {path}"
    if len(text) <= OSC52_LIMIT:
        app.copy_to_clipboard(text)
        plain_notify(app, f"Copied {label} ({size(len(encoded))}). {saved}")
    else:
        plain_notify(app, f"{label}: {size(len(encoded))} is too much for a terminal's clipboard. {saved}", "warning")
