"""The only writer of stderr: narration, progress and errors, one line of what, one of why, one of what to do."""

from __future__ import annotations

import contextlib
import sys

from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean, clean_block


def say(text: str) -> None:
    """Tell what is going on."""
    _write(clean(text) + "\n")


def tell(error: StudioError) -> None:
    """Report an error: what, why and what to do."""
    lines = [f"error: {error.title}", error.detail, error.hint]
    _write("".join(f"{clean_block(line)}\n" for line in lines if line))


def _write(text: str) -> None:
    """Narration that cannot be written (a closed or full standard error) changes nothing else."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def confirm(question: str, *, yes: bool) -> bool:
    """Ask before something is destroyed; without a terminal only `--yes` agrees."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        say(f"{question} Refused: there is no terminal to ask on; pass --yes.")
        return False
    sys.stderr.write(clean(question) + " [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
