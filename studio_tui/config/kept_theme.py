"""The theme that was chosen with `T`: a file of one line, which the first picture reads before anything is imported."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False  # as type checkers know it
if TYPE_CHECKING:
    from pathlib import Path

_MOST = 400
"""Bytes of a name that are looked at."""


def read_theme(path: str | Path) -> str:
    """Return the name of the theme that is kept there; empty where there is none that can be read."""
    try:
        # Not blocking: something that is put there instead of the file, such as a pipe, must not hold the program up.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            body = os.read(handle, _MOST) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
        finally:
            os.close(handle)
        return body.decode("utf-8").strip()
    except (OSError, ValueError):
        return ""


def keep_theme(path: Path, name: str) -> None:
    """Keep `name` for the next starts. Raises OSError."""
    from studio_tui.config.private_store import write_private

    write_private(path, name + "\n")
