"""A paste where nothing takes text: it does nothing, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input, TextArea

from studio_tui.ui.contracts.key_names import shown_key

if TYPE_CHECKING:
    from studio_tui.ui.app.app import StudioApp


def is_lost(app: StudioApp, event: events.Event) -> bool:
    """Whether `event` is a paste that nothing takes; says so, and where text goes."""
    if not isinstance(event, events.Paste) or event.is_forwarded or not event.text:
        return False
    focused = app.focused
    if isinstance(focused, Input) or (isinstance(focused, TextArea) and not focused.read_only):
        return False
    if app.screen is app.studio_screen:
        app.tell(
            f"Nothing takes text here: {shown_key(app.commands.keys_of('input')[0])} goes to the composer.", "warning"
        )
    else:
        app.tell("Nothing takes text here: the paste was left out.", "warning")
    return True
