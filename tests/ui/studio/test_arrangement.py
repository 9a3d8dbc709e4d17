"""The layout by keys and mouse: what moves, what stays, what is kept, and that nothing else moves anything."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from unittest import mock

import pytest
from textual import events
from textual.content import Content
from textual.style import Style

from studio_tui.config.private_store import PrivateFile, PrivateStore
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.message.message import Message
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.ui.studio.layout import Sizes
from studio_tui.ui.studio.own_sizes import OwnSizes
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.harness import widget_text
from tests.ui.studio.activities import running
from tests.waiting import PATIENCE

WALK = (
    ("3",), ("5",), ("4",), ("7",), ("i",), ("a", "b"), ("ctrl+t",), ("ctrl+t",), ("escape",), ("tab",), ("2",),
    ("colon",), ("escape",), ("z",), ("z",), ("8", "3"), ("2",),
)  # fmt: skip
"""Keys that move the focus, type, open and close; none of them asks for another size of anything."""


def _graph_rows(it: Driven) -> list[str]:
    """Return what stands where the graph is: its cursor apart, which shows whether it has the focus."""
    region = it.app.studio_screen.graph.region
    rows = it.screen.split("\n")[region.y : region.bottom]
    return [f"{region}", *(row[region.x : region.right] for row in rows)]


@pytest.mark.parametrize("size", [(120, 36), (110, 24), (160, 45), (220, 60)])
async def test_no_focus_no_composer_and_no_notice_moves_the_graph(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        await it.press("2")
        here = _graph_rows(it)[0]
        for keys in WALK:
            await it.press(*keys)
            if it.app.studio_screen.zoomed or not it.app.studio_screen.graph.display:
                continue
            await it.until(lambda: _graph_rows(it)[0] == here, f"the graph at {here} after {keys}")
        it.app.tell("Something that is told, in a line that is as long as lines of that kind are.", "warning")
        await it.sees("Something that is told")
        assert _graph_rows(it)[0] == here


async def test_the_picture_stays_while_the_graph_asks(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("2")
        picture = it.app.studio_screen.graph.picture
        for phase in ("asks", "runs"):
            it.studio.asks("Go on?") if phase == "asks" else it.studio.running()
            it.studio.app_state.touch(*Slice)
            await it.pilot.pause()
            assert it.app.studio_screen.graph.picture is picture


async def test_threads_are_a_drawer_that_a_choice_closes(start: Start) -> None:
    async with start() as it:
        await it.panels()
        assert "Weather" not in it.screen
        await it.press("1")
        await it.sees("Weather")
        assert it.app.studio_screen.panel("messages").display, "the conversation stays in sight"
        await it.press("enter")
        await it.until(lambda: it.app.studio_screen.active == "graph", "the panel of before")
        assert it.studio.called("open_thread")
        await it.press("1", "escape")
        assert it.app.studio_screen.active == "graph"
        await it.press("1", "1")
        assert it.app.studio_screen.active == "graph"
        assert not it.app.studio_screen.panel("threads").display


async def test_a_thread_that_is_opened_is_under_the_cursor_of_the_list(start: Start) -> None:
    """Also one that stands far below, opened from elsewhere."""
    studio = FakeStudio()
    studio.listed = [Thread(ThreadId(f"{n:08}"), ThreadStatus.IDLE, "agent", title=f"Talk {n}") for n in range(60)]
    async with start(studio=studio, size=(200, 40)) as it:
        await it.sees("Talk 0")
        await studio.threads.open("00000047")
        await it.sees("Talk 47")
        threads = it.app.studio_screen.panel("threads")
        await it.until(lambda: any("▌" in row and "Talk 47" in row for row in widget_text(threads).split("\n")), "it")


async def test_in_one_column_the_answer_is_seen_as_it_comes_and_the_graph_in_a_line(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await running(it)
        await it.sees("what's the weather in sf")
        title = next(row for row in it.screen.split("\n") if "__start__" in row)
        assert "agent ✓" in title
        assert "tools ●" in title


async def test_a_conversation_that_is_hidden_is_marked_as_unread(start: Start) -> None:
    for size, key in (((80, 24), "2"), ((120, 36), "4")):
        async with start(size=size) as it:
            await it.panels()
            await it.press(key)
            run = it.studio.running()
            run.messages["1"] = Message("1", "ai", "It is", streaming=True)
            it.studio.app_state.touch(Slice.MESSAGES)
            await it.until(lambda: "5 Messages•" in it.screen or "5 Messages •" in it.screen, "the mark")
            await it.press("5")
            await it.until(lambda: "•" not in it.screen, "no mark once it is seen")


async def test_borders_move_by_keys_and_stay_so_in_the_next_session(start: Start) -> None:
    async with start() as it:
        await it.panels()
        graph = it.app.studio_screen.graph.region
        await it.press("ctrl+right", "ctrl+right", "ctrl+down")
        wider = it.app.studio_screen.graph.region
        assert (wider.width, wider.height) == (graph.width + 4, graph.height + 1)
        paths = it.app.options.paths
        file = PrivateStore(paths.state_dir / "layout", ".json", 9999).file("sizes")
        await it.until(lambda: "wide" in file.read(), "the file")
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.graph.region == wider, "as it was left")
        await it.panels()
        await it.press("colon")
        await it.type("layout-reset")
        await it.press("enter")
        await it.until(lambda: it.app.studio_screen.graph.region == graph, "as it is by itself")
        await it.until(lambda: not file.read(), "nothing kept")


async def test_the_last_of_many_sizes_is_what_is_kept(start: Start) -> None:
    async with start() as it:
        sizes = OwnSizes(it.app.studio_screen, it.app.options.paths.state_dir, lambda: None)
        go_on, begun = threading.Event(), list[object]()
        write = PrivateFile.write

        def slow_at_first(file: PrivateFile, data: Mapping[str, object]) -> None:
            begun.append(data)
            if len(begun) == 1:
                go_on.wait(PATIENCE)
            write(file, data)

        with mock.patch.object(PrivateFile, "write", slow_at_first):
            for share in (300, 310, 320):
                sizes.put(120, Sizes(columns={"left": share}))
                sizes.keep()
                await it.until(lambda: bool(begun), "the first write")
                await it.pilot.pause()
            go_on.set()
            await it.until(lambda: not sizes.is_writing, "all written")
        assert len(begun) == 2, "the first ones and the last ones"
        kept = OwnSizes(it.app.studio_screen, it.app.options.paths.state_dir, (done := asyncio.Event()).set)
        kept.put(90, Sizes(columns={"left": 500}))
        kept.load()
        await it.until(done.is_set, "the file")
        assert kept.of(120).columns == {"left": 320}
        assert kept.of(90).columns == {"left": 500}, "what was resized before the file was read"


async def test_a_border_is_dragged_by_the_mouse(start: Start) -> None:
    async with start() as it:
        await it.panels()
        graph = it.app.studio_screen.graph.region
        edge = graph.right - 1
        await it.pilot.mouse_down(offset=(edge, 8))
        await it.pilot.hover(offset=(edge + 8, 8))
        assert it.app.studio_screen.graph.region == graph, "the pilot's hover holds no button"
        await it.pilot._post_mouse_events([events.MouseMove], None, (edge + 8, 8), button=1)
        await it.until(lambda: it.app.studio_screen.graph.region.right == graph.right + 8, "it follows")
        await it.pilot.mouse_up(offset=(edge + 8, 8))
        await it.pilot._post_mouse_events([events.MouseMove], None, (edge, 8), button=1)
        assert it.app.studio_screen.graph.region.right == graph.right + 8, "let go of, it stays"


async def test_a_collapsed_panel_is_its_title_until_it_is_opened_again(start: Start) -> None:
    async with start() as it:
        await it.panels()
        before = it.app.studio_screen.graph.region
        await it.press("2", "underscore")
        await it.until(lambda: it.app.studio_screen.graph.region.height == 1, "one row")
        assert "2 Graph" in widget_text(it.app.studio_screen.graph)
        await it.press("underscore")
        await it.until(lambda: it.app.studio_screen.graph.region == before, "all of it")


async def test_a_file_of_sizes_that_makes_no_sense_is_none(start: Start) -> None:
    async with start() as it:
        screen, done = it.app.studio_screen, asyncio.Event()
        folder = it.app.options.paths.state_dir
        kept = {"wide": {"columns": {"left": "x", "beside": 0}, "rows": [1], "collapsed": 7}, "ultra": 3}
        PrivateStore(folder / "layout", ".json", 9999).file("sizes").write(kept)
        sizes = OwnSizes(screen, folder, done.set)
        sizes.load()
        await it.until(done.is_set, "the file")
        assert sizes.of(120) == type(sizes.of(120))()


async def test_a_title_is_clicked_to_go_there(start: Start) -> None:
    async with start() as it:
        await it.panels()
        row = it.screen.split("\n")[1]
        await it.pilot.click(offset=(row.index("6 Diff") + 2, 1))
        await it.until(lambda: it.app.studio_screen.active == "diff", "Diff")
        await it.sees("6 Diff ·  4 State")


async def test_what_is_open_is_told_by_lines_not_by_the_brightest_block_of_the_screen(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        rows = it.app.screen._compositor.render_strips()
        for words in ("5 Messages", "chat"):
            segments = [segment for row in rows for segment in row if words in segment.text]
            styles = [segment.style for segment in segments if segment.style is not None]
            assert any(style.underline for style in styles), words
            assert not any(style.reverse for style in styles), words


async def test_in_the_border_only_the_open_panels_own_name_is_bold(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        await it.press("escape", "5")
        title = it.app.studio_screen.panel("messages")._border_title
        assert isinstance(title, Content)
        assert title.plain.startswith("5 Messages")
        told = [(span.start, span.style.bold) for span in title.spans if isinstance(span.style, Style)]
        assert (len("5 Messages"), False) in told
