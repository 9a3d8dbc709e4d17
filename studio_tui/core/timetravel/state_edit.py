"""One edit of a thread's state while it is typed: whose state, which place in it, as which node. Kept as a draft,
one private file per thread, one draft per checkpoint."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable

from studio_tui.core.inputs.drafts import DraftFile, DraftKey, Drafts, Save, nothing_to_save
from studio_tui.core.timetravel.edit_texts import EditTexts
from studio_tui.core.timetravel.edits import Edit
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId, join_namespace, namespace_nodes
from studio_tui.jsonkit.typed import object_in
from studio_tui.jsonkit.value import JsonObject, Path, as_object, as_str

_MODE = "edit"


class EditDrafts:
    """The unapplied edits of one folder; without a folder they last as long as the program."""

    def __init__(self, folder: pathlib.Path | None, server: Callable[[], str]) -> None:
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
        found = drafts.load(key) if drafts is not None else None
        kept = object_in(found.text) if found is not None and found.mode == _MODE else {}
        self.typed: dict[str, JsonObject] = {place: as_object(item) for place, item in kept.items()}
        """By namespace and checkpoint; the newest last."""
        text = found.text if found is not None else ""
        self._file = DraftFile(drafts, key, _MODE, text) if drafts is not None else None

    def saving(self, place: str, typed: JsonObject | None) -> Save:
        """Keep what is typed for a place (None: nothing any more) for this program, and return what puts it on disk."""
        self.typed.pop(place, None)
        if typed is not None:
            self.typed[place] = typed
        text = json.dumps(self.typed) if self.typed else ""
        save = self._file.saving(text) if self._file is not None else None
        return save or nothing_to_save


class StateEdit:
    """What the user edits; a face shows it. Nothing is sent from here."""

    def __init__(self, root: Checkpoint, head: CheckpointId | None, drafts: ThreadDrafts) -> None:
        self.root = root
        """The root checkpoint, with the subgraphs that are paused in it."""
        self.head = head
        """The thread's head when the edit was begun; None when it is meant for an old checkpoint anyway."""
        self.is_written = False
        """The server has it: there is no draft any more."""
        self._drafts = drafts
        self._open(root)

    def _open(self, state: Checkpoint) -> None:
        self.state = state
        """The root checkpoint, or that of a paused subgraph."""
        kept = self._drafts.typed.get(self._place, {})
        self.as_node = as_str(kept.get("as_node")) or None
        """The node whose write it counts as; None leaves it to the server."""
        self.texts = EditTexts(state.values)
        self.texts.load(as_object(kept.get("typed")))
        self.path: Path = next(iter(self.texts.texts), ())
        """The place in the values whose text is edited."""

    @property
    def is_empty(self) -> bool:
        return not self.texts.texts and self.as_node is None

    def to_send(self) -> tuple[Edit, str]:
        """Return the edit without texts that are no JSON, and what is wrong with the first of those, or nothing."""
        changes, problem = self.texts.changes()
        return Edit(dict(self.state.ref), self.state.ns, changes, self.as_node, self.head), problem

    def go_to(self, path: Path, *, removes: bool = False) -> None:
        """Edit another place; `removes`: by removing the message that stands there."""
        self.path = path
        if removes:
            self.texts.put(path, self.texts.removal(path))

    def enter(self, state: Checkpoint) -> None:
        """Edit another of the states inside the checkpoint; what was typed for this one is kept."""
        self.saving()
        self._open(state)

    def clear(self) -> None:
        self.texts.texts.clear()
        self.texts.hows.clear()
        self.as_node = None

    def rebase(self, root: Checkpoint) -> bool:
        """Take what is typed to the thread's new head; False when the subgraph is not paused there."""
        nodes = namespace_nodes(self.state.ns)
        state = next((item for item in states_in(root) if namespace_nodes(item.ns) == nodes), None)
        if state is None:
            return False
        self._drafts.saving(self._place, None)
        self.root, self.state, self.head = root, state, root.checkpoint_id
        self.texts.values = as_object(state.values)
        return True

    def saving(self) -> Save:
        """Keep the draft for this program, and return what puts it on disk; that blocks."""
        if self.is_written or self.is_empty:
            return self._drafts.saving(self._place, None)
        return self._drafts.saving(self._place, {"as_node": self.as_node, "typed": self.texts.to_json()})

    @property
    def _place(self) -> str:
        return f"{join_namespace(self.state.ns)}@{self.state.ref.get('checkpoint_id') or ''}"


def states_in(root: Checkpoint) -> list[Checkpoint]:
    """Return the checkpoint and the states of subgraphs that are paused in it, outer ones first."""
    found = [root]
    for item in found:
        found.extend(task.subgraph for task in item.tasks if task.subgraph is not None and task.subgraph.ref)
    return found
