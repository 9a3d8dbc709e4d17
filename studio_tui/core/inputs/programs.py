"""Which program is which: a name for this process, and whether the process of a name still runs."""

from __future__ import annotations

import os
from pathlib import Path


def this_program() -> str:
    """Return this process's name: its number, and its start where the system tells it (numbers are used again)."""
    return f"{os.getpid()}-{_started(os.getpid())}"


def is_running(program: str) -> bool:
    """Tell whether the process of a name is still there."""
    number, _, started = program.partition("-")
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except PermissionError:
        pass  # Somebody else's process has that number.
    except (OSError, OverflowError):
        return False
    now = _started(int(number))
    return not (started and now) or started == now


def _started(number: int) -> str:
    """The start of a process in ticks since boot; empty where there is no such file."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    after_name = stat.rpartition(")")[2].split()
    return after_name[19] if len(after_name) > 19 else ""
