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
from studio_tui.domain.run import Phase, RunError
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.studio.boxes import Sizes
from studio_tui.ui.studio.opened import Opened
from studio_tui.ui.studio.own_sizes import OwnSizes
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.harness import widget_text
from tests.ui.studio.activities import running
from tests.waiting import PATIENCE

WALK = (
    ("3",), ("5",), ("4",), ("7",), ("i",), ("a", "b"), ("ctrl+t",), ("ctrl+t",), ("escape",), ("tab",), ("2",),
    ("colon",), ("escape",), ("z",), ("z",), ("8", "3"), ("2",), ("i",),
    ("c",), ("escape",),
)  # fmt: skip
"""Keys that move the focus, type, open and close; none of them asks for another size of anything."""


NOTICE = "Something that is told, in a line that is as long as lines of that kind are. "
CORNERS = "┌┐└┘╭╮╰╯"


def _graph_rows(it: Driven) -> list[str]:
    """Return where the graph is and what is drawn within its border, whose title and colour tell of the focus."""
    region = it.app.studio_screen.graph.region
    rows = it.screen.split("\n")[region.y + 1 : region.bottom - 1]
    return [f"{region}", *(row[region.x + 1 : region.right - 1] for row in rows)]


def _corners(rows: list[str]) -> set[tuple[int, int]]:
    """Return where nodes and bends of edges are drawn: states put signs and times between them."""
    return {(x, y) for y, row in enumerate(rows) for x, char in enumerate(row) if char in CORNERS}


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (110, 24), (160, 45), (220, 60)])
async def test_no_focus_no_composer_and_no_notice_moves_the_graph(start: Start, size: tuple[int, int]) -> None:
    compared: list[object] = []
    async with start(size=size) as it:
        await it.panels()
        await it.press("2")
        await it.sees("agent")
        here = _graph_rows(it)
        assert any("__end__" in row for row in here)
        for keys in WALK:
            await it.press(*keys)
            if it.app.studio_screen.zoomed or not it.app.studio_screen.graph.display:
                continue
            await it.until(lambda: _graph_rows(it) == here, f"after {keys} as before:\n" + "\n".join(here))
            compared.append(keys)
        assert ("3",) in compared
        assert len(compared) >= (6 if size[0] < 110 else len(WALK) - 2)
        it.app.tell(NOTICE, "warning")
        await it.sees("Something that is told")
        assert _graph_rows(it) == here
        it.app.tell("Another thing. " + NOTICE * 3, "error")
        await it.sees("Another thing")
        rows = _graph_rows(it)
        assert rows[0] == here[0]
        assert rows[5:] == here[5:], "but for the rows at the top that a long one covers"


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (110, 24), (160, 45), (220, 60)])
async def test_nothing_that_happens_moves_the_graph(start: Start, size: tuple[int, int]) -> None:
    """What banners used to say stands in the row above: a run, its pause, its failure, the past, a lost server."""
    async with start(size=size) as it:
        await it.panels()
        await it.press("2")
        await it.sees("agent")
        here = _graph_rows(it)

        async def stands(what: str) -> None:
            await it.sees(what)
            await it.until(
                lambda: (_graph_rows(it)[0], _corners(_graph_rows(it))) == (here[0], _corners(here)),
                f"with {what} as before:\n" + "\n".join(here),
            )

        it.studio.running(step=3)
        await stands("RUNNING")
        it.studio.paused_at("tools")
        await stands("PAUSED")
        run = it.studio.running(Phase.FAILED)
        run.error = RunError("ValueError", "it stopped " * 40)
        it.studio.app_state.touch(Slice.RUN, Slice.TASKS)
        await stands("FAILED")
        it.studio.app_state.readonly = True
        it.studio.app_state.touch(*Slice)
        await stands("READONLY")


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
        for key, panel in (("2", "graph"), ("3", "timeline"), ("8", "history")):
            await it.press("1", "5", key)  # from beside them to what they stand over
            assert it.app.studio_screen.panel(panel).has_focus
            assert it.app.studio_screen.panel(panel).display


async def test_a_thread_that_is_opened_is_under_the_cursor_of_the_list(start: Start) -> None:
    """Also one that stands far below, opened from elsewhere. Whoever leaves the composer comes to what he watches."""
    studio = FakeStudio()
    studio.listed = [Thread(ThreadId(f"{n:08}"), ThreadStatus.IDLE, "agent", title=f"Talk {n}") for n in range(60)]
    async with start(studio=studio, size=(200, 40)) as it:
        await it.sees("Talk 0")
        await studio.threads.open("00000047")
        await it.sees("Talk 47")
        threads = it.app.studio_screen.panel("threads")
        await it.until(lambda: any("▌" in row and "Talk 47" in row for row in widget_text(threads).split("\n")), "it")
        await it.panels()
        assert it.app.studio_screen.area == "graph"


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
            run.messages["0"] = Message("0", "human", "hi")
            it.studio.app_state.touch(Slice.MESSAGES)
            await it.pilot.pause()
            assert "•" not in it.screen, "what the user said is not news"
            run.messages["1"] = Message("1", "ai", "It is", streaming=True)
            it.studio.app_state.touch(Slice.MESSAGES)
            await it.until(lambda: "5 Messages•" in it.screen or "5 Messages •" in it.screen, "the mark")
            await it.press("5")
            await it.until(lambda: "•" not in it.screen, "no mark once it is seen")


