"""Edits of a thread's state: preview without writing, apply once, and say what was stored."""

from __future__ import annotations

from msgspec.structs import replace

from studio_tui.core.connection.ports import Caller, ServerClient
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.core.timetravel.channels import Channels, Evidence, schema_keys, schema_message_keys
from studio_tui.core.timetravel.edits import Edit, EditPreview, UndoStack, UndoStep, find_namespace, id_of
from studio_tui.core.timetravel.message_lists import alike
from studio_tui.core.timetravel.preview import PreviewInputs, differences, work_out, writer_of
from studio_tui.core.timetravel.state_writer import StateWriter, Write, Written
from studio_tui.core.timetravel.successors import level_of
from studio_tui.core.timetravel.words import listed, moved_on
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, Namespace, join_namespace, namespace_nodes
from studio_tui.errors import NotFoundError, StudioError
from studio_tui.jsonkit.value import Json, JsonObject, as_object
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean

_INNER_PAGE = 50
"""Checkpoints of a subgraph that are read to find out its reducers."""

_CANNOT_OVERWRITE = {
    True: "",
    False: "This server is too old to replace its value: add to it instead.",
    None: "Whether this server can replace its value shows only when the edit is applied.",
}
_GraphKey = tuple[str, tuple[str, ...]]


class StateEditor:
    """Knows what the threads of this session showed of each graph's reducers."""

    def __init__(self, runtime: Runtime, history: ThreadHistory, writer: StateWriter, undo: UndoStack) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._call: Caller[ServerClient] = runtime.connection.call
        self._history = history
        self._writer = writer
        self._undo = undo
        self._learned: dict[_GraphKey, dict[str, Evidence]] = {}
        """Evidence of edits whose result was not the expected one."""
        self.notes: tuple[str, ...] = ()
        """What the newest edit stored differently from what was expected (safe text)."""

    async def preview(self, edit: Edit) -> EditPreview:
        """Return what `edit` will send and lead to. Nothing is written; NotFoundError for an unknown checkpoint."""
        root = await self._writer.head()
        _, shown = await self._work_out(edit)
        moved = edit.head is not None and root.checkpoint_id != edit.head
        if edit.ns and edit.head is not None:
            inner = find_namespace(root, edit.ns)
            moved = moved or inner is None or inner.checkpoint_id != edit.checkpoint_id
        if moved:
            notes = (f"The thread has moved on since the edit was begun: {moved_on(root)}", *shown.notes)
            shown = replace(shown, moved=True, notes=notes)
        return shown

    async def apply(self, edit: Edit, *, expected_head: CheckpointId | None) -> Checkpoint:
        """Write `edit` once and return the state as stored; ConflictError when the head moved or the thread is busy.

        What was stored differently is told as a notice and kept in `notes`.
        """
        _, shown = await self._work_out(edit)
        write = Write(edit.checkpoint, edit.ns, shown.body.get("values"), edit.as_node, expected_head)
        written = await self._writer.write(write)
        self._undo.record(written.thread_id, UndoStep(_what(edit), written.before, edit.ns))
        stored = await self._writer.read_back(written)
        self._undo.named(written.thread_id, _what(edit, stored))
        self._compare(edit, shown, stored, written)
        return stored

    async def stored(self, ref: JsonObject, ns: Namespace) -> Checkpoint:
        thread_id = self._app_state.thread_id
        checkpoint_id = id_of(ref)
        if thread_id is None or checkpoint_id is None:
            raise NotFoundError(
                "There is no checkpoint to edit", "The thread has not run yet.", Hint("Run it first ({run}).")
            )
        if ns:
            return await self._call(lambda client: client.state(thread_id, checkpoint=ref))
        found = await self._call(lambda client: client.state(thread_id, checkpoint_id=checkpoint_id))
        return self._history.as_known(found)

    async def _work_out(self, edit: Edit) -> tuple[Checkpoint, EditPreview]:
        """Return the edited checkpoint, without the writes of a superstep that is not over, and what becomes of it."""
        base = await self.stored(edit.checkpoint, edit.ns)
        items = await self._family(edit, base)
        reducers = self._reducers(edit.ns)
        reducers.learn(items, edit.changes)
        parent = next((item for item in items if item.checkpoint_id == base.parent_id), None)
        schemas = self._app_state.schemas
        ground = PreviewInputs(
            base=base,
            reducers=reducers,
            keys=schema_keys(schemas.state) if schemas is not None and not edit.ns else frozenset(),
            schema=schemas.state if schemas is not None and not edit.ns else None,
            written=frozenset(key for item in items for task in item.tasks for key in as_object(task.result)),
            level=level_of(self._app_state.graph, edit.ns),
            writer=writer_of(base, parent),
            overwrites=_CANNOT_OVERWRITE[self._runtime.connection.dialect.overwrites],
        )
        return base, work_out(edit, ground)

    async def _family(self, edit: Edit, base: Checkpoint) -> list[Checkpoint]:
        """The checkpoints of the edit's namespace that can show what its reducers do."""
        if not edit.ns:
            return [item for item in self._app_state.history.items if item.checkpoint_id != base.checkpoint_id] + [base]
        thread_id = base.thread_id
        place: dict[str, Json] = {"checkpoint_ns": join_namespace(edit.ns)}
        try:
            items = await self._call(lambda client: client.history(thread_id, limit=_INNER_PAGE, checkpoint=place))
        except StudioError:
            return [base]  # the preview then says that it guesses
        return items

    def _reducers(self, ns: Namespace) -> Channels:
        schemas = self._app_state.schemas
        named = schema_message_keys(schemas.state) if schemas is not None else frozenset()
        learned = self._learned.get(self._graph_key(ns), {})
        return Channels({key: Evidence(item.possible, item.seen, item.is_odd) for key, item in learned.items()}, named)

    def _graph_key(self, ns: Namespace) -> _GraphKey:
        assistant = self._app_state.assistant
        return (assistant.graph_id if assistant is not None else "", namespace_nodes(ns))

    def _compare(self, edit: Edit, shown: EditPreview, stored: Checkpoint, written: Written) -> None:
        """Say where the stored state is not what was typed, and learn from it how the keys combine."""
        after, have = as_object(shown.after), as_object(stored.values)
        same = {key: key in have and alike(after.get(key), have[key]) for key in edit.changes}
        notes = differences(edit, after, have, same)
        if written.was_lost:
            notes.insert(0, "The server's answer was lost; the edit was found in the history, written once.")
        if shown.next_after is not None and sorted(stored.next) != sorted(shown.next_after):
            notes.append(f"Next is {listed(stored.next) if stored.next else 'nothing'}, other than expected.")
        before = as_object(shown.before)
        learned = self._learned.setdefault(self._graph_key(edit.ns), {})
        for key, value in as_object(shown.body.get("values")).items():
            if key in have and not same[key]:
                evidence = learned.setdefault(key, Evidence())
                evidence.add(before.get(key), [value], have[key], was_set=key in before)
        self.notes = tuple(notes)
        if notes:
            self._app_state.tell("The edit was stored differently", " ".join(notes), severity="warning", key="edit")


def _what(edit: Edit, stored: Checkpoint | None = None) -> str:
    """Say what an edit is, with the step that the history lists it as, once it is known."""
    keys = listed(list(edit.changes)) if edit.changes else f"next (as {clean(edit.as_node or 'the last node', 60)})"
    inside = f" inside `{clean('/'.join(namespace_nodes(edit.ns)), 80)}`" if edit.ns else ""
    at = f" at step {stored.step}" if stored is not None and stored.step is not None else ""
    return f"the edit of {keys}{at}{inside}"
