"""Dragging the mouse over a list selects the text under it, also what has been scrolled away, and a key copies it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.strip import Strip

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.present.kit.document import DocumentRows, TextRows
from studio_tui.text.spans import Span
from studio_tui.ui.connection.log_screens import LogView
from studio_tui.ui.interrupts.question_view import QuestionView
from studio_tui.ui.kit.lists.drag_select import selected_strip
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.screens.detail import DetailScreen, DocumentView
from studio_tui.ui.threads.panel import ThreadsPanel
from tests.ui.conftest import Start
from tests.ui.harness import wait_until
from tests.ui.kit.panel_host import PanelHost

SIZE = (40, 12)


class Texts(TextRows):
    """Rows that are what they say."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__([(Span(text, "key"),) for text in texts])
        self.texts = texts

    def anchor(self, index: int) -> str:
        return self.texts[index]

    def row_of(self, anchor: object) -> int | None:
        return self.texts.index(str(anchor)) if anchor in self.texts else None


class Lines(LineView):
    """A list of texts that can be put in and taken out."""

    def __init__(self, *texts: str) -> None:
        super().__init__(Texts(list(texts)))

    def put(self, *texts: str) -> None:
        """Show other texts."""
        with self.keeping_place():
            self.rows = Texts(list(texts))


async def drag(pilot: Pilot[Any], panel: LineView, *places: tuple[int, int], release: bool = True) -> None:
    """Press at the first cell of the text (0 is the gutter's neighbour), move over the others, let go."""

    def at(place: tuple[int, int]) -> Offset:
        return Offset(place[0] + 2, place[1] + 1)  # border and gutter

    await pilot.mouse_down(panel, offset=at(places[0]))
    for place in places[1:]:
        offset = at(place)
        screen = panel.region.offset + offset
        move = events.MouseMove(panel, screen.x, screen.y, 0, 0, 1, False, False, False, screen.x, screen.y)
        pilot.app.screen._forward_event(move)
        await pilot.pause()
    if release:
        await pilot.mouse_up(panel, offset=at(places[-1]))


async def test_a_drag_over_several_rows_selects_their_text_without_gutter_and_padding() -> None:
    panel = Lines("alpha beta", "gamma", "日本語 text", "last")
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        await drag(pilot, panel, (6, 0), (3, 1), (3, 2))
        assert panel.drag.text == "beta\ngamma\n日本"
        assert panel.row == 0  # the end of a drag is no click
        await wait_until(pilot, lambda: "3 rows selected, y copies" in str(panel.border_subtitle), "the hint")
        reverse = [
            "".join(part.text for part in panel.render_line(y) if part.style and part.style.reverse) for y in range(4)
        ]
        assert [text.strip() for text in reverse] == ["beta", "gamma", "日本", ""]


@pytest.mark.parametrize(
    ("here", "key"), [({"yank", "approve"}, "y"), ({"approve", "inbox-copy"}, "Y"), ({"dialog-yes"}, "^c")]
)
async def test_a_selection_tells_the_key_that_copies_it_where_it_stands(here: set[str], key: str) -> None:
    panel = Lines("alpha beta")
    app = PanelHost(panel)
    app.services.here = lambda: frozenset(here)
    async with app.run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        await drag(pilot, panel, (0, 0), (3, 0))
        await wait_until(pilot, lambda: f"selected, {key} copies" in str(panel.border_subtitle), "the hint")


async def test_bars_before_the_text_are_not_part_of_it() -> None:
    panel = Lines("│ human", "│ where is", "  │ my parcel", "no │ bar")
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        await drag(pilot, panel, (0, 0), (3, 1), (20, 3))
        assert panel.drag.text == "human\nwhere is\nmy parcel\nno │ bar"


async def test_a_drag_backwards_selects_the_same_and_a_click_selects_nothing() -> None:
    panel = Lines("alpha beta", "gamma")
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        await drag(pilot, panel, (4, 1), (6, 0))
        assert panel.drag.text == "beta\ngamma"
        await pilot.click(panel, offset=(4, 2))
        assert panel.drag.text == ""
        assert panel.row == 1


async def test_a_selection_stays_on_its_text_while_rows_come_and_ends_when_they_go() -> None:
    texts = [f"row {number}" for number in range(50)]
    panel = Lines(*texts)
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        await drag(pilot, panel, (0, 1), (4, 2))
        assert panel.drag.text == "row 1\nrow 2"
        panel.put("new", *texts, "newest")
        assert panel.drag.text == "row 1\nrow 2"
        panel.action_last_row()
        assert panel.drag.text == "row 1\nrow 2"  # out of sight, and still selected
        panel.put("other")
        assert panel.drag.text == ""


async def test_a_drag_past_the_edge_goes_on_with_what_is_out_of_sight() -> None:
    panel = Lines(*(f"row {number}" for number in range(200)))
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        await drag(pilot, panel, (0, 0), (3, 3), (3, 12), release=False)
        for _ in range(200):
            await pilot.pause(0.02)
            if panel.port.top > 5:
                break
        await pilot.mouse_up(panel, offset=(5, 5))
        assert panel.port.top > 5
        assert panel.drag.text.split("\n")[:3] == ["row 0", "row 1", "row 2"]
        assert len(panel.drag.text.split("\n")) > 10


