"""A search and `G` know that only part of a list is loaded: they say so, go on, stop when told, and end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from textual.pilot import Pilot

from studio_tui.core.crons import Cron
from studio_tui.core.interrupts.answers import InboxItem
from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.store import StoreItem, StoreItems
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.present.crons import CronRows
from studio_tui.present.interrupts.inbox import InboxRows
from studio_tui.present.runs.table import RunRows
from studio_tui.present.store import ItemRows
from studio_tui.text.fmt import count
from studio_tui.ui.crons.crons_screen import CronTable
from studio_tui.ui.interrupts.inbox_screen import InboxView
from studio_tui.ui.kit.lists.paged_view import PagedView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.runs.runs_screen import RunTable
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from studio_tui.ui.store.store_screen import ItemTable
from studio_tui.ui.threads.panel import ThreadsPanel
from studio_tui.ui.timetravel.history_panel import HistoryView
from tests.ui.conftest import Start
from tests.ui.fakes import FakeStudio
from tests.ui.harness import screen_text, wait_until
from tests.ui.kit.lists_host import no_server, nothing
from tests.ui.kit.panel_host import PanelHost, redraw

THREAD = ThreadId("t")
SIZE = (70, 14)


def _threads(start: int, end: int) -> list[Thread]:
    return [Thread(ThreadId(f"row-{number:04}-id"), ThreadStatus.IDLE) for number in range(start, end)]


def _checkpoints(start: int, end: int) -> list[Checkpoint]:
    """Newest first: 0 is the newest."""
    return [Checkpoint(THREAD, CheckpointId(f"c-{9999 - number:04}")) for number in range(start, end)]


class Server(PanelHost):
    """A list of `total` rows on a server that gives them in pages; `holds` keeps the next page back."""

    def __init__(self, panel: PagedView, total: int, page: int = 50) -> None:
        super().__init__(panel)
        self.paged, self.total, self.page = panel, total, page
        self.asked, self.holds, self.refuses = 0, False, False
        self.app_state = AppState()
        self.app_state.history = History(THREAD)
        self.app_state.thread_id = THREAD if isinstance(panel, HistoryView) else None
        self._give(0)

    @property
    def rows(self) -> int:
        """Rows that are loaded."""
        return len(self.app_state.history.items) or len(self.app_state.threads.items)

    def _give(self, start: int) -> None:
        end = min(self.total, start + self.page)
        if isinstance(self.panel, HistoryView):
            self.app_state.history.merge(_checkpoints(start, end))
            self.app_state.history.complete = end == self.total
        else:
            items = [*self.app_state.threads.items, *_threads(start, end)]
            self.app_state.threads = Listed(items, has_more=end < self.total, total=self.total)

    def start(self, work: object, *_label: str, **_how: object) -> None:
        super().start(work)
        if isinstance(self.started[-1], str):  # a page; words of threads are of no matter here
            self.call_later(self._more)

    def _more(self) -> None:
        self.asked += 1
        if not self.holds and not self.refuses:
            self._give(self.rows)
            self.draw()

    def draw(self) -> None:
        """Do what the frame clock does."""
        self.paged.draw(self.app_state, frozenset(Slice))


async def _sees(pilot: Pilot[Any], text: str) -> None:
    await wait_until(pilot, lambda: text in screen_text(pilot.app).replace("│\n│  ", " "), text)


async def test_a_search_without_a_match_among_the_loaded_goes_on_loading() -> None:
    panel = ThreadsPanel()
    app = Server(panel, 312)
    async with app.run_test(size=SIZE) as pilot:
        app.draw()
        panel.set_filter("row-0290")
        await _sees(pilot, "/row-0290 1 of")
        await wait_until(pilot, lambda: not panel.pursuing, "the end of the search")
        assert app.rows == 300


async def test_it_says_how_much_is_loaded_and_stops_when_told() -> None:
    panel = ThreadsPanel()
    app = Server(panel, 312)
    async with app.run_test(size=SIZE) as pilot:
        app.draw()
        app.holds = True
        panel.set_filter("row-0290")
        await _sees(pilot, "50 loaded of 312, loading more")
        await wait_until(pilot, lambda: app.asked > 0, "a request")
        assert panel.stop_loading() is True
        asked = app.asked
        await _sees(pilot, "50 loaded of 312. G loads more")
        app.draw()
        await pilot.pause()
        assert app.asked == asked
        assert "Nothing matches" not in screen_text(app)
        app.holds = False
        await pilot.press("G")
        await _sees(pilot, "/row-0290 1 of")


async def test_all_loaded_and_no_match_is_nothing() -> None:
    panel = ThreadsPanel()
    app = Server(panel, 120)
    async with app.run_test(size=SIZE) as pilot:
        app.draw()
        panel.set_filter("nowhere")
        await _sees(pilot, "Nothing matches “nowhere”")
        assert app.rows == 120


async def test_the_budget_is_bounded_and_what_is_left_is_said() -> None:
    panel = ThreadsPanel()
    app = Server(panel, 5000)
    async with app.run_test(size=SIZE) as pilot:
        app.draw()
        panel.set_filter("nowhere")
        await _sees(pilot, f"{count(1050)} loaded of {count(5000)}. G loads more")
        assert app.asked == PagedView.PAGES_AT_ONCE


async def test_the_end_is_the_real_end() -> None:
    panel = HistoryView()
    app = Server(panel, 130, page=25)
    async with app.run_test(size=SIZE, message_hook=app.hear) as pilot:
        app.draw()
        await pilot.press("G")
        await wait_until(pilot, lambda: app.rows == 130 and panel.row == 129, "the oldest checkpoint")
        await wait_until(pilot, lambda: not panel.pursuing, "the end of loading")


async def test_a_history_is_searched_to_its_end() -> None:
    panel = HistoryView()
    app = Server(panel, 130, page=25)
    async with app.run_test(size=SIZE, message_hook=app.hear) as pilot:
        app.draw()
        panel.set_filter("zzz-nowhere")
        await _sees(pilot, "Nothing matches")
        assert app.rows == 130


async def test_a_page_that_is_refused_ends_the_search() -> None:
    panel = HistoryView()
    app = Server(panel, 130, page=25)
    async with app.run_test(size=SIZE) as pilot:
        app.draw()
        app.refuses = True
        panel.set_filter("zzz-nowhere")
        await _sees(pilot, "in the 25 loaded. G loads more")
        assert app.asked >= 1
        redraw(panel, app.app_state)
        assert panel.pursuing is False


# -- the tables of the management screens ---------------------------------------------------------------------------


Made = tuple[ResourceTable[Any], Callable[[str], object]]


def _runs() -> Made:
    return RunTable(RunRows(), nothing()), lambda name: RunInfo(RunId(name), THREAD, AssistantId("a"), "success")


def _crons() -> Made:
    return CronTable(CronRows(), nothing()), lambda name: Cron(name, "* * * * *")


def _items() -> Made:
    return ItemTable(ItemRows(), StoreItems(no_server)), lambda name: StoreItem(("notes",), name, {})


def _threads_panel() -> Made:
    return ThreadsPanel(), lambda name: Thread(ThreadId(name), ThreadStatus.IDLE)


def _inbox() -> Made:
    return InboxView(InboxRows(), nothing()), lambda name: InboxItem(Thread(ThreadId(name), ThreadStatus.IDLE))


TABLES = pytest.mark.parametrize("make", [_runs, _crons, _items, _inbox, _threads_panel])


class Pages(PanelHost):
    """A table whose rows come in pages of 50, as its screen gives them."""

    def __init__(self, table: ResourceTable[Any], thing: Callable[[str], object], total: int) -> None:
        super().__init__(table)
        self.table, self.thing, self.total = table, thing, total
        self.asked, self.holds, self.fails = 0, False, False

    def next_page(self) -> None:
        """Put the next page in."""
        resource = self.table.resource
        start = len(resource.items)
        end = min(self.total, start + 50)
        resource.items = [*resource.items, *(self.thing(f"row-{number:04}-id") for number in range(start, end))]
        resource.has_more = end < self.total
        self.table.show()

    def start(self, work: Coroutine[Any, Any, None], *_: object, **__: object) -> None:
        super().start(work)
        if self.started[-1] == "page":
            self.call_later(self._read)

    def _read(self) -> None:
        self.asked += 1
        if self.fails:
            self.table.page_failed()
        elif not self.holds:
            self.next_page()


@TABLES
async def test_tables_search_on_in_rows_that_are_not_loaded(
    make: Callable[[], Made],
) -> None:
    app = Pages(*make(), 312)
    async with app.run_test(size=SIZE) as pilot:
        app.next_page()
        app.holds = True
        app.table.set_filter("row-0290")
        assert app.table.no_match is False
        await _sees(pilot, "50 loaded, loading more")
        await wait_until(pilot, lambda: app.asked == 1, "a request")
        app.holds = False
        app.next_page()
        await _sees(pilot, "/row-0290 1 of")
        assert "Nothing matches" not in screen_text(app)
        app.table.set_filter("nowhere")
        await _sees(pilot, "Nothing matches “nowhere”")
        assert len(app.table.rows) == 312


@TABLES
async def test_the_end_of_a_table_is_the_real_end(
    make: Callable[[], Made],
) -> None:
    app = Pages(*make(), 130)
    async with app.run_test(size=SIZE) as pilot:
        app.next_page()
        await pilot.press("G")
        await wait_until(pilot, lambda: app.table.row == 129, "the last row")
        await wait_until(pilot, lambda: not app.table.pursuing, "the end of loading")


async def test_a_page_that_fails_ends_the_search_and_what_is_loaded_is_said() -> None:
    app = Pages(*_runs(), 130)
    async with app.run_test(size=SIZE) as pilot:
        app.next_page()
        app.fails = True
        app.table.set_filter("nowhere")
        await wait_until(pilot, lambda: app.asked == 1 and not app.table.pursuing, "a request")
        await _sees(pilot, "in the 50 loaded. G loads more")
        app.fails = False
        await pilot.press("G")
        await _sees(pilot, "Nothing matches “nowhere”")


@TABLES
async def test_after_a_page_that_failed_going_on_asks_for_it_again_and_only_once(make: Callable[[], Made]) -> None:
    app = Pages(*make(), 130)
    async with app.run_test(size=SIZE) as pilot:
        app.next_page()
        app.fails = True
        await pilot.press("G")
        await wait_until(pilot, lambda: app.asked == 1 and not app.table.pursuing, "a page that failed")
        app.fails, app.holds = False, True
        await pilot.press("k", "k")
        await wait_until(pilot, lambda: app.asked == 2, "the page once more")
        await pilot.press("k")
        assert app.asked == 2
        assert "and more" in app.table.summary()


# -- the store's namespaces ---------------------------------------------------------------------------------------


class Deep(FakeStudio):
    """A server with many namespaces and one item."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.connection.server = self
        self.all: list[tuple[str, ...]] = [("users", f"u{number:05}") for number in range(total)]
        self.offsets: list[int] = []

    def family(self, _: Any) -> Any:
        return self

    async def store_namespaces(self, *, limit: int, offset: int) -> list[tuple[str, ...]]:
        self.offsets.append(offset)
        return self.all[offset : offset + limit]

    async def store_items(self, *_: Any, **__: Any) -> list[Any]:
        return []


