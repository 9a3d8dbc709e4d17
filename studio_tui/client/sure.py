"""Writes whose answer may be lost: sent once, then looked up; what cannot be found out is said, never sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from studio_tui.errors import ConnectError, NotFoundError, StudioError

T = TypeVar("T")

LOOKS = (0.0, 0.4, 1.2)
"""Seconds to wait before each look."""
_MAY_HAVE = "It may have been carried out."
_LOOK_FIRST = "Look whether it happened before you repeat it."


def mark_ambiguous(error: StudioError) -> StudioError:
    """Say of a failed write that it may have reached the server, and return the error."""
    error.ambiguous = True
    if _MAY_HAVE not in error.detail:
        error.detail = f"{error.detail} {_MAY_HAVE}".strip()
    error.hint = _LOOK_FIRST
    return error


async def once(
    send: Callable[[], Awaitable[T]], look: Callable[[], Awaitable[T | None]], trace: Callable[[], str] = str
) -> T:
    """Return what `send` returns, or, when its answer was lost, what `look` finds on the server.

    `look` reads whether the write was carried out and returns its result, or None. When it finds nothing, the error is
    raised with what the looks showed, in words of `trace` where a part was done; it stays `ambiguous`, since a gateway
    may still hold the request.
    """
    try:
        return await send()
    except StudioError as error:
        if not error.ambiguous:
            raise
        lost = error
    shown = ""
    for pause in LOOKS:
        await asyncio.sleep(pause)
        try:
            found = await look()
        except StudioError as problem:
            shown = f"That could not be checked: {problem.title}."
            continue
        if found is not None:
            return found
        shown = trace() or "The server shows no trace of it so far."
    raise _with(lost, shown)


async def is_gone(read: Callable[[], Awaitable[object]]) -> bool | None:
    """For deletions: True when `read` finds nothing any more, else None."""
    try:
        found = await read()
    except NotFoundError:
        return True
    return True if found is None else None


def _with(error: StudioError, shown: str) -> StudioError:
    kind = type(error) if type(error).__init__ is StudioError.__init__ else ConnectError
    doubt = mark_ambiguous(kind(error.title, error.detail, status=error.status))
    doubt.detail = f"{doubt.detail} {shown}"
    return doubt
