"""Notices stand in the top row: never over what says where writes go, what happens, the composer or the keys."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast, ToastRack

from studio_tui.core.state.app_state import Notice
from studio_tui.domain.run import Phase
from studio_tui.ui.kit.terminal.notices import BELOW, notices_text
from studio_tui.ui.kit.terminal.safe import plain_notify
from tests.ui.conftest import Driven, Start
from tests.ui.harness import grid

LONG = "the server refused it because " + "of one thing and another " * 30
SIZES = [(60, 16), (80, 24), (120, 36), (160, 45)]


def _drawn_below(it: Driven) -> list[Toast]:
    """Notices of the screens below, which a dialog lets be seen."""
    racks = [rack for screen in it.app.screen_stack[:-1] for rack in screen.query(ToastRack)]
    return [toast for rack in racks if rack.display for toast in rack.query(Toast)]


def _standing(it: Driven) -> list[Toast]:
    return [toast for toast in it.app.screen.query(Toast) if toast.region]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", ["Copied.", LONG])
async def test_a_notice_covers_neither_badges_nor_phase_nor_input(
    start: Start, size: tuple[int, int], text: str
) -> None:
    async with start(size=size) as it:
        it.studio.app_state.readonly = True
        it.studio.running(Phase.RUNNING, step=3)
        await it.until(lambda: "RUNNING" in grid(it.app)[0])
        studio = it.app.studio_screen
        plain_notify(it.app, text, "error")
        await it.until(lambda: bool(_standing(it)), "a notice")
        row = grid(it.app)[0]
        assert " READONLY " in row
        assert "RUNNING" in row
        (toast,) = _standing(it)
        assert toast.region.bottom <= 4
        assert not toast.region.overlaps(studio.composer.region)
        assert not toast.region.overlaps(studio.keys.region)
        assert toast.region.height <= 3
        if text == "Copied." and size[0] >= 80:
            assert "Copied." in row
            assert toast.region.height == 1
        it.app.clear_notifications()


async def test_a_phase_that_grows_pushes_the_notice_away(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toast, "_expire", lambda _: None)
    async with start(size=(120, 36)) as it:
        plain_notify(it.app, "Copied.", "error")
        await it.until(lambda: bool(_standing(it)))
        it.studio.asks("A question that has many words " * 4)
        await it.until(lambda: "ASKS YOU" in grid(it.app)[0])
        toast, row = it.app.screen.query_one(Toast), it.app.studio_screen.status
        await it.until(lambda: toast.region.y > 0 or toast.region.right <= row.free[1], "it gives way")
        assert "c answer" in grid(it.app)[0]


async def test_over_a_dialog_it_stands_in_the_same_place(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        await it.panels()
        it.studio.running(Phase.RUNNING)
        await it.until(lambda: "RUNNING" in grid(it.app)[0])
        await it.press("T")
        await it.sees("Theme")
        plain_notify(it.app, "Copied.", "error")
        await it.until(lambda: "Copied." in grid(it.app)[0])
        assert "RUNNING" in grid(it.app)[0]


@pytest.mark.parametrize("size", SIZES)
async def test_one_notice_is_drawn_once_whatever_opens_over_it(
    start: Start, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(Toast, "_expire", lambda _: None)
    async with start(size=size) as it:
        await it.panels()
        plain_notify(it.app, "Copied it.", "error")
        await it.sees("Copied it.")
        await it.press("ctrl+p")
        await it.sees("enter Run")
        await it.until(lambda: bool(_standing(it)) and not _drawn_below(it), "on the dialog only")
        assert it.screen.count("Copied it.") == 1
        plain_notify(it.app, "Copied more.", "error")
        await it.until(lambda: len(_standing(it)) == 2 and not _drawn_below(it), "on the dialog only")
        await it.press("escape")
        await it.until(lambda: len(_standing(it)) == 2, "back on the screen")


async def test_notices_that_only_inform_take_turns_and_no_more_than_three_stand(start: Start) -> None:
    async with start() as it:
        for number in range(4):
            plain_notify(it.app, f"told {number}")
        await it.sees("told 3")
        assert "told 2" not in it.screen
        for number in range(5):
            plain_notify(it.app, f"failed {number}", "error")
        await it.sees("failed 4")
        await it.until(lambda: len(_standing(it)) == 3)


async def test_a_later_notice_of_the_same_key_takes_the_place(start: Start) -> None:
    async with start() as it:
        plain_notify(it.app, Notice("warning", "try 1", key="tries"))
        await it.sees("try 1")
        plain_notify(it.app, Notice("warning", "try 2", key="tries"))
        await it.sees("try 2")
        await it.until(lambda: "try 1" not in it.screen)


async def test_what_was_told_can_be_read_again(start: Start) -> None:
    async with start() as it:
        await it.panels()
        plain_notify(it.app, Notice("error", "It broke \x1b[2J[/bold]", "because\nof this", "Mend it."))
        for number in range(60):
            plain_notify(it.app, f"told {number}")
        assert len(notices_text(it.app).splitlines()) == 50
        plain_notify(it.app, Notice("error", "It broke again \x1b[2J[/bold]", "because\nof this", "Mend it."))
        it.app.perform("notices")
        await it.sees("✗ It broke again")
        assert "[/bold] · because of this · Mend it." in it.screen
        assert it.screen.count("It broke again") == 1, "what is listed does not stand over the list too"
        assert "\x1b" not in it.screen
        listed = notices_text(it.app)
        assert listed.index("It broke again") < listed.index("told 59") < listed.index("told 58")


async def test_ctrl_c_says_what_stops_a_run_and_what_quits(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        await it.panels()
        await it.press("ctrl+c")
        await it.sees("This key stops nothing: ^g stops a run, q quits.")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_long_notice_stands_at_the_right_below_the_top_row_and_says_that_it_goes_on(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size=size) as it:
        await it.panels()
        row = grid(it.app)[0]
        plain_notify(it.app, LONG, "error")
        await it.until(lambda: bool(_standing(it)), "a notice")
        (toast,) = _standing(it)
        assert (toast.region.y, toast.region.height) == (1, 3)
        assert toast.region.x >= min(size[0] // 2, size[0] - BELOW)
        assert grid(it.app)[0] == row
        assert grid(it.app)[3].rstrip(" │╮").endswith("…")
        it.app.clear_notifications()
