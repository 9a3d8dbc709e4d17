"""Pages that are read: the end of a line can be read at every size, and a line of a megabyte stops nobody."""

from __future__ import annotations

import pytest

from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.document import DocumentRows, TextRows
from studio_tui.present.kit.wrapped import WrappedRows
from studio_tui.text.cells import width, wrap
from studio_tui.text.spans import Span, plain
from studio_tui.ui.connection.log_screens import LogView, ServerLogScreen
from studio_tui.ui.screens.detail import DetailScreen, DocumentView
from tests.ui.conftest import Start
from tests.ui.harness import screen_text
from tests.ui.kit.panel_host import PanelHost, inside

ERROR = "ValueError('" + " ".join(f"part{number}" for number in range(60)) + " THE-VERY-END')"
SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("value", [ERROR, {"error": ERROR}])
async def test_the_end_of_an_error_can_be_read(start: Start, size: tuple[int, int], value: Json) -> None:
    async with start(size=size) as it:
        await it.panels()
        it.app.push_screen(DetailScreen("Task work", value))
        await it.sees("THE-VERY-END")
        assert "part0 " in it.screen


@pytest.mark.parametrize("size", SIZES)
async def test_without_wrapping_the_page_shifts_sideways(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        it.app.push_screen(DetailScreen("Task work", ERROR + "\nsecond line"))
        await it.sees("THE-VERY-END")
        await it.press("w")
        await it.until(lambda: "THE-VERY-END" not in it.screen and "second line" in it.screen, "cut lines")
        for _ in range(12):
            await it.press("right")
        await it.sees("THE-VERY-END")
        await it.sees("from column")
        for _ in range(12):
            await it.press("h")
        await it.sees("ValueError")
        await it.press("w")
        await it.until(lambda: "THE-VERY-END" in it.screen and "ValueError" in it.screen, "wrapped lines")


async def test_a_search_finds_what_is_broken_over_two_rows() -> None:
    view = DocumentView(DocumentRows("x" * 70 + "needle" + "y" * 400 + "\nlast"))
    assert view.summary() == "2 lines", "nothing is cut, also before its width is known"
    app = PanelHost(view)
    async with app.run_test(size=(76, 12)) as pilot:
        await pilot.pause()
        view.action_last_row()
        view.set_filter("needle")
        await pilot.pause()
        assert view.row == 0
        assert view.yank() == ("x" * 70 + "needle" + "y" * 400, "line")
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert "xxxx" in inside(view)[0]


@pytest.mark.parametrize("char", ["x", "界", "naïve "])
def test_a_line_of_a_megabyte_is_laid_out_in_slices(char: str) -> None:
    text = char * (1_000_000 // len(char.encode()))
    rows = WrappedRows(DocumentRows(text))
    rows.set_width(78)
    assert len(rows) > 0
    shown = [plain(rows.line(index, 78)) for index in range(10)]
    assert shown == wrap(text[:2000], 78)[:10]
    steps = 1
    while not rows.lay_out():
        steps += 1
    assert steps > 1 or char == "x"
    assert [plain(rows.line(index, 78)) for index in range(len(rows))] == wrap(text, 78)
    assert all(width(plain(rows.line(index, 78))) <= 78 for index in range(0, len(rows), 97))


async def test_the_end_of_a_long_page_is_reached_while_it_is_laid_out() -> None:
    view = DocumentView(DocumentRows("界" * 200_000 + "THE-END"))
    app = PanelHost(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("G")
        for _ in range(2000):
            if "THE-END" in screen_text(app) and "being laid out" not in screen_text(app):
                break
            await pilot.pause(0.005)
        assert "THE-END" in screen_text(app)
        assert "being laid out" not in screen_text(app)


def test_rows_of_spans_keep_their_roles_when_wrapped() -> None:
    rows = WrappedRows(TextRows([(Span("  error  ", "key"), Span("a" * 20 + "THE-END", "err"))]))
    rows.set_width(12)
    assert [plain(rows.line(index, 12)) for index in range(len(rows))][-1].endswith("END")
    assert [span.role for span in rows.line(len(rows) - 1, 12)] == ["err"]
    assert rows.row_at(0, 25) == len(rows) - 2
    assert rows.row_at(1, 0) is None


async def test_a_long_line_of_the_log_opens_in_full(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.on_server_log("error " + "x" * 300 + " THE-END")
        it.app.go(ServerLogScreen())
        await it.until(lambda: isinstance(it.app.screen.focused, LogView), "the log")
        await it.press("enter")
        await it.sees("THE-END")


async def test_prose_is_drawn_and_v_shows_its_source(start: Start) -> None:
    text = "## Night trains\n\nThey are **quiet**.\n\n- `Vienna`\n- Rome"
    async with start() as it:
        it.app.push_screen(DetailScreen("report", text, prose=True))
        await it.sees("They are quiet.")
        assert "•" in it.screen
        assert "##" not in it.screen
        assert "**" not in it.screen
        assert "v Source" in it.screen
        await it.press("v")
        await it.sees("They are **quiet**.")
        assert "## Night trains" in it.screen
        await it.press("v")
        await it.sees("They are quiet.")
        await it.press("Y")
        await it.until(lambda: it.app.clipboard == text)


async def test_an_error_and_a_log_are_shown_as_they_are(start: Start) -> None:
    async with start() as it:
        it.app.push_screen(DetailScreen("Error", "bad **kwargs** in `f`"))
        await it.sees("bad **kwargs** in `f`")
        assert "v Source" not in it.screen
