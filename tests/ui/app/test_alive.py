"""The app stays alive: dialogs that close before they are painted, lost callbacks, callbacks from other threads."""

from __future__ import annotations

import asyncio
import contextvars
import itertools

import pytest
from textual import events

from studio_tui.core.resources.bulk import Bulk
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.log import LOGGER, RING
from studio_tui.text.spans import Line
from studio_tui.ui.connection.log_screens import HttpLogScreen, ServerLogScreen
from studio_tui.ui.kit.dialogs.progress import ProgressDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.runs.options_screen import RunOptionsScreen
from studio_tui.ui.screens.detail import DetailScreen
from tests.ui.conftest import Driven, Start

_KEYS = "ctrl+o question_mark at colon slash a S T R K V I B e c E w ctrl+p f1 b C U m"
"""Keys of the studio that open something over it or in it, and a few that do something else."""


def burst(it: Driven, *keys: str) -> None:
    """Send keys as a fast hand or a slow link does: all at once, none waits for the effect of the one before."""
    assert it.app._driver is not None
    for key in keys:
        it.app._driver.send_message(events.Key(key, key if len(key) == 1 else None))


async def taken(it: Driven) -> None:
    """Wait until every key that was sent has had its effect."""
    await it.until(lambda: it.app.typeahead._task is None and not it.app.message_queue_size, "the effect of the keys")


async def alive(it: Driven) -> None:
    """A change in the app state reaches its panel."""
    name = f"alive {it.app.clock.frames}"
    it.studio.app_state.threads.items = [Thread(ThreadId("x"), ThreadStatus.IDLE, "agent", title=name)]
    before = it.app.clock.frames
    it.studio.app_state.touch(Slice.THREADS)
    await it.until(lambda: it.app.clock.frames > before, "a frame")


async def home(it: Driven) -> None:
    """Close what is open, down to the studio."""
    for _ in range(12):
        await it.pilot.pause()
        await taken(it)
        if it.app.screen is it.app.studio_screen and it.app.studio_screen.area not in ("composer", "dock", "answer"):
            return
        burst(it, "escape")
    raise AssertionError(f"escape does not lead out of {it.app.screen}")


