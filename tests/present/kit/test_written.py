"""What a node wrote, on one line: prose without the marks of Markdown."""

from __future__ import annotations

from studio_tui.domain.message.message import Message
from studio_tui.present.kit.written import message_words, written
from studio_tui.text.spans import plain


def test_what_is_said_is_told_in_plain_words_whoever_says_it() -> None:
    assert plain(message_words(Message("1", "ai", "It is **16 °C**"))) == '"It is 16 °C"'
    assert plain(message_words(Message("1", "human", "is **this** `bold`"))) == 'you: "is this bold"'
    assert plain(message_words(Message("1", "tool", "## Found\n**3**", name="find"))) == "find → Found 3"


def test_prose_under_a_key_is_told_without_marks_and_other_values_as_they_are() -> None:
    line = written({"report": "## Trains\n**Night** trains", "path": "a_b", "rows": ["**x**"]}).line
    assert plain(line) == 'report "Trains Night trains"  path "a_b"  rows [1] "**x**"'
