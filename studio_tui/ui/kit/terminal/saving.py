"""Saving bytes to a file that the user names: private, all or nothing, never over another file unasked."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from studio_tui.config.paths import expanded
from studio_tui.text.fmt import size
from studio_tui.text.sanitize import clean


class Exists(Exception):
    """A file of that name is there already. The text says so in one sentence (safe text)."""


def target_of(typed: str, name: str) -> Path:
    """Return the file that a typed path means; in a folder it gets `name`. Raises ValueError, the reason in words."""
    if not typed.strip():
        raise ValueError("Type the path of a file.")
    if "\0" in typed:
        raise ValueError("A path cannot hold that character.")
    path = expanded(typed.strip())
    if str(path).startswith("~"):
        raise ValueError(f"There is no home folder for {clean(typed.strip().split('/')[0], 60)}.")
    try:
        path = path.resolve()
        path = path / name if path.is_dir() or typed.rstrip().endswith("/") else path
        parent = path.parent
        if not parent.exists():
            raise ValueError(f"The folder {_shown(parent)} does not exist.")
        if not parent.is_dir():
            raise ValueError(f"{_shown(parent)} is no folder.")
        if path.is_dir():
            raise ValueError(f"{_shown(path)} is a folder.")
        if path.exists() and not path.is_file():
            raise ValueError(f"{_shown(path)} is no ordinary file.")
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it leads in a circle"
        raise ValueError(f"{_shown(Path(typed))} cannot be used: {reason}.") from None
    return path


def save(path: Path, data: bytes, *, replace: bool = False) -> None:
    """Write a file of mode 0600. Raises Exists unless `replace`, and ValueError with the reason in words.

    What cannot be written whole is not left behind, and a file that was to be replaced is then as it was.
    """
    place = path.with_name(f".{path.name[:80]}.{os.getpid()}.part") if replace else path
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        if not replace:
            raise Exists(_exists(path)) from None
        raise ValueError(f"{_shown(place)} is in the way.") from None
    except OSError as error:
        raise ValueError(f"{_shown(path)} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            place.replace(path)
    except OSError as error:
        place.unlink(missing_ok=True)
        raise ValueError(f"{_shown(path)} cannot be written: {error.strerror}.") from None


def _exists(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError:
        return f"{_shown(path)} exists already."
    kind = f", {size(found.st_size)}" if stat.S_ISREG(found.st_mode) else ""
    return f"{_shown(path)} exists already{kind}."


def _shown(path: Path) -> str:
    return clean(str(path), 300)
