"""Whether a file is the user's alone: what is run as code must not have been written by anybody else.

This is imported before anything else of the start, so it imports next to nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as type checkers know it
if TYPE_CHECKING:
    from collections.abc import Callable


def is_own(file: str | int, kind: Callable[[int], bool]) -> bool:
    """Tell whether a file or folder, or what is open under a number, is of this `kind`, and nobody but this user may
    read or write it."""
    try:
        found = os.stat(file) if isinstance(file, int) else os.lstat(file)
    except OSError:
        return False
    return kind(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
