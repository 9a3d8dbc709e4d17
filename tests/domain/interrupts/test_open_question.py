"""A question that begins with where, what, who … is not answered with yes or no; every other one may be."""

from __future__ import annotations

import pytest

from studio_tui.domain.interrupts.answer_shape import shape_of
from studio_tui.jsonkit.value import Json


@pytest.mark.parametrize(
    "value",
    [
        "Where should it be delivered?", "All is ordered. And who gets it?", "To whom?",
        {"question": "How many?", "n": 3},
        {"message": "Pick one", "options": ["red", "green"]}, "Which one?\nA or B.", "WHY?", "What’s the reason?",
    ],
)  # fmt: skip
def test_a_question_that_wants_words_takes_no_yes_and_no_no(value: Json) -> None:
    assert shape_of(value).reviews[0].allowed == {"edit", "respond"}


@pytest.mark.parametrize(
    "value",
    [
        "Send it?", "What is left is sent. Go on?", "Where to? Is Rome fine?", "What about Rome?", "Why not Rome?",
        "Where it goes is known.", "", None, 3, {"question": "Pay?"}, {"message": "Pay?", "options": ["yes", "no"]},
        {"what": "Who?"},
    ],
)  # fmt: skip
def test_every_other_question_takes_both(value: Json) -> None:
    assert {"approve", "reject"} <= shape_of(value).reviews[0].allowed
    assert {"approve", "reject"} <= shape_of("Where to?", {"type": "boolean"}).reviews[0].allowed
