"""Numbers and host names as the command line takes them. Imports argparse only."""

from __future__ import annotations

import argparse
import re

_HOST = re.compile(r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def positive(text: str) -> int:
    """Return a whole number from 1 on. Raises ValueError or ArgumentTypeError, which argparse turns into words."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def not_negative(text: str) -> int:
    """Return a whole number from 0 on. Raises as `positive` does."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def port(text: str) -> int:
    """Return the number of a port. Raises as `positive` does."""
    value = int(text)
    if not 1 <= value <= 65535:
        raise argparse.ArgumentTypeError("must be 1 to 65535")
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
