"""What Textual cuts of a painted line is what it always was, and the line is freed when nobody has it any more."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from studio_tui.ui.app import textual_patches

ENDS = st.integers(-2, 14)
STYLES = st.sampled_from([None, Style(color="red")])
TEXTS = st.lists(st.sampled_from(["a", "bcd", "表", " ", "x表y"]), max_size=5)


@pytest.fixture(autouse=True)
def _installed() -> None:
    textual_patches.install()


def strip(texts: list[str]) -> Strip:
    return Strip([Segment(text, Style(bold=bool(number % 2))) for number, text in enumerate(texts)])


@given(TEXTS, ENDS, ENDS, STYLES)
def test_a_line_is_cropped_and_extended_as_by_textual(
    texts: list[str], start: int, end: int, style: Style | None
) -> None:
    line = strip(texts)
    assert list(line.crop_extend(start, end, style)) == list(
        textual_patches._crop_extend(strip(texts), start, end, style)
    )
    assert list(line.crop_extend(start, end, style)) == list(line.crop_extend(start, end, style))


@given(TEXTS, st.lists(st.integers(0, 14), max_size=4).map(sorted))
def test_a_line_is_divided_as_by_textual(texts: list[str], cuts: list[int]) -> None:
    line = strip(texts)
    for _ in range(2):
        found = line.divide(iter(cuts))
        assert [list(part) for part in found] == [list(part) for part in textual_patches._divide(strip(texts), cuts)]


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    "cut",
    [
        lambda line: line.crop_extend(0, 4, None),
        lambda line: line.crop_extend(0, 6, None),
        lambda line: line.crop_extend(1, 3, None),
        lambda line: line.divide([4]),
        lambda line: line.divide([4, 9]),
        lambda line: line.divide([2, 4]),
        lambda line: line.crop(0, 4),
        lambda line: line.adjust_cell_length(4),
        lambda line: line.apply_style(Style(bold=True)),
    ],
)
def test_a_line_that_nobody_has_any_more_is_freed_at_once(cut: Callable[[Strip], Any]) -> None:
    line = strip(["a", "bcd"])
    cut(line)
    del line
    assert gc.collect() == 0
