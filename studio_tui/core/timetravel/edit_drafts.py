"""Edits that are not applied yet, on disk: one private file per thread, one draft per checkpoint. Calls block."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts, Save, nothing_to_save
from studio_tui.domain.ids import ThreadId
from studio_tui.jsonkit.typed import object_in
from studio_tui.jsonkit.value import JsonObject, as_object

_MODE = "edit"


class EditDrafts:
    """The unapplied edits of one folder; without a folder they last as long as the program."""

    def __init__(self, folder: Path | None, server: Callable[[], str]) -> None:
        self._drafts = Drafts(folder) if folder is not None else None
        self._server = server
        self._threads: dict[DraftKey, ThreadDrafts] = {}

    def of(self, thread_id: ThreadId) -> ThreadDrafts:
        """Return a thread's drafts on the server of now; they can be kept when that connection is closed."""
        key = DraftKey(self._server(), "state edits", thread_id)
        if key not in self._threads:
            self._threads[key] = ThreadDrafts(self._drafts, key)
        return self._threads[key]


class ThreadDrafts:
    """What is typed for the checkpoints of one thread."""

    def __init__(self, drafts: Drafts | None, key: DraftKey) -> None:
        self._drafts = drafts
        self._key = key
        found = drafts.load(key) if drafts is not None else None
        kept = object_in(found.text) if found is not None and found.mode == _MODE else {}
        self.typed: dict[str, JsonObject] = {place: as_object(item) for place, item in kept.items()}
        """By namespace and checkpoint; the newest last."""
        self._asked = self._on_disk = found.text if found is not None else ""
        """What was last asked to be on disk, and what is there."""

    def saving(self, place: str, typed: JsonObject | None) -> Save:
        """Keep what is typed for a place (None: nothing any more) for this program, and return what puts it on disk."""
        self.typed.pop(place, None)
        if typed is not None:
            self.typed[place] = typed
        text = json.dumps(self.typed) if self.typed else ""
        if self._drafts is None or text == self._asked == self._on_disk:
            return nothing_to_save
        self._asked = text
        save = self._drafts.saving(self._key, Draft(_MODE, text) if text else None)

        def write() -> bool:
            is_safe = save()
            if is_safe and text == self._asked:  # else something newer is on its way
                self._on_disk = text
            return is_safe

        return write
