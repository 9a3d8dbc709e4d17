"""What can be done in the Messages panel besides moving and folding."""

from __future__ import annotations

from studio_tui.ui.commands.context import Context
from studio_tui.ui.commands.registry import Command


def _open(ctx: Context) -> None:
    ctx.panel.action_open_row()  # type: ignore[attr-defined]


def _problem(ctx: Context) -> str | None:
    content = getattr(ctx.panel, "content", None)
    return None if content is not None else "the cursor is on no image, file or other block in Messages (5)"


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "block", "Open block",
            "The image, file or other block under the cursor of Messages (also enter): save it, see it, copy its link.",
            _open, (), "Data", available=_problem,
        ),
    ]  # fmt: skip
