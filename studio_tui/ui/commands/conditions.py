"""Why a command cannot run now: the reasons that several features share."""

from __future__ import annotations

from collections.abc import Callable

from studio_tui.core.state.app_state import LinkState
from studio_tui.domain.thread_position import Standing
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import CommandContext

SWITCH = ("on", "off")
"""What the prompt takes after a command that switches something."""


def wanted(ctx: CommandContext, is_on: bool) -> bool | None:
    """Return the state that a switching command is to bring about: typed `on` and `off` set, a key turns round.

    None when the argument is neither; that has been told.
    """
    word = ctx.argument.strip()
    if not word:
        return not is_on
    if word in SWITCH:
        return word == "on"
    ctx.services.tell(f"Say on or off, not {clean(word, 40)}.", "warning")
    return None


def connected(ctx: CommandContext) -> str | None:
    """Reason unless a server is connected (a lost link still counts: it is being retried)."""
    if ctx.app_state.link in (LinkState.UP, LinkState.DOWN):
        return None
    return "not connected to a server"


def in_panel(kind: type, reason: str) -> Callable[[CommandContext], str | None]:
    """Reason unless the panel in use is of a class or protocol."""
    return lambda ctx: None if isinstance(ctx.panel, kind) else reason


def has_thread(ctx: CommandContext) -> str | None:
    return connected(ctx) or (None if ctx.app_state.thread_id else "no thread is open")


def still_there(ctx: CommandContext) -> str | None:
    """Reason once the server has said that it does not have the open thread any more."""
    return "the thread is not on the server any more" if ctx.app_state.thread_gone else None


def off_the_list(ctx: CommandContext) -> str | None:
    """Reason while the focus is in the list of threads: what runs the open thread would not be about the row there."""
    if ctx.screen.area == "threads":
        return ctx.services.commands.hint("from a panel of the thread or the composer ({input})")
    return None


def has_assistant(ctx: CommandContext) -> str | None:
    return connected(ctx) or (None if ctx.app_state.assistant_id else "no assistant is selected")


def is_live(ctx: CommandContext) -> str | None:
    run = ctx.run
    return connected(ctx) or (None if run and run.phase.is_live else "no run is under way")


def no_run(ctx: CommandContext) -> str | None:
    return "a run is under way" if is_live(ctx) is None else None


def is_paused(ctx: CommandContext) -> str | None:
    """Reason unless the open thread waits to be continued."""
    reason = has_thread(ctx) or still_there(ctx)
    if reason:
        return reason
    position = ctx.app_state.position
    if position.standing is Standing.RUNNING:
        return "a run is under way"
    if position.can_continue:
        return None
    if position.standing is Standing.UNKNOWN:
        return ctx.services.commands.hint("the thread's state could not be read: read it again ({refresh})")
    return "the thread is not paused"
