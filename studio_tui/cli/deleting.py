"""Deleting several things one by one: each is told, and one that fails does not keep the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from studio_tui.cli.diagnostics import say, tell
from studio_tui.errors import StudioError


async def delete_each(names: Iterable[str], delete: Callable[[str], Awaitable[None]]) -> int:
    """Delete what is named; return the exit code of the last failure, 0 without one."""
    code = 0
    for name in names:
        try:
            await delete(name)
            say(f"deleted {name}")
        except StudioError as error:
            tell(error)
            code = error.exit_code
    return code
