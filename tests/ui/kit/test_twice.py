"""The second press of a key: by a finger that was lifted, about the same thing."""

from __future__ import annotations

import pytest

from studio_tui.ui.kit import twice
from studio_tui.ui.kit.twice import Twice


def test_a_held_key_never_answers_itself_and_a_second_press_is_about_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = ["a text"]
    asks = Twice(lambda: held[0])
    monkeypatch.setattr(twice, "HELD", 3600.0)
    assert [asks.agreed() for _ in range(5)] == [False] * 5
    assert asks.was_quick
    assert asks.stands()
    monkeypatch.setattr(twice, "HELD", 0.0)
    held[0] = "another text"
    assert not asks.agreed(), "it was about something else"
    assert not asks.agreed("remove"), "and another act"
    assert asks.forget()
    assert not asks.agreed("remove")
    assert asks.agreed("remove")
    held[0] = ""
    monkeypatch.setattr(twice, "HELD", 3600.0)
    assert [asks.agreed(), asks.agreed()] == [True, True], "nothing is lost: nothing is asked"
