"""Works out what an edit sends and what it leads to, from what is known of the graph. Pure: nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from studio_tui.core.timetravel.channels import ChannelRule, Channels, RuleKind, reduce_value
from studio_tui.core.timetravel.edits import COPY, Edit, EditPreview, KeyChange
from studio_tui.core.timetravel.message_lists import canonical, unknown_removals
from studio_tui.core.timetravel.successors import GraphLevel
from studio_tui.core.timetravel.words import dropped_by_edit, listed, lost_in_edit, node_text
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.form.conforms import misfits
from studio_tui.domain.graph import END
from studio_tui.domain.message.message import REMOVE_ALL
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_list, is_object
from studio_tui.text.sanitize import clean

_OUTSIDE = ("__start__", "__input__", END, COPY)
"""Names that servers take for a node and that no graph shows as one."""
_SHOWN = 12
"""Nodes that are named where one is unknown."""


class PreviewInputs(Struct, frozen=True):
    """What a preview stands on."""

    base: Checkpoint
    """The edited checkpoint as it is stored, without the writes of a superstep that is not over."""
    reducers: Channels = field(default_factory=Channels)
    keys: frozenset[str] = frozenset()
    """The keys of the graph's state by its schema; empty when there is none."""
    schema: Json = None
    """The schema of the graph's state, where `keys` come from."""
    written: frozenset[str] = frozenset()
    """Keys that nodes were seen to write: private ones are in no schema."""
    level: GraphLevel | None = None
    writer: str | None = None
    """The node that wrote last, as far as history tells: the server lets an edit count as its write."""
    overwrites: str = ""
    """Why this server cannot replace the value of a key with a reducer, or empty."""


def work_out(edit: Edit, ground: PreviewInputs) -> EditPreview:
    before = as_object(ground.base.values)
    after: dict[str, Json] = dict(before)
    sent: dict[str, Json] = {}
    notes: list[str] = []
    guessed: list[str] = []
    for key, change in edit.changes.items():
        reducer = ground.reducers.of(key, before.get(key, change.value if change.how == "append" else None))
        sent[key], said = _sent(key, change, before.get(key), reducer, ground)
        notes += said
        after[key] = reduce_value(reducer.kind, before.get(key), sent[key])
        if not reducer.certain:
            guessed.append(key)
    unknown = [key for key in edit.changes if ground.keys and key not in ground.keys and key not in before]
    for key in unknown:
        del after[key]
        notes.append(f"`{clean(key, 60)}` is no key of this graph's state: the server will ignore it.")
    guessed = [key for key in guessed if key not in unknown]
    if guessed:
        notes.append(_guess(guessed, ground, before))
    following, said = _next_after(edit.as_node, ground)
    notes += [*said, *_lost(edit.as_node, ground)]
    body: dict[str, Json] = {"values": None if not sent and edit.as_node in (END, COPY) else sent}
    if edit.as_node is not None:
        body["as_node"] = edit.as_node
    body["checkpoint"] = edit.checkpoint
    refused, unchecked = _check(edit, ground)
    return EditPreview(
        before=ground.base.values,
        after=after,
        next_before=ground.base.next,
        next_after=following,
        certain=not guessed,
        notes=tuple(notes),
        body=body,
        refused=refused,
        unchecked=unchecked,
    )


