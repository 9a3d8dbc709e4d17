"""Completing a path that is being typed behind an `@`. Blocks on the disk."""

from __future__ import annotations

import os
from itertools import islice
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
    return parent + os.path.commonprefix(found), told  # noqa: RUF071 - of characters, not of folders


def _entries(folder: Path, begun: str) -> list[str]:
    """The names of a folder that begin so, folders with a slash; hidden ones only where a dot was typed."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name + ("/" if _is_folder(entry) else "")
            for entry in islice(entries, MOST_ENTRIES)
            if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle
        return False
