"""One question: its text with the keys that answer it, the editors of an answer, the lines below. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType
from textual.css.scalar import Unit
from textual.geometry import Size
from textual.widget import Widget

from studio_tui.core.interrupts.answer_sheet import AnswerSheet, PreparedAnswer
from studio_tui.domain.interrupts.answer_shape import Act
from studio_tui.domain.run_request import Unset
from studio_tui.present.interrupts.answer_lines import (
    act_words,
    begun,
    drop_word,
    ending_word,
    is_ready,
    key_lines,
    key_words,
    note_line,
    offered,
    whole,
)
from studio_tui.present.interrupts.question import QuestionRows
from studio_tui.text.cells import width
from studio_tui.text.fmt import plural
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, Span, fit_line, joined, line_width, plain
from studio_tui.ui.contracts.command import READONLY, bindings
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of, told
from studio_tui.ui.interrupts.commands import ANSWER_COMMANDS, ANSWERS, QUESTION
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.lending import editor_name
from studio_tui.ui.kit.terminal.safe import PlainStatic, is_ascii, set_subtitle_line
from studio_tui.ui.kit.text_inputs import TextField

_KEYS = {act: f"{{{name}}}" for act, name in ANSWER_COMMANDS.items()} | {
    "leave": "{answer-leave}",
    "editor": "{answer-editor}",
    "send": "{answers-send}",
    "text": "{answer-enter}",
    "form": "{answer-send}",
    "together": "{answers-together}",
}
"""The keys around a question, as templates."""
_TEXT_ROWS, _FORM_ROWS = 6, 8
"""Rows of an answer in words, and of one in a form, at most."""
_GRANTED = 9
"""Rows that the screen gives to a question as long as it has not said how many."""
_ONE_ROW = 100
"""Cells in which the keys of several questions find room side by side."""


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
        self.moved: Callable[[], None] = lambda: None
        """Called when other rows of the question are in sight."""
        self._question = QuestionRows()
        super().__init__(self._question, id=id)

    def show(self, entry: PreparedAnswer) -> None:
        """Show a question, as it was edited; another one from its beginning."""
        if not self._question.show(entry.question, entry.review, entry.edited):
            return
        self._question.set_width(self.text_width)
        self.rows_changed(0)
        self.move_to_row(0)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As many rows as the question has at that width; the dock caps them."""
        return self.rows_at(width)

    def rows_at(self, width: int) -> int:
        return max(1, self._question.count_at(max(1, width - 2)))

    @property
    def rows_left(self) -> int:
        """Rows that are not in sight, above and below."""
        return max(0, len(self._question) - self.port.height)

    def _refresh_rows(self) -> None:
        super()._refresh_rows()
        self.moved()

    def resized(self) -> None:
        super().resized()
        self.moved()

    def summary(self) -> str:
        """The dock's border says all there is to say."""
        return ""

    def action_tell(self, what: str) -> None:
        self._tell(what)


class QuestionEditors:
    """A field for words or JSON, and the form of questions that come with one; at most one of them is shown."""

    def __init__(self, note: Callable[[Line], None]) -> None:
        """`note` shows what is to be said of a field of the form."""
        self.field = TextField(placeholder="your answer: text or JSON", id="dock-text")
        self.form = SchemaForm(note, id="dock-form", inherited="default")
        self.entry: PreparedAnswer | None = None
        """What is being answered."""
        self.close()

    @property
    def writing(self) -> bool:
        return self.entry is not None

    @property
    def in_form(self) -> bool:
        return self.entry is not None and self.entry.spec is not None

    @property
    def also_sends(self) -> str:
        """The key that sends a form besides the one that always does, see there; empty for an answer in words."""
        return self.form.also_sends if self.in_form else ""

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

    def fit(self, most: int) -> int:
        """Take at most so many rows; return how many the open editor has now, 0 when none is open."""
        for editor in (self.field, self.form):
            editor.styles.max_height = most
        if not self.writing:
            return 0
        return min(most, self.form.rows if self.in_form else max(1, self.field.wrapped_document.height))


