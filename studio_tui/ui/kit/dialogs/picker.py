"""Choosing one or several of a list: type to narrow it, enter to take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import CHECKED, PICKER
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.terminal.safe import to_content
from studio_tui.ui.kit.text_inputs import SteadyInput

SHOWN = 2000
"""Choices that are listed at once; typing narrows the rest."""


class PickerChoice(Struct, frozen=True):
    """One thing to choose: what is returned, what is shown, what explains it."""

    value: str
    label: str
    detail: str = ""
    current: bool = False

    def matches(self, words: Sequence[str]) -> bool:
        text = f"{self.label} {self.detail} {self.value}".lower()
        return all(word in text for word in words)

    def distance(self, words: Sequence[str]) -> int:
        """Rank among what matches, nearest first: the name itself, its beginning, a part of it, the explanation."""
        label, typed = self.label.lower(), " ".join(words)
        if label == typed:
            return 0
        if label.startswith(typed):
            return 1
        return 2 if all(word in label for word in words) else 3


class PickList(OptionList):
    """The rows of a dialog, or why there are none."""

    def show(self, lines: Sequence[Line], at: int = 0, *, empty: str = "") -> None:
        """`at`: where the cursor is to be, as far as there are rows."""
        self._rows = len(lines)
        shown = [Option(to_content(line, self)) for line in lines]
        self.set_options(shown or [Option(to_content((Span(empty, "muted"),), self), disabled=True)])
        self.highlighted = min(at, len(lines) - 1) if lines else None

    def move(self, rows: int) -> None:
        if self._rows:
            self.highlighted = min(self._rows - 1, max(0, (self.highlighted or 0) + rows))


class PickerDialog(Dialog[str]):
    """Choose one; answers with its value."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PICKER)

    def __init__(self, title: str, choices: Sequence[PickerChoice], *, empty: str = "Nothing to choose from.") -> None:
        super().__init__()
        self.heading = title
        self._choices = choices
        self._found: list[PickerChoice] = []
        self._typed = ""
        self._empty = empty
        self._list = PickList(id="dialog-list")
        self._list.can_focus = False

    def parts(self) -> ComposeResult:
        yield SteadyInput(placeholder="type to narrow the list", id="dialog-input")
        yield self._list
        yield self.hint("enter: take it · {dialog-close}: leave it")

    def on_mount(self) -> None:
        self._fill("")
        self._list.move(next((index for index, choice in enumerate(self._found) if choice.current), 0))

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if event.value != self._typed:  # enter came before the list had followed the last letters
            self._fill(event.value)
        index = self._list.highlighted
        if index is not None and index < len(self._found):
            self.dismiss(self._found[index].value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._found):
            self.dismiss(self._found[event.option_index].value)

    def action_move(self, rows: int) -> None:
        """Move the list's cursor while the field keeps the focus."""
        self._list.move(rows)

    def _fill(self, text: str) -> None:
        self._typed = text
        words = text.lower().split()
        found = [choice for choice in self._choices if choice.matches(words)]
        self._found = sorted(found, key=lambda choice: choice.distance(words) if words else 0)[:SHOWN]
        why_none = "Nothing matches." if self._choices else self._empty
        self._list.show([_line(choice) for choice in self._found], empty=why_none)


class MultiPickerDialog(Dialog[tuple[str, ...]]):
    """Choose several; answers with their values in the order of the list."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CHECKED)

    def __init__(self, title: str, choices: Sequence[PickerChoice], chosen: Sequence[str]) -> None:
        super().__init__()
        self.heading = title
        self._choices = choices
        self._chosen = set(chosen)
        self._list = PickList(id="dialog-list")

    def parts(self) -> ComposeResult:
        yield self._list
        yield self.hint("{checked-switch}: on or off · {checked-take}: take them · {dialog-close}: leave it")

    def on_mount(self) -> None:
        self._fill(0)
        self._list.focus()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._switch(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """Number keys switch the row of that number."""
        if event.key.isdigit() and 0 < int(event.key) <= len(self._choices):
            self._switch(int(event.key) - 1)

    def action_switch(self) -> None:
        if (index := self._list.highlighted) is not None:
            self._switch(index)

    def action_move(self, rows: int) -> None:
        self._list.move(rows)

    def action_take(self) -> None:
        """Answer with what is switched on; nothing at all is no answer."""
        taken = tuple(choice.value for choice in self._choices if choice.value in self._chosen)
        if taken:
            self.dismiss(taken)

    def _switch(self, index: int) -> None:
        self._chosen ^= {self._choices[index].value}
        self._fill(index)

    def _fill(self, index: int) -> None:
        boxes = ("[x] " if choice.value in self._chosen else "[ ] " for choice in self._choices)
        lines = [(Span(box, "accent"), *_line(choice)) for box, choice in zip(boxes, self._choices, strict=True)]
        self._list.show(lines, index)


def _line(choice: PickerChoice) -> Line:
    spans = [Span(clean(choice.label, 200), "text bold" if choice.current else "text")]
    if choice.detail:
        spans.append(Span("  " + clean(choice.detail, 200), "muted"))
    return tuple(spans)
