"""History, re-run, fork, edit, compare and undo by keys, over a studio without a server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from textual.widgets import TextArea

from studio_tui.errors import ConflictError, UsageError
from studio_tui.model.checkpoint import Checkpoint, History, Task
from studio_tui.model.ids import CheckpointId, Namespace, RunId, TaskId, ThreadId
from studio_tui.model.run import RunState
from studio_tui.session.debugger.edit_drafts import EditDrafts
from studio_tui.session.debugger.edits import Edit, EditPreview, Successors
from studio_tui.session.store import Slice
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.screens.edit_state import EditScreen
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.harness import grid, widget_text

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
        store = self.store
        store.thread_id = THREAD
        store.history = History(THREAD)
        store.history.merge(list(items))
        store.history.complete = complete
        store.state = store.history.head
        store.touch(*Slice)

    async def select_checkpoint(self, checkpoint_id: CheckpointId | None) -> None:
        await super().select_checkpoint(checkpoint_id)
        history = self.store.history
        self.store.state = history.by_id[checkpoint_id] if checkpoint_id is not None else history.head
        self.store.touch(Slice.HISTORY, Slice.STATE)

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
        state = self.store.state
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
        self.store.branch_names = {checkpoint_id: name}
        self.store.touch(Slice.HISTORY)

    async def call(self, fn: Callable[[Any], Awaitable[Any]]) -> Any:
        return await fn(self)

    async def state(
        self, thread_id: ThreadId, *, checkpoint_id: CheckpointId | None = None, **_more: Any
    ) -> Checkpoint:
        self._called("state", (thread_id, checkpoint_id))
        return self.answers.get(thread_id) or self.store.history.by_id[checkpoint_id or CheckpointId("")]


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
    studio.past(*(items or forest().store.history.items))
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


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_history_is_the_second_tab_of_panel_three(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        await at_history(it, studio)
        for text in ("⑂ fork", "» input", "↻ loop", "→ tools", "head", "5 checkpoints", "●─╯"):
            await it.sees(text)
        graph = it.app.studio_screen.graph.region
        await it.press("left_square_bracket")
        await it.until(lambda: it.app.studio_screen.active == "timeline", "the timeline")
        await it.until(lambda: it.app.studio_screen.graph.region == graph, "everything else in its place")
        assert it.app.studio_screen.panel("timeline").display
        assert not it.app.studio_screen.panel("history").display
        await it.press("right_square_bracket", "2", "3")
        assert it.app.studio_screen.active == "history", "3 goes to the tab that is open"


async def test_moving_in_history_moves_the_time_cursor_and_esc_returns_to_now(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("j", "j")
        await it.until(lambda: studio.store.cursor == item(2, 1).checkpoint_id, "the cursor")
        await it.sees("you are looking at the past: step 2 · esc returns to now")
        await it.until(lambda: "next" in widget_text(it.app.studio_screen.graph), "what comes next in the graph")
        await it.press("escape")
        await it.until(lambda: studio.store.cursor is None, "now")
        await it.until(lambda: "looking at the past" not in it.screen, "no such line")
        await it.until(lambda: it.app.studio_screen.history.row == 0, "the list at the head")
        assert it.app.studio_screen.active == "history"


async def test_the_list_follows_a_cursor_that_was_moved_elsewhere(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await studio.select_checkpoint(item(1, 0).checkpoint_id)
        await it.until(lambda: it.app.studio_screen.history.row == 3, "row of step 1")
        calls = len(studio.called("select_checkpoint"))
        await it.press("less_than_sign")
        await it.until(lambda: len(studio.called("select_checkpoint")) > calls, "another branch")
        assert studio.store.cursor == item(2, 1).checkpoint_id
        await it.press("greater_than_sign")
        await it.until(lambda: studio.store.cursor is None, "the head's branch")
        await it.press("greater_than_sign")
        await it.sees("There is no newer branch")


async def test_older_pages_are_asked_for_once_when_the_end_is_near(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await it.panels()
        studio.past(*(item(number, number - 1) for number in range(100, 130)), complete=False)
        await it.press("3", "right_square_bracket")
        await it.sees("older ones follow")
        assert not studio.called("more_history")
        await it.press("G")
        await it.until(lambda: bool(studio.called("more_history")), "the next page")
        await it.press("k", "j", "G")
        assert len(studio.called("more_history")) == 1


async def test_rerun_says_what_will_execute_and_runs_only_after_yes(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("j", "j", "R")
        await it.sees("Will run: tools → agent from 2.")
        await it.sees("Nodes really execute again")
        await it.press("n")
        await it.press("R")
        await it.sees("Nodes really execute again")
        assert not studio.called("rerun")
        await it.press("y")
        await it.until(lambda: studio.called("rerun") == [item(2, 1).checkpoint_id], "the re-run")


async def test_a_finished_checkpoint_cannot_be_run_again(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("R")
        await it.sees("the graph had finished here")


async def test_new_checkpoints_keep_the_list_at_now_and_leave_the_past_alone(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        view = it.app.studio_screen.history
        studio.store.history.merge([item(5, 4)])
        studio.store.touch(Slice.HISTORY)
        await it.until(lambda: len(view.rows) == 6 and view.row == 0, "the new head")
        await it.press("j", "j")
        await it.until(lambda: studio.store.cursor == item(3, 1).checkpoint_id, "the past")
        studio.store.history.merge([item(6, 5)])
        studio.store.touch(Slice.HISTORY)
        await it.until(lambda: len(view.rows) == 7, "one more")
        assert view.row == 3, "the same checkpoint"
        assert studio.store.cursor == item(3, 1).checkpoint_id


async def test_fork_with_and_without_running(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("j", "f")
        await it.sees("nothing runs")
        await it.press("down", "enter")
        await it.sees("Forked: step 9 (fork)")
        assert studio.called("fork") == [(item(3, 1).checkpoint_id, None, False)]


async def test_edit_previews_applies_once_and_does_not_continue(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await it.sees("Nothing is changed yet")
        await rewrite(it, "7")
        await it.sees("Certain. ctrl+s writes it")
        await it.sees("next: nothing (finished) → agent")
        assert not studio.called("apply_edit")
        await it.press("ctrl+o")
        await it.sees("the body")
        await it.press("escape")
        await it.press("ctrl+s")
        await it.sees("Applied. c continues. u undoes it.")
        ((edit, head),) = studio.called("apply_edit")
        assert edit.changes["count"].value == 7
        assert head == item(4, 3).checkpoint_id
        assert studio.time.drafts.of(THREAD) == []
        assert not studio.called("continue_run")


async def test_an_edit_of_the_past_is_a_fork_and_expects_no_head(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("j", "j")
        await it.until(lambda: studio.store.cursor is not None, "the past")
        await in_editor(it)
        await it.sees("a fork: the head stays in the history")
        await rewrite(it, "7")
        await it.press("ctrl+s")
        await it.sees("Applied.")
        ((edit, head),) = studio.called("apply_edit")
        assert head is None
        assert edit.checkpoint["checkpoint_id"] == item(2, 1).checkpoint_id


async def test_the_node_is_picked_with_what_comes_next(start: Start) -> None:
    studio = TimeStudio()
    async with start(size=(80, 24), studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await it.press("ctrl+n")
        await it.sees("next: agent")
        await it.sees("next: tools or end, decided on the edited state")
        await it.press("down", "down", "enter")
        await it.sees("tools  next: agent")
        await it.press("ctrl+s")
        await it.until(lambda: bool(studio.called("apply_edit")), "applied without changed values")
        assert studio.called("apply_edit")[0][0].as_node == "tools"


async def test_unreadable_json_is_never_applied_but_kept(start: Start, tmp_path: Path) -> None:
    studio = TimeStudio()
    studio.time.drafts = EditDrafts(tmp_path, lambda: "http://test")
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await rewrite(it, "[1,")
        await it.sees("draft kept")
        await it.press("ctrl+s")
        await it.sees("Not applied. count: line 1")
        assert not studio.called("apply_edit")
        await it.press("escape")
        await it.sees("The draft is kept")
        await it.press("e")
        await it.sees("Your draft is back")
        await it.sees("[1,")
        await it.press("ctrl+r")
        await it.sees("Nothing is changed yet")


@pytest.mark.parametrize(("status", "way"), [(409, "try again"), (None, "fork here")])
async def test_conflicts_are_explained_with_the_ways_out(start: Start, status: int | None, way: str) -> None:
    studio = TimeStudio()
    studio.fail["apply_edit"] = [ConflictError("The thread has moved on", "Somebody wrote step 5.", "", status=status)]
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await rewrite(it, "7")
        await it.press("ctrl+s")
        await it.sees("Somebody wrote step 5.")
        await it.sees(way)
        assert len(studio.called("apply_edit")) == 1
        await it.type(way)
        await it.press("enter")
        await it.until(lambda: len(studio.called("apply_edit")) == 2, "the second attempt")
        assert (studio.called("apply_edit")[1][1] is None) == (status is None)


async def test_a_refusal_keeps_the_editor_open_with_its_reason(start: Start) -> None:
    studio = TimeStudio()
    studio.fail["apply_edit"] = [UsageError("The server refused it", "count must be odd", "Type another one.")]
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await rewrite(it, "8")
        await it.press("ctrl+s")
        await it.sees("count must be odd")
        assert isinstance(it.app.screen, EditScreen)


async def test_undo_tells_what_it_did_and_redo_why_it_cannot(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("u")
        await it.sees("Undid: the edit of")
        await it.press("U")
        await it.sees("Redo: There is no edit or fork")


async def test_names_and_copies_by_prompt(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("colon")
        await it.type("name-branch good")
        await it.press("enter")
        await it.until(lambda: studio.called("name_branch") == [(item(4, 3).checkpoint_id, "good")], "the name")
        await it.until(lambda: " good head" in it.screen, "the name in the row")
        await it.press("colon")
        await it.type("copy-until")
        await it.press("enter")
        await it.until(lambda: bool(studio.called("copy_thread_until")), "the copy")


async def test_diff_again_compares_with_the_parent_instead_of_the_mark(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        studio.store.mark = item(1, 0).checkpoint_id
        await it.press("d")
        await it.until(lambda: it.app.studio_screen.active == "diff", "Diff")
        assert not studio.called("toggle_base")
        await it.press("d")
        await it.sees("Diff compares with the parent")


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_two_checkpoints_side_by_side(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        await at_history(it, studio)
        await it.press("colon")
        await it.type("compare")
        await it.press("enter")
        await it.sees("another thread")
        await it.type("1f00000000001")
        await it.press("enter")
        await it.sees("~ messages[0].content")
        await it.sees("step 4")
        rows = it.screen.split("\n")
        assert any("m1" in row and "m4" in row[row.index("m1") :] for row in rows), it.screen
        await it.press("escape")


async def test_compare_with_another_thread_by_its_id(start: Start) -> None:
    studio = TimeStudio()
    other = "bbbb0002-0000-4000-8000-000000000002"
    studio.answers[other] = item(1, None, values={"count": EVIL})
    async with start(size=(80, 24), studio=studio) as it:
        await at_history(it, studio)
        await it.press("colon")
        await it.type("compare bbbb")
        await it.press("enter")
        await it.sees("~ count")
        assert studio.called("state") == [(other, None)]
        assert all(is_safe(row) for row in grid(it.app))


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_hostile_values_keys_and_names_steer_nothing(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        evil = item(
            5, None, values={EVIL: EVIL, "messages": [{"type": "human", "id": EVIL, "content": EVIL}]}, next=(EVIL,)
        )
        await at_history(it, studio, evil, item(6, 5, source=EVIL, values={EVIL: 1}))
        studio.store.branch_names = {CheckpointId(evil.checkpoint_id or ""): EVIL}
        studio.store.touch(Slice.HISTORY)
        assert all(is_safe(row) for row in grid(it.app))
        await it.press("j", "e")
        await it.sees("Edit what")
        assert all(is_safe(row) for row in grid(it.app))
        await it.press("enter")
        await it.sees("What it changes")
        assert all(is_safe(row) for row in grid(it.app))
        await rewrite(it, '"plain"')
        await it.until(lambda: bool(studio.called("preview_edit")), "the preview")
        await it.press("ctrl+t")
        await it.sees("Edit what")
        assert all(is_safe(row) for row in grid(it.app))


async def test_readonly_sessions_write_nothing(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        studio.store.readonly = True
        for command in ("rerun", "edit", "fork", "copy-until", "undo", "redo"):
            it.app.perform(command)
        await it.sees("read-only")
        assert not {"rerun", "fork", "apply_edit", "undo", "copy_thread_until"} & {name for name, _ in studio.calls}


async def test_the_border_counts_what_is_loaded(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.sees("5 checkpoints")
        for number in range(5, 9):
            studio.store.history.merge([item(number, number - 1)])
            studio.store.touch(Slice.HISTORY)
            await it.pilot.pause()
        await it.sees("9 checkpoints")
        studio.store.history.loading = True
        studio.store.touch(Slice.HISTORY)
        await it.sees("9 checkpoints")
