"""What the `:` prompt makes of a line: how it could go on, and what a word behind a command's name means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.prompt_choices import PromptChoice
from studio_tui.ui.contracts.command import Command, CommandContext

CHOICES = 60
"""Completions that are offered at once."""
_CALLED = 60
"""Cells of what people call a value."""


class Meant(Struct, frozen=True):
    """What was typed behind a command's name, as far as it is known what is meant."""

    argument: str
    """With every word completed that means one value only."""
    open: tuple[str, ...] = ()
    """The values that `word` could mean; one of them is to be chosen. Empty: nothing is to be asked."""
    word: str = ""
    """What was typed of it."""

    def with_value(self, value: str) -> str:
        """Return the argument with the value that was chosen."""
        return f"{value}{self.argument[len(self.word) :]}"


def parse(ctx: CommandContext, line: str) -> tuple[Command | None, str]:
    """Return the command that `line` names, or None, and its argument."""
    name, _, argument = line.strip().partition(" ")
    return ctx.services.commands.named(name, ctx.services.here()) if name else None, argument.strip()


def refusal(command: Command, argument: str) -> str:
    """Return why `command` is not carried out with what was typed behind it (safe text): it takes nothing."""
    if not argument or command.argument:
        return ""
    return f":{command.id} takes nothing behind it. Nothing was done with {clean(argument, 40)}."


def meant(ctx: CommandContext, command: Command, argument: str) -> Meant:
    """Return what `argument` means: what is begun, or is the beginning of a word, of one value only is that value.

    Of values that take something away only the whole word counts. What fits none stays as it
    is: the command says what it knows.
    """
    if not argument:
        return Meant(argument)
    # An address is meant by itself only: the beginning of one is another server.
    words = argument.split()
    values = [value for value in command.complete(ctx) if "://" not in value]
    values = [value for value in values if value not in command.whole or value in words]
    if not values or "://" in argument:
        return Meant(argument)
    called = command.called(ctx)
    if _takes_one(command):
        found = fitting(argument, values, called)
        return Meant(found[0]) if len(found) == 1 else Meant(argument, tuple(found), argument)
    first, *others = words
    found = fitting(first, values, called)
    sure = [_sole(word, values) for word in others]
    if len(found) == 1:
        return Meant(" ".join((found[0], *sure)))
    return Meant(" ".join((first, *sure)), tuple(found), first)


def fitting(word: str, values: Sequence[str], called: Mapping[str, str]) -> list[str]:
    """Return the values that `word` means, the best kind only: the value itself, what it is called, its beginning,
    the beginnings of words in it or in what it is called."""
    if word in values:
        return [word]
    typed = word.casefold()
    kinds: tuple[Callable[[str], bool], ...] = (
        lambda value: value.casefold() == typed,
        lambda value: clean(called.get(value, "")).casefold() == typed,
        lambda value: value.casefold().startswith(typed),
        lambda value: _has_words(typed.split(), f"{value} {called.get(value, '')}"),
    )
    for fits in kinds:
        if found := list(dict.fromkeys(filter(fits, values))):
            return found
    return []


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
    head, last = ("", argument) if _takes_one(command) else _split(argument)
    values, typed = command.complete(ctx), last.casefold()
    known = [value for value in values if value.casefold().startswith(typed)]
    known = known or fitting(last, values, command.called(ctx))
    return _extended(f"{name} {head}", last, known), known


def choices(ctx: CommandContext, line: str) -> list[PromptChoice]:
    """Return what the last word of `line` could become, what can be done first; nothing where there is nothing to say
    about it."""
    if not line.strip():
        return []
    found = complete(ctx, line)[1]
    if " " in line.lstrip():
        command = parse(ctx, line)[0]
        names = command.called(ctx) if command is not None and found else {}
        return [PromptChoice(clean(word), help=clean(names.get(word, ""), _CALLED)) for word in found[:CHOICES]]
    commands = (ctx.services.commands[name] for name in found)
    help_of = ctx.services.commands.help_of
    offered = [PromptChoice(item.id, item.argument, help_of(item), item.problem(ctx) or "") for item in commands]
    return sorted(offered, key=lambda choice: bool(choice.problem))[:CHOICES]


def taken(ctx: CommandContext, line: str, word: str) -> str:
    """Return `line` with `word` in place of what it completes; a blank behind a command's name."""
    name, space, argument = line.lstrip().partition(" ")
    if not space:
        return f"{word} "
    command = ctx.services.commands.named(name, ctx.services.here())
    head = _split(argument)[0] if command is None or not _takes_one(command) else ""
    return f"{name} {head}{word}"


def _takes_one(command: Command) -> bool:
    """Whether all that is typed behind the name is one value, which may have blanks in it."""
    return " " not in command.argument and "…" not in command.argument


def _split(argument: str) -> tuple[str, str]:
    head, space, last = argument.rpartition(" ")
    return head + space, last


def _sole(word: str, values: Sequence[str]) -> str:
    """Return the only value that begins so, else the word as it is."""
    found = [value for value in values if value.startswith(word)]
    return found[0] if len(found) == 1 and word not in values else word


def _has_words(words: Sequence[str], text: str) -> bool:
    parts = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    return all(any(part.startswith(word) for part in parts) for word in words)


def _extended(prefix: str, word: str, candidates: Sequence[str], ends: str = "") -> str:
    if not candidates:
        return prefix + word
    if len(candidates) == 1:
        return prefix + candidates[0] + ends
    first, last = min(candidates), max(candidates)
    common = next((first[:size] for size in range(len(first), -1, -1) if last.startswith(first[:size])), "")
    return prefix + (common if common.casefold().startswith(word.casefold()) else word)
