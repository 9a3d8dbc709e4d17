"""Reading theme files: where they lie, what they may say, what is wrong with them. Knows colours, no widgets."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field
from textual.color import Color, ColorParseError
from textual.theme import Theme

from studio_tui.text.sanitize import clean

PALETTE = (
    "primary",
    "secondary",
    "accent",
    "success",
    "warning",
    "error",
    "foreground",
    "background",
    "surface",
    "panel",
)

_FEW = {"colours-256": 256, "colours-16": 16}
"""Tables of a theme → how many colours the terminals have that they are for."""

ATTRIBUTES = frozenset({"bold", "dim", "italic", "reverse", "underline", "strike"})

ROLES: Mapping[str, str] = {
    "text": "$foreground",
    "muted": "$muted",
    "accent": "$accent",
    "key": "$primary",
    "value": "$foreground",
    "string": "$success",
    "number": "$accent",
    "null": "$muted italic",
    "ok": "$success",
    "warn": "$warning",
    "err": "$error",
    "info": "$primary",
    "node-idle": "$foreground",
    "node-running": "$warning bold",
    "node-done": "$success",
    "node-error": "$error bold",
    "node-paused": "$accent bold",
    "node-queued": "$muted",
    "node-breakpoint": "$error",
    "node-selected": "$primary bold",
    "edge": "$muted",
    "edge-active": "$warning bold",
    "edge-dim": "$muted/75",
    "heat-1": "$foreground on $warning/10",
    "heat-2": "$foreground on $warning/20",
    "heat-3": "$foreground on $warning/30 bold",
    "heat-4": "$background on $warning bold",
    "cluster": "$secondary",
    "msg-human": "$primary bold",
    "msg-ai": "$success bold",
    "msg-tool": "$accent bold",
    "msg-system": "$muted bold",
    "diff-add": "$success",
    "diff-del": "$error",
    "diff-change": "$warning",
    "gap": "$warning bold",
    "title": "$foreground bold",
    "border": "$muted/75",
    "cursor": "$foreground on $primary/35",
    "cursor-blurred": "on $panel",
    "mark": "$accent bold",
    "badge": "$background on $primary bold",
}
"""The vocabulary of roles and what each is when a theme does not say."""

CURSORS = frozenset({"cursor", "cursor-blurred"})
"""Roles of the row under the cursor, where the focus is and elsewhere: the colours that they name win over those of the
words in it, whose attributes stay."""


class ThemeFile(Struct, frozen=True):
    """One theme as read: a Textual theme plus the roles it sets itself."""

    theme: Theme
    roles: Mapping[str, str] = field(default_factory=dict)
    few: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """For terminals of 256 and of 16 colours: `#rrggbb` → the number of the colour in its place."""


class ThemeError(Exception):
    """A theme file cannot be used; the text says which key and why (safe text)."""


def bundled_folder() -> Path:
    """Return the folder of the themes that ship with the program: inside the wheel, or beside the source tree."""
    package = Path(__file__).resolve().parents[3]
    packaged = package / "_themes"
    return packaged if packaged.is_dir() else package.parent / "themes"


def load_folders(folders: Iterable[Path]) -> tuple[list[ThemeFile], list[str]]:
    """Read every `*.toml` of the folders (later ones win by name); return themes and what was wrong, in words."""
    found: dict[str, ThemeFile] = {}
    problems: list[str] = []
    for folder in folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                loaded = load_theme(path)
            except ThemeError as error:
                problems.append(str(error))
            else:
                found[loaded.theme.name] = loaded
    return list(found.values()), problems


def load_theme(path: Path) -> ThemeFile:
    """Read one theme file; raises ThemeError with the file, the key and the reason."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return _theme_of(document, path.stem)
    except (OSError, ValueError, RecursionError, ThemeError) as error:
        raise ThemeError(f"{clean(path.name)}: {clean(str(error))}") from error


def _theme_of(document: Mapping[str, object], stem: str) -> ThemeFile:
    _known(document, {"name", "dark", "ansi", "palette", "roles", "variables", *_FEW}, "")
    palette = _strings(document, "palette")
    roles = _strings(document, "roles")
    variables = _strings(document, "variables")
    _known(palette, set(PALETTE), "palette.")
    _known(roles, set(ROLES), "roles.")
    if "primary" not in palette:
        raise ThemeError("palette.primary is missing")
    for key, value in palette.items():
        _colour(value, f"palette.{key}")
    for key, value in roles.items():
        check_role(value, f"roles.{key}")
    theme = Theme(
        name=str(document.get("name", stem)),
        primary=palette["primary"],
        dark=bool(document.get("dark", True)),
        ansi=bool(document.get("ansi", False)),
        variables=variables,
    )
    for key, value in palette.items():
        setattr(theme, key, value)
    return ThemeFile(theme, roles, {count: _numbers(document, key, count) for key, count in _FEW.items()})


def _numbers(document: Mapping[str, object], key: str, most: int) -> dict[str, int]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise ThemeError(f"{key} must be a table of numbers")
    for name, number in table.items():
        _colour(name, f"{key}.{name}")
        if not isinstance(number, int) or not 0 <= number < most:
            raise ThemeError(f"{key}.{name} must be a number from 0 to {most - 1}")
    return {name.lower(): number for name, number in table.items()}


def check_role(value: str, where: str) -> None:
    """Raise ThemeError unless `value` reads `[COLOUR] [on COLOUR] [bold|dim|italic|reverse|underline|strike]…`."""
    for word in value.split():
        if word == "on" or word in ATTRIBUTES:
            continue
        colour, _, share = word.partition("/")
        if share and not (share.isdigit() and int(share) <= 100):
            raise ThemeError(f"{where}: {share!r} is no percentage")
        if colour.startswith("$"):
            if colour[1:] not in (*PALETTE, "muted"):
                raise ThemeError(f"{where}: no palette colour is called {colour!r}")
        else:
            _colour(colour, where)


def _colour(value: str, where: str) -> None:
    try:
        Color.parse(value)
    except ColorParseError as error:
        raise ThemeError(f"{where}: {value!r} is no colour") from error


def _known(table: Mapping[str, object], names: set[str], prefix: str) -> None:
    unknown = sorted(set(table) - names)
    if unknown:
        raise ThemeError(f"unknown key {prefix}{unknown[0]}")


def _strings(document: Mapping[str, object], key: str) -> dict[str, str]:
    table = document.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ThemeError(f"{key} must be a table of strings")
    return dict(table)
