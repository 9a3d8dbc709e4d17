"""The store: its view."""

from __future__ import annotations

from studio_tui.ui.commands.conditions import connected
from studio_tui.ui.contracts.command import Command, CommandContext


def _view(ctx: CommandContext) -> None:
    from studio_tui.ui.store.store_screen import StoreScreen

    ctx.services.go(StoreScreen(tuple(part for part in ctx.argument.split(".") if part)))


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "store", "Store", "The long-term memory: namespaces and items, search, make, edit, delete.", _view, ("M",),
            "Management", argument="NAMESPACE", needs="store", available=connected,
        ),
    ]  # fmt: skip
