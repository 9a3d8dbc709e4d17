"""A task's error as people read it: what happened, apart from where in the code."""

from __future__ import annotations

import re

from msgspec import Struct

from studio_tui.wire.decode_error import parse_error

_PYTHON = "Traceback (most recent call last)"
_FRAME = re.compile(r"^\s+at .+$", re.MULTILINE)
"""A line of JavaScript's traces."""


class ErrorText(Struct, frozen=True):
    """Raw text."""

    said: str
    trace: str = ""
    """Empty where the server did not tell it."""


def error_text(text: str) -> ErrorText:
    """Take the trace out of an error, and say a repr as `Class: message`."""
    said, trace = text.strip(), ""
    at = said.find(_PYTHON)
    if at >= 0:
        said, trace = said[:at].rstrip(), said[at:].rstrip()
        said = said or trace.rpartition("\n")[2].strip()
    elif (frame := _FRAME.search(said)) is not None and frame.start():
        said, trace = said[: frame.start()].rstrip(), said[frame.start() :].strip("\n")
    error = parse_error(said)
    told = error.message if error.message.startswith(f"{error.kind}: ") else f"{error.kind}: {error.message}"
    return ErrorText(said if error.message == said or not error.message else told, trace)
