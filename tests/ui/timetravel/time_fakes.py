"""A studio with a forest of checkpoints and no server, and the way to its history and editor by keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from textual.widgets import TextArea

from studio_tui.core.state.app_state import Slice
from studio_tui.core.timetravel.branch_names import BranchNames
from studio_tui.core.timetravel.editing import StateEditor
from studio_tui.core.timetravel.edits import Direction, Edit, EditPreview, UndoStep
from studio_tui.core.timetravel.state_edit import EditDrafts
from studio_tui.core.timetravel.successors import Successors
from studio_tui.domain.checkpoint import Checkpoint, History, Task
from studio_tui.domain.ids import CheckpointId, Namespace, RunId, TaskId, ThreadId
from studio_tui.domain.run import RunState
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.ui.conftest import Driven
from tests.ui.fakes import Calls, FakeBranching, FakeHistory, FakeStudio, FakeTime

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


class ForestHistory(FakeHistory):
    async def select(self, checkpoint_id: CheckpointId | None) -> None:
        await super().select(checkpoint_id)
        app_state = self.calls.app_state
        history = app_state.history
        app_state.state = history.by_id[checkpoint_id] if checkpoint_id is not None else history.head
        app_state.touch(Slice.HISTORY, Slice.STATE)

    async def toggle_base(self) -> str:
        self.calls.note("toggle_base")
        return "parent"


class ForestBranching(FakeBranching):
    def cannot(self, direction: Direction) -> str:
        return "" if direction == "undo" else super().cannot(direction)

    def next_step(self, direction: Direction) -> UndoStep | None:
        return UndoStep("the edit of `count` at step 4", {}) if direction == "undo" else None

    def will_execute(self, checkpoint_id: CheckpointId | None) -> str:
        return f"Will run: tools → agent from {(checkpoint_id or '')[-1]}."

    async def rerun(self, checkpoint_id: CheckpointId | None, *, request: Any = None) -> RunState:
        self.calls.note("rerun", checkpoint_id)
        self.calls.note("rerun_request", request)
        self.calls.app_state.cursor = None
        return self.calls.running()

    async def fork(
        self, checkpoint_id: CheckpointId, edit: Edit | None, *, run: bool, request: Any = None
    ) -> Checkpoint:
        self.calls.note("fork", (checkpoint_id, edit, run))
        return item(9, 1, source="fork")

    async def copy_thread_until(self, checkpoint_id: CheckpointId) -> ThreadId:
        self.calls.note("copy_thread_until", checkpoint_id)
        return ThreadId("copy0001")

    async def restore(self, direction: Direction) -> str:
        self.calls.note(direction)
        return "Undid: the edit of `count`. The thread stands at step 3."


class ForestNames(BranchNames):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def give(self, checkpoint_id: CheckpointId, name: str) -> None:
        self.calls.note("name_branch", (checkpoint_id, name))
        self.calls.app_state.branch_names = {checkpoint_id: name}
        self.calls.app_state.touch(Slice.HISTORY)


class ForestEditor(StateEditor):
    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    async def preview(self, edit: Edit) -> EditPreview:
        self.calls.note("preview_edit", edit)
        state = self.calls.app_state.state
        assert state is not None
        before = cast("Mapping[str, Any]", state.values)
        after = {**before, **{key: change.value for key, change in edit.changes.items()}}
        return EditPreview(before, after, state.next, ("agent",), True, (), {"values": "the body"}, False)

    async def apply(self, edit: Edit, *, expected_head: CheckpointId | None) -> Checkpoint:
        self.calls.note("apply_edit", (edit, expected_head))
        return item(9, 1, source="update", next=("agent",))


class ForestTime(FakeTime):
    """Drafts in memory and a small graph."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(calls)
        self.drafts = EditDrafts(None, lambda: "http://test")
        self.branching = ForestBranching(calls)
        self.editing = ForestEditor(calls)
        self.names = ForestNames(calls)

    def nodes(self, _ns: Namespace = ()) -> tuple[str, ...]:
        return ("agent", "tools", "__end__")

    def successors(self, as_node: str, _ns: Namespace = ()) -> Successors | None:
        return {"agent": Successors(("tools", "__end__"), False), "tools": Successors(("agent",), True)}.get(as_node)


class TimeStudio(FakeStudio):
    """A thread of some checkpoints; `answers` are the heads of other threads."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Checkpoint] = {}
        self.history = ForestHistory(self.record)
        self.time = ForestTime(self.record)
        self.connection.server = self

    def past(self, *items: Checkpoint, complete: bool = True) -> None:
        app_state = self.app_state
        app_state.thread_id = THREAD
        app_state.history = History(THREAD)
        app_state.history.merge(list(items))
        app_state.history.complete = complete
        app_state.state = app_state.history.head
        app_state.touch(*Slice)

    async def state(
        self, thread_id: ThreadId, *, checkpoint_id: CheckpointId | None = None, **_more: Any
    ) -> Checkpoint:
        self.record.note("state", (thread_id, checkpoint_id))
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
    """Open the history on the forest."""
    await it.panels()
    studio.past(*(items or forest().app_state.history.items))
    await it.press("8")
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
