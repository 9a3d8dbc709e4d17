"""Choosing one or several of a list: type to narrow it, enter to take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input, OptionList

from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import CHECKED, PICKER
from studio_tui.ui.kit.dialogs.columns import Row
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.dialogs.pick_list import WHOLE_ROWS, PickList
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import SteadyInput

T = TypeVar("T")
_NARROWEST, _WIDEST, _FRAME = 50, 118, 4
"""Cells of a box with a list, and what of it is not the list."""
_MOST = 400
"""Characters of a text that are looked at; what is wider than the row is cut there."""
RESTS_AFTER = 0.06
"""Seconds without a move after which the cursor rests on a choice; a held key passes over what is costly to show."""
IN_NAME = 2
"""How near a name is at least that holds the words."""
SHOWN = 2000
"""Choices that are listed at once; typing narrows the rest."""


class PickerChoice(Struct, frozen=True):
    """One thing to choose: what is returned, what is shown, what explains it."""

    value: str
    label: str
    detail: str = ""
    current: bool = False
    right: str = ""
    """A word or a number at the right end of the row."""

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
        return IN_NAME if all(word in label for word in words) else IN_NAME + 1


class ListDialog(Dialog[T]):
    """A box that is as wide as its list wants; what is cut of the row under the cursor stands below in full."""

    def __init__(self) -> None:
        super().__init__()
        self.list = PickList(id="dialog-list")
        self.whole = PlainStatic(id="dialog-whole")

    def list_parts(self) -> ComposeResult:
        yield self.list
        yield self.whole

    def fit(self) -> None:
        """Take the width and the rows that the list needs; its rows are known."""
        box, most = self.query_one("#dialog"), min(_WIDEST, self.app.size.width * 95 // 100)
        wanted = self.list.natural_width + _FRAME
        box.styles.width = min(most, max(_NARROWEST, wanted))
        self.list.below = WHOLE_ROWS if wanted > most else 0
        self.whole.display = wanted > most

    def on_resize(self) -> None:
        self.fit()

    @on(OptionList.OptionHighlighted)
    def _tell_whole(self, event: OptionList.OptionHighlighted) -> None:
        self.whole.set_text(self.list.whole(event.option_index, self.list.scrollable_content_region.width))


class PickerDialog(ListDialog[str]):
    """Choose one; answers with its value."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PICKER)

    def __init__(
        self,
        title: str,
        choices: Sequence[PickerChoice],
        *,
        empty: str = "Nothing to choose from.",
        typed: str = "",
        on_move: Callable[[str], None] | None = None,
        own: Callable[[str], PickerChoice | None] | None = None,
        placeholder: str = "type to narrow the list",
    ) -> None:
        """`typed`: what the list is narrowed to at first; `on_move` is told the value on which the cursor rests; `own`
        makes a choice of what is typed: it stands behind those whose names have it."""
        super().__init__()
        self.heading = title
        self._choices = choices
        self._found: list[PickerChoice] = []
        self._typed = typed
        self._empty = empty
        self._on_move = on_move
        self._own = own
        self._placeholder = placeholder
        self._rest: Timer | None = None
        self.list.can_focus = False

    def parts(self) -> ComposeResult:
        yield SteadyInput(self._typed, placeholder=self._placeholder, select_on_focus=False, id="dialog-input")
        yield from self.list_parts()
        yield self.hint("enter Choose  {picker-up} {picker-down} Move  {dialog-close} Cancel")

    def on_mount(self) -> None:
        typed = self._typed
        self._fill("")
        self.fit()  # for all of them: the box keeps its place while they are narrowed
        if typed:
            self.query_one(Input).cursor_position = len(typed)
            self._fill(typed)
            return
        self.list.move(next((index for index, choice in enumerate(self._found) if choice.current), 0))

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if event.value != self._typed:  # enter came before the list had followed the last letters
            self._fill(event.value)
        index = self.list.highlighted
        if index is not None and index < len(self._found):
            self.dismiss(self._found[index].value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._found):
            self.dismiss(self._found[event.option_index].value)

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        if self._on_move is not None:
            if self._rest is not None:
                self._rest.stop()
            self._rest = self.set_timer(RESTS_AFTER, self._rested)

    def _rested(self) -> None:
        index = self.list.highlighted
        if self._on_move is not None and self.is_current and index is not None and index < len(self._found):
            self._on_move(self._found[index].value)

    def action_move(self, rows: int) -> None:
        """Move the list's cursor while the field keeps the focus."""
        self.list.move(rows)

    def _fill(self, text: str) -> None:
        self._typed = text
        words = text.lower().split()
        found = [choice for choice in self._choices if choice.matches(words)]
        own = self._own(text.strip()) if words and self._own is not None else None
        self._found = sorted(found, key=lambda choice: choice.distance(words) if words else 0)[:SHOWN]
        if own is not None:
            named = sum(choice.distance(words) <= IN_NAME for choice in self._found)
            self._found.insert(named, own)
        why_none = "Nothing matches." if self._choices else self._empty
        self.list.show([_row(choice) for choice in self._found], empty=why_none)
        if not self._found:
            self.whole.set_text("")


class MultiPickerDialog(ListDialog[tuple[str, ...]]):
    """Choose several; answers with their values in the order of the list."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CHECKED)

    def __init__(self, title: str, choices: Sequence[PickerChoice], chosen: Sequence[str]) -> None:
        super().__init__()
        self.heading = title
        self._choices = choices
        self._chosen = set(chosen)

    def parts(self) -> ComposeResult:
        yield from self.list_parts()
        yield self.hint("{checked-switch} On or off  {checked-take} Take them  {dialog-close} Cancel")

    def on_mount(self) -> None:
        self._fill(0)
        self.fit()
        self.list.focus()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._switch(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """Number keys switch the row of that number."""
        if event.key.isdigit() and 0 < int(event.key) <= len(self._choices):
            self._switch(int(event.key) - 1)

    def action_switch(self) -> None:
        if (index := self.list.highlighted) is not None:
            self._switch(index)

    def action_take(self) -> None:
        """Answer with what is switched on; nothing at all is no answer."""
        taken = tuple(choice.value for choice in self._choices if choice.value in self._chosen)
        if taken:
            self.dismiss(taken)

    def _switch(self, index: int) -> None:
        self._chosen ^= {self._choices[index].value}
        self._fill(index)

    def _fill(self, index: int) -> None:
        rows = []
        for choice in self._choices:
            is_on = choice.value in self._chosen
            row = _row(choice)
            box = Span("[x] " if is_on else "[ ] ", "accent" if is_on else "muted")
            rows.append(Row((box, *row.name), row.detail, row.right))
        self.list.show(rows, index)


def _row(choice: PickerChoice) -> Row:
    right = choice.right or ("current" if choice.current else "")
    return Row(
        (Span(clean(choice.label, _MOST), "text bold" if choice.current else "text"),),
        (Span(clean(choice.detail, _MOST), "muted"),) if choice.detail else (),
        (Span(clean(right, _MOST), "muted"),) if right else (),
    )
