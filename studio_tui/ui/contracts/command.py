"""What a command is. Keys, key bar, help, palette, `:` prompt, `[keys]` and the README all derive from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.binding import Binding, BindingType
from textual.widget import Widget

from studio_tui.ui.contracts.key_names import shown_key

if TYPE_CHECKING:
    from studio_tui.core.state.app_state import AppState
    from studio_tui.core.studio import Studio
    from studio_tui.domain.run import RunState
    from studio_tui.domain.server import CapabilityName
    from studio_tui.ui.contracts.services import Services
    from studio_tui.ui.contracts.studio_view import StudioView

Scope = str
"""Where its keys work: "app" (every screen), "studio" (the Studio screen), or the name of a screen or widget."""
GENERAL: tuple[Scope, ...] = ("app", "studio")
"""The scopes of what can be done whatever has the focus."""

READONLY = "this session is read-only"


class CommandContext(Struct, frozen=True):
    """One moment of the program, and the argument typed at the `:` prompt."""

    services: Services
    argument: str = ""

    @property
    def studio(self) -> Studio:
        return self.services.studio

    @property
    def app_state(self) -> AppState:
        return self.services.studio.app_state

    @property
    def screen(self) -> StudioView:
        """The Studio screen, even while another one stands over it."""
        return self.services.studio_screen

    @property
    def panel(self) -> Widget:
        """The panel that has the focus, or had it last."""
        return self.screen.panel(self.screen.active)

    @property
    def run(self) -> RunState | None:
        """The newest run of the open thread."""
        return self.app_state.run


Run = Callable[[CommandContext], Awaitable[None] | None]
"""Acts; returns an awaitable when it takes time. The context carries the `:` prompt's argument."""


class act(Struct, frozen=True):
    """What a command of a screen or widget does: the Textual action of the one that has the command's scope."""

    action: str
    """As in a binding: `mark`, or `move(1)`."""


def _always(_ctx: CommandContext) -> str | None:
    return None


def _nothing(_ctx: CommandContext) -> list[str]:
    return []


def _no_names(_ctx: CommandContext) -> Mapping[str, str]:
    return {}


class Command(Struct, frozen=True):
    """One thing that a user can do. `id` is stable: config files and tests name it."""

    id: str
    title: str
    """Two or three words for palette and help."""
    help: str
    """One sentence; for keys in it see `Registry.hint`."""
    run: Run | act
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
    needs: CapabilityName | None = None
    """What the server must offer."""
    available: Callable[[CommandContext], str | None] = _always
    """Why it cannot be done now, or None."""
    words: tuple[str, ...] = ()
    """Further names at the `:` prompt."""
    argument: str = ""
    """What the prompt takes after the name, as shown in help: `ID`."""
    complete: Callable[[CommandContext], list[str]] = _nothing
    """Every value that the argument could have now."""
    called: Callable[[CommandContext], Mapping[str, str]] = _no_names
    """What people call these values, where they are ids (raw text)."""
    whole: tuple[str, ...] = ()
    """Values that only the whole word means: they take something away."""
    everywhere: bool = False
    """Its keys work in text fields as well."""
    over: bool = False
    """Of the Studio, but for any page: it opens something over that, or only tells something. Others leave the page."""
    in_place: str | None = None
    """Of the Studio, about the panel in use or its cursor: over a page it is what this action does there, or nothing
    (also where it is empty). None: it is about neither. What was typed behind its name says itself what it is about."""
    needs_row: bool = False
    """It does something with the row under the cursor of its list."""
    hidden: bool = False
    """It is only a key: palette and prompt do not offer it."""

    def problem(self, ctx: CommandContext, *, is_here: bool = False) -> str | None:
        """Return why the command cannot run now, or None when it can; `is_here`: its keys work where the user is."""
        if self.mutates and ctx.app_state.readonly:
            return READONLY
        if not is_here and isinstance(self.run, act) and self.id not in ctx.services.here():
            return self._whereabouts(ctx)
        server = ctx.app_state.server
        if self.needs is not None and server is not None and not (found := server.can(self.needs)).works:
            missing = found.reason.rstrip(".")
            return missing[:1].lower() + missing[1:]
        return self.available(ctx)

    def on_page(self, ctx: CommandContext) -> tuple[Command, str | None]:
        """Return what is done where a page stands over the Studio, and why it is not; itself anywhere else."""
        services = ctx.services
        top = next(screen for screen in reversed(services.app.screen_stack) if screen.id != "palette")
        studio: object = services.studio_screen
        if self.in_place is None or ctx.argument or top is studio:
            return self, None
        here = services.here() if self.in_place else frozenset()
        there = (item for item in services.commands if item.id in here and item.run == act(self.in_place or ""))
        found = next(there, None)
        return (found, None) if found is not None else (self, "only in the studio, this page has its own keys (?)")

    def _whereabouts(self, ctx: CommandContext) -> str:
        """Say where its keys work, where a command leads there: a view is called as its scope is."""
        view = self.scope.removesuffix("-list")
        commands = ctx.services.commands
        if view not in commands:
            return "not where you are"
        key = commands.keys_of(view)
        return f"go to {commands[view].title} first ({shown_key(key[0]) if key else f':{view}'})"

    def offered(self, here: frozenset[str]) -> bool:
        """Whether palette and prompt name it, where the keys of the commands `here` work."""
        return not self.hidden and (not isinstance(self.run, act) or self.id in here)

    @property
    def needs_whole_name(self) -> bool:
        """Whether the beginning of its name is not enough at the prompt: it writes, and need not ask before."""
        return self.mutates and not self.opens

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id, *self.words)


def bindings(commands: Iterable[Command], actions: Mapping[str, str] | None = None) -> list[BindingType]:
    """Return the key bindings of commands; each has the command's id, so that the user's `[keys]` can move it.

    `actions`: by id, what the keys do in this widget instead of what the command does by its name.
    """
    actions = actions or {}
    return [
        Binding(
            ",".join(command.keys),
            actions.get(command.id) or _action(command),
            command.title,
            show=False,
            id=command.id,
            priority=command.everywhere,
        )
        for command in commands
        if command.keys
    ]


def _action(command: Command) -> str:
    """An action of a widget's own is bound as it is, unless something has to be asked before."""
    asks = command.mutates or command.needs is not None or command.available is not _always
    if isinstance(command.run, act) and not asks:
        return command.run.action
    return f"app.command('{command.id}')"
