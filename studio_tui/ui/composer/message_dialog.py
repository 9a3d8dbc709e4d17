"""The form in which messages of any role are put together, with files, and the very input that they make."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from studio_tui.config.paths import here
from studio_tui.core.inputs.files import LOOKING, READING, SILENT, Look, look_at, named, read_groups
from studio_tui.core.inputs.message_form import (
    MOST_MESSAGES,
    MessageFor,
    Texts,
    bring_in,
    dump,
    input_json,
    is_blank,
    load,
    message_json,
    new_texts,
    paths_in,
    problems_in,
    spec_for,
)
from studio_tui.crossing import off_the_loop
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.composer.commands import DIALOG_KEYS
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.commands import BETWEEN
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.drafts import UNSAFE, DialogDraft
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.forms.note_rows import NoteRows
from studio_tui.ui.kit.json_text import JsonText
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import Area
from studio_tui.ui.kit.twice import Twice, asks_again

PREVIEW_AFTER = 0.15
"""Seconds between a change and the new preview."""
PREVIEW_LINES = 80
HINTS = (
    "{message-send} Send  {message-add} Another  {message-next} {message-previous} Next, previous  "
    "{message-remove} Remove  {message-scroll-down} Input  {message-clear} Start over  "
    "{dialog-help} Help  {dialog-close} Leave, draft kept"
)


class MessageDialog(Dialog[Json]):
    """Answers with the input of the run, None when it was left. What was typed is kept until `forget`."""

    CSS_PATH = "message_dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*DIALOG_KEYS, *BETWEEN))

    def __init__(
        self,
        label: str,
        about: MessageFor,
        blocked: Callable[[], str],
        note: str = "",
    ) -> None:
        """`blocked` says why nothing can be sent now, empty where it can.

        `note` is a remark about whom the messages are for (display text).
        """
        super().__init__()
        self.heading = (f"Messages to {clean(label, 60)}" if label else "Messages") + note
        self._about = about
        self._blocked = blocked
        self._messages: list[Texts] = [new_texts()]
        self.begun: Texts = {}
        """The chat line as a message: it is brought in. Empty when there is none, no room for it, or it was removed."""
        self._brought: Texts | None = None
        """The message among the others that was begun in the chat line."""
        self._at = 0
        self._notes = NoteRows(id="message-note")
        self._form = SchemaForm(self._notes.tell, id="message-form", rule=self._rule)
        self._looks: list[Look] = []
        self._looked: list[tuple[str, ...]] = []
        """The paths that `_looks` are about, message by message."""
        self._is_looking = False
        self._sending = self._shown = False
        self._said = ""
        self._unseen = False
        """The draft names files that have not been shown yet."""
        self._twice = Twice(self._held)
        self.kept = DialogDraft(
            self, "the messages", "messages", self._unsent, lambda: self._say(UNSAFE, "warn"),
            after=PREVIEW_AFTER, then=self._follow,
        )  # fmt: skip

    def parts(self) -> ComposeResult:
        yield PlainStatic(id="message-list")
        with VerticalScroll(id="message-body", can_focus=False):
            yield self._form
            yield PlainStatic("input", classes="message-label")
            yield JsonText(PREVIEW_LINES, id="message-preview")
        yield self._notes
        yield self.hint(HINTS)

    async def on_mount(self) -> None:
        app_state = self.services.app_state
        place = self.services.kept(f"messages {app_state.assistant_id}", app_state.thread_id or "")
        kept = await off_the_loop(lambda: self.kept.load(place))
        self._messages = load(kept) or self._messages
        at = bring_in(self._messages, dict(self.begun)) if self.begun else None
        if at is None:
            self.begun = {}  # the chat line keeps it
        else:
            self._brought = self._messages[at]
        self._unseen = any(self._paths())
        self._show(at or 0)
        self._shown = True
        self.kept.begin()

    @property
    def focus_pending(self) -> bool:
        """Whether the form is still being built: keys for it wait."""
        return not self._shown

    def _unsent(self) -> str:
        self.read()
        # What stands in the chat line, and nothing else, is kept there.
        return "" if self._messages == [self.begun] else dump(self._messages)

    def read(self) -> None:
        """Take over what the form holds at this moment."""
        if self._shown:
            texts = self._messages[self._at]
            texts.clear()
            texts.update(self._form.texts)

    # -- what is shown --------------------------------------------------------------------------------------------

    def _rule(self, _value: Json) -> dict[str, str]:
        return problems_in(self._form.texts, self._about) if self._form.spec is not None else {}

    def _show(self, at: int, key: str = "/text") -> None:
        """Show one message's form, cursor in the field `key`."""
        self._at = at
        texts = self._messages[at]
        self._form.show(spec_for(texts, self._about.calls), texts)
        self.call_after_refresh(self._form.focus_field, key)
        self.kept.soon()

    @on(SchemaForm.Changed)
    def _edited(self, event: SchemaForm.Changed) -> None:
        event.stop()
        if self._form.texts != self._messages[self._at]:
            self._say("")
        spec = spec_for(self._form.texts, self._about.calls)
        if spec is not self._form.spec:
            was = self._messages[self._at].get("/role")
            self.read()
            self._show(self._at, "/answers" if self._messages[self._at].get("/role") == was else "/role")
            return
        self.kept.soon()

    @on(Area.TooLarge)
    def _too_large(self, event: Area.TooLarge) -> None:
        event.stop()
        self._say("This paste is too large for a field: put it into a file, and name that under files.")

    @on(Area.Replaced)
    def _replaced(self, event: Area.Replaced) -> None:
        event.stop()
        self.read()  # the change that the paste made must not take the words away
        self._say(event.words, "warn")

    def _follow(self) -> None:
        self._draw()
        self._look_soon()

    def _paths(self) -> list[tuple[str, ...]]:
        return [paths_in(texts, self._about) for texts in self._messages]

    def _look_soon(self) -> None:
        paths = self._paths()
        if paths != self._looked and not self._is_looking:
            self._is_looking = True
            beside(self, partial(self._look, paths), "looking for the files", group="looking")

    async def _look(self, paths: list[tuple[str, ...]]) -> None:
        try:
            looks = await off_the_loop(lambda: [look_at(named(group), here()) for group in paths], LOOKING)
        except TimeoutError:
            looks = [Look(problem=SILENT if group else "") for group in paths]
        finally:
            self._is_looking = False
        self._looked, self._looks = paths, looks
        self._unseen = False
        self._draw()
        self._look_soon()

    def _draw(self) -> None:
        if not self.is_attached or not self._shown or not self.query("#message-list"):
            return  # it is being taken away, its parts first
        self.read()
        spans = [Span("")]
        for number, texts in enumerate(self._messages):
            role = texts.get("/type", "") if texts.get("/role") == "other" else texts.get("/role", "")
            style = "accent bold underline" if number == self._at else "muted"
            spans += [Span(f" {number + 1} {clean(role, 20) or '?'} ", style), Span(" ")]
        self.query_one("#message-list", PlainStatic).set_line(spans)
        problem = next((look.problem for look in self._looks if look.problem), "")
        if not self._said:
            self._note(f"! {problem}" if problem else "", "warn")
        self.query_one(JsonText).show(print_json(self._sketched()))

    def _sketched(self) -> JsonObject:
        """The input as it would be sent now, a sentence in the place of each file's data."""
        looks = dict(zip(self._looked, self._looks, strict=True))
        messages = []
        for texts in self._messages:
            found = looks.get(paths_in(texts, self._about), Look())
            messages.append(message_json(texts, [file.sketch() for file in found.files], self._about))
        return input_json(messages, self._about)

    def _say(self, text: str, role: str = "err") -> None:
        self._said = text
        self._note(text, role)

    def _note(self, text: str, role: str) -> None:
        self._notes.say(text, role)

    @property
    def said(self) -> str:
        """What is said of the messages, all of it (safe text): the help page has it whole."""
        return self._notes.whole

    # -- what the user does ---------------------------------------------------------------------------------------

    def action_add(self) -> None:
        self.read()
        if len(self._messages) >= MOST_MESSAGES:
            self._say(f"At most {MOST_MESSAGES} messages at once.")
            return
        self._messages.insert(self._at + 1, new_texts())
        self._show(self._at + 1)

    def action_go(self, delta: int) -> None:
        self.read()
        if len(self._messages) > 1:
            self._show((self._at + delta) % len(self._messages))

    def action_remove(self) -> None:
        """Remove this message; one that holds something when asked twice."""
        self.read()
        if not is_blank(self._messages[self._at]) and not self._twice.agreed("remove"):
            self._say(asks_again(self, "message-remove", self._twice, "this message"), "warn")
            return
        self._say("")
        if self._messages.pop(self._at) is self._brought:
            self.begun = {}
        self._messages = self._messages or [new_texts()]
        self._show(min(self._at, len(self._messages) - 1))

    def action_clear(self) -> None:
        """Begin anew with one empty message; when asked twice where there is something to lose."""
        self.read()
        if not self._twice.agreed():
            self._say(asks_again(self, "message-clear", self._twice), "warn")
            return
        self._messages = [new_texts()]
        self.begun = {}
        self._say("")
        self._show(0)

    def _held(self) -> str:
        typed = dump(self._messages)
        return f"{self._at} {typed}" if typed else ""

    def action_scroll(self, pages: int) -> None:
        body = self.query_one("#message-body")
        body.scroll_relative(y=pages * max(1, body.size.height - 2), animate=False)

    def action_send(self) -> None:
        self.read()
        reason = self._blocked()
        if reason:
            self._say(f"Not sent. {reason}")
            return
        if self._unseen:
            self._say("Not sent yet: what was kept names files. Look at them below, then send once more.", "warn")
            return
        for number, texts in enumerate(self._messages):
            problems = problems_in(texts, self._about)
            if problems:
                self._refuse(number, problems)
                return
        if not self._sending:
            self._sending = True
            self.services.work.start(self._read_and_send(), "reading the files", ahead=READING)

    def _refuse(self, number: int, problems: dict[str, str]) -> None:
        key = next(iter(problems))
        self._show(number, key)
        self.call_after_refresh(self._form.check)
        which = f" in message {number + 1}" if len(self._messages) > 1 else ""
        self._say(f"Not sent: something is missing or wrong{which}.")

    async def _read_and_send(self) -> None:
        paths, before = self._paths(), dump(self._messages)
        seen = self._looks if self._looked == paths else None
        try:
            reads = await off_the_loop(lambda: read_groups([named(group) for group in paths], here(), seen))
        finally:
            self._sending = False
        if not self.is_attached:
            return
        self.read()
        # Messages behind one that is refused were not read: what was shown of them stays.
        self._looks = [*(got.look for got in reads), *(seen or [])[len(reads) :]]
        self._looked = paths[: len(self._looks)]
        refused = next((got for got in reads if got.problem), None)
        if refused is not None:
            self._say(refused.refusal)
            self._draw()
            self._look_soon()
        elif dump(self._messages) != before:
            self._say("Not sent: something was changed while the files were being read.")
        else:
            pairs = zip(self._messages, reads, strict=True)
            self.dismiss(
                input_json([message_json(texts, got.blocks, self._about) for texts, got in pairs], self._about)
            )
