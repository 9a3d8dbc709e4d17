"""A page in sections: rows, folding, the way back to what stood under the cursor, finding and copying."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.jsonkit.search import JsonSearch
from studio_tui.present.kit.sections import Entry, Section, SectionRows
from studio_tui.text.spans import Span, plain


def entry(text: str, **more: Any) -> Entry:
    return Entry((Span(text, "text"),), **more)


PAGE = (
    Section("Words", (entry("one"), entry("two " * 30), entry("cut …", value={"whole": [1, 2]}))),
    Section("Value", (entry("before it"),), value={"city": "Rome", "log": ["deep needle", {"n": 7}]}),
    Section("Plain", value="just a text"),
    Section("Empty", value={}),
    Section("Folded", value={"x": 1}, folded=True),
)


@pytest.fixture
def rows() -> SectionRows:
    made = SectionRows()
    made.set_width(40)
    made.show(PAGE)
    return made


def shown(rows: SectionRows) -> list[str]:
    return [plain(rows.line(row, 40)) for row in range(len(rows))]


def row_with(rows: SectionRows, text: str) -> int:
    return next(row for row, line in enumerate(shown(rows)) if text in line)


def test_words_wrap_values_are_trees_and_what_is_folded_tells_its_size(rows: SectionRows) -> None:
    lines = shown(rows)
    assert lines[:2] == ["▾ Words", "  one"]
    assert all(len(line) <= 40 for line in lines)
    assert sum("two" in line for line in lines) == 4
    assert any(line.startswith("  ▸ log  [2]") for line in lines)
    assert lines[-1] == "▸ Folded  {1}"


def test_every_row_is_found_again_by_its_anchor_when_others_come_before_it(rows: SectionRows) -> None:
    rows.toggle(row_with(rows, "log"))
    rows.toggle(row_with(rows, "Folded"))
    before = {rows.anchor(row): line for row, line in enumerate(shown(rows))}
    assert len(before) == len(rows)
    rows.show((Section("New", (entry("first"),)), *PAGE))
    after = shown(rows)
    for anchor, line in before.items():
        row = rows.row_of(anchor)
        assert row is not None
        assert after[row] == line
    rows.show(PAGE[:1])
    assert [anchor for anchor in before if rows.row_of(anchor) is not None] == list(before)[: len(rows)]


def test_what_the_user_folds_stays_so_when_the_page_is_made_again(rows: SectionRows) -> None:
    count = len(rows)
    for title in ("Words", "Value"):
        rows.toggle(row_with(rows, title))
        assert rows.is_open(row_with(rows, title)) is False
    folded = shown(rows)
    assert len(folded) < count
    rows.show(tuple(Section(one.title, one.entries, one.value, folded=one.folded) for one in PAGE))
    assert shown(rows) == folded


def test_everything_can_be_found_folded_or_not_and_in_the_order_of_the_page(rows: SectionRows) -> None:
    rows.toggle(row_with(rows, "Value"))
    for needle in ("one", "needle", "Rome", "just a text", "x", "Empty"):
        search = JsonSearch(rows.document, needle, ())
        assert search.step(1.0)
        assert search.result is not None
        row = rows.reveal(search.result)
        assert row is not None
        assert needle in rows.text(row)
        assert rows.path_in_document(row) == search.result
    assert JsonSearch(rows.document, "nowhere", ()).step(1.0)


def test_a_row_is_copied_as_what_it_shows_a_part_of(rows: SectionRows) -> None:
    assert rows.copied(row_with(rows, "one"))[0] == "one"
    assert rows.copied(row_with(rows, "two"))[0] == ("two " * 30).strip()
    assert rows.copied(row_with(rows, "cut"))[0] == {"whole": [1, 2]}
    assert rows.copied(row_with(rows, "city")) == ("Rome", "Value: city")
    assert rows.copied(row_with(rows, "Value"))[0] == PAGE[1].value
    assert "one" in str(rows.copied(row_with(rows, "Words"))[0])


def test_what_has_room_is_unfolded_the_last_value_first(rows: SectionRows) -> None:
    before = len(rows)
    rows.unfold(before)
    assert len(rows) == before
    rows.unfold(before + 2)
    assert len(rows) == before + 2
    assert "needle" in "\n".join(shown(rows))
    assert rows.parent(row_with(rows, "needle")) == row_with(rows, "log")
    assert rows.parent(row_with(rows, "log")) == row_with(rows, "Value")
