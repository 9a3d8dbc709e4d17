"""What the interrupt dock looks like: question, editors, a line of news, the keys. Decides nothing."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from studio_tui.core.interrupts.answer_sheet import AnswerSheet, PreparedAnswer
from studio_tui.core.interrupts.second_press import SecondPress
from studio_tui.domain.answer_shape import ACTS, Act
from studio_tui.present.interrupts.answer_lines import key_lines, key_words, note_line
from studio_tui.present.interrupts.question import action_of, hidden_in, place_of
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.commands.key_names import shown_key
from studio_tui.ui.contracts.command import READONLY
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.interrupts.answer_drafts import AnswerDrafts
from studio_tui.ui.interrupts.question_view import QuestionView
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_subtitle, set_title, to_content
from studio_tui.ui.kit.text_inputs import TextField

_COMMANDS: dict[Act, str] = {
    "approve": "approve",
    "reject": "reject",
    "explain": "reject-words",
    "edit": "resume-edit",
    "respond": "resume",
}


class DockView(Vertical):
    """The parts of the dock, kept in step with its sheet of answers."""

    DEFAULT_CSS = "DockView { height: auto; display: none; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sheet = AnswerSheet()
        self.sending = False
        self.view = QuestionView(id="dock-question")
        self._field = TextField(placeholder="your answer: text or JSON", id="dock-text")
        self._form = SchemaForm(id="dock-form", inherited="default")
        self._note = PlainStatic(id="dock-note")
        self._keys = PlainStatic(id="dock-keys")
        self._drafts = AnswerDrafts(self, self.sheet)
        self._said: Line | None = None
        self._edited: PreparedAnswer | None = None
        """What is open in the user's editor."""
        self._edited_words = False
        """The editor holds words, not JSON."""
        self._deaf_until = 0.0
        self._second = SecondPress()
        self._writing = False

    def compose(self) -> ComposeResult:
        """Build question, editors, note and keys."""
        yield self.view
        yield self._field
        yield self._form
        yield self._note
        yield self._keys

    def on_mount(self) -> None:
        """No editor is open at first."""
        self._field.display = self._form.display = False
        services_of(self).unsaved.add(self, "your answer", self.save_draft)

    def on_resize(self) -> None:
        """The keys are laid out for the width."""
        if self.asking:
            self._tell_lines()

    def on_unmount(self) -> None:
        """Keep what is not sent."""
        self.save_draft()
        services_of(self).unsaved.drop(self)

    def save_draft(self) -> bool:
        """Put what is typed and prepared on disk at once; return whether it is safe."""
        self.read()
        return self._drafts.flush()

    def read(self) -> None:
        """Take over what the open editor holds at this moment: messages about changes come later than keys."""
        if not self._writing or not self.asking:
            return
        entry = self.sheet.current
        if entry.spec is not None:
            if self._form.spec is entry.spec:
                entry.texts = dict(self._form.texts)
        else:
            entry.text = self._field.text

    @property
    def asking(self) -> bool:
        """Whether there are questions."""
        return bool(self.sheet.entries)

    @property
    def writing(self) -> bool:
        """Whether an answer is being typed."""
        return self._writing

    def show(self) -> None:
        """Bring everything up to date with the sheet."""
        if not self.asking:
            return
        entry, questions = self.sheet.current, self.sheet.questions
        signs = self.view.glyphs
        node = clean(entry.question.node, 60) or "the graph"
        at = next(at for at, item in enumerate(questions, start=1) if item.key == entry.question.key)
        number = f" {signs.dot} {at} of {len(questions)}" if len(questions) > 1 else ""
        action = action_of(entry.shape, entry.part)
        part = f" {signs.dot} {action}" if action else ""
        set_title(self, f"{signs.paused} Interrupt {signs.dot} {node}{number}{part}")
        place = place_of(entry.question)
        set_subtitle(self, f"in {place}" if place else "")
        self.view.show(entry.question, entry.review)
        self._tell_lines()

    def _tell_lines(self) -> None:
        if not self.asking:
            return  # a key that was on its way when the last question went
        entry = self.sheet.current
        hidden = hidden_in(entry.question.value)
        note = self._said or note_line(self.sheet, hidden, self.view.glyphs, writing=self._writing)
        self._note.display = bool(note)
        self._note.set_line(note)
        lines = self._key_lines(entry)
        self._keys.update(Content("\n").join([to_content(line, self._keys) for line in lines]))

    def _key_lines(self, entry: PreparedAnswer) -> list[Line]:
        app = services_of(self)
        if self.sending:
            return [(Span("sending …", "info"),)]
        if app.studio.app_state.readonly:
            return [(Span(READONLY, "muted"),)]
        if not self.has_focus_within:
            key = shown_key(app.commands.keys_of("continue")[0])
            leave = "esc " if app.studio_screen.in_editor else ""
            return [(Span(f"{leave}{key}", "key bold"), Span(" answer", "text"))]
        keys = {act: shown_key(self._key_names(act)[0]) for act in ACTS}
        words = key_words(self.sheet, keys, writing=self._writing, form=entry.spec is not None)
        return key_lines(words, max(20, self.content_size.width - 2))

    def _key_names(self, act: Act) -> tuple[str, ...]:
        return services_of(self).commands.keys_of(_COMMANDS[act])

    def say(self, text: str, role: str = "warn") -> None:
        """Say something about the question that is shown."""
        self._said = (Span(text, role),)
        self._tell_lines()

    def _editor(self) -> Widget:
        return self._form if self.sheet.current.spec is not None else self._field

    def _write(self, entry: PreparedAnswer) -> None:
        self._writing = True
        self._said = None
        if entry.spec is not None:
            self._form.display = True
            self._form.show(entry.spec, entry.texts)
            self.call_after_refresh(self._form.focus_field)
        else:
            words = "your words" if entry.act == "respond" else "why it is rejected, in your words"
            self._field.show_placeholder(words if entry.review.contract != "any" else "your answer: text or JSON")
            self._field.display = True
            self._field.put(entry.text)
            self._field.focus()
        self.add_class("-writing")
        self._tell_lines()

    def _close_editors(self) -> None:
        inside = self._writing and self.has_focus_within
        self._writing = False
        self._field.display = self._form.display = False
        self.remove_class("-writing")
        if inside and self.asking:
            self.view.focus()
