"""Help (`?`): the keys of where the user is first, then every command by group. Generated from the commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio_tui.present.kit.document import TextRows
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.detail import DocumentView
from studio_tui.ui.screens.over import OverScreen

_KEYS_CELLS = 24
_FILES = ("@path", "send a file along; tab completes it, @@ is a plain @")


class HelpScreen(OverScreen):
    """Every key and command, with the reason where one cannot be used now."""

    heading = "Help"
    hints = "{page-back} back · {page-search} search"

    def __init__(self, area: str, here: Sequence[str]) -> None:
        super().__init__()
        self._area, self._here = area, here

    def view(self) -> LineView:
        return DocumentView(TextRows(help_lines(self.services.context(), self._area, self._here)), id="help")


def help_lines(ctx: CommandContext, area: str, here: Sequence[str]) -> Iterator[Line]:
    """Yield the help page for `area`, with the commands of `here` first."""
    registry = ctx.services.commands
    yield (Span(f"In {area}", "title"),)
    for command_id in here:
        yield _command(ctx, registry[command_id])
    if area == "composer":
        yield _row(*_FILES)
    for group, commands in registry.groups().items():
        yield ()
        yield (Span(group, "title"),)
        for command in commands:
            yield _command(ctx, command)
    yield ()
    prompt = registry.hint("Every command also runs from the prompt ({command}) by its name")
    yield (Span(f"{prompt}, and from the palette (ctrl+p).", "muted"),)


def _command(ctx: CommandContext, command: Command) -> Line:
    keys = " ".join(shown_key(key) for key in ctx.services.commands.keys_of(command.id))
    spelled = f":{command.id} {command.argument}".strip()
    problem = command.problem(ctx) if command.scope in ("app", "studio") else None
    line = _row(keys or spelled, ctx.services.commands.hint(command.help), "muted" if problem else "text")
    if problem:
        return (*line, Span(f"  (not now: {problem})", "warn"))
    return (*line, Span(f"  {spelled}", "muted")) if keys and command.argument else line


def _row(keys: str, what: str, role: str = "text") -> Line:
    return (Span(f"  {keys:<{_KEYS_CELLS}} ", "key bold"), Span(what, role))
