"""A one-line input whose cursor does not blink: blinking writes to the terminal for as long as nothing happens."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input


class SteadyInput(Input):
    """Textual's input with a steady cursor."""

    def __init__(self, value: str | None = None, **options: Any) -> None:
        super().__init__(value, **options)
        self.cursor_blink = False
