"""History, re-run, fork, compare and undo by keys, over a studio without a server."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import Phase
from studio_tui.domain.server import Capability
from studio_tui.present.timetravel.state import checkpoint_name
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.timetravel.history_panel import HistoryView
from tests.ui.conftest import Start
from tests.ui.fakes import AGENT, CHAT
from tests.ui.harness import grid, screen_text, widget_text
from tests.ui.timetravel.time_fakes import (
    EVIL,
    TimeStudio,
    at_history,
    item,
    rewrite,
)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_history_is_an_arrangement_of_its_own_and_three_leads_back(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        await at_history(it, studio)
        for text in ("⋎ fork", "0 input", "4 loop", "→ tools", "head", "5 checkpoints", "●─╯"):
            await it.sees(text)
        screen = it.app.studio_screen
        assert screen.panel("diff").display, "what the checkpoint changed stands beside the list"
        if size[0] > 100:
            for beside in ("graph", "state", "paths"):
                assert screen.panel(beside).display, beside
            await it.sees("What you can do here")
        await it.press("3")
        await it.until(lambda: it.app.studio_screen.active == "timeline", "the timeline")
        assert it.app.studio_screen.panel("timeline").display
        assert not it.app.studio_screen.panel("history").display
        await it.press("8")
        assert it.app.studio_screen.active == "history"
        await it.press("escape")
        assert it.app.studio_screen.active == "timeline", "esc leads back from now"


async def test_where_older_checkpoints_cannot_come_each_panel_made_of_them_says_so(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        screen = it.app.studio_screen
        assert "too large" not in it.screen
        studio.app_state.history.too_large = True
        studio.app_state.touch(Slice.HISTORY)
        await it.until(lambda: "older ones are too large" in widget_text(screen.panel("history")), "the history")
        await it.until(lambda: "older states too large" in widget_text(screen.graph), "the graph")
        await it.press("left_square_bracket")
        await it.until(lambda: "older states too large" in widget_text(screen.panel("timeline")), "the timeline")
        studio.app_state.runs = []
        studio.app_state.touch(Slice.RUN)
        await it.sees("No runs are shown: older states too large.")


async def test_moving_in_history_moves_the_time_cursor_and_esc_returns_to_now(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("j", "j")
        await it.until(lambda: studio.app_state.cursor == item(2, 1).checkpoint_id, "the cursor")
        await it.sees("THE PAST · step 2, another branch")
        await it.until(lambda: "next" in widget_text(it.app.studio_screen.graph), "what comes next in the graph")
        await it.press("escape")
        await it.until(lambda: studio.app_state.cursor is None, "now")
        await it.until(lambda: "THE PAST" not in it.screen, "no such line")
        await it.until(lambda: it.app.studio_screen.part(HistoryView).row == 0, "the list at the head")
        assert it.app.studio_screen.active == "history"


async def test_the_list_follows_a_cursor_that_was_moved_elsewhere(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await studio.history.select(item(1, 0).checkpoint_id)
        await it.until(lambda: it.app.studio_screen.part(HistoryView).row == 3, "row of step 1")
        calls = len(studio.called("select_checkpoint"))
        await it.press("less_than_sign")
        await it.until(lambda: len(studio.called("select_checkpoint")) > calls, "another branch")
        assert studio.app_state.cursor == item(2, 1).checkpoint_id
        await it.press("greater_than_sign")
        await it.until(lambda: studio.app_state.cursor is None, "the head's branch")
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
        studio.app_state.history.loading = True  # as long as the page is on its way
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


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_what_is_sent_in_the_past_branches_off_there_and_the_composer_says_so_before(
    start: Start, size: tuple[int, int]
) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        await at_history(it, studio)
        studio.app_state.assistant_id, studio.app_state.schemas = AGENT.assistant_id, CHAT
        studio.app_state.touch(*Slice)
        await it.press("j", "j", "i")
        await it.sees("Send from here: a message branches off at step 2")
        await it.type("hello")
        await it.press("enter")
        await it.until(lambda: studio.called("rerun") == [item(2, 1).checkpoint_id], "the run")
        (request,) = studio.called("rerun_request")
        assert request.input == {"messages": [{"type": "human", "content": "hello"}]}
        assert request.checkpoint == item(2, 1).ref
        assert not studio.called("start")
        await it.sees("Sent from step 2: a new branch")
        await it.until(lambda: "Send from here" not in it.screen, "the composer at now")


async def test_run_sends_from_the_old_checkpoint_too_and_from_now_to_the_head(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        studio.app_state.assistant_id, studio.app_state.schemas = AGENT.assistant_id, CHAT
        studio.app_state.touch(*Slice)
        await it.press("j", "j", "i")
        await it.type("hello")
        await it.press("escape", "r")
        await it.until(lambda: len(studio.called("rerun")) == 1, "the run")
        await it.press("i")
        await it.type("again")
        await it.press("ctrl+s")
        await it.until(lambda: len(studio.called("start")) == 1, "the run at the head")
        assert studio.called("start")[0].checkpoint is None


async def test_where_nothing_can_run_from_an_old_checkpoint_it_is_said_before_and_nothing_is_sent(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        app_state = studio.app_state
        app_state.assistant_id, app_state.schemas = AGENT.assistant_id, CHAT
        assert app_state.server is not None
        cannot = {**app_state.server.capabilities, "replay": Capability(False, "It starts a new turn.")}
        app_state.server = replace(app_state.server, capabilities=cannot)
        app_state.touch(*Slice)
        await it.press("j", "j", "i")
        await it.sees("Nothing can be sent from an old checkpoint")
        await it.type("hello")
        await it.press("enter")
        await it.sees("Not sent. Nothing can be sent from an old")
        await it.press("f1")
        await it.sees("Not sent. Nothing can be sent from an old checkpoint: It starts a new turn.")
        assert not studio.called("rerun")
        assert not studio.called("start")


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
        view = it.app.studio_screen.part(HistoryView)
        studio.app_state.history.merge([item(5, 4)])
        studio.app_state.touch(Slice.HISTORY)
        await it.until(lambda: len(view.rows) == 6 and view.row == 0, "the new head")
        await it.press("j", "j")
        await it.until(lambda: studio.app_state.cursor == item(3, 1).checkpoint_id, "the past")
        studio.app_state.history.merge([item(6, 5)])
        studio.app_state.touch(Slice.HISTORY)
        await it.until(lambda: len(view.rows) == 7, "one more")
        assert view.row == 3, "the same checkpoint"
        assert studio.app_state.cursor == item(3, 1).checkpoint_id


async def test_fork_with_and_without_running(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("j", "f")
        await it.sees("nothing runs")
        await it.press("down", "enter")
        await it.sees("Nothing is next. u takes it back.")
        assert "Forked: step 9 (fork)" in it.screen
        assert studio.called("fork") == [(item(3, 1).checkpoint_id, None, False)]
        await it.press("f")
        await it.sees("what you type in the composer (i) branches off here")
        await it.press("down", "down", "down", "enter")
        await it.until(lambda: it.app.studio_screen.area == "composer", "where a message is typed")
        assert len(studio.called("fork")) == 1


async def test_undo_tells_what_it_did_and_redo_why_it_cannot(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.sees("u Undo edit")
        await it.sees("takes back the edit of `count`")
        await it.press("u")
        await it.sees("Undid: the edit of")
        await it.press("U")
        await it.sees("Redo: There is no edit or fork")
        assert ".." not in screen_text(it.app)


async def test_names_and_copies_by_prompt(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        await it.press("colon")
        await it.type("name-branch good")
        await it.press("enter")
        await it.until(lambda: studio.called("name_branch") == [(item(4, 3).checkpoint_id, "good")], "the name")
        await it.until(lambda: " good head" in it.screen, "the name in the row")
        await it.sees("Step 4 1f00000000004 is called good.")
        await it.press("colon")
        await it.type("copy-until")
        await it.press("enter")
        await it.until(lambda: bool(studio.called("copy_thread_until")), "the copy")


async def test_diff_again_compares_with_the_parent_instead_of_the_mark(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await at_history(it, studio)
        studio.app_state.mark = item(1, 0).checkpoint_id
        await it.press("3", "d")
        await it.until(lambda: it.app.studio_screen.panel("diff").region.height > 0, "Diff")
        await it.press("8")
        await it.until(lambda: it.app.studio_screen.active == "history", "the focus where it was")
        assert not studio.called("toggle_base")
        await it.press("d")
        await it.sees("Diff compares with the parent")


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_what_the_key_of_diff_does_next_is_told_in_its_border_and_in_the_bottom_row(
    start: Start, size: tuple[int, int]
) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        await at_history(it, studio)
        app_state = studio.app_state
        parent, marked = app_state.history.items[1], app_state.history.items[-1]

        def compare_with(base: Checkpoint, mark: Checkpoint | None) -> None:
            app_state.state, app_state.base = app_state.history.items[0], base
            app_state.mark = mark.checkpoint_id if mark is not None else None
            app_state.touch(Slice.STATE, Slice.HISTORY)

        compare_with(parent, None)
        await it.until(lambda: " m Mark " in it.screen and " d " not in it.screen.splitlines()[-1], "nothing to turn")
        assert "Against" not in it.screen
        compare_with(marked, marked)
        await it.until(lambda: " , . Time  d Against parent  " in it.screen.splitlines()[-1], "the key")
        await it.until(lambda: "d Against its parent ─╯" in it.screen, "the border")
        compare_with(parent, marked)
        await it.until(lambda: " , . Time  d Against mark  " in it.screen.splitlines()[-1], "the key")
        await it.until(lambda: "d Against the mark ─╯" in it.screen, "the border")
        compare_with(parent, None)
        app_state.cursor = app_state.history.items[0].checkpoint_id
        await it.press("m")
        told = f"Marked step {app_state.history.items[0].step}: move, Diff shows the difference; :compare both."
        await it.sees(told if size[0] > 110 else "Marked step")  # what holds here; in one row where there is room


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_two_checkpoints_side_by_side(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        await at_history(it, studio)
        await it.press("colon")
        await it.type("compare")
        await it.press("enter")
        await it.sees("another thread")
        assert any("step 2 1f00" in row and "agent count 1" in row for row in it.screen.split("\n")), it.screen
        await it.type("1f00000000001")
        await it.press("enter")
        await it.sees("~ messages[0].content")
        await it.sees("step 4")
        rows = it.screen.split("\n")
        assert any("m1" in row and "m4" in row[row.index("m1") :] for row in rows), it.screen
        await it.press("escape")
        studio.app_state.mark = item(2, 1).checkpoint_id
        await it.press("colon")
        await it.type("compare")
        await it.press("enter")
        await it.sees(f"against the marked one, {checkpoint_name(item(2, 1))}")
        await it.press("escape")
        studio.app_state.mark = studio.app_state.state.checkpoint_id if studio.app_state.state else None
        studio.app_state.touch(Slice.HISTORY, Slice.STATE)
        await it.sees("m Unmark")


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
        studio.app_state.branch_names = {CheckpointId(evil.checkpoint_id or ""): EVIL}
        studio.app_state.touch(Slice.HISTORY)
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
        studio.app_state.readonly = True
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
            studio.app_state.history.merge([item(number, number - 1)])
            studio.app_state.touch(Slice.HISTORY)
            await it.pilot.pause()
        await it.sees("9 checkpoints")
        studio.app_state.history.loading = True
        studio.app_state.touch(Slice.HISTORY)
        await it.sees("9 checkpoints")


async def test_during_a_run_nobody_says_that_the_thread_has_no_checkpoints(start: Start) -> None:
    studio = TimeStudio()
    async with start(studio=studio) as it:
        await it.panels()
        studio.running(Phase.RUNNING)
        await it.press("3", "right_square_bracket")
        await it.sees("The checkpoints of this thread are")
        it.app.perform("older")
        await it.sees("the checkpoints of this thread")
        for command in ("edit", "undo"):
            it.app.perform(command)
        await it.sees("a run is under way")
        assert "no checkpoints yet" not in "\n".join(grid(it.app)).lower()
