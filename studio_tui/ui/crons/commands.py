"""Crons: their view."""

from __future__ import annotations

from studio_tui.ui.commands.conditions import connected
from studio_tui.ui.contracts.command import Command, CommandContext


def _view(ctx: CommandContext) -> None:
    from studio_tui.ui.crons.crons_screen import CronsScreen

    ctx.services.go(CronsScreen())


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "crons", "Crons", "Runs on a schedule: list, make, pause, delete.", _view, ("J",), "Management",
            needs="crons", available=connected,
        ),
    ]  # fmt: skip
