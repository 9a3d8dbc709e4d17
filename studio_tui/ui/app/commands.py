"""The program itself: palette, help, suspending, colours, leaving."""

from __future__ import annotations

from functools import partial

from studio_tui.config.kept_theme import keep_theme
from studio_tui.crossing import off_the_loop
from studio_tui.ui.contracts.command import GENERAL, Command, CommandContext
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.panel import Barred, Saying
from studio_tui.ui.kit.terminal.driver import paint_anew
from studio_tui.ui.kit.terminal.notices import notices_text
from studio_tui.ui.kit.terminal.themes import theme_names


async def _theme(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

    app = ctx.services.app
    names = theme_names(app)
    name = ctx.argument
    if not name:
        before = app.theme
        choices = [PickerChoice(name, name, current=name == before) for name in names]
        name = await ctx.services.ask(PickerDialog("Theme", choices, on_move=partial(setattr, app, "theme"))) or ""
        app.theme = name or before
    if name in names:
        app.theme = name
        await _keep(ctx, name)
    elif name:
        ctx.services.tell(f"No theme is called {name}. Known: {', '.join(names[:6])}…", "warning")


async def _keep(ctx: CommandContext, name: str) -> None:
    """Keep a theme for the next starts, and say what of them will have another."""
    options = ctx.services.options
    try:
        await off_the_loop(partial(keep_theme, options.paths.theme_file, name))
    except OSError as error:
        ctx.services.tell(f"The theme could not be kept: {error.strerror or error}", "warning")
        return
    if options.theme_from:
        ctx.services.tell(f"{name} until you leave: {options.theme_from} sets {options.theme} at the start.")


def _palette(ctx: CommandContext) -> None:
    from studio_tui.ui.app.palette import open_palette

    open_palette(ctx.services, ctx.argument)


_BASES = ("over", "text", "field")
"""Scopes that every page and every text has: help tells them after those of the one that is open."""


def _help(ctx: CommandContext) -> None:
    from studio_tui.ui.app.help import HelpScreen
    from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
    from studio_tui.ui.screens.form_page import FormPage
    from studio_tui.ui.screens.resource import ResourceScreen

    screen, services = ctx.services.app.screen, ctx.services
    commands, bar = services.commands, screen.bar if isinstance(screen, Barred) else ()
    bound = [found.binding.id for found in screen.active_bindings.values()]  # from the focus outwards
    ids = [command_id for command_id in dict.fromkeys(bound) if command_id and command_id in commands]
    own = [command_id for command_id in ids if commands[command_id].scope not in GENERAL]
    named = bar or ([command.id for command in screen.KEYS] if isinstance(screen, ResourceScreen) else ())
    first = [command_id for command_id in named if commands[command_id].scope not in GENERAL]
    keys = {key for command_id in first for key in commands.keys_of(command_id)}
    own = [item for item in own if item not in first and not keys.issuperset(commands.keys_of(item))]
    own.sort(key=lambda command_id: commands[command_id].scope in _BASES)
    general = [command_id for command_id in bar if command_id in ids and commands[command_id].scope in GENERAL]
    name = screen.heading if isinstance(screen, LeavingScreen) else "this screen"
    name = screen.area if isinstance(screen, Barred) else name
    studio: object = services.studio_screen
    if name == "graph":  # what is done to all of it is not in the bottom row
        general += [item for item in ids if commands[item].group == "Graph" and item not in {*first, *own, *general}]
    typed = isinstance(screen, FormPage)  # no letter is a command there
    ids = [item for item in ids if not typed or any(len(shown_key(key)) > 1 for key in commands.keys_of(item))]
    works = None if screen is studio else frozenset(ids)
    said = screen.said if isinstance(screen, Saying) else ""
    services.go(HelpScreen(name, [*first, *own, *general], said, works))


def _notices(ctx: CommandContext) -> None:
    from studio_tui.ui.screens.detail import DetailScreen

    ctx.services.app.clear_notifications()  # they stand in the list, and would stand over it
    ctx.services.go(DetailScreen("Notices", notices_text(ctx.services.app) or "Nothing was told so far."))


def commands() -> list[Command]:
    return [
        Command(
            "palette", "Commands", "Find any command by what you call it.", _palette, (), "General", scope="app",
            argument="WORDS",
        ),
        Command(
            "help", "Help", "The keys of where you are, and all others.",
            _help, ("question_mark", "f1"), "General", scope="app",
        ),
        Command(
            "suspend", "Suspend", "Go back to the shell; `fg` comes back. Undo in a text is ^_.",
            lambda ctx: ctx.services.app.action_suspend_process(), ("ctrl+z",), "General", scope="app", everywhere=True,
        ),
        Command(
            "redraw", "Redraw", "Write the whole screen again, when another program wrote on it.",
            lambda ctx: paint_anew(ctx.services.app), (), "General", scope="app",
        ),
        Command(
            "notices", "Notices", "Show the last notices again, with the time when each came.", _notices, (),
            "General", scope="app",
        ),
        Command(
            "theme", "Theme", "Choose the colours; they are kept for the next start.", _theme, ("T",), "General",
            scope="app", argument="NAME",
            complete=lambda ctx: theme_names(ctx.services.app),
        ),
        Command(
            "quit", "Quit", "Leave; asks if a run that you started is under way, or the demo forgets threads.",
            lambda ctx: ctx.services.leave(), ("q",), "General", scope="app", words=("q", "exit"),
        ),
    ]  # fmt: skip
