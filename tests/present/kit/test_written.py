"""What a node wrote, on one line: prose without the marks of Markdown."""

from __future__ import annotations

import pytest

from studio_tui.domain.message.message import Message
from studio_tui.present.kit.written import message_words, unmarked
from studio_tui.text.spans import plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It is **16 °C** (61 °F) in *San Francisco*: `fog`", "It is 16 °C (61 °F) in San Francisco: fog"),
        ("## Weather\n**Rome**", "Weather\nRome"),
        ("```python\nprint(1)\n```", "python\nprint(1)\n"),
        ("2*3*4 and a * b * c, snake_case __init__", "2*3*4 and a * b * c, snake_case __init__"),
        ("**not closed", "**not closed"),
    ],
)
def test_marks_of_markdown_are_left_out_and_no_letter(text: str, words: str) -> None:
    assert unmarked(text) == words


def test_what_an_assistant_says_is_told_in_plain_words_and_what_a_user_types_as_it_is() -> None:
    assert plain(message_words(Message("1", "ai", "It is **16 °C**"))) == '"It is 16 °C"'
    assert plain(message_words(Message("1", "human", "is **this** kept"))) == 'you: "is **this** kept"'
