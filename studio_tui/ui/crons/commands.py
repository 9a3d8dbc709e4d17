"""Crons: their view."""

from __future__ import annotations

from studio_tui.ui.commands.conditions import connected
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.screens.commands import ViewCommands


def _view(ctx: CommandContext) -> None:
    from studio_tui.ui.crons.crons_screen import CronsScreen

    ctx.services.go(CronsScreen())


_row = ViewCommands("crons", "Crons")
VIEW = (
    _row("new", "New", "Make a cron, for a thread or with a new thread each time.", "A", short="New", mutates=True,
         needs="crons"),
    _row("edit", "Edit", "Change schedule, time zone and input of the cron.", "e", short="Edit", mutates=True,
         needs="crons", needs_row=True),
    _row("pause", "Pause", "Pause the cron, or let it fire again.", "p", short="Pause/resume", mutates=True,
         needs_row=True),
    _row("delete", "Delete", "Delete the marked crons, or this one.", "D", short="Delete", mutates=True,
         needs_row=True),
    _row("sort", "Sort", "Sort by the next column; a click on its name does it, too.", "o", short="Sort"),
    _row("reverse", "Reverse", "Reverse the order.", "O"),
    _row("copy", "Copy", "Copy the cron's id.", "y", short="Copy id", needs_row=True),
    _row("refresh", "Read again", "Read the list again.", "ctrl+r", short="Refresh"),
    _row("close", "Back", "Go back.", "J"),
)  # fmt: skip
_on_row = ViewCommands("crons", "Crons", "crons-list", needs_row=True)
TABLE = (
    _on_row("details", "Details", "Show the cron in full, with its next five times.", "enter", does="row('open')",
            short="Details"),
    _on_row("mark", "Mark", "Mark the cron for an action on many.", "space", does="row('toggle')", short="Mark"),
)  # fmt: skip

_in_dialog = ViewCommands("cron", "New cron", "cron-form", hidden=True, everywhere=True)
DIALOG_KEYS = (
    _in_dialog("create", "Create", "Make the cron, or save what was changed.", "ctrl+s"),
    _in_dialog("start-over", "Start over", "Start over.", "ctrl+r"),
)


def commands() -> list[Command]:
    return [
        Command(
            "crons", "Crons", "Runs on a schedule: list, make, pause, delete.", _view, ("J",), "Management",
            needs="crons", available=connected, over=True,
        ),
        *VIEW, *TABLE, *DIALOG_KEYS,
    ]  # fmt: skip