async def test_namespaces_behind_the_first_5_000_are_searched_and_reached(start: Start) -> None:
    studio = Deep(5700)
    async with start(studio=studio) as it:
        await it.panels()
        await it.press("M")
        await it.sees("5 001 namespaces and more")
        assert studio.offsets == [*range(0, 5000, 500)]
        await it.press("slash", *"u05650")
        await it.sees("/u05650 1 of")
        assert studio.offsets[-2:] == [5000, 5500]
        await it.press("escape", "G")
        await it.sees("u05699")


class Stuck(Deep):
    """A server with two namespaces, of which one does not answer."""

    async def store_items(self, prefix: tuple[str, ...], **_: Any) -> list[Any]:
        if prefix[-1:] == ("u00001",):
            await asyncio.Event().wait()
        return [{"namespace": list(prefix), "key": f"in {prefix[-1]}", "value": {}}] if prefix else []


async def test_items_stand_below_the_name_of_their_own_namespace_until_others_are_read(start: Start) -> None:
    async with start(studio=Stuck(2), size=(120, 30)) as it:
        await it.panels()
        await it.press("M")
        await it.sees("u00001")
        await it.press("down", "down")
        await it.sees("in u00000")
        await it.press("down")
        await it.sees("Give up")
        await it.pilot.resize_terminal(110, 28)
        await it.press("escape")
        await it.until(lambda: "Give up" not in it.screen, "the end of the reading")
        await it.pilot.resize_terminal(120, 30)
        await it.sees("in u00000")
        assert "users.u00000" in it.screen.split("Namespaces")[1]


