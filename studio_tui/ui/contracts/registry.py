"""The registry that answers every question about commands. Knows no screen by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from textual.binding import BindingType

from studio_tui.text.hint import Hint
from studio_tui.ui.contracts.command import Command, Scope, bindings
from studio_tui.ui.contracts.key_names import shown_key

_KEY_OF = re.compile(r"\{(~?)([a-z-]+)\}")


class Registry(Struct):
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

    def hint(self, template: str) -> str:
        """Return a line of hints with the keys in force: `{refresh} again` as `^r again`.

        `{~help}` names the key that also works where letters are text.
        """
        return _KEY_OF.sub(lambda found: self._shown(found[2], found[1]), template)

    def help_of(self, command: Command) -> str:
        """Return what a command does as the screen says it: without the marks that the README's table has."""
        return self.hint(command.help).replace("`", "")

    def _shown(self, command_id: str, how: str) -> str:
        keys = self.keys_of(command_id)
        typed = next((key for key in keys if len(shown_key(key)) > 1), keys[0])
        return shown_key(typed if how == "~" else keys[0])

    def told(self, text: str) -> str:
        """Return a text of a lower room as it is shown: a `Hint` with the keys in force, others as they are."""
        return self.hint(text.template) if isinstance(text, Hint) else text

    def bindings(self, scope: Scope) -> list[BindingType]:
        return bindings(command for command in self if command.scope == scope)

    def groups(self) -> dict[str, list[Command]]:
        found: dict[str, list[Command]] = {}
        for command in self:
            found.setdefault(command.group, []).append(command)
        return found

    def named(self, name: str, here: frozenset[str] = frozenset()) -> Command | None:
        """Return the command that the `:` prompt means by `name`: exact, else the only one that starts so.

        `here`: ids of the commands whose keys work where the user is; of others that belong to a screen or widget only
        the whole name counts, as of those that write.
        """
        for command in self:
            if name in command.names:
                return command
        offered = (command for command in self if command.offered(here))
        starting = {command.id: command for command in offered if any(word.startswith(name) for word in command.names)}
        found = next(iter(starting.values())) if len(starting) == 1 else None
        return None if found is not None and found.needs_whole_name else found
