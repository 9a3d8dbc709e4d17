"""What can be done in the Messages panel besides moving and folding."""

from __future__ import annotations

from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.panel import Openable


def _open(ctx: CommandContext) -> None:
    if isinstance(ctx.panel, Openable):
        ctx.panel.open_content()


def _problem(ctx: CommandContext) -> str | None:
    if isinstance(ctx.panel, Openable) and ctx.panel.content_part is not None:
        return None
    return "the cursor of Messages (5) or State (4) is on no image, file or other data"


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "block", "Open block",
            "The image, file or data under the cursor of State, or of Messages (also enter): see it, save it.",
            _open, (), "Data", available=_problem,
        ),
    ]  # fmt: skip
