"""Pastes: one where nothing takes text does nothing and says so; one into a field of one line loses nothing."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog, PromptDialog
from studio_tui.ui.kit.text_inputs import one_line
from tests.ui.conftest import Driven, Start


def paste(it: Driven, text: str) -> None:
    """Paste as a terminal does."""
    assert it.app._driver is not None
    it.app._driver.send_message(events.Paste(text))


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_paste_into_a_panel_does_nothing_and_names_the_key_to_the_composer(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size=size) as it:
        await it.panels()
        focused = it.app.focused
        paste(it, "quit\nq\nD")
        await it.sees("Nothing takes text here: i goes to the composer.")
        assert it.app.focused is focused
        assert len(it.app.screen_stack) == 2
        await it.press("i")
        paste(it, "two\nlines")
        await it.until(lambda: it.app.studio_screen.composer.state.text() == "two\nlines")
        it.app.push_screen(ConfirmDialog("Delete?", "Really", danger=True))
        await it.until(lambda: it.app.screen.focused is not None)
        paste(it, "y\n")
        await it.sees("the paste was left out")
        assert isinstance(it.app.screen, ConfirmDialog)


async def test_lines_pasted_into_a_field_of_one_line_are_joined_and_escapes_shown(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.app.push_screen(PromptDialog("New item", "Value:"))
        await it.until(lambda: isinstance(it.app.focused, Input))
        paste(it, '{"a": 1,\n  "b": "\x1b[31m"}\n')
        field = it.app.focused
        assert isinstance(field, Input)
        await it.until(lambda: field.value.startswith('{"a": 1, "b": "') and field.value.endswith('[31m"}'))
        assert "\x1b" not in field.value
        await it.sees("2 lines became one")


@pytest.mark.parametrize(
    ("text", "line"), [("key\n", "key"), ("\r\n", ""), ("a\rb", "a b"), ("a\tb", "a b"), (" kept ", " kept ")]
)
def test_one_line_of_a_paste(text: str, line: str) -> None:
    assert one_line(text)[0] == line
