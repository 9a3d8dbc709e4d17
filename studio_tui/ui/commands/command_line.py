"""The one-line prompt at the bottom: `:` for commands with completion and history, `/` for searching a panel."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.commands.completion import Meant, choices, complete, meant, parse, refusal, taken
from studio_tui.ui.commands.finding import is_called
from studio_tui.ui.commands.prompt_choices import PromptChoices
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.contracts.panel import Searchable
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.commands import PROMPT
from studio_tui.ui.kit.key_line import key_rows, read_hints
from studio_tui.ui.kit.lists.row_filter import no_match_words
from studio_tui.ui.kit.terminal.safe import PlainStatic, plain_notify
from studio_tui.ui.kit.text_inputs import SteadyInput

HISTORY = 200
HINTS = 70
"""Per cent of the width that keys take at most."""


class CommandLine(Horizontal):
    """Appears for one line of input: runs a command, or searches a panel while the user types."""

    DEFAULT_CSS = """
    CommandLine {
        height: 1; width: 1fr; padding: 0 1; display: none; background: $panel;
        & > #line-mark { width: auto; min-width: 1; color: $primary; }
        & > Input {
            border: none; height: 1; padding: 0; width: 1fr; background: $panel;
            &:focus { border: none; background: $panel; }
        }
        & > #line-hints { width: auto; max-width: 70%; color: $role-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(PROMPT)

    def __init__(self, *, instead: Widget | None = None, id: str | None = None) -> None:
        """`instead` is hidden while the line is there."""
        super().__init__(id=id)
        self._instead = instead
        self._mode = ":"
        self._panel: Widget | None = None
        self._history: dict[str, list[str]] = {":": [], "/": []}
        self._at = 0
        self._nothing = False
        self._kept = ""
        """The search that was there before this one; escape brings it back."""
        self._choices = PromptChoices(id="line-choices")
        self._recalled = False
        """What stands there is an older line: the arrow keys go on through those."""

    def _furnish(self) -> None:
        """Mount what it is made of, when it is opened for the first time."""
        if not self.children:
            field = SteadyInput(id="line-input", select_on_focus=False)
            self.mount(self._choices, PlainStatic(":", id="line-mark"), field, PlainStatic("", id="line-hints"))

    def open(self, mode: str, panel: Widget) -> None:
        self._furnish()
        self._mode, self._panel = mode, panel
        self._nothing = self._recalled = False
        self._at = len(self._history[mode])
        self.query_one("#line-mark", PlainStatic).set_text(mode)
        field = self.query_one(Input)
        self._appear(True)
        self._kept = panel.filter_text if mode == "/" and isinstance(panel, Searchable) else ""
        field.value = self._kept
        field.cursor_position = len(field.value)
        field.action_select_all()  # typing replaces an older search, the arrow keys go on with it
        # At once, not by message: the next key may be in the queue already and belongs to this line.
        self.screen.set_focus(field)
        self._hint()

    def on_resize(self) -> None:
        """Tell the keys for the width, which is not known when it appears for the first time."""
        if self.display and self.children:
            self._hint()

    def tell_match(self, found: bool) -> None:
        """Say whether the search that is being typed finds anything; whoever searches knows."""
        if found == self._nothing:
            self._nothing = not found
            self._hint()

    def action_close(self) -> None:
        if self._mode == "/":
            self._search(self._kept)
        self._close()

    def action_complete(self) -> None:
        if self._mode != ":":
            return
        field = self.query_one(Input)
        ctx, chosen = services_of(self).context(), self._choices.chosen
        self._write(complete(ctx, field.value)[0] if chosen is None else taken(ctx, field.value, chosen.word))

    def _write(self, text: str) -> None:
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)

    def action_recall(self, step: int) -> None:
        """Go through the choices; where nothing is typed, or an older line stands there, through older lines."""
        if self._mode == ":" and self.query_one(Input).value and not self._recalled and self._choices.offers:
            self._choices.move(step)
            return
        self._recalled = True
        lines = self._history[self._mode]
        self._at = min(len(lines), max(0, self._at + step))
        self._write(lines[self._at] if self._at < len(lines) else "")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        lines = self._history[self._mode]
        self._recalled = self._recalled and event.value == (lines[self._at] if self._at < len(lines) else "")
        self._hint()
        if self._mode == "/" and self.display:
            self._search(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text, chosen = event.value, self._choices.chosen
        if chosen is not None:
            text = taken(services_of(self).context(), text, chosen.word)
            if chosen.argument and not chosen.argument.startswith("["):
                self._write(text)  # what it takes is still to be typed
                return
        lines = self._history[self._mode]
        if text.strip() and (not lines or lines[-1] != text):
            lines.append(text)
            del lines[:-HISTORY]
        if self._mode == "/" and text and self._nothing:
            plain_notify(self.app, no_match_words(text), "warning")
        self._close()
        if self._mode == ":" and text.strip():
            self._run(text)

    def _search(self, text: str) -> None:
        panel: object = self._panel
        if isinstance(panel, Searchable):
            panel.set_filter(text)
            self.tell_match(not panel.no_match)

    def _run(self, text: str) -> None:
        services = services_of(self)
        ctx = services.context()
        command, argument = parse(ctx, text)
        if command is None:
            if complete(ctx, text.strip())[1] or is_called(services.commands, text, services.here()):
                services.perform("palette", text.strip())  # what it could be
                return
            keys = services.commands.hint("Press {help} for all of them.")
            services.tell(f"No command is called {clean(text.split()[0], 40)}. {keys}", "warning")
        elif refused := refusal(command, argument):
            services.tell(refused, "warning")
        else:
            found = meant(ctx, command, argument)
            if found.open and command.problem(services.context(argument)) is None:
                services.work.start(self._choose(command, found), command.title, opens=True)
            else:
                services.perform(command.id, found.argument)

    async def _choose(self, command: Command, what: Meant) -> None:
        """Have one of several values chosen, and run the command with it."""
        from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

        services = services_of(self)
        ctx = services.context()
        called, offered = command.called(ctx), []
        for value in command.complete(ctx):
            name = clean(called.get(value, ""), 120)
            offered.append(PickerChoice(value, name or value, value if name else ""))
        picked = await services.ask(PickerDialog(command.title, offered, typed=what.word))
        if picked is not None:
            services.perform(command.id, what.with_value(picked))

    def _close(self) -> None:
        self._appear(False)
        self.screen.set_focus(self._panel)

    def _appear(self, is_there: bool) -> None:
        self.display = is_there
        if self._instead is not None:
            self._instead.display = not is_there

    def _hint(self) -> None:
        hints = self.query_one("#line-hints", PlainStatic)
        if self._mode == "/":
            self._choices.show(())
            leave = "As before" if self._kept else "Clear"
            template = f"enter Keep  {{line-close}} {leave}  !text Hides  ~text Regex"
            told = read_hints(services_of(self).commands, template)
            nothing = (Span("nothing matches  ", "warn"),) if self._nothing else ()
            room = max(1, self.size.width * HINTS // 100)
            hints.set_line((*nothing, *key_rows(told[:2] if self._nothing else told, room)[0]))
            return
        field = self.query_one(Input)
        template = "{line-complete} Complete  {line-older} {line-newer} Choose  {line-close} Close"
        hints.set_line(key_rows(read_hints(services_of(self).commands, template), self.size.width)[0])
        self._choices.show(choices(services_of(self).context(), field.value))