async def test_the_clock_goes_on_although_no_paint_is_ever_told(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start() as it:
        monkeypatch.setattr(it.app, "call_after_refresh", lambda *_args, **_more: True)
        for _ in range(3):
            await alive(it)


async def test_what_somebody_waits_for_is_painted_without_a_wait_for_the_next_frame(start: Start) -> None:
    async with start() as it:
        clock = it.app.clock
        for _ in range(3):
            await alive(it)
            clock._interval = 5.0  # what is only owed from now on is drawn much later
            before = clock.frames
            it.studio.app_state.touch(Slice.THREADS)
            await clock.show()
            assert clock.frames == before + 1
            assert clock._painting is None
        assert it.studio.threads.on_shown == clock.show, "so is the state of each thread that is opened"
        await clock.show()  # nothing is owed
        assert clock.frames == before + 1


async def test_a_dialog_closed_within_a_frame_of_a_resize_freezes_nothing(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await it.panels()
        for _ in range(4):
            await it.press("ctrl+o")
            await it.until(lambda: isinstance(it.app.screen, RunOptionsScreen), "the dialog")
            await it.pilot.resize_terminal(120, 36)
            it.studio.app_state.touch(*Slice)
            burst(it, "escape")
            await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
            await alive(it)
            await it.pilot.resize_terminal(80, 24)


async def test_what_waits_for_a_paint_is_not_lost_with_the_dialog_on_top(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("ctrl+o")
        heard: list[str] = []
        it.app.screen._update_timer.pause()
        it.app.screen._invoke_later(lambda: heard.append("painted"), it.app)
        it.app.screen.dismiss(None)
        await it.until(lambda: heard == ["painted"], "the callback")


@pytest.mark.parametrize("part", range(6))
async def test_anything_opened_may_be_closed_at_once(start: Start, part: int) -> None:
    async with start() as it:
        await it.panels()
        for key in _KEYS.split()[part::6]:
            for turns in (0, 1, 2, 4, 7):
                burst(it, key)
                for _ in range(turns):
                    await asyncio.sleep(0)
                burst(it, "escape", "escape")
                await home(it)
            await alive(it)
        assert [task for task in asyncio.all_tasks() if task.get_name() == "closing"] == []


async def test_a_panel_that_cannot_draw_takes_no_other_panel_with_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:

        def broken(_app_state: AppState, _changed: frozenset[Slice]) -> None:
            raise RuntimeError("no such colour")

        monkeypatch.setattr(it.app.studio_screen.graph, "draw", broken)
        it.studio.app_state.touch(*Slice)
        await it.sees("drawing graph failed")
        await alive(it)
        await it.sees("1 Threads 1")


async def test_work_that_is_replaced_before_it_began_is_not_shown_for_ever(start: Start) -> None:
    async with start() as it:

        async def read() -> None:
            await asyncio.sleep(0)

        for _ in range(3):
            it.app.work.start(read(), "reading", group="one")
        await it.until(lambda: not it.app.work.activities, "the end of all work")


async def test_a_key_for_a_screen_that_is_not_laid_out_yet_waits_for_it(start: Start) -> None:
    async with start() as it:
        await it.panels()
        screen = DetailScreen("something", {"a": 1})
        it.app.push_screen(screen)
        assert await it.app._dispatch_action(screen, "back", ())
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
        await alive(it)


async def test_a_row_that_cannot_be_drawn_takes_nothing_with_it(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start() as it:

        def broken(_rows: object, _index: int, _width: int) -> Line:
            raise OverflowError("too large")

        threads = it.app.studio_screen.query_one("#threads", LineView)
        await it.panels()
        await it.press("1")
        await it.sees("Weather")
        # The class: a late answer of the server gives the list other rows of it.
        monkeypatch.setattr(type(threads.rows), "line", broken)
        await it.pilot.resize_terminal(200, 50)  # another width of the list: rows that are drawn are not drawn again
        await it.sees("This row cannot")
        await alive(it)


async def test_a_row_that_has_just_been_let_go_is_no_fault(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start() as it:

        def gone(_rows: object, _index: int, *_more: int) -> Line:
            raise IndexError("tuple index out of range")

        threads = it.app.studio_screen.query_one("#threads", LineView)
        await it.panels()
        await it.press("1")
        await it.sees("Weather")
        told: list[str] = []
        monkeypatch.setattr(LOGGER, "error", lambda text, *_more: told.append(text))
        for name in ("key", "line"):
            monkeypatch.setattr(type(threads.rows), name, gone)
        await it.pilot.resize_terminal(200, 50)
        await alive(it)
        assert not told
        assert "This row cannot" not in it.screen


async def test_log_lines_from_a_thread_may_come_in_any_context(start: Start) -> None:
    async with start() as it:
        await it.panels()
        loop = asyncio.get_running_loop()

        def read() -> None:
            context = contextvars.Context()
            for number in range(5):
                context.copy().run(loop.call_soon_threadsafe, it.studio.on_server_log, f"line {number}")

        it.app.go(ServerLogScreen())
        await it.until(lambda: isinstance(it.app.screen, ServerLogScreen) and it.app.screen.is_mounted, "the log")
        for lines in (5, 10, 15):
            view = it.app.screen.query_one(LineView)
            await it.until(lambda: view._painter._border_timer is None, "a timer that ends")  # noqa: B023
            await asyncio.to_thread(read)
            await it.sees(f"{lines} lines")
        await it.press("escape")
        await home(it)
        await alive(it)
        assert "active_app" not in "".join(RING.lines)


async def test_a_dialog_that_is_told_to_close_twice_takes_nothing_else_with_it(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.app.go(HttpLogScreen())
        detail = DetailScreen("something", 1)
        it.app.push_screen(detail)
        await it.until(lambda: detail.is_mounted, "the detail")
        with detail._context():
            detail.dismiss()
            detail.dismiss()
        await it.until(lambda: not detail.is_attached, "the end of the detail")
        assert type(it.app.screen).__name__ == "HttpLogScreen"
        with it.app._context():
            for _ in range(3):
                it.app.pop_screen()
        await it.pilot.pause()
        assert it.app.screen is it.app.studio_screen
        await alive(it)


async def test_the_palette_may_be_opened_again_while_it_still_closes(start: Start) -> None:
    async with start() as it:
        await it.panels()
        for _ in range(6):
            burst(it, "ctrl+p")
            await it.until(lambda: it.app.screen is not it.app.studio_screen, "the palette")
            burst(it, "escape", "ctrl+p", "escape")
            await home(it)
        await alive(it)


async def test_keys_never_go_to_a_panel_that_is_hidden(start: Start) -> None:
    async with start() as it:
        await it.panels()
        screen = it.app.studio_screen
        screen.show_panel("messages")
        screen._opened.go("raw")
        screen.lay_out()
        await it.until(lambda: it.app.focused is not None and it.app.focused.id == "raw", "the focus in Raw")


@pytest.mark.parametrize("key", ["2", "w", "ctrl+o", "a"])
async def test_a_click_beside_every_widget_takes_no_focus_away(start: Start, key: str) -> None:
    """One that was on its way while the terminal shrank meets nothing; keys must still go somewhere."""
    async with start() as it:
        await it.panels()
        await it.press(key)
        await it.until(lambda: it.app.focused is not None, "a focus")
        before = it.app.focused
        heard: list[object] = []

        def moved(now: object) -> None:
            heard.append(now)

        it.app.watch(it.app.screen, "focused", moved, init=False)
        driver = it.app._driver
        assert driver is not None
        driver.send_message(events.MouseDown(None, 500, 500, 0, 0, 1, False, False, False, screen_x=500, screen_y=500))
        await it.until(lambda: None in heard, "the focus to be lost")
        await it.until(lambda: it.app.focused is before, "the focus")


async def test_a_drag_of_the_mouse_selects_text_and_tells_how_it_is_copied(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("1")
        await it.sees("Weather")
        await it.pilot.mouse_down(offset=(5, 2))
        await it.pilot.hover(offset=(6, 2))
        driver = it.app._driver
        assert driver is not None
        driver.send_message(events.MouseMove(None, 15, 2, 9, 0, 1, False, False, False, screen_x=15, screen_y=2))
        driver.send_message(events.MouseUp(None, 15, 2, 0, 0, 1, False, False, False, screen_x=15, screen_y=2))
        await it.sees("selected")
        panel = it.app.studio_screen.panel("threads")
        assert panel.drag.text  # type: ignore[attr-defined]


async def test_a_key_that_comes_after_the_last_screen_is_gone_ends_nothing(start: Start) -> None:
    async with start() as it:
        app = it.app
    assert not app.screen_stack
    await app.on_event(events.Key("x", "x"))


async def test_a_timer_whose_time_is_over_before_it_is_waited_for_rings_all_the_same(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else no screen hears of a size any more once the timer of a resize was late."""
    async with start(size=(80, 24)) as it:
        await it.panels()
        seconds = itertools.count()
        monkeypatch.setattr("textual.timer._time.get_time", lambda: float(next(seconds)))
        await it.pilot.resize_terminal(40, 10)
        await it.sees("too small")
        await it.pilot.resize_terminal(120, 36)
        await it.until(lambda: it.app.studio_screen.size.width == 120, "the new size")
        assert "too small" not in it.screen
        rang: list[str] = []
        it.app.studio_screen.set_timer(0.01, lambda: rang.append("once"))
        await it.until(lambda: rang == ["once"], "the timer of a screen")


async def test_a_click_on_a_widget_that_has_just_left_ends_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        await it.panels()
        panel = it.app.studio_screen.query_one("#threads")
        x, y = panel.region.x + 3, panel.region.y + 3
        monkeypatch.setattr(panel, "_parent", None)
        click = events.MouseDown(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y)
        await it.app.on_event(click)
        monkeypatch.undo()
        await alive(it)


async def test_an_esc_that_comes_with_a_bulk_action_stops_it_and_breaks_off_nothing(start: Start) -> None:
    async with start() as it:
        await it.panels()
        goes_on = asyncio.Event()

        async def act(_thing: int) -> None:
            await goes_on.wait()

        bulk = Bulk(range(9), act)
        dialog = ProgressDialog(bulk, "Deleting", "deleted", str)
        opened: list[object] = []
        it.app.typeahead.opens = opened.append  # type: ignore[method-assign, assignment]
        it.app.push_screen(dialog)
        await it.until(lambda: bulk.running, "the action")
        assert opened == []  # nothing that an esc gives up
        burst(it, "escape")
        await it.until(lambda: bulk.stopping, "the stop")
        goes_on.set()
        await it.until(lambda: not bulk.running, "the end")
        assert len(bulk.done) == 4  # those that were under way; the rest is left
        await dialog.remove_children()
        dialog._tell()
