"""The program itself: palette, help, suspending, colours, leaving."""

from __future__ import annotations

from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.panel import Barred
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.terminal.themes import theme_names


async def _theme(ctx: CommandContext) -> None:
    names = theme_names(ctx.services.app)
    name = ctx.argument
    if not name:
        choices = [PickerChoice(name, name, current=name == ctx.services.app.theme) for name in names]
        name = await ctx.services.ask(PickerDialog("Theme", choices)) or ""
    if name in names:
        ctx.services.app.theme = name
    elif name:
        ctx.services.tell(f"No theme is called {name}. Known: {', '.join(names[:6])}…", "warning")


def _help(ctx: CommandContext) -> None:
    from studio_tui.ui.app.help import HelpScreen
    from studio_tui.ui.screens.over import OverScreen

    screen, services = ctx.services.app.screen, ctx.services
    here = services.here()
    own = [item.id for item in services.commands if item.id in here and item.scope not in ("app", "studio")]
    name = screen.heading if isinstance(screen, OverScreen) else "this screen"
    if isinstance(screen, Barred):
        name = screen.area
        own = [*screen.bar, *(command_id for command_id in own if command_id not in screen.bar)]
    services.go(HelpScreen(name, own))


def commands() -> list[Command]:
    return [
        Command(
            "palette", "Palette", "Find any command.",
            lambda ctx: ctx.services.app.action_command_palette(), (), "General",
        ),
        Command(
            "help", "Help", "The keys of where you are, and all others.",
            _help, ("question_mark", "f1"), "General", scope="app",
        ),
        Command(
            "suspend", "Suspend", "Go back to the shell; `fg` comes back. Undo in a text is ctrl+_.",
            lambda ctx: ctx.services.app.action_suspend_process(), ("ctrl+z",), "General", scope="app", everywhere=True,
        ),
        Command(
            "theme", "Theme", "Choose the colours.", _theme, ("T",), "General", scope="app", argument="NAME",
            complete=lambda ctx: theme_names(ctx.services.app),
        ),
        Command(
            "quit", "Quit", "Leave; asks if a run that you started is under way.",
            lambda ctx: ctx.services.leave(), ("q",), "General", scope="app", words=("q", "exit"),
        ),
    ]  # fmt: skip
