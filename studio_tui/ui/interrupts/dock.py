"""The dock of pending interrupts: shows each question whole, takes answers, and asks its screen to send them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message

from studio_tui.core.interrupts.answer_sheet import AnswerSheet, PreparedAnswer
from studio_tui.core.interrupts.second_press import SecondPress
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.answer_shape import ACTS, Act
from studio_tui.domain.run_request import Unset
from studio_tui.jsonkit.value import Json
from studio_tui.present.interrupts.answer_lines import again_line
from studio_tui.present.interrupts.question import action_of, place_of
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.command import READONLY, bindings
from studio_tui.ui.contracts.intents import AnswerEditWanted, AnswersGiven, DockLeft, QuestionsChanged
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.interrupts.answer_drafts import AnswerDrafts
from studio_tui.ui.interrupts.commands import DOCK
from studio_tui.ui.interrupts.dock_lines import DockLines, title_of
from studio_tui.ui.interrupts.question_view import QuestionEditors, QuestionView
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.terminal.safe import set_subtitle, set_title
from studio_tui.ui.kit.text_inputs import TextField

GRACE = 0.7
"""Seconds after a question came up, or went, under the user's fingers in which keys do nothing: they were for it."""


class InterruptDock(Vertical):
    """There while the open thread waits for answers."""

    DEFAULT_CSS = "InterruptDock { height: auto; display: none; }"
    appears: ClassVar[bool] = True
    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.RUN, Slice.STATE, Slice.HISTORY, Slice.THREADS, Slice.TASKS, Slice.CONNECTION}
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(DOCK)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sheet = AnswerSheet()
        self.sending = False
        self.view = QuestionView(id="dock-question")
        self._editors = QuestionEditors()
        self._lines = DockLines(self)
        self._drafts = AnswerDrafts(self, self.sheet, self.read, self.say, self._restored)
        self._deaf_until = 0.0
        self._second = SecondPress()

    def compose(self) -> ComposeResult:
        """Build question, editors, and the lines below."""
        yield self.view
        yield self._editors.field
        yield self._editors.form
        yield from self._lines.widgets

    def on_mount(self) -> None:
        self._drafts.keeper.begin()

    def on_resize(self) -> None:
        """The keys are laid out for the width."""
        self._show_lines()

    def on_unmount(self) -> None:
        self._drafts.keeper.end()

    def read(self) -> None:
        """Put into the sheet what the open editor holds."""
        if self.asking:
            self._editors.read(self.sheet.current)

    @property
    def asking(self) -> bool:
        return bool(self.sheet.entries)

    @property
    def writing(self) -> bool:
        """Whether an answer is being typed."""
        return self._editors.writing

    # -- what is shown ------------------------------------------------------------------------------------------

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the caller fixes the signature
        """Take over what is asked now."""
        was_asking, thread = self.asking, app_state.thread_id or ""
        self.read()
        if thread != self.sheet.thread:
            self._drafts.keeper.save()
        shown = self.sheet.current if was_asking else None
        if self.sheet.take(thread, app_state.position.questions):
            if self.asking:
                self._drafts.load(thread)
            if not self.asking or self.sheet.current is not shown:
                self._lines.news = None
                self._second.forget()
                self._close_editors()
                if self.has_focus_within:
                    self._deaf_until = time.monotonic() + GRACE
        if self.asking:
            self.show()
        if was_asking != self.asking:
            self.post_message(QuestionsChanged())

    def show(self) -> None:
        """Bring everything up to date with the sheet."""
        if not self.asking:
            return
        entry = self.sheet.current
        set_title(self, title_of(self.sheet, self.view.glyphs))
        place = place_of(entry.question)
        set_subtitle(self, f"in {place}" if place else "")
        self.view.show(entry.question, entry.review)
        self._show_lines()

    def say(self, text: str, role: str = "warn") -> None:
        """Say something about the question that is shown."""
        self._tell((Span(text, role),))

    def _tell(self, news: Line | None) -> None:
        self._lines.news = news
        self._show_lines()

    def _show_lines(self) -> None:
        if self.asking:  # else a key that was on its way when the last question went
            self._lines.show(self.sheet, self.view.glyphs, writing=self.writing, sending=self.sending)

    def _write(self, entry: PreparedAnswer) -> None:
        self._editors.open(entry)
        self.add_class("-writing")
        self._tell(None)

    def _settle(self) -> None:
        """Show the question as the sheet has it now, without an editor."""
        self._lines.news = None
        self._close_editors()
        self.show()

    def _close_editors(self) -> None:
        inside = self.writing and self.has_focus_within
        self._editors.close()
        self.remove_class("-writing")
        if inside and self.asking:
            self.view.focus()

    def _restored(self) -> None:
        self.show()
        self.say("Your unsent answer is back.", "info")

    # -- focus --------------------------------------------------------------------------------------------------

    def take_focus(self) -> None:
        """Get the focus, because the user asked for it: it never comes here by itself."""
        self._deaf_until = 0.0
        (self._editors.of(self.sheet.current) if self.writing else self.view).focus()

    def action_stop_writing(self) -> None:
        """Leave the editor, keep what is typed; leave the dock when no editor is open."""
        self.read()
        if not self.writing:
            self.post_message(DockLeft())
            return
        self._settle()
        self.view.focus()

    def on_descendant_focus(self) -> None:
        """The keys of the question work now."""
        self._show_lines()

    def on_descendant_blur(self) -> None:
        """The keys of the question do not work any more, and no half decision stays behind."""
        if self._second.forget():
            self._lines.news = None
        self._show_lines()

    # -- answering ----------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Any key but the same one again takes a decision back."""
        keys = {key for act in ("approve", "reject") for key in self._lines.keys_of(act)}
        if event.key not in keys and self._second.forget():
            self._tell(None)

    @on(QuestionView.Pressed)
    def _pressed(self, event: QuestionView.Pressed) -> None:
        event.stop()
        if event.what in ("leave", "next", "previous"):
            self.act(event.what)
        elif time.monotonic() < self._deaf_until:
            self._deaf_until = time.monotonic() + GRACE
            self.say("This has just come up: read it, then press the key again.", "info")
        else:
            self.act(event.what)

    def act(self, what: str, *, by_name: bool = False) -> None:
        """Do what a key stands for: an act, or collect, send, next, previous, leave.

        `by_name`: the user chose it by its name, which no slip of a finger does; it is not asked for twice.
        """
        if what == "leave":
            self.action_stop_writing()
        elif what in ("next", "previous"):
            self._turn(1 if what == "next" else -1)
        elif not self.asking or self.sending:
            return
        elif services_of(self).studio.app_state.readonly:
            self.say(READONLY)
        elif what == "collect":
            self._collect()
        elif what == "send":
            self.action_send()
        else:
            self._act(next(act for act in ACTS if act == what), by_name=by_name)

    def _act(self, act: Act, *, by_name: bool = False) -> None:
        entry = self.sheet.current
        if act == "respond" and not isinstance(entry.answer, Unset) and not self.sheet.collecting:
            self._send({entry.question.key: entry.answer})
        elif act not in entry.review.allowed:
            offered = ", ".join(entry.review.word(item) for item in ACTS if item in entry.review.allowed)
            what = "question" if entry.shape.single else "action"
            self.say(f"This {what} does not allow {entry.review.word(act)}; it takes: {offered or 'nothing'}.")
        elif act == "edit":
            self.post_message(AnswerEditWanted(entry, entry.edit_text(), words=False))
        elif act in ("respond", "explain"):
            entry.act = act
            self._write(entry)
        else:
            value = entry.decided(act)
            if isinstance(value, Unset):
                self.say("Yes or no is not enough here: press enter and fill in the form.")
            elif by_name or self.sheet.collecting or self._second.press(self._asked_now, act):
                self._deliver(value)
            else:
                who = clean(entry.question.node, 40) or "the graph"
                key = shown_key(self._lines.keys_of(act)[0])
                self._tell(again_line(key, entry.review.word(act), value, who))

    @property
    def _asked_now(self) -> tuple[str, str]:
        question = self.sheet.current.question
        return question.key, str(question.value)

    def _turn(self, delta: int) -> None:
        self.read()
        if len(self.sheet.entries) < 2:
            screen = self.screen
            screen.focus_next() if delta > 0 else screen.focus_previous()
            return
        self.sheet.move(delta)
        self._second.forget()
        self._settle()

    def _collect(self) -> None:
        sheet = self.sheet
        if len(sheet.entries) > 1 and not isinstance(sheet.current.answer, Unset):
            sheet.current.answer = Unset.TOKEN
            self._changed()
        elif len(sheet.questions) < 2:
            one = "There is one question only: answer it."
            self.say(one if sheet.current.shape.single else "Decide on each action; all go in one request.", "info")
        else:
            sheet.together = not sheet.together
            self._changed()

    def _deliver(self, value: Json) -> None:
        """Send an answer, or keep it while answers are collected."""
        if self.sheet.collecting:
            self.sheet.prepare(value)
            self._changed()
            self.view.focus()
        else:
            self._send({self.sheet.current.question.key: value})

    def action_send(self) -> None:
        """Send what is prepared; with one question, what is typed."""
        if self.writing:
            self._submit()
        elif self.asking and self.sheet.undecided:
            self._show_undecided(self.sheet.undecided[0])
        elif self.sheet.prepared and not self.sending:
            self._send(self.sheet.prepared)
        elif self.asking:
            self.say("No answer is prepared yet.", "info")

    def _show_undecided(self, entry: PreparedAnswer) -> None:
        """Nothing is sent before each action of a question was seen and decided."""
        self.sheet.at = self.sheet.entries.index(entry)
        self.show()
        self.say(f"Not sent: {action_of(entry.shape, entry.part)} has no decision yet; all go in one request.")

    def _send(self, answers: Mapping[str, Json]) -> None:
        self.sending = True
        self._second.forget()
        self._close_editors()
        self._tell(None)
        self._drafts.keeper.save()
        self.post_message(AnswersGiven(answers, self.sheet.questions))

    def sent(self, answers: Mapping[str, Json], *, taken: bool) -> None:
        """The screen has tried to send answers; `taken` ones need no draft any more."""
        self.sending = False
        if taken:
            self.sheet.forget(list(answers))
            self._drafts.keeper.save()
        self._show_lines()

    def _changed(self) -> None:
        self._settle()
        self._drafts.keeper.soon()

    # -- writing ------------------------------------------------------------------------------------------------

    @on(TextField.Changed, "#dock-text")
    def _typed(self, event: TextField.Changed) -> None:
        event.stop()
        if self.writing and self.asking and event.text_area is self._editors.field:
            self.read()
            entry = self.sheet.current
            words = entry.words()
            self._tell((Span(words, "info"),) if words else None)
            self._drafts.keeper.soon()

    @on(SchemaForm.Changed, "#dock-form")
    def _filled(self, event: SchemaForm.Changed) -> None:
        event.stop()
        self.read()
        self._drafts.keeper.soon()

    @on(TextField.Submitted, "#dock-text")
    @on(SchemaForm.Submitted, "#dock-form")
    def _entered(self, event: Message) -> None:
        event.stop()
        self._submit()

    def _submit(self) -> None:
        if not self.asking or self.sending:
            return
        self.read()
        entry = self.sheet.current
        if entry.spec is not None:
            result = self._editors.form.check()
            if result.problems:
                self.say(f"Not sent: {plural(len(result.problems), 'field needs', 'fields need')} attention.")
                return
            self._deliver(result.value)
        elif not entry.text.strip():
            self.say('Type the answer first; "" is an empty text, null is null.', "info")
        else:
            self._deliver(entry.typed())

    def action_edit(self) -> None:
        """Open the editor on what is being typed."""
        if self.asking and not self.sending:
            self.read()
            entry = self.sheet.current
            words = self.writing and entry.review.contract != "any"
            if self.writing:
                text = entry.text if words else entry.text or entry.edit_text()
                self.post_message(AnswerEditWanted(entry, text, words=words))
            else:
                self.act("edit")

    def take_edit(self, wanted: AnswerEditWanted, after: str) -> None:
        """Take the text that came back from the editor; it is shown before it is sent."""
        entry = wanted.entry
        if not any(item is entry for item in self.sheet.entries):
            self.app.bell()
            return
        if wanted.words:
            entry.text = after.strip()
            if entry is self.sheet.current:
                self._write(entry)
            self._drafts.keeper.soon()
            return
        if after.strip() == wanted.text.strip():
            self.say("Nothing was changed, so nothing is sent.", "info")
            return
        problem = entry.take_edit(after)
        self._settle()
        if problem:
            self.say(problem)
        elif self.sheet.collecting and entry is self.sheet.current and not isinstance(entry.answer, Unset):
            self.sheet.prepare(entry.answer)
            self.show()
        self.view.focus()
        self._drafts.keeper.soon()
