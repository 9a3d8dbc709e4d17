"""A prompt that stays open, with the reason below the field, until what was typed can be used."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.widgets import Input

from studio_tui.ui.kit.dialogs.dialogs import PromptDialog
from studio_tui.ui.kit.terminal.safe import PlainStatic


class CheckedPrompt(PromptDialog):
    """`check` raises ValueError with the reason in words (safe text)."""

    def __init__(self, title: str, label: str, value: str, check: Callable[[str], object], hint: str = "") -> None:
        super().__init__(title, label, value, hint)
        self._check = check

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        try:
            self._check(event.value)
        except ValueError as error:
            event.stop()
            event.prevent_default()
            self.query_one(".dialog-hint", PlainStatic).set_text(str(error))