def _check(edit: Edit, ground: PreviewInputs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is surely wrong with an edit, and what of it could not be checked."""
    before = as_object(ground.base.values)
    refused: list[str] = []
    unchecked: list[str] = []
    for key, change in edit.changes.items():
        name = f"`{clean(key, 60)}`"
        if key not in ground.keys and key not in before and key not in ground.written:
            if ground.keys:
                refused.append(f"{name} is no key of this graph's state, which has {listed(sorted(ground.keys))}")
            else:
                unchecked.append(f"whether {name} is a key of this graph's state")
        elif change.how == "replace":
            schema = {**as_object(ground.schema), "required": []}
            refused += misfits(schema, {key: change.value})
        else:
            items = change.value if is_list(change.value) else [change.value]
            gone = unknown_removals(before.get(key), items)
            refused += [f"{name} has no message {clean(item, 60)} to remove" for item in gone]
    node = edit.as_node
    if node is not None and node not in _OUTSIDE:
        if ground.level is None:
            unchecked.append(f"whether the graph has a node {node_text(node)}")
        elif node not in ground.level.nodes:
            known = ", ".join(node_text(item) for item in ground.level.nodes[:_SHOWN])
            refused.append(f"the graph has no node {node_text(node)}; it has {known}")
    return tuple(refused), tuple(unchecked)


def _lost(as_node: str | None, ground: PreviewInputs) -> list[str]:
    if as_node in (None, COPY):
        return lost_in_edit(ground.base)
    if as_node == END:
        return dropped_by_edit(ground.base, END, ())
    found = ground.level.successors(as_node or "") if ground.level is not None else None
    again = found.names if found is not None else ()
    tasks = {task.name for task in ground.base.tasks}
    return [*dropped_by_edit(ground.base, as_node or "", again), *lost_in_edit(ground.base, tasks - set(again))]


def _next_after(as_node: str | None, ground: PreviewInputs) -> tuple[tuple[str, ...] | None, list[str]]:
    """Return what comes next after an edit that counts as `as_node`'s write, None when unsure, and notes on it."""
    if as_node == COPY:
        return ground.base.next, []
    if as_node == END:
        return (), []
    node = as_node or ground.writer
    if node is None:
        return None, ["The server decides which node the edit counts as, and so what comes next."]
    found = ground.level.successors(node) if ground.level is not None else None
    name = node_text(node)
    counts = "" if as_node else f"The edit counts as a write of {name}, the node that wrote last. "
    if found is None and ground.level is not None and as_node:
        known = ", ".join(node_text(item) for item in ground.level.nodes[:_SHOWN])
        return None, [f"The graph shows no node {name}: the server will refuse the edit. It has {known}."]
    if found is None or not found.names:
        return None, [f"{counts}What comes after {name} shows only when the edit is applied."]
    if not found.certain:
        options = " or ".join(node_text(item) for item in found.names)
        return None, [f"{counts}What comes next is decided by {name} on the edited state: {options}."]
    kept = tuple(item for item in ground.base.hidden if item not in found.names)  # joins go on waiting
    return (*(item for item in found.names if item != END), *kept), []


def writer_of(base: Checkpoint, parent: Checkpoint | None) -> str | None:
    """Return the one node that wrote `base`, or None where history does not say or there were several."""
    if parent is None or base.source in ("update", "fork"):
        return None
    names = {task.name for task in parent.tasks if task.has_result}
    return names.pop() if len(names) == 1 else None


def differences(edit: Edit, expected: JsonObject, stored: JsonObject, same: Mapping[str, bool]) -> list[str]:
    """Say where the stored state is not what the preview said; `same` tells for each key whether it reads alike."""
    notes: list[str] = []
    for key, change in edit.changes.items():
        if same.get(key, False):
            continue
        name = f"`{clean(key, 60)}`"
        have, typed = stored.get(key), expected.get(key, change.value)
        if key not in stored:
            notes.append(f"{name} was ignored by the server: it is no key of this graph's state, or it keeps no value.")
        elif is_object(have) and set(have) & {"__overwrite__"}:
            notes.append(f"{name} has no reducer, so that the marker was stored as its value. Undo, then replace it.")
        elif is_list(have) and is_list(change.value) and change.how == "replace" and len(have) > len(change.value):
            notes.append(f"{name} was added to, not replaced: it has a reducer. Undo, then replace it again.")
        else:
            stored_text, expected_text = clean(canonical(have), 120), clean(canonical(typed), 120)
            notes.append(f"{name}: the server stored {stored_text}, expected was {expected_text}.")
    return notes


def _sent(
    key: str, change: KeyChange, before: Json, reducer: ChannelRule, ground: PreviewInputs
) -> tuple[Json, list[str]]:
    """What is sent for one key, so that the reducer makes of it what was meant; and what to say about it."""
    kind, value = reducer.kind, change.value
    if kind is RuleKind.MESSAGES:
        return _sent_messages(key, change, before)
    if change.how == "append":
        items = value if is_list(value) else [value]
        return ([*as_list(before), *items] if kind is RuleKind.REPLACE and is_list(before) else items), []
    if change.how == "update" or kind is RuleKind.REPLACE:
        return value, []
    if kind is RuleKind.UNKNOWN:
        return value, [f"`{clean(key, 60)}` is combined by a rule of the graph's own: only the server can tell how."]
    shorter = _as_addition(kind, before, value)
    if shorter is not None:
        return shorter[0], []
    notes = [f"`{clean(key, 60)}` has a reducer ({kind}). {ground.overwrites}"] if ground.overwrites else []
    return {"__overwrite__": value}, notes


def _as_addition(kind: RuleKind, before: Json, value: Json) -> tuple[Json] | None:
    """What to add so that the reducer arrives at `value`; None when only overwriting helps."""
    if kind is RuleKind.APPEND and is_list(value) and (before is None or is_list(before)):
        start = as_list(before)
        same = canonical(value[: len(start)]) == canonical(start)
        return (value[len(start) :],) if same else None
    if kind is RuleKind.MERGE and is_object(value) and (before is None or is_object(before)):
        old = as_object(before)
        changed = {key: item for key, item in value.items() if key not in old or canonical(old[key]) != canonical(item)}
        return (changed,) if set(old) <= set(value) else None
    if kind is RuleKind.ADD and type(value) is int and (before is None or type(before) is int):
        return (value - (before or 0),)
    if kind is RuleKind.ADD and isinstance(value, str) and value.startswith(as_str(before)):
        return (value[len(as_str(before)) :],)
    return None


def _sent_messages(key: str, change: KeyChange, before: Json) -> tuple[Json, list[str]]:
    items: list[Json] = change.value if is_list(change.value) else [change.value]
    if change.how != "replace":
        gone = unknown_removals(before, items)
        name = f"`{clean(key, 60)}`"
        return items, [f"{name} has no message {clean(item, 60)}: the server will refuse the edit." for item in gone]
    smaller = _message_changes(as_list(before), items)
    if smaller is not None:
        return smaller, []
    return [{"type": "remove", "id": REMOVE_ALL, "content": ""}, *items], []


def _message_changes(before: Sequence[Json], after: Sequence[Json]) -> list[Json] | None:
    """The changes that lead from one list of messages to the other; None when ids or the order do not allow it."""
    old = [as_str(as_object(item).get("id")) for item in before]
    new = [as_str(as_object(item).get("id")) for item in after]
    kept = [item for item in new if item and item in old]
    if "" in old or len(set(old)) != len(old) or len(set(kept)) != len(kept):
        return None
    if new[: len(kept)] != kept or [item for item in old if item in kept] != kept:
        return None
    known = dict(zip(old, before, strict=True))
    changed = [item for name, item in zip(new, after, strict=True) if canonical(known.get(name)) != canonical(item)]
    removed: list[Json] = [{"type": "remove", "id": item, "content": ""} for item in old if item not in kept]
    return [*removed, *changed]


def _guess(keys: Sequence[str], ground: PreviewInputs, before: JsonObject) -> str:
    kinds = {key: ground.reducers.of(key, before.get(key)).kind for key in keys}
    replaced = [key for key, kind in kinds.items() if kind is RuleKind.REPLACE]
    shown = replaced or list(keys)
    taken = "It is taken as replaced" if len(shown) == 1 else "They are taken as replaced"
    if not replaced:
        return f"This thread does not show for sure how {listed(shown)} combine: the server decides."
    verb = "combines" if len(shown) == 1 else "combine"
    return f"This thread does not show how {listed(shown)} {verb}. {taken}; what was stored is shown after the edit."
