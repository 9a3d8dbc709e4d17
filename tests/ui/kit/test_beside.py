"""What goes wrong beside the keys is told."""

from __future__ import annotations

from textual.app import App

from studio_tui.errors import StudioError
from studio_tui.log import RING, start_log
from studio_tui.ui.kit.beside import beside


async def test_what_a_worker_raises_is_told_and_an_unforeseen_error_is_logged_too() -> None:
    start_log()

    async def unforeseen() -> None:
        raise ZeroDivisionError("a \x1b[31mfault")

    async def known() -> None:
        raise StudioError("The server is away")

    app: App[None] = App()
    async with app.run_test() as pilot:
        await beside(app, unforeseen, "comparing the states").wait()
        await beside(app, known, "reading").wait()
        await pilot.pause()
        told = [str(notice.message) for notice in app._notifications]
        assert [text for text in told if "comparing the states failed" in text.lower() and "fault" in text]
        assert [text for text in told if "The server is away" in text]
        assert "\x1b" not in "".join(told)
    assert any("comparing the states failed" in line and "ZeroDivisionError" in line for line in RING.lines)