# -- the timeline ---------------------------------------------------------------------------------------------------


def _old_run(number: int) -> RunState:
    run = RunState(run_id=RunId(f"run-{number:04}"), graph_id="agent", phase=Phase.DONE)
    task = TaskView(TaskId(f"task-{number}"), f"node-{number:04}", (), 1, TaskStatus.DONE, 1.0, 2.0)
    run.tasks[task.id] = task
    run.timeline.append(task.id)
    return run


class Past(PanelHost):
    """A timeline whose older runs come with pages of the history."""

    def __init__(self, total: int) -> None:
        self.timeline = TimelinePanel()
        super().__init__(self.timeline)
        self.app_state, self.total, self.asked = AppState(), total, 0
        self.app_state.history, self.app_state.thread_id = History(THREAD), THREAD
        self.give()

    def give(self) -> None:
        """Load the next page, and the runs that its checkpoints are of."""
        start = len(self.app_state.history.items)
        end = min(self.total, start + 25)
        self.app_state.history.merge(_checkpoints(start, end))
        self.app_state.history.complete = end == self.total
        self.app_state.runs = [*(_old_run(number) for number in range(end - 1, start - 1, -1)), *self.app_state.runs]

    def start(self, work: object, *_label: str, **_how: object) -> None:
        if isinstance(work, str):  # a page; words of threads are of no matter here
            self.call_later(self._more)

    def _more(self) -> None:
        self.asked += 1
        self.give()
        redraw(self.timeline, self.app_state)


async def test_the_timeline_is_searched_in_runs_that_are_not_loaded() -> None:
    app = Past(130)
    async with app.run_test(size=SIZE) as pilot:
        redraw(app.timeline, app.app_state)
        app.timeline.set_filter("node-0110")
        assert app.timeline.no_match is False
        await _sees(pilot, "/node-0110 1 of")
        assert 0 < app.asked < 6
        app.timeline.set_filter("nowhere")
        await _sees(pilot, "Nothing matches “nowhere”")
        assert len(app.app_state.history.items) == 130


async def test_the_first_row_of_the_timeline_is_the_beginning_of_the_thread() -> None:
    app = Past(130)
    async with app.run_test(size=SIZE) as pilot:
        redraw(app.timeline, app.app_state)
        await pilot.press("g")
        await wait_until(pilot, lambda: not app.timeline.pursuing, "the end of loading")
        await wait_until(pilot, lambda: app.timeline.row == 0 and "run-0129" in screen_text(app), "the first run")
        await pilot.press("G")
        await wait_until(pilot, lambda: app.timeline.port.follow, "the newest row")
