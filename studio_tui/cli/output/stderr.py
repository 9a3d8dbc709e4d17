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


def show_prompt(text: str) -> None:
    """Show a question whose answer is typed on the same line. Raises OSError: what was not asked is not answered."""
    sys.stderr.write(clean(text))
    sys.stderr.flush()
