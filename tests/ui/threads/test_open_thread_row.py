"""The open thread has a row in panel 1 that stays in sight, wherever the server's list puts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.present.threads.panel import ThreadRows
from studio_tui.text.spans import plain
from studio_tui.ui.threads.panel import ThreadsPanel
from tests.ui.harness import wait_until
from tests.ui.kit.panel_host import PanelHost, inside, redraw


def thread(number: int) -> Thread:
    return Thread(ThreadId(f"{number:08}-0000-4000-8000-000000000000"), ThreadStatus.IDLE, title=f"thread {number}")


@asynccontextmanager
async def panel(rows: int) -> AsyncIterator[tuple[ThreadsPanel, AppState, Any]]:
    made, app_state = ThreadsPanel(), AppState()
    app_state.threads.items = [thread(number) for number in range(rows)]
    async with PanelHost(made).run_test(size=(40, 10)) as pilot:
        redraw(made, app_state)
        yield made, app_state, pilot


async def test_open_thread_stays_in_sight_when_others_come_before_it() -> None:
    async with panel(30) as (it, app_state, pilot):
        app_state.thread_id = thread(1).thread_id
        redraw(it, app_state)
        await pilot.press("G")
        it.screen.set_focus(None)
        await wait_until(pilot, lambda: not it.has_focus)
        app_state.threads.items = [*map(thread, range(100, 140)), *app_state.threads.items]
        redraw(it, app_state)
        await wait_until(pilot, lambda: any("thread 1" in row and "►" in row for row in inside(it)))


async def test_list_that_the_user_scrolls_is_left_alone() -> None:
    async with panel(60) as (it, app_state, pilot):
        app_state.thread_id = thread(0).thread_id
        redraw(it, app_state)
        await pilot.press("G")
        top = it.port.top
        redraw(it, app_state)
        assert it.port.top == top > 0


async def test_thread_that_the_list_does_not_hold_has_a_row_of_its_own() -> None:
    async with panel(3) as (it, app_state, pilot):
        new = ThreadId("99999999-0000-4000-8000-000000000000")
        app_state.thread_id = new
        redraw(it, app_state)
        await wait_until(pilot, lambda: "99999999"[:4] in "".join(inside(it)))
        assert it.yank() == (new, "thread id")
        assert it.summary() == "3 threads"
        app_state.thread_gone = True
        redraw(it, app_state)
        await wait_until(pilot, lambda: "99999999"[:4] not in "".join(inside(it)))  # the list is the server's
        app_state.thread_gone = False
        app_state.threads.items = [Thread(new, title="made here"), *app_state.threads.items]
        redraw(it, app_state)
        await wait_until(pilot, lambda: "made here" in "".join(inside(it)))
        assert sum("made here" in row for row in inside(it)) == 1
        assert "last reading failed" not in it.border_parts()
        app_state.threads.problem = "Nothing listens there"
        assert "last reading failed" in it.border_parts(), "rows of an earlier reading say so"


async def test_before_a_server_has_answered_nobody_says_that_there_are_no_threads() -> None:
    async with panel(0) as (it, _, _pilot):
        assert "No threads" not in it.empty_text()
        it.resource.loaded = True
        assert "No threads yet" in it.empty_text()


def test_a_row_shows_a_whole_id_in_a_column_of_its_own_or_none() -> None:
    rows = ThreadRows()
    rows.take([thread(1), replace(thread(2), title="another, longer title")], 0.0)
    narrow, wide = ([plain(rows.line(row, cells)) for row in (0, 1)] for cells in (50, 76))
    assert not any("0000" in row for row in narrow)
    assert wide[0].index("0000") == wide[1].index("0000")


def test_no_stub_of_a_graphs_name_stands_where_there_is_no_room_for_it() -> None:
    rows = ThreadRows()
    rows.take([Thread(thread(1).thread_id, ThreadStatus.INTERRUPTED, graph_id="expense", interrupt_count=1)], 0.0)
    assert "…" not in plain(rows.line(0, 32)).replace("0000…0000", "")
    assert "expense" in plain(rows.line(0, 40))
