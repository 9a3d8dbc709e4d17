"""A prompt for the path of a file, in which tab completes what is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import Input

from studio_tui.core.inputs.path_completion import completed
from studio_tui.crossing import off_the_loop
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import PATH
from studio_tui.ui.kit.dialogs.dialogs import PromptDialog

PATIENCE = 2.0
"""Seconds that a folder may take to be read."""


class PathPrompt(PromptDialog):
    """Relative paths begin at `folder`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PATH)
    HINT: ClassVar[str] = "enter: take it · {path-complete}: complete the path · {dialog-close}: leave it"

    def __init__(self, title: str, label: str, value: str, folder: Path) -> None:
        super().__init__(title, label, value)
        self._folder = folder

    async def action_complete(self) -> None:
        """Complete the path as far as all that begin so agree."""
        field = self.query_one(Input)
        begun = field.value
        if field.cursor_position < len(begun):
            return
        try:
            found = await off_the_loop(partial(completed, begun, self._folder), PATIENCE)
        except TimeoutError:
            self.tell("This folder does not answer.")
            return
        if field.value != begun:
            return
        if found is None:
            self.tell("Nothing there begins so.")
            return
        field.value, told = found
        field.cursor_position = len(field.value)
        self.tell(told, "" if told else self.HINT)
