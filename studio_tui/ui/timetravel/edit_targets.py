"""What an edit of state can be about: places in the values, subgraphs, nodes; and how the edit screen is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from studio_tui.core.timetravel.edit_texts import PLUS, EditTexts, Path, at, holds_messages, place_text
from studio_tui.core.timetravel.edits import Edit, Successors, begin_edit
from studio_tui.core.timetravel.words import together
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import NodeId
from studio_tui.errors import ConflictError
from studio_tui.jsonkit.show import preview
from studio_tui.jsonkit.value import Json, JsonObject, is_list
from studio_tui.present.timetravel.state import checkpoint_name
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import plain
from studio_tui.ui.contracts.panel import Placed
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

if TYPE_CHECKING:
    from studio_tui.core.timetravel.time_travel import TimeTravel
    from studio_tui.ui.contracts.command import CommandContext

NO_NODE = "\0none"
_MESSAGES = 200
"""Messages of one key that are offered, the newest ones."""

Places = Mapping[str, tuple[PickerChoice, tuple[Path, bool]]]
"""By the choice's value: the choice, the place, and whether its message is to be removed."""


def place_choices(values: JsonObject, current: Path | None) -> Places:
    """Return everything that can be edited on its own; the cursor starts on `current`."""
    found: dict[str, tuple[PickerChoice, tuple[Path, bool]]] = {}

    def offer(label: str, detail: str, path: Path, *, removes: bool = False) -> None:
        key = str(len(found))
        is_current = path == current and not removes
        found[key] = (PickerChoice(key, clean(label, 80), clean(detail, 90), is_current), (path, removes))

    if current and current not in [(key,) for key in values]:
        offer(place_text(current), "the place you chose", current)
    for key, value in values.items():
        offer(key, plain(preview(value, 80)), (key,))
        if is_list(value):
            offer(f"append to {key}", "add an item; the reducer adds it", (key, PLUS))
        if holds_messages(value):
            for index in _newest(value):
                offer(f"{key}[{index}]", plain(preview(at(value, (index,)), 80)), (key, index))
            for index in _newest(value):
                gone = plain(preview(at(value, (index,)), 80))
                offer(f"remove {key}[{index}]", gone, (key, index), removes=True)
    offer("the whole state", plural(len(values), "key"), ())
    return found


def _newest(value: Json) -> Iterator[int]:
    count = len(value) if is_list(value) else 0
    yield from range(count - 1, max(-1, count - 1 - _MESSAGES), -1)


def state_choices(root: Checkpoint) -> list[Checkpoint]:
    """Return the checkpoint and the states of subgraphs that are paused in it, outer ones first."""
    found = [root]
    for item in found:
        found.extend(task.subgraph for task in item.tasks if task.subgraph is not None and task.subgraph.ref)
    return found


def node_choices(time: TimeTravel, edit: Edit) -> list[PickerChoice]:
    """Return the nodes that the edit can count as, each with what comes next then."""
    found = [PickerChoice(NO_NODE, "the node that wrote last", "as the server decides", edit.as_node is None)]
    for node in time.nodes(edit.ns):
        after = time.successors(node, edit.ns)
        found.append(PickerChoice(node, clean(NodeId(node), 60), leads_to(after), node == edit.as_node))
    return found


def leads_to(after: Successors | None) -> str:
    """Say what comes next after an edit as a node (safe text)."""
    if after is None:
        return "next shows when it is applied"
    if after.certain:
        return f"next: {together(after.names) or 'nothing'}"
    return f"next: {' or '.join(together([name]) for name in after.names)}, decided on the edited state"


def ways_out(conflict: ConflictError) -> list[PickerChoice]:
    """Return what can be done about an edit that was not written: the thread is busy, or has moved on."""
    if conflict.status == 409:
        found = [PickerChoice("again", "try again"), PickerChoice("stop", "stop the run, then apply")]
    else:
        found = [
            PickerChoice("rebase", "rebase", "the same changes on the new head; look at them before you apply"),
            PickerChoice("fork", "fork here", "apply at the old checkpoint; both branches stay"),
        ]
    return [*found, PickerChoice("cancel", "cancel", "nothing is written; the draft is kept")]


def path_at_cursor(ctx: CommandContext, values: Json) -> Path | None:
    """Return the place under the cursor of State or Messages, as far as it is in the values."""
    path = ctx.panel.selected_path() if isinstance(ctx.panel, Placed) else None
    if not path:
        return None
    try:
        at(values, path)
    except LookupError:
        return None
    return path


async def open_editor(ctx: CommandContext) -> None:
    """Open the edit screen for the selected checkpoint, with the draft that was kept for it."""
    from studio_tui.ui.timetravel.edit_screen import EditScreen

    root = await _root(ctx)
    if root is None:
        ctx.services.tell("There is no state to edit yet: run the graph first.", "warning")
        return
    head = ctx.app_state.history.head
    is_head = ctx.app_state.cursor is None
    start = begin_edit(root, head.checkpoint_id if is_head and head is not None else None)
    drafts = ctx.studio.time.drafts
    texts = EditTexts(root.values)
    kept = await asyncio.to_thread(drafts.find, root.thread_id, start)
    if kept is not None:
        typed = drafts.typed(root.thread_id, kept)
        if typed:
            texts.load(typed)
        else:
            texts.take_changes(kept.changes)
        start = Edit(start.checkpoint, start.ns, {}, kept.as_node, start.head)
        ctx.services.tell("Your draft is back. ctrl+r starts afresh.")
    path = path_at_cursor(ctx, root.values) or next(iter(texts.texts), None)
    if path is None:
        places = place_choices(texts.values, None)
        dialog = PickerDialog(f"Edit what, at {checkpoint_name(root)}?", [choice for choice, _ in places.values()])
        picked = await ctx.services.ask(dialog)
        if picked is None:
            return
        path, removes = places[picked][1]
        if removes:
            texts.put(path, texts.removal(path))
    elif kept is not None and texts.texts and path not in texts.texts:
        path = next(iter(texts.texts))
    ctx.services.go(EditScreen(root, start, path, texts))


async def _root(ctx: CommandContext) -> Checkpoint | None:
    """The selected checkpoint with its values; at the head also with its subgraphs."""
    app_state = ctx.app_state
    shown = app_state.state
    if shown is None or shown.checkpoint_id is None:
        return None
    if app_state.cursor is not None and shown.checkpoint_id != app_state.cursor:
        await ctx.studio.history.select(app_state.cursor)
        shown = app_state.state
    return shown
