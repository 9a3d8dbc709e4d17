"""Small dialogs: confirm, typed confirm, prompts, and an error told in full. Each answers with a value or None."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from studio_tui.core.inputs.files import completed
from studio_tui.crossing import off_the_loop
from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean_block
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import told, with_keys
from studio_tui.ui.kit.commands import CONFIRM, DIALOG, ERROR, PATH
from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
from studio_tui.ui.kit.drafts import DialogDraft
from studio_tui.ui.kit.key_row import KeyRow
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title
from studio_tui.ui.kit.text_inputs import SteadyInput

T = TypeVar("T")
SUDDEN = 0.7
"""Seconds for which a dialog that comes by itself takes no answer."""
PATIENCE = 2.0
"""Seconds that a folder may take to be read."""


class Dialog(ModalScreen[T | None], LeavingScreen[T | None], Generic[T]):
    """A box over the screen; esc closes it without an answer, f1 tells its keys."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(DIALOG)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            set_title(box, self.heading)
            yield from self.parts()

    def parts(self) -> ComposeResult:
        yield from ()

    def hint(self, template: str, words: str = "") -> KeyRow:
        """Return the keys below, a sentence (safe text) above them; for the template see `key_line`."""
        return KeyRow(template, words=words)

    def tell(self, text: str, keys: str = "") -> None:
        """Say something (safe text) in place of the keys, above others of them."""
        self.query_one(KeyRow).tell(text, keys)

    def action_cancel(self) -> None:
        self.dismiss(None)


class ConfirmDialog(Dialog[bool]):
    """A question with yes and no.

    `danger` puts the cursor on no. `sudden`: no key of the user's opened it, so that keys on their way are not for it.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(CONFIRM)

    def __init__(self, title: str, text: str, *, yes: str = "Yes", danger: bool = False, sudden: bool = False) -> None:
        super().__init__()
        self.heading = title
        self._text = text
        self._yes = yes
        self._danger = danger
        self._deaf_until = time.monotonic() + SUDDEN if sudden else 0.0

    def parts(self) -> ComposeResult:
        yield PlainStatic(self._text, classes="dialog-text")
        with Horizontal(classes="dialog-buttons"):
            yes, no = with_keys(self, f"{{dialog-yes}} {self._yes}"), with_keys(self, "{dialog-no} No")
            yield Button(yes, id="yes", variant="error" if self._danger else "primary")
            yield Button(no, id="no")

    def on_mount(self) -> None:
        """Put the focus on the answer that does no harm."""
        self.query_one("#no" if self._danger else "#yes").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        now = time.monotonic()
        if now >= self._deaf_until:
            self.dismiss(yes)
        else:  # a key that is held goes on until it is let go
            self._deaf_until = now + SUDDEN


class TypedConfirmDialog(Dialog[bool]):
    """For what cannot be undone: the user types a word to confirm."""

    HINT: ClassVar[str] = "enter Confirm  {dialog-close} Do nothing"

    def __init__(self, title: str, text: str, word: str) -> None:
        super().__init__()
        self.heading = title
        self._text = text
        self._word = word

    def parts(self) -> ComposeResult:
        yield PlainStatic(f"{self._text}\nType {self._word} and press enter:", classes="dialog-text")
        yield SteadyInput(id="dialog-input")
        yield self.hint(self.HINT)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip() == self._word:
            self.dismiss(True)
        else:
            self.tell(f"That is not {self._word}: type the whole word {self._word}, then enter.", self.HINT)


class PromptDialog(Dialog[str]):
    """Asks for one line of text."""

    HINT: ClassVar[str] = "enter Take  {dialog-help} Help  {dialog-close} Cancel"

    def __init__(self, title: str, label: str, value: str = "") -> None:
        super().__init__()
        self.heading = title
        self._label = label
        self._value = value
        self._field = SteadyInput(value, id="dialog-input")
        """Held here, so that it can be read when the dialog is being taken down."""
        self._kept = DialogDraft(self, f"what you typed at “{title}”", "prompt", lambda: self._field.value, str)
        self._kept.untouched = value

    def parts(self) -> ComposeResult:
        yield PlainStatic(self._label, classes="dialog-text")
        yield self._field
        yield self.hint(self.HINT)

    def on_mount(self) -> None:
        """Take up what was typed here when the program ended."""
        place = self.services.kept("prompt", f"{self.heading}\n{self._label}")
        self._field.value = self._kept.load(place) or self._value
        self._kept.begin()

    def action_cancel(self) -> None:
        self._kept.done = True
        self.dismiss(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self._kept.done = True
        self.dismiss(event.value)


class CheckedPrompt(PromptDialog):
    """A prompt that stays open, with the reason below the field, until what was typed can be used.

    `check` raises ValueError with the reason in words (safe text).
    """

    def __init__(self, title: str, label: str, value: str, check: Callable[[str], object]) -> None:
        super().__init__(title, label, value)
        self._check = check

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        try:
            self._check(event.value)
        except ValueError as error:
            event.stop()
            event.prevent_default()
            self.tell(str(error))


class PathPrompt(PromptDialog):
    """Relative paths begin at `folder`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PATH)
    HINT: ClassVar[str] = "enter Take  {path-complete} Complete the path  {dialog-help} Help  {dialog-close} Cancel"

    def __init__(self, title: str, label: str, value: str, folder: Path) -> None:
        super().__init__(title, label, value)
        self._folder = folder

    async def action_complete(self) -> None:
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


class ErrorDialog(Dialog[bool]):
    """An error in full: what, why, what to do; the details can be copied."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(ERROR)

    def __init__(self, error: StudioError) -> None:
        super().__init__(classes="-error")
        self.heading = error.title
        self._error = error

    def parts(self) -> ComposeResult:
        if self._error.detail:
            yield PlainStatic(clean_block(self._error.detail, 4000), classes="dialog-text")
        if self._error.hint:
            yield PlainStatic(told(self, self._error.hint), classes="dialog-next")
        yield self.hint("{error-copy} Copy the error  {error-close} Close")

    def action_copy(self) -> None:
        parts = (self._error.title, self._error.detail, told(self, self._error.hint))
        copy(self.app, "\n".join(part for part in parts if part), "the error")
