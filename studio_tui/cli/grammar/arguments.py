"""What arguments may be (numbers, times, host names), and the arguments that several commands share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

LARGEST = 2**31 - 1
"""What every server takes; theirs answer larger ones with an internal error."""
_DIGITS = r"[-+]?[0-9]{1,20}"
_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_HOST = r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*"


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
    if not re.fullmatch(_DIGITS, text):
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
    if not re.fullmatch(_HOST, name):
        raise argparse.ArgumentTypeError("must be a host name alone, such as my.tunnel.example")
    return name


def seconds(text: str) -> int:
    """Return the seconds of `90m`, `12h`, `30d` or `4w`. Raises as `positive` does."""
    match = re.fullmatch(r"([0-9]{1,6})([mhdw])", text)
    if match is None:
        raise argparse.ArgumentTypeError("must be a number with m, h, d or w behind it, such as 30d")
    return int(match.group(1)) * _UNITS[match.group(2)]


def speed(text: str) -> float:
    """Return how many times as fast: 0 to 1000. Raises as `positive` does."""
    value = float(text)
    if not 0 <= value <= 1000:
        raise argparse.ArgumentTypeError("must be from 0 to 1000")
    return value


def thread(parser: argparse.ArgumentParser, *, nargs: str | None = None, help: str = "thread id") -> None:
    """Add the argument T."""
    parser.add_argument("thread", metavar="T", nargs=nargs, help=help)


def paging(parser: argparse.ArgumentParser, *, limit: int = 50, least: Callable[[str], int] = positive) -> None:
    """Add `--limit` and `--offset`."""
    parser.add_argument("--limit", type=least, default=limit, metavar="N", help=f"how many (default: {limit})")
    parser.add_argument("--offset", type=not_negative, default=0, metavar="N", help="skip the first N")


def deep_link(parser: argparse.ArgumentParser, *, goes_on: str = "go on where you were on this server") -> None:
    """Add the flags that say where the studio opens."""
    parser.add_argument("--assistant", metavar="A", default="", help="open this assistant (id, name or graph id)")
    parser.add_argument("--thread", metavar="T", default="", help="open this thread")
    parser.add_argument("--continue", dest="go_on", action="store_true", help=goes_on)
    parser.add_argument("--at", metavar="CHECKPOINT", default="", help="open the thread at this checkpoint")
