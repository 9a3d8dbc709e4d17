"""Numbers as the command line takes them. Imports argparse only."""

from __future__ import annotations

import argparse


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
