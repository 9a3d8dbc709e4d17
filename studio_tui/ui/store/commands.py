"""The store: its view."""

from __future__ import annotations

from studio_tui.ui.commands.conditions import connected
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.screens.commands import ViewCommands


def _view(ctx: CommandContext) -> None:
    from studio_tui.ui.store.store_screen import StoreScreen

    ctx.services.go(StoreScreen(tuple(part for part in ctx.argument.split(".") if part)))


_row = ViewCommands("store", "Store")
VIEW = (
    _row("other-side", "Other side", "Go from namespaces to items and back.", "tab", "shift+tab", short="Other side"),
    _row("ask", "By meaning", "Ask in words; the server gives the nearest items, where it has an index.", "s",
         short="By meaning"),
    _row("filter", "Filter", "Show only items whose value holds key=value, or a JSON object.", "f", short="Filter"),
    _row("edit", "Edit", "Edit the value in $EDITOR; it is checked before it is written.", "e", short="Edit",
         mutates=True, needs_row=True),
    _row("new", "New", "Make an item: namespace, key, then the value in $EDITOR.", "A", short="New", mutates=True),
    _row("delete", "Delete", "Delete the item.", "D", short="Delete", mutates=True, needs_row=True),
    _row("copy", "Copy", "Copy the item's value as JSON.", "y", short="Copy", needs_row=True),
    _row("refresh", "Read again", "Read the store again.", "ctrl+r"),
    _row("close", "Back", "Go back.", "M"),
)  # fmt: skip
_on_row = ViewCommands("store", "Store", "store-list", needs_row=True)
TABLE = (
    _on_row("open", "Open", "Show the item in full; on a namespace, go to its items.", "enter", does="row('open')",
            short="Open"),
)  # fmt: skip


def commands() -> list[Command]:
    return [
        Command(
            "store", "Store", "The long-term memory: namespaces and items, search, make, edit, delete.", _view, ("M",),
            "Management", argument="NAMESPACE", needs="store", available=connected, over=True,
        ),
        *VIEW, *TABLE,
    ]  # fmt: skip
