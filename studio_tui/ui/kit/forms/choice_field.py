"""One row to pick one of several labels: all of them side by side when they fit, else the chosen one and others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.cells import cut, width
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import CHOICE
from studio_tui.ui.kit.forms.letters import LetterSearch, is_text
from studio_tui.ui.kit.terminal.safe import is_ascii, line_strip
from studio_tui.ui.kit.text_inputs import TextField, Told

UNSET_LABEL = "not set"
LEFT_OUT = "left out"
"""The same beside a label that means nothing itself, such as `none`."""
_NOTHING = frozenset({"none", "null", "not set", "unset", "nothing"})
_INLINE = 12
"""Labels that may stand side by side."""
_GAP = 3
"""Cells between them. The first begins where a text beside it does."""


def unset_label(labels: Iterable[str]) -> str:
    """Return what is shown where none of `labels` is picked."""
    return LEFT_OUT if any(label.lower() in _NOTHING for label in labels) else UNSET_LABEL


class ChoiceField(Widget, can_focus=True):
    """Picks a label; enter and leaving are told as by a text field. The empty label means "not set", if `optional`."""

    DEFAULT_CSS = "ChoiceField { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHOICE)

    @dataclass
    class Changed(Told):
        """Another label was picked."""

        label: str

    def __init__(
        self,
        labels: Sequence[str],
        value: str = "",
        *,
        optional: bool = True,
        unset: str = UNSET_LABEL,
        usual: str = "",
        title: str = "",
    ) -> None:
        """`unset`: what is shown where nothing is set; `usual`: the label that holds then."""
        super().__init__()
        self._labels: list[str] = [*([""] if optional or value == "" else []), *labels]
        self._optional = optional
        self._unset = unset
        self._usual = usual
        self._title = title
        self._search = LetterSearch()
        self.value = value

    def set_value(self, label: str) -> None:
        """Show another label without telling anyone; one that is not offered is shown as it is."""
        self.value = label
        self.refresh()

    def action_step(self, delta: int) -> None:
        at = self._labels.index(self.value) if self.value in self._labels else -1
        self._take(self._labels[(at + delta) % len(self._labels)])

    def action_pick(self) -> None:
        """Step through a few labels, open a list for many."""

        from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

        if len(self._labels) <= _INLINE:
            self.action_step(1)
            return
        choices = [PickerChoice(label, label or self._unset, current=label == self.value) for label in self._labels]
        self.app.push_screen(PickerDialog(self._title or "Choose one", choices), self._take)

    def action_submit(self) -> None:
        self.post_message(TextField.Submitted(self))

    def action_leave(self, direction: int) -> None:
        self.post_message(TextField.Left(self, direction))

    def action_clear(self) -> None:
        if self._optional:
            self._take("")

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Letters search here: none of them is a command, here or in what stands around."""
        return is_text(key, character)

    def on_key(self, event: events.Key) -> None:
        """Go to the next label that starts with what is typed, letter by letter."""
        if (at := self._search.take(event, self._labels, self.value)) >= 0:
            self._take(self._labels[at])

    def on_blur(self) -> None:
        self._search.forget()

    def on_click(self, event: events.Click) -> None:
        if not self._fits(self.size.width):
            self.action_pick()
            return
        at = 0
        for label in self._labels:
            cells = width(self._spelled(label)) + _GAP
            if at <= event.x < at + cells:
                self._take(label)
                return
            at += cells

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 (one row)
        cells, shown = self.size.width, self._spelled(self.value)
        if self.value not in self._labels:
            line = [Span(cut(shown, cells), "err")]
        elif self._fits(cells):
            line = [
                span
                for label in self._labels
                for span in (Span(self._spelled(label), self._role(label)), Span(" " * _GAP))
            ]
        else:
            shown = cut(shown, max(3, cells))
            others = self._others(cells - width(shown), f" {glyphs(is_ascii(self)).ellipsis}")
            line = [Span(shown, self._role(self.value)), Span(others, "muted")]
        return line_strip(self, tuple(line), cells)

    def _others(self, cells: int, dots: str) -> str:
        """Return the labels that can be picked instead, whole ones, as many as find room; what holds anyhow last."""
        said, same = " " * _GAP + "or ", None if self.value else self._usual
        others = sorted((item for item in self._labels if item != self.value), key=lambda item: item == same)
        for at, label in enumerate(others):
            more = ("" if at == 0 else ", ") + self._spelled(label)
            if width(said + more) + (len(dots) if at < len(others) - 1 else 0) > cells:
                return said + dots.strip() if at == 0 and cells > width(said) else said + dots if at else ""
            said += more
        return said

    def _role(self, label: str) -> str:
        if label != self.value:
            return "muted"
        return (
            "accent bold reverse" if self.has_focus else "muted underline" if label == "" else "accent bold underline"
        )

    def _spelled(self, label: str) -> str:
        return clean(label, 200) if label else self._unset

    def _fits(self, cells: int) -> bool:
        return (
            len(self._labels) <= _INLINE
            and sum(width(self._spelled(label)) + _GAP for label in self._labels) <= cells + _GAP
        )

    def _take(self, label: str | None) -> None:
        if label is not None and label != self.value:
            self.value = label
            self.refresh()
            self.post_message(self.Changed(self, label))
