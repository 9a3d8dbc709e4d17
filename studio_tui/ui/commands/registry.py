"""What a command is, and the registry that answers every question about commands. Knows no screen by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from textual.binding import Binding

if TYPE_CHECKING:
    from studio_tui.ui.commands.context import CommandContext

Scope = Literal["app", "studio", "dialog", "assistants"]
"""Where its keys work: on every screen, on the Studio screen, in a dialog that binds them itself, or in a view."""

READONLY = "read-only: this session may not write to the server"


def _always(_ctx: CommandContext) -> str | None:
    return None


def _nothing(_ctx: CommandContext) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a user can do. `id` is stable: config files and tests name it."""

    id: str
    title: str
    """Two or three words for palette and help."""
    help: str
    """One sentence."""
    run: Callable[[CommandContext], Awaitable[None] | None]
    """Acts; returns an awaitable when it takes time. The context carries the `:` prompt's argument."""
    keys: tuple[str, ...] = ()
    """Textual key names, the first one is shown."""
    group: str = "General"
    scope: Scope = "studio"
    short: str = ""
    """One word for the key bar; empty uses the title."""
    opens: bool = False
    """Opens an editor or dialog, perhaps after a while: keys that follow are meant for that, not commands."""
    mutates: bool = False
    """Writes to the server: refused in read-only sessions."""
    available: Callable[[CommandContext], str | None] = _always
    """Why it cannot be done now, or None."""
    words: tuple[str, ...] = ()
    """Further names at the `:` prompt."""
    argument: str = ""
    """What the prompt takes after the name, as shown in help: `ID`."""
    complete: Callable[[CommandContext], list[str]] = _nothing
    """Every value that the argument could have now."""
    everywhere: bool = False
    """Its keys work in text fields as well."""

    def problem(self, ctx: CommandContext) -> str | None:
        """Return why the command cannot run now, or None when it can."""
        if self.mutates and ctx.app_state.readonly:
            return READONLY
        return self.available(ctx)

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called at the `:` prompt."""
        return (self.id, *self.words)


@dataclass(slots=True)
class Registry:
    """All commands, in the order of help."""

    commands: dict[str, Command] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys in force where the user's config changed them."""

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands.values())

    def __getitem__(self, command_id: str) -> Command:
        return self.commands[command_id]

    def __contains__(self, command_id: object) -> bool:
        return command_id in self.commands

    def add(self, commands: Iterable[Command]) -> None:
        """Add commands; an id that exists already is a fault of the program."""
        for command in commands:
            if command.id in self.commands:
                raise ValueError(f"two commands are called {command.id}")
            self.commands[command.id] = command

    def keys_of(self, command_id: str) -> tuple[str, ...]:
        """Return the keys in force of a command, as Textual names them."""
        return self.keys.get(command_id, self.commands[command_id].keys)

    def bindings(self, scope: Scope) -> list[Binding]:
        """Return the key bindings of a scope; each has the command's id, so that a keymap can move it."""
        return [
            Binding(
                ",".join(command.keys),
                f"app.command('{command.id}')",
                command.title,
                show=False,
                id=command.id,
                priority=command.everywhere,
            )
            for command in self
            if command.scope == scope and command.keys
        ]

    def groups(self) -> dict[str, list[Command]]:
        """Return the commands by group, in order."""
        found: dict[str, list[Command]] = {}
        for command in self:
            found.setdefault(command.group, []).append(command)
        return found

    def named(self, name: str) -> Command | None:
        """Return the command that the `:` prompt means by `name`: exact, else the only one that starts so."""
        for command in self:
            if name in command.names:
                return command
        starting = {command.id: command for command in self if any(word.startswith(name) for word in command.names)}
        return next(iter(starting.values())) if len(starting) == 1 else None
