"""What an edit of state can be about: places in the values, subgraphs, nodes; and how the edit screen is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from studio_tui.core.timetravel.edit_texts import PLUS, at, holds_messages, place_text
from studio_tui.core.timetravel.state_edit import StateEdit, states_in
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import namespace_nodes
from studio_tui.domain.message.read import flat_message, is_message, message_of
from studio_tui.errors import ConflictError
from studio_tui.jsonkit.value import Json, JsonObject, Path, is_list, is_object
from studio_tui.present.kit.written import message_words, told_value
from studio_tui.present.timetravel.edit import leads_to
from studio_tui.present.timetravel.state import checkpoint_name
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import plain
from studio_tui.ui.contracts.panel import Placed
from studio_tui.ui.contracts.services import Services
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

if TYPE_CHECKING:
    from studio_tui.ui.contracts.command import CommandContext

_NO_NODE = "\0none"
_MESSAGES = 200
"""Messages of one key that are offered, the newest ones."""
_SHOWN = 200
"""Characters of a value that are looked at for its row."""
_REPLACE, _REMOVE = "replace", "remove"


async def choose_place(services: Services, edit: StateEdit) -> bool:
    return await _choose_place(services, edit, "Edit what?", edit.path)


async def choose_node(services: Services, edit: StateEdit) -> bool:
    """Choose the node that the edit counts as; each is shown with what comes next then."""
    time, ns = services.studio.time, edit.state.ns
    choices = [PickerChoice(_NO_NODE, "the node that wrote last", "as the server decides", edit.as_node is None)]
    for node in time.nodes(ns):
        leads = leads_to(time.successors(node, ns))
        choices.append(PickerChoice(node, clean(node, 60), leads, node == edit.as_node))
    picked = await services.ask(PickerDialog("The edit counts as a write of", choices))
    if picked is not None:
        edit.as_node = None if picked == _NO_NODE else picked
    return picked is not None


async def choose_state(services: Services, edit: StateEdit) -> bool:
    states = states_in(edit.root)
    names = [" › ".join(namespace_nodes(item.ns)) or "the graph" for item in states]
    choices = [PickerChoice(str(index), clean(name, 60)) for index, name in enumerate(names)]
    picked = await services.ask(PickerDialog("State of", choices))
    if picked is not None:
        edit.enter(states[int(picked)])
    return picked is not None


Choose = Callable[[Services, StateEdit], Awaitable[bool]]
"""Asks, and returns whether the edit is another one now."""
CHOICES: dict[str, Choose] = {"place": choose_place, "node": choose_node, "inside": choose_state}


async def choose_way_out(services: Services, conflict: ConflictError) -> str | None:
    """Ask what to do about an edit that was not written: the thread is busy, or has moved on."""
    if conflict.status == 409:
        ways = [PickerChoice("again", "try again"), PickerChoice("stop", "stop the run, then apply")]
    else:
        ways = [
            PickerChoice("rebase", "rebase", "the same changes on the new head; look at them before you apply"),
            PickerChoice("fork", "fork here", "apply at the old checkpoint; both branches stay"),
        ]
    ways.append(PickerChoice("cancel", "cancel", "nothing is written; the draft is kept"))
    return await services.ask(PickerDialog(conflict.title, ways))


async def open_editor(ctx: CommandContext) -> None:
    """Open the edit screen for the selected checkpoint, with the draft that was kept for it."""
    from studio_tui.ui.timetravel.edit_screen import EditScreen

    root = await _root(ctx)
    if root is None:
        ctx.services.tell("There is no state to edit yet: run the graph first.", "warning")
        return
    head = ctx.app_state.history.head
    is_head = ctx.app_state.cursor is None
    drafts = await asyncio.to_thread(ctx.studio.time.drafts.of, root.thread_id)
    edit = StateEdit(root, head.checkpoint_id if is_head and head is not None else None, drafts)
    if not edit.is_empty:
        ctx.services.tell(ctx.services.commands.hint("Your draft is back. {edit-reset} starts afresh."))
    texts, path = edit.texts.texts, _path_at_cursor(ctx, root.values)
    if path is not None and (path in texts or not texts):
        edit.path = path
    elif not texts and not await _choose_place(ctx.services, edit, f"Edit what, at {checkpoint_name(root)}?", None):
        return
    ctx.services.go(EditScreen(edit))


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


def _path_at_cursor(ctx: CommandContext, values: Json) -> Path | None:
    """Return the place under the cursor of State or Messages, as far as it is in the values."""
    path = ctx.panel.selected_path() if isinstance(ctx.panel, Placed) else None
    if not path:
        return None
    try:
        at(values, path)
    except LookupError:
        return None
    return path


async def _choose_place(services: Services, edit: StateEdit, title: str, current: Path | None) -> bool:
    places = list(_places(edit.texts.values, current))
    choices = [
        PickerChoice(str(index), clean(place.label, 80), place.detail, _is_at(place, current), _at_the_right(place))
        for index, place in enumerate(places)
    ]
    picked = await services.ask(PickerDialog(title, choices))
    if picked is not None:
        place = places[int(picked)]
        edit.go_to(place.path, removes=place.does == _REMOVE)
    return picked is not None


def _at_the_right(place: _Place) -> str:
    """What is done to a place, unless its name begins with that."""
    return "" if place.label.startswith(f"{place.does} ") else place.does


def _is_at(place: _Place, path: Path | None) -> bool:
    return place.path == path and place.does != _REMOVE


class _Place(NamedTuple):
    """Something that can be edited on its own: its name, what stands there, where it is, what is done to it."""

    label: str
    detail: str
    path: Path
    does: str


def _said(value: Json) -> str:
    """A message by who says what."""
    if not (is_object(value) and is_message(value)):
        return plain(told_value(value, _SHOWN))
    message = message_of(flat_message(value))
    words = plain(message_words(message))
    return f"ai {words}" if message.role == "ai" else words


def _places(values: JsonObject, current: Path | None) -> Iterator[_Place]:
    """Yield every place; what takes something away comes last."""
    removes = list[_Place]()
    if current and current not in [(key,) for key in values]:
        yield _Place(place_text(current), "the place you chose", current, _REPLACE)
    for key, value in values.items():
        yield _Place(key, plain(told_value(value, _SHOWN)), (key,), _REPLACE)
        if is_list(value):
            yield _Place(f"append to {key}", "add an item; the reducer adds it", (key, PLUS), "append")
        if is_list(value) and holds_messages(value):
            for index in range(len(value) - 1, max(-1, len(value) - 1 - _MESSAGES), -1):
                said = _said(value[index])
                yield _Place(f"{key}[{index}]", said, (key, index), _REPLACE)
                removes.append(_Place(f"remove {key}[{index}]", said, (key, index), _REMOVE))
    yield _Place("the whole state", plural(len(values), "key"), (), _REPLACE)
    yield from removes
