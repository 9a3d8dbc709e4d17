"""Numbers and host names as the command line takes them. Imports argparse only."""

from __future__ import annotations

import argparse
import re

LARGEST = 2**31 - 1
"""What every server takes; theirs answer larger ones with an internal error."""
_DIGITS = re.compile(r"[-+]?[0-9]{1,20}")
_HOST = re.compile(r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def positive(text: str) -> int:
    """Return a whole number from 1 on. Raises ArgumentTypeError, which argparse turns into words."""
    return _whole(text, 1)


def not_negative(text: str) -> int:
    """Return a whole number from 0 on. Raises as `positive` does."""
    return _whole(text, 0)


def port(text: str) -> int:
    """Return the number of a port. Raises as `positive` does."""
    value = _whole(text, 1)
    if value > 65535:
        raise argparse.ArgumentTypeError("must be 1 to 65535")
    return value


def _whole(text: str, least: int) -> int:
    if not _DIGITS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"must be a whole number, {least} or more")
    value = int(text)
    if not least <= value <= LARGEST:
        raise argparse.ArgumentTypeError(f"must be {least} or more" if value < least else "is too large")
    return value


def host_name(text: str) -> str:
    """Return a host name as browsers send it: lower case, other letters as `xn--…`. Raises as `positive` does.

    Anything else would never be what a request names, and nobody would learn why it is refused.
    """
    try:
        name = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    if not _HOST.fullmatch(name):
        raise argparse.ArgumentTypeError("must be a host name alone, such as my.tunnel.example")
    return name
