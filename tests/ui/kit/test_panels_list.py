"""Promise: lists of any length move, filter and follow as a user of less and lazygit expects."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

import pytest
from textual import events
from textual.pilot import Pilot

from studio_tui.present.kit.rows import Rows
from studio_tui.text.spans import Line, Span
from studio_tui.ui.kit.lists.line_view import LineView
from tests.ui.harness import wait_until
from tests.ui.kit.panel_host import PanelHost, check_grid, inside


class Numbers(Rows):
    """Rows that know how often they were drawn."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.drawn = 0
        self.revision: dict[int, int] = {}

    def __len__(self) -> int:
        return self.count

    def line(self, index: int, width: int) -> Line:
        """Return one row."""
        self.drawn += 1
        return (Span(f"row {index}"), Span("!" * self.revision.get(index, 0)))

    def key(self, index: int) -> Hashable:
        """Return number and revision."""
        return (index, self.revision.get(index, 0))

    def text(self, index: int) -> str:
        """Return the row's text."""
        return f"row {index}"


class Tail(LineView):
    """A list that follows its end."""

    FOLLOWS: ClassVar[bool] = True


class Watched(LineView):
    """A list that remembers what it was asked."""

    def __init__(self, rows: Numbers) -> None:
        super().__init__(rows)
        self.asked: list[tuple[str, int | None]] = []

    def row_moved(self, row: int | None) -> None:
        """Remember."""
        self.asked.append(("moved", row))

    def open_row(self, row: int) -> None:
        """Remember."""
        self.asked.append(("open", row))


async def _settle(pilot: Pilot[None], panel: LineView) -> None:
    panel.rows_changed()
    await wait_until(pilot, lambda: inside(panel)[0] != "" and not panel._filter.is_scanning)


async def test_keys_move_the_cursor() -> None:
    panel = LineView(Numbers(1000))
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        for keys, row in [
            (["j", "down"], 2),
            (["k"], 1),
            (["G"], 999),
            (["up"], 998),
            (["g"], 0),
            (["ctrl+d"], 4),
            (["pagedown"], 13),
            (["ctrl+u"], 9),
            (["pageup"], 0),
            (["end"], 999),
            (["home", "k"], 0),
        ]:
            await pilot.press(*keys)
            assert panel.row == row, keys
        assert inside(panel)[0].startswith("▌row 0")


async def test_only_visible_rows_are_drawn_and_only_once() -> None:
    rows = Numbers(1_000_000)
    panel = LineView(rows)
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        await pilot.press("G", "g", "G", "g")
        assert rows.drawn < 60


async def test_a_changed_row_is_painted_and_no_other() -> None:
    rows = Numbers(100)
    panel = LineView(rows)
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        before = rows.drawn
        rows.revision[3] = 1
        panel.rows_changed()
        await wait_until(pilot, lambda: "row 3!" in inside(panel)[3])
        assert rows.drawn == before + 1


async def test_following_stays_at_the_end_until_the_user_goes_up() -> None:
    rows = Numbers(50)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(40, 12)) as pilot:
        await _settle(pilot, panel)
        rows.count += 10
        panel.rows_changed()
        assert (panel.row, panel.port.follow) == (59, True)
        await pilot.press("k")
        rows.count += 7
        panel.rows_changed()
        assert (panel.row, panel.port.follow, panel.port.new_rows) == (58, False, 7)
        await wait_until(pilot, lambda: "7 new ↓" in str(panel.border_subtitle))
        await pilot.press("G")
        assert (panel.row, panel.port.follow, panel.port.new_rows) == (66, True, 0)
        panel.toggle_follow()
        assert not panel.port.follow


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    rows = Numbers(100)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        panel.post_message(events.MouseScrollUp(panel, 3, 3, 0, -1, 0, False, False, False))
        await wait_until(pilot, lambda: not panel.port.follow)
        assert (panel.port.top, panel.row, panel.port.follow) == (87, 99, False)
        panel.post_message(events.MouseScrollDown(panel, 3, 3, 0, 1, 0, False, False, False))
        await wait_until(pilot, lambda: panel.port.follow)


