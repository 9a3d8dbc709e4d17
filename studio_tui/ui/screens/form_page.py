"""A full-size screen in which something is filled in: where one is, the form, what is to be said of it, its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input, TextArea

from studio_tui.ui.commands.key_bar import KeyBar, key_hints
from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
from studio_tui.ui.kit.forms.note_rows import NoteRows
from studio_tui.ui.kit.key_line import KeyHint
from studio_tui.ui.screens.top_row import TopRow

T = TypeVar("T")


class FormPage(LeavingScreen[T]):
    """Its rows stay where they are while fields are walked through and filled in."""

    KEYS: ClassVar[Mapping[str, str]] = {}
    """The commands of the bottom row and what they are called there, the way back last."""

    def __init__(self, heading: str) -> None:
        """`heading`: what the screen is called, in the top row and in help."""
        super().__init__()
        self.heading = heading
        self.status = TopRow(heading)
        self.notes = NoteRows(id="form-note")
        self.keys = KeyBar(self._hints, self._is_typing, id="form-keys")

    def parts(self) -> ComposeResult:
        """Return what stands between the top row and what is said."""
        yield from ()

    def compose(self) -> ComposeResult:
        yield self.status
        yield from self.parts()
        yield self.notes
        yield self.keys

    @property
    def said(self) -> str:
        """What is said of the form, all of it (safe text): the help page has it whole."""
        return self.notes.whole

    def say(self, text: str, role: str = "err", *, whole: bool = False) -> None:
        """Show a sentence below the form (display text), see `NoteRows.say`."""
        self.notes.say(text, role, whole=whole)

    def clock_panels(self) -> Iterator[Widget]:
        """Return what the frame clock draws."""
        if self.is_mounted:
            yield self.status
            yield self.keys

    def on_screen_resume(self) -> None:
        self.services.clock.owe(self.status)
        self.services.clock.owe(self.keys)

    def on_descendant_focus(self) -> None:
        """Letters are text in some fields: there help has another key."""
        self.keys.look()

    def _is_typing(self) -> bool:
        return isinstance(self.focused, Input | TextArea)

    def _hints(self) -> list[KeyHint]:
        return key_hints(self.services.context(), self.KEYS, self.KEYS)
