"""Text fits the cells that it is given, by the compositor's own measure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from studio_tui.text.cells import ELLIPSIS, cut, cut_words, fit, fit_parts, width, wrap
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Span, fit_line, line_width, plain, spread
from tests.work import growth, lines_run

MIXED = st.text(alphabet=st.sampled_from("ab cé漢字가→✓👩🎉 "), max_size=60)
TEXTS = (MIXED | st.text(max_size=60)).map(clean)
CELLS = st.integers(1, 40)


@given(TEXTS)
def test_width_is_the_compositors(text: str) -> None:
    assert width(text) == cell_len(text)


@given(TEXTS, CELLS)
def test_fit_takes_exactly_its_cells(text: str, cells: int) -> None:
    fitted = fit(text, cells)
    assert width(fitted) == cells
    if width(text) <= cells:
        assert fitted.startswith(text)
        assert not fitted[len(text) :].strip(" ")
    else:
        assert fitted.rstrip().endswith(ELLIPSIS)


@given(TEXTS, CELLS)
def test_cut_keeps_what_fits(text: str, cells: int) -> None:
    shown = cut(text, cells)
    assert width(shown) <= cells
    assert (shown == text) is (width(text) <= cells)


def test_no_cells_no_text() -> None:
    assert fit("abc", 0) == cut("abc", 0) == cut("漢字", -1) == ""


def test_a_wide_character_is_not_halved() -> None:
    assert cut("漢字漢字", 4) == "漢 …"
    assert fit("漢", 3) == "漢 "


@given((MIXED | st.text(max_size=80)).map(clean_block), CELLS)
def test_wrap_fits_and_loses_nothing_but_blanks(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    widest = max((width(char) for char in text if char != "\n"), default=1)
    assert all(width(line) <= max(cells, widest) for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    assert len(lines) >= text.count("\n") + 1


def test_wrap_breaks_at_words() -> None:
    assert wrap("the quick brown fox", 9) == ["the quick", "brown fox"]
    assert wrap("incomprehensible", 6) == ["incomp", "rehens", "ible"]
    assert wrap("a\n\nb", 5) == ["a", "", "b"]
    assert wrap("", 5) == [""]
    assert wrap("漢字漢字", 5) == ["漢字", "漢字"]
    assert wrap("漢", 1) == ["漢"], "wider than the space there is: shown whole"


@pytest.mark.parametrize("part", ["x", "漢", "word ", "é漢 "])
def test_a_huge_line_is_cut_at_once_and_wrapped_in_linear_time(part: str) -> None:
    cut(part * 4_000, 80)  # tables of widths are filled once
    assert lines_run(lambda: cut(part * 400_000, 80)) == lines_run(lambda: cut(part * 4_000, 80)), (
        "cutting looks at what is shown, not at the whole line"
    )
    assert growth(lambda count: wrap(part * count, 80), 2_000, 8_000) < 1.7


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["", "key"])), max_size=5), st.integers(0, 40))
def test_a_line_of_spans_fits(parts: list[tuple[str, str]], cells: int) -> None:
    line = tuple(Span(text, role) for text, role in parts)
    fitted = fit_line(line, cells)
    assert line_width(fitted) == cells
    if line_width(line) <= cells:
        assert plain(fitted).rstrip(" ") == plain(line).rstrip(" ")


@given(TEXTS, TEXTS, st.integers(0, 40))
def test_spread_fills_the_line_and_cuts_the_left_first(left: str, right: str, cells: int) -> None:
    line = spread([Span(left)], [Span(right)], cells)
    assert line_width(line) == cells
    if width(right) < cells:
        assert plain(line).endswith(right)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (60, "/trains 11 of 1 000 · 1 000 rows · only the 50 loaded"),
        (45, "/trains 11 of 1 000 · only the 50 loaded"),
        (30, "/trains 11 of 1 000"),
        (18, "/trains 11 of…"),
        (14, "/trains 11 of…"),
        (9, "/trains…"),
        (1, "…"),
    ],
)
def test_a_border_gives_up_whole_parts_and_never_half_a_number(cells: int, text: str) -> None:
    parts = ["", "/trains 11 of 1 000", "1 000 rows", "only the 50 loaded"]
    assert fit_parts(parts, cells, "1 000 rows") == text


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        (40, "any of: *, draft_report, check"),
        (28, "any of: *, draft_report …"),
        (13, "any of: * …"),
        (9, "any of …"),
    ],
)
def test_words_are_cut_whole_where_that_leaves_enough(cells: int, shown: str) -> None:
    assert cut_words("any of: *, draft_report, check", cells) == shown


@pytest.mark.parametrize(
    ("spans", "fitted"),
    [
        (("topics", " ", "[12]", ' "0"', " more"), "topics [12] …  "),
        (("2 failed", "  Timeout"), "2 faile…"),
        (("2 failed", "  "), "2 failed"),
        (("2 failed", " ", " ", "x"), "2 faile…"),
        (("漢字漢字", "x"), "漢字漢 …"),
    ],
)
def test_a_line_that_ends_between_two_spans_says_that_it_goes_on(spans: tuple[str, ...], fitted: str) -> None:
    line = fit_line([Span(text) for text in spans], width(fitted))
    assert plain(line) == fitted
