"""The user's own keys: checks them, puts them in force, and reports what clashes instead of dropping it silently."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.key_names import shown_key, typed_key
from studio_tui.ui.contracts.registry import Registry

RESERVED = {
    "ctrl+h": "backspace on most terminals",
    "ctrl+i": "tab on most terminals",
    "ctrl+m": "enter on most terminals",
    "ctrl+j": "enter on some terminals",
    "ctrl+c": "Textual's own",
    "ctrl+q": "always quits",
    "ctrl+p": "always the palette",
}


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
        names = tuple(typed_key(part) for part in _parts(spelled))
        taken = next((name for name in names if name in RESERVED), None)
        if not names or taken:
            why = f"{shown_key(taken)} is {RESERVED[taken]}" if taken else "it is empty"
            problems.append(f"keys: `{command_id}` keeps its key, because {why}.")
            continue
        registry.keys[command_id] = names
        keymap[command_id] = ",".join(names)
    problems.extend(_clashes(registry))
    return keymap, problems


def _parts(spelled: str) -> list[str]:
    # A comma alone is the comma key; otherwise it separates alternatives.
    return [","] if spelled.strip() == "," else [part for part in spelled.split(",") if part.strip()]


def _clashes(registry: Registry) -> list[str]:
    """Two commands of one scope with one key; a screen's own key before one of its list or of all pages is no clash."""
    problems = []
    owner: dict[tuple[str, str], str] = {}
    for command in registry:
        # Keys of the app and of the Studio screen work at the same time, none before the other.
        scope = "studio" if command.scope == "app" else command.scope
        for key in registry.keys_of(command.id):
            if (scope, key) in owner:
                problems.append(f"keys: {shown_key(key)} is both `{owner[scope, key]}` and `{command.id}`.")
            else:
                owner[scope, key] = command.id
    return problems
