"""Standard streams that are closed, full, or whose reader left: one sentence, the right code, no trace."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys

TYPE_CHECKING = False  # as type checkers know it; to import `typing` would make `--version` slower
if TYPE_CHECKING:
    from typing import TextIO

_CANNOT_WRITE = 1
"""Exit code when everything went well but the output."""


class _Output(io.TextIOWrapper):
    """Standard output that remembers why it could not be written to; argparse, for one, keeps that to itself."""

    failed: OSError | None = None

    def write(self, text: str, /) -> int:
        """Write, and note a failure."""
        try:
            return super().write(text)
        except OSError as error:
            self.failed = error
            raise

    def flush(self) -> None:
        """Flush, and note a failure."""
        try:
            super().flush()
        except OSError as error:
            self.failed = error
            raise


def mend() -> None:
    """Put something in the place of closed streams, before anything else is opened and takes their numbers.

    What is read from a closed input is at its end; what is written to a closed output fails as on a full disk, and is
    said by `finish`; words for a closed standard error are lost.
    """
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            made = os.open(os.devnull, flags)
            if made != number:
                os.dup2(made, number)
                os.close(made)
    if sys.stdin is None:
        sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="replace", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    if sys.stdout is None:
        raw = os.fdopen(1, "wb", closefd=False)
        sys.stdout = sys.__stdout__ = _Output(raw, "utf-8")  # type: ignore[misc]
    elif sys.stdout is sys.__stdout__ and type(sys.stdout) is io.TextIOWrapper:
        old = sys.stdout
        encoding, errors, lines = old.encoding, old.errors, old.line_buffering
        sys.stdout = sys.__stdout__ = _Output(old.detach(), encoding, errors, line_buffering=lines)  # type: ignore[misc]
    if sys.stderr is None:
        sys.stderr = sys.__stderr__ = os.fdopen(2, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]


def output_problem() -> str:
    """Return why standard output cannot be written to, in a word or two; empty when it can, or its reader left."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    error = sys.stdout.failed if isinstance(sys.stdout, _Output) else None
    if error is None:
        return ""
    _drop(sys.stdout, 1)
    if isinstance(error, BrokenPipeError):
        return ""
    return "it is closed" if error.errno == errno.EBADF else error.strerror or str(error)


def finish(code: int) -> int:
    """Write what is still to be written; return `code`, or another one when that fails."""
    problem = output_problem()
    try:
        if problem:
            sys.stderr.write(f"error: The output could not be written: {problem}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        _drop(sys.stderr, 2)
    return (code or _CANNOT_WRITE) if problem else code


def _drop(stream: TextIO, number: int) -> None:
    """Let what cannot be written vanish, or the interpreter tries again at its end, complains, and ends with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    with contextlib.suppress(OSError, ValueError):
        stream.flush()
