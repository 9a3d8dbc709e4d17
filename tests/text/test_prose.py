"""Prose for rows that preview it: the marks of Markdown go, no word does."""

from __future__ import annotations

import pytest

from studio_tui.text.prose import one_line, unmarked


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It is **16 °C** (61 °F) in *San Francisco*: `fog`", "It is 16 °C (61 °F) in San Francisco: fog"),
        ("## Weather\n**Rome**", "Weather\nRome"),
        ("so:\n```python\nprint(1)\n```\ndone", "so:\nprint(1)\ndone"),
        ("~~~ js\nlet a\n~~~", "let a\n"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |\n\n---\n", "| a | b |\n| 1 | 2 |\n\n"),
        ("2*3*4 and a * b * c, snake_case __init__", "2*3*4 and a * b * c, snake_case __init__"),
        ("**not closed", "**not closed"),
        ("-- a dash --- in words", "-- a dash --- in words"),
    ],
)
def test_marks_of_markdown_are_left_out_and_no_word(text: str, words: str) -> None:
    assert unmarked(text) == words


def test_lines_are_joined() -> None:
    assert one_line("# A\n\n  **b**\nc") == "A b c"
