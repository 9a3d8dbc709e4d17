"""A list that moves on is painted for what is new in it, and looks exactly as if all of it had been painted anew."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from textual._styles_cache import StylesCache
from textual.strip import Strip

from studio_tui.ui.kit.lists import row_painter
from studio_tui.ui.kit.lists.row_painter import BORDER_BEAT
from tests.ui.harness import wait_until
from tests.ui.kit.panel_host import PanelHost, inside
from tests.ui.kit.test_panels_list import Numbers, Tail


def lines_of(panel: Tail) -> list[Strip]:
    return panel.render_lines(panel.outer_size.region)


def anew(panel: Tail) -> list[Strip]:
    """Paint all lines as Textual does for a widget that it has never painted."""
    panel._styles_cache.clear()
    return lines_of(panel)


async def test_a_following_list_makes_only_the_lines_that_it_has_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Numbers(500)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(60, 30)) as pilot:
        await wait_until(pilot, lambda: "row 499" in inside(panel)[-1])
        made: list[int] = []
        make = StylesCache.render_line

        def render_line(cache: StylesCache, styles: Any, y: int, *more: Any) -> Strip:
            made.append(y)
            return make(cache, styles, y, *more)

        monkeypatch.setattr(StylesCache, "render_line", render_line)
        panel._painter._border_timer = panel.set_timer(60, lambda: None)  # the counts in the border stay
        rows.count += 1
        panel.rows_changed()
        lines_of(panel)
        assert 0 < len(made) < 6  # the new row, the cursor's, the scroll bar's ends


async def test_what_is_found_again_looks_as_if_made_anew() -> None:
    rows = Numbers(500)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(60, 30)) as pilot:
        await wait_until(pilot, lambda: "row 499" in inside(panel)[-1])
        for step in range(1, 12):
            rows.count += step % 3
            rows.revision[rows.count - step] = step
            panel.rows_changed()
            shown = lines_of(panel)
            assert shown == anew(panel)
        for change in ("border", "colour", "width", "blur"):
            if change == "border":
                panel.styles.border = ("heavy", "red")
            elif change == "colour":
                panel.styles.background = "blue"
            elif change == "width":
                await pilot.resize_terminal(44, 20)
            else:
                panel.blur()
            await pilot.pause()
            rows.count += 1
            panel.rows_changed()
            shown = lines_of(panel)
            assert shown == anew(panel), change


async def test_a_new_row_is_counted_at_once_unless_the_count_has_just_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Numbers(500)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(60, 30)) as pilot:
        await wait_until(pilot, lambda: "row 499" in inside(panel)[-1])
        painter = panel._painter
        await wait_until(pilot, lambda: painter._border_timer is None)
        clock = SimpleNamespace(now=2_000_000_000.0)
        monkeypatch.setattr(row_painter, "time", SimpleNamespace(time=lambda: clock.now))

        def drawn(more: int) -> str:
            rows.count += more
            panel.rows_changed()
            return painter._border

        drawn(0)
        clock.now += BORDER_BEAT / 4
        assert "501" in drawn(1), "a frame in which nothing was counted took the beat"
        clock.now += BORDER_BEAT / 4
        assert "502" not in drawn(1)
        assert painter._border_timer is not None


class Counted(Numbers):
    """Counts how often it is asked how a row looks."""

    asked = 0

    def key(self, index: int) -> Any:
        self.asked += 1
        return super().key(index)


async def test_how_a_row_looks_is_asked_once_a_frame_and_once_more_where_it_is_made() -> None:
    rows = Counted(500)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(60, 30)) as pilot:
        await wait_until(pilot, lambda: "row 499" in inside(panel)[-1])
        panel._painter._border_timer = panel.set_timer(60, lambda: None)
        before, rows.asked = panel.port.height, 0
        rows.count += 1
        panel.rows_changed()
        lines_of(panel)
        made = 5  # the new row, the cursor's, the scroll bar's ends
        assert before <= rows.asked <= before + made


async def test_a_row_that_changes_between_being_looked_at_and_painted_is_kept_as_what_it_is() -> None:
    rows = Numbers(500)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(60, 30)) as pilot:
        await wait_until(pilot, lambda: "row 499" in inside(panel)[-1])
        rows.revision[499] = 1
        panel.rows_changed()
        rows.revision[499] = 2  # what streams in is folded before the frame is painted
        lines_of(panel)
        for step in (1, 2):
            rows.revision[499] = step
            panel.rows_changed()
            assert f"row 499{'!' * step} " in "".join(strip.text for strip in lines_of(panel))


async def test_a_row_is_not_painted_as_it_looked_with_the_cursor_elsewhere() -> None:
    rows = Numbers(500)
    panel = Tail(rows)
    async with PanelHost(panel).run_test(size=(60, 30)) as pilot:
        await wait_until(pilot, lambda: "row 499" in inside(panel)[-1])
        for step in (1, 2, 1):
            rows.revision[497] = step
            panel.rows_changed()
            lines_of(panel)
        rows.revision[497] = 2
        panel.rows_changed()
        panel.port.cursor = 497  # moved before the frame is painted
        line = panel.styles.gutter.top + 497 - panel.port.top
        assert lines_of(panel)[line] == anew(panel)[line]
