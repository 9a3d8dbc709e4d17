"""What the dock says around a question: its title, a line of news, the keys."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from studio_tui.core.interrupts.answer_sheet import AnswerSheet
from studio_tui.domain.answer_shape import ACTS, Act
from studio_tui.present.interrupts.answer_lines import key_lines, key_words, note_line
from studio_tui.present.interrupts.question import action_of, hidden_in
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.command import READONLY
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.interrupts.commands import ANSWER_COMMANDS
from studio_tui.ui.kit.terminal.safe import PlainStatic, to_content


def title_of(sheet: AnswerSheet, signs: Glyphs) -> str:
    """Return whose question is shown, and which of how many (safe text)."""
    entry, questions = sheet.current, sheet.questions
    node = clean(entry.question.node, 60) or "the graph"
    at = next(at for at, item in enumerate(questions, start=1) if item.key == entry.question.key)
    number = f" {signs.dot} {at} of {len(questions)}" if len(questions) > 1 else ""
    action = action_of(entry.shape, entry.part)
    part = f" {signs.dot} {action}" if action else ""
    return f"{signs.paused} Interrupt {signs.dot} {node}{number}{part}"


class DockLines:
    """The lines below the question."""

    def __init__(self, dock: Widget) -> None:
        self._dock = dock
        self._note = PlainStatic(id="dock-note")
        self._keys = PlainStatic(id="dock-keys")
        self.widgets = (self._note, self._keys)
        self.news: Line | None = None
        """Said instead of what is said of every question."""

    def keys_of(self, act: Act) -> tuple[str, ...]:
        return services_of(self._dock).commands.keys_of(ANSWER_COMMANDS[act])

    def show(self, sheet: AnswerSheet, signs: Glyphs, *, writing: bool, sending: bool) -> None:
        """Bring the lines up to date with the sheet; there must be a question."""
        note = self.news or note_line(sheet, hidden_in(sheet.current.question.value), signs, writing=writing)
        self._note.display = bool(note)
        self._note.set_line(note)
        lines = [(Span("sending …", "info"),)] if sending else self._key_lines(sheet, writing=writing)
        self._keys.update(Content("\n").join([to_content(line, self._keys) for line in lines]))

    def _key_lines(self, sheet: AnswerSheet, *, writing: bool) -> list[Line]:
        app = services_of(self._dock)
        if app.studio.app_state.readonly:
            return [(Span(READONLY, "muted"),)]
        if not self._dock.has_focus_within:
            key = shown_key(app.commands.keys_of("continue")[0])
            leave = "esc " if app.studio_screen.in_editor else ""
            return [(Span(f"{leave}{key}", "key bold"), Span(" answer", "text"))]
        keys = {act: shown_key(self.keys_of(act)[0]) for act in ACTS}
        words = key_words(sheet, keys, writing=writing, form=sheet.current.spec is not None)
        return key_lines(words, max(20, self._dock.content_size.width - 2))
