"""Edits that are not applied yet, on disk: one private file per thread, one draft per checkpoint. Calls block."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts, nothing_to_save
from studio_tui.core.timetravel.edits import Edit, How, KeyChange
from studio_tui.domain.ids import CheckpointId, ThreadId, join_namespace, parse_namespace
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str

_MODE = "edit"
_HOWS = ("append", "replace", "update")


class EditDrafts:
    """The unapplied edits of one folder; without a folder they last as long as the program."""

    def __init__(self, folder: Path | None, server: Callable[[], str]) -> None:
        self._drafts = Drafts(folder) if folder is not None else None
        self._server = server
        self._kept: dict[tuple[str, ThreadId], dict[str, JsonObject]] = {}

    @property
    def on_disk(self) -> bool:
        """Whether there is a folder to keep them in."""
        return self._drafts is not None

    def pinned(self) -> EditDrafts:
        """Return the same drafts for the server of now: they can still be kept when the connection is closed."""
        server = self._server()
        found = EditDrafts(None, lambda: server)
        found._drafts, found._kept = self._drafts, self._kept
        return found

    def of(self, thread_id: ThreadId) -> list[Edit]:
        """Return a thread's drafts, the newest last."""
        return [edit for data in self._all(thread_id).values() if (edit := edit_of(data)) is not None]

    def find(self, thread_id: ThreadId, edit: Edit) -> Edit | None:
        """Return the draft for the same checkpoint and namespace as `edit`."""
        data = self._all(thread_id).get(_place(edit))
        return edit_of(data) if data is not None else None

    def typed(self, thread_id: ThreadId, edit: Edit) -> JsonObject:
        """Return what was kept with the draft of `edit`'s place besides the edit itself: texts as they were typed."""
        return as_object(as_object(self._all(thread_id).get(_place(edit))).get("typed"))

    def save(self, thread_id: ThreadId, edit: Edit, typed: JsonObject | None = None) -> bool:
        """Keep `edit` instead of an earlier draft of its place; return whether it is safe on disk.

        `typed` is kept with it: texts that may be no JSON yet.
        """
        return self.saving(thread_id, edit, typed)()

    def saving(self, thread_id: ThreadId, edit: Edit, typed: JsonObject | None = None) -> Callable[[], bool]:
        """Keep `edit` for this program, and return what puts it on disk; that blocks."""
        drafts = self._all(thread_id)
        drafts.pop(_place(edit), None)
        drafts[_place(edit)] = {**edit_json(edit), **({"typed": typed} if typed is not None else {})}
        return self._writing(thread_id, drafts)

    def drop(self, thread_id: ThreadId, edit: Edit) -> bool:
        """Forget the draft of `edit`'s place: it was applied or given up."""
        return self.dropping(thread_id, edit)()

    def dropping(self, thread_id: ThreadId, edit: Edit) -> Callable[[], bool]:
        """Forget the draft for this program, and return what removes it from the disk; that blocks."""
        drafts = self._all(thread_id)
        return nothing_to_save if drafts.pop(_place(edit), None) is None else self._writing(thread_id, drafts)

    def _all(self, thread_id: ThreadId) -> dict[str, JsonObject]:
        key = (self._server(), thread_id)
        if key not in self._kept:
            draft = self._drafts.load(self._key(thread_id)) if self._drafts is not None else None
            self._kept[key] = _read(draft.text) if draft is not None and draft.mode == _MODE else {}
        return self._kept[key]

    def _writing(self, thread_id: ThreadId, drafts: dict[str, JsonObject]) -> Callable[[], bool]:
        if self._drafts is None:
            return _nowhere
        text = json.dumps(drafts) if drafts else ""
        return self._drafts.saving(self._key(thread_id), Draft(_MODE, text) if text else None)

    def _key(self, thread_id: ThreadId) -> DraftKey:
        return DraftKey(self._server(), "state edits", thread_id)


def _nowhere() -> bool:
    """Without a folder nothing is safe."""
    return False


def edit_json(edit: Edit) -> JsonObject:
    """Return an edit as JSON; `edit_of` reads it back."""
    changes: dict[str, Json] = {key: {"value": item.value, "how": item.how} for key, item in edit.changes.items()}
    return {
        "checkpoint": edit.checkpoint,
        "ns": join_namespace(edit.ns),
        "changes": changes,
        "as_node": edit.as_node,
        "head": edit.head,
    }


def edit_of(data: JsonObject) -> Edit | None:
    """Read an edit from JSON; None for what is none."""
    checkpoint, changes = as_object(data.get("checkpoint")), as_object(data.get("changes"))
    if not checkpoint:
        return None
    found: dict[str, KeyChange] = {}
    for key, item in changes.items():
        how = as_str(as_object(item).get("how"), "replace")
        if how not in _HOWS or "value" not in as_object(item):
            return None
        found[key] = KeyChange(as_object(item)["value"], cast("How", how))
    head = as_str(data.get("head"))
    return Edit(
        checkpoint,
        parse_namespace(as_str(data.get("ns"))),
        found,
        as_str(data.get("as_node")) or None,
        CheckpointId(head) if head else None,
    )


def _place(edit: Edit) -> str:
    return f"{join_namespace(edit.ns)}@{edit.checkpoint_id or ''}"


def _read(text: str) -> dict[str, JsonObject]:
    try:
        data = as_object(json.loads(text))
    except (ValueError, RecursionError):
        return {}
    return {key: as_object(item) for key, item in data.items()}
