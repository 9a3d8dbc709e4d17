"""The text of one question, and the keys that answer it. Says which key was pressed; decides nothing."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from studio_tui.domain.answer_shape import ActionShape
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.present.interrupts.question import QuestionRows
from studio_tui.ui.kit.lists.line_view import LineView


class QuestionView(LineView):
    """Scrolls a question; every answering key becomes a `Pressed`."""

    DEFAULT_CSS = "QuestionView { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "tell('approve')", "Approve", show=False, id="approve"),
        Binding("n", "tell('reject')", "Reject", show=False, id="reject"),
        Binding("N", "tell('explain')", "Reject with words", show=False, id="reject-words"),
        Binding("e", "tell('edit')", "Edit", show=False, id="resume-edit"),
        Binding("enter", "tell('respond')", "Answer", show=False, id="resume"),
        Binding("space", "tell('collect')", "Together", show=False),
        Binding("ctrl+s", "tell('send')", "Send", show=False),
        Binding("right_square_bracket,tab", "tell('next')", "Next question", show=False),
        Binding("left_square_bracket,shift+tab", "tell('previous')", "Previous question", show=False),
        Binding("escape", "tell('leave')", "Leave", show=False),
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
        """Lay the text out for another width."""
        if self._question.set_width(self.text_width):
            self.rows_changed(0)

    def summary(self) -> str:
        """The dock's border says all there is to say."""
        return ""

    def action_tell(self, what: str) -> None:
        """Say which key was pressed."""
        self.post_message(self.Pressed(what))
