"""Editing the state by keys: preview, one write, drafts and conflicts, over a studio without a server."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import TextArea

from studio_tui.config.private_store import write_private
from studio_tui.core.state.app_state import Slice
from studio_tui.core.timetravel.edits import Edit, EditPreview
from studio_tui.core.timetravel.state_edit import EditDrafts, StateEdit
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import CheckpointId, TaskId
from studio_tui.errors import ConflictError, ConnectError, StudioError, UsageError
from studio_tui.jsonkit.value import Json
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.ui.conftest import Start
from tests.ui.timetravel.time_fakes import (
    THREAD,
    TimeStudio,
    at_history,
    in_editor,
    item,
    rewrite,
)


async def test_the_way_out_of_the_editor_is_shown_on_narrow_screens(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio, size=(80, 24)) as it:
        await at_history(it, studio)
        await in_editor(it)
        await it.sees("esc Leave")
        await it.sees("f1 Help")


async def test_edit_previews_applies_once_and_does_not_continue(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await it.sees("Nothing is changed yet")
        await rewrite(it, "7")
        await it.sees("Certain. ^s writes it")
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
        assert studio.time.drafts.of(THREAD).typed == {}
        assert not studio.called("continue_run")


async def test_nothing_else_is_chosen_while_an_edit_is_applied(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, answer = TimeStudio(), asyncio.Event()
    apply = studio.time.editing.apply

    async def slowly(edit: Edit, *, expected_head: CheckpointId | None) -> Checkpoint:
        await answer.wait()
        return await apply(edit, expected_head=expected_head)

    monkeypatch.setattr(studio.time.editing, "apply", slowly)
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await rewrite(it, "7")
        await it.sees("Certain. ^s writes it")
        await it.press("ctrl+s")
        await it.sees("Applying")
        await it.press("ctrl+t", "ctrl+n")
        assert isinstance(it.app.screen, EditScreen)
        answer.set()
        await it.sees("Applied. c continues. u undoes it.")
        assert studio.time.drafts.of(THREAD).typed == {}


async def test_an_edit_of_the_past_is_a_fork_and_expects_no_head(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("j", "j")
        await it.until(lambda: studio.app_state.cursor is not None, "the past")
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
        await it.press("down")
        await it.sees("next: tools or end, decided on the edited state")
        await it.press("down", "enter")
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
        await it.sees("Press ^r once more")
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


async def test_leaving_at_once_keeps_what_was_typed_though_the_connection_is_gone(start: Start, tmp_path: Path) -> None:
    studio = TimeStudio()
    servers = ["http://test"]

    def base_url() -> str:
        if not servers:
            raise StudioError("Not connected")
        return servers[0]

    studio.time.drafts = EditDrafts(tmp_path, base_url)

    async def aclose() -> None:
        servers.clear()

    studio.aclose = aclose  # type: ignore[method-assign]
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        screen = it.app.screen
        assert isinstance(screen, EditScreen)
        screen.area.load_text("[1, 2")
        await it.app.action_quit()  # before any message about the change has been looked at
    assert it.app.return_code == 0
    assert it.app.drafts_lost == []
    later = EditDrafts(tmp_path, lambda: "http://test")
    assert "[1, 2" in str(later.of(THREAD).typed)


async def test_a_draft_that_cannot_be_written_is_told(start: Start, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    studio = TimeStudio()
    studio.time.drafts = EditDrafts(tmp_path / "blocked", lambda: "http://test")
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await rewrite(it, "[1,")
        await it.sees("the draft could not be kept on disk")
        assert it.app.save_all_drafts() == ["the edit of the state"]


async def test_a_value_that_is_too_large_says_so_for_as_long_as_it_is_there(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        screen = it.app.screen
        assert isinstance(screen, EditScreen)
        screen.edit.texts.values = {"count": "A1b2" * 1_000_000}
        screen._show()
        await it.sees("too large to be edited here")
        await screen._show_preview()
        await it.sees("too large to be edited here")
        assert screen.area.read_only


async def test_a_preview_that_fails_leaves_no_older_one_beside_the_value(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = TimeStudio()

    async def away(_edit: Edit) -> EditPreview:
        raise ConnectError("Nothing listens at host", "The connection was refused.")

    async with start(studio=studio) as it:
        await at_history(it, studio)
        await in_editor(it)
        await rewrite(it, "7")
        await it.sees("next: nothing (finished) → agent")
        monkeypatch.setattr(studio.time.editing, "preview", away)
        await rewrite(it, "8")
        await it.sees("What this changes is not known now")
        await it.until(lambda: "→ agent" not in it.screen, "the older preview gone")
        await it.press("ctrl+o")
        await it.sees("Nothing listens at host")
        assert "Nothing is changed yet" not in it.screen


@pytest.mark.parametrize("columns", [24, 40])
async def test_an_editor_of_a_narrow_terminal_shows_its_lines_from_the_beginning_once_they_fit(
    start: Start, columns: int
) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        area = (await in_editor(it)).area
        await it.pilot.resize_terminal(columns, 24)
        await rewrite(it, '{"key": "' + "word " * 14 + '"}\n' + "x" * 400)
        area.move_cursor((0, 70))
        await it.until(lambda: area.scroll_x > 0, "the cursor at the end of its line")
        await it.pilot.resize_terminal(120, 36)
        await it.until(lambda: area.scroll_x <= 30, "no further than the cursor needs")
        assert area.region.contains_point(area.cursor_screen_offset)


async def test_the_draft_is_written_beside_the_loop_and_at_the_end_at_once(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers: list[threading.Thread] = []

    def write(path: Path, text: str) -> None:
        if path.name.endswith(".draft.json"):
            writers.append(threading.current_thread())
        write_private(path, text)

    monkeypatch.setattr("studio_tui.config.private_store.write_private", write)
    studio = TimeStudio()
    studio.time.drafts = EditDrafts(tmp_path, lambda: "http://test")
    async with start(studio=studio) as it:
        await at_history(it, studio)
        screen = await in_editor(it)
        await rewrite(it, "[1,")
        await it.sees("draft kept")
        await it.until(lambda: it.app.save_all_drafts() == [])
        assert threading.main_thread() not in writers  # it is safe already
        screen.area.load_text("[2,")
        assert it.app.save_all_drafts() == []
        assert writers[-1] is threading.main_thread()


async def test_what_is_typed_for_one_subgraph_is_there_again_after_another(start: Start) -> None:
    ref = {"thread_id": THREAD, "checkpoint_id": "1f00000000009", "checkpoint_ns": "tools:1"}
    inner = replace(item(9, None, values={"depth": 1}), ns=("tools:1",), ref=dict[str, Json](ref))
    root = item(4, 3, tasks=(Task(TaskId("t"), "tools", subgraph=inner),), next=("tools",))
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        edit = StateEdit(root, root.checkpoint_id, studio.time.drafts.of(THREAD))
        edit.go_to(("count",))
        it.app.push_screen(EditScreen(edit))
        await it.sees("another subgraph")
        await rewrite(it, "4711,")
        for key, shown in (("down", "depth"), ("up", "4711,")):
            await it.press("ctrl+b")
            await it.sees("State of")
            await it.press(key, "enter")
            await it.until(lambda shown=shown: shown in it.app.screen.query_one("#edit-area", TextArea).text)  # type: ignore[misc]
        assert "an edit of the head" in it.screen
        studio.app_state.history.merge([item(5, 4)])
        studio.app_state.touch(Slice.HISTORY)
        await it.sees("the thread has moved on, to step 5")
