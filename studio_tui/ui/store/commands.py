"""The store: its view."""

from __future__ import annotations

from functools import partial

from studio_tui.ui.commands.conditions import connected
from studio_tui.ui.contracts.command import Command, CommandContext, act


def _view(ctx: CommandContext) -> None:
    from studio_tui.ui.store.store_screen import StoreScreen

    ctx.services.go(StoreScreen(tuple(part for part in ctx.argument.split(".") if part)))


_in_view = partial(Command, group="Store", scope="store")
VIEW = (
    _in_view(
        "store-other-side",
        "Other side",
        "Go from namespaces to items and back.",
        act("other_side"),
        ("tab", "shift+tab"),
        short="other side",
    ),
    _in_view(
        "store-edit",
        "Edit",
        "Edit the value in $EDITOR; it is checked before it is written.",
        act("edit"),
        ("e",),
        short="edit",
        mutates=True,
    ),
    _in_view(
        "store-new",
        "New",
        "Make an item: namespace, key, then the value in $EDITOR.",
        act("new"),
        ("A",),
        short="new",
        mutates=True,
    ),
    _in_view("store-delete", "Delete", "Delete the item.", act("delete"), ("D",), short="delete", mutates=True),
    _in_view(
        "store-ask",
        "By meaning",
        "Ask in words; the server gives the nearest items, where it has an index.",
        act("ask"),
        ("s",),
        short="search by meaning",
    ),
    _in_view(
        "store-filter",
        "Filter",
        "Show only items whose value holds key=value, or a JSON object.",
        act("filter"),
        ("f",),
        short="filter",
    ),
    _in_view("store-copy", "Copy", "Copy the item's value as JSON.", act("copy"), ("y",), short="copy"),
    _in_view("store-refresh", "Read again", "Read the store again.", act("refresh"), ("r", "ctrl+r")),
    _in_view("store-close", "Back", "Go back.", act("close"), ("M",)),
)

_in_table = partial(Command, group="Store", scope="store-list")
TABLE = (
    _in_table(
        "store-open",
        "Open",
        "Show the item in full; on a namespace, go to its items.",
        act("open_row"),
        ("enter",),
        short="open",
    ),
)


def commands() -> list[Command]:
    return [
        Command(
            "store", "Store", "The long-term memory: namespaces and items, search, make, edit, delete.", _view, ("M",),
            "Management", argument="NAMESPACE", needs="store", available=connected,
        ),
        *VIEW, *TABLE,
    ]  # fmt: skip
