"""Prose for rows that preview it: the marks of Markdown go, no word does."""

from __future__ import annotations

import pytest

from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import TITLE_LIMIT, Thread
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
        ("26 °C: _sunscreen, and water for the hills_.", "26 °C: sunscreen, and water for the hills."),
        ("_private_name_, _call_(1) and _x", "_private_name_, _call_(1) and _x"),
        ("**not closed", "**not closed"),
        ("-- a dash --- in words", "-- a dash --- in words"),
    ],
)
def test_marks_of_markdown_are_left_out_and_no_word(text: str, words: str) -> None:
    assert unmarked(text) == words


def test_lines_are_joined() -> None:
    assert one_line("# A\n\n  **b**\nc") == "A b c"


@pytest.mark.parametrize(
    "text",
    [
        "--\n*\n" + " " * 300_000 + "x",
        "*\n" + "-" * 200_000 + "x",
        "*a " * 60_000,
        "***a **b " * 20_000,
        "*" * 300_000 + "a",
    ],
    ids=["blanks", "dashes", "stars", "runs", "one-run"],
)
def test_marks_that_nothing_closes_take_no_longer_than_words(text: str) -> None:
    assert unmarked(text) == text  # minutes, where each was looked for to the end


def test_a_title_of_any_length_is_a_label_at_once() -> None:
    assert len(Thread(ThreadId("t"), title="*a " * 400_000).label) <= TITLE_LIMIT
