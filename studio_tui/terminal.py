"""What a terminal must be told to be usable again after a program died in it."""

from __future__ import annotations

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
