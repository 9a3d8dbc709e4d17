"""What the State panel shows of a checkpoint: its values first, then what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import CheckpointId, join_namespace
from studio_tui.domain.thread_position import INFERRED, is_ahead
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json, as_object, is_list
from studio_tui.text.fmt import id_start
from studio_tui.text.sanitize import clean, clean_block

if TYPE_CHECKING:
    from studio_tui.jsonkit.diff import Diff

VALUES = "values"
_NAMED = 12
"""Unchanged things that are named."""
OtherBase = Literal["", "parent", "mark"]


def streamed_values(app_state: AppState) -> LazyJson | None:
    """Return the values that the current run streams, while they are newer than the last checkpoint read."""
    run = app_state.run
    if run is None or app_state.cursor is not None or run.from_history or run.reconciled:
        return None
    if app_state.shows_stateless or run.phase.is_live or is_ahead(run, app_state.head):
        return run.values
    return None


def state_sections(checkpoint: Checkpoint | None, live: Json = None) -> dict[str, Json]:
    """Return the parts of a checkpoint under the names that its server uses; `live` replaces its values."""
    if checkpoint is None:
        return {} if live is None else {VALUES: live}
    values = checkpoint.values if live is None else live
    parts: dict[str, Json] = {VALUES: values if values is not None else {}}
    if live is None:
        parts["next"] = next_names(checkpoint)
        tasks = [task for task in checkpoint.tasks if not task.hidden]
        if tasks:
            parts["tasks"] = [_task(task) for task in tasks]
        if checkpoint.pending_interrupts:
            parts["interrupts"] = [_interrupt(item) for item in checkpoint.pending_interrupts]
    if checkpoint.metadata:
        parts["metadata"] = dict(checkpoint.metadata)
    if checkpoint.ref:
        parts["checkpoint"] = dict(checkpoint.ref)
    return parts


def next_names(checkpoint: Checkpoint) -> list[Json]:
    """Return what is next, raw; nodes that no server named are marked as inferred."""
    if checkpoint.unnamed:
        return ["? (the server does not name it)"]
    guessed = checkpoint.hidden if checkpoint.inferred else ()
    return [name + INFERRED if name in guessed else name for name in checkpoint.next]


def checkpoint_name(checkpoint: Checkpoint | None) -> str:
    """Return how people name a checkpoint: its step, where it came from, the start of its id."""
    if checkpoint is None or checkpoint.checkpoint_id is None:
        return "no checkpoint"
    step = f"step {checkpoint.step}" if checkpoint.step is not None else "checkpoint"
    return f"{step}{_source(checkpoint)} {clean(id_start(checkpoint.checkpoint_id))}"


def _source(checkpoint: Checkpoint) -> str:
    return f" ({clean(checkpoint.made_by[:20])})" if checkpoint.made_by else ""


def _task(task: Task) -> Json:
    shown: dict[str, Json] = {"name": task.name, "id": task.id}
    if task.error:
        shown["error"] = task.error
    if task.interrupts:
        shown["interrupts"] = [_interrupt(item) for item in task.interrupts]
    if task.has_result:
        shown["result"] = task.result
    if task.subgraph is not None:
        shown["state"] = {**state_sections(task.subgraph)}
    elif task.subgraph_ns:
        shown["subgraph"] = task.subgraph_ns
    return shown


def _interrupt(interrupt: Interrupt) -> Json:
    shown: dict[str, Json] = {"value": interrupt.value}
    if interrupt.id:
        shown["id"] = interrupt.id
    if interrupt.node:
        shown["node"] = interrupt.node
    if interrupt.ns:
        shown["namespace"] = join_namespace(interrupt.ns)
    return shown


def older_first(one: Checkpoint, other: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    """Return two checkpoints in the order in which every difference is told: from the older to the newer one."""
    if other.checkpoint_id is not None and other.checkpoint_id == one.parent_id:
        return other, one
    if (one.checkpoint_id or "") > (other.checkpoint_id or ""):  # ids begin with the time they were made at
        return other, one
    return one, other


def compared(base: Checkpoint, state: Checkpoint, mark: CheckpointId | None = None) -> str:
    """Return the sentence for comparing `state` with `base`: its parent, the one that the user marked, or another.

    Whichever it is, the newer one is compared against the older one: `+` is what came.
    """
    is_marked = mark is not None and base.checkpoint_id == mark
    if base.checkpoint_id is not None and base.checkpoint_id == state.checkpoint_id:
        return f"{checkpoint_name(state)} against itself" + (": it is the marked one" if is_marked else "")
    older, newer = older_first(base, state)
    is_parent = older.checkpoint_id is not None and older.checkpoint_id == newer.parent_id
    elsewhere = older.thread_id != newer.thread_id
    name = _told_of(newer, mark) + (f" of thread {clean_block(newer.thread_id[:8])}," if elsewhere else "")
    of = f" of thread {clean_block(older.thread_id[:8])}" if elsewhere else ""
    if is_parent and older.checkpoint_id != mark and older.step is not None:  # it has one only, so it needs no id
        return f"{name} against its parent, step {older.step}{_source(older)}{of}"
    parent = "its parent, " if is_parent and older.checkpoint_id != mark else ""
    return f"{name} against {parent}{_told_of(older, mark).removesuffix(',')}{of}"


def _told_of(item: Checkpoint, mark: CheckpointId | None) -> str:
    """How a sentence names a checkpoint, which it says where somebody marked it."""
    name = checkpoint_name(item)
    return f"the marked one, {name}," if mark is not None and item.checkpoint_id == mark else name


def other_base(base: Checkpoint | None, state: Checkpoint | None, mark: CheckpointId | None) -> OtherBase:
    """Return what `state` can be compared with instead of `base`; empty where there is nothing else."""
    if base is None or state is None or mark is None or state.parent_id in (None, mark):
        return ""
    return "parent" if base.checkpoint_id == mark else "mark"


def nothing_differs(state: Checkpoint, base: Checkpoint) -> str:
    """Say that two checkpoints have the same values, and why where one would expect something else."""
    if state.source != "input" or base.checkpoint_id != state.parent_id:
        return "Nothing differs."
    after = f" (step {state.step + 1})" if state.step is not None else ""
    return f"Nothing differs yet: the input is written at the next step{after}."


def unchanged(state: Checkpoint, found: Diff) -> str:
    """Name what is the same on both sides: keys, and the first items of lists that differ further on."""
    first: dict[str, int | None] = {}
    for change in found.changes:
        key = change.path[0] if change.path else None
        if isinstance(key, str):
            place = change.path[1] if len(change.path) > 1 and isinstance(change.path[1], int) else 0
            known = first.get(key)
            first[key] = place if known is None else min(known, place)
    names: list[str] = []
    for key, value in as_object(state.values).items():
        differs = first.get(key)
        if differs is None:
            names.append(clean(key, 40))
        elif is_list(value) and differs:
            span = "[0]" if differs == 1 else f"[0]…[{differs - 1}]"
            names.append(f"{clean(key, 40)}{span}")
        if len(names) == _NAMED:
            break
    return ", ".join(names)
