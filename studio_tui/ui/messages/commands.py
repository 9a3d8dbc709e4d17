"""What can be done in the Messages panel besides moving and folding."""

from __future__ import annotations

from functools import partial

from studio_tui.ui.contracts.command import Command, CommandContext, act
from studio_tui.ui.contracts.panel import Openable


def _open(ctx: CommandContext) -> None:
    if isinstance(ctx.panel, Openable):
        ctx.panel.open_content()


def _problem(ctx: CommandContext) -> str | None:
    if isinstance(ctx.panel, Openable) and ctx.panel.content_part is not None:
        return None
    return "the cursor of Messages (5) or State (4) is on no image, file or other data"


_in_content = partial(Command, group="Content of a block", scope="content")
CONTENT = (
    _in_content("content-save", "Save", "Save it to a file that you name.", act("save"), ("s",), short="save"),
    _in_content(
        "content-picture",
        "Picture",
        "Show the picture, where the terminal has graphics of its own.",
        act("picture"),
        ("p",),
        short="picture",
    ),
    _in_content("content-text", "Text", "Show the text of a text file.", act("text"), ("t",), short="text"),
    _in_content(
        "content-link",
        "Copy link",
        "Copy the link. Nothing is ever fetched from it.",
        act("link"),
        ("c",),
        short="copy link",
    ),
    _in_content("content-copy", "Copy", "Copy the line under the cursor.", act("copy"), ("y",), short="copy line"),
    _in_content(
        "content-copy-all",
        "Copy block",
        "Copy the whole block as JSON, its data too.",
        act("copy_all"),
        ("Y",),
        short="copy block",
    ),
)


def commands() -> list[Command]:
    return [
        Command(
            "block", "Open block",
            "The image, file or data under the cursor of State, or of Messages (also enter): see it, save it.",
            _open, (), "Data", available=_problem,
        ),
        *CONTENT,
    ]  # fmt: skip
