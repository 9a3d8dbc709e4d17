"""What can be done in the Messages panel besides moving and folding."""

from __future__ import annotations

from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.panel import Openable
from studio_tui.ui.screens.commands import ViewCommands


def _open(ctx: CommandContext) -> None:
    if isinstance(ctx.panel, Openable):
        ctx.panel.open_content()


def _problem(ctx: CommandContext) -> str | None:
    if isinstance(ctx.panel, Openable) and ctx.panel.content_part is not None:
        return None
    return "the cursor of Messages (5) or State (4) is on no image, file or other data"


_row = ViewCommands("content", "Content of a block")
CONTENT = (
    _row("save", "Save", "Save it to a file that you name.", "s", short="Save"),
    _row("picture", "Picture", "Show the picture, where the terminal has graphics of its own.", "p", short="Picture"),
    _row("text", "Text", "Show the text of a text file.", "t", short="Text"),
    _row("link", "Copy link", "Copy the link. Nothing is ever fetched from it.", "c", short="Copy link"),
    _row("copy", "Copy", "Copy the line under the cursor.", "y", short="Copy line"),
    _row("copy-all", "Copy block", "Copy the whole block as JSON, its data too.", "Y", short="Copy block"),
)


def commands() -> list[Command]:
    return [
        Command(
            "block", "Open block",
            "The image, file or data under the cursor of State, or of Messages (also enter): see it, save it.",
            _open, (), "Data", available=_problem, in_place="",
        ),
        *CONTENT,
    ]  # fmt: skip
