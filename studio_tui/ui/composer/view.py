"""How the composer looks: three editors of which one is shown, the line below them, and the texts in the border."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.css.scalar import Unit
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from studio_tui.core.inputs.run_input import HELD, Mode, RunInput
from studio_tui.jsonkit.yaml_text import parse_typed
from studio_tui.text.fmt import size
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.composer.chat_line import ChatLine
from studio_tui.ui.composer.composer_frame import mode_at, subtitle, title
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title, to_content
from studio_tui.ui.kit.text_inputs import Area, JsonArea, TextField

CHECK_AFTER = 0.15
"""Seconds between a change of JSON text and its check."""


_EDITORS: dict[Mode, str] = {"chat": "#composer-chat", "form": "#composer-form", "json": "#composer-json"}


class LargeNote(PlainStatic, can_focus=True):
    """Stands in for a text that is too large to edit in place."""


class ComposerView(Vertical):
    """Shows a `RunInput` and keeps it up to date with what is typed."""

    DEFAULT_CSS = """
    ComposerView { height: auto; border: round $border-blurred; padding: 0 1; }
    ComposerView:focus-within { border: round $border; }
    ComposerView #composer-chat, ComposerView LargeNote { height: auto; }
    ComposerView #composer-prompt { width: 2; height: 1; }
    ComposerView #composer-note { display: none; height: auto; max-height: 2; }
    ComposerView.-noted #composer-note { display: block; }
    ComposerView LargeNote:focus { text-style: reverse; }
    """

    class Edited(Message):
        """The user changed the input."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.state = RunInput()
        self._label = ""
        self._blocked = ""
        self._option_words = ""
        self._schema_words = ""
        """Why there is no form (safe text), or empty."""
        self._reading = False
        """The schemas of the assistant are being read."""
        self._said: Line = ()
        self._said_of_paste = False
        self._subtitle: Line = ()
        self._check_timer: Timer | None = None
        self._form_stale = True
        self._times_left = 0
        """How often the user left the composer: what is still being shown must not fetch them back."""
        # Held here, so that they can be read when the screen is being taken down.
        self._line = ChatLine(id="composer-line")
        self._form = SchemaForm(id="composer-form")
        self._json = JsonArea(id="composer-json")
        self._synced = False
        """The editors have been brought in line with the state once."""

    def compose(self) -> ComposeResult:
        """Build the three editors and the line for what is wrong."""
        with Horizontal(id="composer-chat"):
            yield PlainStatic("›", id="composer-prompt")
            yield self._line
        yield self._form
        yield self._json
        yield LargeNote(id="composer-large")
        yield PlainStatic(id="composer-note")

    def on_mount(self) -> None:
        self.state.use_schema(None)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._draw_frame())
        # The editors count as mounted only after this event; until then there is nothing to bring in line.
        self.call_later(self.sync)

    def on_resize(self) -> None:
        """Fit the editors and the keys in the border to the size."""
        self._fit_editors()
        self._draw_frame()

    def on_descendant_focus(self) -> None:
        self.call_after_refresh(self._draw_frame)

    def on_descendant_blur(self) -> None:
        """Show how to come back."""
        self.call_after_refresh(self._draw_frame)

    def on_click(self, event: events.Click) -> None:
        """A click on a mode in the border picks it; one elsewhere in the box goes to the input."""
        if event.widget is not self:
            return
        shown = sum(len(span.text) for span in self._subtitle)
        start = self.outer_size.width - 2 - shown
        mode = mode_at(self._subtitle, event.x - start) if event.y == self.outer_size.height - 1 else None
        if mode is not None:
            self.set_mode(mode)
        self.focus_editor()

    @property
    def typed_into(self) -> TextField | JsonArea | None:
        """The one editor of the mode; None where there are several fields."""
        if self.has_class("-large"):
            return None
        return self._line if self.state.mode == "chat" else self._json if self.state.mode == "json" else None

    @property
    def mode(self) -> Mode:
        """Chat, form or JSON."""
        return self.state.mode

    def set_mode(self, mode: Mode) -> None:
        """Go to a mode and carry the value over where it fits."""
        self.read()
        had_focus = self.has_focus_within
        said = self.state.switch(mode)
        self.state.picked = True
        self._form_stale = True
        self.sync()
        self.say(said, "warn")
        if had_focus:
            self.keep_focus()

    def keep_focus(self) -> None:
        """Focus the editor that is being shown, unless the user leaves the composer meanwhile."""
        left = self._times_left

        def focus() -> None:
            if left == self._times_left:
                self.focus_editor()

        self.call_after_refresh(focus)

    def focus_editor(self) -> None:
        """Put the cursor into the editor that is shown."""
        if self.has_class("-large"):
            self._focus(self.query_one(LargeNote))
        elif self.state.mode == "chat":
            self._focus(self._line)
        elif self.state.mode == "json":
            self._focus(self._json)
        else:
            self._form.focus_field()

    def _focus(self, editor: Widget) -> None:
        # At once: Textual's own `focus` comes after the keys that are waiting, and would undo an escape among them.
        if editor.is_attached:
            self.screen.set_focus(editor)

    def _put_json(self) -> bool:
        """Show the JSON; what stands there before the user wrote any is a suggestion."""
        is_own = "json" in self.state.used
        return self._json.put(self.state.json) if is_own else self._json.suggest(self.state.json)

    def sync(self) -> None:
        """Bring every widget in line with the state."""
        if not self.is_mounted:
            return
        mode = self.state.mode
        line, area = self._line, self._json
        self._take_first_words()
        fits = line.put(self.state.chat) if mode == "chat" else self._put_json() if mode == "json" else True
        if mode == "chat" and fits:
            # Steering characters became visible on the way in; what is shown is what is sent.
            self.state.chat = line.text
        elif mode == "json" and fits:
            self.state.json = area.text
            self._check_json()
        elif mode == "form" and self._form_stale:
            self._form.show(self.state.spec, self.state.texts, self.state.rest)
            self._form_stale = False
        self._show_editor(fits)
        self._synced = True
        self._draw_frame()

    def _take_first_words(self) -> None:
        """Keep what was typed before the editors are brought in line for the first time."""
        if not self._synced and self.state.mode == "chat" and self._line.text not in ("", self.state.chat):
            self.state.chat = self._line.text
            self._note_touch("chat")

    def read(self) -> None:
        """Take over what the shown editor holds at this moment: messages about changes come later than keys."""
        if not self._synced or self.has_class("-large"):
            return
        mode = self.state.mode
        if mode == "form":
            form = self._form
            if self._form_stale or form.spec is not self.state.spec or form.texts == self.state.texts:
                return
            self.state.texts = dict(form.texts)
        elif mode == "chat":
            line = self._line
            if line.text == self.state.chat:
                return
            self.state.chat = line.text
        else:
            area = self._json
            if area.text == self.state.json:
                return
            self.state.json = area.text
        self._note_touch(mode)
        self.post_message(self.Edited())

    def say(self, text: str, role: str = "err") -> None:
        """Show a sentence below the input (an empty one takes it away)."""
        self._said = (Span(text, role),) if text else ()
        self.draw_note()

    def draw_note(self) -> None:
        """Draw the line below the input: a problem, else why sending is off, else what else is sent."""
        if not self.is_mounted:
            return
        line = self._said
        if not line and self._blocked:
            line = (Span(self._blocked, "warn"),)
        if not line and self.state.mode == "chat" and self.state.is_held:
            line = (Span(HELD, "warn"),)
        if not line and self._schema_words:
            line = (Span(self._schema_words, "warn"),)
        if not line and (extra := self._extra_words()):
            line = (Span(extra, "muted"),)
        self.set_class(bool(line), "-noted")
        self._fit_editors()
        self.query_one("#composer-note", PlainStatic).set_line(line)

    def show_options(self, words: str) -> None:
        """Remind of run options that are not the default (display text)."""
        if words != self._option_words:
            self._option_words = words
            self.draw_note()

    def _extra_words(self) -> str:
        parts = []
        if self.state.mode == "chat" and self.state.base:
            parts.append("also sends " + ", ".join(clean(name, 30) for name in list(self.state.base)[:6]))
        if self._option_words:
            parts.append(f"options: {clean(self._option_words, 200)}")
        return " · ".join(parts)

    def _show_editor(self, fits: bool) -> None:
        had_focus = self.has_focus_within
        self.set_class(not fits, "-large")
        for name, css in _EDITORS.items():
            self.query_one(css).display = fits and name == self.state.mode
        self.query_one(LargeNote).display = not fits
        if fits:
            return
        text = self.state.chat if self.state.mode == "chat" else self.state.json
        self.query_one(LargeNote).set_text(
            f"{size(len(text.encode('utf-8', 'surrogatepass')))} of text, too large to edit here.\n"
            "ctrl+e opens it in your editor · ctrl+s sends it · backspace removes it"
        )
        if had_focus:
            self.keep_focus()

    def _fit_editors(self) -> None:
        """Let the editor scroll within the height that the screen grants, so that the note below stays in sight."""
        most = self.styles.max_height
        granted = int(most.value) if most is not None and most.unit == Unit.CELLS else self.app.size.height // 2
        below = [(css, self.has_class(shown)) for css, shown in (("note", "-noted"), ("files", "-files"))]
        notes = [max(1, self.query_one(f"#composer-{css}").outer_size.height) for css, shown in below if shown]
        rows = max(1, granted - 2 - sum(notes))
        for css in ("#composer-line", "#composer-form", "#composer-json"):
            self.query_one(css).styles.max_height = rows

    def _draw_frame(self) -> None:
        if not self.is_mounted:
            return
        set_title(self, title(self.state.mode, self._label))
        self._subtitle = subtitle(
            self.state.mode, self.state.modes(), self.size.width - 2, focused=self.has_focus_within
        )
        self.border_subtitle = to_content(self._subtitle, self)
        waits = "; what this graph takes is still being read" if self._reading else ""
        hint = f"Type a message{waits}" if self.state.mode == "chat" else ""
        self._line.show_placeholder(hint)
        self.draw_note()

    def _check_json(self) -> None:
        """Say live what is wrong with the JSON text."""
        self._check_timer = None
        if self.state.mode != "json":
            return
        _value, problem = parse_typed(self.state.json)
        empty = not self.state.json.strip()
        area = self._json
        if problem is None or empty:
            area.mark(0, 0)
            self.say("")
        else:
            area.mark(problem.line, problem.column)
            words = str(problem)
            self.say(words[:1].upper() + words[1:], "err")

    @on(TextField.Changed, "#composer-line")
    def _chat_changed(self, event: TextField.Changed) -> None:
        event.stop()
        if event.text_area.text != self.state.chat:
            self.state.chat = event.text_area.text
            self._touch("chat")

    @on(TextField.Changed, "#composer-json")
    def _json_changed(self, event: TextField.Changed) -> None:
        event.stop()
        if event.text_area.text == self.state.json:
            return
        self.state.json = event.text_area.text
        self._touch("json")
        if self._check_timer is not None:
            self._check_timer.stop()
        self._check_timer = self.set_timer(CHECK_AFTER, self._check_json)

    @on(SchemaForm.Changed)
    def _form_changed(self, event: SchemaForm.Changed) -> None:
        event.stop()
        if self.state.mode == "form" and not self._form_stale:
            self.state.texts = dict(event.form.texts)
            self._touch("form")

    def _note_touch(self, mode: Mode) -> None:
        self.state.touch(mode)
        if mode == "chat" and not self.state.chat and not self.state.base:
            self.state.touched.discard("chat")

    def _touch(self, mode: Mode) -> None:
        self._note_touch(mode)
        if mode != "json" and not self._said_of_paste:
            self.say("")
        self._said_of_paste = False
        self.post_message(self.Edited())

    @on(Area.TooLarge)
    def _too_large(self, event: Area.TooLarge) -> None:
        event.stop()
        if event.area.id not in ("composer-line", "composer-json"):
            self.say("This paste is too large for a field. Use the JSON mode, or ctrl+e for your editor.", "err")
            return
        if self.state.mode == "chat":
            self.state.chat = event.text
        else:
            self.state.json = event.text
        self._touch(self.state.mode)
        self.sync()

    @on(Area.Replaced)
    def _replaced(self, event: Area.Replaced) -> None:
        event.stop()
        self.say(event.words, "warn")
        # The change that the paste makes is still to come; it must not take the words away.
        self._said_of_paste = True
