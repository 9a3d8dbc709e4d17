"""The one-line prompt at the bottom: `:` for commands with completion and history, `/` for searching a panel."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from studio_tui.text.cells import cut
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.prompt import complete
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.commands import PROMPT
from studio_tui.ui.kit.lists.row_filter import no_match_words
from studio_tui.ui.kit.terminal.safe import PlainStatic, plain_notify
from studio_tui.ui.kit.text_inputs import SteadyInput

HISTORY = 200


class CommandLine(Horizontal):
    """Appears for one line of input. It knows what can be completed, never what a command does."""

    DEFAULT_CSS = """
    CommandLine {
        height: 1; width: 1fr; display: none; background: $panel;
        & > #line-mark { width: auto; min-width: 1; color: $primary; }
        & > Input {
            border: none; height: 1; padding: 0; width: 1fr; background: $panel;
            &:focus { border: none; background: $panel; }
        }
        & > #line-hints { width: auto; max-width: 50%; color: $role-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(PROMPT)

    class Entered(Message):
        """The user pressed enter."""

        def __init__(self, mode: str, text: str) -> None:
            super().__init__()
            self.mode = mode
            self.text = text

    class Edited(Message):
        """The text of a search changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The line is gone; `cancelled` unless enter was pressed."""

        def __init__(self, mode: str, cancelled: bool) -> None:
            super().__init__()
            self.mode = mode
            self.cancelled = cancelled

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._mode = ":"
        self._history: dict[str, list[str]] = {":": [], "/": []}
        self._at = 0
        self._nothing = False

    def compose(self) -> ComposeResult:
        """Lay out sign, field and hints."""
        yield PlainStatic(":", id="line-mark")
        yield SteadyInput(id="line-input", select_on_focus=False)
        yield PlainStatic("", id="line-hints")

    def open(self, mode: str, text: str = "") -> None:
        """Appear with the focus in the field."""
        self._mode = mode
        self._nothing = False
        self._at = len(self._history[mode])
        self.query_one("#line-mark", PlainStatic).set_text(mode)
        field = self.query_one(Input)
        self.display = True
        field.value = text
        field.cursor_position = len(text)
        # At once, not by message: the next key may be in the queue already and belongs to this line.
        self.screen.set_focus(field)
        self._hint()

    def tell_match(self, found: bool) -> None:
        """Say whether the search that is being typed finds anything; whoever searches knows."""
        if found == self._nothing:
            self._nothing = not found
            self._hint()

    def action_close(self) -> None:
        self._close(cancelled=True)

    def action_complete(self) -> None:
        """Complete the word before the cursor as far as it is unambiguous."""
        if self._mode != ":":
            return
        field = self.query_one(Input)
        field.value = complete(services_of(self).context(), field.value)[0]
        field.cursor_position = len(field.value)

    def action_recall(self, step: int) -> None:
        """Bring back an earlier line."""
        lines = self._history[self._mode]
        self._at = min(len(lines), max(0, self._at + step))
        field = self.query_one(Input)
        field.value = lines[self._at] if self._at < len(lines) else ""
        field.cursor_position = len(field.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._hint()
        if self._mode == "/" and self.display:
            self.post_message(self.Edited(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value
        lines = self._history[self._mode]
        if text.strip() and (not lines or lines[-1] != text):
            lines.append(text)
            del lines[:-HISTORY]
        if self._mode == "/" and text and self._nothing:
            plain_notify(self.app, no_match_words(text), "warning")
        self._close(cancelled=False)
        self.post_message(self.Entered(self._mode, text))

    def _close(self, *, cancelled: bool) -> None:
        self.display = False
        self.post_message(self.Closed(self._mode, cancelled))

    def _hint(self) -> None:
        hints = self.query_one("#line-hints", PlainStatic)
        if self._mode == "/":
            words = "nothing matches" if self._nothing else "!text hides · enter keeps"
            hints.set_text(services_of(self).commands.hint(f"{words} · {{line-close}} clears"))
            return
        field = self.query_one(Input)
        candidates = complete(services_of(self).context(), field.value)[1]
        hints.set_text(cut(clean("  ".join(candidates[:8])), max(10, self.size.width // 2)))
