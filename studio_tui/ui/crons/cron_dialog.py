"""A form for a new cron: checked while it is typed, explained in words with its next times; a refusal keeps it open."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from studio_tui.core.assistants.resolve import meant
from studio_tui.core.crons import CronDraft, explain, problems_of
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.schedule import BadSchedule
from studio_tui.errors import StudioError, UsageError
from studio_tui.jsonkit.typed import object_in
from studio_tui.present.crons import explained
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span, plain
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import told
from studio_tui.ui.crons.commands import DIALOG_KEYS
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.drafts import UNSAFE, DialogDraft
from studio_tui.ui.kit.forms.note_rows import NoteRows
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import SteadyInput
from studio_tui.ui.kit.twice import asks_again

_FIELDS = (
    ("schedule", "Schedule", "minute hour day month weekday: 0 9 * * 1-5"),
    ("timezone", "Time zone", "UTC"),
    ("assistant", "Assistant", "name, id or graph"),
    ("thread", "Thread", "empty: a new thread for each run"),
    ("input", "Input", '{"messages": [{"role": "user", "content": "hi"}]}'),
)


_FIXED = ("assistant", "thread")
"""What a server does not change of a cron."""


class CronDialog(Dialog[bool]):
    """Answers True once the server has taken the cron; till then what is typed survives esc and every end."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(DIALOG_KEYS)
    DEFAULT_CSS = """
    CronDialog .cron-row { height: 1; width: 1fr; }
    CronDialog #dialog { padding: 0 2; }
    CronDialog .cron-label { width: 11; color: $role-muted; }
    CronDialog .cron-label.-wrong { color: $error; }
    CronDialog Input { border: none; height: 1; width: 1fr; padding: 0 1; background: $panel !important; }
    CronDialog Input:focus { border: none; }
    CronDialog #cron-words { height: 7; }
    CronDialog NoteRows { padding: 0; }
    """
    heading = "New cron"

    def __init__(
        self,
        draft: CronDraft,
        assistants: Sequence[Assistant],
        create: Callable[[CronDraft], Awaitable[object]],
        *,
        changes: str = "",
    ) -> None:
        """`changes`: the id of a cron that is there and is to be changed; empty makes a new one."""
        super().__init__()
        self._changes = changes
        self._of = draft.assistant_id
        self.heading, name = ("Edit cron", "the changed cron") if changes else ("New cron", "the new cron")
        self._kept = DialogDraft(self, name, "cron", self._dump, lambda: self._notes.say(UNSAFE, "err"))
        self._assistants = assistants
        self._start = {
            "schedule": draft.schedule,
            "timezone": draft.timezone,
            "assistant": self._name_of(draft.assistant_id),
            "thread": draft.thread,
            "input": draft.input,
        }
        """What the fields held before anything was typed."""
        self._kept.untouched = json.dumps(self._start)
        self._inputs: dict[str, Input] = {}
        self._labels: dict[str, PlainStatic] = {}
        self._notes = NoteRows()
        self._create = create
        self._sending = False
        self._tried = False

    def parts(self) -> ComposeResult:
        kept = object_in(self._kept.load(self.services.kept("cron-form", self._changes)))
        back = {name: text for name in self._start if isinstance(text := kept.get(name), str)}
        for name, label, example in _FIELDS:
            with Horizontal(classes="cron-row"):
                self._labels[name] = PlainStatic(label, classes="cron-label")
                yield self._labels[name]
                self._inputs[name] = SteadyInput(
                    back.get(name, self._start[name]), placeholder=example, id=f"cron-{name}"
                )
                self._inputs[name].disabled = bool(self._changes) and name in _FIXED
                yield self._inputs[name]
            if name == "timezone":
                yield PlainStatic("", id="cron-words")
        yield self._notes
        words, verb = "What you typed before is back." if back else "", "Create"
        if self._changes:
            words, verb = f"{words} A cron keeps its assistant and its thread.".strip(), "Save"
        keys = "enter Next field  {cron-start-over} Start over  {dialog-help} Help  {dialog-close} Leave, draft kept"
        keys = f"{{cron-create}} {verb}  {keys}"
        yield self.hint(keys, words)

    def on_mount(self) -> None:
        self._explain()
        self._kept.begin()

    def action_start_over(self) -> None:
        """Put back into the fields what they held at first; when asked twice where something was typed."""
        if not self._kept.twice.agreed():
            self._notes.say(asks_again(self, "cron-start-over", self._kept.twice), "warn")
            return
        self._notes.say("", "")
        for name, text in self._start.items():
            self._inputs[name].value = text

    def _dump(self) -> str:
        return json.dumps(self._texts())

    def _texts(self) -> dict[str, str]:
        return {name: field.value for name, field in self._inputs.items()}

    def draft(self) -> CronDraft:
        texts = self._texts()
        typed = texts.pop("assistant")
        assistant_id = self._of if self._changes else self._meant(typed)[0]
        return CronDraft(assistant_id=assistant_id, **texts)

    @on(Input.Changed)
    def _changed(self) -> None:
        self._kept.soon()
        if self._tried:
            self._tell_problems()
        else:
            self._explain()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.input.id == f"cron-{_FIELDS[-1][0]}":
            self.action_create()
        else:
            self.focus_next()

    def action_create(self) -> None:
        self._tried = True
        if wrong := self._tell_problems():
            self._inputs[next(name for name, _, _ in _FIELDS if name in wrong)].focus()
        if wrong or self._sending:
            return
        self._sending = True
        self.services.work.start(self._send(), "changing the cron" if self._changes else "creating the cron")

    async def _send(self) -> None:
        try:
            await self._create(self.draft())
        except StudioError as error:
            lines = [error.title, error.detail, told(self, error.hint)]
            self._notes.say("\n".join(line for line in lines if line), "err", whole=True)
        else:
            self._kept.done = True
            self.dismiss(True)
        finally:
            self._sending = False

    def _tell_problems(self) -> dict[str, str]:
        draft = self.draft()
        problems = problems_of(draft)
        if not self._changes and (problem := self._meant(self._texts()["assistant"])[1]):
            problems["assistant"] = problem
        self._explain()
        wrong = []
        for name, label, _ in _FIELDS:
            # What is wrong stands below, whatever is typed: no row moves for it.
            self._labels[name].set_text(f"{label} !" if name in problems else label)
            self._labels[name].set_class(name in problems, "-wrong")
            wrong += [f"! {label}: {problems[name]}"] if name in problems else []
        self._notes.say("\n".join(wrong), "err")
        return problems

    def _explain(self) -> None:
        place = self.query_one("#cron-words", PlainStatic)
        draft = self.draft()
        if not draft.schedule.strip():
            place.set_text("")
            return
        try:
            words, times = explain(draft.schedule, draft.timezone, datetime.now(UTC))
        except BadSchedule as error:
            place.set_line((Span("" if self._tried else str(error), "warn"),))  # once tried, it stands at its field
            return
        place.set_text("\n".join(plain(line) for line in explained(words, times, draft.timezone)))

    @property
    def said(self) -> str:
        """What is said of the form, all of it (safe text): the help page has it whole."""
        return self._notes.whole

    def _meant(self, text: str) -> tuple[str, str]:
        """Return the id of the assistant that is typed, or why there is none."""
        key = text.strip()
        try:
            found = meant(key, self._assistants) if key else None
        except UsageError as error:
            return "", f"{error.title}. {told(self, error.hint)}"
        if found is None:
            return "", f"No assistant or graph is called {clean(key, 60)}" if key else ""
        return found.assistant_id, ""

    def _name_of(self, assistant_id: str) -> str:
        """Return the name of an assistant, where it means this one; else its id."""
        item = next((item for item in self._assistants if item.assistant_id == assistant_id), None)
        if item is None:
            return assistant_id
        name = item.label
        return name if self._meant(name)[0] == assistant_id else assistant_id