class QuestionLines:
    """What stands around a question: a row below it that is always there, the keys, and the bottom border.

    While an answer is written its editor has that row, and the border says the rest: nothing moves.
    """

    def __init__(self, dock: Widget, sheet: AnswerSheet, view: QuestionView) -> None:
        self.dock, self.sheet, self.view = dock, sheet, view
        self.editors = QuestionEditors(self.tell_of_field)
        self.note = PlainStatic(id="dock-note")
        self.keys = PlainStatic(id="dock-keys")
        self.news: Line = ()
        self.again: Line = ()
        """What the second press of a key will do."""
        self.of_field: Line = ()
        """What is to be said of the form's field in use."""
        self.sending = False
        self.tall = False
        """The question has most of the screen."""
        view.moved = self.show

    def say(self, text: str, role: str = "warn") -> None:
        self.tell((Span(text, role),))

    def tell(self, news: Line, again: Line = ()) -> None:
        self.news, self.again = news, again
        self.show()

    def tell_of_field(self, note: Line) -> None:
        self.of_field = note
        self.show()

    @property
    def offered(self) -> dict[str, str]:
        """By its command, the word of each answer that the question in sight takes, and of what ends a written one."""
        if not self.sheet.entries:
            return {}
        found = {ANSWER_COMMANDS[act]: word for act, word in act_words(self.sheet, editor_name()).items()}
        if is_ready(self.sheet):
            found["answers-send"] = f"Send {whole(self.sheet)}"
        if not isinstance(self.sheet.current.answer, Unset):
            found["answers-together"] = begun(drop_word(self.sheet))
        if self.tall or self.view.rows_left:
            found["question-whole"] = "Less" if self.tall else "Whole question"
        return found | dict.fromkeys(("answer-enter", "answer-send"), begun(ending_word(self.sheet)))

    @property
    def cells(self) -> int:
        """Cells of the border and of the row below the question."""
        return max(20, self.dock.size.width - 4)

    @property
    def whole(self) -> str:
        """All that is said, however little of it finds room (safe text)."""
        said = (self.news, self.of_field if self.editors.in_form else ())
        return "\n".join(told(self.dock, plain(line)) for line in said if line)

    def fit(self) -> None:
        """Give the question the rows that it needs; an answer that is written takes its row, and more from it."""
        if not self.sheet.entries or not self.dock.children:
            return
        view = self.view
        screen, keys = self.dock.screen, self.key_rows
        short = screen.has_class("-short")
        granted = self.dock.styles.max_height
        rows = int(granted.value) if granted is not None and granted.unit == Unit.CELLS else _GRANTED
        asks = view.rows_at(self.dock.content_size.width)
        most = rows - 3 - keys  # the borders, and the row below the question
        if asks > most and not self.dock.has_focus_within:  # rows that its keys will take are free for it
            most, keys = rows - 4, 1
        least = 2 if short else 3
        editor_most = most - 1 if short else _FORM_ROWS if self.editors.in_form else _TEXT_ROWS
        editor = self.editors.fit(editor_most)
        # A form comes with all its rows at once: it takes them from what is above the dock before it hides any of this.
        room = most + 1
        if short or screen.has_class("-narrow"):
            room = min(room, max(asks + 1, asks + editor if self.editors.in_form else 0))
        # A form stands apart from the question, where no row of that is given up for it.
        apart = int(self.editors.in_form and asks + editor + 1 <= room)
        self.editors.form.styles.margin = (apart, 0, 0, 0)
        view.styles.max_height = max(min(asks, most, least), min(asks, most, room - max(1, editor + apart)))
        self.keys.styles.height = keys

    def look(self) -> None:
        """The focus has moved: other keys work, and there may be room for more rows or for fewer."""
        self.tall = self.tall and self.dock.has_focus_within
        self.fit()
        self.show()

    def show(self) -> None:
        if not self.sheet.entries:  # a key was on its way when the last question went
            return
        writing = self.editors.writing
        note = note_line(self.sheet, glyphs(is_ascii(self.dock)), writing=writing)
        said = self._with_rest(self.news or note)
        below = self.again or (self._written(said) if writing else self._twice())
        set_subtitle_line(self.dock, _within(below, self.cells))
        self.note.display = not writing
        self.note.set_line(_within(said, self.cells))
        lines = [(Span("sending …", "info"),)] if self.sending else self._key_lines()
        self.keys.set_lines(lines)

    def _written(self, said: Line) -> Line:
        """What the border says while an answer is written."""
        return joined(said, self.of_field if self.editors.in_form else ())

    def _with_rest(self, said: Line) -> Line:
        """Return what there is to say, behind it how much of the question is out of sight; alone, which keys show it.

        The count is never cut: whoever answers knows that there is more to read.
        """
        left = self.view.rows_left
        if not left:
            return said
        more = f"{glyphs(is_ascii(self.dock)).down} {plural(left, 'more row')}"
        if said or not self.dock.has_focus_within:
            return joined(_within(said, self.cells - 3 - width(more)), (Span(more, "warn"),))
        ways = "down scrolls" if self.tall else "down scrolls, {question-whole} shows more"
        ways = services_of(self.dock).commands.hint(ways)
        return (Span(f"{more}: ", "warn"), Span(ways, "muted"))

    def _twice(self) -> Line:
        """Say at which press a decision is sent, where one can be made, and at which key a written answer."""
        if self.sending or self.sheet.collecting or not self.dock.has_focus_within:
            return ()
        decided = [act for act in offered(self.sheet) if act in ("approve", "reject")]
        if services_of(self.dock).app_state.readonly or not decided:
            return ()
        edits = " and edits" if "edit" in offered(self.sheet) else ""
        said = f"{' '.join(map(self.key_of, decided))}{edits} sent at the second press"
        writes = "respond" in self.sheet.current.review.allowed and self.sheet.current.spec is None
        ends = services_of(self.dock).commands.hint(", words at {answer-enter}") if writes else ""
        return (Span(said + ends, "muted"),)

    def others(self) -> str:
        return services_of(self.dock).commands.hint("{question-previous} or {question-next}")

    def key_of(self, act: Act) -> str:
        return shown_key(services_of(self.dock).commands.keys_of(ANSWER_COMMANDS[act])[0])

    @property
    def key_rows(self) -> int:
        """The rows of the keys: as many as the question's own take, whatever is shown just now."""
        rows = len(key_lines(key_words(self.sheet, self._keys(), editor_name(), writing=False), self.cells))
        return max(rows, 2) if len(self.sheet.entries) > 1 and self.cells < _ONE_ROW else rows

    def _keys(self) -> dict[str, str]:
        hint = services_of(self.dock).commands.hint
        keys = {what: hint(template) for what, template in _KEYS.items()}
        return keys | {"form": keys["form"] + self.editors.also_sends}

    def _key_lines(self) -> list[Line]:
        services = services_of(self.dock)
        if services.app_state.readonly:
            return [(Span(READONLY, "muted"),)]
        if not self.dock.has_focus_within:
            way_in = services.commands.hint(f"{services.studio_screen.way_out}{{continue}}")
            # In the list another thread may be under the cursor.
            whose = ", asked by the open thread" if services.studio_screen.area == "threads" else ""
            return [(Span(way_in, "key bold"), Span(f" answer{whose}", "text"))]
        words = key_words(self.sheet, self._keys(), editor_name(), writing=self.editors.writing)
        return key_lines(words, self.cells)


def _within(line: Line, cells: int) -> Line:
    return line if line_width(line) <= cells else fit_line(line, cells)
