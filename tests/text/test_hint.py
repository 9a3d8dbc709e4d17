"""Sentences that name keys where nobody knows the keys."""

from __future__ import annotations

import pytest

from studio_tui.text.hint import Hint, clean_words


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Connect to one first ({server}).", "Connect to one first."),
        ("Continue ({continue}), or step over ({step}).", "Continue, or step over."),
        ("Show it ({refresh}, {go-threads}) now.", "Show it now."),
        (" ({list-open-row})", ""),
        ('Send {"messages": []}, {} or {continue}.', 'Send {"messages": []}, {} or {continue}.'),
    ],
)
def test_as_text_a_hint_has_no_keys(template: str, text: str) -> None:
    hint = Hint(template)
    assert (str(hint), f"{hint}", " ".join([hint])) == (text, text, text)
    assert hint == text
    assert hint.template == template


def test_a_hint_stays_one_and_all_else_is_made_safe() -> None:
    hint = Hint("Look … ({refresh})")
    assert clean_words(hint) is hint
    assert clean_words("a\x1b[1m ({refresh})") == "a␛[1m ({refresh})"