async def test_where_the_wheel_went_stays_in_view_when_the_panel_is_laid_out_again() -> None:
    panel = Tail(Numbers(100))
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        for _ in range(6):
            panel.post_message(events.MouseScrollUp(panel, 3, 3, 0, -1, 0, False, False, False))
        await wait_until(pilot, lambda: panel.port.top == 72)
        panel.on_resize()
        assert (panel.port.top, panel.row, panel.port.follow) == (72, 99, False)


async def test_a_click_moves_and_a_double_click_opens() -> None:
    panel = Watched(Numbers(100))
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        await pilot.click(panel, (5, 4))
        assert panel.row == 3
        await pilot.double_click(panel, (5, 5))
        assert ("open", 4) in panel.asked
        await pilot.click(panel, (28, 10))
        assert panel.port.top == 90


async def test_enter_opens_the_row_under_the_cursor() -> None:
    panel = Watched(Numbers(100))
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        await pilot.press("j", "enter")
        assert panel.asked == [("moved", 1), ("open", 1)]


@pytest.mark.parametrize(("text", "first", "count"), [("row 99", 99, 11), ("ROW 5", 5, 111), ("!9", 0, 729)])
async def test_a_filter_shows_only_what_matches(text: str, first: int, count: int) -> None:
    panel = LineView(Numbers(1000))
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        panel.set_filter(text)
        await wait_until(pilot, lambda: not panel._filter.is_scanning)
        await wait_until(pilot, lambda: f" {count} of 1 000" in str(panel.border_subtitle))
        assert panel.row == first
        assert inside(panel)[0].startswith(f"▌row {first}")
        panel.set_filter("")
        assert panel.row == first


async def test_a_filter_over_a_million_rows_never_blocks() -> None:
    rows = Numbers(1_000_000)
    panel = LineView(rows)
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        panel.set_filter("99999")
        assert panel._filter.is_scanning
        await pilot.press("j")
        await wait_until(pilot, lambda: not panel._filter.is_scanning, within=60)
        await pilot.press("G")
        assert panel.row == 999999


async def test_a_filter_follows_what_arrives() -> None:
    rows = Numbers(10)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        panel.set_filter("5")
        rows.count = 60
        panel.rows_changed()
        assert panel.row == 59


async def test_a_filter_without_matches_says_so() -> None:
    panel = LineView(Numbers(10))
    async with PanelHost(panel).run_test(size=(40, 12)) as pilot:
        await _settle(pilot, panel)
        panel.set_filter("[/nothing]")
        await wait_until(pilot, lambda: "Nothing matches" in inside(panel)[0])
        await pilot.press("j", "enter", "space", "h", "l", "G")
        assert panel.row is None
        panel.set_filter("pasted " * 100_000)
        await wait_until(pilot, lambda: "see everything." in " ".join(map(str.strip, inside(panel))))


async def test_find_next_goes_around() -> None:
    class Searched(LineView):
        HIDES: ClassVar[bool] = False

    panel = Searched(Numbers(100))
    async with PanelHost(panel).run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        panel.set_filter("7")
        found = [panel.row]
        for _ in range(3):
            panel.find(1)
            found.append(panel.row)
        assert found == [7, 17, 27, 37]
        panel.find(-1)
        assert panel.row == 27
        await pilot.press("g")
        panel.find(-1)
        assert panel.row == 97


async def test_resizing_keeps_the_cursor_in_sight() -> None:
    panel = LineView(Numbers(100))
    async with PanelHost(panel).run_test(size=(30, 30)) as pilot:
        await _settle(pilot, panel)
        await pilot.press(*["j"] * 25)
        await pilot.resize_terminal(20, 6)
        await wait_until(pilot, lambda: any("▌row 25" in row for row in inside(panel)))
        check_grid(pilot.app)


async def test_ascii_terminals_get_ascii_only() -> None:
    panel = Tail(Numbers(100))
    app = PanelHost(panel, ascii=True)
    async with app.run_test(size=(30, 12)) as pilot:
        await _settle(pilot, panel)
        assert all(row.isascii() for row in inside(panel))
