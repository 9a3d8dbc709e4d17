"""The full list of commands; the user's own keys, checked and put in force; the README's table of keys."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from studio_tui import ui
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import GENERAL, Command
from studio_tui.ui.contracts.key_names import shown_key, typed_key
from studio_tui.ui.contracts.registry import Registry

_ORDER = (
    "studio.commands", "app.commands", "connection.commands", "threads.commands", "assistants.commands",
    "store.commands", "crons.commands", "runs.commands", "composer.commands", "interrupts.commands",
    "debugger.commands", "graph.commands", "timetravel.commands", "studio.copying", "messages.commands",
    "screens.commands", "kit.commands",
)  # fmt: skip
"""In this order help tells them; the commands of any other room of the UI follow by themselves."""
RESERVED = {
    "ctrl+h": "backspace on most terminals",
    "ctrl+i": "tab on most terminals",
    "ctrl+m": "enter on most terminals",
    "ctrl+j": "enter on some terminals",
    "ctrl+c": "Textual's own",
    "ctrl+q": "always quits",
    "ctrl+p": "always the palette",
}


def build_registry() -> Registry:
    registry = Registry()
    for name in _modules():
        registry.add(import_module(f"studio_tui.ui.{name}").commands())
    return registry


@cache
def _modules() -> tuple[str, ...]:
    rooms = (f"{file.parent.name}.commands" for file in sorted(Path(ui.__path__[0]).glob("*/commands.py")))
    return tuple(dict.fromkeys((*_ORDER, *rooms)))


def apply_keys(registry: Registry, keys: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Put `keys` (command id → key, several separated by commas) in force in the registry.

    Returns Textual's keymap and every problem in words; entries with a problem keep their default keys.
    """
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for command_id, spelled in keys.items():
        if command_id not in registry:
            near = get_close_matches(command_id, registry.commands, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            problems.append(f"keys: no command is called `{clean(command_id)}`.{hint}")
            continue
        # A comma alone is the comma key; otherwise it separates alternatives.
        parts = [","] if spelled.strip() == "," else spelled.split(",")
        names = tuple(typed_key(part) for part in parts if part.strip())
        taken = next((name for name in names if name in RESERVED), None)
        if not names or taken:
            why = f"{shown_key(taken, spelled=True)} is {RESERVED[taken]}" if taken else "it is empty"
            problems.append(f"keys: `{command_id}` keeps its key, because {why}.")
            continue
        registry.keys[command_id] = names
        keymap[command_id] = ",".join(names)
    problems.extend(_clashes(registry))
    return keymap, problems


def _clashes(registry: Registry) -> list[str]:
    """Two commands of one scope with one key; a screen's own key before one of its list or of all pages is no clash.

    A key of the app that a screen or widget has as well is one, unless both have it by default: such a screen is left
    by the key that opens it.
    """
    owner: dict[tuple[str, str], Command] = {}
    found: dict[tuple[str, str], list[str]] = {}
    # Keys of the app and of the Studio screen work at the same time, none before the other.
    for command in sorted(registry, key=lambda command: command.scope not in GENERAL):
        scope = "studio" if command.scope == "app" else command.scope
        for key in registry.keys_of(command.id):
            other = owner.setdefault((scope, key), command)
            above = owner.get(("studio", key), command)
            if above.scope == "app" and not (key in above.keys and key in command.keys):
                other = above
            if other is not command:
                found.setdefault((key, other.id), []).append(f"`{command.id}`")
    return [
        f"keys: {shown_key(key, spelled=True)} is both `{first}` and "
        f"{', '.join(more[:3])}{' …' if len(more) > 3 else ''}."
        for (key, first), more in found.items()
    ]


def key_table_markdown() -> str:
    """Return the README's table of keys, generated from the commands."""
    lines = ["| key | does | id |", "|---|---|---|"]
    registry = build_registry()
    for group, commands in registry.groups().items():
        lines.append(f"| **{group}** | | |")
        for command in commands:
            keys = " ".join(f"`{shown_key(key, spelled=True)}`" for key in command.keys)
            spelled = f"`:{command.id} {command.argument}`" if command.argument else f"`:{command.id}`"
            lines.append(f"| {keys or spelled} | {registry.hint(command.help)} | `{command.id}` |")
    return "\n".join(lines) + "\n"
