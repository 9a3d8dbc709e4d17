"""Looking for rows reads some of them from disk, where there may turn out to be fewer."""

from __future__ import annotations

from typing import cast

from studio_tui.present.kit.rows import Rows
from studio_tui.ui.kit.lists.row_filter import COUNTED, RowFilter


class Shrinking:
    """A hundred rows, of which there are 80 once number 50 was read."""

    def __init__(self) -> None:
        self.count = 100

    def __len__(self) -> int:
        return self.count

    def text(self, row: int) -> str:
        if row >= self.count:
            raise IndexError(row)
        if row == 50:
            self.count = 80
        return f"row {row}"


def test_all_that_are_there_are_found() -> None:
    rows = Shrinking()
    found = RowFilter(lambda: cast(Rows, rows))
    found.set("row", hides=True)
    while found.is_scanning:
        found.scan()
    assert [found.row(position) for position in range(found.count)] == list(range(80))


def test_where_nothing_is_hidden_it_says_which_match_of_how_many_a_row_is() -> None:
    rows = Shrinking()
    found = RowFilter(lambda: cast(Rows, rows))
    found.set("row 7", hides=False)
    assert found.summary(7) == "/row 7"  # not known yet
    while found.is_scanning:
        found.scan()
    assert found.summary(7) == "/row 7: match 1 of 11"
    assert found.summary(71) == "/row 7: match 3 of 11"
    assert found.summary(9) == "/row 7: 11 matches"
    rows.count = COUNTED + 1
    assert not found.is_scanning  # many rows would have to be read for it
    assert found.summary(7) == "/row 7"


def test_the_next_match_is_found() -> None:
    rows = Shrinking()
    found = RowFilter(lambda: cast(Rows, rows))
    found.set("row 7", hides=False)
    assert found.seek(50, 1) == 70
    found.set("row 9", hides=False)
    assert found.seek(79, 1) == 9
    rows = Shrinking()
    found.set("row 3", hides=False)
    assert found.seek(50, 1) == 3


def _found(text: str) -> list[int]:
    rows = Shrinking()
    found = RowFilter(lambda: cast(Rows, rows))
    found.set(text, hides=True)
    while found.is_scanning:
        found.scan()
    return [found.row(position) for position in range(found.count)]


def test_a_pattern_and_its_inverse_are_searched_for() -> None:
    assert _found("~ROW [12]$") == [1, 2]
    assert _found("!~row [1-7]") == [0, 8, 9]
    assert _found("~row (") == []  # not whole yet: the text itself, which no row holds


def test_a_filter_says_how_many_of_how_many_rows_it_lets_through() -> None:
    rows = Shrinking()
    found = RowFilter(lambda: cast(Rows, rows))
    found.set("row 7", hides=True)
    while found.is_scanning:
        found.scan()
    assert found.summary() == "/row 7 11 of 80"
