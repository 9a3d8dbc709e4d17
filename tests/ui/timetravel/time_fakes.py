"""A studio with a forest of checkpoints and no server, and the way to its history and editor by keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from textual.widgets import TextArea

from studio_tui.core.state.app_state import Slice
from studio_tui.core.timetravel.edit_drafts import EditDrafts
from studio_tui.core.timetravel.edits import Edit, EditPreview, Successors
from studio_tui.domain.checkpoint import Checkpoint, History, Task
from studio_tui.domain.ids import CheckpointId, Namespace, RunId, TaskId, ThreadId
from studio_tui.domain.run import RunState
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.ui.conftest import Driven
from tests.ui.fakes import FakeStudio

THREAD = ThreadId("aaaa0001-0000-4000-8000-000000000001")
EVIL = "\x1b[31m[bold]evil\u202e\x07"


def values_at(number: int) -> dict[str, Any]:
    return {"messages": [{"type": "human", "id": "h", "content": f"m{number}"}], "count": number}


def item(number: int, parent: int | None, **more: Any) -> Checkpoint:
    checkpoint_id = CheckpointId(f"1f0{number:010d}")
    return Checkpoint(
        THREAD,
        checkpoint_id,
        parent_id=None if parent is None else CheckpointId(f"1f0{parent:010d}"),
        step=number,
        source=more.pop("source", "loop"),
        created_at=1_700_000_000.0 + number,
        ref={"thread_id": THREAD, "checkpoint_id": checkpoint_id, "checkpoint_ns": ""},
        values=more.pop(
            "values", {"messages": [{"type": "human", "id": "h", "content": f"m{number}"}], "count": number}
        ),
        **more,
    )


@dataclass
class FakeTime:
    """Drafts in memory and a small graph."""

    drafts: EditDrafts = field(default_factory=lambda: EditDrafts(None, lambda: "http://test"))

    def nodes(self, _ns: Namespace = ()) -> tuple[str, ...]:
        return ("agent", "tools", "__end__")

    def successors(self, as_node: str, _ns: Namespace = ()) -> Successors | None:
        return {"agent": Successors(("tools", "__end__"), False), "tools": Successors(("agent",), True)}.get(as_node)


@dataclass
class TimeStudio(FakeStudio):
    """A thread of some checkpoints; `made` is what a write leads to."""

    can_undo: str = ""
    can_redo: str = "There is no edit or fork of this session to redo."
    time: FakeTime = field(default_factory=FakeTime)
    answers: dict[str, Checkpoint] = field(default_factory=dict)

    def past(self, *items: Checkpoint, complete: bool = True) -> None:
        store = self.app_state
        store.thread_id = THREAD
        store.history = History(THREAD)
        store.history.merge(list(items))
        store.history.complete = complete
        store.state = store.history.head
        store.touch(*Slice)

    async def select_checkpoint(self, checkpoint_id: CheckpointId | None) -> None:
        await super().select_checkpoint(checkpoint_id)
        history = self.app_state.history
        self.app_state.state = history.by_id[checkpoint_id] if checkpoint_id is not None else history.head
        self.app_state.touch(Slice.HISTORY, Slice.STATE)

    def will_execute(self, checkpoint_id: CheckpointId) -> str:
        return f"Will run: tools → agent from {checkpoint_id[-1]}."

    async def rerun(self, checkpoint_id: CheckpointId, *, request: Any = None) -> RunState:
        self._called("rerun", checkpoint_id)
        return self.running()

    async def fork(self, checkpoint_id: CheckpointId, edit: Edit | None, *, run: bool) -> Checkpoint:
        self._called("fork", (checkpoint_id, edit, run))
        return item(9, 1, source="fork")

    async def copy_thread_until(self, checkpoint_id: CheckpointId) -> ThreadId:
        self._called("copy_thread_until", checkpoint_id)
        return ThreadId("copy0001")

    async def preview_edit(self, edit: Edit) -> EditPreview:
        self._called("preview_edit", edit)
        state = self.app_state.state
        assert state is not None
        before = cast("Mapping[str, Any]", state.values)
        after = {**before, **{key: change.value for key, change in edit.changes.items()}}
        return EditPreview(before, after, state.next, ("agent",), True, (), {"values": "the body"}, False)

    async def apply_edit(self, edit: Edit, *, expected_head: CheckpointId | None) -> Checkpoint:
        self._called("apply_edit", (edit, expected_head))
        return item(9, 1, source="update", next=("agent",))

    async def undo(self) -> str:
        self._called("undo")
        return "Undid: the edit of `count`. The thread stands at step 3."

    async def toggle_base(self) -> str:
        self._called("toggle_base")
        return "parent"

    def name_branch(self, checkpoint_id: CheckpointId, name: str) -> None:
        self._called("name_branch", (checkpoint_id, name))
        self.app_state.branch_names = {checkpoint_id: name}
        self.app_state.touch(Slice.HISTORY)

    async def call(self, fn: Callable[[Any], Awaitable[Any]]) -> Any:
        return await fn(self)

    async def state(
        self, thread_id: ThreadId, *, checkpoint_id: CheckpointId | None = None, **_more: Any
    ) -> Checkpoint:
        self._called("state", (thread_id, checkpoint_id))
        return self.answers.get(thread_id) or self.app_state.history.by_id[checkpoint_id or CheckpointId("")]


def forest() -> TimeStudio:
    studio = TimeStudio()
    done = Task(TaskId("t"), "agent", result={"count": 1}, has_result=True)
    studio.past(
        item(0, None, source="input"),
        item(1, 0, tasks=(done,), next=("agent",), run_id=RunId("run-1")),
        item(2, 1, next=("tools",)),
        item(3, 1, source="fork"),
        item(4, 3),
    )
    return studio


async def at_history(it: Driven, studio: TimeStudio, *items: Checkpoint) -> None:
    """Open the history tab on the forest."""
    await it.panels()
    studio.past(*(items or forest().app_state.history.items))
    await it.press("3", "right_square_bracket")
    await it.until(lambda: it.app.studio_screen.active == "history", "the history")
    await it.sees("checkpoints")


async def in_editor(it: Driven, path_label: str = "count") -> EditScreen:
    """Open the editor on a place, through the list of places."""
    await it.press("e")
    await it.sees("Edit what")
    await it.type(path_label)
    await it.press("enter")
    await it.until(lambda: isinstance(it.app.screen, EditScreen) and bool(it.app.screen.query("#edit-area")), "editor")
    screen = it.app.screen
    assert isinstance(screen, EditScreen)
    return screen


async def rewrite(it: Driven, text: str) -> None:
    area = it.app.screen.query_one("#edit-area", TextArea)
    area.focus()
    area.replace(text, (0, 0), area.document.end)
    await it.pilot.pause()
