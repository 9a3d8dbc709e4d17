"""A question's values stand in the rows of their names, as long as they are short."""

from __future__ import annotations

from studio_tui.core.interrupts.answer_sheet import entries_for
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.interrupts.answer_shape import shape_of
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.present.interrupts.answer_lines import again_line, changed_words
from studio_tui.present.interrupts.question import QuestionRows, question_lines
from studio_tui.text.spans import plain


def test_a_short_object_inside_of_a_question_stands_in_the_row_of_its_name() -> None:
    asked: JsonObject = {"question": "Take this quote?", "quote": {"seller": "Acme", "eur": 1890}, "cost_centre": 4711}
    rows = [plain(line).rstrip() for line in question_lines(Interrupt("q", asked), 60)]
    assert rows[0] == "Take this quote?"
    assert rows[-2:] == ['quote        {"seller": "Acme", "eur": 1890}', "cost_centre  4711"]
    narrow = question_lines(Interrupt("q", asked), 36)
    (wrapped,) = [line for line in narrow if "1890" in plain(line)]
    assert [span.role for span in wrapped if span.text == "1890"] == ["number"], "colours go on in the next row"


def test_a_long_one_is_laid_out_line_by_line() -> None:
    asked: JsonObject = {"question": "Take it?", "quote": {f"part_{number}": "x" * 30 for number in range(9)}}
    rows = [plain(line).rstrip() for line in question_lines(Interrupt("q", asked), 60)]
    assert '  "quote": {' in rows


def test_arguments_that_decide_stand_above_the_words_and_side_by_side() -> None:
    args: JsonObject = {"supplier": "Northwind", "item": "laptop", "quantity": 1, "eur": 1890.0}
    asked: Json = [{
        "action_request": {"action": "place_order", "args": args}, "config": {"allow_accept": True},
        "description": "The model wants to order one laptop.",
    }]  # fmt: skip
    rows = [plain(line).rstrip() for line in question_lines(Interrupt("q", asked), 76)]
    assert rows == [
        "action  place_order",
        'supplier  "Northwind"   item      "laptop"      quantity  1',
        "eur       1890.0",
        "",
        "The model wants to order one laptop.",
    ]


def test_an_edited_question_shows_what_will_be_sent_and_what_it_was() -> None:
    asked: JsonObject = {"question": "Budget?", "cost_centre": 4711, "note": "x"}
    rows = QuestionRows()
    rows.set_width(40)
    question = Interrupt("q", asked)
    rows.show(question, shape_of(asked).reviews[0], {"question": "Budget?", "cost_centre": 4712, "by": "me"})
    assert [plain(line).rstrip() for line in rows.lines] == [
        "your answer", 'question     "Budget?"', "cost_centre  4712  was 4711", 'by           "me"  new',
        "note         taken out", "", "Budget?", "", "cost_centre  4711", 'note         "x"',
    ]  # fmt: skip


def test_a_change_in_a_long_text_is_told_from_where_it_begins() -> None:
    words = "Dear Sam, thank you for your letter about the laptop"
    asked: JsonObject = {"action_request": {"action": "send", "args": {"text": words + "."}}, "config": {}}
    entry = entries_for(Interrupt("q", asked))[0]
    assert changed_words(entry, {"text": words + "!"}) == "text …t the laptop. → …t the laptop!"


def test_what_is_sent_stands_whole_as_long_as_other_words_can_go() -> None:
    """A newcomer read `[{"type": "accep… (18 more characters) to human_review` before the press that sends it."""
    asked: JsonObject = {"action_request": {"action": "pay", "args": {"amount_eur": 750.0}}, "config": {}}
    entry = entries_for(Interrupt("q", asked))[0]
    accept: Json = [{"type": "accept", "args": None}]
    said = plain(again_line(entry, "approve", accept, "y", "human_review", 76))
    assert said == "y again sends accept to human_review · any other key does not"
    entry.take_edit('{"amount_eur": 9750.25}')
    edited: Json = {"amount_eur": 9750.25}
    by_width = [
        plain(again_line(entry, "respond", edited, "enter", "human_review", cells)) for cells in (90, 76, 50, 24)
    ]
    assert by_width == [
        "enter again sends amount_eur 750.0 → 9750.25 to human_review · any other key does not",
        "enter again sends amount_eur → 9750.25 to human_review · other keys do not",
        "enter again sends amount_eur → 9750.25",
        "enter again sends amoun…",
    ]