PAGE = "the quick brown fox jumps over the lazy dog and then it does so once more\nsecond line"


@asynccontextmanager
async def wrapped_page_with_a_selection() -> AsyncIterator[tuple[Pilot[Any], DocumentView]]:
    panel = DocumentView(DocumentRows(PAGE))
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.resized()
        await pilot.pause()
        await drag(pilot, panel, (4, 0), (5, 1), (5, 2))
        yield pilot, panel


async def test_a_wrapped_line_is_copied_as_one_line() -> None:
    async with wrapped_page_with_a_selection() as (_, panel):
        assert panel.drag.text in PAGE
        assert len(panel.drag.text) > 40


async def test_a_message_is_copied_with_the_line_breaks_that_it_was_sent_with() -> None:
    said = (
        "the quick brown fox jumps over the lazy dog and then once more\nsecond paragraph, as long as the first one is"
    )
    answer = "the answer of the tool"
    state = Checkpoint(
        ThreadId("t"),
        CheckpointId("c"),
        values={
            "messages": [
                {"type": "ai", "id": "a", "content": said, "tool_calls": [{"id": "c", "name": "f", "args": {}}]},
                {"type": "tool", "id": "t", "tool_call_id": "c", "content": answer},
            ]
        },
    )
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.draw(AppState(thread_id=ThreadId("t"), state=state), MessagesPanel.slices)
        await drag(pilot, panel, (0, 0), (36, len(panel.rows) - 1))
        assert panel.drag.text == f"{said}\n▸ f()\n{answer}"


async def test_a_selection_in_a_wrapped_page_survives_another_width() -> None:
    async with wrapped_page_with_a_selection() as (pilot, panel):
        for width in (25, 80, 40):
            await pilot.resize_terminal(width, 12)
            await wait_until(pilot, lambda: panel.size.width < width)  # noqa: B023
            assert panel.drag.text in PAGE
        panel.show(DocumentRows("another page"))
        await pilot.pause()


async def test_y_copies_what_is_selected_through_the_text_boundary(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.app.push_screen(DetailScreen("Error", "first line\nevil \x1b[31m second line"))
        await it.sees("second line")
        screen = it.app.screen
        assert isinstance(screen, DetailScreen)
        shown: LineView = screen.list
        await drag(it.pilot, shown, (6, 0), (3, 1), (30, 1))
        await it.press("y")
        await it.sees("Copied the selected text")
        assert "\x1b" not in it.app.clipboard
        assert it.app.clipboard.startswith("line\nevil ␛[31m second")
        await it.press("escape")  # the selection first, then the page
        assert isinstance(it.app.screen, DetailScreen)
        assert shown.drag.text == ""
        await it.press("y")
        await it.sees("Copied line")


async def test_keys_select_rows_up_to_the_cursor_and_y_copies_them(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.app.push_screen(DetailScreen("Error", "first\nsecond\nthird\nfourth"))
        await it.sees("fourth")
        screen = it.app.screen
        assert isinstance(screen, DetailScreen)
        await it.press("shift+down", "shift+down")
        assert screen.list.drag.text == "first\nsecond\nthird"
        await it.press("k")
        assert screen.list.drag.text == "first\nsecond"
        await it.press("G")
        assert screen.list.drag.text == "first\nsecond\nthird\nfourth"
        await it.press("g", "shift+up")
        assert screen.list.drag.text == "first"
        await it.press("j", "y")
        await it.sees("Copied the selected text (12 B)")
        assert it.app.clipboard == "first\nsecond"
        await it.press("escape", "j")
        assert screen.list.drag.text == ""


async def test_rows_are_selected_upwards_as_well() -> None:
    panel = Lines("one", "two", "three")
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        panel.action_last_row()
        panel.action_select_rows(-1)
        await pilot.pause()
        assert panel.drag.text == "two\nthree"
        assert not panel.port.follow


class Prose(Lines):
    IS_TEXT: ClassVar[bool] = True


async def test_two_clicks_take_a_word_and_three_the_line() -> None:
    panel = Prose("see https://a.example/x?y for 日本語", "more")
    async with PanelHost(panel).run_test(size=SIZE) as pilot:
        panel.rows_changed(0)
        await pilot.click(panel, offset=(10, 1), times=2)
        assert panel.drag.text == "https://a.example/x"
        await pilot.click(panel, offset=(33, 1), times=2)
        assert panel.drag.text == "日本語"
        await pilot.click(panel, offset=(3, 1), times=3)
        assert panel.drag.text == "see https://a.example/x?y for 日本語"
        await pilot.click(panel, offset=(3, 2))
        assert panel.drag.text == ""


def test_panels_of_text_take_words_and_lists_open_their_rows() -> None:
    for text in (DocumentView, MessagesPanel, QuestionView, LogView):
        assert text.IS_TEXT
    assert not ThreadsPanel.IS_TEXT


async def test_what_is_selected_in_a_reversed_row_can_be_seen() -> None:
    strip = Strip([Segment("all of it", Style(reverse=True))], 9)
    parts = [(part.text, bool(part.style and part.style.reverse)) for part in selected_strip(strip, (3, 5))]
    assert parts == [("all ", True), ("of", False), (" it", True)]
