"""One question: its text with the keys that answer it, and the editors for an answer in words. Decides nothing."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from studio_tui.core.interrupts.answer_sheet import PreparedAnswer
from studio_tui.domain.answer_shape import ActionShape
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.present.interrupts.question import QuestionRows
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.interrupts.commands import ANSWER_COMMANDS, ANSWERS, QUESTION
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.text_inputs import TextField


class QuestionView(LineView):
    """Scrolls a question; every answering key becomes a `Pressed`."""

    DEFAULT_CSS = "QuestionView { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ANSWERS, {name: f"tell('{what}')" for what, name in ANSWER_COMMANDS.items()}),
        *bindings(QUESTION),
    ]

    class Pressed(Message):
        """A key of the dock was pressed."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, *, id: str | None = None) -> None:
        self._question = QuestionRows()
        super().__init__(self._question, id=id)

    def show(self, interrupt: Interrupt, review: ActionShape) -> None:
        """Show a question; another one from its beginning."""
        if not self._question.show(interrupt, review):
            return
        self._question.set_width(self.text_width)
        self.rows_changed(0)
        self.move_to_row(0)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As many rows as the question has at that width; the style sheet caps them."""
        return max(1, self._question.count_at(max(1, width - 2)))

    def resized(self) -> None:
        if self._question.set_width(self.text_width):
            self.rows_changed(0)

    def summary(self) -> str:
        """The dock's border says all there is to say."""
        return ""

    def action_tell(self, what: str) -> None:
        """Say which key was pressed."""
        self.post_message(self.Pressed(what))


class QuestionEditors:
    """A field for words or JSON, and the form of questions that come with one; at most one of them is shown."""

    def __init__(self) -> None:
        self.field = TextField(placeholder="your answer: text or JSON", id="dock-text")
        self.form = SchemaForm(id="dock-form", inherited="default")
        self.writing = False
        """Whether an answer is being typed."""
        self.close()

    def open(self, entry: PreparedAnswer) -> None:
        """Go on with what was typed for a question."""
        self.writing = True
        if entry.spec is not None:
            self.form.display = True
            self.form.show(entry.spec, entry.texts)
            self.form.call_after_refresh(self.form.focus_field)
        else:
            words = "your words" if entry.act == "respond" else "why it is rejected, in your words"
            self.field.show_placeholder(words if entry.review.contract != "any" else "your answer: text or JSON")
            self.field.display = True
            self.field.put(entry.text)
            self.field.focus()

    def close(self) -> None:
        self.writing = self.field.display = self.form.display = False

    def of(self, entry: PreparedAnswer) -> Widget:
        return self.form if entry.spec is not None else self.field

    def read(self, entry: PreparedAnswer) -> None:
        """Take over what the open editor holds at this moment: messages about changes come later than keys."""
        if not self.writing:
            return
        if entry.spec is None:
            entry.text = self.field.text
        elif self.form.spec is entry.spec:
            entry.texts = dict(self.form.texts)
