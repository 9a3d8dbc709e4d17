"""A full-size screen in which something is filled in: where one is, the form, what is to be said of it, its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, TypeVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.widget import Widget

from studio_tui.ui.commands.key_bar import KeyBar, key_hints
from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
from studio_tui.ui.kit.forms.field_keys import field_hints
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.forms.letters import keep
from studio_tui.ui.kit.forms.note_rows import NoteRows
from studio_tui.ui.kit.key_line import KeyHint
from studio_tui.ui.screens.top_row import TopRow

T = TypeVar("T")


class FormPage(LeavingScreen[T]):
    """Its rows stay where they are while fields are walked through and filled in."""

    KEYS: ClassVar[Mapping[str, str]] = {}
    """The commands of the bottom row and what they are called there, the way back last."""

    ENDS: ClassVar[str] = ""
    """The command that enter in the last field of its form does too."""

    FIELDS: ClassVar[bool] = True
    """It has several fields; else each of its parts has a key of its own."""

    def __init__(self, heading: str) -> None:
        """`heading`: what the screen is called, in the top row and in help."""
        super().__init__()
        self.heading = heading
        self.status = TopRow(heading)
        self.notes = NoteRows(id="form-note")
        self.keys = KeyBar(self._hints, lambda: True, id="form-keys")

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

    def on_key(self, event: events.Key) -> None:
        """No letter is a command here, whatever kind of field has the focus."""
        keep(event, self)

    def on_descendant_focus(self) -> None:
        """Enter ends a form from its last field only."""
        self.keys.look()

    def _hints(self) -> list[KeyHint]:
        found = key_hints(self.services.context(), self.KEYS, self.KEYS)
        also = "".join(form.also_sends for form in self.query(SchemaForm)) if self.ENDS else ""  # of the one in use
        first, *others = (replace(hint, keys=hint.keys + also) if hint.id == self.ENDS else hint for hint in found)
        return [first, *field_hints(self.focused, page=self.FIELDS), *others]
