"""Help (`?`): the keys of where the user is first, then every command by group. Generated from the commands."""

from __future__ import annotations

from collections.abc import Iterator

from studio_tui.present.kit.document import TextRows
from studio_tui.text.spans import Line, Span
from studio_tui.ui.app.catalog import LIST_KEYS
from studio_tui.ui.commands.key_names import shown_key
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.detail import DocumentView
from studio_tui.ui.screens.over import OverScreen

_KEYS_CELLS = 24
_COMPOSER_KEYS = (
    ("enter", "send (chat); in the form, ctrl+s"),
    ("@path", "send a file along; tab completes it, @@ is a plain @"),
    ("ctrl+n", "messages of any role, with files and tool results"),
    ("ctrl+t", "chat line, form or JSON"),
    ("ctrl+e", "write it in $EDITOR"),
    ("ctrl+o", "options of the run: stream modes, context, limits"),
    ("ctrl+↑ ctrl+↓", "inputs sent before"),
    ("ctrl+f", "search them"),
    ("esc", "back to the panels"),
)


class HelpScreen(OverScreen):
    """Every key and command, with the reason where one cannot be used now."""

    heading = "Help"
    hints = "esc back · / search"

    def __init__(self, area: str, bar: tuple[str, ...]) -> None:
        super().__init__()
        self._area, self._bar = area, bar

    def view(self) -> LineView:
        """Return the page."""
        return DocumentView(TextRows(help_lines(self.services.context(), self._area, self._bar)), id="help")


def help_lines(ctx: CommandContext, area: str, bar: tuple[str, ...]) -> Iterator[Line]:
    """Yield the help page for `area`, with the commands of its key bar first."""
    registry = ctx.services.commands
    yield (Span(f"In {area}", "title"),)
    if area == "composer":
        for keys, what in _COMPOSER_KEYS:
            yield _row(keys, what)
    else:
        for command_id in bar:
            yield _command(ctx, registry[command_id])
        for keys, what in LIST_KEYS:
            yield _row(keys, what)
    for group, commands in registry.groups().items():
        yield ()
        yield (Span(group, "title"),)
        for command in commands:
            yield _command(ctx, command)
    yield ()
    yield (Span("Every command also runs from the prompt (:) by its name, and from the palette (ctrl+p).", "muted"),)


def _command(ctx: CommandContext, command: Command) -> Line:
    keys = " ".join(shown_key(key) for key in ctx.services.commands.keys_of(command.id))
    spelled = f":{command.id} {command.argument}".strip()
    problem = command.problem(ctx) if command.scope in ("app", "studio") else None
    line = _row(keys or spelled, command.help, "muted" if problem else "text")
    if problem:
        return (*line, Span(f"  (not now: {problem})", "warn"))
    return (*line, Span(f"  {spelled}", "muted")) if keys and command.argument else line


def _row(keys: str, what: str, role: str = "text") -> Line:
    return (Span(f"  {keys:<{_KEYS_CELLS}} ", "key bold"), Span(what, role))
