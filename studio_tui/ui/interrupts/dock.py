"""The dock of pending interrupts: shows each question whole, takes answers and sends them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message

from studio_tui.core.interrupts.answer_sheet import AnswerSheet, PreparedAnswer
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.crossing import off_the_loop
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.form.values import wrong_in
from studio_tui.domain.interrupts.answer_shape import ACTS, Act
from studio_tui.domain.run_request import Unset
from studio_tui.jsonkit.value import Json
from studio_tui.present.interrupts.answer_lines import again_line, title_of
from studio_tui.present.interrupts.question import action_of
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import READONLY, bindings
from studio_tui.ui.contracts.intents import AnswersChanged, QuestionsChanged
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.interrupts.commands import ANSWER_COMMANDS, DOCK
from studio_tui.ui.interrupts.outside_editor import OutsideEditor
from studio_tui.ui.interrupts.question_view import QuestionLines, QuestionView
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.drafts import UNSAFE, DialogDraft
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.forms.letters import keep
from studio_tui.ui.kit.terminal.safe import set_title
from studio_tui.ui.kit.text_inputs import TextField
from studio_tui.ui.kit.twice import Twice, too_quick

_ASKED_TWICE: tuple[Act, ...] = ("approve", "reject", "respond")
"""What the second press of a key may send."""
GRACE = 0.7
"""Seconds after a question came up, or went, under the user's fingers in which keys do nothing: they were for what was
there before."""


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
        self.view = QuestionView(self._pressed, id="dock-question")
        self.lines = QuestionLines(self, self.sheet, self.view)
        self.editors = self.lines.editors
        self._draft = DialogDraft(self, "your answer", "answers", self._held, lambda: self.lines.say(UNSAFE))
        self._outside = OutsideEditor(self.lines, self._write, self._settle, self._draft.soon)
        self._twice = Twice(self._asked_now)
        self._deaf_until = 0.0
        self._left: frozenset[str] = frozenset()
        """The questions that stood beside the one that was answered last."""
        self._told: dict[str, str] = {}
        """The answers that the bottom row was told of last."""

    def on_mount(self) -> None:
        self._draft.begin()

    def on_resize(self) -> None:
        """The keys are laid out for the width."""
        self.lines.look()
        self._tell_offered()

    def on_unmount(self) -> None:
        services_of(self).unsaved.close(self)

    @property
    def asking(self) -> bool:
        return bool(self.sheet.entries)

    @property
    def goes_on(self) -> bool:
        """Whether one of the questions is left of those that were answered one by one."""
        return any(question.key in self._left for question in self.sheet.questions)

    # -- what is shown ------------------------------------------------------------------------------------------

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the caller fixes the signature
        was_asking, thread = self.asking, app_state.thread_id or ""
        self.editors.read()
        if thread != self.sheet.thread:
            self._draft.save()
            self._draft.file = None
        shown = self.sheet.current if was_asking else None
        writes = self.editors.entry if thread == self.sheet.thread and not self.lines.sending else None
        if self.sheet.take(thread, app_state.position.questions):
            if self.asking and self._draft.file is None:
                self._load_draft(thread)
            self._outside.missed(writes)
            if not self.asking or self.sheet.current is not shown:
                self._twice.forget()
                self.lines.tall = False
                self._close_editors()
                if self.has_focus_within:
                    self._deaf_until = time.monotonic() + GRACE
        self._show()
        if was_asking != self.asking:
            self.post_message(QuestionsChanged())

    def _show(self) -> None:
        """Bring everything up to date with the sheet."""
        if not self.asking:
            return
        if not self.children:  # the first question of the session
            self.mount(self.view, self.editors.field, self.editors.form, self.lines.note, self.lines.keys)
        entry = self.sheet.current
        set_title(self, title_of(self.sheet, self.view.glyphs, self.lines.others()))
        self.view.show(entry)
        self.lines.look()
        self._tell_offered()

    def _tell_offered(self) -> None:
        before, self._told = self._told, self.lines.offered
        if before != self._told:
            self.post_message(AnswersChanged())

    def _grow(self, tall: bool) -> None:
        self.lines.tall = tall
        self.post_message(QuestionsChanged())
        self.lines.look()
        self.call_after_refresh(self._tell_offered)  # what is out of sight is known only then

    def _write(self, entry: PreparedAnswer) -> None:
        self._twice.forget()
        self.editors.open(entry)
        self.lines.fit()
        self.lines.tell(())
        self.call_after_refresh(self.lines.fit)  # a form has its rows only now

    def _settle(self) -> None:
        """Show the question as the sheet has it now, without an editor."""
        self._close_editors()
        self._show()

    def _close_editors(self) -> None:
        inside = self.editors.writing and self.has_focus_within
        self.lines.news = self.lines.again = ()
        self.editors.close()
        self.lines.fit()
        if inside and self.asking:
            self.view.focus()

    # -- drafts -------------------------------------------------------------------------------------------------

    def _held(self) -> str:
        self.editors.read()
        return self.sheet.dump()

    def _load_draft(self, thread: str) -> None:
        """Take up what was left for this thread, for the questions that still ask the same."""
        files, key = services_of(self).kept("answers", thread)
        self._draft.keep_at((files, key), "")

        async def work() -> None:
            draft = await off_the_loop(lambda: files.load(key))
            if draft is None or thread != self.sheet.thread:
                return
            if not self._held():  # else what was typed meanwhile is what is to stand there
                self._draft.keep_at((files, key), draft.text)
            if self.sheet.restore(draft.text):
                self._show()
                self.lines.say("Your unsent answer is back.", "info")

        beside(self, work, "reading the kept answer", group="answers", exclusive=True)

    # -- focus --------------------------------------------------------------------------------------------------

    def take_focus(self, *, asked: bool = True) -> None:
        """Get the focus, because the user `asked` for it, or answers the questions of one set one by one."""
        self._deaf_until = 0.0 if asked else time.monotonic() + GRACE
        (self.editors if self.editors.writing else self.view).focus()

    def action_stop_writing(self) -> None:
        """Leave the editor, keep what is typed; leave the dock when no editor is open."""
        self.editors.read()
        if self.lines.tall:
            self._grow(False)
            return
        if not self.editors.writing:
            services_of(self).studio_screen.focus_panels()
            return
        self._settle()
        self.view.focus()

    def on_descendant_focus(self) -> None:
        """The keys of the question work now."""
        self.lines.show()

    def on_descendant_blur(self) -> None:
        """The keys of the question do not work any more, and no half decision stays behind."""
        if self._twice.forget():
            self.lines.news = self.lines.again = ()
        self.lines.show()

    # -- answering ----------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Any key but the same one again takes a decision back."""
        keys_of = services_of(self).commands.keys_of
        twice = {key for act in _ASKED_TWICE for key in keys_of(ANSWER_COMMANDS[act])}
        if event.key not in twice and self._twice.forget():
            self.lines.tell(())
        if self.editors.writing:
            keep(event, self)  # no letter is a command in a form

    def _pressed(self, what: str) -> None:
        if what in ("leave", "next", "previous", "whole") or time.monotonic() >= self._deaf_until:
            self.act(what)
        else:
            self._deaf_until = time.monotonic() + GRACE
            self.lines.say("This has just come up: read it, then press the key again.", "info")

    def act(self, what: str, *, by_name: bool = False) -> None:
        """Do what a key stands for: an act, or collect, send, next, previous, leave.

        `by_name`: the user chose it by its name, which no slip of a finger does; it is not asked for twice.
        """
        if what == "leave":
            self.action_stop_writing()
        elif what in ("next", "previous"):
            self._turn(1 if what == "next" else -1)
        elif what == "whole":
            self._grow(not self.lines.tall)
        elif not self.asking or self.lines.sending:
            return
        elif services_of(self).app_state.readonly:
            self.lines.say(READONLY)
        elif what == "collect":
            self._collect()
        elif what == "send":
            self.action_send()
        else:
            self._act(next(act for act in ACTS if act == what), by_name=by_name)

    def _act(self, act: Act, *, by_name: bool) -> None:
        entry = self.sheet.current
        if act == "respond" and not isinstance(entry.answer, Unset) and not self.sheet.collecting:
            self._decide(act, entry.answer, by_name=by_name)
        elif act == "approve" and not isinstance(entry.edited, Unset):
            # It would send what was asked, not what is on the screen.
            ways = "Drop your edit first ({answers-together}), or send it ({resume})."
            self.lines.say(with_keys(self, ways))
        elif act not in entry.review.allowed:
            offered = ", ".join(entry.review.word(item) for item in ACTS if item in entry.review.allowed)
            self.lines.say(f"It does not allow {entry.review.word(act)}; it takes: {offered or 'nothing'}.")
        elif act == "edit":
            self._outside.open(entry.edit_text())
        elif act in ("respond", "explain"):
            entry.act = act
            self._write(entry)
        else:
            self._decide(act, entry.decided(act), by_name=by_name)

    def _decide(self, act: Act, value: Json | Unset, *, by_name: bool) -> None:
        entry = self.sheet.current
        if isinstance(value, Unset):
            self.lines.say(with_keys(self, "Yes or no is not enough here: press {resume} and fill in the form."))
        elif by_name or self.sheet.collecting or self._twice.agreed(act):
            self._deliver(value)
        else:
            who = clean(entry.question.node, 40) or "the graph"
            key = self.lines.key_of(act)
            news = (Span(too_quick(key), "warn"),) if self._twice.was_quick else ()
            self.lines.tell(news, again_line(entry, act, value, key, who, self.lines.cells))

    def _asked_now(self) -> str:
        entry = self.sheet.current
        return f"{entry.question.key} {entry.question.value} {entry.answer}"

    def _turn(self, delta: int) -> None:
        self.editors.read()
        if len(self.sheet.entries) < 2:
            screen = self.screen
            screen.focus_next() if delta > 0 else screen.focus_previous()
            return
        self.sheet.move(delta)
        self._twice.forget()
        self._settle()

    def _collect(self) -> None:
        if self.sheet.collect():
            self._changed()
        elif self.sheet.current.shape.single:
            self.lines.say("There is one question only: answer it.", "info")
        else:
            self.lines.say("Decide on each action; all go in one request.", "info")

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
        if self.editors.writing:
            self._submit()
        elif self.asking and self.sheet.undecided:
            # Nothing is sent before each action of a question was seen and decided.
            entry = self.sheet.undecided[0]
            self.sheet.at = self.sheet.entries.index(entry)
            self._show()
            action = action_of(entry.shape, entry.part)
            self.lines.say(f"Not sent: {action} has no decision yet; all go in one request.")
        elif self.sheet.prepared and not self.lines.sending:
            self._send(self.sheet.prepared)
        elif self.asking:
            self.lines.say("No answer is prepared yet.", "info")

    def _send(self, answers: Mapping[str, Json]) -> None:
        self.lines.sending = True
        self._left = frozenset(question.key for question in self.sheet.questions) - answers.keys()
        self._twice.forget()
        self._close_editors()
        self.lines.show()
        self._draft.save()
        services_of(self).work.start(self._give(answers, self.sheet.questions), "sending the answer")

    async def _give(self, answers: Mapping[str, Json], asked: Sequence[Interrupt]) -> None:
        try:
            if await services_of(self).runs.answer(answers, asked):
                self.sheet.forget(list(answers))
                self._draft.save()
        finally:
            self.lines.sending = False
            self.lines.show()

    def _changed(self) -> None:
        self._settle()
        self._draft.soon()

    # -- writing ------------------------------------------------------------------------------------------------

    @on(TextField.Changed, "#dock-text")
    @on(SchemaForm.Changed, "#dock-form")
    def _typed(self, event: Message) -> None:
        event.stop()
        self.editors.read()
        self.lines.fit()
        entry = self.editors.entry
        if entry is not None and entry.spec is None:
            words = entry.words()
            self.lines.tell((Span(words, "info"),) if words else ())
        self._draft.soon()

    @on(TextField.Submitted, "#dock-text")
    @on(SchemaForm.Submitted, "#dock-form")
    def _entered(self, event: Message) -> None:
        event.stop()
        self._submit()

    def _submit(self) -> None:
        if not self.asking or self.lines.sending:
            return
        self.editors.read()
        entry = self.sheet.current
        if entry.spec is not None:
            result = self.editors.form.check()
            if result.problems:
                self.lines.say(f"Not sent: {wrong_in(entry.spec, result.problems)}")
                return
            self._deliver(result.value)
        elif not entry.text.strip():
            self.lines.say('Type the answer first; "" is an empty text, null is null.', "info")
        else:
            self._deliver(entry.typed())

    def action_edit(self) -> None:
        """Open the editor on what is being typed, else on what is asked about."""
        if not self.asking or self.lines.sending:
            return
        self.editors.read()
        entry = self.sheet.current
        if not self.editors.writing:
            self.act("edit")
        elif entry.review.contract != "any":
            self._outside.open(entry.text, words=True)
        else:
            self._outside.open(entry.text or entry.edit_text())
