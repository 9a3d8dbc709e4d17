"""The composer: where a run's input is written, as chat line, form or JSON. Asks its screen for the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from studio_tui.core.inputs.run_input import AWAITED
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.form.run_options import summary
from studio_tui.domain.run_request import RunRequest, Step
from studio_tui.jsonkit.value import Json, as_object, is_list
from studio_tui.ui.composer.attaching import ComposerFiles
from studio_tui.ui.composer.commands import KEYS
from studio_tui.ui.composer.composer_frame import schema_words
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.intents import EditorWanted, RunOptionsWanted, RunSubmitted
from studio_tui.ui.contracts.panel import Shrinking
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.text_inputs import TextField

PATIENCE = 10.0
"""Seconds that a key to send waits for the schemas of a graph, which are read when it is picked; esc ends the wait."""


class Composer(ComposerFiles):
    """Writes one input in three modes, keeps drafts and history, and asks for runs."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)
    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.CONNECTION, Slice.ASSISTANTS, Slice.SCHEMAS, Slice.THREADS, Slice.STATE, Slice.NEXT_RUN}
    )

    def __init__(self, *, state_dir: Path, id: str | None = None) -> None:
        super().__init__(id=id, state_dir=state_dir)
        self._app_state = AppState()
        self._schemas: Schemas | None = None
        self._editing = ""
        self._dropping = False
        self._doubted = ""
        """The text of which it was said that the graph may not take it: sent once more, it is sent."""
        self._known = asyncio.Event()
        """Set when it becomes known what the graph takes, or that nothing tells."""
        self._awaiting = False
        """A key to send waits for that."""
        self._previous: Widget | None = None
        self._reason: Callable[[], str] = str
        """Why nothing can be sent as things are now; what was drawn last may be older."""

    # What the screen tells the composer.

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 (cheap enough to do whole)
        """Follow the selected assistant, its schemas and the open thread."""
        self._app_state = app_state
        assistant = app_state.assistant
        if app_state.server is not None and app_state.assistant_id is not None:
            self.set_target(app_state.server.lasting_name, app_state.assistant_id, app_state.thread_id or "")
        head = app_state.head
        self.state.shows_messages = head is not None and is_list(as_object(head.values).get("messages"))
        self.for_schema(app_state.schemas, (assistant.name or assistant.graph_id) if assistant else "")
        self._reason = partial(_block_reason, app_state)
        self._show_blocked()
        self.show_options(summary(app_state.next_run))

    def for_schema(self, schemas: Schemas | None, assistant_label: str = "") -> None:
        """Use the schemas of an assistant; None when they are not known (yet)."""
        words = schema_words(schemas, asks=not self.state.shows_messages) if assistant_label else ""
        reading = schemas is None and bool(assistant_label)
        if (words, reading) != (self._schema_words, self._reading):
            self._schema_words, self._reading = words, reading
            self._draw_frame()
        if schemas is self._schemas and assistant_label == self._label:
            return
        self.read()
        self._schemas = schemas
        was_held, doubt = self.state.is_held, self.state.doubt
        changed = self.state.use_schema(schemas)
        if not self.state.awaited:
            self._known.set()
        if (was_held and not self.state.is_held) or (doubt and doubt != self.state.doubt):
            self.say("")
        if changed or assistant_label != self._label:
            self._label = assistant_label
            self._form_stale = self._form_stale or changed
            self.sync()

    def _show_blocked(self) -> None:
        reason = self._reason()
        if reason != self._blocked:
            self._blocked = reason
            self.draw_note()

    @property
    def blocked(self) -> str:
        """Why nothing can be sent now (display text), or empty."""
        return self._blocked

    @property
    def label(self) -> str:
        """What the assistant is called (raw text)."""
        return self._label

    def show_problem(self, text: str) -> None:
        """Show a sentence below the input, such as a server's refusal."""
        self.say(text, "err")

    def text(self) -> str:
        """Return the chat line, or the input as JSON text."""
        self.read()
        return self.state.text()

    def set_text(self, text: str) -> None:
        """Replace what is being edited, for example with what came back from the editor."""
        text = text.removesuffix("\n")
        self.read()
        self._dropping = False
        field, self._editing = self._editing, ""
        said = ""
        if field and self.state.mode == "form":
            self.state.texts = {**self.state.texts, field: text}
            self.state.touch("form")
        else:
            said = self.state.set_value(self.state.mode, text)
        self._form_stale = True
        self.sync()
        if said:
            self.say(said, "warn")
        self.post_message(self.Edited())

    # What the user does.

    def focus_input(self) -> None:
        """Put the cursor into the input, and remember where to go back to."""
        focused = self.screen.focused
        if focused is not None and self not in focused.ancestors_with_self:
            self._previous = focused
        self.focus_editor()

    def cycle_mode(self) -> None:
        """Go to the next mode that this schema offers."""
        offered = self.state.modes()
        at = offered.index(self.state.mode) if self.state.mode in offered else -1
        self.set_mode(offered[(at + 1) % len(offered)])

    def submit(self, *, step: Step = "", until: str = "", background: bool = False) -> None:
        """Ask for a run with the input, or say next to it why that cannot be; a step stops it by itself."""
        if self._refused():
            return
        self.read()
        options = self._app_state.next_run  # those of the key: reading files takes its time
        background = background or options.background

        def request(value: Json) -> RunRequest:
            return replace(options.request(value), step=step, until=until, background=background)

        if self.state.doubt == AWAITED and self.state.chat.strip() and not self._awaiting:
            self._awaiting = True
            self._known.clear()  # here: the schemas may come before the wait for them begins
            work = partial(self._submit_when_known, request, self.state.chat, self._times_put_away)
            self._hold_keys(work, "reading what this graph takes", PATIENCE)
        else:
            self._submit(request)

    async def _submit_when_known(self, request: Callable[[Json], RunRequest], text: str, times: int) -> None:
        """Submit once it is known what the graph takes; where that takes long, say so instead."""
        try:
            await asyncio.wait_for(self._known.wait(), PATIENCE)
        except TimeoutError:
            pass
        finally:
            self._awaiting = False
        if not self.is_attached:
            return
        self.read()
        if self._times_put_away != times:  # its text went with another thread or assistant, where it is kept
            return
        if (self.state.mode, self.state.chat) != ("chat", text):
            self.say("Not sent: the text was changed before it was known what this graph takes.")
        elif not self._refused():
            self._submit(request)

    def _submit(self, request: Callable[[Json], RunRequest]) -> None:
        if self._in_doubt():
            return
        if self.send_with_files(request, self._send_if_allowed):
            return
        outcome = self.state.outcome()
        if outcome.problem:
            self.say(outcome.problem, "err")
            if outcome.fields:
                form = self._form
                form.check()
                form.focus_field(next(iter(outcome.fields)))
            return
        self._send(request(outcome.value))

    def _refused(self) -> bool:
        """Whether nothing can be sent as things are now; says why."""
        self._show_blocked()
        if self._blocked:
            self.say(f"Not sent. {self._blocked}", "err")
        return bool(self._blocked)

    def _in_doubt(self) -> bool:
        """Whether the chat line might not fit the graph, and it has not been said yet; says so."""
        doubt = self.state.doubt if self.state.chat.strip() else ""
        asked, self._doubted = self._doubted, self.state.chat if doubt else ""
        if not doubt or (doubt != AWAITED and asked == self.state.chat):
            self._doubted = ""
            return False
        self.say(doubt, "warn")
        return True

    def _send_if_allowed(self, request: RunRequest) -> None:
        """Send after files were read: what was allowed when the key was pressed may not be any more."""
        if not self._refused():
            self._send(request)

    def _send(self, request: RunRequest) -> None:
        self.post_message(RunSubmitted(request))
        self.keep_sent()

    def open_editor(self) -> None:
        """Ask for the user's editor on the text, or on the field of a form that is being filled in."""
        self.read()
        if self.state.mode == "chat":
            self.post_message(EditorWanted(self.state.chat, ".md"))
            return
        self._editing = self._form.focused_text_key() if self.state.mode == "form" else ""
        if self._editing:
            self.post_message(EditorWanted(self.state.texts.get(self._editing, ""), ".md"))
        else:
            self.post_message(EditorWanted(self.text(), ".json"))

    def action_options(self) -> None:
        """Ask for the dialog with the run options."""
        self.post_message(RunOptionsWanted())

    # The names under which the bindings above find what is public.
    action_submit = submit
    action_cycle_mode = cycle_mode
    action_open_editor = open_editor
    action_search_history = ComposerFiles.search_history
    action_history_previous = ComposerFiles.history_previous
    action_history_next = ComposerFiles.history_next

    def action_leave(self) -> None:
        """Go back to where the focus was before."""
        self._times_left += 1
        if isinstance(self.screen, Shrinking):
            self.screen.composer_left()
        previous = self._previous
        if previous is None or not previous.is_attached or not previous.focusable:
            chain = self.screen.focus_chain
            previous = next((item for item in chain if self not in item.ancestors_with_self), None)
        self.screen.set_focus(previous)

    def action_drop_large(self) -> None:
        """Remove a text that is too large to edit here, when asked twice."""
        if not self.has_class("-large"):
            return
        if not self._dropping:
            self._dropping = True
            self.say("Press backspace once more to remove this text.", "warn")
            return
        self._dropping = False
        self.set_text("")
        self.say("")
        self.focus_editor()

    @on(TextField.Submitted, "#composer-line")
    def _entered(self, event: TextField.Submitted) -> None:
        event.stop()
        self.submit()

    @on(SchemaForm.Submitted)
    def _form_entered(self, event: SchemaForm.Submitted) -> None:
        event.stop()
        self.submit()


def _block_reason(app_state: AppState) -> str:
    if app_state.readonly:
        return "This server is read-only; nothing is sent."
    if app_state.server is None:
        return "Not connected to a server yet."
    if app_state.assistant_id is None:
        return "Pick an assistant first."
    if app_state.thread_problem:
        problem = app_state.thread_problem
        return f"{problem[:1].upper()}{problem[1:]}. Start another thread (A), or pick another assistant (a)."
    runs = app_state.server.can("runs")
    if not runs.works and not app_state.server.can("stateless").works:
        return f"{runs.reason} What is there can be looked at."
    return ""
