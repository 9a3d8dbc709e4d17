"""Promise: markdown is drawn, nothing of it is lost or hidden, no row is too wide, and no text takes long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.present.kit.markdown import code, has_marks
from studio_tui.present.kit.markdown.code import coloured_lines
from studio_tui.present.kit.markdown.parse import MOST_CHARS, pieces_of
from studio_tui.present.kit.markdown.rows import laid_out, markdown_lines
from studio_tui.text.glyphs import ASCII, UNICODE, Glyphs
from studio_tui.text.sanitize import clean_block, is_safe
from studio_tui.text.spans import Line, line_width, plain
from tests.work import lines_run

PARTS = st.sampled_from(
    ["word", "two words", "日本語", "é\u0301", "👩\u200d👧", "\x1b[31m", "\u202e", "<b>", "&#27;", "# ", "## ",
     "- ", "  - ", "1. ", "3) ", "> ", "**", "_", "`", "``", "~~", "\n", "\n\n", "```python\n", "```\n", "|",
     "|a|b|\n|-|:-:|\n|c|d|e|\n", "[t](u)", '[t](javascript:x "tt")', "![alt](src)", "<https://x.y>", "[r]: /url",
     "\\", "---\n", "===\n", "    ", "\t", "[x] ", "- [ ] ", "x" * 50, "def f():\n    return 1\n"]
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=12).map("".join)


def shown(raw: str, cells: int = 60) -> list[str]:
    lines = markdown_lines(raw, cells)
    assert lines is not None
    return [plain(line) for line in lines]


def roles(raw: str, word: str) -> str:
    return next(span.role for line in markdown_lines(raw, 60) or () for span in line if word in span.text)


def bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@given(TEXTS, st.integers(1, 70), st.sampled_from([UNICODE, ASCII]))
def test_any_text_keeps_the_grid_and_is_safe(raw: str, cells: int, signs: Glyphs) -> None:
    lines = markdown_lines(raw, cells, signs) or []
    for line in lines:
        assert line_width(line) <= max(cells, 2)  # a wide character has two
        assert all(is_safe(span.text) for span in line)
        assert not any("\n" in span.text for span in line)


@given(TEXTS)
def test_no_word_of_any_text_is_lost(raw: str) -> None:
    lines = markdown_lines(raw, 400)
    if lines is not None:
        drawn = " ".join(map(plain, lines))
        missing = [word for word in re.findall(r"[^\W_]+", clean_block(raw)) if bare(word) not in bare(drawn)]
        assert not missing


@given(TEXTS, st.integers(5, 60), st.integers(0, 30))
def test_the_first_row_leaves_room_and_only_wrapping_changes(raw: str, cells: int, first: int) -> None:
    pieces = pieces_of(raw, UNICODE)
    if pieces:
        narrow, wide = laid_out(pieces, cells, UNICODE, first), laid_out(pieces, cells, UNICODE)
        assert bare("".join(map(plain, narrow.lines))) == bare("".join(map(plain, wide.lines)))
        if pieces[0].kind == "text" and cells - first > 20:
            assert line_width(narrow.lines[0]) <= max(cells - first, 2)


def test_what_markdown_has_is_drawn() -> None:
    raw = (
        "# Trip to *Rome*\n\nSome **bold** and `code`, ~~gone~~.\nNext line.\n\n"
        "1. one\n   - [x] done\n   - [ ] to do\n2. two\n\n> quoted\n\n---\n"
    )
    assert shown(raw, 30) == [
        "Trip to Rome",
        "Some bold and code, gone.",
        "Next line.",
        "",
        "1. one",
        "   • [x] done",
        "   • [ ] to do",
        "2. two",
        "",
        "│ quoted",
        "",
        "─" * 30,
    ]
    assert roles(raw, "Trip") == "key bold underline"
    assert roles(raw, "Rome") == "key bold underline italic"
    assert roles(raw, "bold") == "text bold"
    assert roles(raw, "gone") == "text strike"
    assert roles(raw, "code") == "info"


def test_a_table_is_aligned_and_wrapped_in_its_columns() -> None:
    raw = "| what | € |\n|:--|--:|\n| 日本語 | 1 200 |\n| a long name of a hotel | 7 |\n"
    assert shown(raw, 24) == [
        "what             │     €",
        "─────────────────┼──────",
        "日本語           │ 1 200",
        "a long name of a │     7",
        "hotel            │      ",
    ]
    assert shown(raw, 9) == [
        "what:",
        "日本語",
        "€: 1 200",
        "────────",
        "what: a",
        "long name",
        "of a",
        "hotel",
        "€: 7",
    ]


def test_links_are_told_with_their_addresses() -> None:
    assert shown("[here](https://x.y/z) and <https://x.y>") == ["here (https://x.y/z) and https://x.y"]
    raw = "[good](javascript:alert(1)) ![alt](https://i/p.png 'of Rome')"
    assert shown(raw, 80) == ['good (javascript:alert(1)) image: alt (https://i/p.png "of Rome")']
    assert roles(raw, "javascript") == "warn"
    assert roles(raw, "https://i") == "muted"
    assert roles("[a](https://x)", "https") == "muted"


def test_html_and_entities_are_text() -> None:
    assert shown("<b>bold</b> &amp; &#27;[31m") == ["<b>bold</b> &amp; &#27;[31m"]


def test_a_code_is_coloured_by_roles_in_the_language_that_it_names() -> None:
    raw = '```python\ndef f(x):\n    return "a"  # why\n```'
    assert shown(raw) == ["│ python", "│ def f(x):", '│     return "a"  # why']
    assert [roles(raw, word) for word in ("def", '"', "# why")] == ["accent", "string", "muted italic"]
    assert roles("```\ndef f\n```", "def") == "value"
    assert roles("```unheard-of\ndef f\n```", "def") == "value"


@given(TEXTS, st.sampled_from(["python", "json", "bash", "html", "diff", "yaml", "sql", "none"]))
def test_colouring_loses_nothing(text: str, name: str) -> None:
    safe = clean_block(text)
    assert "\n".join(map(plain, coloured_lines(safe, name))) == safe


def test_a_code_that_takes_too_long_or_is_too_long_is_shown_in_one_colour() -> None:
    clock = iter(range(10_000))
    lines = coloured_lines("def f():\n    return 1", "python", lambda: next(clock) * code.SECONDS)
    assert "\n".join(map(plain, lines)) == "def f():\n    return 1"
    assert lines[-1][-1].role == "value"
    assert {span.role for line in coloured_lines("x = 1\n" * 5_000, "python") for span in line} == {"value"}


@pytest.mark.parametrize(
    "raw",
    [
        "x" * (MOST_CHARS + 1),
        "*a " * 20_000,
        "[" * 60_000,
        "|a" * 100 + "|\n" + "|-" * 100 + "|\n" + "|x\n" * 100,
        "> " * 30 + "too deep",
        "| a |\n|---|\n| b | one cell too many |\n",
        "| a | b |\n|---|---|\n| c | d | 🚫 |\n",
        "> | a | b |\n> |---|---|\n> | c | d | -- |\n",
        "> ",
    ],
)
def test_what_cannot_be_drawn_without_loss_or_in_time_is_left_to_its_source(raw: str) -> None:
    assert markdown_lines(raw, 60) is None


@pytest.mark.parametrize(
    "part", ["a\n", "> a\n", "1. a\n", "*a*\n\n", "- a\n  - b\n", "\\", "```\na\n```\n", "`a` b\n\n"]
)
def test_work_grows_with_the_text_and_no_faster(part: str) -> None:
    def work(times: int) -> int:
        return lines_run(lambda: markdown_lines(part * times, 60))

    work(10)
    assert work(800) < 12 * work(100)


def test_a_table_of_short_rows_is_not_filled_up_to_be_refused() -> None:
    raw = "|a" * 900 + "|\n" + "|-" * 900 + "|\n" + "|x|\n" * 2_000
    assert lines_run(lambda: markdown_lines(raw, 60)) < 5 * raw.count("\n")


def test_the_room_of_what_lies_deep_is_never_less_than_a_few_cells() -> None:
    raw = "".join("  " * depth + "- a\n" for depth in range(8))
    lines: list[Line] = markdown_lines(raw, 10) or []
    assert len(lines) == 8
    assert all("a" in plain(line) for line in lines)


@pytest.mark.parametrize(
    "words", ["**Sam** asks", "# Head", "- item", "1. item", "a | b", "`x`", "[a](b)", "> q", "x\n---"]
)
def test_marks_are_noticed(words: str) -> None:
    assert has_marks(words)
    assert not has_marks("It is sunny (16 °C), and windy - a bit: 3.5 m/s.\nTake a coat!")
