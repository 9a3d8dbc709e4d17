"""Drafts of an editor on their way to disk while somebody types there."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget
from textual.worker import Worker

from studio_tui.crossing import off_the_loop


def save_beside(editor: Widget, save: Callable[[], bool], unsafe: Callable[[], object]) -> None:
    """Call `save`, which blocks on the disk, without holding up a key; `unsafe` when what is typed is not there then.

    Where the editor is closed meanwhile, what it saved at its end counts: `save` comes from `Drafts.saving`.
    """

    async def work() -> None:
        if not await off_the_loop(save) and editor.is_attached:
            unsafe()

    if editor.is_attached:
        _: Worker[None] = editor.run_worker(work, group="saving")