async def test_the_mark_of_a_thread_is_not_that_of_the_next(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await it.panels()
        await it.press("2")
        app_state = it.studio.app_state
        app_state.thread_id = app_state.threads.items[0].thread_id
        run = it.studio.running()
        run.messages["1"] = Message("1", "ai", "It is", streaming=True)
        app_state.touch(Slice.MESSAGES)
        await it.until(lambda: "5 Messages•" in it.screen, "the mark")
        run.phase = Phase.DONE
        app_state.thread_id = None
        app_state.touch(Slice.THREADS, Slice.MESSAGES)
        await it.until(lambda: "•" not in it.screen, "no mark of the thread that was left")


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


async def _drag(it: Driven, *places: tuple[int, int]) -> None:
    """Press at the first place of the screen, move over the others with the button down, let go at the last."""
    await it.pilot.mouse_down(offset=places[0])
    for x, y in places[1:]:
        it.app.screen._forward_event(events.MouseMove(None, x, y, 0, 0, 1, False, False, False, x, y))
        await it.pilot.pause()
    await it.pilot.mouse_up(offset=places[-1])
    await it.pilot.pause()


async def test_borders_are_dragged_by_the_mouse_and_stay_so_in_the_next_session(start: Start) -> None:
    async with start() as it:
        await it.panels()
        screen = it.app.studio_screen
        graph, timeline, messages = (screen.panel(name).region for name in ("graph", "timeline", "messages"))
        await it.pilot.hover(offset=(graph.right + 7, 8))
        assert screen.graph.region == graph, "a mouse that only passes moves nothing"
        await _drag(it, (graph.right - 1, 5), (graph.right + 3, 9), (graph.right + 5, 20))
        wider = screen.graph.region
        assert (wider.width, wider.height) == (graph.width + 6, graph.height)
        assert screen.panel("messages").region.width == messages.width - 6
        await _drag(it, (4, timeline.y), (6, timeline.y + 1), (9, timeline.y + 3))
        higher = screen.graph.region
        assert (higher.width, higher.height) == (wider.width, graph.height + 3)
        assert screen.panel("timeline").region.height == timeline.height - 3
        await it.pilot.hover(offset=(20, 20))
        assert screen.graph.region == higher, "it was let go"
        file = PrivateStore(it.app.options.paths.state_dir / "layout", ".json", 9999).file("sizes")
        await it.until(lambda: "wide" in file.read(), "the file")
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.graph.region == higher, "as it was left")


async def test_a_drag_over_text_selects_it_and_moves_no_border(start: Start) -> None:
    """Also where it ends on a border, or behind it."""
    async with start() as it:
        await it.panels()
        run = it.studio.running()
        run.messages["1"] = Message("1", "ai", "It is warm and sunny today")
        it.studio.app_state.touch(Slice.MESSAGES)
        await it.press("5")
        await it.sees("It is warm")
        panel = it.app.studio_screen.panel("messages")
        assert isinstance(panel, MessagesPanel)
        before = panel.region, it.app.studio_screen.graph.region
        rows = it.screen.split("\n")
        y = next(at for at, row in enumerate(rows) if "It is warm" in row)
        x = rows[y].index("It is warm")
        await _drag(it, (x + 6, y), (x + 8, y), (x + 9, y))
        assert panel.drag.text == "warm"
        await _drag(it, (x + 6, y), (x + 2, y), (panel.region.x, y), (panel.region.x - 4, y))
        assert "It is w" in panel.drag.text
        assert (panel.region, it.app.studio_screen.graph.region) == before


async def test_a_collapsed_panel_is_its_title_until_it_is_opened_again(start: Start) -> None:
    async with start() as it:
        await it.panels()
        before = it.app.studio_screen.graph.region
        await it.press("2", "underscore")
        await it.until(lambda: it.app.studio_screen.graph.region.height == 1, "one row")
        assert "2 Graph" in widget_text(it.app.studio_screen.graph)
        await it.sees("Collapsed: _ opens it again.")
        await it.press("underscore")
        await it.until(lambda: it.app.studio_screen.graph.region == before, "all of it")


async def test_the_number_of_a_collapsed_panel_opens_it(start: Start) -> None:
    async with start() as it:
        await it.panels()
        before = it.app.studio_screen.panel("timeline").region
        await it.press("3", "underscore")
        await it.until(lambda: it.app.studio_screen.panel("timeline").region.height == 1, "one row")
        await it.press("2", "3")
        await it.until(lambda: it.app.studio_screen.panel("timeline").region == before, "all of it")
        assert it.app.studio_screen.active == "timeline"


async def _never(_sizes: OwnSizes) -> None:
    await asyncio.Event().wait()


async def test_sizes_changed_right_before_the_end_are_kept(start: Start) -> None:
    """The program ends before the write of the last change has begun."""
    async with start() as it:
        await it.panels()
        file = PrivateStore(it.app.options.paths.state_dir / "layout", ".json", 9999).file("sizes")
        sizes = it.app.studio_screen.arrangement.sizes
        with mock.patch.object(OwnSizes, "_write", _never):
            await it.press("ctrl+right")
            assert not file.read()
            assert it.app.save_all_drafts() == []
        assert file.read()["wide"] == {"columns": dict(sizes.of(120).columns), "rows": {}, "collapsed": []}


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


@pytest.mark.parametrize("narrow", [True, False])
def test_a_graph_without_messages_shows_its_state_until_the_user_opens_another_tab(*, narrow: bool) -> None:
    """Where a thread was opened the focus went to Messages, which nobody chose."""
    opened = Opened()
    opened.choose(chats=True, narrow=narrow)
    opened.go("threads")
    opened.go(opened.first if narrow else "messages")
    opened.choose(chats=False, narrow=narrow)
    assert (opened.active, opened.inspector) == ("state", "state")
    opened.choose(chats=True, narrow=narrow)
    assert (opened.active, opened.inspector) == ("messages", "messages")
    opened.go("raw")
    opened.choose(chats=False, narrow=narrow)
    assert (opened.active, opened.inspector) == ("raw", "raw")
