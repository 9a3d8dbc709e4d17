"""The full list of commands, and the README's table of keys."""

from __future__ import annotations

from studio_tui.ui.app import commands as program
from studio_tui.ui.assistants import commands as assistants
from studio_tui.ui.composer import commands as composing
from studio_tui.ui.connection import commands as connection
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.registry import Registry
from studio_tui.ui.crons import commands as crons
from studio_tui.ui.debugger import breaking, stepping
from studio_tui.ui.graph import commands as debugging
from studio_tui.ui.interrupts import commands as answering
from studio_tui.ui.kit import commands as kit
from studio_tui.ui.messages import commands as messages
from studio_tui.ui.runs import commands as running
from studio_tui.ui.screens import commands as pages
from studio_tui.ui.store import commands as store
from studio_tui.ui.studio import commands as navigation
from studio_tui.ui.studio import copying as data
from studio_tui.ui.threads import commands as threads
from studio_tui.ui.timetravel import commands as time


def build_registry() -> Registry:
    registry = Registry()
    for module in (
        navigation, program, connection, threads, assistants, store, crons, running, composing, stepping, answering,
        breaking, debugging, time, data, messages, pages, kit,
    ):  # fmt: skip
        registry.add(module.commands())
    return registry


def key_table_markdown() -> str:
    """Return the README's table of keys, generated from the commands."""
    lines = ["| key | does | id |", "|---|---|---|"]
    for group, commands in build_registry().groups().items():
        lines.append(f"| **{group}** | | |")
        for command in commands:
            keys = _code(*(shown_key(key) for key in command.keys))
            spelled = f"`:{command.id} {command.argument}`" if command.argument else f"`:{command.id}`"
            lines.append(f"| {keys or spelled} | {command.help} | `{command.id}` |")
    return "\n".join(lines) + "\n"


def _code(*keys: str) -> str:
    return " ".join(f"`{key}`" for key in keys)
