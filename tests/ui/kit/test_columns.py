"""Rows of a list to choose from: columns below each other, cut by cells, no two of them alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio_tui.text.cells import width
from studio_tui.text.spans import Span, line_width, plain
from studio_tui.ui.kit.dialogs.columns import Row, aligned

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "M", "Z")), max_size=60)


def _row(name: str, detail: str = "", right: str = "") -> Row:
    return Row(*((Span(text, "text"),) if text else () for text in (name, detail, right)))


def _shown(rows: list[Row], cells: int) -> list[str]:
    return [plain(line) for line in aligned(rows, cells)]


def test_columns_stand_below_each_other() -> None:
    rows = [_row("messages", "4 items", "replace"), _row("a", "an item", "append"), _row("alone")]
    assert _shown(rows, 34) == [
        "messages  4 items          replace",
        "a         an item           append",
        "alone                             ",
    ]


def test_the_explanation_is_cut_before_the_name() -> None:
    assert _shown([_row("messages[7]", "x" * 90, "162 ch")], 40) == ["messages[7]  xxxxxxxxxxxxxxxxxx…  162 ch"]


def test_names_that_begin_alike_keep_their_end() -> None:
    first, second = _shown([_row("find flights to " + "r" * 40 + end) for end in ("ome", "iga")], 24)
    assert (first, second) == ("find flights…rrrrrrrrome", "find flights…rrrrrrrriga")


def test_rows_that_are_the_same_are_numbered() -> None:
    assert _shown([_row("agent", "5m"), _row("agent", "5m"), _row("tools", "5m")], 16) == [
        "agent     5m    ",
        "agent #2  5m    ",
        "tools     5m    ",
    ]


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=6), st.integers(1, 90))
def test_every_row_has_exactly_its_cells(texts: list[tuple[str, str, str]], cells: int) -> None:
    for line in aligned([_row(*row) for row in texts], cells):
        assert line_width(line) == cells == width(plain(line))
