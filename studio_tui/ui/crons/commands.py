"""Crons: their view."""

from __future__ import annotations

from functools import partial

from studio_tui.ui.commands.conditions import connected
from studio_tui.ui.contracts.command import Command, CommandContext, act


def _view(ctx: CommandContext) -> None:
    from studio_tui.ui.crons.crons_screen import CronsScreen

    ctx.services.go(CronsScreen())


_in_view = partial(Command, group="Crons", scope="crons")
VIEW = (
    _in_view(
        "crons-new",
        "New",
        "Make a cron, for a thread or with a new thread each time.",
        act("new"),
        ("A",),
        short="new",
        mutates=True,
    ),
    _in_view("crons-delete", "Delete", "Delete the cron.", act("delete"), ("D",), short="delete", mutates=True),
    _in_view("crons-copy", "Copy", "Copy the cron's id.", act("copy"), ("y",), short="copy id"),
    _in_view("crons-refresh", "Read again", "Read the list again.", act("refresh"), ("r", "ctrl+r"), short="refresh"),
    _in_view("crons-close", "Back", "Go back.", act("close"), ("J",)),
)

_in_table = partial(Command, group="Crons", scope="crons-list")
TABLE = (
    _in_table(
        "crons-details",
        "Details",
        "Show the cron in full, with its next five times.",
        act("open_row"),
        ("enter",),
        short="details",
    ),
    _in_table(
        "crons-pause",
        "Pause",
        "Pause the cron, or let it fire again.",
        act("toggle_row"),
        ("space",),
        short="pause/resume",
    ),
)

_in_dialog_keys = partial(Command, group="New cron", scope="cron-form", hidden=True)
DIALOG_KEYS = (
    _in_dialog_keys("cron-create", "Create", "Make the cron.", act("create"), ("ctrl+s",), everywhere=True),
    _in_dialog_keys("cron-start-over", "Start over", "Start over.", act("start_over"), ("ctrl+r",), everywhere=True),
)


def commands() -> list[Command]:
    return [
        Command(
            "crons", "Crons", "Runs on a schedule: list, make, pause, delete.", _view, ("J",), "Management",
            needs="crons", available=connected,
        ),
        *VIEW, *TABLE, *DIALOG_KEYS,
    ]  # fmt: skip
