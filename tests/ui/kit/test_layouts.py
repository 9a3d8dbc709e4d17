"""Commands by keys of layouts without Latin letters; what is typed into a field stays what it is."""

from __future__ import annotations

import pytest
from textual import events

from studio_tui.ui.kit.terminal.layouts import latin_key
from tests.ui.conftest import Driven, Start


def typed(it: Driven, text: str) -> None:
    """Send characters as a terminal does."""
    assert it.app._driver is not None
    for char in text:
        it.app._driver.send_message(events.Key(char, char))


@pytest.mark.parametrize(
    ("char", "key"),
    [("я", "z"), ("Ж", "colon"), ("ш", "i"), ("Ю", "greater_than_sign"), ("і", "s"), ("ζ", "z"), ("Α", "A"), ("ש", "a"),
     ("х", "left_square_bracket"), ("№", "number_sign")],
)  # fmt: skip
def test_a_key_means_what_stands_at_its_place(char: str, key: str) -> None:
    found = latin_key(events.Key(char, char))
    assert found is not None
    assert found.key == key


def test_modifiers_stay_and_latin_keys_are_left_alone() -> None:
    found = latin_key(events.Key("ctrl+щ", None))
    assert found is not None
    assert found.key == "ctrl+o"
    assert latin_key(events.Key("a", "a")) is None
    assert latin_key(events.Key("enter", "\r")) is None
    assert latin_key(events.Key("ctrl+o", None)) is None


async def test_commands_by_a_russian_layout_and_text_in_the_composer(start: Start) -> None:
    async with start() as it:
        typed(it, "зря")
        await it.sees("› зря")
        await it.panels()
        typed(it, "я")  # z
        await it.until(lambda: it.app.studio_screen.zoomed, "the zoom")
        typed(it, "Ж")  # :
        await it.until(lambda: it.app.studio_screen.line.has_focus_within, "the command line")
        typed(it, "ж")
        await it.sees("ж")


async def test_a_letter_without_a_place_is_told_once(start: Start) -> None:
    async with start() as it:
        await it.panels()
        typed(it, "ใใ")
        await it.sees("Commands are Latin letters")
