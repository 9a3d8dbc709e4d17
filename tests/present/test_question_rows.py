"""A question's values stand in the rows of their names, as long as they are short."""

from __future__ import annotations

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.jsonkit.value import JsonObject
from studio_tui.present.interrupts.question import question_lines
from studio_tui.text.spans import plain


def test_a_short_object_inside_of_a_question_stands_in_the_row_of_its_name() -> None:
    asked: JsonObject = {"question": "Take this quote?", "quote": {"seller": "Acme", "eur": 1890}, "cost_centre": 4711}
    rows = [plain(line).rstrip() for line in question_lines(Interrupt("q", asked), 60)]
    assert rows[0] == "Take this quote?"
    assert rows[-2:] == ['quote        {"seller": "Acme", "eur": 1890}', "cost_centre  4711"]


def test_a_long_one_is_laid_out_line_by_line() -> None:
    asked: JsonObject = {"question": "Take it?", "quote": {f"part_{number}": "x" * 30 for number in range(9)}}
    rows = [plain(line).rstrip() for line in question_lines(Interrupt("q", asked), 60)]
    assert '  "quote": {' in rows
