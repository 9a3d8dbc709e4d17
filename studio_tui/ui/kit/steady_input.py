"""A one-line input whose cursor does not blink, and whose pastes lose nothing.

Blinking writes to the terminal for as long as nothing happens. Textual takes the first line of a paste only.
"""

from __future__ import annotations

from typing import Any

from textual import events
from textual.widgets import Input

from studio_tui.text.fmt import plural
from studio_tui.ui.kit.terminal.safe import plain_notify
from studio_tui.ui.kit.text_inputs import typeable


def one_line(text: str) -> tuple[str, str]:
    """Return `text` as one line with steering characters made visible, and what that changed (safe text, or empty)."""
    text, replaced = typeable(text)
    lines = [line.strip() for line in text.split("\n")] if "\n" in text else [text]
    lines = [line for line in lines if line] if len(lines) > 1 else lines
    said = [f"{plural(len(lines), 'line')} became one: this field has one line."] if len(lines) > 1 else []
    said += [f"{plural(replaced, 'control character')} in this text became visible."] if replaced else []
    return " ".join(lines).replace("\t", " "), " ".join(said)


class SteadyInput(Input):
    """Textual's input with a steady cursor."""

    def __init__(self, value: str | None = None, **options: Any) -> None:
        super().__init__(value, **options)
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text, said = one_line(event.text)
        self.replace(text, *self.selection)
        if said:
            plain_notify(self.app, said, "warning")
