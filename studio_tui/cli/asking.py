"""Asking before something is destroyed, and destroying it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable

from studio_tui.cli.output.stderr import say, show_prompt, tell
from studio_tui.errors import StudioError


def confirm(question: str, *, yes: bool) -> bool:
    """Ask before something is destroyed; without a terminal only `--yes` agrees."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        say(f"{question} Refused: there is no terminal to ask on; pass --yes.")
        return False
    show_prompt(f"{question} [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


async def delete_each(names: Iterable[str], delete: Callable[[str], Awaitable[None]]) -> int:
    """Delete things one by one: each is told, and one that fails does not keep the others.

    Returns the exit code of the last failure, 0 without one.
    """
    code = 0
    for name in names:
        try:
            await delete(name)
            say(f"deleted {name}")
        except StudioError as error:
            tell(error)
            code = error.exit_code
    return code
