"""Promise: each panel shows what the app state holds, keeps up with it, and asks the screen for what the user wants."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import CheckpointMark, Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.thread import Thread
from studio_tui.ui.contracts.intents import (
    DetailWanted,
    TaskPicked,
)
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.runs.frames_panel import RawPanel
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from studio_tui.ui.threads.panel import ThreadsPanel
from studio_tui.ui.timetravel.diff_panel import DiffPanel
from studio_tui.ui.timetravel.state_panel import StatePanel
from studio_tui.wire.frames import Frame
from tests.ui.harness import wait_until, widget_text
from tests.ui.kit.panel_host import PanelHost, check_grid, inside, redraw

T0 = 1_700_000_000.0
THREAD = ThreadId("01a206df-aaaa")


def _checkpoint(step: int, **values: object) -> Checkpoint:
    identifier = CheckpointId(f"1f0c4a22-6f0{step}-6000")
    parent = CheckpointId(f"1f0c4a22-6f0{step - 1}-6000")
    return Checkpoint(THREAD, identifier, parent_id=parent, values=values, step=step)  # type: ignore[arg-type]


def _app_state() -> AppState:
    run = RunState(run_id=RunId("01a206df-1"), graph_id="agent", phase=Phase.RUNNING, started_at=T0)
    return AppState(
        thread_id=THREAD, runs=[run], state=_checkpoint(3, messages=[], count=3), base=_checkpoint(2, count=1)
    )


def _task(app_state: AppState, name: str, **more: object) -> TaskView:
    run = app_state.run
    assert run is not None
    task = TaskView(TaskId(f"id-{name}"), name, (), 1, TaskStatus.DONE, T0, T0 + 1)
    for field, value in more.items():
        setattr(task, field, value)
    run.tasks[task.id] = task
    run.timeline.append(task.id)
    return task


async def _shown(pilot: Pilot[None], panel: LineView, text: str) -> None:
    await wait_until(pilot, lambda: text in "\n".join(inside(panel)), text)


def _last(app: PanelHost) -> object:
    return app.posted[-1] if app.posted else None


async def test_the_timeline_follows_a_run_and_moving_in_it_picks_moments() -> None:
    app_state, panel = _app_state(), TimelinePanel(id="timeline")
    app = PanelHost(panel)
    async with app.run_test(size=(70, 12), message_hook=app.hear) as pilot:
        assert "No runs yet" in inside(panel)[0]
        agent = _task(app_state, "agent", keys=("messages[1]",))
        assert app_state.run is not None
        app_state.run.checkpoints[CheckpointId("c1")] = CheckpointMark(
            CheckpointId("c1"), (), 1, "loop", T0 + 1, ("tools",)
        )
        _task(app_state, "tools", step=2)
        redraw(panel, app_state)
        await _shown(pilot, panel, "▌  2")
        await pilot.press("k")
        picked = _last(app)
        assert isinstance(picked, TaskPicked)
        assert (picked.task_id, picked.node, picked.checkpoint_id) == (agent.id, "agent", "c1")
        await pilot.press("G")
        picked = _last(app)
        assert isinstance(picked, TaskPicked)
        assert picked.task_id is None
        await pilot.press("k", "enter")
        detail = _last(app)
        assert isinstance(detail, DetailWanted)
        assert detail.title == "agent"
        for number in range(3):
            _task(app_state, f"task{number}", step=number + 3)
        app_state.thread_id = ThreadId("another")  # nothing that it already has is new
        redraw(panel, app_state)
        await wait_until(pilot, lambda: "following" in str(panel.border_subtitle))
        assert panel.port.new_rows == 0


async def test_running_durations_stop_with_the_run() -> None:
    app_state, panel = _app_state(), TimelinePanel()
    async with PanelHost(panel).run_test(size=(70, 12)) as pilot:
        task = _task(app_state, "agent", status=TaskStatus.RUNNING, started_at=time.time() - 125, ended_at=None)
        redraw(panel, app_state)
        await _shown(pilot, panel, "2m")
        assert app_state.run is not None
        task.status, task.ended_at, task.rev = TaskStatus.DONE, (task.started_at or 0) + 7, 1
        app_state.run.phase, app_state.run.ended_at, app_state.run.rev = Phase.DONE, T0 + 7, 1
        redraw(panel, app_state)
        await _shown(pilot, panel, "✓ agent")
        await _shown(pilot, panel, "7.0s")
        assert "following" in widget_text(panel)
        app_state.cursor = CheckpointId("earlier")
        app_state.state = Checkpoint(ThreadId("t"), app_state.cursor, step=2)
        redraw(panel, app_state)
        await wait_until(pilot, lambda: "at step 2" in widget_text(panel) and "following" not in widget_text(panel))
        await _the_mark_stands_where_one_looks(pilot, panel, app_state)


async def _the_mark_stands_where_one_looks(pilot: Pilot[None], panel: TimelinePanel, app_state: AppState) -> None:
    run, keys = app_state.runs[-1], [CheckpointId(f"1f{number}") for number in range(5)]
    history = app_state.history = History(ThreadId("t"))
    history.merge(
        [Checkpoint(ThreadId("t"), key, parent_id=keys[at - 1] if at else None, step=at) for at, key in enumerate(keys)]
    )
    for number in (2, 3):
        _task(app_state, f"task{number}", step=number)
    for at, key in enumerate(keys[:4]):
        run.checkpoints[key] = CheckpointMark(key, (), at, "loop", T0 + at)
    run.rev += 1

    def looking_at(cursor: CheckpointId | None) -> str:
        app_state.cursor, app_state.state = cursor, history.by_id.get(cursor or CheckpointId(""))
        redraw(panel, app_state)
        return panel.rows.text(panel.port.cursor)

    assert "task2" in looking_at(keys[2])
    assert "at step 2" in str(panel.border_subtitle)
    assert "agent" in looking_at(keys[1])
    assert "task3" in looking_at(keys[4]), "a copy that no run wrote stands at what it was made of"
    assert "task3" in looking_at(None)
    assert panel.port.follow
    await pilot.press("k", "k", "k")
    assert [looking_at(key).split()[2] for key in (keys[2], keys[1], None)] == ["run"] * 3, "his own steps move nothing"


async def test_the_place_in_the_timeline_survives_rows_above() -> None:
    app_state, panel = _app_state(), TimelinePanel()
    async with PanelHost(panel).run_test(size=(70, 8)) as pilot:
        parent = _task(app_state, "parent")
        for number in range(20):
            _task(app_state, f"task{number}", step=number + 2)
        redraw(panel, app_state)
        await pilot.press(*["k"] * 4)
        await _shown(pilot, panel, "task15")
        for number in range(5):
            _task(app_state, f"inner{number}", ns=(f"parent:{parent.id}",))
        redraw(panel, app_state)
        await wait_until(pilot, lambda: any("▌" in row and "task15" in row for row in inside(panel)))


async def test_older_history_is_asked_for_once_at_the_top() -> None:
    app_state, panel = _app_state(), TimelinePanel()
    app = PanelHost(panel)
    async with app.run_test(size=(60, 12), message_hook=app.hear) as pilot:
        for number in range(30):
            _task(app_state, f"task{number}")
        app_state.history = History(THREAD, complete=False)
        redraw(panel, app_state)
        await pilot.press("k", "k")
        assert app.started == []
        await pilot.press("g", "j", "k")
        assert app.started == ["history"]


async def test_a_failed_task_opens_with_enter_and_closes_with_h() -> None:
    app_state, panel = _app_state(), TimelinePanel()
    async with PanelHost(panel).run_test(size=(60, 12)) as pilot:
        _task(app_state, "boom", status=TaskStatus.ERROR, error="ValueError: no\n  File x, line 3")
        redraw(panel, app_state)
        await pilot.press("enter")
        await _shown(pilot, panel, "File x, line 3")
        await pilot.press("h")
        await wait_until(pilot, lambda: "File x" not in "\n".join(inside(panel)))


async def test_the_state_keeps_what_is_expanded_while_the_run_goes_on() -> None:
    app_state, panel = _app_state(), StatePanel()
    app = PanelHost(panel)
    async with app.run_test(size=(60, 14), message_hook=app.hear) as pilot:
        assert "No state yet" in inside(panel)[0]
        app_state.state = _checkpoint(3, user={"name": "Ada", "tags": ["x"]}, count=1)
        redraw(panel, app_state)
        await pilot.press("j", "l", "l", "j", "space")
        await _shown(pilot, panel, "▾ tags")
        app_state.state = _checkpoint(4, extra=[1], user={"name": "Ada", "tags": ["x", "y"]}, count=2)
        redraw(panel, app_state)
        await _shown(pilot, panel, '1  "y"')
        assert any("▌" in row and "tags" in row for row in inside(panel))
        assert app_state.run is not None
        app_state.run.step = 6
        redraw(panel, app_state)
        await wait_until(pilot, lambda: "2 newer steps · step 4" in str(panel.border_subtitle))
        await pilot.press("h", "h", "h")
        assert panel.yank() is not None
        await pilot.press("g", "j", "j", "j", "enter")


async def test_the_state_is_searched_where_it_is_not_expanded() -> None:
    app_state, panel = _app_state(), StatePanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        app_state.state = _checkpoint(3, deep={"a": {"b": [{"needle": "first"}, "the needle again"]}})
        redraw(panel, app_state)
        panel.set_filter("NEEDLE")
        await wait_until(pilot, lambda: any("▌" in row and "first" in row for row in inside(panel)))
        panel.find(1)
        await wait_until(pilot, lambda: any("▌" in row and "again" in row for row in inside(panel)))
        panel.find(1)
        await wait_until(pilot, lambda: any("▌" in row and "first" in row for row in inside(panel)))


async def test_the_state_as_json_text() -> None:
    app_state, panel = _app_state(), StatePanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        app_state.state = _checkpoint(3, count=1)
        redraw(panel, app_state)
        panel.next_view()
        await _shown(pilot, panel, '    "count": 1')
        app_state.state = _checkpoint(4, count=2)
        redraw(panel, app_state)
        await _shown(pilot, panel, '    "count": 2')
        panel.next_view()
        await _shown(pilot, panel, "▾ values")


async def test_a_problem_with_the_state_is_told_in_its_place() -> None:
    app_state, panel = AppState(state_problem="The server has no such checkpoint."), StatePanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        redraw(panel, app_state)
        await _shown(pilot, panel, "The server has no such checkpoint.")


async def test_tokens_appear_and_another_list_can_be_chosen() -> None:
    app_state, panel = _app_state(), MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        assert "No messages yet" in inside(panel)[0]
        app_state.state = _checkpoint(
            3,
            messages=[{"type": "human", "id": "1", "content": "hi"}],
            log=[{"type": "ai", "id": "9", "content": "logged"}],
        )
        run = app_state.run
        assert run is not None
        run.messages["2"] = Message("2", "ai", "It is", streaming=True)
        redraw(panel, app_state)
        await _shown(pilot, panel, "  It is  ")
        run.messages["2"] = replace(run.messages["2"], text="It is sunny", rev=1)
        redraw(panel, app_state)
        await _shown(pilot, panel, "  It is sunny")
        panel.next_view()
        await _shown(pilot, panel, "logged")
        await wait_until(pilot, lambda: "log, list 2 of 2" in str(panel.border_subtitle))
        app_state.cursor = CheckpointId("old")
        redraw(panel, app_state)
        await wait_until(pilot, lambda: "sunny" not in "\n".join(inside(panel)))


async def test_a_state_without_messages_says_where_its_values_are() -> None:
    app_state, panel = _app_state(), MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        app_state.state = _checkpoint(3, count=1)
        redraw(panel, app_state)
        await _shown(pilot, panel, "holds no list of messages")
        app_state.cursor = CheckpointId("old")
        redraw(panel, app_state)
        await _shown(pilot, panel, "No messages yet at this step.")


async def test_the_diff_follows_the_selected_checkpoint() -> None:
    app_state, panel = _app_state(), DiffPanel()
    app = PanelHost(panel)
    async with app.run_test(size=(60, 14), message_hook=app.hear) as pilot:
        redraw(panel, app_state)
        await _shown(pilot, panel, "step 3 1f0c4a22-6f03 against its parent, step 2")
        await _shown(pilot, panel, "+ messages")
        assert app_state.run is not None
        app_state.run.step = 5
        redraw(panel, app_state)
        await wait_until(pilot, lambda: "2 newer steps" in str(panel.border_subtitle))
        app_state.cursor = CheckpointId("1f0c4a22-6f03-6000")
        redraw(panel, app_state)
        await wait_until(pilot, lambda: "newer" not in str(panel.border_subtitle))
        await pilot.press("G", "enter", "enter")
        assert isinstance(_last(app), DetailWanted)
        app_state.base = None
        redraw(panel, app_state)
        await _shown(pilot, panel, "Mark another one with m")


async def test_a_large_diff_is_made_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    app_state, panel = _app_state(), DiffPanel()
    async with PanelHost(panel).run_test(size=(60, 14)) as pilot:
        app_state.base = _checkpoint(2, items=[[number] for number in range(30_000)])
        app_state.state = _checkpoint(3, items=[[number] for number in range(30_001)])
        redraw(panel, app_state)
        await _shown(pilot, panel, "Comparing")
        await _shown(pilot, panel, "+ items[30000]")
        monkeypatch.setattr("studio_tui.ui.timetravel.diff_panel.diff", None)
        app_state.state = _checkpoint(4, items=[[number] for number in range(30_002)])
        redraw(panel, app_state)
        await _shown(pilot, panel, "could not be compared")


async def test_raw_events_can_be_limited_and_opened() -> None:
    app_state, panel = _app_state(), RawPanel()
    app = PanelHost(panel)
    async with app.run_test(size=(70, 12), message_hook=app.hear) as pilot:
        run = app_state.run
        assert run is not None
        run.request = {"assistant_id": "agent", "input": {"x": 1}}
        for seq in range(30):
            app_state.frames.append(Frame(seq, T0 + seq, ("values", "updates")[seq % 2], f'{{"n": {seq}}}'))
        redraw(panel, app_state)
        await _shown(pilot, panel, '{"n": 29}')
        panel.next_view()
        await wait_until(pilot, lambda: "only values" in str(panel.border_subtitle))
        await wait_until(pilot, lambda: '{"n": 29}' not in "\n".join(inside(panel)))
        await pilot.press("G", "enter")
        detail = _last(app)
        assert isinstance(detail, DetailWanted)
        assert detail.value == {"n": 28}
        await pilot.press("g", "enter")
        detail = _last(app)
        assert isinstance(detail, DetailWanted)
        assert (detail.title, detail.value) == ("Request body", run.request)
        assert panel.yank() is not None


async def test_threads_open_with_enter_and_more_are_asked_for_once_near_the_end() -> None:
    app_state, panel = _app_state(), ThreadsPanel()
    app_state.thread_id = None  # an open thread that is not in the list would have a row of its own
    app = PanelHost(panel)
    async with app.run_test(size=(40, 12), message_hook=app.hear) as pilot:
        app_state.threads.items = [Thread(ThreadId(f"{number:08d}-x"), updated_at=T0) for number in range(40)]
        app_state.threads.has_more, app_state.threads.total = True, 128
        redraw(panel, app_state)
        await pilot.press("j", "enter")
        assert app.started[-1] == "open 00000001-x"
        await pilot.press("G", "k", "k")
        assert app.started.count("page") == 1
        app_state.thread_id = ThreadId("00000003-x")
        redraw(panel, app_state)
        await wait_until(pilot, lambda: any("▌►" in row and "0000…03-x" in row for row in inside(panel)))
        await wait_until(pilot, lambda: "40 of 128" in str(panel.border_subtitle))


async def test_panels_hold_the_grid_at_any_size() -> None:
    app_state = _app_state()
    _task(app_state, "日本語" * 20, keys=("messages[1]",))
    for kind in (TimelinePanel, StatePanel, MessagesPanel, DiffPanel, RawPanel, ThreadsPanel):
        panel = kind()
        async with PanelHost(panel).run_test(size=(80, 10)) as pilot:
            for width, height in ((20, 6), (41, 24), (160, 8)):
                await pilot.resize_terminal(width, height)
                redraw(panel, app_state)
                await pilot.pause()
                check_grid(pilot.app)


async def test_a_list_that_follows_its_end_stands_there_after_a_resize_that_wraps_an_error_anew() -> None:
    app_state, panel = _app_state(), TimelinePanel()
    _task(app_state, "bad", error="ValueError: " + "a long reason " * 60)
    for number in range(30):
        _task(app_state, f"task-{number}")
    app = PanelHost(panel)
    async with app.run_test(size=(120, 20)) as pilot:
        redraw(panel, app_state)
        panel.toggle_row(next(row for row in range(len(panel.rows)) if "bad" in panel.rows.text(row)))
        await pilot.press("G")
        await pilot.resize_terminal(44, 14)
        await wait_until(pilot, lambda: panel.row == len(panel.rows) - 1, "the last row")
        await _shown(pilot, panel, "task-29")


async def test_a_failed_task_that_a_search_found_opens_in_full_with_its_error() -> None:
    app_state, panel = _app_state(), TimelinePanel()
    _task(app_state, "fetch", error="ValueError: no such thing\nsecond line")
    _task(app_state, "other")
    app = PanelHost(panel)
    async with app.run_test(size=(60, 12), message_hook=app.hear) as pilot:
        redraw(panel, app_state)
        panel.set_filter("fetch")
        await wait_until(pilot, lambda: not panel._filter.is_scanning, "the search")
        panel.action_first_row()
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(_last(app), DetailWanted), "the details")
        shown = _last(app)
        assert isinstance(shown, DetailWanted)
        assert shown.value["error"] == "ValueError: no such thing\nsecond line"  # type: ignore[index, call-overload]


async def test_names_of_threads_in_sight_are_asked_for_once_where_the_list_does_not_bring_them() -> None:
    panel, app_state = ThreadsPanel(), AppState()
    known = [Thread(ThreadId(f"known-{number}"), words_known=True) for number in range(2)]
    bare = [Thread(ThreadId(f"bare-{number:04}"), updated_at=1.0) for number in range(3_000)]
    app_state.threads = Listed([*known, *bare])
    app = PanelHost(panel)
    async with app.run_test(size=(60, 12), message_hook=app.hear) as pilot:
        redraw(panel, app_state)
        redraw(panel, app_state)
        await wait_until(pilot, lambda: bool(_wanted(app)), "a request")
        await pilot.pause()
        (asked,) = _wanted(app)
        assert [item.thread_id for item in asked] == [item.thread_id for item in bare[: len(asked)]]
        assert len(asked) < 12
        app_state.words.update({item.thread_id: f"words of {item.thread_id}" for item in asked})
        redraw(panel, app_state)
        await _shown(pilot, panel, "words of bare-0000")
        await pilot.resize_terminal(60, 24)  # as where the drawer is opened: the list did not change
        await wait_until(pilot, lambda: len(_wanted(app)) == 2, "the names of the rows that came into sight")
        await pilot.press("G")
        await wait_until(pilot, lambda: len(_wanted(app)) == 3, "the names at the end")


def _wanted(app: PanelHost) -> list[list[Thread]]:
    return [asked for asked in app.started if isinstance(asked, list)]
