"""What stands where a message is typed while nothing is; who has never sent one is told what to do first."""

from __future__ import annotations

from textual.widget import Widget

from studio_tui.core.inputs.run_input import Mode
from studio_tui.core.state.app_state import AppState
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of, with_keys

_FRAME = 6
"""Cells of the composer's border, padding and sign."""


def placeholder(composer: Widget, mode: Mode, app_state: AppState, *, waits: bool, first: bool) -> str:
    """Return the words; `waits`: what the graph takes is not known yet; `first`: nothing was ever sent."""
    if mode != "chat":
        return ""
    if app_state.readonly:
        return "What you type is kept here"  # the border tells why it is not sent
    said = "Type a message"
    if waits:
        return f"{said}; what this graph takes is still being read"
    is_left = composer.screen.focused is not None and not composer.has_focus_within
    if first and not is_left:
        said += ", enter sends"
        cells = composer.size.width - _FRAME
        keys = [shown_key(key) for key in services_of(composer).commands.keys_of("help")]
        helps = [f"{key} help" for key in keys if len(key) > 1][:1]  # a single letter is text here
        for part in (with_keys(composer, "{composer-leave} then 1 to 8: panels"), *helps, "^p commands"):
            if len(said) + len(part) + 3 <= cells:
                said += f" · {part}"
    return said
