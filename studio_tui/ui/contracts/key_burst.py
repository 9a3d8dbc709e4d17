"""Text keys that arrive in one burst, as a paste does over a link that does not mark it."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.widget import Widget


def _one(_field: Widget, event: events.Key) -> str:
    return (event.character or "") if event.is_printable else ""


taken: Callable[[Widget, events.Key], str] = _one
"""Returns the text of a key that came to a field, and of those right behind it, which do not come any more.

Each change of a text wraps its line anew: a long one that is put in key by key takes minutes. How keys wait is an
affair of Textual's: `ui.app.textual_patches` puts in what takes them all.
"""
