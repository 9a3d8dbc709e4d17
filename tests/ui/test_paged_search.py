"""A search and `G` know that only part of a list is loaded: they say so, go on, stop when told, and end."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.pilot import Pilot

from studio_tui.core.state.app_state import Slice, Store, ThreadPage
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.text.fmt import count
from studio_tui.ui.contracts.intents import MoreHistoryWanted, MoreThreadsWanted
from studio_tui.ui.kit.lists.paged_view import PagedView
from studio_tui.ui.threads.panel import ThreadsPanel
from studio_tui.ui.timetravel.history_panel import HistoryView
from tests.ui.harness import screen_text, wait_until
from tests.ui.panel_host import PanelHost, redraw

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
        self.store = Store()
        self.store.history = History(THREAD)
        self.store.thread_id = THREAD if isinstance(panel, HistoryView) else None
        self._give(0)

    @property
    def rows(self) -> int:
        """Rows that are loaded."""
        return len(self.store.history.items) or len(self.store.threads.items)

    def _give(self, start: int) -> None:
        end = min(self.total, start + self.page)
        if isinstance(self.panel, HistoryView):
            self.store.history.merge(_checkpoints(start, end))
            self.store.history.complete = end == self.total
        else:
            items = [*self.store.threads.items, *_threads(start, end)]
            self.store.threads = ThreadPage(items, has_more=end < self.total, total=self.total)

    @on(MoreThreadsWanted)
    @on(MoreHistoryWanted)
    def _more(self) -> None:
        self.asked += 1
        if not self.holds and not self.refuses:
            self._give(self.rows)
            self.draw()

    def draw(self) -> None:
        """Do what the frame clock does."""
        self.paged.draw(self.store, frozenset(Slice))


async def _sees(pilot: Pilot[Any], text: str) -> None:
    await wait_until(pilot, lambda: text in screen_text(pilot.app).replace("│\n│  ", " "), text)


async def test_a_search_without_a_match_among_the_loaded_goes_on_loading() -> None:
    panel = ThreadsPanel()
    app = Server(panel, 312)
    async with app.run_test(size=SIZE) as pilot:
        app.draw()
        panel.set_filter("row-0290")
        await _sees(pilot, "/row-0290: 1")
        assert app.rows == 300
        assert panel.pursuing is False


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
        await _sees(pilot, "/row-0290: 1")


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
        redraw(panel, app.store)
        assert panel.pursuing is False
