"""Drafts of an editor on their way to disk while somebody types there."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget
from textual.worker import Worker

from studio_tui.crossing import off_the_loop


def save_beside(
    editor: Widget, save: Callable[[], bool], unsafe: Callable[[], object], safe: Callable[[], object] | None = None
) -> None:
    """Call `save`, which blocks on the disk, without holding up a key; `safe` or `unsafe` afterwards.

    Where the editor is closed meanwhile, what it saved at its end counts: `save` comes from `Drafts.saving`.
    """

    async def work() -> None:
        then = safe if await off_the_loop(save) else unsafe
        if then is not None and editor.is_attached:
            then()

    if editor.is_attached:
        _: Worker[None] = editor.run_worker(work, group="saving")
