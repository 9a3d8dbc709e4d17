"""Promise: a text that streams is drawn as it will be at the end; what was drawn stays, and no token takes long."""

from __future__ import annotations

from functools import partial
from itertools import product
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.present.kit.markdown.rows import markdown_lines
from studio_tui.present.kit.markdown.streamed import LONG, LONGEST, StreamedMarkdown
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import Line, line_width, plain
from tests.present.kit.test_markdown import TEXTS
from tests.work import lines_run

LISTS = (
    "Flights:\n- **Aurora** AU 547, 15:25, one stop, and words that need another row, €94\n- Blue `BL`\n"
    "  - nested *item*\n- _last_\n\nDone."
)
BLOCKS = (
    "# Rome\n\nText with [map](https://x.y) and **bold**.\nNext line\n\n## Day 1\n1. walk\n2. eat\n\n"
    "```\ndef f():\n    return 1\n\nx = 2\n```\nAfter."
)
OTHERS = "> quoted **x**\n> more\n\n---\n\ntext\n### Three\n* a\n\n* b\n\npara\n\nlast"


def _of(text: str, cells: int = 60, step: int = 0) -> list[Line]:
    made = StreamedMarkdown(cells, cells, UNICODE)
    for end in range(step, len(text), step) if step else ():
        made.set(text[:end])
    made.set(text)
    return made.rows.lines


@pytest.mark.parametrize("cells", [60, 24])
@pytest.mark.parametrize("text", [LISTS, BLOCKS, OTHERS], ids=["lists", "blocks", "others"])
def test_the_last_row_that_streams_leaves_nothing_to_move(text: str, cells: int) -> None:
    said = [plain(line).rstrip() for line in _of(text, cells, 3)]
    assert said == [plain(line).rstrip() for line in markdown_lines(text, cells) or ()]


@pytest.mark.parametrize("text", [LISTS, BLOCKS, OTHERS], ids=["lists", "blocks", "others"])
def test_rows_of_finished_lines_stay_the_same_objects(text: str) -> None:
    made = StreamedMarkdown(40, 30, UNICODE)
    before: list[Line] = []
    for end in range(1, len(text) + 1):
        made.set(text[:end])
        assert all(old is new for old, new in zip(before, made.rows.lines, strict=False))
        if text[end - 1] == "\n":
            before = list(made.rows.lines)
    made.set("> **another**")  # a text that was written anew
    assert [plain(line) for line in made.rows.lines] == [f"{UNICODE.bar} another"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# C#\n\nx", ["C#", "x"]),
        ("## a ##  \n\nx", ["a", "x"]),
        ("# #\n\n## a #b\nx", ["a #b", "x"]),
        ("```\na\n``\n````\n\nafter", ["a", "``", "after"]),
        ("~~~ py\na\n~~~~\nafter", ["a", "after"]),
    ],
)
def test_headings_end_and_fences_close_as_they_do_at_the_end(text: str, said: list[str]) -> None:
    for rows in (_of(text), markdown_lines(text, 60) or ()):
        words = [plain(line).strip(f" {UNICODE.bar}") for line in rows]
        assert [word for word in words if word not in ("", "py")] == said


@given(TEXTS, st.integers(3, 50), st.integers(1, 9))
def test_any_text_keeps_its_grid_and_is_the_same_however_it_comes(text: str, cells: int, step: int) -> None:
    rows = _of(text, cells, step)
    assert all(is_safe(plain(line)) and line_width(line) <= max(2, cells) for line in rows)
    assert rows == _of(text, cells)


def test_a_token_costs_itself_in_a_long_text_and_in_a_line_without_end() -> None:
    for text in ("- **word** and words\n" * 40, "word " * LONG, "```\n" + "x = 1\n" * 40, "**" * LONG):
        costs = []
        for many in (1, 20):
            made = StreamedMarkdown(60, 60, UNICODE)
            made.set(text * many)
            costs.append(lines_run(partial(made.set, text * many + "more")))
        assert costs[1] <= costs[0] * 1.5 + 40


def test_no_line_is_looked_at_once_for_each_of_its_characters() -> None:
    """A megabyte of the worst of these lines took 20 s: seventy times what the usual ones take."""

    def seconds(line: str) -> float:
        began = thread_time()
        _of(f"{line}\n" * 3)
        return thread_time() - began

    usual = min(seconds("words " * (LONGEST // 6 - 2)) for _ in range(3))
    for line, filling in product(("# a{}b", "```{}`", "~~~{}`", "- {}b", "> {}b", "**{}*b"), " ~#*`["):
        assert seconds(line.format(filling * (LONGEST - 9))) < 30 * usual + 0.01, (line, filling)
