"""The composer's editors, one a mode, of which one is shown."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from studio_tui.core.inputs.run_input import Mode, RunInput
from studio_tui.jsonkit.yaml_text import parse_typed
from studio_tui.text.fmt import size
from studio_tui.text.spans import Line
from studio_tui.ui.composer.chat_line import ChatLine
from studio_tui.ui.composer.commands import EDITOR_KEYS
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.forms.letters import keep
from studio_tui.ui.kit.forms.place import Place, go_back_to, place_in
from studio_tui.ui.kit.terminal.lending import edit
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import Area, JsonArea, TextField, typeable
from studio_tui.ui.kit.twice import Twice, asks_again

CHECK_AFTER = 0.15
"""Seconds between a change of JSON text and its check."""
CHAT_ROWS = 6
"""Rows up to which the chat line grows."""
Say = Callable[[str, str], None]
"""Shows a sentence below the input, in a role; an empty one takes it away."""
_LARGE = "{composer-editor} opens it in your editor · {composer-send} sends it · {composer-drop-large} removes it"


class LargeNote(PlainStatic, can_focus=True):
    """Stands in for a text that is too large to edit in place."""


class InputEditors(Vertical):
    """Shows a `RunInput` and keeps it up to date with what is typed."""

    DEFAULT_CSS = """
    InputEditors, InputEditors #composer-chat, InputEditors LargeNote { height: auto; }
    InputEditors #composer-prompt { width: 2; height: 1; }
    InputEditors LargeNote:focus { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(EDITOR_KEYS)

    class Edited(Message):
        """The user changed the input."""

    def __init__(self, say: Say, drawn: Callable[[], None], note: Callable[[Line], None]) -> None:
        """`drawn` is called when the editors show another state; `note` shows what is to be said of a form's field."""
        super().__init__()
        self.state = RunInput()
        self.state.use_schema(None)
        self._say = say
        self._drawn = drawn
        self._check_timer: Timer | None = None
        self._shown: Mode | None = "chat"
        """The mode whose editor holds what the state does; None while a text is too large to be edited."""
        self._edited_field = ""
        """The field of the form that is in the user's editor."""
        self._twice = Twice(lambda: self.read().text())
        self.times_left = 0
        """How often the user left the composer: what is still being shown must not fetch them back."""
        self._back_at: Place | None = None
        """Where the cursor comes to when the copy that is shown again stands."""
        # Held here, so that they can be read when the screen is being taken down.
        self.line = ChatLine(self._tell_completion, id="composer-line")
        self.form = SchemaForm(note, id="composer-form")
        self.json = JsonArea(id="composer-json")
        self._large = LargeNote(id="composer-large")
        self._chat = Horizontal(id="composer-chat")
        self._by_mode: dict[Mode, Widget] = {"chat": self._chat, "form": self.form, "json": self.json}

    def compose(self) -> ComposeResult:
        with self._chat:
            yield PlainStatic("›", id="composer-prompt")
            yield self.line

    def on_mount(self) -> None:
        # The editors count as mounted only after this event; until then there is nothing to bring in line.
        self.call_later(self._show_first)

    def _show_first(self) -> None:
        self.read()
        self.show()

    @property
    def also_sends(self) -> str:
        """The key that sends a form besides the one that always does, see there; empty in the other modes."""
        return self.form.also_sends if self.state.mode == "form" else ""

    @property
    def typed_into(self) -> TextField | JsonArea | None:
        """The one editor of the mode; None where there are several fields."""
        return None if self._shown is None or self.state.mode == "form" else self._area

    @property
    def _area(self) -> ChatLine | JsonArea:
        return self.line if self.state.mode == "chat" else self.json

    def read(self) -> RunInput:
        """Return the state, with what the shown editor holds now: messages about changes come later than keys."""
        self._take()
        return self.state

    def _take(self) -> bool:
        """Whether the shown editor holds something else than the state, which then has it. Draws nothing."""
        state = self.state
        if self._shown != state.mode:
            return False
        if state.mode == "form":
            if self.form.spec is not state.spec or self.form.texts == state.texts:
                return False
            state.texts = dict(self.form.texts)
        elif self._area.text != state.text():
            state.put(self._area.text)
        else:
            return False
        state.touch(state.mode)
        self.post_message(self.Edited())
        return True

    def show(self, *, anew: bool = False) -> None:
        """Bring the editors in line with the state.

        `anew`: it came from elsewhere; where the focus was in an editor it goes to the one that is shown.
        """
        if not self.is_mounted:
            return
        state, form = self.state, self.form
        had_focus = self.has_focus_within
        if state.mode != "chat":
            self._have(form if state.mode == "form" else self.json)
        fits = True
        if state.mode == "form":
            if anew or form.spec is not state.spec or form.texts != state.texts or form.rest != state.rest:
                form.show(state.spec, state.texts, state.rest)
        elif fits := self._put(anew):
            # Steering characters became visible on the way in; what is shown is what is sent.
            state.put(self._area.text)
        self._shown = state.mode if fits else None
        self._check_json()
        for mode, editor in self._by_mode.items():
            editor.display = self._shown == mode
        self._large.display = not fits
        if not fits:
            self._have(self._large)
            self._large.set_text(
                f"{size(len(state.text().encode('utf-8', 'surrogatepass')))} of text, too large to edit here.\n"
                + with_keys(self, _LARGE)
            )
        if had_focus and (anew or not fits):
            self.call_after_refresh(self._keep_focus, self.times_left)
        self._drawn()

    def _have(self, editor: Widget) -> None:
        """Mount an editor that is wanted for the first time; most sessions need but one."""
        if not editor.is_attached:
            self.mount(editor)

    def _put(self, anew: bool) -> bool:
        """Show the text; JSON that stands there before the user wrote any is a suggestion. False: it is too large."""
        if not anew and self._shown == self.state.mode and self._area.text == self.state.text():
            return True  # the cursor stays where it is
        if self.state.mode == "json" and "json" not in self.state.used:
            return self.json.suggest(self.state.json)
        return self._area.put(self.state.text())

    def fit(self, rows: int) -> None:
        self.line.styles.max_height = min(rows, CHAT_ROWS)
        for editor in (self.form, self.json):
            editor.styles.max_height = rows
        for found in (self.line, self.form, self.json):  # a bar of one row tells nothing, and looks like a cursor
            bar = found.styles.scrollbar_size_vertical
            if bool(bar) is (rows == 1):
                found.styles.scrollbar_size_vertical = 0 if bar else 1

    # -- modes and focus ------------------------------------------------------------------------------------------

    def set_mode(self, mode: Mode) -> None:
        state = self.read()
        said = state.switch(mode)
        state.picked = True
        self.show(anew=True)
        self._say(said, "warn")

    def action_cycle_mode(self) -> None:
        offered = self.state.modes()
        at = offered.index(self.state.mode) if self.state.mode in offered else -1
        self.set_mode(offered[(at + 1) % len(offered)])

    def _keep_focus(self, times_left: int) -> None:
        place, self._back_at = self._back_at, None
        if times_left != self.times_left:
            return
        if place is None or self._shown is None:
            self.focus_editor()
        elif self._shown == "form":
            go_back_to(self.form, place)
        else:
            self.focus_editor()
            self._area.move_cursor(place[1])

    def on_key(self, event: events.Key) -> None:
        """No letter is a command here, whatever kind of field has the focus."""
        keep(event, self)

    def focus_editor(self) -> None:
        editor = self._large if self._shown is None else self._area
        if self._shown == "form":
            self.form.focus_field()
        elif editor.is_attached:
            # At once: Textual's own `focus` comes after the keys that are waiting, and would undo an escape among them.
            self.screen.set_focus(editor)

    # -- text from elsewhere --------------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """Where the cursor is: in which field of a form, at which row and cell."""
        if self._shown == "form":
            return place_in(self.form)
        return "", self._area.cursor_location

    def go_back_to(self, earlier: RunInput, place: Place | None = None) -> None:
        """Show a copy that was made before, the cursor at its `place` of then; nothing happens where the schema has
        become another."""
        self._back_at = place
        now = self.state
        if earlier.schema is now.schema:
            self.state = replace(earlier.snapshot(), awaited=now.awaited, shows_messages=now.shows_messages)
            self.show(anew=True)

    def set_text(self, text: str) -> None:
        """Replace what is being edited, for example with what came back from the user's editor."""
        text = text.removesuffix("\n")
        state = self.read()
        field, self._edited_field = self._edited_field, ""
        said = ""
        if field and state.mode == "form":
            state.texts = {**state.texts, field: text}
            state.touch("form")
        else:
            said = state.set_value(state.mode, text)
        self.show()
        if said:
            self._say(said, "warn")
        self.post_message(self.Edited())

    def action_open_editor(self) -> None:
        state = self.read()
        self._edited_field = self.form.focused_text_key() if state.mode == "form" else ""
        text = state.texts.get(self._edited_field, "") if self._edited_field else state.text()
        is_json = state.mode != "chat" and not self._edited_field
        services_of(self).work.start(self._edit(text, ".json" if is_json else ".md"))

    async def _edit(self, text: str, suffix: str) -> None:
        self.set_text(await edit(self.app, text, suffix))

    def action_drop_large(self) -> None:
        """Remove a text that is too large to edit here, when asked twice."""
        if self._shown is not None:
            return
        if not self._twice.agreed():
            self._say(asks_again(self, "composer-drop-large", self._twice, "this text"), "warn")
            return
        self.set_text("")
        self._say("", "")
        self.focus_editor()

    def start(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Do something in the background. A function: a coroutine that never gets to run warns at the end."""
        beside(self, work, "the composer's work", group="composer")

    # -- changes --------------------------------------------------------------------------------------------------

    @on(TextField.Changed, "#composer-line")
    @on(TextField.Changed, "#composer-json")
    @on(SchemaForm.Changed)
    def _typed(self, event: Message) -> None:
        event.stop()
        self._follow()

    def _follow(self) -> None:
        """Take over what was typed; what was said of the text before is over."""
        if not self._take():
            return
        if self.state.mode != "json":
            self._say("", "")
            return
        if self._check_timer is not None:
            self._check_timer.stop()
        self._check_timer = self.set_timer(CHECK_AFTER, self._check_json)

    def _check_json(self) -> None:
        if self._shown != "json":
            return
        _value, problem = parse_typed(self.state.json)
        if problem is None or not self.state.json.strip():
            self.json.mark(0, 0)
            self._say("", "")
        else:
            self.json.mark(problem.line, problem.column)
            words = str(problem)
            self._say(words[:1].upper() + words[1:], "err")

    @on(Area.TooLarge)
    def _too_large(self, event: Area.TooLarge) -> None:
        event.stop()
        if event.field is not self.typed_into:
            way = with_keys(self, "Use the JSON mode, or {composer-editor} for your editor.")
            self._say(f"This paste is too large for a field. {way}", "err")
            return
        text, replaced = typeable(event.text)
        self.state.put(text)
        self.state.touch(self.state.mode)
        self._say(Area.Replaced(replaced).words if replaced else "", "warn")
        self.post_message(self.Edited())
        self.show()

    @on(Area.Replaced)
    def _replaced(self, event: Area.Replaced) -> None:
        event.stop()
        self._follow()  # the change that the paste made must not take the words away
        self._say(event.words, "warn")

    def _tell_completion(self, text: str) -> None:
        self._follow()
        self._say(text, "muted")
