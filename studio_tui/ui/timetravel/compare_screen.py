"""Compare: any two checkpoints of any threads, side by side."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from studio_tui.core.threads.search import full_thread_id
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId, is_uuid
from studio_tui.errors import NotFoundError
from studio_tui.jsonkit.show import path_text
from studio_tui.present.kit.diff_rows import totals
from studio_tui.present.timetravel.compare import CompareRows
from studio_tui.present.timetravel.history import deed
from studio_tui.present.timetravel.state import checkpoint_name, older_first
from studio_tui.text.fmt import age, short_for
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import plain
from studio_tui.ui.contracts.intents import DetailWanted
from studio_tui.ui.kit.dialogs.dialogs import PromptDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.over import OverScreen

if TYPE_CHECKING:
    from studio_tui.ui.contracts.command import CommandContext

_LISTED = 500


class CompareView(LineView):
    """The two columns; enter shows a change in full, then in a viewer of its own."""

    NOUN: ClassVar[tuple[str, str]] = ("row", "rows")

    def __init__(
        self, left: Checkpoint, right: Checkpoint, mark: CheckpointId | None = None, *, id: str | None = None
    ) -> None:
        self._columns = CompareRows(left, right, now=time.time(), mark=mark)
        super().__init__(self._columns, id=id)

    def summary(self) -> str:
        return totals(self._columns.diff)

    def open_row(self, row: int) -> None:
        change = self._columns.change(row)
        if change is not None:
            self.post_message(DetailWanted(path_text(change.path), {"left": change.old, "right": change.new}))

    def toggle_row(self, row: int) -> None:
        first = self._columns.first_row(row)
        self._columns.toggle(row)
        self.rows_changed(first)
        self.move_to_row(first)


class CompareScreen(OverScreen):
    """Two checkpoints side by side."""

    heading = "Compare"
    hints = (
        "{list-open-row} Whole values  {list-toggle-row} More  {page-search} Search  {page-copy} Copy  {page-back} Back"
    )

    def __init__(self, left: Checkpoint, right: Checkpoint, mark: CheckpointId | None = None) -> None:
        super().__init__()
        self._pair = (left, right, mark)

    def view(self) -> LineView:
        return CompareView(*self._pair, id="compare")


async def choose_other(ctx: CommandContext) -> None:
    """Load what to compare the selected checkpoint with, the marked one or what is asked for, and show both."""
    app_state = ctx.app_state
    here, thread_id = app_state.state, app_state.thread_id
    if here is None or here.checkpoint_id is None or thread_id is None:
        ctx.services.tell("There is no state to compare yet.", "warning")
        return
    marked = app_state.mark if app_state.mark != here.checkpoint_id else None
    wanted = ctx.argument.strip() or marked or await _ask(ctx, here)
    if not wanted:
        return
    other = await _load(ctx, wanted)
    ctx.services.go(CompareScreen(*older_first(here, other), app_state.mark))


async def _ask(ctx: CommandContext, here: Checkpoint) -> str:
    app_state, now = ctx.app_state, ctx.services.now()
    choices: list[PickerChoice] = []
    if here.parent_id is not None:
        parent = app_state.history.by_id.get(here.parent_id)
        told = checkpoint_name(parent) if parent is not None else clean(here.parent_id)
        choices.append(PickerChoice(here.parent_id, "its parent", told))
    choices.append(PickerChoice("thread", "another thread …", "by its id: its newest state, or ID@CHECKPOINT"))
    runs = {run.run_id: run for run in app_state.runs}
    for item in app_state.history.items[:_LISTED]:
        if item.checkpoint_id is not None and item.checkpoint_id != here.checkpoint_id:
            parent = app_state.history.by_id.get(item.parent_id) if item.parent_id is not None else None
            did = plain(deed(item, parent, runs.get(item.run_id), glyphs()))
            old = age(item.created_at, now)
            choices.append(PickerChoice(item.checkpoint_id, checkpoint_name(item), did, right=old))
    picked = await ctx.services.ask(PickerDialog(f"Compare {checkpoint_name(here)} with", choices)) or ""
    if picked != "thread":
        return picked
    hint = "A listed thread's id or its beginning; ID@CHECKPOINT for an older state."
    return (await ctx.services.ask(PromptDialog("Compare with another thread", hint)) or "").strip()


async def _load(ctx: CommandContext, wanted: str) -> Checkpoint:
    """Return the checkpoint that a text names: of this thread by its id's beginning, else of another thread."""
    app_state = ctx.app_state
    found = short_for(wanted, [item.checkpoint_id or "" for item in app_state.history.items], str)
    thread_id, at = app_state.thread_id or ThreadId(""), found[0] if found else ""
    if len(found) != 1:
        name, _, at = wanted.partition("@")
        thread_id = ThreadId(full_thread_id(ctx.app_state.threads.items, name))
        if not is_uuid(thread_id):
            raise NotFoundError(
                f"No checkpoint or thread starts with {clean(name, 40)}", "", "Give a whole id, or pick one."
            )
    checkpoint_id = CheckpointId(at) if at else None
    return await ctx.studio.connection.call(lambda client: client.state(thread_id, checkpoint_id=checkpoint_id))
