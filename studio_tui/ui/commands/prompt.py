"""The `:` prompt: from a typed line to a command with its argument, and completing what is half typed."""

from __future__ import annotations

from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import Command, CommandContext


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
