"""The composer: where a run's input is written, as chat line, form or JSON. Starts the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.css.scalar import Unit
from textual.widget import Widget

from studio_tui.core.inputs.drafts import DraftKey
from studio_tui.core.inputs.run_input import AWAITED, HELD, RunInput
from studio_tui.core.state.app_state import AppState, LinkState, Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.form.run_options import summary
from studio_tui.domain.run_request import RunRequest, Step
from studio_tui.errors import StudioError
from studio_tui.jsonkit.value import Json, JsonObject, as_object, is_list
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width, plain
from studio_tui.ui.composer.attached_files import AttachedFiles
from studio_tui.ui.composer.beginning import placeholder
from studio_tui.ui.composer.blocked import why_blocked
from studio_tui.ui.composer.border import (
    NAMES,
    dropped,
    key_hints,
    noted,
    schema_words,
    subtitle,
    title,
    with_note,
)
from studio_tui.ui.composer.commands import KEYS
from studio_tui.ui.composer.editors import InputEditors
from studio_tui.ui.composer.keeping import ComposerDrafts, ComposerHistory
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.panel import Kept
from studio_tui.ui.contracts.services import services_of, told, with_keys
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.terminal.safe import set_subtitle_line, set_title
from studio_tui.ui.kit.text_inputs import Area, TextField

PATIENCE = 10.0
"""Seconds that a key to send waits for the schemas of a graph, which are read when it is picked; esc ends the wait."""


class Composer(Vertical):
    """Writes one input in three modes, keeps drafts and history, and starts runs."""

    DEFAULT_CSS = """
    Composer { height: auto; border: round $border-blurred; padding: 0 1; }
    Composer:focus-within { border: round $border; }
    Composer #composer-files { display: none; height: auto; max-height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)
    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.CONNECTION, Slice.ASSISTANTS, Slice.SCHEMAS, Slice.THREADS, Slice.STATE, Slice.NEXT_RUN}
    )

    def __init__(self, *, state_dir: Path, id: str | None = None) -> None:
        super().__init__(id=id)
        self.editors = InputEditors(self.say, self._draw_frame, self._take_note)
        self.drafts = ComposerDrafts(self.editors, state_dir / "drafts", self.say)
        self.history = ComposerHistory(self.editors, state_dir / "history", self.say)
        self.files = AttachedFiles(
            self.editors, lambda: self.drafts.kept.target, self.say, self._fit_editors, id="composer-files"
        )
        self.label = ""
        """What the assistant is called (raw text)."""
        self._app_state = AppState()
        self._schemas: Schemas | None = None
        self._takes: tuple[Checkpoint | None, str] = (None, "")
        """The old checkpoint that is on screen, where what is sent branches off, and what it drops of the thread."""
        self._said: Line = ()
        """What was said last of the text, until that is changed."""
        self._of_field: Line = ()
        self._bordered: Line = ()
        """What the bottom border says in the place of keys."""
        self._subtitle: Line = ()
        self._modes_shown = True
        self._doubted = ""
        """The text of which it was said that the graph may not take it: sent once more, it is sent."""
        self._known = asyncio.Event()
        """Set when it becomes known what the graph takes, or that nothing tells."""
        self._awaiting = False
        """A key to send waits for that."""
        self._previous: Widget | None = None

    def compose(self) -> ComposeResult:
        yield self.editors
        yield self.files

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._draw_frame())

    def on_unmount(self) -> None:
        services_of(self).unsaved.close(self.editors)

    # -- what the screen tells the composer ---------------------------------------------------------------------------

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 (cheap enough to do whole)
        self._app_state = app_state
        assistant = app_state.assistant
        if app_state.server is not None and app_state.assistant_id is not None:
            self.set_target(app_state.server.lasting_name, app_state.assistant_id, app_state.thread_id or "")
        head = app_state.head
        self.editors.state.shows_messages = head is not None and is_list(as_object(head.values).get("messages"))
        self.for_schema(app_state.schemas, assistant.label if assistant else "")
        takes = (None, "") if app_state.readonly else (app_state.sends_from, dropped(app_state))
        before, self._takes = self._takes, takes
        same = before[0] is takes[0] and before[1] == takes[1]
        (self.draw_note if same else self._draw_frame)()

    def set_target(self, server: str, assistant_id: str, thread_id: str = "") -> None:
        target = DraftKey(server, assistant_id, thread_id)
        if target != self.drafts.kept.target:
            self.history.aim(target)
            self.drafts.aim(target)

    def for_schema(self, schemas: Schemas | None, label: str = "") -> None:
        """Use the schemas of the assistant that is called so; None when they are not known (yet)."""
        if schemas is self._schemas and label == self.label:
            return
        state = self.state
        self._schemas, self.label = schemas, label
        was_held, doubt = state.is_held, state.doubt
        state.use_schema(schemas)
        if not state.awaited:
            self._known.set()
        if (was_held and not state.is_held) or (doubt and doubt != state.doubt):
            self.say("")
        self.editors.show()

    @property
    def state(self) -> RunInput:
        """The input, up to what is typed at this moment."""
        return self.editors.read()

    @property
    def blocked(self) -> str:
        """Why nothing can be sent as things are now (display text), or empty."""
        return why_blocked(self, self._app_state)

    def previewed(self) -> Json:
        """Return the input as it would be sent now, with a sentence in the place of each file's data."""
        return self.state.outcome(self.files.sketches()).value

    # -- how it looks -------------------------------------------------------------------------------------------------

    def say(self, text: str, role: str = "err") -> None:
        """Show a sentence in the border (an empty one takes it away); what finds no room there, help has whole."""
        self._said = (Span(told(self, text), role),) if text else ()
        self.draw_note()

    def _take_note(self, note: Line) -> None:
        """Show what is to be said of the form's field, behind what was said of the whole."""
        self._of_field = note
        self.draw_note()

    @property
    def whole_note(self) -> str:
        """All that is said, however little of it finds room (safe text)."""
        parts = (self._said, self._field_note(), self._remark())
        return "\n".join(told(self, plain(part)) for part in parts if part)

    def _field_note(self) -> Line:
        return self._of_field if self.editors.state.mode == "form" and not self._app_state.readonly else ()

    def _for_border(self) -> Line:
        return noted(self._said, self._field_note(), self._remark(), self.size.width)

    def draw_note(self) -> None:
        if not self.is_mounted:
            return
        self.files.follow()
        if self._for_border() != self._bordered:
            self._draw_frame()
        else:
            self._fit_editors()  # the screen grants more rows to a composer that has the focus

    def _remark(self) -> Line:
        state = self.editors.state
        held = HELD if state.mode == "chat" and state.is_held else ""
        hint = services_of(self).commands.hint
        # While the server is asked, the top row says so: a row that comes and goes would move all above it.
        blocked = self.blocked if self._app_state.link is not LinkState.CONNECTING else ""
        warning = blocked or held or (schema_words(self._schemas, state, hint) if self.label else "")
        if warning:
            return (Span(warning, "warn"),)
        parts = []
        if state.mode == "chat" and state.base:
            parts.append("also sends " + ", ".join(clean(name, 30) for name in list(state.base)[:6]))
        if options := summary(self._app_state.next_run):
            parts.append(f"options: {clean(options, 200)}")
        return (Span(" · ".join(parts), "muted"),) if parts else ()

    def _fit_editors(self) -> None:
        """Let the editor scroll within the height that the screen grants, so that the lines below stay in sight."""
        self.set_class(self.files.display, "-files")
        most = self.styles.max_height
        granted = int(most.value) if most is not None and most.unit == Unit.CELLS else self.app.size.height // 2
        below = max(1, self.files.outer_size.height) if self.files.display else 0
        self.editors.fit(max(1, granted - 2 - below))

    def _draw_frame(self) -> None:
        if not self.is_mounted:
            return
        mode = self.editors.state.mode
        set_title(self, title(mode, self.label, *self._takes, max(1, self.outer_size.width - 6)))
        hints = key_hints(mode, has_focus=self.has_focus_within)
        keys = [with_keys(self, key) for key in hints]
        cells, self._bordered = self.size.width - 2, self._for_border()
        self._subtitle = subtitle(mode, self.editors.state.modes(), () if self._bordered else keys, cells)
        self._modes_shown = True
        if self._bordered and cells > 2:
            more = with_keys(self, "{~help} more")
            self._subtitle, self._modes_shown = with_note(self._subtitle, self._bordered, cells, more)
        set_subtitle_line(self, self._subtitle)
        waits, first = self._schemas is None and bool(self.label), self.history.is_first
        self.editors.line.show_placeholder(placeholder(self, mode, self._app_state, waits=waits, first=first))
        self.files.follow()
        self._fit_editors()

    def on_resize(self) -> None:
        self._draw_frame()

    def on_descendant_focus(self) -> None:
        self.call_after_refresh(self._draw_frame)

    on_descendant_blur = on_descendant_focus

    def on_click(self, event: events.Click) -> None:
        if event.widget is not self:
            return
        begin = self.outer_size.width - 2 - line_width(self._subtitle)
        for mode in self.editors.state.modes() if self._modes_shown and event.y == self.outer_size.height - 1 else ():
            end = begin + len(NAMES[mode]) + 2
            if begin <= event.x < end:
                self.editors.set_mode(mode)
                break
            begin = end + 1
        self.editors.focus_editor()

    # -- sending ------------------------------------------------------------------------------------------------------

    def submit(self, *, step: Step = "", until: str = "", background: bool = False) -> None:
        """Ask for a run with the input, or say next to it why that cannot be; a step stops it by itself."""
        if self._refused():
            return
        state = self.state
        # What is on screen and set when the key is pressed: reading files takes its time.
        empty = self._app_state.new_turn(None)
        background = background or empty.background

        def request(value: Json) -> RunRequest:
            return replace(empty, input=value, step=step, until=until, background=background)

        if state.doubt == AWAITED and self._awaiting:
            self.say("Sent once, as soon as it is known what this graph takes.", "muted")
        elif state.doubt == AWAITED and state.chat.strip():
            self._awaiting = True
            self._known.clear()  # here: the schemas may come before the wait for them begins
            work = self._submit_when_known(request, state.chat, self.drafts.times_put_away)
            services_of(self).work.start(work, "reading what this graph takes", ahead=PATIENCE)  # the next keys wait
        else:
            self._submit(request)

    action_submit = submit

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
        state = self.state
        if self.drafts.times_put_away != times:
            self.say("Not sent: another thread or assistant was opened first; the text is kept there.")
            return
        if (state.mode, state.chat) != ("chat", text):
            self.say("Not sent: the text was changed before it was known what this graph takes.")
        elif not self._refused():
            self._submit(request)

    def _submit(self, request: Callable[[Json], RunRequest]) -> None:
        state = self.editors.state

        def send_with(blocks: Sequence[JsonObject]) -> None:
            if not self._refused():  # what was allowed when the key was pressed may not be any more
                self._send(request(self.editors.state.outcome(blocks).value))

        if self._in_doubt() or self.files.send(send_with):
            return
        outcome = state.outcome()
        if not outcome.problem:
            self._send(request(outcome.value))
            return
        self.say(outcome.problem)
        if outcome.fields:
            self.editors.form.check()
            self.editors.form.focus_field(next(iter(outcome.fields)))

    def _refused(self) -> bool:
        """Whether nothing can be sent as things are now; says why."""
        if reason := self.blocked:
            self.say(f"Not sent. {reason}")
        return bool(reason)

    def _in_doubt(self) -> bool:
        """Whether the chat line might not fit the graph, and it has not been said yet; says so."""
        state = self.editors.state
        doubt = state.doubt if state.chat.strip() else ""
        asked, self._doubted = self._doubted, state.chat if doubt else ""
        if not doubt or (doubt != AWAITED and asked == state.chat):
            self._doubted = ""
            return False
        self.say(doubt, "warn")
        return True

    def _send(self, request: RunRequest) -> None:
        self.history.take()
        self.drafts.keeper.save_beside()
        # No key waits for the server's answer: what is typed next is the next input.
        services_of(self).work.start(self._run(request), "starting the run", ahead=False)

    async def _run(self, request: RunRequest) -> None:
        try:
            started = await services_of(self).runs.submit(request)
        except StudioError:
            self.history.restore_unsent()
            raise
        if not started:
            self.history.restore_unsent()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def focus_input(self) -> None:
        """Put the cursor into the input, and remember where to go back to."""
        focused = self.screen.focused
        if focused is not None and self not in focused.ancestors_with_self:
            self._previous = focused
        self.editors.focus_editor()

    def action_leave(self) -> None:
        self.editors.times_left += 1
        if isinstance(self.screen, Kept):
            self.screen.focus_keeper.leave()
        previous = self._previous
        if previous is None or not previous.is_attached or not previous.focusable:
            chain = (item for item in self.screen.focus_chain if self not in item.ancestors_with_self)
            in_use = self.screen.focus_keeper.in_use if isinstance(self.screen, Kept) else None
            previous = in_use or next(chain, None)  # the first one may be a list of threads
        self.screen.set_focus(previous)

    def action_search_history(self) -> None:
        self.history.search()

    def action_history(self, direction: int) -> None:
        if direction < 0:
            self.history.older()
        else:
            self.history.newer()

    @on(TextField.Submitted, "#composer-line")
    @on(SchemaForm.Submitted)
    def _entered(self, event: TextField.Submitted | SchemaForm.Submitted) -> None:
        event.stop()
        self.submit()

    @on(Area.Left, "#composer-line")
    def _left_line(self, event: Area.Left) -> None:
        event.stop()
        self.action_history(event.direction)

    @on(InputEditors.Edited)
    def _edited(self, event: InputEditors.Edited) -> None:
        event.stop()
        self.history.sent.stop_walk()  # the next step back begins at the newest again
        self.drafts.keeper.soon()
