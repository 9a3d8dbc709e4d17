"""Answering the questions of a paused thread, one after the other: approve, reject, or any text or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input

from studio_tui.model.checkpoint import Interrupt
from studio_tui.model.ids import namespace_nodes
from studio_tui.model.json import Json, is_object
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean, hidden_count
from studio_tui.ui.editor import edit
from studio_tui.ui.safe import PlainStatic, set_title
from studio_tui.ui.screens.dialogs import Dialog

if TYPE_CHECKING:
    from studio_tui.ui.app import StudioApp


class AnswerDialog(Dialog[dict[str, Json]]):
    """Shows each question whole; answers with a value per question, by the question's key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('true')", "Approve", show=False, id="approve"),
        Binding("n", "answer('false')", "Reject", show=False, id="reject"),
        Binding("e", "edit", "Edit", show=False, id="resume-edit"),
        Binding("enter,i", "write", "Answer", show=False, id="resume"),
    ]

    def __init__(self, questions: Sequence[Interrupt]) -> None:
        super().__init__()
        self._questions = questions
        self._answers: dict[str, Json] = {}

    def parts(self) -> ComposeResult:
        """Return question, field and buttons."""
        yield PlainStatic("", id="answer-place", classes="dialog-hint")
        with VerticalScroll(id="answer-question"):
            yield PlainStatic("", id="answer-value")
        yield PlainStatic("", id="answer-warning")
        yield Input(placeholder="an answer: text or JSON, then enter", id="dialog-input")
        with Horizontal(classes="dialog-buttons"):
            yield Button("Approve (y)", id="approve", variant="success")
            yield Button("Reject (n)", id="reject", variant="error")
            yield Button("Edit (e)", id="edit")

    def on_mount(self) -> None:
        """Show the first question; keys answer until the field is chosen."""
        self._show()

    @property
    def _question(self) -> Interrupt:
        return self._questions[len(self._answers)]

    def _show(self) -> None:
        question = self._question
        number, total = len(self._answers) + 1, len(self._questions)
        which = f" ({number} of {total})" if total > 1 else ""
        set_title(self.query_one("#dialog"), f"{question.node or 'The graph'} asks{which}")
        path = " / ".join(clean(name) for name in namespace_nodes(question.ns))
        self.query_one("#answer-place", PlainStatic).set_text(f"in {path}" if path else "")
        shown = _readable(question.value)
        self.query_one("#answer-value", PlainStatic).set_text(shown)
        hidden = hidden_count(shown)
        warning = f"Holds {plural(hidden, 'hidden character')}, shown in <> or as pictures." if hidden else ""
        self.query_one("#answer-warning", PlainStatic).set_text(warning)
        field = self.query_one(Input)
        field.value = ""
        self.query_one("#answer-question").focus()

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "approve":
                self._take(True)
            case "reject":
                self._take(False)
            case _:
                self.action_edit()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._take(parse_answer(event.value))

    def action_answer(self, spelled: str) -> None:
        """Approve or reject by key."""
        self._take(spelled == "true")

    def action_write(self) -> None:
        """Go to the field."""
        self.query_one(Input).focus()

    def action_edit(self) -> None:
        """Edit the question's value in the user's editor and answer with the result."""
        app = cast("StudioApp", self.app)
        app.work.start(self._edit(), "editing the answer")

    async def _edit(self) -> None:
        before = _pretty(self._question.value)
        text = await edit(self.app, before, ".json")
        if text.strip() and text.strip() != before:
            self.query_one(Input).value = text.strip().replace("\n", " ") if len(text) < 2000 else ""
            self._take(parse_answer(text))

    def _take(self, value: Json) -> None:
        self._answers[self._question.key] = value
        if len(self._answers) == len(self._questions):
            self.dismiss(self._answers)
        else:
            self._show()


def parse_answer(text: str) -> Json:
    """Return the JSON that `text` spells, else the text itself."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _readable(value: Json) -> str:
    """Return a question as people read it: its text first where it has one, then all of it."""
    if isinstance(value, str):
        return value
    whole = _pretty(value)
    for key in ("question", "description", "message", "prompt"):
        text = value.get(key) if is_object(value) else None
        if isinstance(text, str):
            return f"{text}\n\n{whole}"
    return whole


def _pretty(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
