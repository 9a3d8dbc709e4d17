"""The dialog that composes a command of resume, update and goto, and shows the very request that it will send."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from studio_tui.core.interrupts.resume_command import CommandDraft, CommandTarget, Composed, compose
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.graph import END, START
from studio_tui.domain.interrupts.question_words import preview_of
from studio_tui.errors import StudioError
from studio_tui.jsonkit.typed import object_in, print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_str
from studio_tui.text.cells import cut
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.interrupts.commands import DIALOG_KEYS
from studio_tui.ui.kit.commands import BETWEEN
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.drafts import UNSAFE, DialogDraft
from studio_tui.ui.kit.forms.choice_field import ChoiceField
from studio_tui.ui.kit.forms.note_rows import NoteRows
from studio_tui.ui.kit.json_text import JsonText
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import Area, JsonArea, TextField
from studio_tui.ui.kit.twice import asks_again

PREVIEW_LINES = 60
HINTS = (
    "{resume-send} Send  {field-next} Next field  {resume-scroll-down} Request  {resume-clear} Start over  "
    "{dialog-help} Help  {dialog-close} Leave, draft kept"
)
_PREVIEW_AFTER = 0.15


class CommandDialog(Dialog[JsonObject]):
    """Answers with the command, None when it was left. What was typed is kept until it is sent."""

    CSS_PATH = "resume_dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*DIALOG_KEYS, *BETWEEN))
    heading = "Command: resume, update, goto"

    def __init__(self, target: CommandTarget, body_of: Callable[[JsonObject], Json]) -> None:
        """`body_of` returns the request that a command leads to, or raises StudioError."""
        super().__init__(classes="-command")
        self._target = target
        self._body_of = body_of
        self._labels = {_label(number, item): item.key for number, item in enumerate(target.questions, 1)}
        self.kept = DialogDraft(
            self, "the command", "command", self._dump, self._tell_unsafe, after=_PREVIEW_AFTER, then=self._show
        )
        # Held here, so that they can be read when the screen is being taken down.
        self._which = ChoiceField(tuple(self._labels), "", unset="which question?", title="question")
        written = '{"key": value}: written to the state before the nodes run'
        self._areas: dict[str, Area] = {
            "resume": TextField(placeholder="an answer: text or JSON; empty sends none", id="command-resume"),
            "update": JsonArea(placeholder=written, id="command-update"),
            "goto": TextField(placeholder=_goto_words(target), id="command-goto"),
        }

        self._names = {name: PlainStatic(name, classes="command-label") for name in self._areas}
        self._notes = NoteRows(rows=3, id="command-note")
        self._request = JsonText(PREVIEW_LINES, id="command-preview")

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="command-body", can_focus=False):
            for name, area in self._areas.items():
                yield self._names[name]
                yield area
                if name == "resume" and len(self._labels) > 1:
                    yield self._which
            yield PlainStatic("request", classes="command-label")
            yield self._request
        yield self._notes
        yield self.hint(HINTS)

    def on_mount(self) -> None:
        """Take up what was left the last time."""
        self.kept.untouched = self._dump()
        place = self.services.kept("command", self.services.app_state.thread_id or "")
        kept = object_in(self.kept.load(place))
        for name in kept.keys() & self._areas:
            self._areas[name].put(as_str(kept[name]))
        self.kept.begin()
        self._show()
        self._areas["resume"].focus()

    def action_send(self) -> None:
        """Answer with the command, or say what is missing."""
        composed = self._composed()
        if composed.command is not None:
            self.dismiss(composed.command)
            return
        self._show()
        if not composed.problems:
            self._notes.say("Fill in at least one of resume, update and goto.", "warn")

    def action_clear(self) -> None:
        """Empty all fields; when asked twice where something stands in them."""
        if not self.kept.twice.agreed():
            self._show()
            return
        for area in self._areas.values():
            area.put("")

    def action_scroll(self, pages: int) -> None:
        """Scroll the dialog: the request may be long."""
        body = self.query_one("#command-body")
        body.scroll_relative(y=pages * max(1, body.size.height - 2), animate=False)

    def _texts(self) -> dict[str, str]:
        return {name: area.text for name, area in self._areas.items()}

    def _dump(self) -> str:
        return json.dumps(self._texts())

    def _composed(self) -> Composed:
        return compose(CommandDraft(**self._texts(), question=self._labels.get(self._which.value, "")), self._target)

    @on(Area.Changed)
    @on(ChoiceField.Changed)
    def _edited(self) -> None:
        self.kept.soon()

    def _show(self) -> None:
        composed = self._composed()
        problems = composed.problems
        for name, label in self._names.items():
            is_wrong = name in problems
            label.set_line((Span(name, "err" if is_wrong else "title"), Span(" !" if is_wrong else "", "err")))
        sign = glyphs(self.services.options.ascii).warning
        asked = [asks_again(self, "resume-clear", self.kept.twice)] if self.kept.twice.stands() else []
        lines = [f"{sign} {text}" for text in (*asked, *composed.warnings)]
        lines = [*(f"! {name}: {problem}" for name, problem in problems.items()), *lines]
        self._notes.say("\n".join(lines), "err" if problems else "warn")
        self._preview(composed.command)

    def _preview(self, command: JsonObject | None) -> None:
        if command is None:
            self._request.show_words("nothing to send yet", "muted")
            return
        try:
            self._request.show(print_json(self._body_of(command)))
        except StudioError as error:
            self._request.show_words(f"! {clean(str(error), 300)}", "err")

    @property
    def said(self) -> str:
        """What is said of the command, all of it (safe text): the help page has it whole."""
        return self._notes.whole

    def _tell_unsafe(self) -> None:
        self.services.tell(UNSAFE, "warning")


def _goto_words(target: CommandTarget) -> str:
    nodes = [name for name in target.nodes if name not in (START, END)]
    names = ", ".join(clean(name, 60) for name in nodes)
    return f"nodes, separated by commas: {names}" if names else "nodes, separated by commas"


def _label(number: int, interrupt: Interrupt) -> str:
    return cut(clean(f"{number} {interrupt.node or 'graph'}: {preview_of(interrupt, 48)}", 48), 36)
