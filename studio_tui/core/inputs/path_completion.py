"""Completing a path that is being typed behind an `@`. Blocks on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from studio_tui.config.paths import expanded
from studio_tui.core.inputs.file_words import spelled
from studio_tui.text.sanitize import clean

MOST_ENTRIES = 5000
"""Names of a folder that are looked at."""
_SHOWN = 12


def completed_word(path: str, folder: Path) -> tuple[str, str] | None:
    """Return the whole file word, with its `@`, that a path becomes, and the rest as `completed`."""
    found = completed(path, folder)
    if found is None:
        return None
    whole, told = found
    return spelled(whole, open_end=bool(told) or whole.endswith("/")), told


def completed(path: str, folder: Path) -> tuple[str, str] | None:
    """Return how a path goes on, as far as all that begin so agree, and what it could go on with (display text).

    None where nothing begins so.
    """
    parent, _, begun = path.rpartition("/")
    parent += "/" if "/" in path else ""
    if path == "~":
        return "~/", ""
    try:
        found = _entries(folder / expanded(parent), begun)
    except (OSError, ValueError):
        return None
    if not found:
        return None
    more = f" · and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    told = " · ".join(clean(name, 40) for name in found[:_SHOWN]) + more if len(found) > 1 else ""
    return parent + _common(found), told


def _entries(folder: Path, begun: str) -> list[str]:
    """The names of a folder that begin so, folders with a slash; hidden ones only where a dot was typed."""
    names: list[str] = []
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= MOST_ENTRIES:
                break
            if entry.name.startswith(begun) and (begun or not entry.name.startswith(".")):
                names.append(entry.name + ("/" if _is_folder(entry) else ""))
    return sorted(names)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle
        return False


def _common(names: list[str]) -> str:
    """Return what all (sorted) names begin with."""
    first, last = names[0], names[-1]
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[: min(len(first), len(last)) if same is None else same]
