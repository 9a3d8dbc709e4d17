"""The past of a thread: the time cursor, branches, comparing, running again, editing, forking, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio_tui.text.fmt import short_id
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.context import Context, has_thread
from studio_tui.ui.commands.registry import Command

if TYPE_CHECKING:
    from studio_tui.session.store import Store


def _move(delta: int) -> Callable[[Context], None]:
    return lambda ctx: ctx.studio.move_cursor(delta)


def _has_history(ctx: Context) -> str | None:
    return has_thread(ctx) or (None if ctx.store.history.items else "this thread has no checkpoints yet")


async def _mark(ctx: Context) -> None:
    await ctx.studio.set_mark()
    mark = ctx.store.mark
    ctx.app.tell(f"Checkpoint {short_id(mark, 13)} is marked: Diff compares with it." if mark else "Mark removed.")


async def _at(ctx: Context) -> None:
    wanted = ctx.argument.strip()
    if wanted in ("", "head"):
        await ctx.studio.select_checkpoint(None)
        return
    found = [item.checkpoint_id for item in ctx.store.history.items if (item.checkpoint_id or "").startswith(wanted)]
    if len(found) == 1:
        await ctx.studio.select_checkpoint(found[0])
    else:
        what = "No loaded checkpoint starts" if not found else f"{len(found)} checkpoints start"
        ctx.app.tell(f"{what} with {clean(wanted)}.", "warning")


def _checkpoints(store: Store) -> list[str]:
    return ["head", *(item.checkpoint_id or "" for item in store.history.items[:200])]


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "older", "Older", "Move the time cursor one checkpoint back; nothing executes.", _move(-1), ("comma",),
            "Time", available=_has_history,
        ),
        Command(
            "newer", "Newer", "Move the time cursor one checkpoint forward; nothing executes.", _move(1),
            ("full_stop",), "Time", available=_has_history,
        ),
        Command(
            "at", "Go to checkpoint", "Put the time cursor on a checkpoint, or back on the head.", _at, (), "Time",
            argument="CHECKPOINT", complete=lambda ctx: _checkpoints(ctx.store), available=_has_history,
        ),
        Command(
            "mark", "Mark", "Mark the checkpoint for comparison; again to remove.", _mark, ("m",), "Time",
            available=_has_history,
        ),
        Command(
            "diff", "Diff", "Show what the checkpoint changed, against its parent or the mark.",
            lambda ctx: ctx.screen.show_panel("diff"), ("d",), "Time",
        ),
    ]  # fmt: skip
