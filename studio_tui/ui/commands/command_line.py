"""The one-line prompt at the bottom: `:` for commands with completion and history, `/` for searching a panel."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from studio_tui.text.cells import cut
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import Command, CommandContext, bindings
from studio_tui.ui.contracts.panel import Searchable
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.commands import PROMPT
from studio_tui.ui.kit.lists.row_filter import no_match_words
from studio_tui.ui.kit.terminal.safe import PlainStatic, plain_notify
from studio_tui.ui.kit.text_inputs import SteadyInput

HISTORY = 200


class CommandLine(Horizontal):
    """Appears for one line of input: runs a command, or searches a panel while the user types."""

    DEFAULT_CSS = """
    CommandLine {
        height: 1; width: 1fr; display: none; background: $panel;
        & > #line-mark { width: auto; min-width: 1; color: $primary; }
        & > Input {
            border: none; height: 1; padding: 0; width: 1fr; background: $panel;
            &:focus { border: none; background: $panel; }
        }
        & > #line-hints { width: auto; max-width: 50%; color: $role-muted; }
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

    def _furnish(self) -> None:
        """Mount what it is made of, when it is opened for the first time."""
        if not self.children:
            field = SteadyInput(id="line-input", select_on_focus=False)
            self.mount(PlainStatic(":", id="line-mark"), field, PlainStatic("", id="line-hints"))

    def open(self, mode: str, panel: Widget) -> None:
        self._furnish()
        self._mode, self._panel = mode, panel
        self._nothing = False
        self._at = len(self._history[mode])
        self.query_one("#line-mark", PlainStatic).set_text(mode)
        field = self.query_one(Input)
        self._appear(True)
        field.value = panel.filter_text if mode == "/" and isinstance(panel, Searchable) else ""
        field.cursor_position = len(field.value)
        # At once, not by message: the next key may be in the queue already and belongs to this line.
        self.screen.set_focus(field)
        self._hint()

    def tell_match(self, found: bool) -> None:
        """Say whether the search that is being typed finds anything; whoever searches knows."""
        if found == self._nothing:
            self._nothing = not found
            self._hint()

    def action_close(self) -> None:
        self._close()
        if self._mode == "/":
            self._search("")

    def action_complete(self) -> None:
        if self._mode != ":":
            return
        field = self.query_one(Input)
        field.value = complete(services_of(self).context(), field.value)[0]
        field.cursor_position = len(field.value)

    def action_recall(self, step: int) -> None:
        lines = self._history[self._mode]
        self._at = min(len(lines), max(0, self._at + step))
        field = self.query_one(Input)
        field.value = lines[self._at] if self._at < len(lines) else ""
        field.cursor_position = len(field.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._hint()
        if self._mode == "/" and self.display:
            self._search(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value
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
        command, argument = parse(services.context(), text)
        if command is None:
            keys = services.commands.hint("Press {help} for all of them.")
            services.tell(f"No command is called {text.split()[0]}. {keys}", "warning")
        elif refused := refusal(command, argument):
            services.tell(refused, "warning")
        else:
            services.perform(command.id, argument)

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
            words = "nothing matches" if self._nothing else "!text hides · enter keeps"
            hints.set_text(services_of(self).commands.hint(f"{words} · {{line-close}} clears"))
            return
        field = self.query_one(Input)
        candidates = complete(services_of(self).context(), field.value)[1]
        hints.set_text(cut(clean("  ".join(candidates[:8])), max(10, self.size.width // 2)))


def parse(ctx: CommandContext, line: str) -> tuple[Command | None, str]:
    """Return the command that `line` names, or None, and its argument."""
    name, _, argument = line.strip().partition(" ")
    return ctx.services.commands.named(name, ctx.services.here()) if name else None, argument.strip()


def refusal(command: Command, argument: str) -> str:
    """Return why `command` is not carried out with what was typed behind it (safe text): it takes nothing."""
    if not argument or command.argument:
        return ""
    return f":{command.id} takes nothing behind it. Nothing was done with {clean(argument, 40)}."


def complete(ctx: CommandContext, line: str) -> tuple[str, list[str]]:
    """Return `line` completed as far as it is unambiguous, and the candidates for its last word."""
    name, space, argument = line.lstrip().partition(" ")
    if not space:
        here = ctx.services.here()
        commands = [command for command in ctx.services.commands if command.offered(here)]
        names = sorted({command.id for command in commands if any(word.startswith(name) for word in command.names)})
        return _extended("", name, names, ends=" "), names
    command = ctx.services.commands.named(name, ctx.services.here())
    if command is None:
        return line, []
    head, _, last = argument.rpartition(" ")
    known = [value for value in command.complete(ctx) if value.lower().startswith(last.lower())]
    prefix = f"{name} {head} " if head else f"{name} "
    return _extended(prefix, last, known), known


def _extended(prefix: str, word: str, candidates: list[str], ends: str = "") -> str:
    if not candidates:
        return prefix + word
    if len(candidates) == 1:
        return prefix + candidates[0] + ends
    first, last = min(candidates), max(candidates)
    common = next((first[:size] for size in range(len(first), -1, -1) if last.startswith(first[:size])), "")
    return prefix + (common if len(common) > len(word) else word)
