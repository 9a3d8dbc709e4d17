"""Giving up a layout that nobody waits for any more: asked between its phases, in the thread that makes it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar


class GivenUpError(Exception):
    """Nobody waits for the picture any more."""


UNWANTED: ContextVar[Callable[[], bool] | None] = ContextVar("unwanted", default=None)
"""Tells whether the picture that this thread makes has become useless; None: it never does."""


def give_up_if_unwanted() -> None:
    """Raise GivenUpError where nobody waits for the picture any more."""
    unwanted = UNWANTED.get()
    if unwanted is not None and unwanted():
        raise GivenUpError
