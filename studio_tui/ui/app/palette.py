"""The palette (ctrl+p): every command by name, those that cannot run now with their reason."""

from __future__ import annotations

from collections.abc import Callable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from studio_tui.ui.contracts.command import Command
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of

_HIDDEN = {"palette", "command", "approve", "reject", "resume", "resume-edit"}


class CommandProvider(Provider):
    """Feeds the palette from the registry."""

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(command.title, self._runner(command), self._label(command), self._help(command))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            label = self._label(command)
            score = matcher.match(label)
            if score > 0:
                yield Hit(score, matcher.highlight(label), self._runner(command), label, self._help(command))

    def _commands(self) -> list[Command]:
        services = services_of(self.screen)
        here = services.here()
        return [command for command in services.commands if command.id not in _HIDDEN and command.offered(here)]

    def _runner(self, command: Command) -> Callable[[], object]:
        return lambda: self.app.call_later(services_of(self.screen).perform, command.id)

    def _label(self, command: Command) -> str:
        # Titles are ours and hold no brackets: the palette parses them as markup.
        keys = services_of(self.screen).commands.keys_of(command.id)
        return f"{command.title}  ({shown_key(keys[0])})" if keys and shown_key(keys[0]) not in "[]" else command.title

    def _help(self, command: Command) -> str:
        problem = command.problem(services_of(self.screen).context())
        return f"Not now: {problem}" if problem else services_of(self.screen).commands.hint(command.help)
