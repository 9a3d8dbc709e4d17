"""What a terminal must be to be drawn on, and what it must be told to be usable again after a program died in it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import TextIO

from studio_tui.text.sanitize import clean

_ELSEWHERE = "The command line works here: see `studio-tui --help`."
RESET = "".join(
    f"\x1b[{code}"
    for code in (
        "?1049l",  # leave the alternate screen
        "?1000l", "?1002l", "?1003l", "?1006l", "?1015l", "?1016l",  # mouse reports
        "?1004l",  # focus reports
        "?2004l",  # bracketed paste
        "?2026l",  # synchronised output
        "?2048l",  # in-band resize reports
        "<u",  # kitty keyboard protocol
        ">4;0m",  # xterm modified keys
        "?25h",  # cursor
        "?7h",  # line wrap
        "0m",  # colours
    )
)  # fmt: skip
"""Switches off every mode that a full-screen program may have left on."""


def refusal(environ: Mapping[str, str], stdin: TextIO, stdout: TextIO) -> str:
    """Return in one sentence why the UI cannot run in this terminal, or the empty string."""
    if not (stdin.isatty() and stdout.isatty()):
        return f"studio-tui needs a terminal for its input and output. {_ELSEWHERE}"
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return f"studio-tui cannot draw on this terminal (TERM={clean(term) or 'unset'}). {_ELSEWHERE}"
    if _encoding(stdout) != "utf-8":
        return f"studio-tui needs a UTF-8 locale, and this one is {clean(stdout.encoding)}: try LC_ALL=C.UTF-8."
    return ""


def _encoding(stream: TextIO) -> str:
    try:
        return codecs.lookup(stream.encoding or "ascii").name
    except LookupError:
        return "unknown"
