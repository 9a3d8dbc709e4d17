"""One question: its text with the keys that answer it, the editors of an answer, the lines below. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.widget import Widget

from studio_tui.core.interrupts.answer_sheet import AnswerSheet, PreparedAnswer
from studio_tui.domain.answer_shape import Act, ActionShape
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.present.interrupts.answer_lines import key_lines, key_words, note_line
from studio_tui.present.interrupts.question import QuestionRows
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.contracts.command import READONLY, bindings
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.interrupts.commands import ANSWER_COMMANDS, ANSWERS, QUESTION
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.safe import PlainStatic, is_ascii, set_subtitle_line
from studio_tui.ui.kit.text_inputs import TextField

_KEYS = {act: f"{{{name}}}" for act, name in ANSWER_COMMANDS.items()} | {
    "leave": "{answer-leave}",
    "editor": "{answer-editor}",
    "send": "{answers-send}",
    "together": "{answers-together}",
}
"""The keys around a question, as templates."""


class QuestionView(LineView):
    """Scrolls a question and tells which answering key was pressed."""

    IS_TEXT: ClassVar[bool] = True

    DEFAULT_CSS = "QuestionView { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ANSWERS, {name: f"tell('{what}')" for what, name in ANSWER_COMMANDS.items()}),
        *bindings(QUESTION),
    ]

    def __init__(self, pressed: Callable[[str], None], *, id: str | None = None) -> None:
        self._tell = pressed
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

    def summary(self) -> str:
        """The dock's border says all there is to say."""
        return ""

    def action_tell(self, what: str) -> None:
        self._tell(what)


class QuestionEditors:
    """A field for words or JSON, and the form of questions that come with one; at most one of them is shown."""

    def __init__(self) -> None:
        self.field = TextField(placeholder="your answer: text or JSON", id="dock-text")
        self.form = SchemaForm(id="dock-form", inherited="default")
        self.entry: PreparedAnswer | None = None
        """What is being answered."""
        self.close()

    @property
    def writing(self) -> bool:
        return self.entry is not None

    def open(self, entry: PreparedAnswer) -> None:
        """Go on with what was typed for a question."""
        self.entry = entry
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
        self.entry = None
        self.field.display = self.form.display = False

    def focus(self) -> None:
        (self.form if self.form.display else self.field).focus()

    def read(self) -> None:
        """Take over what the open editor holds at this moment: messages about changes come later than keys."""
        entry = self.entry
        if entry is None:
            return
        if entry.spec is None:
            entry.text = self.field.text
        elif self.form.spec is entry.spec:
            entry.texts = dict(self.form.texts)


class QuestionLines:
    """The lines below a question: news, else what there is to know of it; and the keys."""

    def __init__(self, dock: Widget, sheet: AnswerSheet, editors: QuestionEditors) -> None:
        self._dock = dock
        self._sheet = sheet
        self._editors = editors
        self.note = PlainStatic(id="dock-note")
        self.keys = PlainStatic(id="dock-keys")
        self.news: Line = ()
        self.again: Line = ()
        """What the second press of a key will do; it stands in the border where it finds room there."""
        self.sending = False

    def say(self, text: str, role: str = "warn") -> None:
        self.tell((Span(text, role),))

    def tell(self, news: Line, again: Line = ()) -> None:
        self.news, self.again = news, again
        self.show()

    def show(self) -> None:
        if not self._sheet.entries:  # a key was on its way when the last question went
            return
        in_border = 0 < line_width(self.again) <= self._dock.size.width - 8
        set_subtitle_line(self._dock, self.again if in_border else () if self.again else self._twice())
        said = self.news or (() if in_border else self.again)
        note = said or note_line(self._sheet, glyphs(is_ascii(self._dock)), writing=self._editors.writing)
        self.note.display = bool(note)
        self.note.set_line(note)
        lines = [(Span("sending …", "info"),)] if self.sending else self._key_lines()
        self.keys.set_lines(lines)

    def _twice(self) -> Line:
        """Say that a decision is sent at the second press, where one can be made."""
        if self._editors.writing or self.sending or self._sheet.collecting or not self._dock.has_focus_within:
            return ()
        if services_of(self._dock).app_state.readonly or not self._sheet.current.review.allowed & {"approve", "reject"}:
            return ()
        return (Span("an answer is sent at the second press", "muted"),)

    def others(self) -> str:
        return services_of(self._dock).commands.hint("{question-previous} or {question-next}")

    def key_of(self, act: Act) -> str:
        return shown_key(services_of(self._dock).commands.keys_of(ANSWER_COMMANDS[act])[0])

    def _key_lines(self) -> list[Line]:
        services = services_of(self._dock)
        if services.app_state.readonly:
            return [(Span(READONLY, "muted"),)]
        if not self._dock.has_focus_within:
            way_in = services.commands.hint(f"{services.studio_screen.way_out}{{continue}}")
            return [(Span(way_in, "key bold"), Span(" answer", "text"))]
        keys = {what: services.commands.hint(template) for what, template in _KEYS.items()}
        words = key_words(self._sheet, keys, writing=self._editors.writing)
        return key_lines(words, max(20, self._dock.content_size.width - 2))
